/**
 * Which object is looked at next.
 *
 * Guarantees: one entry per key; adding again takes the higher lane and the earlier time; a key in work
 * is never handed out twice, and one added meanwhile runs again afterwards; of what is due, a higher
 * lane goes first, within a lane groups take turns, and within a group who was due first, but of every eight
 * turns one goes to whoever has been due longest, so that no lane waits for ever; a group that is slow, or a
 * kind in it, holds a bounded part of the work, and every other one always has room for one key, so that
 * none is held up by others, however many are slow; a worker that throws costs that key a retry and a
 * log line, never the process; a shutdown waits for what runs, but no longer than its grace.
 *
 * Assumes: a worker is given only a key and reads the world anew (level-based), so entries may merge; its
 * work ends at some time.
 * Times are on the clock's monotonic scale, so nobody's setting of the machine's clock moves them.
 */
import type { Clock } from '../clock.ts'
import type { Lane } from '../lane.ts'
import type { Log } from '../telemetry/log.ts'
import { backoff, type Random } from './backoff.ts'
import { Heap } from './heap.ts'
import type { Due } from './line.ts'
import { compareLanes, Ready } from './ready.ts'

/** What a worker is told besides the key. */
export interface Turn {
  /** The most urgent of the reasons for which the key was in the queue. */
  readonly lane: Lane
  /** Milliseconds since it was due. */
  readonly lateness: number
}

/** Looks at one object. */
export type Worker = (key: string, turn: Turn) => Promise<void>

const firstRetry = 1_000
const longestRetry = 300_000
/** A timer holds at most 2^31 - 1 ms; waking once an hour for nothing costs nothing. */
const longestSleep = 3_600_000

interface Entry extends Due {
  readonly key: string
  lane: Lane
  at: number
}

/** What a queue is made of. */
export interface QueueOptions {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Which group a key belongs to, so that no group holds up another. Absent: all are one. */
  readonly groupOf?: (key: string) => string
  /** What kind of thing a key is, so that no kind holds up another in its group. Absent: all are one. */
  readonly kindOf?: (key: string) => string
}

/** See the head of the file. */
export class WorkQueue {
  readonly #clock: Clock
  readonly #random: Random
  readonly #log: Log
  readonly #groupOf: (key: string) => string
  readonly #kindOf: (key: string) => string
  readonly #waiting = new Heap<Entry>((a, b) => a.at < b.at)
  readonly #ready = new Ready<Entry>()
  readonly #entries = new Map<string, Entry>()
  /** Keys in work, with what was asked of them meanwhile. */
  readonly #running = new Map<string, Entry | undefined>()
  readonly #failures = new Map<string, number>()
  /** Keys in work whose worker asked for a retry. */
  readonly #retried = new Set<string>()
  #work: { worker: Worker; concurrency: number } | undefined
  #stopped = false
  #turns = 0
  #scheduled = false
  #alarm: { at: number; controller: AbortController } | undefined
  #idle = Promise.withResolvers<void>()

  constructor(options: QueueOptions) {
    this.#clock = options.clock
    this.#random = options.random
    this.#log = options.log
    this.#groupOf = options.groupOf ?? (() => '')
    this.#kindOf = options.kindOf ?? (() => '')
  }

  /** Asks for a key to be looked at, at once or not before `at` (monotonic milliseconds). */
  add(key: string, request: { lane: Lane; at?: number }): void {
    if (this.#stopped) return
    const now = this.#clock.monotonic()
    const { lane } = request
    // Nobody has been due for longer than they have been asked for: they would pass over those who wait.
    const at = Math.max(now, request.at ?? now)
    const inWork = this.#running.has(key)
    const known = inWork ? this.#running.get(key) : this.#entries.get(key)
    const entry = known ?? this.#newEntry(key, { lane, at })
    if (this.#ready.has(entry)) this.#ready.remove(entry)
    if (compareLanes(lane, entry.lane) < 0) entry.lane = lane
    entry.at = Math.min(entry.at, at)
    if (inWork) this.#running.set(key, entry)
    else this.#enter(entry)
  }

  /**
   * Asks for a key again after a failure: each one in a row doubles the wait. `atLeast` is what a server asked
   * for, in milliseconds.
   */
  retry(key: string, atLeast = 0): void {
    const attempt = (this.#failures.get(key) ?? 0) + 1
    this.#failures.set(key, attempt)
    if (this.#running.has(key)) this.#retried.add(key)
    const wait = backoff({ base: firstRetry, cap: longestRetry, attempt, random: this.#random })
    this.add(key, { lane: 'retry', at: this.#clock.monotonic() + Math.max(wait, atLeast) })
  }

  /**
   * Forgets a key's failures, so that the next one waits briefly again. A run that ends without `retry`
   * does so by itself.
   */
  forget(key: string): void {
    this.#failures.delete(key)
  }

  /** How many keys are due in each lane and have not been handed out. */
  depths(): ReadonlyMap<Lane, number> {
    return this.#ready.depths()
  }

  /** Since when the key that has been due longest waits to be handed out, monotonic; undefined when none is due. */
  dueSince(): number | undefined {
    const now = this.#clock.monotonic()
    let longest: number | undefined
    // Also of those that a lost alarm has forgotten: they are what is looked for.
    for (const { at } of this.#entries.values())
      if (at <= now && (longest === undefined || at < longest)) longest = at
    return longest
  }

  /** Starts handing out keys; resolves when a shutdown is over. Beyond `concurrency`, one of each kind in each group. */
  async run(worker: Worker, options: { concurrency: number }): Promise<void> {
    this.#work = { worker, concurrency: options.concurrency }
    this.#schedule()
    await this.#idle.promise
  }

  /**
   * Hands out nothing more and waits for what runs, at most `grace` milliseconds. Returns the keys whose
   * work had not ended by then.
   */
  async shutdown({ grace }: { grace: number }): Promise<string[]> {
    this.#stopped = true
    this.#alarm?.controller.abort()
    if (this.#running.size === 0) this.#idle.resolve()
    const enough = new AbortController()
    const overdue = this.#clock.sleep(grace, enough.signal)
    // Ends as a rejection when the work was faster, which is the good case.
    await Promise.race([this.#idle.promise.then(() => enough.abort()), overdue.catch(() => undefined)])
    const unfinished = [...this.#running.keys()]
    this.#idle.resolve()
    return unfinished
  }

  #newEntry(key: string, { lane, at }: { lane: Lane; at: number }): Entry {
    const [group, kind] = [this.#groupOf(key), this.#kindOf(key)]
    return { key, group, kind, lane, at, turn: this.#turns++, position: -1 }
  }

  #enter(entry: Entry): void {
    this.#entries.set(entry.key, entry)
    this.#waiting.put(entry)
    this.#schedule()
  }

  /** Not at once: whoever adds a thousand keys in one go wants the urgent ones of them first. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#handOut()
    })
  }

  #handOut(): void {
    const { worker, concurrency } = this.#work ?? {}
    if (this.#stopped || worker === undefined || concurrency === undefined) return
    this.#collectDue()
    for (let next = this.#ready.first(); next !== undefined; next = this.#ready.first()) {
      if (this.#running.size >= concurrency && !this.#ready.isIdle(next)) break
      this.#ready.begin(next)
      this.#entries.delete(next.key)
      void this.#runOne(next, worker)
    }
    this.#setAlarm()
  }

  #collectDue(): void {
    const now = this.#clock.monotonic()
    for (
      let next = this.#waiting.first();
      next !== undefined && next.at <= now;
      next = this.#waiting.first()
    ) {
      this.#waiting.remove(next)
      this.#ready.put(next)
    }
  }

  async #runOne(entry: Entry, worker: Worker): Promise<void> {
    const { key, lane, at } = entry
    this.#running.set(key, undefined)
    const lateness = Math.max(0, this.#clock.monotonic() - at)
    try {
      await worker(key, { lane, lateness })
    } catch (error) {
      this.#log.error({ err: error, key }, 'looking at an object failed unexpectedly; it is tried again')
      this.retry(key)
    }
    if (!this.#retried.delete(key)) this.forget(key)
    const again = this.#running.get(key)
    this.#running.delete(key)
    this.#ready.end(entry)
    if (again !== undefined && !this.#stopped) this.#enter(again)
    if (this.#stopped && this.#running.size === 0) this.#idle.resolve()
    this.#schedule()
  }

  /** One timer, for the earliest of those who wait. */
  #setAlarm(): void {
    const at = this.#waiting.first()?.at
    if (at === this.#alarm?.at) return
    this.#alarm?.controller.abort()
    this.#alarm = undefined
    if (at === undefined) return
    const controller = new AbortController()
    this.#alarm = { at, controller }
    const wait = Math.min(longestSleep, at - this.#clock.monotonic())
    const ring = () => {
      this.#alarm = undefined
      this.#handOut()
    }
    // Only ever ended early by us, for another alarm or for the end.
    this.#clock.sleep(wait, controller.signal).then(ring, () => undefined)
  }
}
