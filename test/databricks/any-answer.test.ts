import { createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { Agent } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Call } from '../../src/databricks/call.ts'
import { DatabricksError, provesNothingHappened, type ErrorKind } from '../../src/databricks/errors.ts'
import { isObject } from '../../src/databricks/json.ts'
import { ManualClock } from '../manual-clock.ts'
import { clientFor, goodToken, requestTimeout } from './fake-host.ts'

/*
 * Whatever bytes come back, a call ends: with an object, or with one of the eight errors, fit to be shown.
 * The answers are written to the socket as they are, so that they may be worse than any HTTP server's.
 */

const kinds: readonly ErrorKind[] = [
  'Missing',
  'Conflict',
  'Throttled',
  'Unauthenticated',
  'Forbidden',
  'Invalid',
  'Unavailable',
  'Unknown',
]

/** The bytes of one answer; the connection is closed behind it, so that no answer is waited for in vain. */
type Answer = Buffer

const codes = [
  'INVALID_PARAMETER_VALUE',
  'INVALID_STATE',
  'RESOURCE_DOES_NOT_EXIST',
  'PERMISSION_DENIED',
  'REQUEST_LIMIT_EXCEEDED',
  'TEMPORARILY_UNAVAILABLE',
  'RESOURCE_ALREADY_EXISTS',
  'UNHEARD_OF',
  '',
]
const words = fc.oneof(
  fc.string({ maxLength: 200 }),
  fc.constantFrom(
    'Job 7 does not exist.',
    'Invalid access token.',
    'Token is expired',
    `you sent Bearer ${goodToken}`,
    'Cluster x is in unexpected state Running.',
    '\u0000\u001b[31mred\u2028\r\nSet-Cookie: a=b',
    'x'.repeat(5_000),
  ),
)
const details = fc.oneof(
  fc.jsonValue(),
  fc.array(
    fc.record({
      '@type': fc.constantFrom('type.googleapis.com/google.rpc.RequestInfo', 'google.rpc.RetryInfo', '?'),
      request_id: fc.oneof(words, fc.integer()),
      retry_delay: fc.constantFrom('3s', '1e9s', '-1s', '99999999999s', '', 7),
    }),
    { maxLength: 3 },
  ),
)
const platformBody = fc
  .record(
    {
      error_code: fc.oneof(fc.constantFrom(...codes), fc.integer(), fc.jsonValue()),
      message: fc.oneof(words, fc.jsonValue()),
      details,
      detail: words,
      error: words,
      error_description: fc.oneof(words, fc.jsonValue()),
      scimType: words,
      schemas: fc.constantFrom(['urn:ietf:params:scim:api:messages:2.0:Error'], [], 'x', null),
      next_page_token: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  .map((body) => JSON.stringify(body))

const body: fc.Arbitrary<Buffer> = fc.oneof(
  platformBody.map((text) => Buffer.from(text)),
  platformBody.chain((text) => fc.nat(text.length).map((end) => Buffer.from(text.slice(0, end)))),
  fc.json().map((text) => Buffer.from(text)),
  words.map((text) => Buffer.from(`<html><body><pre>${text}</pre>`)),
  words.map((text) => Buffer.from(`CODE: ${text}`)),
  words.map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  fc.constant(Buffer.alloc(0)),
  fc.constant(Buffer.from('['.repeat(20_000))),
  fc.constant(Buffer.from('{"a":1e999,"b":99999999999999999999999999999999,"__proto__":{"x":1}}')),
  platformBody.map((text) => gzipSync(text)),
)

const header = fc.oneof(
  fc.constantFrom(
    'Retry-After: 1',
    'Retry-After: -5',
    'Retry-After: soon',
    'Retry-After: 999999999999999999',
    'Retry-After: Wed, 21 Oct 2099 07:28:00 GMT',
    'X-Request-Id: ' + 'r'.repeat(3_000),
    `X-Databricks-Reason-Phrase: Bearer ${goodToken}`,
    'X-Databricks-Org-Id: ../../1',
    'Location: http://169.254.169.254/latest',
    'Location: not an address',
    'Location: //',
    'Content-Encoding: gzip',
    'Content-Type: text/html; charset=utf-16',
    'Transfer-Encoding: chunked',
    'Set-Cookie: a=b',
    'no colon here',
    ': nothing before it',
  ),
  fc.string({ maxLength: 30 }).map((text) => `X-Any: ${text}`),
)

const status = fc.oneof(
  fc.constantFrom(200, 200, 201, 204, 302, 307, 400, 401, 403, 404, 409, 429, 499, 500, 502, 503, 504),
  fc.integer({ min: 200, max: 599 }),
  fc.constantFrom(0, 99, 100, 101, 600, 999),
)

const framed: fc.Arbitrary<Answer> = fc
  .record({ status, body, headers: fc.array(header, { maxLength: 3 }), lie: fc.constantFrom(0, 0, 0, -3, 5) })
  .map(({ status, body, headers, lie }) => {
    const length = Math.max(0, body.length + lie)
    const head = [`HTTP/1.1 ${status} Whatever`, `Content-Length: ${length}`, 'Connection: close', ...headers]
    return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body])
  })
const answer: fc.Arbitrary<Answer> = fc.oneof(
  { weight: 20, arbitrary: framed },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 1,
    arbitrary: framed.chain((bytes) => fc.nat(bytes.length).map((end) => bytes.subarray(0, end))),
  },
)

const call: fc.Arbitrary<Call> = fc.constantFrom<Call>(
  { method: 'GET', path: '/api/2.2/jobs/get', query: { job_id: '7' }, effect: 'read' },
  { method: 'GET', path: '/api/2.1/clusters/get', query: { cluster_id: 'x' }, effect: 'read' },
  { method: 'POST', path: '/api/2.2/jobs/create', body: { name: 'n' }, effect: 'create' },
  { method: 'POST', path: '/api/2.1/clusters/edit', body: { cluster_id: 'x' }, effect: 'idempotent' },
  { method: 'PATCH', path: '/api/2.1/unity-catalog/permissions/schema/a.b', body: {}, effect: 'idempotent' },
  { method: 'GET', path: '/api/2.0/preview/scim/v2/Me', effect: 'read' },
)

/** Waits between tries are over at once; only the deadline of a request, which no answer here reaches, stands. */
class HastyClock extends ManualClock {
  override sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return milliseconds === requestTimeout ? super.sleep(milliseconds, signal) : Promise.resolve()
  }
}

/** A socket that says what it is told, in turn, to whoever sends a whole request, and hangs up. */
const queue: Answer[] = []
const server = createServer((socket: Socket) => {
  let received = ''
  socket.on('error', () => undefined)
  socket.on('data', (bytes) => {
    received += bytes.toString('latin1')
    const [head, ...rest] = received.split('\r\n\r\n')
    const length = Number(/content-length: (\d+)/i.exec(head ?? '')?.[1] ?? 0)
    if (rest.length === 0 || rest.join('\r\n\r\n').length < length) return
    socket.end(queue.shift() ?? framedOk)
  })
})
const framedOk = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}')
const dispatcher = new Agent({ pipelining: 0 })

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
afterAll(async () => {
  await dispatcher.destroy()
  server.close()
})

const cases = 20_000
/** So many are under way at once. */
const together = 20
/** The same cases each time: a failure can be looked at again. */
const seed = 20_261_125

describe('whatever a server answers', () => {
  it(`ends as an object or as one of the eight errors (${cases} answers)`, async () => {
    const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { databricks } = clientFor({ host, dispatcher }, { clock: new HastyClock() })
    const seen = new Map<string, number>()
    const samples = fc.sample(fc.tuple(call, answer), { numRuns: cases, seed })
    for (let from = 0; from < cases; from += together) {
      const pairs = samples.slice(from, from + together)
      queue.splice(0, queue.length, ...pairs.map(([, bytes]) => bytes))
      const outcomes = await Promise.all(
        pairs.map(([one]) => databricks.call(one).catch((error: unknown) => error)),
      )
      for (const outcome of outcomes) {
        const name = outcome instanceof DatabricksError ? outcome.kind : 'Object'
        seen.set(name, (seen.get(name) ?? 0) + 1)
        if (outcome instanceof DatabricksError) expectFit(outcome)
        else expect(isObject(outcome) && !(outcome instanceof Error), told(outcome, pairs)).toBe(true)
      }
    }
    // Not one of them is out of reach of these answers: otherwise the test would look at too little.
    expect([...seen.keys()].toSorted()).toEqual(['Object', ...kinds].toSorted())
  }, 120_000)
})

/** What came out, and the answers of the same moment, cut. */
const told = (outcome: unknown, pairs: readonly (readonly [Call, Answer])[]): string =>
  [String(outcome), ...pairs.map(([, bytes]) => JSON.stringify(bytes.toString('latin1').slice(0, 200)))].join(
    '\n',
  )

function expectFit(error: DatabricksError): void {
  expect(kinds).toContain(error.kind)
  expect(error.message).not.toContain(goodToken)
  expect(Buffer.byteLength(error.message)).toBeLessThan(2_000)
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  expect(error.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/)
  expect(error.message.startsWith(error.call)).toBe(true)
  if (error.retryAfter !== undefined) expect(error.retryAfter).toBeGreaterThanOrEqual(0)
  if (provesNothingHappened(error)) {
    expect(error.answered).toBe(true)
    expect(error.status).toBeGreaterThanOrEqual(400)
    expect(error.status).toBeLessThan(500)
  }
  if (error.kind === 'Missing') expect(error.status).not.toBe(403)
}
