import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { cacheFolder, findCached, moveIntoCache, removeAbandonedWork, workFolder } from './cache.ts'
import { download } from './download.ts'
import { goBuild } from './go-build.ts'
import { findAssets, findOnPath, pathsIn, type Attempt, type BinaryPaths } from './installed.ts'
import { waitForLock } from './lock.ts'
import type { Progress } from './progress.ts'
import { goPlatform, kubernetesVersion } from './recipe.ts'

/** Where a set of binaries came from. */
type BinarySource = 'KUBEBUILDER_ASSETS' | 'PATH' | 'cache' | 'download' | 'go build'

/** etcd, kube-apiserver and kubectl, ready to run. */
export interface Binaries extends BinaryPaths {
  source: BinarySource
}

/** How to prepare the binaries. */
export interface PrepareOptions {
  /** Told what takes long and how far it is. */
  progress: Progress
  /** Default: the process' own. */
  environment?: NodeJS.ProcessEnv
  signal?: AbortSignal
}

/**
 * Finds etcd, kube-apiserver and kubectl, or makes them: KUBEBUILDER_ASSETS, the PATH, our own cache, a
 * download, a build. The first that has the pinned version wins; the last two end in the cache, and any number
 * of processes may ask at once.
 */
export async function prepareBinaries(options: PrepareOptions): Promise<Binaries> {
  const { progress, environment = process.env, signal } = options
  signal?.throwIfAborted()
  const assets = await findAssets(environment, signal)
  if (assets.state === 'found') return { ...assets.paths, source: 'KUBEBUILDER_ASSETS' }
  // Whoever sets it means it, so passing it over silently would puzzle.
  if (environment.KUBEBUILDER_ASSETS) progress(`KUBEBUILDER_ASSETS is not used: ${assets.why}`)
  const onPath = await findOnPath(environment, signal)
  if (onPath.state === 'found') return { ...onPath.paths, source: 'PATH' }
  const folder = cacheFolder(environment)
  const cached = await findCached(folder)
  if (cached.state === 'found') return { ...cached.paths, source: 'cache' }
  await makeCacheHome(folder)
  // Whoever comes second waits for the first one's result instead of building the same again.
  const lock = await waitForLock(`${folder}.lock`, {
    onHeld: (by) => progress(`Process ${by} is preparing Kubernetes ${kubernetesVersion}; waiting for it`),
    signal,
  })
  try {
    return await fillCache({
      folder,
      environment,
      progress,
      found: [assets, onPath],
      ...(signal && { signal }),
    })
  } finally {
    await lock.release()
  }
}

interface Filling extends PrepareOptions {
  folder: string
  environment: NodeJS.ProcessEnv
  /** What the ways before the cache answered, for the error that names all. */
  found: Attempt[]
}

/** Runs under the lock. */
async function fillCache({ folder, found, ...options }: Filling): Promise<Binaries> {
  const cached = await findCached(folder)
  if (cached.state === 'found') return { ...cached.paths, source: 'cache' }
  await removeAbandonedWork(folder)
  const work = workFolder(folder)
  await mkdir(work)
  try {
    const downloaded = await download({ ...options, work })
    if (downloaded.state === 'refused') options.progress(`No download: ${downloaded.why}`)
    const made = downloaded.state === 'found' ? downloaded : await goBuild({ ...options, work })
    if (made.state === 'refused') throw nothingWorked([...found, downloaded, made])
    await moveIntoCache(made.paths.directory, folder)
    options.progress(`Kubernetes ${kubernetesVersion} is ready in ${folder}`)
    return { ...pathsIn(folder), source: made === downloaded ? 'download' : 'go build' }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function makeCacheHome(folder: string): Promise<void> {
  try {
    await mkdir(dirname(folder), { recursive: true })
  } catch (error) {
    const reason = (error as Error).message
    throw new Error(
      `Cannot keep the binaries of the control plane in ${dirname(folder)} (${reason}). ` +
        `Name another place by XDG_CACHE_HOME, or a folder that holds them by KUBEBUILDER_ASSETS.`,
      { cause: error },
    )
  }
}

function nothingWorked(attempts: readonly Attempt[]): Error {
  const [assets, path, downloaded, built] = attempts.map((attempt) =>
    attempt.state === 'refused' ? attempt.why : '',
  )
  return new Error(
    [
      `There is no etcd, kube-apiserver and kubectl ${kubernetesVersion} for ${goPlatform}. One of these four is needed:`,
      `  1. KUBEBUILDER_ASSETS or the PATH names a folder that holds all three. (${assets}; ${path})`,
      `  2. A set in the cache from an earlier run, below XDG_CACHE_HOME. (there is none)`,
      `  3. A download; LAKEWARD_ENVTEST_INDEX names another release index. (${downloaded})`,
      `  4. A Go toolchain on the PATH, to build them once. (${built})`,
    ].join('\n'),
  )
}
