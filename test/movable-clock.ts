import { systemClock, type Clock } from '../src/clock.ts'

interface Sleeper {
  due: number
  /** Begins to wait for what is left until `due`. */
  rearm: () => void
}

/** What a test may ask of the clock, in milliseconds. */
export type ClockOrder =
  /** Time passes at once, as it does for a process that was frozen: whatever is due meanwhile, is due now. */
  | { leap: number }
  /** Somebody sets the machine's clock; no time passes. */
  | { jump: number }

/** The machine's clock, which a test can move: nobody waits in it for a minute to be over. */
export class MovableClock implements Clock {
  readonly #sleepers = new Set<Sleeper>()
  #leapt = 0
  #jumped = 0

  now(): number {
    return systemClock.now() + this.#leapt + this.#jumped
  }

  monotonic(): number {
    return systemClock.monotonic() + this.#leapt
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const due = this.monotonic() + milliseconds
    while (this.monotonic() < due) {
      const moved = new AbortController()
      const sleeper = { due, rearm: () => moved.abort() }
      this.#sleepers.add(sleeper)
      try {
        const either = signal === undefined ? moved.signal : AbortSignal.any([signal, moved.signal])
        await systemClock.sleep(due - this.monotonic(), either)
      } catch (error) {
        if (signal?.aborted === true || !moved.signal.aborted) throw error
      } finally {
        this.#sleepers.delete(sleeper)
      }
    }
    signal?.throwIfAborted()
  }

  obey(order: ClockOrder): void {
    if ('jump' in order) {
      this.#jumped += order.jump
      return
    }
    this.#leapt += order.leap
    // In the order in which they would have woken.
    for (const { rearm } of [...this.#sleepers].toSorted((a, b) => a.due - b.due)) rearm()
  }
}
