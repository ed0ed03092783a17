import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { staleFiles } from '../../src/generate/stale.ts'

let top: string

beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'lakeward-generate-'))
  await mkdir(join(top, 'crds'))
})

afterEach(() => rm(top, { recursive: true }))

const expected = { files: new Map([['crds/a.yaml', 'a\n']]), folders: ['crds'] }

describe('the check of generated files', () => {
  it('is content when every file is as it should be', async () => {
    await writeFile(join(top, 'crds/a.yaml'), 'a\n')
    await writeFile(join(top, 'crds/README.md'), 'not ours to judge')
    expect(await staleFiles(top, expected)).toEqual([])
  })

  it('names a file that differs', async () => {
    await writeFile(join(top, 'crds/a.yaml'), 'b\n')
    expect(await staleFiles(top, expected)).toEqual([{ path: 'crds/a.yaml', problem: 'differs' }])
  })

  it('names a file that is missing, the folder too', async () => {
    await rm(join(top, 'crds'), { recursive: true })
    expect(await staleFiles(top, expected)).toEqual([{ path: 'crds/a.yaml', problem: 'is missing' }])
  })

  it('names a file that is left over from a kind that is gone', async () => {
    await writeFile(join(top, 'crds/a.yaml'), 'a\n')
    await writeFile(join(top, 'crds/b.yaml'), 'b\n')
    expect(await staleFiles(top, expected)).toEqual([{ path: 'crds/b.yaml', problem: 'is left over' }])
  })
})
