import { STATUS_CODES } from 'node:http'
import { isObject, parseJson, type Json, type JsonObject } from './json.ts'

/** What an error's body says, before anybody judges it. */
export interface ErrorBody {
  /** Only Databricks writes such a body; a proxy or a load balancer does not. */
  readonly fromDatabricks: boolean
  readonly code: string
  readonly message: string
  readonly requestId?: string | undefined
  /** Milliseconds, from google.rpc.RetryInfo. */
  readonly retryDelay?: number | undefined
}

/** Error bodies are small; what comes later in a huge one explains nothing. */
const mostText = 64 * 1024

/**
 * Reads an error's body. Databricks has several shapes, and things between us and Databricks have more;
 * they are tried from the surest to the vaguest, and the last one always fits.
 */
export function readErrorBody(status: number, text: string): ErrorBody {
  const json = jsonIn(text)
  return (
    (json && (platform(json, status) ?? scim(json, status) ?? bare(json, status))) ??
    prefixed(text) ??
    page(text, status) ??
    rest(text, status)
  )
}

/** `{"error_code": "X" or 403, "message": "…", "details": […]}`: almost every Databricks API. */
function platform(body: JsonObject, status: number): ErrorBody | undefined {
  const { error_code: code, message } = body
  if (typeof code !== 'string' && typeof code !== 'number') return undefined
  const details = Array.isArray(body['details']) ? body['details'].filter(isObject) : []
  return {
    fromDatabricks: true,
    code: code === '' ? codeOfStatus(status) : String(code),
    message: textOr(message, phrase(status)),
    requestId: detail(details, 'RequestInfo', 'request_id'),
    retryDelay: seconds(detail(details, 'RetryInfo', 'retry_delay')),
  }
}

/** `{"schemas": ["…:Error"], "detail": "…", "status": "404", "scimType": "…"}`: users and groups. */
function scim(body: JsonObject, status: number): ErrorBody | undefined {
  const { schemas, detail, scimType } = body
  const isError =
    Array.isArray(schemas) && schemas.some((name) => typeof name === 'string' && name.endsWith(':Error'))
  if (!isError && typeof detail !== 'string') return undefined
  const words = wordsIn([scimType, detail === 'null' ? undefined : detail])
  return {
    fromDatabricks: isError,
    code: `SCIM_${status}`,
    message: words.length === 0 ? 'internal SCIM error' : words.join(' '),
  }
}

/** `{"error": "…"}`: token endpoints, API 1.2, and some gateways, so it proves no Databricks. */
function bare(body: JsonObject, status: number): ErrorBody | undefined {
  const { error, error_description: description, message } = body
  const words = wordsIn([error, description, message])
  if (words.length === 0) return undefined
  const isCode = typeof error === 'string' && /^[a-z_]+$/.test(error)
  return {
    fromDatabricks: false,
    code: isCode ? error.toUpperCase() : codeOfStatus(status),
    message: words.join(': '),
  }
}

/** `CODE: message` as plain text: some endpoints of the account. */
function prefixed(text: string): ErrorBody | undefined {
  const [, code, message] = /^\s*([A-Z][A-Z_]+): (.+)/s.exec(text.slice(0, mostText)) ?? []
  return code === undefined || message === undefined ? undefined : { fromDatabricks: false, code, message }
}

/** A web page: proxies, and very old endpoints that put the message into `<pre>`. */
function page(text: string, status: number): ErrorBody | undefined {
  if (!looksLikeHtml(text)) return undefined
  const start = text.search(/<pre\b/i)
  const from = start < 0 ? -1 : text.indexOf('>', start) + 1
  const to = from <= 0 ? -1 : text.toLowerCase().indexOf('</pre>', from)
  const message = to < 0 ? '' : text.slice(from, Math.min(to, from + mostText)).trim()
  return {
    fromDatabricks: false,
    code: codeOfStatus(status),
    message: message === '' ? `${phrase(status)} (a web page instead of an API answer)` : message,
  }
}

/** Nothing, or any other words ("no healthy upstream"). */
function rest(text: string, status: number): ErrorBody {
  const words = text.slice(0, mostText).trim()
  return words === ''
    ? { fromDatabricks: false, code: codeOfStatus(status), message: `${phrase(status)} (empty answer)` }
    : { fromDatabricks: false, code: 'UNPARSEABLE_HTTP_ERROR', message: words }
}

/** Whether a text is a web page rather than an API's answer. */
export const looksLikeHtml = (text: string): boolean => /^\s*<(!doctype|html|head|body|pre)\b/i.test(text)

function jsonIn(text: string): JsonObject | undefined {
  if (!text.trimStart().startsWith('{')) return undefined
  try {
    const json = parseJson(text)
    return isObject(json) ? json : undefined
  } catch {
    // Cut off or never JSON: a vaguer shape will fit, and an error is reported either way.
    return undefined
  }
}

function detail(details: JsonObject[], type: string, field: string): string | undefined {
  const value = details.find((one) => textOr(one['@type'], '').endsWith(`google.rpc.${type}`))?.[field]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** A protobuf duration such as `3s` or `1.5s`, in milliseconds. */
const seconds = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,9}(\.\d+)?s$/.test(text) ? Number(text.slice(0, -1)) * 1000 : undefined

const wordsIn = (parts: (Json | undefined)[]): string[] =>
  parts.filter((part) => typeof part === 'string').filter((part) => part !== '')

const textOr = (value: Json | undefined, fallback: string): string =>
  typeof value === 'string' && value !== '' ? value : fallback
const phrase = (status: number): string => STATUS_CODES[status] ?? `status ${status}`
const codeOfStatus = (status: number): string =>
  phrase(status)
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
