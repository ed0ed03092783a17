import type { Clock } from '../clock.ts'

/**
 * The workspace's own time. It starts at the machine's time, passes `speed` times as fast, and can be
 * moved ahead. Nothing in the simulator waits for it: whatever depends on time is computed from `now()`
 * when somebody looks, so a test that advances the clock sees the result at once.
 */
export class VirtualClock {
  readonly #clock: Clock
  #speed: number
  /** The virtual time when the speed was last set, and the machine's monotonic time then. */
  #origin: number
  #since: number

  /** `speed` 0 stands still until it is advanced. */
  constructor(clock: Clock, speed: number) {
    this.#clock = clock
    this.#speed = speed
    this.#origin = clock.now()
    this.#since = clock.monotonic()
  }

  /** Virtual milliseconds since the epoch; never goes back, whatever happens to the machine's clock. */
  now(): number {
    return Math.floor(this.#origin + (this.#clock.monotonic() - this.#since) * this.#speed)
  }

  /** Virtual seconds per second of the machine. */
  get speed(): number {
    return this.#speed
  }

  /** Moves the time ahead. */
  advance(milliseconds: number): void {
    this.#origin += milliseconds
  }

  /** Lets the time pass at another speed from now on; 0 freezes it. */
  runAt(speed: number): void {
    this.#origin = this.now()
    this.#since = this.#clock.monotonic()
    this.#speed = speed
  }
}
