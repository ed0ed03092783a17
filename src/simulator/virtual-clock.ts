import type { Clock } from '../clock.ts'

/**
 * The workspace's own time. It starts at the machine's time, passes `speed` times as fast, and can be
 * moved ahead. Nothing in the simulator waits for it: whatever depends on time is computed from `now()`
 * when somebody looks, so a test that advances the clock sees the result at once.
 */
export class VirtualClock {
  readonly #clock: Clock
  readonly #speed: number
  readonly #origin: number
  readonly #started: number
  #advanced = 0

  /** `speed` 0 stands still until it is advanced. */
  constructor(clock: Clock, speed: number) {
    this.#clock = clock
    this.#speed = speed
    this.#origin = clock.now()
    this.#started = clock.monotonic()
  }

  /** Virtual milliseconds since the epoch; never goes back, whatever happens to the machine's clock. */
  now(): number {
    return Math.floor(this.#origin + (this.#clock.monotonic() - this.#started) * this.#speed + this.#advanced)
  }

  /** Moves the time ahead. */
  advance(milliseconds: number): void {
    this.#advanced += milliseconds
  }
}
