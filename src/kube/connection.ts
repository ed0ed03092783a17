import type { Dispatcher } from 'undici'
import { unlessAborted } from '../databricks/deadline.ts'
import { formatJson } from '../databricks/json.ts'
import { fenced, type Fence } from '../fence.ts'
import type { Asked } from './answer.ts'
import { nameOf, searchOf, type KubeCall } from './call.ts'
import type { TlsOptions } from './cluster-entry.ts'
import type { ClusterAccess, Credential } from './credentials.ts'
import { KubeError } from './kube-error.ts'
import { failureOf } from './wire-failure.ts'
import { openPool } from './wire.ts'

/** An answer whose body has not been read yet, and the credential it was asked for with. */
export interface Response {
  status: number
  headers: Dispatcher.ResponseData['headers']
  body: Dispatcher.ResponseData['body']
  credential: Credential
}

/** What ends a call early. */
interface Bounds {
  signal: AbortSignal
  fence: Fence | undefined
}

/**
 * The wire: one pool, the credential of the moment, and failures under their right name.
 *
 * Guarantees: a refused credential (401) is read anew and tried once more, which is safe for every call
 * because nothing was done; a connection that fails or breaks is a KubeError `Unreachable`; a CA or a client
 * certificate that was replaced is what the next call uses, while what runs on the old ones runs to its end.
 */
export class Connection {
  readonly #access: ClusterAccess
  readonly #origin: string
  readonly #prefix: string
  /** More than one only while calls on replaced TLS files run. */
  readonly #pools = new Set<Dispatcher>()
  #current: { tls: TlsOptions; pool: Dispatcher } | undefined

  constructor(access: ClusterAccess) {
    this.#access = access
    const { origin, pathname } = new URL(access.server)
    this.#origin = origin
    // Some API servers stand behind a path of a larger host.
    this.#prefix = pathname.replace(/\/$/, '')
  }

  /**
   * Sends a call and gives its answer as soon as the head is there. Right before anything is put on the wire the fence
   * is asked, if there is one.
   */
  async send(call: KubeCall, bounds: Bounds): Promise<Response> {
    const first = await this.#sendOnce(call, bounds)
    if (first.status !== 401) return first
    await first.body.dump()
    this.#access.renew(first.credential)
    return this.#sendOnce(call, bounds)
  }

  /** A call as errors name it, and what of its credential they must not repeat. */
  asked(call: KubeCall, credential?: Credential): Asked {
    const { server, name } = this.#access
    return { call: nameOf(call), server, credential: name, secrets: secretsIn(credential) }
  }

  /** What really went wrong: the reason of a fallen signal, or the connection, or the error itself. */
  explain(call: KubeCall, signal: AbortSignal, error: unknown): unknown {
    if (signal.aborted) return signal.reason
    const failure = error instanceof KubeError ? undefined : failureOf(error, this.#access.server)
    if (failure === undefined) return error
    const message = `${nameOf(call)}: cannot reach the API server at ${this.#access.server}: ${failure}`
    // Without a cause: that of a broken answer carries its bytes, in which a proxy may repeat our headers.
    return new KubeError(message, { status: 0, reason: 'Unreachable' })
  }

  /** Closes every connection; calls still under way fail. */
  async close(): Promise<void> {
    await Promise.all([...this.#pools].map((pool) => pool.destroy()))
  }

  async #sendOnce(call: KubeCall, { signal, fence }: Bounds): Promise<Response> {
    const credential = await this.#credentialFor(call, signal)
    const pool = this.#poolFor(credential.tls)
    const sent = (fence === undefined ? pool : fenced(pool, fence)).request({
      origin: this.#origin,
      method: call.method,
      path: this.#prefix + call.path + searchOf(call),
      headers: {
        accept: 'application/json',
        'user-agent': 'lakeward',
        ...(call.body !== undefined && { 'content-type': call.contentType ?? 'application/json' }),
        ...credential.headers,
      },
      body: call.body === undefined ? null : formatJson(call.body),
      signal,
    })
    // The pool heeds the signal only once it has a connection, which may take its ten seconds.
    const { statusCode, headers, body } = await unlessAborted(sent, signal)
    return { status: statusCode, headers, body, credential }
  }

  async #credentialFor(call: KubeCall, signal: AbortSignal): Promise<Credential> {
    try {
      // It may come from a program of the user's that hangs; the call's time counts all the same.
      return await unlessAborted(this.#access.credential(), signal)
    } catch (error) {
      if (signal.aborted || !(error instanceof Error)) throw error
      const message = `${nameOf(call)}: no credential for the API server: ${error.message}`
      throw new KubeError(message, { status: 0, reason: 'NoCredential' })
    }
  }

  #poolFor(tls: TlsOptions): Dispatcher {
    if (this.#current?.tls === tls) return this.#current.pool
    const old = this.#current?.pool
    const pool = openPool({ origin: this.#origin, proxy: this.#access.proxy }, tls)
    this.#pools.add(pool)
    this.#current = { tls, pool }
    // Closing waits for what runs. It fails only when `close` has destroyed the pool meanwhile.
    old?.close().then(
      () => this.#pools.delete(old),
      () => undefined,
    )
    return pool
  }
}

/** Shorter ones would blacken half of the text, and are nobody's token. */
const shortestSecret = 8

/** The token. */
function secretsIn(credential: Credential | undefined): string[] {
  const { authorization } = credential?.headers ?? {}
  const token = typeof authorization === 'string' ? (authorization.split(' ')[1] ?? '') : ''
  return token.length >= shortestSecret ? [token] : []
}
