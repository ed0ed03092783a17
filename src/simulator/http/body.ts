import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { isObject, parseJson, type Json, type JsonObject } from '../../databricks/json.ts'
import { invalidParameter, malformedRequest, Refusal } from './refusal.ts'

/** More than any legal request needs: a job of 1000 tasks is about a megabyte. */
const mostBytes = 10 * 1024 * 1024

/** So much of a body that is too long is taken off the wire, unread, so that its sender gets to see the answer. */
const mostDiscardedBytes = 256 * 1024 * 1024

const tooLong = new Refusal(413, 'MALFORMED_REQUEST', {
  message: `The request body exceeds ${mostBytes} bytes`,
})

const noJson = 'Invalid JSON given in the body of the request - failed to parse given JSON'

/** Whether a request says by itself that its body is too long. */
export const declaredTooLong = ({ headers }: IncomingMessage): boolean =>
  Number(headers['content-length'] ?? 0) > mostBytes

/** The text of a body; a refusal as soon as it is too long. Rejects if the client goes away. */
export async function readBody(request: IncomingMessage): Promise<string | Refusal> {
  if (declaredTooLong(request)) {
    discard(request)
    return tooLong
  }
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > mostBytes) {
      discard(request)
      return tooLong
    }
    chunks.push(chunk)
  }
  const body = Buffer.concat(chunks)
  return isUtf8(body) ? body.toString('utf8') : malformedRequest(noJson)
}

/** Lets the rest of a body pass. A client that reads only after it has sent all would be cut off otherwise. */
function discard(request: IncomingMessage): void {
  let length = 0
  request.on('error', () => {})
  request.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length > mostDiscardedBytes) request.destroy()
  })
}

/** Far more than any legal request has; what works on a body may call itself as often without overflowing the stack. */
const mostLevels = 200

/** The JSON object in a body's text; no text is an empty object. */
export function parseBody(text: string): JsonObject | Refusal {
  if (text.trim() === '') return {}
  if (isTooDeep(text)) return malformedRequest(noJson)
  try {
    const body = parseJson(text)
    return isObject(body) ? withoutNulls(body) : malformedRequest('The request body must be a JSON object')
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return malformedRequest(noJson)
  }
}

/** Whether lists and objects in a JSON text lie deeper in one another than anybody needs. */
function isTooDeep(text: string): boolean {
  let level = 0
  let isInString = false
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index]
    if (isInString && character === '\\') index += 1
    else if (character === '"') isInString = !isInString
    else if (!isInString && (character === '[' || character === '{')) level += 1
    else if (!isInString && (character === ']' || character === '}')) level -= 1
    if (level > mostLevels) return true
  }
  return false
}

function withoutNulls(value: JsonObject): JsonObject {
  const kept: JsonObject = {}
  for (const [key, member] of Object.entries(value)) {
    if (member === null) continue
    // defineProperty and not assignment: a member may be called __proto__.
    Object.defineProperty(kept, key, {
      value: cleaned(member),
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
  return kept
}

function cleaned(value: Json): Json {
  if (Array.isArray(value)) return value.map(cleaned)
  return isObject(value) ? withoutNulls(value) : value
}

/**
 * A body in the shape that a call takes. Members that the shape does not know are dropped without a word,
 * as the service does; a missing one and one of the wrong type are refused by name.
 */
export function shaped<Shape extends z.ZodType>(schema: Shape, body: JsonObject): z.infer<Shape> | Refusal {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const path = issue?.path ?? []
  const field = path.join('.')
  if (isAbsent(body, path)) return invalidParameter(`Missing required field: ${field}`)
  return malformedRequest(
    `Could not parse request object: field '${field}': ${issue?.message ?? 'wrong type'}`,
  )
}

function isAbsent(body: Json, path: readonly PropertyKey[]): boolean {
  let value: Json | undefined = body
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return true
    value = (value as Record<PropertyKey, Json>)[key]
  }
  return value === undefined
}
