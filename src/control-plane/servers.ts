import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Binaries } from './binaries.ts'
import type { Folder } from './folder.ts'
import { freePorts, isTaken, loopback } from './ports.ts'
import { probe } from './probe.ts'
import type { ProcessIdentity } from './process-identity.ts'
import { readIfThere } from './read-if-there.ts'
import { ServerProcess } from './server-process.ts'

/** What both servers need to start. */
export interface ServerSetup {
  binaries: Binaries
  folder: Folder
  onStart: (child: ProcessIdentity) => void
  /** File with authorities whose certificates clients of the API server may show. */
  clientAuthority?: string | undefined
  signal?: AbortSignal
}

/** A server that answers, and where. */
export interface RunningServer {
  process: ServerProcess
  url: string
}

/** Far above the 2 to 4 s that a start takes, for machines that do much else. */
const readyWithinMilliseconds = 120_000
const attempts = 5

/** The files beside an API server's data; the certificate is self-signed, so clients verify it with itself. */
export const certificateIn = (folder: Folder): string => join(folder.path, 'certificates', 'apiserver.crt')
/** What the API server was asked, one request a line. */
export const auditLogIn = (folder: Folder): string => join(folder.path, 'audit.log')

/** Starts etcd on free loopback ports. Its data is a test's: it does not wait for the disk. */
export function startEtcd(setup: ServerSetup): Promise<RunningServer> {
  const { path } = setup.folder
  // The name tells our etcd from another one that took the port between choosing and binding.
  const name = `lakeward-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`
  return startOnPorts(setup, {
    name: 'etcd',
    file: setup.binaries.etcd,
    ports: { free: 2 },
    url: (port) => `http://${loopback}:${port}`,
    args: ([client, peer]) => {
      const peerUrl = `http://${loopback}:${peer}`
      const clientUrl = `http://${loopback}:${client}`
      return [
        `--name=${name}`,
        `--data-dir=${join(path, 'etcd')}`,
        '--log-level=warn',
        '--unsafe-no-fsync',
        // As in clusters of kubeadm: without it watches of what nobody touches have no bookmark for minutes.
        '--watch-progress-notify-interval=5s',
        `--listen-client-urls=${clientUrl}`,
        `--advertise-client-urls=${clientUrl}`,
        `--listen-peer-urls=${peerUrl}`,
        `--initial-advertise-peer-urls=${peerUrl}`,
        `--initial-cluster=${name}=${peerUrl}`,
      ]
    },
    isReady: async (url) => {
      const answer = await probe({ url: `${url}/v3/cluster/member/list`, method: 'POST', body: '{}' })
      return answer?.includes(`"${name}"`) ?? false
    },
  })
}

/** Starts the API server, on a free loopback port unless one is given. */
export function startApiServer(
  setup: ServerSetup,
  etcd: string,
  port: number | undefined,
): Promise<RunningServer> {
  const { folder, binaries, clientAuthority } = setup
  const token = folder.administratorToken
  return startOnPorts(setup, {
    name: 'kube-apiserver',
    file: binaries.kubeApiserver,
    ports: port === undefined ? { free: 1 } : { fixed: port },
    url: (port) => `https://${loopback}:${port}`,
    args: ([port]) => [
      ...apiServerArguments(folder, { etcd, port: String(port) }),
      ...(clientAuthority === undefined ? [] : [`--client-ca-file=${clientAuthority}`]),
    ],
    isReady: async (url) => {
      const certificate = await readIfThere(certificateIn(folder))
      if (certificate === undefined) return false
      // The namespace is made a moment after /readyz turns true, and everybody's first request needs it.
      for (const path of ['/readyz', '/api/v1/namespaces/default']) {
        if ((await probe({ url: url + path, token, certificate })) === undefined) return false
      }
      return true
    },
  })
}

/**
 * https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/ Priority and fairness stays
 * on: a 429 of it is a case to survive. The log of requests is not rotated, since tests count its lines.
 */
function apiServerArguments({ path }: Folder, { etcd, port }: { etcd: string; port: string }): string[] {
  return [
    `--etcd-servers=${etcd}`,
    `--secure-port=${port}`,
    `--bind-address=${loopback}`,
    // No other machine is to reach it, so it must not look for an address of one's own: without a network that fails.
    `--advertise-address=${loopback}`,
    '--endpoint-reconciler-type=none',
    '--service-cluster-ip-range=10.0.0.0/24',
    `--cert-dir=${join(path, 'certificates')}`,
    `--token-auth-file=${join(path, 'tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${join(path, 'service-account.pub')}`,
    `--service-account-signing-key-file=${join(path, 'service-account.key')}`,
    // It refuses pods whose ServiceAccount no controller has made yet; there is no such controller here.
    '--disable-admission-plugins=ServiceAccount',
    `--audit-policy-file=${join(path, 'audit-policy.yaml')}`,
    `--audit-log-path=${join(path, 'audit.log')}`,
    '--audit-log-maxsize=10000',
  ]
}

interface Launch {
  name: string
  file: string
  args: (ports: number[]) => string[]
  /** Of the first port. */
  url: (port: number) => string
  isReady: (url: string) => Promise<boolean>
  /** So many free ones, or this one and no other. */
  ports: { free: number } | { fixed: number }
}

/** Starts a server and waits until it answers; takes other ports when somebody was faster. */
async function startOnPorts(setup: ServerSetup, launch: Launch): Promise<RunningServer> {
  const { name, file } = launch
  for (let attempt = 1; ; attempt += 1) {
    const ports = 'fixed' in launch.ports ? [launch.ports.fixed] : await freePorts(launch.ports.free)
    const url = launch.url(ports[0] ?? 0)
    const server = new ServerProcess({
      name,
      file,
      args: launch.args(ports),
      folder: setup.folder.path,
      onStart: setup.onStart,
    })
    try {
      const timeout = { milliseconds: readyWithinMilliseconds, ...(setup.signal && { signal: setup.signal }) }
      await server.ready(() => launch.isReady(url), timeout)
      return { process: server, url }
    } catch (error) {
      const endedItself = !server.isRunning
      await server.stop(false)
      if ('fixed' in launch.ports || attempt === attempts || !endedItself) throw error
      const taken = await Promise.all(ports.map(isTaken))
      if (!taken.includes(true)) throw error
    }
  }
}
