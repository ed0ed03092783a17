import type { Clock } from '../clock.ts'

/**
 * A signal that falls when the caller's does or when a time on the clock is over, whichever is first.
 *
 * Guarantees: disposing leaves neither a timer nor a listener behind, so that a signal which lives as
 * long as the program can be handed to a million calls.
 */
export class Deadline implements Disposable {
  readonly #controller = new AbortController()
  readonly #timer = new AbortController()
  readonly #caller: AbortSignal | undefined
  readonly #onAbort = () => this.#controller.abort(this.#caller?.reason)

  constructor(options: {
    clock: Clock
    milliseconds: number
    signal?: AbortSignal | undefined
    reason: () => Error
  }) {
    this.#caller = options.signal
    if (this.#caller?.aborted) this.#onAbort()
    this.#caller?.addEventListener('abort', this.#onAbort, { once: true })
    options.clock.sleep(options.milliseconds, this.#timer.signal).then(
      () => this.#controller.abort(options.reason()),
      // The only thing that ends the sleep early is `lift`.
      () => undefined,
    )
  }

  /** What the work listens to. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** From here on time does not count any more, only the caller's signal. */
  lift(): void {
    this.#timer.abort(lifted)
  }

  [Symbol.dispose](): void {
    this.lift()
    this.#caller?.removeEventListener('abort', this.#onAbort)
  }
}

/** One reason for all, because building one takes a stack trace and there is a deadline per call. */
const lifted = new Error('the deadline was lifted')
