import type { Clock } from '../clock.ts'
import type { Fence } from '../fence.ts'

/** The lease is not ours any more, or nobody can be sure that it is. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}

/**
 * One time of leading.
 *
 * Guarantees: ends at its deadline at the latest, for whoever listens to the signal and, before any timer has rung,
 * for whoever asks; once it has ended it stays so.
 */
export class Term implements Fence {
  readonly #clock: Clock
  readonly #end = new AbortController()
  #deadline: number

  /** `deadline` is on the monotonic clock. */
  constructor(clock: Clock, deadline: number) {
    this.#clock = clock
    this.#deadline = deadline
    // Ended early only because the term has ended.
    this.#untilDeadline().catch(() => undefined)
  }

  /** Falls with the reason why it has ended. */
  get signal(): AbortSignal {
    return this.#end.signal
  }

  /** Throws the reason when it has ended. */
  check(): void {
    if (this.#clock.monotonic() >= this.#deadline) this.end(overdue())
    this.signal.throwIfAborted()
  }

  /** It was renewed. A term that has ended is not brought back. */
  extend(deadline: number): void {
    this.#deadline = Math.max(this.#deadline, deadline)
  }

  end(reason: Error): void {
    this.#end.abort(reason)
  }

  async #untilDeadline(): Promise<void> {
    for (let rest = this.#rest(); rest > 0; rest = this.#rest()) await this.#clock.sleep(rest, this.signal)
    this.end(overdue())
  }

  #rest(): number {
    return this.#deadline - this.#clock.monotonic()
  }
}

const overdue = (): LeaseLost => new LeaseLost('it could not be renewed in time')
