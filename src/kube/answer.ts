import { isObject, parseJson, type Json, type JsonObject } from '../databricks/json.ts'
import { redact } from '../databricks/redact.ts'
import { errorOfStatus } from './error-status.ts'
import { KubeError } from './kube-error.ts'
import { secondsUntil } from './retry-after.ts'

/** What was asked of whom, as whom, and what of it no error may repeat. */
export interface Asked {
  /** Verb and path. */
  call: string
  server: string
  /** Where the credential comes from, for people. */
  credential: string
  secrets: readonly string[]
}

/** What came back over the wire, before anybody judged it. Of a header that came several times the first counts. */
export interface Answer {
  status: number
  retryAfter: string | undefined
  location: string | undefined
  encoding: string | undefined
  text: string
}

/** The object in a good answer, or the error that a bad one means. */
export function readAnswer(asked: Asked, answer: Answer, now: number): JsonObject {
  if (answer.status >= 400) throw errorOf(asked, answer, now)
  const body = answer.status >= 200 && answer.status < 300 ? jsonIn(answer) : undefined
  if (isObject(body)) return body
  throw malformed(asked, answer.status, shown(asked, answer))
}

/** The error that an answer means which no Kubernetes API server gives; `what` says what came. */
export function malformed(asked: Pick<Asked, 'call' | 'server'>, status: number, what: string): KubeError {
  const message = `${asked.call}: not Kubernetes' answer but ${what}: check the address ${asked.server} and any proxy in between`
  // Without a cause: the parser's words repeat a piece of the text, and a proxy's text may repeat our headers.
  return new KubeError(message, { status, reason: 'Malformed' })
}

function errorOf(asked: Asked, answer: Answer, now: number): KubeError {
  const { call, server, credential, secrets } = asked
  const { status } = answer
  const body = jsonIn(answer)
  const isStatus = isObject(body) && body['kind'] === 'Status'
  const message = `HTTP ${status} ${shown(asked, answer)}`.trimEnd()
  const said = errorOfStatus(call, isStatus ? body : { code: status, message }, secrets)
  const seconds = secondsUntil(answer.retryAfter, now) ?? said.retryAfterSeconds
  const remedy: Record<number, string> = {
    401: `: ${server} does not take the credential of ${credential}`,
    407: ': a proxy on the way wants to know who we are; give the proxy-url a user',
  }
  return new KubeError(said.message + (remedy[status] ?? ''), {
    status,
    reason: said.reason,
    ...(said.details !== undefined && { details: said.details }),
    ...(seconds !== undefined && { retryAfterSeconds: seconds }),
  })
}

/** What came instead of Kubernetes' words, fit to be shown. */
function shown({ server, secrets }: Asked, { status, location, encoding, text }: Answer): string {
  // Only the host: the query of a login page carries tokens of its own.
  if (status >= 300 && status < 400)
    return `a redirect to ${URL.parse(location ?? '', server)?.host ?? 'nowhere'}, which is never followed`
  if (encoding !== undefined && encoding !== 'identity')
    return `the encoding "${redact(encoding, secrets).slice(0, 20)}", which nobody asked for`
  if (/^\s*<(!doctype|html|head|body)/i.test(text)) return 'a web page'
  if (text.trim() === '') return status >= 400 ? '' : 'nothing'
  return redact(text, secrets).slice(0, 300)
}

/** Whatever made it unreadable (cut off, nested too deeply), the caller reports the text itself. */
function jsonIn({ text }: Answer): Json | undefined {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}
