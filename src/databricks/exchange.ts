import type { Dispatcher } from 'undici'

/** Enough for a page of a hundred jobs with a thousand tasks each; more is a fault or an attack. */
export const mostAnswerBytes = 32 * 1024 * 1024

/** One HTTP request as it goes out. */
export interface Outgoing {
  readonly dispatcher: Dispatcher
  readonly origin: string
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  /** Path and query. */
  readonly target: string
  readonly headers: Record<string, string>
  readonly body: string | undefined
  readonly signal: AbortSignal
  /** How many bytes an answer may have. */
  readonly mostBytes?: number
}

/** A whole HTTP answer. Of a header that came several times the first value counts. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
}

/** The server sends more than anybody may make us hold in memory. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge'
  readonly status: number

  constructor(status: number, most: number) {
    super(`the answer is larger than ${most / 1024 / 1024} MiB`)
    this.status = status
  }
}

/**
 * Sends one request and reads the whole answer. Redirects are answers like any other: following one
 * would carry the credentials to a host that nobody allowed. It rejects with the signal's reason when
 * aborted, with AnswerTooLarge, or with what the network reports.
 */
export async function exchange(outgoing: Outgoing): Promise<Answer> {
  const { dispatcher, origin, method, target, headers, body, signal } = outgoing
  const response = await dispatcher.request({
    origin,
    method,
    path: target,
    headers,
    signal,
    body: body ?? null,
    // The caller's signal is the one deadline; the dispatcher's own timers restart with each byte.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const status = response.statusCode
  const text = await textOf(response.body, { status, most: outgoing.mostBytes ?? mostAnswerBytes })
  return { status, headers: firstOf(response.headers), text }
}

async function textOf(
  body: AsyncIterable<Buffer>,
  { status, most }: { status: number; most: number },
): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  // Leaving the loop destroys the stream and with it the connection.
  for await (const chunk of body) {
    size += chunk.length
    if (size > most) throw new AnswerTooLarge(status, most)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size).toString()
}

const firstOf = (headers: Record<string, string | string[] | undefined>): Answer['headers'] =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  )
