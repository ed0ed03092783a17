import { nameOf, type Call } from './call.ts'
import { looksLikeHtml } from './error-body.ts'
import { DatabricksError, type ErrorKind } from './errors.ts'
import type { Answer } from './exchange.ts'
import { isObject, parseJson, type JsonObject } from './json.ts'
import { redact } from './redact.ts'

/** An answer without an error status. */
export interface Welcome {
  readonly call: Call
  readonly answer: Answer
  readonly host: string
  readonly secrets: readonly string[]
}

/**
 * The object in a good answer, `{}` for an empty one. A redirect, a login page under status 200 and
 * broken JSON are no good answers: they throw, and `answered` is false because the call may have worked.
 */
export function succeeded({ call, answer, host, secrets }: Welcome): JsonObject {
  const { status, text } = answer
  const failed = ({ kind = 'Unknown', code, message }: Problem): DatabricksError =>
    new DatabricksError({
      kind,
      call: nameOf(call),
      status,
      code,
      serverMessage: redact(message, secrets),
      answered: false,
    })
  if (status < 200 || status >= 300) throw failed(redirect(answer, host))
  if (text.trim() === '') return {}
  if (looksLikeHtml(text)) {
    throw failed({
      code: 'NOT_AN_API',
      message: `${host} answered with a web page; check that it is the address of a workspace and that nothing between asks for a login`,
    })
  }
  const json = jsonIn(text)
  if (isObject(json)) return json
  throw failed({ code: 'NOT_JSON', message: `no JSON object came back, but: ${text.slice(0, 200)}` })
}

interface Problem {
  readonly kind?: ErrorKind
  readonly code: string
  readonly message: string
}

function redirect({ status, headers }: Answer, host: string): Problem {
  const location = headers['location']
  // Only the host: the query of a login page carries tokens of its own.
  const target = location === undefined ? undefined : URL.parse(location, host)
  if (target?.search.includes('private-link-validation-error')) {
    return {
      kind: 'Forbidden',
      code: 'PRIVATE_LINK_VALIDATION_ERROR',
      message: `${host} may only be reached through its private link; run where that network is reachable`,
    }
  }
  const where = target === undefined || target === null ? 'elsewhere' : `to ${target.host}`
  return {
    code: 'REDIRECT',
    message:
      status >= 300
        ? `${host} redirects ${where}, which is never followed; use the address of the workspace itself`
        : `${host} answered with a status that no API call has`,
  }
}

function jsonIn(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    // Whatever made it unreadable (cut off, nested too deeply), the caller reports the text itself.
    return undefined
  }
}
