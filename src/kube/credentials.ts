/**
 * Where the API server is and who we are there.
 *
 * Guarantees: looked for in the order `--kubeconfig`, `KUBECONFIG`, the pod's own ServiceAccount,
 * `~/.kube/config`; nothing found, or something broken, is one error that says where and what to do. A
 * credential is read anew every few seconds and after `renew`, so a rotated token file or an expired
 * token of an exec plugin is not used for long.
 *
 * Assumes: the address, the CA and a client certificate do not change while the program runs.
 */
import { readFile } from 'node:fs/promises'
import type { RequestOptions } from 'node:https'
import type { Clock } from '../clock.ts'
import { findSource, loadSource, type Loaded, type Source } from './kubeconfig.ts'

/** How long a credential is used before it is read again: a small file, or a plugin's own cache. */
const freshFor = 10_000

/** What the pool's connector understands of TLS. */
export type TlsOptions = Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>

/** Everything that a client needs to talk to one API server as somebody. */
export interface ClusterAccess {
  /** Scheme, host and port; with a path when the API server stands behind one. */
  server: string
  tls: TlsOptions
  /** The headers of the moment that say who we are; none when the client certificate does. */
  identity: () => Promise<Record<string, string>>
  /** Forgets what was read, because the server has refused it. */
  renew: () => void
}

/**
 * Finds the API server and checks that it can be talked to, as far as files tell. `root` is where the pod's
 * files start.
 */
export async function loadCluster(options: {
  kubeconfig?: string | undefined
  clock: Clock
  root?: string
}): Promise<ClusterAccess> {
  const { clock, root = '/' } = options
  const source = await findSource(options.kubeconfig, root)
  const access = async () => {
    const loaded = await loadSource(source, root)
    const server = serverOf(loaded)
    const tls = tlsOf(await applied(loaded))
    return { server, tls, ...rotating({ clock, loaded, reload: () => loadSource(source, root) }) }
  }
  return access().catch((error: unknown) => Promise.reject(broken(source, error)))
}

/** The first line only, and no cause: a YAML parser's further lines show the text, and with it a token. */
function broken(source: Source, error: unknown): Error {
  const why = (error instanceof Error ? error.message : String(error)).split('\n')[0]
  return new Error(`${source.name} does not lead to a Kubernetes API server: ${why}`)
}

/** The credential, read at most every few seconds, by one reader at a time. */
function rotating(options: {
  clock: Clock
  loaded: Loaded
  reload: () => Promise<Loaded>
}): Pick<ClusterAccess, 'identity' | 'renew'> {
  let loaded: Loaded | undefined = options.loaded
  let known: { headers: Promise<Record<string, string>>; until: number } | undefined
  const read = async () => {
    loaded ??= await options.reload()
    return headersOf(loaded)
  }
  return {
    identity: () => {
      const now = options.clock.monotonic()
      if (known !== undefined && now < known.until) return known.headers
      const reading = { headers: read(), until: now + freshFor }
      known = reading
      // A failure is told to all who wait for it; whoever comes next tries again.
      reading.headers.catch(() => {
        if (known === reading) known = undefined
      })
      return reading.headers
    },
    renew: () => {
      known = undefined
      loaded = undefined
    },
  }
}

function serverOf({ config }: Loaded): string {
  const context = config.getContextObject(config.getCurrentContext())
  if (context === null) throw new Error('it has no current-context, or one that it does not define')
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw new Error(`its context names the cluster "${context.cluster}", which it lacks`)
  if (config.getCurrentUser() === null) {
    throw new Error(`its context names the user "${context.user}", which it lacks`)
  }
  if (cluster.proxyUrl !== undefined) throw new Error('its cluster has a proxy-url, which is not supported')
  if (!URL.canParse(cluster.server)) throw new Error(`its server "${cluster.server}" is not an address`)
  return cluster.server
}

async function applied({ config }: Loaded): Promise<RequestOptions> {
  const options: RequestOptions = {}
  await config.applyToHTTPSOptions(options)
  return options
}

const tlsOf = ({ ca, cert, key, servername, rejectUnauthorized }: RequestOptions): TlsOptions => ({
  ...(ca !== undefined && { ca }),
  ...(cert !== undefined && { cert }),
  ...(key !== undefined && { key }),
  ...(servername !== undefined && { servername }),
  ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
})

async function headersOf(loaded: Loaded): Promise<Record<string, string>> {
  const { headers, auth } = await applied(loaded)
  const identity = Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
  )
  if (typeof auth === 'string') identity.authorization = `Basic ${Buffer.from(auth).toString('base64')}`
  if (loaded.tokenFile !== undefined) {
    identity.authorization = `Bearer ${(await readFile(loaded.tokenFile, 'utf8')).trim()}`
  }
  return identity
}
