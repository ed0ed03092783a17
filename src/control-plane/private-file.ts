import { randomUUID } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'

/** Writes a file that only its owner may read, in one step: a reader or a crash never sees half of it. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const prepared = `${path}.${randomUUID()}`
  try {
    await writeFile(prepared, text, { mode: 0o600 })
    await rename(prepared, path)
  } catch (error) {
    await rm(prepared, { force: true })
    throw error
  }
}
