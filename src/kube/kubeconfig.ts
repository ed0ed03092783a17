import { access, readFile, stat } from 'node:fs/promises'
import { isIPv6 } from 'node:net'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import type { KubeConfig, User } from '@kubernetes/client-node'
import { Overlooked, type OverlookedCluster, type OverlookedUser } from './kubeconfig-overlooked.ts'

const inPod = 'var/run/secrets/kubernetes.io/serviceaccount'

/** Where a configuration comes from: its name for people and its files; without files it is the pod's own. */
export interface Source {
  name: string
  files: string[]
}

/** What was read from a source. */
export interface Loaded {
  config: KubeConfig
  /** What the library overlooks of the current context's user and cluster. */
  user: OverlookedUser
  cluster: OverlookedCluster
  /** Another text when one of the files has been written since. */
  stamp: string
}

/** Where to look for the API server: the flag, `KUBECONFIG`, the pod, the home folder; the first that is there. */
export async function findSource(flag: string | undefined, root: string): Promise<Source> {
  if (flag !== undefined) {
    if (await isReadable(flag)) return { name: `the kubeconfig ${flag}`, files: [resolve(flag)] }
    throw new Error(`cannot read the kubeconfig ${flag}: check the path given with --kubeconfig`)
  }
  const named = (process.env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '')
  if (named.length > 0) return fromVariable(named)
  const isPod = (process.env.KUBERNETES_SERVICE_HOST ?? '') !== ''
  const token = join(root, inPod, 'token')
  if (isPod && (await isReadable(token))) return { name: "this pod's ServiceAccount", files: [] }
  const usual = join(process.env.HOME ?? homedir(), '.kube', 'config')
  if (await isReadable(usual)) return { name: `the kubeconfig ${usual}`, files: [usual] }
  throw new Error(
    isPod
      ? `this pod has no credential for the API server: ${token} cannot be read; set automountServiceAccountToken, and fsGroup where the program is not root`
      : 'no Kubernetes API server to talk to: give --kubeconfig FILE, or set KUBECONFIG, or run inside a cluster',
  )
}

/**
 * Reads a source, as seen from its current context or from the one named. The library is imported here, late:
 * it takes half a second, which `--help` need not wait for.
 */
export async function loadSource(source: Source, root: string, context?: string): Promise<Loaded> {
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  if (source.files.length === 0) return inCluster(config, root)
  const overlooked = new Overlooked()
  // Before the texts: what is written in between is then read once more, not overlooked.
  const stamp = await stampOf(source)
  for (const file of source.files) {
    const [folder, text] = [dirname(file), await readFile(file, 'utf8')]
    overlooked.read(folder, text)
    const part = new KubeConfig()
    part.loadFromString(text)
    part.makePathsAbsolute(folder)
    merge(config, part)
  }
  if (context !== undefined) config.setCurrentContext(context)
  const user = overlooked.user(config.getCurrentUser()?.name)
  return { config, user, cluster: overlooked.cluster(config.getCurrentCluster()?.name), stamp }
}

/** Changes when one of the source's files is written. The pod's own files are read afresh in any case. */
export async function stampOf({ files }: Source): Promise<string> {
  const stamps = files.map(async (file) => {
    const { mtimeMs, size, ino } = await stat(file)
    return `${mtimeMs} ${size} ${ino}`
  })
  return (await Promise.all(stamps)).join('\n')
}

/**
 * The library's own way in talks plain HTTP on three ports, and sends the token's last line end.
 * https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/#directly-accessing-the-rest-api
 */
function inCluster(config: KubeConfig, root: string): Loaded {
  const host = process.env.KUBERNETES_SERVICE_HOST ?? ''
  const port = process.env.KUBERNETES_SERVICE_PORT ?? '443'
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`
  const [name, caFile] = ['pod', join(root, inPod, 'ca.crt')]
  config.loadFromClusterAndUser({ name, server, caFile, skipTLSVerify: false }, { name })
  return {
    config,
    user: { tokenFile: join(root, inPod, 'token'), impersonation: {}, plugin: undefined },
    cluster: { plugins: undefined },
    stamp: '',
  }
}

/** The namespace that a source says is the pod's own; a kubeconfig may lead to another cluster than the pod's. */
export async function namespaceOf({ files }: Source, root: string): Promise<string | undefined> {
  const file = join(root, inPod, 'namespace')
  if (files.length > 0 || !(await isReadable(file))) return undefined
  return (await readFile(file, 'utf8')).trim()
}

async function fromVariable(named: string[]): Promise<Source> {
  const readable = await Promise.all(named.map(isReadable))
  const files = named.filter((_, index) => readable[index]).map((file) => resolve(file))
  const list = named.join(delimiter)
  if (files.length > 0) return { name: `the kubeconfig ${list} (from KUBECONFIG)`, files }
  throw new Error(`cannot read the kubeconfig ${list}: check the environment variable KUBECONFIG`)
}

/**
 * Adds what another file has; whoever was first keeps a name.
 * https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files
 */
function merge(config: KubeConfig, part: KubeConfig): void {
  for (const cluster of part.getClusters()) if (!config.getCluster(cluster.name)) config.addCluster(cluster)
  for (const user of part.getUsers()) if (!config.getUser(user.name)) config.addUser(withoutPlugin(user))
  for (const context of part.getContexts()) {
    if (!config.getContextObject(context.name)) config.addContext(context)
  }
  if (!config.getCurrentContext()) config.setCurrentContext(part.getCurrentContext())
}

/** Its plugin is run by us: the library's way has no end, tells it nothing, and repeats what it printed. */
const withoutPlugin = (user: User): User => ({ ...user, exec: undefined })

const isReadable = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )
