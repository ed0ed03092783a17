import { createServer, type AddressInfo, type Socket } from 'node:net'
import { inspect } from 'node:util'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KubeClient } from '../../src/kube/client.ts'
import { KubeError } from '../../src/kube/kube-error.ts'
import { watchOnce } from '../../src/kube/watch.ts'
import { ManualClock } from '../manual-clock.ts'

/*
 * Whatever bytes come back, a call to the API server ends: with a value, or with a KubeError fit to be shown. The
 * answers are written to the socket as they are, so that they may be worse than any HTTP server's.
 */

const token = 'tok-4711-hush-hush'

const words = fc.oneof(
  fc.string({ maxLength: 200 }),
  fc.constantFrom(
    'the object has been modified',
    `you sent Bearer ${token}`,
    token,
    '\u0000\u001b[31mred\u2028\r\nSet-Cookie: a=b',
    'x'.repeat(5_000),
  ),
)
const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(404, 409, 410, 1e300, -1))
const details = fc.oneof(
  fc.jsonValue(),
  fc.record(
    {
      name: words,
      causes: fc.oneof(
        fc.array(fc.record({ field: words, message: words }), { maxLength: 3 }),
        fc.jsonValue(),
      ),
      retryAfterSeconds: fc.oneof(number, words),
    },
    { requiredKeys: [] },
  ),
)
const status = fc.record(
  {
    kind: fc.constantFrom('Status', 'Status', 'Widget'),
    code: fc.oneof(number, words),
    reason: fc.oneof(fc.constantFrom('Conflict', 'Expired', 'NotFound'), words, number),
    message: fc.oneof(words, fc.jsonValue()),
    details,
  },
  { requiredKeys: ['kind'] },
)
const metadata = fc.oneof(
  fc.record(
    {
      name: words,
      uid: words,
      resourceVersion: fc.oneof(fc.constantFrom('1', '2', ''), words, number),
      continue: fc.constantFrom('', 7, null),
    },
    { requiredKeys: [] },
  ),
  fc.jsonValue(),
)
const object = fc.record(
  {
    kind: fc.constant('Widget'),
    metadata,
    items: fc.oneof(fc.array(fc.record({ metadata }), { maxLength: 3 }), fc.jsonValue()),
  },
  { requiredKeys: [] },
)
const event = fc.record(
  {
    type: fc.oneof(
      fc.constantFrom('ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR', 'NEW'),
      fc.jsonValue(),
    ),
    object: fc.oneof(object, status, fc.jsonValue()),
  },
  { requiredKeys: [] },
)

const page = fc.record({
  metadata: fc.record({ resourceVersion: fc.constant('7') }),
  items: fc.array(fc.record({ metadata: fc.record({ name: words, uid: words }) }), { maxLength: 3 }),
})

const text = fc.oneof(status, object, event, page, fc.jsonValue()).map((value) => JSON.stringify(value))
const body: fc.Arbitrary<Buffer> = fc.oneof(
  text.map((json) => Buffer.from(json)),
  fc.array(text, { maxLength: 4 }).map((lines) => Buffer.from(lines.map((line) => `${line}\n`).join(''))),
  text.chain((json) => fc.nat(json.length).map((end) => Buffer.from(json.slice(0, end)))),
  words.map((inside) => Buffer.from(`<html><body><pre>${inside}</pre>`)),
  words.map((plain) => Buffer.from(plain)),
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  fc.constant(Buffer.alloc(0)),
  fc.constant(Buffer.from('['.repeat(20_000))),
  fc.constant(Buffer.from(`${'{"a":'.repeat(9_000)}99999999999999999999${'}'.repeat(9_000)}`)),
  fc.constant(Buffer.from('{"a":1e999,"b":99999999999999999999999999999999,"__proto__":{"x":1}}')),
  text.map((json) => gzipSync(json)),
)

const header = fc.oneof(
  fc.constantFrom(
    'Retry-After: 1',
    'Retry-After: -5',
    'Retry-After: soon',
    'Retry-After: 999999999999999999',
    'Retry-After: Wed, 21 Oct 2099 07:28:00 GMT',
    'Location: http://169.254.169.254/latest',
    `Location: https://login.example/?${token}`,
    'Location: not an address',
    'Location: //',
    'Content-Encoding: gzip',
    `Content-Encoding: ${token}`,
    'Content-Type: text/html; charset=utf-16',
    'Transfer-Encoding: chunked',
    'Set-Cookie: a=b',
    'no colon here',
    ': nothing before it',
  ),
  fc.string({ maxLength: 30 }).map((any) => `X-Any: ${any}`),
)
const code = fc.oneof(
  fc.constantFrom(200, 200, 200, 200, 201, 204, 302, 307, 400, 401, 403, 404, 409, 410, 429, 500, 503, 504),
  fc.integer({ min: 200, max: 599 }),
  fc.constantFrom(0, 99, 100, 101, 600, 999),
)
const framed: fc.Arbitrary<Buffer> = fc
  .record({ code, body, headers: fc.array(header, { maxLength: 3 }), lie: fc.constantFrom(0, 0, 0, -3, 5) })
  .map(({ code: said, body: bytes, headers, lie }) => {
    const length = Math.max(0, bytes.length + lie)
    const head = [`HTTP/1.1 ${said} Whatever`, `Content-Length: ${length}`, 'Connection: close', ...headers]
    return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes])
  })
/** The bytes of one answer; the connection is closed behind it, so that no answer is waited for in vain. */
const answer: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 20, arbitrary: framed },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 1,
    arbitrary: framed.chain((bytes) => fc.nat(bytes.length).map((end) => bytes.subarray(0, end))),
  },
)

const callTimeout = 30_000
/** Waits between tries are over at once; only the deadline of a call, which no answer here reaches, stands. */
class HastyClock extends ManualClock {
  override sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return milliseconds >= callTimeout ? super.sleep(milliseconds, signal) : Promise.resolve()
  }
}
const clock = new HastyClock()

/** A socket that says what it is told, in turn, to whoever sends a whole request, and hangs up. */
const queue: Buffer[] = []
const good = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}')
const server = createServer((socket: Socket) => {
  let received = ''
  socket.on('error', () => undefined)
  socket.on('data', (bytes) => {
    received += bytes.toString('latin1')
    const [head, ...rest] = received.split('\r\n\r\n')
    const length = Number(/content-length: (\d+)/i.exec(head ?? '')?.[1] ?? 0)
    if (rest.length === 0 || rest.join('\r\n\r\n').length < length) return
    socket.end(queue.shift() ?? good)
  })
})

let client: KubeClient

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const credential = { headers: { authorization: `Bearer ${token}` }, tls: { rejectUnauthorized: true } }
  const access = {
    name: 'the kubeconfig F',
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credential: () => Promise.resolve(credential),
    renew: () => undefined,
  }
  client = new KubeClient({ access, clock, random: () => 1 })
})
afterAll(async () => {
  await client.close()
  server.close()
})

const ways = {
  get: () => client.get('/x'),
  create: () => client.create('/x', { a: 1 }),
  patch: () => client.patch({ type: 'json', path: '/x', body: [] }),
  delete: () => client.request({ method: 'DELETE', path: '/x' }),
  page: () => client.pages('/x', { limit: 250 }).next(),
  /** Never throws: its end is its value. */
  watch: async () => {
    const signal = new AbortController().signal
    const [onOpen, onEvent] = [() => undefined, () => undefined]
    const end = await watchOnce({ client, path: '/x', version: '1', clock, signal, onOpen, onEvent })
    return 'error' in end && end.error instanceof KubeError ? Promise.reject(end.error) : end
  },
} satisfies Record<string, () => Promise<unknown>>

const cases = 20_000
/** So many are under way at once. */
const together = 20
/** The same cases each time: a failure can be looked at again. */
const seed = 20_261_125

const way = fc.constantFrom(...(Object.keys(ways) as (keyof typeof ways)[]))

describe('whatever a server answers', () => {
  it(`ends as a value or as a KubeError (${cases} answers)`, async () => {
    const seen = new Set<string>()
    const samples = fc.sample(fc.tuple(way, answer), { numRuns: cases, seed })
    for (let from = 0; from < cases; from += together) {
      const pairs = samples.slice(from, from + together)
      queue.splice(0, queue.length, ...pairs.map(([, bytes]) => bytes))
      const outcomes = await Promise.allSettled(pairs.map(([name]) => ways[name]()))
      for (const [index, outcome] of outcomes.entries()) {
        seen.add(outcome.status === 'fulfilled' ? `${pairs[index]?.[0]}` : kindOf(outcome.reason))
        if (outcome.status === 'rejected') expectFit(outcome.reason, pairs)
      }
    }
    // None of these ends is out of reach of these answers: otherwise the test would look at too little.
    const ours = ['Unreachable', 'Malformed', 'Conflict', 'NotFound', 'Expired', 'HTTP 403']
    expect([...seen]).toEqual(expect.arrayContaining([...Object.keys(ways), ...ours]))
  }, 180_000)
})

const kindOf = (error: unknown): string => (error instanceof KubeError ? error.reason : String(error))

function expectFit(error: unknown, pairs: readonly (readonly [string, Buffer])[]): void {
  const said = pairs.map(
    ([name, bytes]) => `${name} ${JSON.stringify(bytes.toString('latin1').slice(0, 200))}`,
  )
  if (!(error instanceof KubeError)) return expect.unreachable([inspect(error), ...said].join('\n'))
  expect(error.message).toMatch(/^(GET|POST|PATCH|DELETE|WATCH) \/x: /)
  expect(Buffer.byteLength(error.message)).toBeLessThan(2_000)
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  expect(error.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/)
  expect(inspect(error, { depth: 9, showHidden: true }), said.join('\n')).not.toContain(token)
  const { retryAfterSeconds = 0, status: code } = error
  expect(retryAfterSeconds).toBeGreaterThanOrEqual(0)
  expect(retryAfterSeconds).toBeLessThanOrEqual(300)
  expect(Number.isSafeInteger(code)).toBe(true)
}
