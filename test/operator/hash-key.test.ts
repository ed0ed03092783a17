import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { hashKeyIn } from '../../src/operator/hash-key.ts'

/** A file that holds a text. */
async function fileOf(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lakeward-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'key'), text)
  return join(folder, 'key')
}

it('is what its file holds, without the line end that an editor leaves', async () => {
  expect(hashKeyIn(await fileOf('0123456789abcdef\n'))).toBe('0123456789abcdef')
})

it('is none where there is no file', () => {
  expect(hashKeyIn(undefined)).toBeUndefined()
})

it('has to be long enough not to be guessed itself', async () => {
  const file = await fileOf('short\n')
  expect(() => hashKeyIn(file)).toThrow(
    `--hash-key-file ${file} holds fewer than 16 characters; a key is made by: openssl rand -hex 32`,
  )
})

it('has to be readable', () => {
  expect(() => hashKeyIn('/nowhere/key')).toThrow(/^cannot read --hash-key-file \/nowhere\/key: ENOENT/)
})
