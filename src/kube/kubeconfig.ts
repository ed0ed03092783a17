import { access, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import type { KubeConfig } from '@kubernetes/client-node'
import { parse } from 'yaml'

const tokenFileInPod = 'var/run/secrets/kubernetes.io/serviceaccount/token'

/** Where a configuration comes from: its name for people and its files; without files it is the pod's own. */
export interface Source {
  name: string
  files: string[]
}

/** What was read from a source. */
export interface Loaded {
  config: KubeConfig
  /** Holds the current user's token; to be read again and again, for it rotates. */
  tokenFile: string | undefined
}

/** Where to look for the API server: the flag, `KUBECONFIG`, the pod, the home folder; the first that is there. */
export async function findSource(flag: string | undefined, root: string): Promise<Source> {
  if (flag !== undefined) {
    if (await isReadable(flag)) return { name: `the kubeconfig ${flag}`, files: [resolve(flag)] }
    throw new Error(`cannot read the kubeconfig ${flag}: check the path given with --kubeconfig`)
  }
  const named = (process.env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '')
  if (named.length > 0) return fromVariable(named)
  const inPod = (process.env.KUBERNETES_SERVICE_HOST ?? '') !== ''
  if (inPod && (await isReadable(join(root, tokenFileInPod)))) {
    return { name: "this pod's ServiceAccount", files: [] }
  }
  const usual = join(process.env.HOME ?? homedir(), '.kube', 'config')
  if (await isReadable(usual)) return { name: `the kubeconfig ${usual}`, files: [usual] }
  throw new Error(
    'no Kubernetes API server to talk to: give --kubeconfig FILE, or set KUBECONFIG, or run inside a cluster',
  )
}

/** Reads a source. The library is imported here, late: it takes half a second, which `--help` need not wait for. */
export async function loadSource(source: Source, root: string): Promise<Loaded> {
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  if (source.files.length === 0) {
    config.loadFromCluster(root.replace(/\/$/, ''))
    return { config, tokenFile: join(root, tokenFileInPod) }
  }
  const tokenFiles = new Map<string, string>()
  for (const file of source.files) {
    const part = new KubeConfig()
    part.loadFromFile(file)
    for (const [user, path] of await tokenFilesIn(file)) {
      if (!config.getUser(user)) tokenFiles.set(user, path)
    }
    merge(config, part)
  }
  return { config, tokenFile: tokenFiles.get(config.getCurrentUser()?.name ?? '') }
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
  for (const user of part.getUsers()) if (!config.getUser(user.name)) config.addUser(user)
  for (const context of part.getContexts()) {
    if (!config.getContextObject(context.name)) config.addContext(context)
  }
  if (!config.getCurrentContext()) config.setCurrentContext(part.getCurrentContext())
}

/**
 * `tokenFile` of each user, which the library overlooks: it knows the key by another name and reads it once.
 * https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/#AuthInfo
 */
async function tokenFilesIn(file: string): Promise<[user: string, path: string][]> {
  const text = await readFile(file, 'utf8')
  const { users } = parse(text) as { users?: { name: string; user?: { tokenFile?: unknown } | null }[] }
  return (users ?? []).flatMap(({ name, user }): [string, string][] =>
    typeof user?.tokenFile === 'string' ? [[name, resolve(dirname(file), user.tokenFile)]] : [],
  )
}

const isReadable = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )
