/**
 * Those of one kind in one group who are due, and which of them goes next.
 *
 * Guarantees: the higher lane goes first, and within a lane who was due first; but at most seven turns in a row pass
 * over whoever has been due longest, so that a steady stream of one lane holds up no other for ever.
 */
import { lanes, type Lane } from '../lane.ts'
import { Heap, type HeapItem } from './heap.ts'

/** So many turns in a row may go to others than to whoever has been due longest. */
const longestPassing = 7

/** Somebody who is due. */
export interface Due extends HeapItem {
  readonly group: string
  readonly kind: string
  readonly lane: Lane
  /** Since when. */
  readonly at: number
  /** Order of arrival, for those that were due at the same moment. */
  readonly turn: number
}

/** See the head of the file. */
export class Line<T extends Due> {
  readonly #lanes = new Map<Lane, Heap<T>>(lanes.map((lane) => [lane, new Heap<T>(wasDueBefore)]))
  /** How many turns in a row have passed over whoever has been due longest. */
  #passed = 0

  put(one: T): void {
    this.#lanes.get(one.lane)?.put(one)
  }

  remove(one: T): void {
    this.#lanes.get(one.lane)?.remove(one)
  }

  has(one: T): boolean {
    return this.#lanes.get(one.lane)?.has(one) ?? false
  }

  /** How many are due in a lane. */
  depth(lane: Lane): number {
    return this.#lanes.get(lane)?.size ?? 0
  }

  /** Somebody has been due longest, and was passed over often enough. */
  isOwed(one: T): boolean {
    return this.#passed >= longestPassing && one === this.#oldest()
  }

  /** Whose turn it is among those who may go. */
  next(mayGo: (one: T) => boolean): T | undefined {
    const oldest = this.#oldest()
    if (oldest !== undefined && this.isOwed(oldest) && mayGo(oldest)) return oldest
    const first = this.#firsts().next().value
    return first !== undefined && mayGo(first) ? first : undefined
  }

  /** Somebody goes. */
  take(one: T): void {
    this.#passed = one === this.#oldest() ? 0 : this.#passed + 1
    this.remove(one)
  }

  #oldest(): T | undefined {
    let oldest: T | undefined
    for (const first of this.#firsts())
      if (oldest === undefined || wasDueBefore(first, oldest)) oldest = first
    return oldest
  }

  /** Who comes first in each lane, the highest lane first. */
  *#firsts(): Generator<T, undefined> {
    for (const heap of this.#lanes.values()) {
      const first = heap.first()
      if (first !== undefined) yield first
    }
  }
}

/** Which of two was due before the other. */
export const wasDueBefore = (a: Due, b: Due): boolean => (a.at === b.at ? a.turn < b.turn : a.at < b.at)
