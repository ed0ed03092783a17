import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'

import { generatedFiles, generatedFolders } from './files.ts'
import { type Stale, staleFiles } from './stale.ts'

/*
 * npm run generate             writes crds/, charts/lakeward/files/ and the pages in docs/ from the sources
 * npm run generate -- --check  writes nothing; exit code 1 and the names of the files that differ
 */

const top = join(import.meta.dirname, '../..')
const files = generatedFiles()
const stale = await staleFiles(top, { files, folders: generatedFolders })

if (wantsCheck()) complain(stale)
else await refresh(stale)

function wantsCheck(): boolean {
  try {
    return parseArgs({ options: { check: { type: 'boolean', default: false } } }).values.check
  } catch (error) {
    process.stderr.write(`generate: ${error instanceof Error ? error.message : String(error)}\n`)
    return process.exit(2)
  }
}

function complain(stale: readonly Stale[]): void {
  if (stale.length === 0) return
  for (const { path, problem } of stale) process.stderr.write(`${path} ${problem}\n`)
  process.stderr.write('Run "npm run generate" and commit what it writes.\n')
  process.exitCode = 1
}

async function refresh(stale: readonly Stale[]): Promise<void> {
  for (const { path } of stale) {
    const text = files.get(path)
    const target = join(top, path)
    if (text === undefined) await rm(target)
    else {
      await mkdir(dirname(target), { recursive: true })
      await writeFile(target, text)
    }
    process.stdout.write(`${text === undefined ? 'removed' : 'wrote'} ${path}\n`)
  }
  if (stale.length === 0) process.stdout.write('everything is up to date\n')
}
