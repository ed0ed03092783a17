import type { Lane } from '../lane.ts'
import type { JsonObject } from './json.ts'

/** A query parameter; an array is repeated, undefined is left out. */
export type QueryValue = string | number | bigint | boolean | readonly string[] | undefined

/** Which turn a call takes: that of the pass that makes it, or `sweep` for the pages of a whole listing. */
export type CallLane = Lane | 'sweep'

/** One Databricks call. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  /** Absolute and encoded; the `route` tag makes one out of names, together with the following. */
  readonly path: string
  /** The path without the names in it, for those who count calls. Absent: the path has none. */
  readonly route?: string
  /** Nested parameters are written with dots: `filter_by.cluster_sources`. */
  readonly query?: Readonly<Record<string, QueryValue>>
  readonly body?: JsonObject
  /**
   * What happens when it is sent twice, which decides whether it may be: a `read` changes nothing, an
   * `idempotent` call leaves the same world after the second time, a `create` makes a second object
   * and is never sent again.
   */
  readonly effect: 'read' | 'idempotent' | 'create'
  /** The moment (monotonic) after which it is not sent any more; absent: it may go at any time. */
  readonly sentBy?: number
  /** Absent: `background`. */
  readonly lane?: CallLane
  readonly signal?: AbortSignal
}

/** How a call is named in errors and logs: without its query, which may be long or hold a page token. */
export const nameOf = ({ method, path }: Call): string => `${method} ${path}`

/** What a call is counted as: few words, however many objects there are. */
export const countedAs = ({ method, path, route = path }: Call): string => `${method} ${route}`

/** Path and query as they go over the wire. */
export function targetOf({ path, query = {} }: Call): string {
  const pairs = Object.entries(query).flatMap(([key, value]) => {
    const values = typeof value === 'object' ? value : value === undefined ? [] : [value]
    return values.map((one) => `${encodeURIComponent(key)}=${encodeURIComponent(String(one))}`)
  })
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`
}
