import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'

/** `file`: *words of a test*, *words of another* */
const proofs = /`((?:kube|scenario)\/[\w.-]+)`: (\*[^*|]+\*(?:, \*[^*|]+\*)*)/g

it('every guarantee of the README that names a test has that test', async () => {
  const readme = await readFile(new URL('../../src/kube/README.md', import.meta.url), 'utf8')
  const named = [...readme.matchAll(proofs)].flatMap(([, file = '', words = '']) =>
    words
      .slice(1, -1)
      .split('*, *')
      .map((title) => ({ file, title })),
  )
  expect(named.length).toBeGreaterThan(30)
  const missing: typeof named = []
  for (const one of named) {
    const text = await readFile(new URL(`../${one.file}.test.ts`, import.meta.url), 'utf8')
    if (!text.includes(`'${one.title}'`)) missing.push(one)
  }
  expect(missing).toEqual([])
})
