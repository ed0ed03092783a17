/** Parameters of a call; an absent one is left out. */
export type Query = Record<string, string | number | boolean | undefined>

/** One call to the API server. */
export interface KubeCall {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  query?: Query
  body?: unknown
  /** Of the body; JSON unless said. */
  contentType?: string
  signal?: AbortSignal | undefined
  /** Milliseconds for one try, 30 s unless said. */
  timeout?: number
}

/** What a call is called in errors and logs. The body, which may hold anything, is never part of it. */
export const nameOf = ({ method, path }: KubeCall): string => `${method} ${path}`

/** A call that has ended, in words of which there are few, however many objects there are. */
export interface SentCall {
  /** As roles name it: get, list, watch, create, update, patch, delete. */
  readonly verb: string
  /** As roles name it, such as `jobspecs/status`. */
  readonly resource: string
  /** `Success`, the HTTP status of a refusal, a KubeError's own word when no answer came, or `Aborted`. */
  readonly outcome: string
  /** To the end of the answer; of a watch, until it is open. */
  readonly seconds: number
}

const verbs = { GET: 'get', POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' } as const

/** What a call does to what, without names of objects and namespaces. */
export function countedAs({ method, path, query = {} }: KubeCall): Pick<SentCall, 'verb' | 'resource'> {
  // What stands before the resource: /api/VERSION or /apis/GROUP/VERSION.
  const parts = path.split('/').slice(1)
  const rest = parts.slice(parts[0] === 'api' ? 2 : parts[0] === 'apis' ? 3 : 0)
  const [resource = '', name, subresource] =
    rest[0] === 'namespaces' && rest.length > 2 ? rest.slice(2) : rest
  const isCollection = method === 'GET' && name === undefined && parts[0] !== resource
  return {
    verb: isCollection ? (query['watch'] === undefined ? 'list' : 'watch') : verbs[method],
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
  }
}

/** The query of a call as it stands in the address. */
export function searchOf({ query = {} }: KubeCall): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
  return search.size === 0 ? '' : `?${search.toString()}`
}
