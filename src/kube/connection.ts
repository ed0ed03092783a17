import { Pool, type Dispatcher } from 'undici'
import { formatJson } from '../databricks/json.ts'
import { nameOf, searchOf, type KubeCall } from './call.ts'
import type { ClusterAccess } from './credentials.ts'
import { KubeError } from './kube-error.ts'

/** An answer whose body has not been read yet. */
export type Response = Dispatcher.ResponseData

/**
 * The wire: one pool, the credential of the moment, and failures under their right name.
 *
 * Guarantees: a refused credential (401) is read anew and tried once more, which is safe for every call
 * because nothing was done; a connection that fails or breaks is a KubeError `Unreachable`.
 */
export class Connection {
  readonly #access: ClusterAccess
  readonly #pool: Pool
  readonly #prefix: string

  constructor(access: ClusterAccess) {
    this.#access = access
    const { origin, pathname } = new URL(access.server)
    // Some API servers stand behind a path of a larger host.
    this.#prefix = pathname.replace(/\/$/, '')
    this.#pool = new Pool(origin, {
      connect: { ...access.tls, timeout: 10_000 },
      // On a shared HTTP/2 session one stalled stream can hold up the others.
      allowH2: false,
      // Time is counted by the callers: per call in the client, per bookmark in the watch.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
  }

  /** Sends a call and gives its answer as soon as the head is there. */
  async send(call: KubeCall, signal: AbortSignal): Promise<Response> {
    const first = await this.#sendOnce(call, signal)
    if (first.statusCode !== 401) return first
    await first.body.dump()
    this.#access.renew()
    return this.#sendOnce(call, signal)
  }

  /** What really went wrong: the reason of a fallen signal, or the connection, or the error itself. */
  explain(call: KubeCall, signal: AbortSignal, error: unknown): unknown {
    if (signal.aborted) return signal.reason
    if (error instanceof KubeError || !isNetworkError(error)) return error
    const why = error.message === '' ? error.code : error.message
    const message = `${nameOf(call)}: cannot reach the API server at ${this.#access.server}: ${why}`
    return new KubeError(message, { status: 0, reason: 'Unreachable', cause: error })
  }

  /** Closes every connection; calls still under way fail. */
  close(): Promise<void> {
    return this.#pool.destroy()
  }

  async #sendOnce(call: KubeCall, signal: AbortSignal): Promise<Response> {
    const identity = await unlessAborted(this.#access.identity(), signal)
    return this.#pool.request({
      method: call.method,
      path: this.#prefix + call.path + searchOf(call),
      headers: {
        accept: 'application/json',
        'user-agent': 'lakeward',
        ...(call.body !== undefined && { 'content-type': call.contentType ?? 'application/json' }),
        ...identity,
      },
      body: call.body === undefined ? null : formatJson(call.body),
      signal,
    })
  }
}

/** Sockets, TLS and the pool name their failures by a code; an error without one is a bug of ours. */
const isNetworkError = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'

/** A credential may come from a program of the user's that hangs; the call's time counts all the same. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error)
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    work.then(resolve, reject)
  })
}
