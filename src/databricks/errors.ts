/**
 * The one union that every failure of a Databricks call ends in. A kind says what it means for the
 * caller, not which status or text came over the wire:
 *
 * - `Missing`: the object that the call names is not there. Never said on a 403, and only when
 *   Databricks itself answered: a proxy's 404 proves nothing.
 * - `Conflict`: it exists already, is busy, or somebody else was faster; look again.
 * - `Throttled`: too many requests; wait (`retryAfter` when the server said how long).
 * - `Unauthenticated`: the credentials were not accepted, or there are none that could be sent.
 * - `Forbidden`: the credentials are good, a right is missing.
 * - `Invalid`: the request can never succeed as it is.
 * - `Unavailable`: no answer, a late one, or the service is down for the moment.
 * - `Unknown`: an answer that none of the above fits (a web page, a redirect, broken JSON).
 */
export type ErrorKind =
  | 'Missing'
  | 'Conflict'
  | 'Throttled'
  | 'Unauthenticated'
  | 'Forbidden'
  | 'Invalid'
  | 'Unavailable'
  | 'Unknown'

/** What a DatabricksError is made of. */
export interface DatabricksErrorFacts {
  readonly kind: ErrorKind
  /** Method and path without the query, such as `POST /api/2.2/jobs/create`. */
  readonly call: string
  /** HTTP status; 0 when no status line arrived. */
  readonly status: number
  /** Databricks' own error code, or one of ours in the same spelling when it sent none. */
  readonly code: string
  /** The server's words, or ours when it had none. Bounded, one line, without secrets. */
  readonly serverMessage: string
  /** What Databricks' support asks for. */
  readonly requestId?: string | undefined
  /** Milliseconds that the server asked us to wait. */
  readonly retryAfter?: number | undefined
  /** Databricks itself refused, with one of its error bodies; false for proxies, cuts and silence. */
  readonly answered: boolean
  /** Whether the call itself may have gone out; false when there was no token to send it with, or no turn in the budget. Default: true. */
  readonly sent?: boolean
  /** Whether an earlier try of the same call may have taken effect, whatever became of this one. Default: false. */
  readonly isRepeated?: boolean
  readonly cause?: unknown
}

/** A failed Databricks call. Its message is fit for a status, an event or a log as it stands. */
export class DatabricksError extends Error {
  override readonly name = 'DatabricksError'
  readonly kind: ErrorKind
  readonly call: string
  readonly status: number
  readonly code: string
  readonly serverMessage: string
  readonly requestId: string | undefined
  readonly retryAfter: number | undefined
  readonly answered: boolean
  readonly sent: boolean
  readonly isRepeated: boolean

  constructor(facts: DatabricksErrorFacts) {
    super(messageOf(facts), facts.cause === undefined ? undefined : { cause: facts.cause })
    this.kind = facts.kind
    this.call = facts.call
    this.status = facts.status
    this.code = facts.code
    this.serverMessage = facts.serverMessage
    this.requestId = facts.requestId
    this.retryAfter = facts.retryAfter
    this.answered = facts.answered
    this.sent = facts.sent ?? true
    this.isRepeated = facts.isRepeated ?? false
  }

  /** The same, of a call that may have taken effect when it was tried before. */
  afterDoubt(): DatabricksError {
    const { kind, call, status, code, serverMessage, requestId, retryAfter, answered, sent, cause } = this
    const facts = { kind, call, status, code, serverMessage, requestId, retryAfter, answered, sent, cause }
    return new DatabricksError({ ...facts, isRepeated: true })
  }
}

function messageOf({ call, status, code, serverMessage, requestId }: DatabricksErrorFacts): string {
  const answer = status === 0 || code === String(status) ? code : `${status} ${code}`
  const request = requestId === undefined ? '' : ` (request ${requestId})`
  return `${call}: ${answer}: ${serverMessage}${request}`
}

/**
 * Whether a failed create certainly made nothing: only that it was never sent, or a 4xx in Databricks' own
 * words, proves that, a 429 included. Anything else (no answer, a 5xx, a gateway's page, a cancelled request)
 * may have come after the object was made, and the caller has to search before it tries again. Of a call that was tried
 * more than once, each try has to prove it.
 */
export function provesNothingHappened(error: unknown): boolean {
  if (!(error instanceof DatabricksError) || error.isRepeated) return false
  if (!error.sent) return true
  return (
    error.answered &&
    error.status >= 400 &&
    error.status < 500 &&
    error.kind !== 'Unavailable' &&
    error.kind !== 'Unknown'
  )
}
