/**
 * The one way to the Kubernetes API server.
 *
 * Guarantees: one pool of connections for everything; every call but an open watch ends within its
 * timeout; reads are repeated after a passing failure, writes never, because a write whose answer was
 * lost may have taken effect; failures are KubeErrors, except that the caller's own abort comes back as
 * its reason.
 *
 * Assumes: whoever names the type of an answer knows it from elsewhere (a schema, the resource). Answers
 * are parsed, not checked.
 */
import type { Clock } from '../clock.ts'
import { parseJson, type Json, type JsonObject } from '../databricks/json.ts'
import type { Fence } from '../fence.ts'
import { malformed, readAnswer, type Asked } from './answer.ts'
import type { Random } from './backoff.ts'
import { countedAs, nameOf, type KubeCall, type Query, type SentCall } from './call.ts'
import { Connection, type Response } from './connection.ts'
import type { ClusterAccess } from './credentials.ts'
import { Deadline } from './deadline.ts'
import { KubeError } from './kube-error.ts'
import { lines } from './lines.ts'
import { readPage, type ListPage } from './list-page.ts'
import { mostAnswerBytes, received } from './received.ts'
import { waitBeforeRetry } from './retry-rule.ts'

const defaultTimeout = 30_000

const patchTypes = {
  /** Server-side apply; the API server takes JSON here, which is YAML too. */
  apply: 'application/apply-patch+yaml',
  /** RFC 6902. */
  json: 'application/json-patch+json',
  /** RFC 7396. */
  merge: 'application/merge-patch+json',
} as const

/** A change of a part of one object. */
export type PatchCall = Omit<KubeCall, 'method' | 'contentType'> & { type: keyof typeof patchTypes }

/** A call under way, its answer's body unread. */
interface Sent {
  asked: Asked
  response: Response
}

interface Means {
  clock: Clock
  random: Random
  onCall?: (call: SentCall) => void
}

/** A client of one API server. */
export class KubeClient {
  readonly #clock: Clock
  readonly #random: Random
  readonly #connection: Connection
  readonly #onCall: (call: SentCall) => void
  readonly #fence: Fence | undefined

  /** `onCall` hears of every try that has ended, of a watch when it is open. */
  constructor(options: Means & ({ access: ClusterAccess } | { connection: Connection; fence: Fence })) {
    this.#clock = options.clock
    this.#random = options.random
    this.#onCall = options.onCall ?? (() => undefined)
    this.#connection = 'access' in options ? new Connection(options.access) : options.connection
    this.#fence = 'fence' in options ? options.fence : undefined
  }

  /**
   * The same client for somebody whose permission may end, over the same connections: from then on none of his calls is
   * sent, and what is under way is given up.
   */
  fenced(fence: Fence): KubeClient {
    const means = { clock: this.#clock, random: this.#random, onCall: this.#onCall }
    return new KubeClient({ ...means, connection: this.#connection, fence })
  }

  /** Does one call and gives its parsed answer. */
  async request<T>(call: KubeCall): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return (await this.#counted(call, () => this.#try(call))) as T
      } catch (error) {
        const wait = waitBeforeRetry({ method: call.method, attempt, error, random: this.#random })
        if (wait === undefined) throw error
        await this.#clock.sleep(wait, call.signal ?? this.#fence?.signal)
      }
    }
  }

  /** Reads one object. */
  get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return this.request<T>({ method: 'GET', path, signal })
  }

  /** Makes one object in a collection. */
  create<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
    return this.request<T>({ method: 'POST', path, body, signal })
  }

  /** Changes a part of one object. */
  patch<T>({ type, ...call }: PatchCall): Promise<T> {
    return this.request<T>({ ...call, method: 'PATCH', contentType: patchTypes[type] })
  }

  /**
   * Reads a collection page by page. A page of objects so large that nobody could hold it is asked for again
   * in halves. Throws a KubeError 410 when the list grew too old while it was read: then only a new list helps.
   * https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
   */
  async *pages<T>(
    path: string,
    options: { limit: number; signal?: AbortSignal | undefined },
  ): AsyncGenerator<ListPage<T>, void, undefined> {
    let { limit } = options
    let next: string | undefined
    for (;;) {
      const query = { limit, continue: next }
      const call: KubeCall = { method: 'GET', path, query, signal: options.signal }
      const answer = await this.request<JsonObject>(call).catch((error: unknown) => {
        if (limit > 1 && error instanceof KubeError && error.reason === 'TooLarge') return undefined
        throw error
      })
      if (answer === undefined) {
        limit = Math.ceil(limit / 2)
        continue
      }
      const read = readPage<T>(answer)
      if (read === undefined) throw malformed(this.#connection.asked(call), 200, 'something that is no list')
      yield read.page
      next = read.next
      if (next === undefined) return
    }
  }

  /**
   * Opens a watch and gives its lines as they come, until the server ends it or the signal falls. Has no
   * deadline of its own once it is open: an idle watch looks like a dead one, and only the caller knows
   * when the next bookmark is due.
   */
  async *watch(
    path: string,
    query: Query,
    { signal, onOpen }: { signal: AbortSignal; onOpen?: () => void },
  ): AsyncGenerator<Json, void, undefined> {
    const call: KubeCall = { method: 'GET', path, query: { ...query, watch: 1 }, signal }
    using deadline = this.#deadlineOf(call)
    try {
      const { asked, response } = await this.#counted(call, () => this.#open(call, deadline.signal))
      deadline.lift()
      onOpen?.()
      const tooLong = () => malformed(asked, 200, 'a line of a watch that has no end')
      const limits = { mostBytes: mostAnswerBytes, tooLong }
      for await (const line of lines(response.body, limits)) yield eventIn(asked, line)
    } catch (error) {
      throw this.#connection.explain(call, deadline.signal, error)
    }
  }

  /** Closes every connection; calls still under way fail. */
  close(): Promise<void> {
    return this.#connection.close()
  }

  async #try(call: KubeCall): Promise<JsonObject> {
    using deadline = this.#deadlineOf(call)
    try {
      const { asked, response } = await this.#send(call, deadline.signal)
      return readAnswer(asked, await received(asked, response), this.#clock.now())
    } catch (error) {
      throw this.#connection.explain(call, deadline.signal, error)
    }
  }

  async #open(call: KubeCall, signal: AbortSignal): Promise<Sent> {
    try {
      const sent = await this.#send(call, signal)
      const { asked, response } = sent
      if (response.status === 200) return sent
      readAnswer(asked, await received(asked, response), this.#clock.now())
      throw malformed(asked, response.status, 'something that is no watch')
    } catch (error) {
      throw this.#connection.explain(call, signal, error)
    }
  }

  async #send(call: KubeCall, signal: AbortSignal): Promise<Sent> {
    const response = await this.#connection.send(call, { signal, fence: this.#fence })
    return { response, asked: this.#connection.asked(call, response.credential) }
  }

  async #counted<T>(call: KubeCall, work: () => Promise<T>): Promise<T> {
    const began = this.#clock.monotonic()
    const tell = (outcome: string) =>
      this.#onCall({ ...countedAs(call), outcome, seconds: (this.#clock.monotonic() - began) / 1_000 })
    try {
      const result = await work()
      tell('Success')
      return result
    } catch (error) {
      tell(outcomeOf(error))
      throw error
    }
  }

  #deadlineOf(call: KubeCall): Deadline {
    const { signal, timeout = defaultTimeout } = call
    const { server } = this.#connection.asked(call)
    const message = `${nameOf(call)}: no answer from the API server at ${server} within ${timeout / 1_000} s`
    const reason = () => new KubeError(message, { status: 0, reason: 'TimedOut' })
    const signals = [signal, this.#fence?.signal]
    return new Deadline({ clock: this.#clock, milliseconds: timeout, signals, reason })
  }
}

/** A server may send any word as a reason: only those that are ours are counted by. */
function outcomeOf(error: unknown): string {
  if (!(error instanceof KubeError)) return 'Aborted'
  return error.status >= 400 ? String(error.status) : error.reason
}

function eventIn(asked: Asked, line: string): Json {
  try {
    return parseJson(line)
  } catch {
    throw malformed(asked, 200, 'a line of a watch that is not JSON')
  }
}
