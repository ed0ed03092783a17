import type { Clock } from '../clock.ts'

/**
 * A signal that falls when one of the callers' does or when a time on the clock is over, whichever is first.
 *
 * Guarantees: disposing leaves neither a timer nor a listener behind, so that a signal which lives as
 * long as the program can be handed to a million calls.
 */
export class Deadline implements Disposable {
  readonly #controller = new AbortController()
  readonly #timer = new AbortController()
  readonly #callers: readonly AbortSignal[]
  readonly #onAbort = () => this.#controller.abort(this.#callers.find(({ aborted }) => aborted)?.reason)

  constructor(options: {
    clock: Clock
    milliseconds: number
    signals?: readonly (AbortSignal | undefined)[]
    reason: () => Error
  }) {
    this.#callers = (options.signals ?? []).filter((signal) => signal !== undefined)
    if (this.#callers.some(({ aborted }) => aborted)) this.#onAbort()
    for (const caller of this.#callers) caller.addEventListener('abort', this.#onAbort, { once: true })
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

  /** From here on time does not count any more, only the callers' signals. */
  lift(): void {
    this.#timer.abort(lifted)
  }

  [Symbol.dispose](): void {
    this.lift()
    for (const caller of this.#callers) caller.removeEventListener('abort', this.#onAbort)
  }
}

/** One reason for all, because building one takes a stack trace and there is a deadline per call. */
const lifted = new Error('the deadline was lifted')
