import { retryAfterOf } from '../error-answer.ts'
import { looksLikeHtml, readErrorBody } from '../error-body.ts'
import type { DatabricksError, ErrorKind } from '../errors.ts'
import type { Answer } from '../exchange.ts'
import { isObject, parseJson, type Json, type JsonObject } from '../json.ts'
import { redact } from '../redact.ts'
import { kindOfStatus } from '../tables.ts'
import { failed, type TokenCall } from './line.ts'
import type { AccessToken } from './token.ts'

/** What an answer of a token endpoint is judged by. */
export interface TokenJudge {
  readonly call: TokenCall
  readonly now: number
  /** Milliseconds that a token is already refused before its end. */
  readonly skew: number
}

/**
 * The token in an answer. https://datatracker.ietf.org/doc/html/rfc6749#section-5.1, with what servers make of
 * it: `expires_in` as a number or its digits, or Entra's `expires_on` in seconds since the epoch.
 */
export function tokenIn(answer: Answer, { call, now, skew }: TokenJudge): AccessToken {
  const json = goodObject(answer, call, now)
  const { access_token: token, token_type: type } = json
  if (typeof token !== 'string' || !/^[\x21-\x7e]{1,32768}$/.test(token))
    throw odd(answer, call, 'it holds no access_token')
  if (typeof type === 'string' && type.toLowerCase() !== 'bearer')
    throw odd(answer, call, `its token_type is ${type}, not Bearer`)
  const left = seconds(json['expires_in'])
  const end = seconds(json['expires_on'])
  const lifetime = left ?? (end === undefined ? undefined : end - now)
  return { token, lifetime: lifetime === undefined ? undefined : lifetime - skew }
}

/** The JSON object in a good answer of a server that gives out tokens, or tells where they are. */
export function goodObject(answer: Answer, call: TokenCall, now: number): JsonObject {
  if (answer.status >= 400) throw refusal(answer, call, now)
  if (answer.status < 200 || answer.status >= 300)
    throw odd(answer, call, 'it redirects elsewhere, which is never followed')
  const json = jsonIn(answer.text)
  if (!isObject(json)) throw odd(answer, call, 'it is no JSON object')
  return json
}

/** Codes of RFC 6749 and of Entra that mean "in a moment". */
const unavailable = new Set(['TEMPORARILY_UNAVAILABLE', 'SERVER_ERROR'])

/** Codes that are also given for a moment after a principal or its secret was made. */
const mayPass = new Set(['INVALID_CLIENT', 'UNAUTHORIZED_CLIENT'])
const note = ' (a service principal or secret made just now takes some seconds until it is known)'

/** An OAuth endpoint refuses in its own shape: `error`, `error_description`, sometimes an id to ask about. */
function refusal(answer: Answer, call: TokenCall, now: number): DatabricksError {
  const { status, headers, text } = answer
  const body = readErrorBody(status, text)
  const json = jsonIn(text)
  const id = isObject(json) ? (json['error_id'] ?? json['trace_id']) : undefined
  const requestId = typeof id === 'string' && id !== '' ? id : headers['x-request-id']
  const words = mayPass.has(body.code) ? body.message.replace(/[.\s]+$/, '') + note : body.message
  return failed(call, {
    kind: kindOf(answer, body),
    status,
    code: redact(body.code, call.secrets).slice(0, 100),
    serverMessage: redact(words, call.secrets),
    requestId: requestId === undefined ? undefined : redact(requestId, call.secrets).slice(0, 100),
    retryAfter: retryAfterOf(headers['retry-after'], now),
  })
}

function kindOf(
  { status, text }: Answer,
  { code, fromDatabricks }: { code: string; fromDatabricks: boolean },
): ErrorKind {
  const kind = kindOfStatus(status)
  if (kind === 'Throttled' || kind === 'Unavailable') return kind
  if (unavailable.has(code)) return 'Unavailable'
  // In Databricks' own words it is about where we call from, not about who we are.
  if (fromDatabricks && kind === 'Forbidden') return 'Forbidden'
  // A page comes from something between us and the endpoint, which knows nothing of our credentials.
  if (status === 404 || looksLikeHtml(text)) return 'Unknown'
  return 'Unauthenticated'
}

const odd = ({ status }: Answer, call: TokenCall, problem: string): DatabricksError =>
  failed(call, {
    kind: 'Unknown',
    status,
    code: status >= 300 ? 'REDIRECT' : 'NOT_A_TOKEN',
    serverMessage: `the answer cannot be used: ${problem}`,
  })

function jsonIn(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    // Not JSON: the caller says so, or reads it as another shape.
    return undefined
  }
}

/** Milliseconds in a number of seconds that may be written as digits. */
function seconds(value: Json | undefined): number | undefined {
  const number = typeof value === 'string' && /^\d{1,12}(\.\d+)?$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number * 1000 : undefined
}
