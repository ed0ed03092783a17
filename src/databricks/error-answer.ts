import { nameOf, type Call } from './call.ts'
import { DatabricksError, type ErrorKind } from './errors.ts'
import { readErrorBody, type ErrorBody } from './error-body.ts'
import { redact } from './redact.ts'
import {
  callRules,
  kindOfCode,
  kindOfStatus,
  refusedToken,
  throttled,
  transient,
  type CallRule,
} from './tables.ts'
import type { Answer } from './exchange.ts'

/** What is needed to judge an answer with an error status. */
export interface Refusal {
  readonly call: Call
  readonly answer: Answer
  /** Never to be repeated in a message, not even when the server does. */
  readonly secrets: readonly string[]
  /** Milliseconds since the epoch, to read a Retry-After that is a date. */
  readonly now: number
}

/** Turns an answer with a status of 400 and above into the one error union. */
export function errorOfAnswer({ call, answer, secrets, now }: Refusal): DatabricksError {
  const { status, headers, text } = answer
  const body = readErrorBody(status, text)
  const reason = headers['x-databricks-reason-phrase']
  const message = text.trim() === '' && reason !== undefined ? reason : body.message
  const requestId = body.requestId ?? headers['x-request-id']
  return new DatabricksError({
    kind: kindOf({ call, status, body: { ...body, message } }),
    call: nameOf(call),
    status,
    code: redact(body.code, secrets).slice(0, 100),
    serverMessage: redact(message, secrets),
    requestId: requestId === undefined ? undefined : redact(requestId, secrets).slice(0, 100),
    retryAfter: longer(retryAfterOf(headers['retry-after'], now), body.retryDelay),
    answered: body.fromDatabricks,
  })
}

interface Judged {
  readonly call: Call
  readonly status: number
  readonly body: ErrorBody
}

function kindOf({ call, status, body }: Judged): ErrorKind {
  if (status === 401) return 'Unauthenticated'
  if ((status === 400 || status === 403) && refusedToken.test(body.message)) return 'Unauthenticated'
  if (throttled.test(`${body.code} ${body.message}`)) return 'Throttled'
  if (transient.test(body.message)) return 'Unavailable'
  if (!body.fromDatabricks) return kindOfForeign(status)
  const rule = callRules.find((one) => fits(one, { call, status, body }))
  const kind = rule?.kind ?? kindOfCode.get(body.code) ?? kindOfStatus(status)
  if (kind !== 'Missing') return kind
  // No right to look is not the same as nothing there, whatever the code next to a 403 says.
  if (status === 403) return 'Forbidden'
  // A create names no object of its own: what is missing is something that its body refers to.
  return call.effect === 'create' ? 'Invalid' : 'Missing'
}

/** Kinds that only Databricks can know: of a proxy's 404 or 409 nothing follows for an object. */
const onlyDatabricksKnows: ReadonlySet<ErrorKind> = new Set(['Missing', 'Conflict', 'Invalid'])

function kindOfForeign(status: number): ErrorKind {
  const kind = kindOfStatus(status)
  return onlyDatabricksKnows.has(kind) ? 'Unknown' : kind
}

function fits(rule: CallRule, { call, status, body }: Judged): boolean {
  if (!rule.call.test(nameOf(call)) || !rule.codes.includes(body.code)) return false
  if (rule.status !== undefined && rule.status !== status) return false
  if (rule.message === undefined) return true
  const match = rule.message.exec(body.message)
  if (match === null) return false
  if (rule.about === undefined) return true
  const own = call.query?.[rule.about] ?? call.body?.[rule.about]
  return (typeof own === 'object' ? undefined : String(own)) === match[1]
}

/** Milliseconds in a Retry-After, which is seconds or an HTTP date. */
export function retryAfterOf(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  if (/^\s*\d{1,9}(\.\d+)?\s*$/.test(header)) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

const longer = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.max(one, other)
