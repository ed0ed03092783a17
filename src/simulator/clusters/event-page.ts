import { z } from 'zod'
import { invalidParameter, type Refusal } from '../http/refusal.ts'
import { pageToken, placeOf } from '../page-token.ts'
import type { Cluster } from './cluster.ts'
import { eventsOf } from './events.ts'

/** What clusters/events takes; `limit` and `offset` are the older way to page. */
export const eventQuerySchema = z.object({
  cluster_id: z.string(),
  start_time: z.int().optional(),
  end_time: z.int().optional(),
  order: z.enum(['ASC', 'DESC']).default('DESC'),
  event_types: z.array(z.string()).default([]),
  page_size: z.int().min(0).optional(),
  page_token: z.string().optional(),
  limit: z.int().min(0).optional(),
  offset: z.int().min(0).optional(),
})

const usualPage = 50
const largestPage = 500

/** The page of a cluster's events that a query asks for, as it goes on the wire. */
export function pageOfEvents(cluster: Cluster, query: z.infer<typeof eventQuerySchema>): object | Refusal {
  const { start_time = 0, end_time = Infinity, order, event_types } = query
  const found = eventsOf(cluster).filter(
    ({ timestamp, type }) =>
      timestamp >= start_time &&
      timestamp <= end_time &&
      (event_types.length === 0 || event_types.includes(type)),
  )
  if (order === 'DESC') found.reverse()
  const size = Math.min(query.page_size ?? query.limit ?? usualPage, largestPage) || largestPage
  const from = query.page_token ? placeOf(query.page_token)?.['from'] : (query.offset ?? 0)
  if (from === undefined) return invalidParameter(`Invalid page token: ${query.page_token ?? ''}`)
  const next = from + size
  const hasMore = next < found.length
  const { page_size: _size, page_token: _token, ...older } = query
  return {
    events: found.slice(from, next),
    total_count: found.length,
    next_page_token: hasMore ? pageToken({ from: next }) : '',
    prev_page_token: from > 0 ? pageToken({ from: Math.max(0, from - size) }) : '',
    next_page: hasMore ? { ...older, offset: next, limit: size } : undefined,
  }
}
