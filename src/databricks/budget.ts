/**
 * Whose request goes next in one Databricks workspace.
 *
 * - Higher lanes go first, within a lane who came first. A whole listing goes before background checks: it saves
 *   them, and people may wait for what it finds; but listings get at most half of the rate.
 * - Nobody starves: of every eight requests one goes to the lane that has waited longest for its turn.
 * - No more than so many requests are under way at once, so that a slow workspace is not asked ever more.
 *
 * Pure: it decides and does not wait; `budget-turns.ts` does. Moments are monotonic milliseconds.
 */
import type { Bucket } from './budget-bucket.ts'
import type { CallLane } from './call.ts'

/** The lanes as they go, the first of them first. */
export const callLanes = ['edit', 'retry', 'dependency', 'sweep', 'background'] as const satisfies CallLane[]

/** Of so many requests one goes to the lane that was served the longest time ago. */
const fairTurn = 8

/** Requests under way in one workspace at a time. */
export const mostUnderWay = 16

/** Somebody who wants to send a request. */
export interface Waiter {
  readonly lane: CallLane
}

/** See the head of the file. */
export class Budget<W extends Waiter> {
  readonly bucket: Bucket
  readonly #lines = new Map<CallLane, Set<W>>(callLanes.map((lane) => [lane, new Set()]))
  /** When each lane was served last, counted in turns. */
  readonly #served = new Map<CallLane, number>(callLanes.map((lane) => [lane, 0]))
  #turns = 0
  #underWay = 0

  constructor(bucket: Bucket) {
    this.bucket = bucket
  }

  get underWay(): number {
    return this.#underWay
  }

  waiting(lane: CallLane): number {
    return this.#line(lane).size
  }

  join(waiter: W): void {
    this.#line(waiter.lane).add(waiter)
  }

  /** Somebody does not want to wait any longer. */
  leave(waiter: W): void {
    this.#line(waiter.lane).delete(waiter)
  }

  /** All who wait. */
  everybody(): W[] {
    return callLanes.flatMap((lane) => [...this.#line(lane)])
  }

  /** Who may send now, if anybody; from here on that request is under way, until `done`. */
  next(now: number): W | undefined {
    if (this.#underWay >= mostUnderWay) return undefined
    const lane = this.#lane(now)
    if (lane === undefined) return undefined
    const [waiter] = this.#line(lane)
    if (waiter === undefined) return undefined
    this.leave(waiter)
    this.bucket.take(now, lane)
    this.#turns += 1
    this.#served.set(lane, this.#turns)
    this.#underWay += 1
    return waiter
  }

  /** A request that was under way has ended. */
  done(): void {
    this.#underWay -= 1
  }

  /** Milliseconds until `next` can have somebody; undefined as long as only another event can bring that about. */
  wait(now: number): number | undefined {
    if (this.#underWay >= mostUnderWay) return undefined
    const waits = callLanes
      .filter((lane) => this.waiting(lane) > 0)
      .map((lane) => this.bucket.wait(now, lane))
    return waits.length === 0 ? undefined : Math.min(...waits)
  }

  /** Takes over everything of another budget, which turned out to be of the same workspace. */
  absorb(other: Budget<W>, now: number): void {
    this.bucket.learnFrom(other.bucket, now)
    this.#underWay += other.#underWay
    other.#underWay = 0
    for (const waiter of other.everybody()) {
      other.leave(waiter)
      this.join(waiter)
    }
  }

  #line(lane: CallLane): Set<W> {
    const line = this.#lines.get(lane)
    if (line === undefined) throw new Error(`there is no lane ${lane}`)
    return line
  }

  #lane(now: number): CallLane | undefined {
    const able = callLanes.filter((lane) => this.waiting(lane) > 0 && this.bucket.wait(now, lane) === 0)
    if (this.#turns % fairTurn !== fairTurn - 1) return able[0]
    const servedAt = (lane: CallLane): number => this.#served.get(lane) ?? 0
    return able.toSorted((a, b) => servedAt(a) - servedAt(b))[0]
  }
}
