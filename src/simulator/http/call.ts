import type { JsonObject } from '../../databricks/json.ts'
import type { Principal } from '../principals.ts'
import type { Refusal } from './refusal.ts'

/** One API call, after authentication. */
export interface Call {
  readonly method: string
  /** Path without query, as sent: `/api/2.1/clusters/get`. */
  readonly path: string
  /** API version of the path: `2.1`. */
  readonly version: string
  /** What stood in the `{…}` segments of the route, decoded. */
  readonly parameters: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** Body without null members, which mean "absent" to these APIs; empty if none was sent. */
  readonly body: JsonObject
  readonly caller: Principal
  /** Whether a program calls, or a person clicks in the web interface. */
  readonly source: 'API' | 'UI'
  /** Under which address the workspace was called: `http://127.0.0.1:8642`. */
  readonly origin: string
}

/** Answers a call. The result is the body of a 200; it may hold undefined members, which are not sent. */
export type Handler = (call: Call) => object | Refusal

/** A handler and where it stands. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  /** API versions under which the call has this shape. */
  readonly versions: readonly string[]
  /** Path behind the version; `{name}` stands for one segment. */
  readonly path: string
  readonly handle: Handler
}

/** How the routes of one API are written: all of them below its name, under the same versions. */
export const routesOf =
  (api: string, versions: readonly string[]) =>
  (method: Route['method'], path: string, handle: Handler): Route => ({
    method,
    versions,
    path: `/${api}/${path}`,
    handle,
  })
