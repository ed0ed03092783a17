import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const root = new URL('../', import.meta.url)

const declaration = /^export (?:async )?(?:function\*?|const|class|interface|type) (?<name>\w+)/

/** Names that a file offers to others, and whether a comment right above says what each is. */
function offeredBy(file: string): { name: string; isDocumented: boolean }[] {
  const lines = readFileSync(new URL(file, root), 'utf8').split('\n')
  return lines.flatMap((line, index) => {
    const name = declaration.exec(line)?.groups?.['name']
    if (name === undefined) return []
    return [{ name: `${file}: ${name}`, isDocumented: lines[index - 1]?.endsWith('*/') === true }]
  })
}

const offered = globSync('src/**/*.ts', { cwd: root }).flatMap(offeredBy)

describe('what a file offers to others', () => {
  it('is found', () => {
    expect(offered.length).toBeGreaterThan(1_000)
  })

  it('says what it is', () => {
    expect(offered.filter(({ isDocumented }) => !isDocumented).map(({ name }) => name)).toEqual([])
  })
})
