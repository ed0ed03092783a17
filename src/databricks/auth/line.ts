import type { Dispatcher } from 'undici'
import type { Clock } from '../../clock.ts'
import type { Call } from '../call.ts'
import { withDeadline } from '../deadline.ts'
import { DatabricksError, type ErrorKind } from '../errors.ts'
import { exchange, type Answer } from '../exchange.ts'
import { errorOfNetwork } from '../network-error.ts'

/** How token endpoints are reached: the way out that calls take, and none of their credentials. */
export interface Line {
  readonly dispatcher: Dispatcher
  readonly clock: Clock
  readonly random: () => number
  /** Milliseconds for one request. */
  readonly requestTimeout: number
  readonly userAgent: string
  /** Hears of every request that was sent. */
  readonly onRequest?: (request: SentTokenRequest) => void
}

/** A request about tokens that has ended, in words of which there are few. */
export interface SentTokenRequest {
  readonly outcome: 'Success' | ErrorKind | 'Aborted'
  readonly seconds: number
}

/** One request about tokens. */
export interface TokenCall {
  readonly method: 'GET' | 'POST'
  /** Whole address; it was checked. */
  readonly url: string
  readonly authorization?: string
  readonly form?: Readonly<Record<string, string>>
  /** Never to be repeated, whoever repeats them to us. */
  readonly secrets: readonly string[]
}

/** Answers about tokens are small. */
const mostBytes = 1024 * 1024

/** All tries together, in milliseconds. */
const mostTime = 60_000
const firstWait = 1_000
const longestWait = 60_000

/** What a moment may mend, as statuses and as codes of a broken connection; nothing else is tried again. */
const passing = new Set([429, 502, 503, 504])
const broken = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
])

/** A request about tokens, and what turns an answer into what it means or throws why it is none. */
export interface Question<T> {
  readonly call: TokenCall
  readonly judge: (answer: Answer) => T
}

/**
 * Sends a request about tokens until it is answered for good, for a minute at most: a token endpoint that is
 * away for a moment must not make every object of a workspace wait.
 */
export async function ask<T>(line: Line, question: Question<T>, signal: AbortSignal): Promise<T> {
  const { clock, random } = line
  const began = clock.monotonic()
  for (let tries = 1; ; tries += 1) {
    try {
      return await send(line, question, signal)
    } catch (error) {
      if (!isPassing(error)) throw error
      // Full jitter: many workspaces may lose the same endpoint at the same moment.
      const step = random() * Math.min(firstWait * 2 ** (tries - 1), longestWait)
      const wait = Math.max(step, error.retryAfter ?? 0)
      if (clock.monotonic() - began + wait >= mostTime) throw error
      await clock.sleep(wait, signal)
    }
  }
}

const isPassing = (error: unknown): error is DatabricksError =>
  error instanceof DatabricksError &&
  (error.status === 0 ? broken.has(error.code) : passing.has(error.status))

/** One try, and a word to those who count. */
export async function send<T>(line: Line, { call, judge }: Question<T>, signal: AbortSignal): Promise<T> {
  const began = line.clock.monotonic()
  const tell = (outcome: SentTokenRequest['outcome']) =>
    line.onRequest?.({ outcome, seconds: (line.clock.monotonic() - began) / 1_000 })
  try {
    const meaning = judge(await exchangeOnce(line, call, signal))
    tell('Success')
    return meaning
  } catch (error) {
    tell(error instanceof DatabricksError ? error.kind : 'Aborted')
    throw error
  }
}

function exchangeOnce(line: Line, call: TokenCall, signal: AbortSignal): Promise<Answer> {
  const { clock, dispatcher, requestTimeout, userAgent } = line
  const { method, url, authorization, form, secrets } = call
  const { origin, pathname, search } = new URL(url)
  const late = () =>
    failed(call, {
      kind: 'Unavailable',
      status: 0,
      code: 'TIMEOUT',
      serverMessage: 'no complete answer in time',
    })
  return withDeadline({ clock, milliseconds: requestTimeout, signal, late }, (signal) =>
    exchange({
      dispatcher,
      origin,
      method,
      target: pathname + search,
      mostBytes,
      signal,
      body: form === undefined ? undefined : new URLSearchParams(form).toString(),
      headers: {
        accept: 'application/json',
        'user-agent': userAgent,
        ...(authorization !== undefined && { authorization }),
        ...(form !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
    }).catch((error: unknown) => {
      const found = errorOfNetwork({ call: named(call), error, secrets })
      throw found instanceof DatabricksError ? failed(call, found) : found
    }),
  )
}

/** Errors name the whole address, which need not be the workspace's. */
const named = ({ method, url }: TokenCall): Call => ({
  method,
  path: url.replace(/\?.*$/, ''),
  effect: 'idempotent',
})

/** A failure on the way to a token: the call that the token was for has not been sent. */
export function failed(
  call: TokenCall,
  facts: Pick<DatabricksError, 'kind' | 'status' | 'code' | 'serverMessage'> & {
    requestId?: string | undefined
    retryAfter?: number | undefined
  },
): DatabricksError {
  const { kind, status, code, serverMessage, requestId, retryAfter } = facts
  const name = `${call.method} ${named(call).path}`
  return new DatabricksError({
    kind,
    call: name,
    status,
    code,
    serverMessage,
    requestId,
    retryAfter,
    answered: false,
    sent: false,
  })
}
