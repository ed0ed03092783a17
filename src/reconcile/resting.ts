import type { Clock } from '../clock.ts'
import { nextSlot, phaseOf, spreadOf, unevenly } from './slots.ts'

/** An object at rest. */
export interface Resting {
  kind: string
  /** Its key in the store. */
  key: string
  uid: string
  /** Of the remote object. */
  id: string
  /** Names the listing that shows it: `sourceOf`. */
  source: string
}

interface Member extends Resting {
  /** When the slot begins in which it is due. */
  slot: number
}

/** After so many checks in a row in which a listing said other than a read, an object is only read. */
const mostDoubts = 2

/** Milliseconds after which such an object is given another chance. */
const doubtedFor = 24 * 3_600_000

/**
 * The objects at rest whose checks a listing may answer, and when each is due. An object leaves when it is looked
 * at and enters when that left it at rest, so its slot is always later than our last look at it or write to it.
 */
export class RestingObjects {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #members = new Map<string, Member>()
  readonly #doubts = new Map<string, { times: number; at: number }>()

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock
    this.#random = random
  }

  /** Takes an object in; returns how many milliseconds until its next check. */
  enter(object: Resting, period: number): number {
    const { uid, source } = object
    this.leave(uid)
    if (this.#isDoubted(uid)) return unevenly(period, this.#random)
    const now = this.#clock.monotonic()
    const slot = nextSlot(now, { period, phase: phaseOf(source) })
    this.#members.set(uid, { ...object, slot })
    // Rounded up: a moment too early, and it would not be due yet.
    return Math.ceil(slot - now + this.#random() * spreadOf(period))
  }

  leave(uid: string): void {
    this.#members.delete(uid)
  }

  /** The slot of an object, once that has begun and if it is still this remote object. */
  slotOf({ uid, id, source }: Resting): number | undefined {
    const member = this.#members.get(uid)
    if (member?.id !== id || member.source !== source) return undefined
    return member.slot <= this.#clock.monotonic() ? member.slot : undefined
  }

  /** The remote ids of the objects of a source that are due now. */
  due(source: string): Set<string> {
    const now = this.#clock.monotonic()
    const due = [...this.#members.values()].filter((one) => one.source === source && one.slot <= now)
    return new Set(due.map(({ id }) => id))
  }

  /** A listing said other than a read. Returns whether the object is only read from now on. */
  doubt(uid: string): boolean {
    this.#doubts.set(uid, { times: (this.#doubts.get(uid)?.times ?? 0) + 1, at: this.#clock.monotonic() })
    const isOnlyRead = this.#isDoubted(uid)
    if (isOnlyRead) this.leave(uid)
    return isOnlyRead
  }

  /** A listing was right. */
  trust(uid: string): void {
    this.#doubts.delete(uid)
  }

  /** The object does not exist any more. */
  forget(uid: string): void {
    this.leave(uid)
    this.#doubts.delete(uid)
  }

  #isDoubted(uid: string): boolean {
    const doubts = this.#doubts.get(uid)
    if (doubts === undefined || doubts.times < mostDoubts) return false
    if (this.#clock.monotonic() - doubts.at < doubtedFor) return true
    this.#doubts.delete(uid)
    return false
  }
}
