import { readFileSync } from 'node:fs'

/** So many characters cannot be guessed, if they are random. */
const least = 16

/** The key in a file, by which the secrets in what is remembered are hashed; undefined where there is no file. */
export function hashKeyIn(file: string | undefined): string | undefined {
  if (file === undefined) return undefined
  const key = textOf(file).trim()
  if (key.length >= least) return key
  throw new Error(
    `--hash-key-file ${file} holds fewer than ${least} characters; a key is made by: openssl rand -hex 32`,
  )
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`cannot read --hash-key-file ${file}: ${why}`, { cause: error })
  }
}
