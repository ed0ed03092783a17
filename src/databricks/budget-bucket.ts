/**
 * How fast we may send: a token bucket that gives way when Databricks says that it is too much.
 *
 * - It starts empty and holds little, so neither a start nor a quiet hour is followed by a burst.
 * - A 429 halves the rate, down to a floor; without further ones it grows back evenly to what was agreed.
 * - A Retry-After stops everything until then.
 *
 * Pure: moments come in as monotonic milliseconds that never go back.
 */
import type { CallLane } from './call.ts'

/** The bucket holds what comes in so many seconds, at least one request. */
const burstSeconds = 0.5
/** Whole listings get at most this part of the rate: a workspace with many objects must not become deaf to people. */
const sweepShare = 0.5
/** What is left of the rate after a 429. */
const cut = 0.5
/** The rate never falls below this part of what was agreed: the way back has to be found by asking. */
const slowest = 0.1
/** How much of the agreed rate comes back in a second. */
const recovery = 0.05
/** Slow down is what we call it until so many milliseconds have passed without a 429: a state, not a flicker. */
const calm = 60_000
/** Milliseconds by which sums of fractions may be off. */
const rounding = 1e-6
/** A server that names a longer pause than this, in milliseconds, is asked again all the same. */
export const longestPause = 3_600_000

/** One answer that said "too many requests". */
export interface Refusal {
  /** When the request was sent. */
  readonly sentAt: number
  /** Milliseconds that the server asked for, if it did. */
  readonly retryAfter?: number | undefined
}

/** See the head of the file. */
export class Bucket {
  /** Requests per second, as agreed and as they are now. */
  #agreed: number
  #rate: number
  #tokens = 0
  #sweepTokens = 0
  #at: number
  #pausedUntil = Number.NEGATIVE_INFINITY
  #cutAt = Number.NEGATIVE_INFINITY
  #refusedAt = Number.NEGATIVE_INFINITY

  constructor(requestsPerSecond: number, now: number) {
    this.#agreed = requestsPerSecond
    this.#rate = requestsPerSecond
    this.#at = now
  }

  /** Requests per second right now. */
  rate(now: number): number {
    this.#advance(now)
    return now < this.#pausedUntil ? 0 : this.#rate
  }

  /** How many requests could go at once. */
  available(now: number): number {
    this.#advance(now)
    return this.#tokens
  }

  /** Changes what was agreed. A bucket that was slowed down grows to the new rate as it would have to the old. */
  agree(requestsPerSecond: number, now: number): void {
    this.#advance(now)
    const isSlowed = this.#rate < this.#agreed
    this.#rate = isSlowed ? Math.min(this.#rate, requestsPerSecond) : requestsPerSecond
    this.#agreed = requestsPerSecond
    this.#spill()
  }

  /** Milliseconds until a request of the lane may go; 0 when it may now. While the rate grows, a little more than needed. */
  wait(now: number, lane: CallLane): number {
    this.#advance(now)
    const seconds = (1 - this.#tokens) / this.#rate
    const sweepSeconds = lane === 'sweep' ? (1 - this.#sweepTokens) / (this.#rate * sweepShare) : 0
    const exact = this.pause(now) + Math.max(0, seconds, sweepSeconds) * 1_000
    // Whole milliseconds: a timer for less would wake again and again before its moment.
    return Math.max(0, Math.ceil(exact - rounding))
  }

  /** Milliseconds of the pause that a server asked for. */
  pause(now: number): number {
    return Math.max(0, this.#pausedUntil - now)
  }

  /** One request goes. It may be owed: then the next ones wait longer. */
  take(now: number, lane: CallLane): void {
    this.#advance(now)
    this.#tokens -= 1
    if (lane === 'sweep') this.#sweepTokens -= 1
  }

  /** A request was refused as one too many. */
  refused({ sentAt, retryAfter }: Refusal, now: number): void {
    this.#advance(now)
    this.#refusedAt = now
    // What was under way when the rate was cut says nothing about the new one.
    if (sentAt >= this.#cutAt) {
      this.#rate = Math.max(this.#agreed * slowest, this.#rate * cut)
      this.#cutAt = now
    }
    if (retryAfter !== undefined)
      this.#pausedUntil = Math.max(this.#pausedUntil, now + Math.min(longestPause, retryAfter))
    this.#tokens = Math.min(0, this.#tokens)
    this.#sweepTokens = Math.min(0, this.#sweepTokens)
  }

  /** When it will count as recovered if nothing else happens; not in the future: it does. */
  recoveredAt(now: number): number {
    this.#advance(now)
    const growing = ((this.#agreed - this.#rate) / (this.#agreed * recovery)) * 1_000
    const full = growing > 0 ? Math.max(now, this.#pausedUntil) + growing : this.#pausedUntil
    return Math.max(full, this.#refusedAt + calm)
  }

  /** Takes on what another bucket of the same workspace has learned; neither brings a burst with it. */
  learnFrom(other: Bucket, now: number): void {
    this.#advance(now)
    this.#rate = Math.min(this.#rate, Math.max(this.#agreed * slowest, other.#rate))
    this.#pausedUntil = Math.max(this.#pausedUntil, other.#pausedUntil)
    this.#cutAt = Math.max(this.#cutAt, other.#cutAt)
    this.#refusedAt = Math.max(this.#refusedAt, other.#refusedAt)
    this.#tokens = Math.min(this.#tokens, other.#tokens)
    this.#sweepTokens = Math.min(this.#sweepTokens, other.#sweepTokens)
  }

  /** What came in since the last look; nothing does during a pause. */
  #advance(now: number): void {
    const seconds = (now - Math.max(this.#at, this.#pausedUntil)) / 1_000
    this.#at = Math.max(this.#at, now)
    if (seconds <= 0) return
    const step = this.#agreed * recovery
    const growing = Math.min(seconds, (this.#agreed - this.#rate) / step)
    const earned = this.#rate * growing + (step * growing ** 2) / 2 + this.#agreed * (seconds - growing)
    // Reached exactly, so that no rounding keeps it from ever being full.
    this.#rate = growing < seconds ? this.#agreed : this.#rate + step * growing
    this.#tokens += earned
    this.#sweepTokens += earned * sweepShare
    this.#spill()
  }

  #spill(): void {
    const most = this.#rate * burstSeconds
    this.#tokens = Math.min(this.#tokens, Math.max(1, most))
    this.#sweepTokens = Math.min(this.#sweepTokens, Math.max(1, most * sweepShare))
  }
}
