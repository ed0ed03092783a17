import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A file that is not as it should be. */
export interface Stale {
  /** From the top of the project. */
  readonly path: string
  readonly problem: 'differs' | 'is missing' | 'is left over'
}

/** What is to be compared: the files as they should be, and the folders that hold nothing else. */
export interface Expected {
  readonly files: ReadonlyMap<string, string>
  readonly folders: readonly string[]
}

/** Compares the files under `top` with what they should be. */
export async function staleFiles(top: string, { files, folders }: Expected): Promise<Stale[]> {
  const stale: Stale[] = []
  for (const [path, text] of files) {
    const present = await unlessMissing(readFile(join(top, path), 'utf8'))
    if (present === undefined) stale.push({ path, problem: 'is missing' })
    else if (present !== text) stale.push({ path, problem: 'differs' })
  }
  for (const folder of folders) {
    const names = (await unlessMissing(readdir(join(top, folder)))) ?? []
    const paths = names.filter((name) => name.endsWith('.yaml')).map((name) => `${folder}/${name}`)
    for (const path of paths) if (!files.has(path)) stale.push({ path, problem: 'is left over' })
  }
  return stale
}

async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
