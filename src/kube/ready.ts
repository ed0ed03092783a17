/**
 * What is due, and whose turn it is among groups of keys (here: the workspaces that objects live in).
 *
 * Guarantees: of one group at most eight keys are in work, and the last two of these places are for edits only; a
 * group of which nothing is in work comes before all others; then the higher lane goes first, within a lane the group
 * with the least in work, and then the one served longest ago; within a group the higher lane and then who was due
 * first. Everything is O(log n).
 */
import { lanes, type Lane } from '../lane.ts'
import { Heap, type HeapItem } from './heap.ts'

/** How many keys of one group are in work at most: whoever is slow holds no more. */
export const mostOfGroup = 8
/** So many of these places are kept for edits, so that somebody in front of a terminal does not wait for checks. */
export const keptForEdits = 2

/** Somebody who is due. */
export interface Due extends HeapItem {
  readonly group: string
  readonly lane: Lane
  /** Since when. */
  readonly at: number
  /** Order of arrival, for those of one lane that were due at the same moment. */
  readonly turn: number
}

interface Group<T extends Due> extends HeapItem {
  readonly name: string
  readonly due: Heap<T>
  inWork: number
  /** When it was served last, counted in turns. */
  served: number
}

/** See the head of the file. */
export class Ready<T extends Due> {
  readonly #groups = new Map<string, Group<T>>()
  /** The groups that have somebody due and room for it. */
  readonly #able = new Heap<Group<T>>(isFirst)
  #turns = 0

  /** Puts somebody in, or finds the new place of somebody who is in already. */
  put(one: T): void {
    const group = this.#group(one.group)
    group.due.put(one)
    this.#place(group)
  }

  has(one: T): boolean {
    return this.#groups.get(one.group)?.due.has(one) ?? false
  }

  /** Whose turn it is, if anybody may go. */
  first(): T | undefined {
    return this.#able.first()?.due.first()
  }

  /** Nothing of the group is in work. */
  isIdle(group: string): boolean {
    return (this.#groups.get(group)?.inWork ?? 0) === 0
  }

  /** Somebody goes to work, until `end`. */
  begin(one: T): void {
    const group = this.#group(one.group)
    group.due.remove(one)
    group.inWork += 1
    group.served = this.#turns++
    this.#place(group)
  }

  /** Somebody of the group has ended. */
  end(name: string): void {
    const group = this.#group(name)
    group.inWork -= 1
    this.#place(group)
  }

  /** How many are due in each lane. */
  depths(): ReadonlyMap<Lane, number> {
    const depths = new Map<Lane, number>(lanes.map((lane) => [lane, 0]))
    for (const { due } of this.#groups.values())
      for (const { lane } of due.items()) depths.set(lane, (depths.get(lane) ?? 0) + 1)
    return depths
  }

  #group(name: string): Group<T> {
    const known = this.#groups.get(name)
    if (known !== undefined) return known
    const made: Group<T> = { name, due: new Heap<T>(goesFirst), inWork: 0, served: -1, position: -1 }
    this.#groups.set(name, made)
    return made
  }

  #place(group: Group<T>): void {
    const next = group.due.first()
    if (next !== undefined && hasRoom(group, next)) this.#able.put(group)
    else this.#able.remove(group)
    if (next === undefined && group.inWork === 0) this.#groups.delete(group.name)
  }
}

const rank = Object.fromEntries(lanes.map((lane, index) => [lane, index])) as Record<Lane, number>

/** Which of two lanes is more urgent: negative for the first. */
export const compareLanes = (a: Lane, b: Lane): number => rank[a] - rank[b]

const hasRoom = ({ inWork }: { inWork: number }, { lane }: Due): boolean =>
  inWork < (lane === 'edit' ? mostOfGroup : mostOfGroup - keptForEdits)

function goesFirst(a: Due, b: Due): boolean {
  if (a.lane !== b.lane) return compareLanes(a.lane, b.lane) < 0
  return a.at === b.at ? a.turn < b.turn : a.at < b.at
}

function isFirst<T extends Due>(a: Group<T>, b: Group<T>): boolean {
  if ((a.inWork === 0) !== (b.inWork === 0)) return a.inWork === 0
  const [firstOfA, firstOfB] = [a.due.first(), b.due.first()]
  if (firstOfA === undefined || firstOfB === undefined) return firstOfA !== undefined
  if (firstOfA.lane !== firstOfB.lane) return compareLanes(firstOfA.lane, firstOfB.lane) < 0
  if (a.inWork !== b.inWork) return a.inWork < b.inWork
  return a.served === b.served ? goesFirst(firstOfA, firstOfB) : a.served < b.served
}
