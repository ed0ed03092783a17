import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { prepareBinaries, type Binaries } from './binaries.ts'
import { administrator, openFolder, type Folder } from './folder.ts'
import { refuseForeign, writeKubeconfig, type Server } from './kubeconfig.ts'
import { kubectlFor, mustKubectl, type Kubectl } from './kubectl.ts'
import { Lifetime } from './lifetime.ts'
import { installManifests } from './manifests.ts'
import { isTaken, loopback } from './ports.ts'
import { writePrivateFile } from './private-file.ts'
import type { Progress } from './progress.ts'
import { readIfThere } from './read-if-there.ts'
import { auditLogIn, certificateIn, startApiServer, startEtcd, type ServerSetup } from './servers.ts'

/** How to start a control plane. */
export interface ControlPlaneOptions {
  /** Keeps data, certificates, tokens and keys for the next start; without it a temporary folder is used. */
  directory?: string
  /** The API server's port; default: the folder's last one, else a free one. */
  port?: number
  /** Where the administrator's kubeconfig goes; default: into the folder. It appears once the server is ready. */
  kubeconfig?: string
  /** Install our CRDs, roles and policies; default true. */
  manifests?: boolean
  /** File with authorities whose certificates clients may show, PEM; absent = nobody comes in that way. */
  clientAuthority?: string
  progress: Progress
  /** Aborts the start, with nothing left behind; once it has started, `stop` ends it. */
  signal?: AbortSignal
  /** Default: the process' own. */
  environment?: NodeJS.ProcessEnv
}

/** Whose kubeconfig to write. */
interface ServiceAccountAccess {
  namespace: string
  /** It has to exist. */
  serviceAccount: string
  /** Default: a file in the control plane's folder. */
  file?: string
  /** How long its token is good; the server's least is 600. Default: a day. */
  durationSeconds?: number
}

/** A running etcd and kube-apiserver on loopback. */
export interface ControlPlane {
  /** `https://127.0.0.1:PORT` */
  url: string
  /** Where etcd answers, `http://127.0.0.1:PORT`. It takes no credentials. */
  etcd: string
  /** Path of the administrator's kubeconfig, readable by its owner only. */
  kubeconfig: string
  /**
   * Path of the audit log, one JSON event per request and line, which tests read as an independent witness. A
   * line may come a moment after the client has its answer: wait for that of a last request of your own.
   */
  auditLog: string
  directory: string
  binaries: Binaries
  /** Writes a kubeconfig for a ServiceAccount and returns its path. */
  kubeconfigFor(access: ServiceAccountAccess): Promise<string>
  kubectl: Kubectl
  /** Ends both servers and removes what is temporary. May be called again. */
  stop(): Promise<void>
  /** Resolves with a sentence if one of the servers ends before `stop`; else never. */
  exited: Promise<string>
}

const packageRoot = fileURLToPath(new URL('../../', import.meta.url))
const defaultTokenSeconds = 86_400

/** Starts a control plane and returns once it answers. A start that fails leaves no process and no temporary folder. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  options.signal?.throwIfAborted()
  if (options.kubeconfig !== undefined) await refuseForeign(resolve(options.kubeconfig))
  const folder = await openFolder(options.directory)
  const lifetime = new Lifetime(folder)
  try {
    return await start(options, folder, lifetime)
  } catch (error) {
    await lifetime.end()
    throw error
  }
}

async function start(
  options: ControlPlaneOptions,
  folder: Folder,
  lifetime: Lifetime,
): Promise<ControlPlane> {
  const { progress, environment = process.env } = options
  const signal = options.signal && { signal: options.signal }
  // Before the binaries, which may take minutes: that a port is taken is better said at once.
  const port = await choosePort(folder, options.port)
  const binaries = await prepareBinaries({ progress, environment, ...signal })
  progress(`Starting Kubernetes with the binaries in ${binaries.directory} (${binaries.source})`)
  const { clientAuthority } = options
  const setup = { binaries, folder, clientAuthority, onStart: lifetime.guard, ...signal }
  const { url, etcd } = await startServers(setup, port, lifetime)

  const server = { url, certificate: await readFile(certificateIn(folder), 'utf8') }
  const own = join(folder.path, 'kubeconfig')
  const identity = { name: administrator, token: folder.administratorToken }
  await writeKubeconfig(own, server, identity)
  const kubectl = kubectlFor({ binaries, kubeconfig: own, folder: folder.path, environment })
  if (options.manifests ?? true) await installManifests({ root: packageRoot, kubectl, ...signal })

  const kubeconfig = options.kubeconfig === undefined ? own : resolve(options.kubeconfig)
  if (kubeconfig !== own) {
    await writeKubeconfig(kubeconfig, server, identity)
    lifetime.ownFile(kubeconfig)
  }
  return {
    url,
    etcd,
    kubeconfig,
    auditLog: auditLogIn(folder),
    directory: folder.path,
    binaries,
    kubectl,
    kubeconfigFor: (access) => writeAccess(access, { server, kubectl, folder }),
    stop: () => lifetime.end(),
    exited: lifetime.serverLost,
  }
}

/** Returns the addresses of both. */
async function startServers(
  setup: ServerSetup,
  port: number | undefined,
  lifetime: Lifetime,
): Promise<{ url: string; etcd: string }> {
  const etcd = await startEtcd(setup)
  lifetime.adopt(etcd.process)
  const apiServer = await startApiServer(setup, etcd.url, port)
  lifetime.adopt(apiServer.process)
  await writePrivateFile(portFileIn(setup.folder), new URL(apiServer.url).port)
  return { url: apiServer.url, etcd: etcd.url }
}

const portFileIn = (folder: Folder): string => join(folder.path, 'port')

/** The folder's last port is taken again, since the kubeconfigs that clients hold name it; undefined = any. */
async function choosePort(folder: Folder, wanted: number | undefined): Promise<number | undefined> {
  const known = await readIfThere(portFileIn(folder))
  const port = wanted ?? (known === undefined ? undefined : Number(known))
  if (port === undefined || !(await isTaken(port))) return port
  const whose = wanted === undefined ? `, which ${folder.path} used last time,` : ''
  throw new Error(
    `Port ${port} of ${loopback}${whose} is taken by another program: end it, or choose another port`,
  )
}

/** `kubectl create token` asks the server's TokenRequest, so the operator can run under its own roles. */
async function writeAccess(
  { namespace, serviceAccount, file, durationSeconds = defaultTokenSeconds }: ServiceAccountAccess,
  { server, kubectl, folder }: { server: Server; kubectl: Kubectl; folder: Folder },
): Promise<string> {
  const duration = `--duration=${durationSeconds}s`
  const token = await mustKubectl(kubectl, [
    'create',
    'token',
    serviceAccount,
    '--namespace',
    namespace,
    duration,
  ])
  const path =
    file === undefined ? join(folder.path, 'kubeconfigs', `${namespace}.${serviceAccount}`) : resolve(file)
  await writeKubeconfig(path, server, { name: serviceAccount, token: token.trim(), namespace })
  return path
}
