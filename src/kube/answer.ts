import { isObject, parseJson, type Json } from '../databricks/json.ts'
import { KubeError, type KubeErrorDetails } from './kube-error.ts'

/** What came back over the wire, before anybody judged it. */
export interface Answer {
  status: number
  retryAfter: string | undefined
  text: string
}

/**
 * A bare integer too long for a JavaScript number, as a manifest's extraFields may hold it. Ids inside
 * quotes, which nearly every object has, must not cost the slow parse.
 */
const mayHoldBareBigInteger = /[:[,]\s*-?[0-9]{16}/

/** Parses the API server's JSON without loss; throws SyntaxError as JSON.parse does. */
export const parseAnswer = (text: string): Json =>
  mayHoldBareBigInteger.test(text) ? parseJson(text) : (JSON.parse(text) as Json)

/** The body of a good answer, or the error that a bad one means. `call` says which call it was. */
export function readAnswer(call: string, answer: Answer, now: number): Json {
  if (answer.status >= 400) throw errorOf(call, answer, now)
  try {
    return parseAnswer(answer.text)
  } catch (cause) {
    const what = `${call}: the answer is not JSON, so this is not a Kubernetes API server: ${cut(answer.text)}`
    throw new KubeError(what, { status: answer.status, reason: 'Malformed', cause })
  }
}

/**
 * The error that a Status object means, whether it is the body of an answer or an event of a watch.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */
export function errorOfStatus(call: string, status: Json): KubeError {
  const fields = isObject(status) ? status : {}
  const code = typeof fields.code === 'number' ? fields.code : 0
  const reason = typeof fields.reason === 'string' && fields.reason !== '' ? fields.reason : `HTTP ${code}`
  const message = typeof fields.message === 'string' ? fields.message : reason
  const details = isObject(fields.details) ? (fields.details as KubeErrorDetails) : undefined
  return new KubeError(`${call}: ${message}`, {
    status: code,
    reason,
    ...(details !== undefined && { details }),
    ...(typeof details?.retryAfterSeconds === 'number' && { retryAfterSeconds: details.retryAfterSeconds }),
  })
}

function errorOf(call: string, answer: Answer, now: number): KubeError {
  const said = errorOfStatus(call, statusIn(answer))
  const seconds = secondsOf(answer.retryAfter, now) ?? said.retryAfterSeconds
  return new KubeError(said.message, {
    status: answer.status,
    reason: said.reason,
    ...(said.details !== undefined && { details: said.details }),
    ...(seconds !== undefined && { retryAfterSeconds: seconds }),
  })
}

/** The Status in an answer; a proxy in between, or the server's own early refusals, answer plain text. */
function statusIn({ status, text }: Answer): Json {
  try {
    const body = parseAnswer(text)
    if (isObject(body) && body.kind === 'Status') return body
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  return { code: status, message: `HTTP ${status} ${cut(text)}`.trimEnd() }
}

/** Retry-After is a number of seconds or a date (RFC 9110, 10.2.3). */
function secondsOf(retryAfter: string | undefined, now: number): number | undefined {
  if (retryAfter === undefined) return undefined
  if (/^[0-9]+$/.test(retryAfter)) return Number(retryAfter)
  const date = Date.parse(retryAfter)
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1_000)
}

const cut = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)}…` : text).trim()
