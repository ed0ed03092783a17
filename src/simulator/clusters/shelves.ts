import { isManaged, nameOf, type Cluster, type ClusterSource, type ClusterState } from './cluster.ts'

/** What all clusters on one shelf have in common: what a list may ask for. */
export interface Label {
  readonly source: ClusterSource
  readonly state: ClusterState
  readonly pinned: boolean
  readonly policy: string | undefined
  /** The one who sees them besides administrators; undefined where each has an access list of its own. */
  readonly audience: string | undefined
}

/** Where something stands in the order of a list: by rank, then by name, then by id. */
export interface Place {
  readonly rank: number
  readonly name: string
  readonly id: string
}

/** A walk along the clusters in the order of a list. */
export interface Walk {
  readonly fits: (label: Label) => boolean
  /** Which of the clusters are passed over; all are seen without it. */
  readonly sees?: ((cluster: Cluster) => boolean) | undefined
  /** By name alone; otherwise what is alive first, then what is pinned, then by name. */
  readonly byName: boolean
  readonly backwards: boolean
  /** The walk begins behind this place, which need not be taken any more. */
  readonly from: Place | undefined
}

interface Shelf extends Label {
  /** In the order of `inNameOrder`. */
  clusters: Cluster[]
}

/** Up to so many clusters find their places one by one; for more a whole shelf is put in order. */
const few = 32

const labelOf = (cluster: Cluster): Label => ({
  source: cluster.source,
  state: cluster.state,
  pinned: cluster.pinnedBy !== undefined,
  policy: cluster.spec.policy_id,
  audience: isManaged(cluster) ? cluster.creator : undefined,
})

const rankOf = ({ state, pinned }: Label): number => (state === 'TERMINATED' ? 2 : 0) + (pinned ? 0 : 1)

/** The place of a cluster in the order of a list. */
export const placeIn = (cluster: Cluster, byName: boolean): Place => ({
  rank: byName ? 0 : rankOf(labelOf(cluster)),
  name: nameOf(cluster),
  id: cluster.id,
})

const compare = (left: string, right: string): number => (left < right ? -1 : Number(left > right))

const inNameOrder = (left: Cluster, right: Cluster): number =>
  compare(nameOf(left), nameOf(right)) || compare(left.id, right.id)

/**
 * Clusters sorted on shelves, so that a page of a list costs what is on the page, however many job clusters
 * of the last 30 days there are: nothing is sorted, and no cluster that a filter excludes is looked at.
 *
 * A cluster stands where its label and name put it. Whoever changes one of them takes it off before and
 * puts it back after.
 */
export class Shelves {
  readonly #shelves = new Map<string, Shelf>()

  /** Puts clusters on their shelves. */
  add(clusters: readonly Cluster[]): void {
    if (clusters.length <= few) {
      for (const cluster of clusters) this.#insert(cluster)
      return
    }
    const touched = new Set(
      clusters.map((cluster) => {
        const shelf = this.#shelfOf(cluster)
        shelf.clusters.push(cluster)
        return shelf
      }),
    )
    for (const shelf of touched) shelf.clusters.sort(inNameOrder)
  }

  /** Takes clusters off; one that stands nowhere is no matter. */
  remove(clusters: readonly Cluster[]): void {
    if (clusters.length <= few) {
      for (const cluster of clusters) this.#takeOff(cluster)
      return
    }
    const gone = new Set(clusters)
    for (const shelf of new Set(clusters.map((cluster) => this.#shelfOf(cluster)))) {
      shelf.clusters = shelf.clusters.filter((cluster) => !gone.has(cluster))
    }
  }

  /** How many clusters are pinned. */
  pinned(): number {
    return this.#shelves
      .values()
      .filter(({ pinned }) => pinned)
      .reduce((count, { clusters }) => count + clusters.length, 0)
  }

  /** The clusters of a walk, one by one. */
  *walk({ fits, sees, byName, backwards, from }: Walk): Generator<Cluster> {
    const shelves = this.#shelves.values().filter((shelf) => shelf.clusters.length > 0 && fits(shelf))
    const groups = [...Map.groupBy(shelves, (shelf) => (byName ? 0 : rankOf(shelf)))]
    const step = backwards ? -1 : 1
    groups.sort(([left], [right]) => step * (left - right))
    for (const [rank, group] of groups) {
      const past = from === undefined ? 1 : step * (rank - from.rank)
      if (past < 0) continue
      const heads = group.map(({ clusters }) => new Head(clusters, step, past === 0 ? from : undefined))
      yield* merged(heads, sees)
    }
  }

  clear(): void {
    this.#shelves.clear()
  }

  #takeOff(cluster: Cluster): void {
    const { clusters } = this.#shelfOf(cluster)
    const index = firstAfter(clusters, { name: nameOf(cluster), id: cluster.id }) - 1
    if (clusters[index] === cluster) clusters.splice(index, 1)
  }

  #insert(cluster: Cluster): void {
    const { clusters } = this.#shelfOf(cluster)
    clusters.splice(firstAfter(clusters, { name: nameOf(cluster), id: cluster.id }), 0, cluster)
  }

  #shelfOf(cluster: Cluster): Shelf {
    const label = labelOf(cluster)
    const key = `${label.source} ${label.state} ${label.pinned} ${label.policy} ${label.audience}`
    let shelf = this.#shelves.get(key)
    if (shelf === undefined) {
      shelf = { ...label, clusters: [] }
      this.#shelves.set(key, shelf)
    }
    return shelf
  }
}

/** The index of the first cluster behind a place, found by halving. */
function firstAfter(clusters: readonly Cluster[], { name, id }: Pick<Place, 'name' | 'id'>): number {
  let low = 0
  let high = clusters.length
  while (low < high) {
    const middle = (low + high) >> 1
    const cluster = clusters[middle]
    if (cluster === undefined) return middle
    if ((compare(nameOf(cluster), name) || compare(cluster.id, id)) <= 0) low = middle + 1
    else high = middle
  }
  return low
}

/** Goes along one shelf. */
class Head {
  readonly step: 1 | -1
  readonly #clusters: readonly Cluster[]
  #index: number

  constructor(clusters: readonly Cluster[], step: 1 | -1, from: Place | undefined) {
    this.#clusters = clusters
    this.step = step
    this.#index = start(clusters, step, from)
  }

  /** The cluster that comes next; passes over those that are not seen. */
  next(sees: Walk['sees']): Cluster | undefined {
    let cluster = this.#clusters[this.#index]
    while (cluster !== undefined && sees?.(cluster) === false) {
      this.#index += this.step
      cluster = this.#clusters[this.#index]
    }
    return cluster
  }

  pass(): void {
    this.#index += this.step
  }
}

/** The clusters of several shelves as if they stood on one. */
function* merged(heads: readonly Head[], sees: Walk['sees']): Generator<Cluster> {
  for (;;) {
    let first: { head: Head; cluster: Cluster } | undefined
    for (const head of heads) {
      const cluster = head.next(sees)
      if (cluster === undefined) continue
      if (first === undefined || head.step * inNameOrder(cluster, first.cluster) < 0)
        first = { head, cluster }
    }
    if (first === undefined) return
    first.head.pass()
    yield first.cluster
  }
}

function start(clusters: readonly Cluster[], step: 1 | -1, from: Place | undefined): number {
  if (from === undefined) return step === 1 ? 0 : clusters.length - 1
  const behind = firstAfter(clusters, from)
  if (step === 1) return behind
  // Going back, the cluster at the place itself is not shown again.
  return clusters[behind - 1]?.id === from.id ? behind - 2 : behind - 1
}
