import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { mustKubectl, type Kubectl } from './kubectl.ts'

/** What is installed, and with what. */
export interface Installation {
  /** The folder with `crds/` and `charts/`. */
  root: string
  kubectl: Kubectl
  signal?: AbortSignal
}

/** Installs our CRDs, waits until the server serves them, then our roles and policies. A missing folder is an empty one. */
export async function installManifests({ root, kubectl, signal }: Installation): Promise<void> {
  const crds = await manifestsIn(join(root, 'crds'))
  await apply(crds)
  if (crds.length > 0) {
    const wait = ['wait', '--for=condition=Established', '--timeout=60s', ...flags(crds)]
    await mustKubectl(kubectl, wait, signal)
  }
  const files = join(root, 'charts', 'lakeward', 'files')
  await apply([...(await manifestsIn(files)), ...(await manifestsIn(join(files, 'policies')))])

  async function apply(manifests: readonly string[]): Promise<void> {
    if (manifests.length === 0) return
    await mustKubectl(kubectl, ['apply', '--server-side', '--force-conflicts', ...flags(manifests)], signal)
  }
}

const flags = (manifests: readonly string[]): string[] => manifests.flatMap((manifest) => ['-f', manifest])

/** In the order of their names, so that a name can put one before another. */
async function manifestsIn(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder)
    return names
      .filter((name) => /\.ya?ml$/.test(name))
      .toSorted()
      .map((name) => join(folder, name))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
