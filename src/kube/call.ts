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

/** The query of a call as it stands in the address. */
export function searchOf({ query = {} }: KubeCall): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
  return search.size === 0 ? '' : `?${search.toString()}`
}
