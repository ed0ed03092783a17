import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { stringify } from 'yaml'
import { writePrivateFile } from './private-file.ts'
import { readIfThere } from './read-if-there.ts'

/** Whom a kubeconfig makes its reader. */
export interface Identity {
  /** The context's and user's name in the file. */
  name: string
  token: string
  /** The context's namespace; absent = `default`. */
  namespace?: string
}

/** The server a kubeconfig points to. */
export interface Server {
  url: string
  /** PEM text that the server's certificate is verified with. */
  certificate: string
}

/** The first words of every file we write; a file without them is somebody's own and stays. */
const mark = '# Written by lakeward control-plane'

/** Writes a kubeconfig with everything inside, readable by its owner only. */
export async function writeKubeconfig(path: string, server: Server, identity: Identity): Promise<void> {
  await refuseForeign(path)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writePrivateFile(path, render(server, identity))
}

/** Throws when the file exists and is not one of ours: a person's clusters are not to be lost to a typing slip. */
export async function refuseForeign(path: string): Promise<void> {
  const text = await readIfThere(path)
  if (text === undefined || text === '' || text.startsWith(mark)) return
  throw new Error(
    `${path} exists and was not written by lakeward control-plane: name another file, or remove it`,
  )
}

function render({ url, certificate }: Server, { name, token, namespace }: Identity): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'lakeward',
        cluster: { server: url, 'certificate-authority-data': Buffer.from(certificate).toString('base64') },
      },
    ],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: 'lakeward', user: name, ...(namespace && { namespace }) } }],
    'current-context': name,
  }
  return `${mark} for ${url}; holds a secret.\n${stringify(config, { lineWidth: 0 })}`
}
