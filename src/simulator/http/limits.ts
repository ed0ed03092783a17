import { z } from 'zod'
import type { Clock } from '../../clock.ts'

/** How many calls of programs the workspace takes; null is no limit. */
export const limitsSchema = z.strictObject({
  /** Calls under way at the same time. */
  concurrent: z.int().min(1).nullable().default(null),
  /** Calls in a second of the machine's time, over the long run. */
  perSecond: z.number().positive().nullable().default(null),
  /** Calls at once after a quiet time; as many as in a second unless told otherwise. */
  burst: z.int().min(1).nullable().default(null),
  /** Seconds that a refused caller is told to wait; null tells nothing, as the service often does. */
  retryAfterSeconds: z.int().min(0).nullable().default(null),
})

/** The limits with their defaults filled in: none at all. */
export type LimitSettings = z.infer<typeof limitsSchema>

/** Why a call is not taken. */
export type Excess =
  | { readonly kind: 'Concurrent'; readonly limit: number }
  | { readonly kind: 'Rate'; readonly limit: number }

/** What the limits have seen since they were set. */
export interface LimitFigures {
  readonly admitted: number
  readonly refusedByRate: number
  readonly refusedByConcurrency: number
  readonly mostAtOnce: number
}

const noLimits: LimitSettings = limitsSchema.parse({})
const nothingSeen = { admitted: 0, refusedByRate: 0, refusedByConcurrency: 0, mostAtOnce: 0 }

/** The workspace's limits, which prove a client's budget: what was sent above them is counted. */
export class Limits {
  readonly #clock: Clock
  #settings: LimitSettings
  #figures = { ...nothingSeen }
  #underWay = 0
  #tokens = 0
  #filledAt = 0

  constructor(clock: Clock, settings: LimitSettings = noLimits) {
    this.#clock = clock
    this.#settings = settings
    this.set(settings)
  }

  /** Sets the limits and counts from zero; what is under way stays so. */
  set(settings: LimitSettings): void {
    this.#settings = settings
    this.#figures = { ...nothingSeen }
    this.#tokens = this.#capacity
    this.#filledAt = this.#clock.monotonic()
  }

  get settings(): LimitSettings {
    return this.#settings
  }

  get figures(): LimitFigures {
    return { ...this.#figures }
  }

  /** Lets a call in, until `leave`, or says why not. */
  enter(): Excess | undefined {
    const { concurrent, perSecond } = this.#settings
    if (concurrent !== null && this.#underWay >= concurrent) {
      this.#figures.refusedByConcurrency += 1
      return { kind: 'Concurrent', limit: concurrent }
    }
    if (perSecond !== null && !this.#takeToken(perSecond)) {
      this.#figures.refusedByRate += 1
      return { kind: 'Rate', limit: perSecond }
    }
    this.#underWay += 1
    this.#figures.admitted += 1
    this.#figures.mostAtOnce = Math.max(this.#figures.mostAtOnce, this.#underWay)
    return undefined
  }

  /** A call that was let in is over. */
  leave(): void {
    this.#underWay -= 1
  }

  get #capacity(): number {
    const { burst, perSecond } = this.#settings
    return burst ?? Math.max(1, Math.ceil(perSecond ?? 0))
  }

  #takeToken(perSecond: number): boolean {
    const now = this.#clock.monotonic()
    const gained = ((now - this.#filledAt) / 1000) * perSecond
    this.#tokens = Math.min(this.#capacity, this.#tokens + gained)
    this.#filledAt = now
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
