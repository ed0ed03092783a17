import type { IncomingHttpHeaders } from 'node:http'
import { formatJson } from '../../databricks/json.ts'
import type { Principal } from '../principals.ts'
import type { Refusal } from './refusal.ts'

/** A request as it came over the wire, its body read. */
export interface Request {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly text: string | Refusal
  /** Under which address the client knows this server, without a slash at the end. */
  readonly origin: string
  /** Set for a person in the web interface, who needs no token. */
  readonly person: Principal | undefined
  /** Resolves when the answer has left or the connection is gone. */
  readonly closed: Promise<void>
}

/** A whole answer. */
export interface Answer {
  readonly kind: 'Answer'
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What goes back over the wire, well or badly. */
export type Response =
  | Answer
  /** The connection is cut. */
  | { readonly kind: 'Reset' }
  /** Nothing is sent, and the connection stays open. */
  | { readonly kind: 'Silence' }
  /** The headers of the answer are sent and then nothing. */
  | { readonly kind: 'HeadersOnly'; readonly answer: Answer }
  /** Less is sent than `Content-Length` says, and the connection is closed. */
  | { readonly kind: 'CutOff'; readonly answer: Answer }
  /** The body comes in small pieces. */
  | { readonly kind: 'Drip'; readonly answer: Answer; readonly bytes: number; readonly everySeconds: number }

/** An answer in JSON. */
export const jsonAnswer = (
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer => ({
  kind: 'Answer',
  status,
  headers: { 'Content-Type': 'application/json', ...headers },
  body: formatJson(body),
})

/** A page of HTML, as proxies and login pages send it. */
export const htmlAnswer = (status: number, body: string): Answer => ({
  kind: 'Answer',
  status,
  headers: { 'Content-Type': 'text/html; charset=utf-8' },
  body,
})

/** A redirect. */
export const redirect = (location: string): Answer => ({
  kind: 'Answer',
  status: 302,
  headers: { Location: location },
  body: '',
})

/** Status of a response as a client can see it; null if no status line was sent. */
export function statusOf(response: Response): number | null {
  switch (response.kind) {
    case 'Answer':
      return response.status
    case 'Reset':
    case 'Silence':
      return null
    case 'HeadersOnly':
    case 'CutOff':
    case 'Drip':
      return response.answer.status
    default:
      return response satisfies never
  }
}
