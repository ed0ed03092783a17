import type { Clock } from '../src/clock.ts'

interface Sleeper {
  due: number
  wake: () => void
}

/** Lets everything that is ready to run (promises, finished input and output) run once. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

/**
 * A clock that stands still until a test moves it. `advance` wakes sleepers in the order of their due
 * moments, each at exactly its moment, and lets what they woke run before the next one wakes.
 */
export class ManualClock implements Clock {
  #now: number
  #monotonic = 0
  #sleepers: Sleeper[] = []
  #watchers: (() => void)[] = []

  constructor(epoch = Date.parse('2026-01-01T00:00:00Z')) {
    this.#now = epoch
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#monotonic
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error)
      const sleeper: Sleeper = {
        due: this.#monotonic + Math.max(0, milliseconds),
        wake: () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        },
      }
      const onAbort = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
        reject(signal?.reason as Error)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#sleepers.push(sleeper)
      for (const watcher of this.#watchers.splice(0)) watcher()
    })
  }

  /** Moves time forward and waits until what that woke has run as far as it gets without real input. */
  async advance(milliseconds: number): Promise<void> {
    await settle()
    const end = this.#monotonic + milliseconds
    for (let next = this.#earliest(end); next !== undefined; next = this.#earliest(end)) {
      this.#moveTo(Math.max(next.due, this.#monotonic))
      this.#sleepers = this.#sleepers.filter((other) => other !== next)
      next.wake()
      await settle()
    }
    this.#moveTo(end)
    await settle()
  }

  /** Somebody sets the machine's clock: `now` jumps, the monotonic time does not. */
  jump(milliseconds: number): void {
    this.#now += milliseconds
  }

  /** Time passes while nobody comes to run: whoever is due by then wakes late. */
  stall(milliseconds: number): void {
    this.#moveTo(this.#monotonic + milliseconds)
  }

  /** How long each sleeper still has to wait, shortest first. */
  sleeps(): number[] {
    return this.#sleepers.map(({ due }) => due - this.#monotonic).toSorted((a, b) => a - b)
  }

  /** Resolves once somebody sleeps for exactly `milliseconds` from now; for waits that follow real input. */
  async sleeping(milliseconds: number): Promise<void> {
    while (!this.sleeps().includes(milliseconds)) {
      await new Promise<void>((resolve) => this.#watchers.push(resolve))
    }
  }

  #earliest(end: number): Sleeper | undefined {
    const due = this.#sleepers.filter((sleeper) => sleeper.due <= end)
    return due.toSorted((a, b) => a.due - b.due)[0]
  }

  #moveTo(monotonic: number): void {
    this.#now += monotonic - this.#monotonic
    this.#monotonic = monotonic
  }
}
