import { flagParameter, integerParameter } from '../http/query.ts'
import { invalidParameter, isRefusal, type Refusal } from '../http/refusal.ts'
import { opened, pageToken } from '../page-token.ts'
import type { Cluster } from './cluster.ts'
import { placeIn, type Label, type Place, type Walk } from './shelves.ts'

const largestPage = 100

/** One page of clusters/list. */
export interface ClusterPage {
  readonly clusters: readonly Cluster[]
  /** Empty at the ends, as on the wire. */
  readonly next: string
  readonly previous: string
}

/**
 * The page that a query asks for, of the clusters that a walk passes. A token holds the place between two
 * clusters and not a count, so that one that ends or is deleted between two pages hides no other.
 */
export function pageOfClusters(
  clusters: (walk: Walk) => Iterable<Cluster>,
  query: URLSearchParams,
): ClusterPage | Refusal {
  const asked = integerParameter(query, 'page_size')
  if (isRefusal(asked)) return asked
  if (asked !== undefined && asked < 0) return invalidParameter('page_size must not be negative.')
  // Zero means that the server chooses, and it may always give less than was asked for.
  const size = Math.min(asked || largestPage, largestPage)
  const token = query.get('page_token') ?? ''
  const turn = token === '' ? first : turnOf(token)
  if (turn === undefined) return invalidParameter(`Invalid page token: ${token}`)
  const byName = query.get('sort_by.field') === 'CLUSTER_NAME'
  const descending = query.get('sort_by.direction') === 'DESC'
  const walk = { fits: filterOf(query), byName, from: turn.from, backwards: turn.back !== descending }
  const found = take(clusters(walk), size + 1)
  const hasMore = found.length > size
  const shown = turn.back ? found.slice(0, size).toReversed() : found.slice(0, size)
  const tokenFor = (back: boolean, edge: Cluster | undefined): string =>
    edge === undefined ? '' : pageToken({ back: Number(back), ...placeIn(edge, byName) })
  return {
    clusters: shown,
    next: turn.back || hasMore ? tokenFor(false, shown.at(-1)) : '',
    previous: (turn.back ? hasMore : turn.from !== undefined) ? tokenFor(true, shown[0]) : '',
  }
}

/** Which way a page goes on, and from where. */
interface Turn {
  readonly back: boolean
  readonly from: Place | undefined
}

const first: Turn = { back: false, from: undefined }

function turnOf(token: string): Turn | undefined {
  const { back, rank, name, id } = opened(token) ?? {}
  if (typeof rank !== 'number' || typeof name !== 'string' || typeof id !== 'string') return undefined
  return { back: back === 1, from: { rank, name, id } }
}

function filterOf(query: URLSearchParams): (label: Label) => boolean {
  const sources = query.getAll('filter_by.cluster_sources')
  const states = query.getAll('filter_by.cluster_states')
  const wantsPinned = flagParameter(query, 'filter_by.is_pinned')
  const wantedPolicy = query.get('filter_by.policy_id')
  return ({ source, state, pinned, policy }) =>
    (sources.length === 0 || sources.includes(source)) &&
    (states.length === 0 || states.includes(state)) &&
    (wantsPinned === undefined || wantsPinned === pinned) &&
    (wantedPolicy === null || wantedPolicy === policy)
}

function take<Item>(items: Iterable<Item>, count: number): Item[] {
  const taken: Item[] = []
  for (const item of items) {
    taken.push(item)
    if (taken.length === count) break
  }
  return taken
}
