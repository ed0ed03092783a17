import { nameOf, type Cluster, type ClusterSource, type ClusterState } from './cluster.ts'

/** What all clusters on one shelf have in common: what a list may ask for. */
export interface Label {
  readonly source: ClusterSource
  readonly state: ClusterState
  readonly pinned: boolean
  readonly policy: string | undefined
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
  /** By name alone; otherwise what is alive first, then what is pinned, then by name. */
  readonly byName: boolean
  readonly backwards: boolean
  /** The walk begins behind this place, which need not be taken any more. */
  readonly from: Place | undefined
}

interface Shelf extends Label {
  /** In the order of `inNameOrder`. */
  readonly clusters: Cluster[]
}

const labelOf = ({ source, state, pinnedBy, spec: { policy_id } }: Cluster): Label => ({
  source,
  state,
  pinned: pinnedBy !== undefined,
  policy: policy_id,
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
    const [only] = clusters
    if (only !== undefined && clusters.length === 1) return this.#insert(only)
    const touched = new Set(
      clusters.map((cluster) => {
        const shelf = this.#shelfOf(cluster)
        shelf.clusters.push(cluster)
        return shelf
      }),
    )
    for (const shelf of touched) shelf.clusters.sort(inNameOrder)
  }

  /** Takes a cluster off; nothing happens if it stands nowhere. */
  remove(cluster: Cluster): void {
    const { clusters } = this.#shelfOf(cluster)
    const index = firstAfter(clusters, { name: nameOf(cluster), id: cluster.id }) - 1
    if (clusters[index] === cluster) clusters.splice(index, 1)
  }

  /** How many clusters are pinned. */
  pinned(): number {
    return this.#shelves
      .values()
      .filter(({ pinned }) => pinned)
      .reduce((count, { clusters }) => count + clusters.length, 0)
  }

  /** The clusters of a walk, one by one. */
  *walk({ fits, byName, backwards, from }: Walk): Generator<Cluster> {
    const shelves = this.#shelves.values().filter((shelf) => shelf.clusters.length > 0 && fits(shelf))
    const groups = [...Map.groupBy(shelves, (shelf) => (byName ? 0 : rankOf(shelf)))]
    const step = backwards ? -1 : 1
    groups.sort(([left], [right]) => step * (left - right))
    for (const [rank, group] of groups) {
      const past = from === undefined ? 1 : step * (rank - from.rank)
      if (past < 0) continue
      yield* merged(group, step, past === 0 ? from : undefined)
    }
  }

  clear(): void {
    this.#shelves.clear()
  }

  #insert(cluster: Cluster): void {
    const { clusters } = this.#shelfOf(cluster)
    clusters.splice(firstAfter(clusters, { name: nameOf(cluster), id: cluster.id }), 0, cluster)
  }

  #shelfOf(cluster: Cluster): Shelf {
    const label = labelOf(cluster)
    const key = `${label.source} ${label.state} ${label.pinned} ${label.policy ?? ''}`
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

/** The clusters of several shelves as if they stood on one. */
function* merged(shelves: readonly Shelf[], step: 1 | -1, from: Place | undefined): Generator<Cluster> {
  const heads = shelves.map(({ clusters }) => ({ clusters, index: start(clusters, step, from) }))
  for (;;) {
    let first: { head: (typeof heads)[number]; cluster: Cluster } | undefined
    for (const head of heads) {
      const cluster = head.clusters[head.index]
      if (cluster === undefined) continue
      if (first === undefined || step * inNameOrder(cluster, first.cluster) < 0) first = { head, cluster }
    }
    if (first === undefined) return
    first.head.index += step
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
