import { defaultAllowedHosts } from './databricks/hosts.ts'

/** Everything that `lakeward run` can be told; the flags in cli/run.ts set these one by one. */
export interface Config {
  /** Path of a kubeconfig; absent: KUBECONFIG, the pod's ServiceAccount, ~/.kube/config. */
  kubeconfig?: string
  /** The namespaces to work in; absent: all. */
  namespaces?: string[]
  /** Hosts that a workspace may name: exact names or `*.zone`. */
  allowedHosts: string[]
  /** Also http and loopback hosts. Tokens then travel in clear: for trials on one machine. */
  allowHttp: boolean
  /** Namespaces whose workspaces may use the operator's own identity. */
  ambientIdentityNamespaces: string[]
  /** File with a token of the operator's own ServiceAccount for Databricks; read again whenever it is used. */
  oidcTokenFile?: string
  /** The same for Microsoft Entra ID. */
  azureTokenFile?: string
  /** Address of the authority of Entra; absent: the one of the cloud that a workspace is in. */
  azureAuthority?: string
  /** File with certificates that are trusted besides the usual ones, for Databricks and token endpoints. */
  caBundle?: string
  /** Names this installation in the mark of what it creates; absent: the uid of namespace kube-system. */
  instance?: string
  /**
   * File with a key under which the secrets in `status.lastApplied` are hashed, read at the start; absent: the name of
   * the installation, which others may know.
   */
  hashKeyFile?: string
  /** Milliseconds for one request to Databricks, from connecting to the last byte. */
  requestTimeout: number
  /** Milliseconds after twice that timeout (for its turn, and for itself) until an unanswered create can no longer take effect. */
  attemptSettle: number
  /** Namespace of the lease; absent: the pod's own, else `default`. */
  leaseNamespace?: string
  /** Milliseconds, whole seconds, after which a leader that is not heard of is replaced. */
  leaseDuration: number
  /** Port for /healthz, /readyz and /metrics; absent: no listener. */
  healthPort?: number
  /** Milliseconds after which, at the latest, every kind is listed anew, however well its watch does. */
  relistInterval: number
  /** How many objects are worked on at the same time; each kind in each workspace has room for one besides. */
  concurrency: number
  /** Milliseconds that running work gets to end after a signal. */
  grace: number
  logLevel: LogLevel
}

/** How much the log may tell, from most to least. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

/** One of these; a log tells what is at least as severe. */
export type LogLevel = (typeof logLevels)[number]

/** Every setting as it is when nobody gives it. */
export const defaults = {
  allowedHosts: [...defaultAllowedHosts],
  allowHttp: false,
  ambientIdentityNamespaces: [],
  requestTimeout: 60_000,
  attemptSettle: 120_000,
  relistInterval: 6 * 3_600_000,
  leaseDuration: 10_000,
  concurrency: 64,
  grace: 20_000,
  logLevel: 'info',
} as const satisfies Partial<Config>
