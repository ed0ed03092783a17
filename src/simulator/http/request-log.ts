import type { IncomingHttpHeaders } from 'node:http'
import type { Json } from '../../databricks/json.ts'
import { parseBody } from './body.ts'
import type { Request } from './exchange.ts'
import { withoutSecrets } from './form.ts'
import { isRefusal } from './refusal.ts'

/** One call as it was seen from outside. Of the headers only those that carry no credentials are kept. */
export interface LoggedRequest {
  /** Counted from the last `clear`. */
  readonly index: number
  /** Virtual time of arrival, RFC 3339 with milliseconds. */
  readonly at: string
  readonly method: string
  readonly path: string
  /** A parameter that was sent more than once is a list. */
  readonly query: Readonly<Record<string, string | string[]>>
  /** The body; text if it was no JSON, null if there was none. Of a form only what is no secret. */
  readonly body: Json
  readonly userAgent: string | null
  /** Headers that a client may be asked for, as far as they were sent; names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Who called; null if the credentials were refused, and for what needs none. */
  readonly identity: string | null
  /** Status of the answer; null if none was sent. */
  readonly status: number | null
}

/** What somebody wants to see of the log; absent is everything. */
export interface LogFilter {
  readonly since: number
  readonly method: string | undefined
  readonly pathPrefix: string | undefined
  readonly identity: string | undefined
  readonly status: number | undefined
}

const keptHeaders = [
  'accept',
  'content-type',
  'traceparent',
  'x-databricks-azure-workspace-resource-id',
  'x-databricks-org-id',
  'x-databricks-workspace-id',
] as const

/** Enough for a long test; the oldest go first, so that a workspace left running does not grow for ever. */
const mostEntries = 100_000
/** The same for the texts of their bodies. */
const mostCharacters = 200_000_000

/** What was called, in order of completion. */
export class RequestLog {
  #entries: LoggedRequest[] = []
  #sizes: number[] = []
  #dropped = 0
  #characters = 0

  add(call: { at: number; request: Request; identity: string | null; status: number | null }): void {
    const { request, identity, status } = call
    const size = isRefusal(request.text) ? 0 : request.text.length
    this.#entries.push({
      index: this.#dropped + this.#entries.length,
      at: new Date(call.at).toISOString(),
      method: request.method,
      path: request.path,
      query: isApi(request) ? plainQuery(request.query) : withoutSecrets(request.query),
      body: loggedBody(request),
      userAgent: request.headers['user-agent'] ?? null,
      headers: loggedHeaders(request.headers),
      identity,
      status,
    })
    this.#sizes.push(size)
    this.#characters += size
    if (this.#entries.length > mostEntries * 1.1 || this.#characters > mostCharacters) this.#shrink()
  }

  /** The entries that fit, oldest first. */
  list(filter: LogFilter): readonly LoggedRequest[] {
    const { since, method, pathPrefix, identity, status } = filter
    return this.#entries
      .slice(Math.max(0, since - this.#dropped))
      .filter((entry) => method === undefined || entry.method === method)
      .filter((entry) => pathPrefix === undefined || entry.path.startsWith(pathPrefix))
      .filter((entry) => identity === undefined || entry.identity === identity)
      .filter((entry) => status === undefined || entry.status === status)
  }

  clear(): void {
    this.#entries = []
    this.#sizes = []
    this.#dropped = 0
    this.#characters = 0
  }

  #shrink(): void {
    const half = Math.floor(this.#entries.length / 2)
    const kept = this.#characters > mostCharacters ? half : mostEntries
    this.#dropped += this.#entries.length - kept
    this.#entries = this.#entries.slice(this.#entries.length - kept)
    this.#sizes = this.#sizes.slice(this.#sizes.length - kept)
    this.#characters = this.#sizes.reduce((sum, size) => sum + size, 0)
  }
}

/** A query as a plain object. */
function plainQuery(query: URLSearchParams): Record<string, string | string[]> {
  const names = [...new Set(query.keys())]
  return Object.fromEntries(names.map((name) => [name, single(query.getAll(name))]))
}

const single = (values: string[]): string | string[] => (values.length === 1 ? values.join('') : values)

function loggedHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    keptHeaders.flatMap((name) => {
      const value = headers[name]
      return value === undefined ? [] : [[name, String(value)] as const]
    }),
  )
}

/** What is sent to other paths may hold secrets, in whatever form. */
const isApi = ({ path }: Request): boolean => path.startsWith('/api/')

/** A body for the log: JSON as it is, a form without its secrets, anything else as text. */
function loggedBody(request: Request): Json {
  const { text } = request
  if (isRefusal(text)) return `(${text.message})`
  if (text === '') return null
  if (!isApi(request)) return withoutSecrets(new URLSearchParams(text))
  const body = parseBody(text)
  return isRefusal(body) ? text.slice(0, 1000) : body
}
