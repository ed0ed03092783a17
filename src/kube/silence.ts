import type { Clock } from '../clock.ts'

/**
 * With bookmarks asked for, the API server says something about every minute, however quiet the resource is.
 * A watch that is silent for longer is dead, or deaf: one that was opened at a version from the future (the
 * API server was restored to older data) tells nothing, for ever. Only an API server that has just started, over
 * an etcd that is slow to tell of its progress, is silent about a resource that has not changed since; the lists
 * that then follow, for ten minutes at most, are the price.
 */
export const silenceLimit = 100_000

/** A signal that falls when the caller's does, or when nothing was heard for too long. */
export class Silence implements Disposable {
  readonly #clock: Clock
  readonly #caller: AbortSignal
  readonly #fall = new AbortController()
  readonly #over = new AbortController()
  readonly #onAbort = () => this.#fall.abort(this.#caller.reason)
  #heardAt: number
  #isTooLong = false

  constructor(clock: Clock, caller: AbortSignal) {
    this.#clock = clock
    this.#caller = caller
    this.#heardAt = clock.monotonic()
    if (caller.aborted) this.#onAbort()
    caller.addEventListener('abort', this.#onAbort, { once: true })
    // Ended early only by `dispose`, which is no news.
    this.#listen().catch(() => undefined)
  }

  get signal(): AbortSignal {
    return this.#fall.signal
  }

  /** Whether it was the silence that made the signal fall. */
  get isTooLong(): boolean {
    return this.#isTooLong
  }

  /** Something was heard. Costs nothing: the timer looks at this only when it rings. */
  broken(): void {
    this.#heardAt = this.#clock.monotonic()
  }

  [Symbol.dispose](): void {
    this.#over.abort()
    this.#caller.removeEventListener('abort', this.#onAbort)
  }

  async #listen(): Promise<void> {
    for (let rest = silenceLimit; rest > 0;) {
      await this.#clock.sleep(rest, this.#over.signal)
      rest = this.#heardAt + silenceLimit - this.#clock.monotonic()
    }
    this.#isTooLong = true
    this.#fall.abort(new Error(`nothing was heard for ${silenceLimit / 1_000} s`))
  }
}
