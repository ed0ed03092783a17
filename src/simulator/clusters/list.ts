import { integerParameter } from '../http/query.ts'
import { invalidParameter, isRefusal, type Refusal } from '../http/refusal.ts'
import { pageToken, placeOf } from '../page-token.ts'
import type { Cluster } from './cluster.ts'

const largestPage = 100

/** One page of clusters/list. */
export interface ClusterPage {
  readonly clusters: readonly Cluster[]
  /** Empty at the ends, as on the wire. */
  readonly next: string
  readonly previous: string
}

/** The page of the given clusters that a query asks for: filtered, sorted, cut. */
export function pageOfClusters(clusters: readonly Cluster[], query: URLSearchParams): ClusterPage | Refusal {
  const asked = integerParameter(query, 'page_size')
  if (isRefusal(asked)) return asked
  if (asked !== undefined && asked < 0) return invalidParameter('page_size must not be negative.')
  // Zero means that the server chooses, and it may always give less than was asked for.
  const size = Math.min(asked || largestPage, largestPage)
  const token = query.get('page_token') ?? ''
  const from = token === '' ? 0 : placeOf(token)?.['from']
  if (from === undefined) return invalidParameter(`Invalid page token: ${token}`)
  const found = sorted(
    clusters.filter((cluster) => passes(cluster, query)),
    query,
  )
  return {
    clusters: found.slice(from, from + size),
    next: from + size < found.length ? pageToken({ from: from + size }) : '',
    previous: from > 0 ? pageToken({ from: Math.max(0, from - size) }) : '',
  }
}

function passes(cluster: Cluster, query: URLSearchParams): boolean {
  const sources = query.getAll('filter_by.cluster_sources')
  const states = query.getAll('filter_by.cluster_states')
  const pinned = query.get('filter_by.is_pinned')
  const policy = query.get('filter_by.policy_id')
  return (
    (sources.length === 0 || sources.includes(cluster.source)) &&
    (states.length === 0 || states.includes(cluster.state)) &&
    (pinned === null || pinned === String(cluster.pinnedBy !== undefined)) &&
    (policy === null || policy === cluster.spec.policy_id)
  )
}

function sorted(clusters: readonly Cluster[], query: URLSearchParams): Cluster[] {
  const byName = query.get('sort_by.field') === 'CLUSTER_NAME'
  const direction = query.get('sort_by.direction') === 'DESC' ? -1 : 1
  return clusters.toSorted(
    (left, right) => direction * ((byName ? 0 : rank(left) - rank(right)) || inNameOrder(left, right)),
  )
}

/** Without another wish: what is alive first, then what is pinned. */
const rank = ({ state, pinnedBy }: Cluster): number =>
  (state === 'TERMINATED' ? 2 : 0) + (pinnedBy === undefined ? 1 : 0)

const inNameOrder = (left: Cluster, right: Cluster): number =>
  compare(left.spec.cluster_name ?? '', right.spec.cluster_name ?? '') || compare(left.id, right.id)

const compare = (left: string, right: string): number => (left < right ? -1 : Number(left > right))
