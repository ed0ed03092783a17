import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import { runCommand } from './command.ts'
import { kubernetesVersion } from './recipe.ts'

/** Where the three programs of a control plane are. */
export interface BinaryPaths {
  /** The folder that holds all three. */
  directory: string
  etcd: string
  kubeApiserver: string
  kubectl: string
}

/** The answer of one way of getting the binaries: the paths, or why it did not work here. */
export type Attempt = { state: 'found'; paths: BinaryPaths } | { state: 'refused'; why: string }

/** The names under which everybody ships the three programs. */
export const binaryNames = ['etcd', 'kube-apiserver', 'kubectl'] as const

/** A program that only prints its version answers at once; one that does not is not ours to wait for. */
const versionTimeoutMilliseconds = 20_000

/** The paths in a folder, whether or not they exist. */
export const pathsIn = (directory: string): BinaryPaths => ({
  directory,
  etcd: join(directory, 'etcd'),
  kubeApiserver: join(directory, 'kube-apiserver'),
  kubectl: join(directory, 'kubectl'),
})

/** Those of the three programs that the folder lacks. */
export async function missingIn(directory: string): Promise<string[]> {
  const missing: string[] = []
  for (const name of binaryNames) {
    try {
      await access(join(directory, name), constants.X_OK)
    } catch {
      missing.push(name) // whatever the reason: we cannot run it
    }
  }
  return missing
}

/** Runs the programs of a folder to learn whether they are of the pinned version and run on this machine. */
export async function inspect(directory: string, signal?: AbortSignal): Promise<Attempt> {
  const missing = await missingIn(directory)
  if (missing.length > 0) return { state: 'refused', why: `${directory} has no ${missing.join(', ')}` }
  const paths = pathsIn(directory)
  const server = await versionOf(paths.kubeApiserver, ['--version'], signal)
  const client = await versionOf(paths.kubectl, ['version', '--client'], signal)
  for (const [name, version] of [
    ['kube-apiserver', server],
    ['kubectl', client],
  ]) {
    if (version !== kubernetesVersion) {
      return { state: 'refused', why: `${name} in ${directory} is ${version}, not ${kubernetesVersion}` }
    }
  }
  const store = await versionOf(paths.etcd, ['--version'], signal)
  return isRecentEtcd(store)
    ? { state: 'found', paths }
    : { state: 'refused', why: `etcd in ${directory} is ${store}, not 3.6 or later` }
}

/** The folder that KUBEBUILDER_ASSETS names. */
export async function findAssets(environment: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<Attempt> {
  const directory = environment.KUBEBUILDER_ASSETS
  if (!directory) return { state: 'refused', why: 'KUBEBUILDER_ASSETS is not set' }
  if (!isAbsolute(directory))
    return { state: 'refused', why: `KUBEBUILDER_ASSETS is not absolute: ${directory}` }
  return inspect(directory, signal)
}

/** The first folder of the PATH that holds all three in the pinned version. */
export async function findOnPath(environment: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<Attempt> {
  let why = 'no folder of the PATH holds all three'
  for (const directory of (environment.PATH ?? '').split(delimiter)) {
    if (!isAbsolute(directory) || (await missingIn(directory)).length > 0) continue
    const attempt = await inspect(directory, signal)
    if (attempt.state === 'found') return attempt
    why = attempt.why
  }
  return { state: 'refused', why }
}

/** The first thing in a program's answer that looks like a version, else a word for what came instead. */
async function versionOf(
  file: string,
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string> {
  const timeout = AbortSignal.timeout(versionTimeoutMilliseconds)
  try {
    const { stdout, code } = await runCommand(file, args, {
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    })
    return code === 0
      ? (/v?\d+\.\d+\.\d+\S*/.exec(stdout)?.[0] ?? 'of no known version')
      : `broken (exit code ${code})`
  } catch (error) {
    signal?.throwIfAborted()
    return `not runnable here (${(error as NodeJS.ErrnoException).code ?? (error as Error).message})`
  }
}

/** The API server's own minimum; etcd's releases do not follow those of Kubernetes. */
function isRecentEtcd(version: string): boolean {
  const [major, minor] = version.split('.').map(Number)
  return major === 3 && minor !== undefined && minor >= 6
}
