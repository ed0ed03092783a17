/**
 * Where the API server is and who we are there.
 *
 * Guarantees: looked for in the order `--kubeconfig`, `KUBECONFIG`, the pod's own ServiceAccount,
 * `~/.kube/config`; nothing found, or something broken, is one error that says where and what to do, with
 * nothing in it that is secret. Whatever may rotate (a token file, a CA, a client certificate, the kubeconfig
 * itself) is read again every few seconds and after `renew`; a plugin is asked again a minute before its
 * credential expires. What cannot be read again is used on until the server refuses it.
 *
 * Assumes: the address does not change while the program runs. A kubeconfig that leads elsewhere by then is
 * refused, so that no credential is shown to another server than the one it belongs to.
 */
import type { Clock } from '../clock.ts'
import { proxyOf, serverOf, tlsOf, usable, type IdentityHeaders, type TlsOptions } from './cluster-entry.ts'
import { findSource, loadSource, namespaceOf, stampOf, type Source } from './kubeconfig.ts'
import { Rotation } from './rotation.ts'

/** What one is known by. */
export interface Credential {
  headers: IdentityHeaders
  /** The same object as long as nothing in it has changed. */
  tls: TlsOptions
}

/** Everything that a client needs to talk to one API server as somebody. */
export interface ClusterAccess {
  /** Where it comes from, for people: `the kubeconfig FILE`, `this pod's ServiceAccount`. */
  name: string
  /** Scheme, host and port; with a path when the API server stands behind one. */
  server: string
  /** Address of a proxy on the way, perhaps with a password; absent = none. */
  proxy?: string | undefined
  /** The namespace of the pod that this is; absent where it is none. */
  namespace?: string | undefined
  /** That of the moment. */
  credential: () => Promise<Credential>
  /** Forgets a credential that the server has refused. */
  renew: (refused: Credential) => void
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
  const { name } = source
  const named = <T>(work: Promise<T>) => work.catch((error: unknown) => Promise.reject(broken(source, error)))
  const open = async (): Promise<ClusterAccess> => {
    const loaded = await loadSource(source, root)
    const [server, proxy] = [serverOf(loaded), proxyOf(loaded)]
    usable(await tlsOf(loaded, undefined))
    // A person who switches to another context does not mean the operator that runs.
    const context = loaded.config.getCurrentContext()
    const reload = () => loadSource(source, root, context)
    const rotation = new Rotation({ clock, loaded, stamp: () => stampOf(source), reload })
    return {
      name,
      server,
      proxy,
      namespace: await namespaceOf(source, root),
      credential: () => named(rotation.credential()),
      renew: (refused) => rotation.renew(refused),
    }
  }
  return named(open())
}

/** The first line only, and no cause: a YAML parser's further lines show the text, and with it a token. */
function broken(source: Source, error: unknown): Error {
  const why = (error instanceof Error ? error.message : String(error)).split('\n')[0]
  return new Error(`${source.name} does not lead to a Kubernetes API server: ${why}`)
}
