import type { Dispatcher } from 'undici'

/** Enough for a page of a hundred jobs with a thousand tasks each; more is a fault or an attack. */
export const mostAnswerBytes = 32 * 1024 * 1024

/** One HTTP request as it goes out. */
export interface Outgoing {
  readonly dispatcher: Dispatcher
  readonly origin: string
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  /** Path and query. */
  readonly target: string
  readonly headers: Record<string, string>
  readonly body: string | undefined
  readonly signal: AbortSignal
  /** Called right before the request is put on the wire; what it throws keeps it off. */
  readonly lastCheck?: () => void
  /** How many bytes an answer may have. */
  readonly mostBytes?: number
}

/** A whole HTTP answer. Of a header that came several times the first value counts. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
}

/** The server sends more than anybody may make us hold in memory. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge'
  readonly status: number

  constructor(status: number, most: number) {
    super(`the answer is larger than ${most / 1024 / 1024} MiB`)
    this.status = status
  }
}

/**
 * Sends one request and reads the whole answer. Redirects are answers like any other: following one
 * would carry the credentials to a host that nobody allowed. It rejects with the signal's reason as soon
 * as that falls, with AnswerTooLarge, or with what the network reports.
 */
export function exchange(outgoing: Outgoing): Promise<Answer> {
  const { dispatcher, origin, method, target: path, headers, body, signal } = outgoing
  if (signal.aborted) return Promise.reject(signal.reason as Error)
  const end = Promise.withResolvers<Answer>()
  // The caller's signal is the one deadline; the dispatcher's own timers restart with each byte.
  const timers = { headersTimeout: 0, bodyTimeout: 0 }
  const options = { origin, method, path, headers, body: body ?? null, ...timers }
  dispatcher.dispatch(options, new Reader(outgoing, end))
  return end.promise
}

/** Collects one answer. Without a stream in between it costs a third less than undici's `request`. */
class Reader implements Dispatcher.DispatchHandler {
  readonly #signal: AbortSignal
  readonly #most: number
  readonly #lastCheck: Outgoing['lastCheck']
  readonly #end: PromiseWithResolvers<Answer>
  readonly #chunks: Buffer[] = []
  readonly #giveUp: () => void
  #controller: Dispatcher.DispatchController | undefined
  #size = 0
  #status = 0
  #headers: Answer['headers'] = {}

  constructor(
    { signal, lastCheck, mostBytes = mostAnswerBytes }: Outgoing,
    end: PromiseWithResolvers<Answer>,
  ) {
    this.#signal = signal
    this.#lastCheck = lastCheck
    this.#most = mostBytes
    this.#end = end
    this.#giveUp = () => {
      const reason = signal.reason as Error
      end.reject(reason)
      this.#controller?.abort(reason)
    }
    signal.addEventListener('abort', this.#giveUp, { once: true })
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    // Given up while it waited for a connection: it is not sent any more.
    if (this.#signal.aborted) controller.abort(this.#signal.reason as Error)
    else this.#lastCheck?.()
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#status = status
    this.#headers = firstOf(headers)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length
    if (this.#size > this.#most) controller.abort(new AnswerTooLarge(this.#status, this.#most))
    else this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    this.#signal.removeEventListener('abort', this.#giveUp)
    const text = Buffer.concat(this.#chunks, this.#size).toString()
    this.#end.resolve({ status: this.#status, headers: this.#headers, text })
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#signal.removeEventListener('abort', this.#giveUp)
    this.#end.reject(error)
  }
}

const firstOf = (headers: Record<string, string | string[] | undefined>): Answer['headers'] =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  )
