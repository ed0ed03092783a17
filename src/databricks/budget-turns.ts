/**
 * The waiting for a turn in one Databricks workspace: what `budget.ts` decides happens here, in time.
 */
import type { Clock } from '../clock.ts'
import type { Log } from '../telemetry/log.ts'
import { Bucket } from './budget-bucket.ts'
import { Budget, callLanes } from './budget.ts'
import type { CallLane } from './call.ts'
import { longestWait } from './retry.ts'

/** Somebody who wants to send a request. */
export interface Asking {
  readonly lane: CallLane
  /** Ends the waiting, with its own reason. */
  readonly signal: AbortSignal
}

/** The right to send one request, from its turn to its end. */
export interface Permit {
  readonly is: 'Permit'
  /** One more request within the same right: it does not wait, the next ones wait longer for it. */
  again(): void
  /** Databricks refused the request as one too many; milliseconds to wait, if it said so. */
  refused(retryAfter: number | undefined): void
  /** The request has ended, whatever came of it. To be called exactly once. */
  end(): void
}

/** Databricks asked for a longer pause than anybody should stand and wait for. */
export interface Paused {
  readonly is: 'Paused'
  readonly milliseconds: number
}

/** How a budget stands, for metrics and for the workspace's status. */
export interface Standing {
  /** Requests per second right now; 0 during a pause. */
  readonly rate: number
  /** Requests that could go at once. */
  readonly available: number
  readonly underWay: number
  readonly waiting: ReadonlyMap<CallLane, number>
  readonly isThrottled: boolean
}

/** What turns are made of. */
export interface TurnsOptions {
  readonly clock: Clock
  readonly log: Log
  readonly requestsPerSecond: number
  /** Falls when the program ends. */
  readonly signal: AbortSignal
  /** Called when Databricks begins to throttle us and when it has ceased to. */
  readonly onThrottled: () => void
}

interface Waiting {
  readonly lane: CallLane
  turn?: Permit | Paused
  /** Set for those whose turn did not come at once. */
  wake?: (turn: Permit | Paused) => void
}

function answer(waiting: Waiting, turn: Permit | Paused): void {
  waiting.turn = turn
  waiting.wake?.(turn)
}

/** The turns of one workspace. */
export class Turns {
  readonly #options: TurnsOptions
  readonly #budget: Budget<Waiting>
  #alarm: { at: number; stop: AbortController } | undefined
  #isThrottled = false
  /** The turns that took these over: from then on they answer for them. */
  #heir: Turns | undefined

  constructor(options: TurnsOptions) {
    this.#options = options
    this.#budget = new Budget(new Bucket(options.requestsPerSecond, options.clock.monotonic()))
  }

  /** Waits for a turn. */
  async turn(asking: Asking): Promise<Permit | Paused> {
    if (this.#heir !== undefined) return this.#heir.turn(asking)
    asking.signal.throwIfAborted()
    const waiting: Waiting = { lane: asking.lane }
    this.#budget.join(waiting)
    this.#handOut()
    return waiting.turn ?? this.#untilAnswered(waiting, asking.signal)
  }

  /** Changes what was agreed on. */
  agree(requestsPerSecond: number): void {
    this.#budget.bucket.agree(requestsPerSecond, this.#now())
    this.#handOut()
  }

  /** Takes over another's waiters, what is under way, and what it has learned: both are the same workspace. */
  absorb(other: Turns): void {
    this.#budget.absorb(other.#budget, this.#now())
    other.#heir = this
    other.#setAlarm()
    this.#watchThrottling()
    this.#handOut()
  }

  standing(): Standing {
    const now = this.#now()
    const { bucket, underWay } = this.#budget
    return {
      rate: bucket.rate(now),
      available: Math.max(0, Math.floor(bucket.available(now))),
      underWay,
      waiting: new Map(callLanes.map((lane) => [lane, this.#budget.waiting(lane)])),
      isThrottled: this.#isThrottled,
    }
  }

  get #last(): Turns {
    return this.#heir === undefined ? this : this.#heir.#last
  }

  #now(): number {
    return this.#options.clock.monotonic()
  }

  async #untilAnswered(waiting: Waiting, signal: AbortSignal): Promise<Permit | Paused> {
    const { promise, resolve, reject } = Promise.withResolvers<Permit | Paused>()
    waiting.wake = resolve
    const giveUp = () => {
      this.#last.#leave(waiting)
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      return await promise
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }

  #leave(waiting: Waiting): void {
    this.#budget.leave(waiting)
    this.#setAlarm()
  }

  #handOut(): void {
    const now = this.#now()
    const pause = this.#budget.bucket.pause(now)
    if (pause > longestWait)
      for (const waiting of this.#budget.everybody()) {
        this.#budget.leave(waiting)
        answer(waiting, { is: 'Paused', milliseconds: pause })
      }
    for (let next = this.#budget.next(now); next !== undefined; next = this.#budget.next(now))
      answer(next, this.#permit(next.lane))
    this.#setAlarm()
  }

  #permit(lane: CallLane): Permit {
    const sentAt = this.#now()
    return {
      is: 'Permit',
      again: () => {
        const { bucket } = this.#last.#budget
        bucket.take(this.#now(), lane)
      },
      refused: (retryAfter) => this.#last.#refused({ sentAt, retryAfter }),
      end: () => {
        this.#last.#budget.done()
        this.#last.#handOut()
      },
    }
  }

  #refused(refusal: { sentAt: number; retryAfter: number | undefined }): void {
    this.#budget.bucket.refused(refusal, this.#now())
    this.#watchThrottling()
    this.#handOut()
  }

  /** One timer, for the next turn; none when nobody waits. */
  #setAlarm(): void {
    const wait = this.#budget.wait(this.#now())
    const at = wait === undefined ? undefined : this.#now() + wait
    // An alarm that rings early only looks again.
    if (at !== undefined && this.#alarm !== undefined && this.#alarm.at <= at) return
    this.#alarm?.stop.abort(noLonger)
    this.#alarm = undefined
    if (at === undefined || wait === undefined) return
    const stop = new AbortController()
    this.#alarm = { at, stop }
    const ring = () => {
      this.#alarm = undefined
      this.#handOut()
    }
    // Only ever ended early by us, for another alarm or because nobody waits any more.
    this.#options.clock.sleep(wait, stop.signal).then(ring, () => undefined)
  }

  /** Says that we are throttled, follows it to its end, and says that too. */
  #watchThrottling(): void {
    if (this.#isThrottled || this.#recovery() <= 0) return
    this.#isThrottled = true
    this.#tell()
    // Ends early only with the program, when nobody wants to know any more.
    this.#followThrottling().catch(() => undefined)
  }

  async #followThrottling(): Promise<void> {
    const { clock, signal } = this.#options
    for (let wait = this.#recovery(); wait > 0; wait = this.#recovery()) await clock.sleep(wait, signal)
    this.#isThrottled = false
    if (this.#heir === undefined) this.#tell()
  }

  /** A listener that fails must neither cost the call that was refused nor go unheard. */
  #tell(): void {
    const { log, onThrottled } = this.#options
    try {
      onThrottled()
    } catch (error) {
      log.error({ err: error }, 'a listener failed on throttling; the calls go on')
    }
  }

  /** Milliseconds until we count as recovered. */
  #recovery(): number {
    const now = this.#now()
    return Math.ceil(this.#budget.bucket.recoveredAt(now) - now)
  }
}

/** Made once: an abort without a reason makes a new exception, stack and all. */
const noLonger = new Error('the alarm is not needed any more')
