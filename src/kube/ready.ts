/**
 * What is due, and whose turn it is among groups of keys (here: the workspaces that objects live in) and the kinds
 * in them.
 *
 * Guarantees: of one group at most eight keys are in work, and the last two of these places are for edits only; a
 * kind of which nothing is in work always has room for one, so that no kind takes all places from the others, and
 * comes before all that have. Then comes whoever was passed over too often (`line.ts`), then the higher lane; within
 * a lane the group with the least in work and then the one served longest ago, in it the kind of which the same is
 * true, and in that who was due first. Whoever is due gets a turn, as long as what is in work ends. Everything is
 * O(log n).
 */
import { lanes, type Lane } from '../lane.ts'
import { Heap, type HeapItem } from './heap.ts'
import { Line, wasDueBefore, type Due } from './line.ts'

/** How many keys of one group are in work, at most, before a kind gets its first: whoever is slow holds no more. */
export const mostOfGroup = 8
/** So many of these places are kept for edits, so that somebody in front of a terminal does not wait for checks. */
export const keptForEdits = 2

/** What is counted of a group, and of a kind in it. */
interface Share {
  inWork: number
  /** When it was served last, counted in turns. */
  served: number
}

interface Group<T extends Due> extends Share {
  readonly kinds: Map<string, Kind<T>>
  /** How many of those in work are not edits. */
  othersInWork: number
}

interface Kind<T extends Due> extends Share, HeapItem {
  readonly group: Group<T>
  readonly line: Line<T>
  /** Whose turn it is, if there is room. */
  next: T | undefined
  /** `next` was passed over too often. */
  isOwed: boolean
}

/** See the head of the file. */
export class Ready<T extends Due> {
  readonly #groups = new Map<string, Group<T>>()
  /** The kinds that have somebody due and room for it. */
  readonly #able = new Heap<Kind<T>>((a, b) => goesFirst(a, b))
  #turns = 0

  /** Puts somebody in. Whoever is in is taken out first before anything about them changes. */
  put(one: T): void {
    this.#change(one, ({ line }) => line.put(one))
  }

  remove(one: T): void {
    this.#change(one, ({ line }) => line.remove(one))
  }

  has(one: T): boolean {
    return this.#groups.get(one.group)?.kinds.get(one.kind)?.line.has(one) ?? false
  }

  /** Whose turn it is, if anybody may go. */
  first(): T | undefined {
    return this.#able.first()?.next
  }

  /** Nothing of this kind in this group is in work. */
  isIdle({ group, kind }: T): boolean {
    return (this.#groups.get(group)?.kinds.get(kind)?.inWork ?? 0) === 0
  }

  /** Somebody goes to work, until `end`. */
  begin(one: T): void {
    this.#change(one, (kind) => {
      kind.line.take(one)
      count(kind, one, 1)
      kind.served = kind.group.served = this.#turns++
    })
  }

  /** Somebody's work has ended. */
  end(one: T): void {
    this.#change(one, (kind) => count(kind, one, -1))
  }

  /** How many are due in each lane. */
  depths(): ReadonlyMap<Lane, number> {
    const all = [...this.#groups.values()].flatMap(({ kinds }) => [...kinds.values()])
    return new Map(lanes.map((lane) => [lane, all.reduce((sum, { line }) => sum + line.depth(lane), 0)]))
  }

  /** A change may move every kind of the group, and a heap must not hold what changes. */
  #change({ group: name, kind: kindName }: T, change: (kind: Kind<T>) => void): void {
    const group = this.#groups.get(name) ?? newGroup<T>()
    this.#groups.set(name, group)
    const kind = group.kinds.get(kindName) ?? newKind(group)
    group.kinds.set(kindName, kind)
    for (const each of group.kinds.values()) this.#able.remove(each)
    change(kind)
    for (const [each, its] of group.kinds) {
      its.next = its.line.next((one) => hasRoom(its, one))
      its.isOwed = its.next !== undefined && its.line.isOwed(its.next)
      if (its.next !== undefined) this.#able.put(its)
      else if (its.inWork === 0) group.kinds.delete(each)
    }
    if (group.kinds.size === 0) this.#groups.delete(name)
  }
}

const newGroup = <T extends Due>(): Group<T> => ({ kinds: new Map(), inWork: 0, othersInWork: 0, served: -1 })

const newKind = <T extends Due>(group: Group<T>): Kind<T> => ({
  group,
  line: new Line<T>(),
  inWork: 0,
  served: -1,
  next: undefined,
  isOwed: false,
  position: -1,
})

function count<T extends Due>(kind: Kind<T>, { lane }: T, change: 1 | -1): void {
  kind.inWork += change
  kind.group.inWork += change
  if (lane !== 'edit') kind.group.othersInWork += change
}

const hasRoom = <T extends Due>({ inWork, group }: Kind<T>, { lane }: T): boolean =>
  inWork === 0 ||
  (group.inWork < mostOfGroup && (lane === 'edit' || group.othersInWork < mostOfGroup - keptForEdits))

const rank = Object.fromEntries(lanes.map((lane, index) => [lane, index])) as Record<Lane, number>

/** Which of two lanes is more urgent: negative for the first. */
export const compareLanes = (a: Lane, b: Lane): number => rank[a] - rank[b]

function goesFirst<T extends Due>(a: Kind<T>, b: Kind<T>): boolean {
  if (a.next === undefined || b.next === undefined) return a.next !== undefined
  const order =
    Number(a.inWork > 0) - Number(b.inWork > 0) ||
    Number(b.isOwed) - Number(a.isOwed) ||
    compareLanes(a.next.lane, b.next.lane) ||
    compareShares(a.group, b.group) ||
    compareShares(a, b)
  return order === 0 ? wasDueBefore(a.next, b.next) : order < 0
}

/** Who has less in work, and then who was served longer ago. */
const compareShares = (a: Share, b: Share): number => a.inWork - b.inWork || a.served - b.served
