import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { runCommand } from '../../src/control-plane/command.ts'
import { goPlatform, kubernetesVersion } from '../../src/control-plane/recipe.ts'
import { writeBinaries } from './fake-programs.ts'
import { temporaryFolder } from './temporary-folder.ts'

const archiveName = `envtest-${kubernetesVersion}-${goPlatform}.tar.gz`

/** What the release server does differently from a good one. */
export interface Wrong {
  /** Release that the index lists. */
  version?: string
  hash?: string
  /** Text of the whole index. */
  index?: string
  /** Versions that the programs in the archive report. */
  server?: string
}

/** Serves a release index and an archive in the public layout, the archive behind a redirect. */
export async function serveReleases(wrong: Wrong = {}): Promise<{ index: string; requests: string[] }> {
  const archive = await makeArchive(wrong)
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(request.url ?? '')
    const here = `http://${request.headers.host}`
    switch (request.url ?? '') {
      case '/index.yaml':
        return response.end(wrong.index ?? indexText(here, archive, wrong))
      case '/download':
        return response.writeHead(302, { location: `${here}/stored` }).end()
      case '/stored':
        return response.end(archive)
      default:
        return response.writeHead(404).end()
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { index: `http://127.0.0.1:${(server.address() as AddressInfo).port}/index.yaml`, requests }
}

async function makeArchive({ server }: Wrong): Promise<Buffer> {
  const folder = await temporaryFolder()
  await writeBinaries(join(folder, 'controller-tools', 'envtest'), server === undefined ? {} : { server })
  const file = join(folder, archiveName)
  const { code } = await runCommand('tar', ['-czf', file, '-C', folder, 'controller-tools'])
  if (code !== 0) throw new Error('tar failed')
  return readFile(file)
}

function indexText(here: string, archive: Buffer, { version = kubernetesVersion, hash }: Wrong): string {
  const sum = hash ?? createHash('sha512').update(archive).digest('hex')
  return [
    'releases:',
    `  ${version}:`,
    `    ${archiveName}:`,
    `      hash: ${sum}`,
    `      selfLink: ${here}/download`,
  ].join('\n')
}
