import type { Json } from '../../databricks/json.ts'

/** One API call as it was seen from outside. Headers are left out: they carry credentials. */
export interface LoggedRequest {
  /** Virtual time of arrival, RFC 3339 with milliseconds. */
  readonly at: string
  readonly method: string
  readonly path: string
  /** A parameter that was sent more than once is a list. */
  readonly query: Readonly<Record<string, string | string[]>>
  /** The body; text if it was no JSON, null if there was none. */
  readonly body: Json
  /** Who called; null if the credentials were refused. */
  readonly identity: string | null
  /** Status of the answer; null if the connection was cut instead. */
  readonly status: number | null
}

/** Enough for a long test; the oldest go first, so that a workspace left running does not grow for ever. */
const mostEntries = 100_000

/** What was called, in order of completion. */
export class RequestLog {
  #entries: LoggedRequest[] = []
  #dropped = 0

  add(entry: LoggedRequest): void {
    this.#entries.push(entry)
    if (this.#entries.length <= mostEntries * 1.1) return
    this.#dropped += this.#entries.length - mostEntries
    this.#entries = this.#entries.slice(-mostEntries)
  }

  /** Entries from the index `since` on, counted from the last `clear`. */
  since(since: number): readonly LoggedRequest[] {
    return this.#entries.slice(Math.max(0, since - this.#dropped))
  }

  clear(): void {
    this.#entries = []
    this.#dropped = 0
  }
}

/** A query as a plain object. */
export function plainQuery(query: URLSearchParams): Record<string, string | string[]> {
  const names = [...new Set(query.keys())]
  return Object.fromEntries(names.map((name) => [name, single(query.getAll(name))]))
}

const single = (values: string[]): string | string[] => (values.length === 1 ? values.join('') : values)
