/** How often something may be done: so many times at once, and from then on once in so many milliseconds. */
export interface Rate {
  readonly burst: number
  readonly every: number
}

/** What is left of a rate. Times are monotonic milliseconds. */
export class Allowance {
  readonly #rate: Rate
  #left: number
  #at: number

  constructor(rate: Rate, now: number) {
    this.#rate = rate
    this.#left = rate.burst
    this.#at = now
  }

  /** Whether there is one left. */
  has(now: number): boolean {
    const { burst, every } = this.#rate
    this.#left = Math.min(burst, this.#left + (now - this.#at) / every)
    this.#at = now
    return this.#left >= 1
  }

  /** Takes one, to be asked for before. */
  take(): void {
    this.#left -= 1
  }
}
