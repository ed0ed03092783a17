import type { Handler, Route } from './call.ts'
import { decodeSegment } from './decode-segment.ts'
import { endpointNotFound, malformedRequest, type Refusal } from './refusal.ts'

/** Where a request goes. */
export interface Match {
  readonly handle: Handler
  readonly version: string
  readonly parameters: Readonly<Record<string, string>>
}

interface Entry {
  readonly method: string
  readonly version: string
  readonly segments: readonly string[]
  readonly handle: Handler
}

const apiPath = /^\/api\/([0-9.]+)(\/.*)$/
const parameterName = /^\{(.+)\}$/

/** Finds the handler of a path. Paths outside the table get Databricks' own 404. */
export class Router {
  readonly #entries: readonly Entry[]

  constructor(routes: readonly Route[]) {
    this.#entries = routes.flatMap(({ method, versions, path, handle }) =>
      versions.map((version) => ({ method, version, segments: path.split('/'), handle })),
    )
  }

  /** The handler for a method and a path with its percent-encoding. */
  find(method: string, path: string): Match | Refusal {
    const [, version, rest = path] = apiPath.exec(path) ?? []
    const segments: string[] = []
    for (const segment of rest.split('/')) {
      const decoded = decodeSegment(segment)
      if (decoded === undefined)
        return malformedRequest(`The path has a broken percent-encoding: '${segment}'`)
      segments.push(decoded)
    }
    for (const entry of this.#entries) {
      if (entry.method !== method || entry.version !== version) continue
      const parameters = bind(entry.segments, segments)
      if (parameters !== undefined) return { handle: entry.handle, version: entry.version, parameters }
    }
    return endpointNotFound(method, rest)
  }
}

/** The values of a pattern's `{…}` segments; undefined if the path does not fit. */
function bind(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined
  const parameters: Record<string, string> = {}
  for (const [index, expected] of pattern.entries()) {
    const actual = segments[index] ?? ''
    const name = parameterName.exec(expected)?.[1]
    if (name === undefined && expected !== actual) return undefined
    if (name !== undefined) parameters[name] = actual
  }
  return parameters
}
