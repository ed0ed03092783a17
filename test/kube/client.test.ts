import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { countedAs, type SentCall } from '../../src/kube/call.ts'
import { KubeClient } from '../../src/kube/client.ts'
import type { ClusterAccess, Credential } from '../../src/kube/credentials.ts'
import { KubeError } from '../../src/kube/kube-error.ts'
import { mostAnswerBytes } from '../../src/kube/received.ts'
import { ManualClock } from '../manual-clock.ts'
import { FakeApi } from './fake-api.ts'

let api: FakeApi
let clock: ManualClock
let client: KubeClient

const clientWith = (access: Partial<ClusterAccess>) =>
  new KubeClient({ access: { ...api.access, ...access }, clock, random: () => 1 })

beforeEach(async () => {
  api = await FakeApi.start()
  clock = new ManualClock()
  client = clientWith({})
})

afterEach(async () => {
  await client.close()
  await api[Symbol.asyncDispose]()
})

const tls = { rejectUnauthorized: true }
const holding = (token: string): Credential => ({ headers: { authorization: `Bearer ${token}` }, tls })

/** What a promise fails with; a success fails the test. */
const failure = (work: Promise<unknown>): Promise<KubeError> =>
  work.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => error as KubeError,
  )

describe('a call', () => {
  it('carries method, path, query, body and credential', async () => {
    const me = clientWith({ credential: () => Promise.resolve(holding('me')) })
    const body = { metadata: { name: 'x' } }
    const done = me.patch({ type: 'apply', path: '/apis/a/b', query: { force: true, none: undefined }, body })
    const call = await api.next()
    call.json({ ok: true })
    expect(await done).toEqual({ ok: true })
    expect([call.method, call.path, call.query]).toEqual(['PATCH', '/apis/a/b', { force: 'true' }])
    expect(JSON.parse(call.body)).toEqual(body)
    expect(call.headers).toMatchObject({
      'content-type': 'application/apply-patch+yaml',
      authorization: 'Bearer me',
    })
    await me.close()
  })

  it('goes to a server that stands behind a path', async () => {
    const behind = clientWith({ server: `${api.url}/k8s/clusters/c-1/` })
    const done = behind.get('/api/v1/namespaces')
    const call = await api.next()
    call.json({})
    await done
    expect(call.path).toBe('/k8s/clusters/c-1/api/v1/namespaces')
    await behind.close()
  })

  it('keeps 64-bit integers whole in both directions', async () => {
    const done = client.create<{ spec: unknown }>('/x', { spec: { id: 9007199254740993123n } })
    const call = await api.next()
    call.raw('{"spec":{"id":9007199254740993125,"text":"9007199254740993125","small":7}}')
    expect(call.body).toBe('{"spec":{"id":9007199254740993123}}')
    expect((await done).spec).toEqual({ id: 9007199254740993125n, text: '9007199254740993125', small: 7 })
  })

  it('ends after its timeout, and says so', async () => {
    const error = failure(client.request({ method: 'PATCH', path: '/x', timeout: 5_000 }))
    await api.next()
    await clock.advance(5_000)
    expect(await error).toMatchObject({ reason: 'TimedOut', status: 0 })
    expect((await error).message).toBe(`PATCH /x: no answer from the API server at ${api.url} within 5 s`)
  })

  it('ends after 30 s when a body stalls in its middle', async () => {
    const error = failure(client.get('/x'))
    const call = await api.next()
    call.open().write('{"half":')
    await clock.advance(30_000)
    expect(await error).toMatchObject({ reason: 'TimedOut' })
  })

  it.each<[string, (client: KubeClient) => Promise<unknown>]>([
    ['a read', (one) => one.get('/x')],
    ['a list', (one) => one.pages('/x', { limit: 1 }).next()],
    ['a patch', (one) => one.patch({ type: 'json', path: '/x', body: [] })],
    ['a watch that is opened', (one) => one.watch('/x', {}, { signal: new AbortController().signal }).next()],
  ])('ends after 30 s on a connection whose other end is gone without a word: %s', async (_what, ask) => {
    const error = failure(ask(client))
    const call = await api.next()
    await clock.advance(30_000)
    expect(await error).toMatchObject({ reason: 'TimedOut' })
    // It is not used again.
    await call.closed
    const next = client.get('/y')
    const answered = await api.next()
    answered.json({})
    await next
  })

  it('ends after its timeout also when the credential is what stalls', async () => {
    const stuck = clientWith({ credential: () => new Promise(() => undefined) })
    const error = failure(stuck.get('/x'))
    await clock.advance(30_000)
    expect(await error).toMatchObject({ reason: 'TimedOut' })
    await stuck.close()
  })

  it("ends with the caller's own reason when the caller gives up", async () => {
    const stop = new AbortController()
    const error = failure(client.get('/x', stop.signal))
    await api.next()
    stop.abort(new Error('enough'))
    expect((await error).message).toBe('enough')
    expect(clock.sleeps()).toEqual([])
  })

  it('ends at once when the caller gives up while its connection is still being made', async () => {
    const silent = createTcpServer((socket) => onTestFinished(() => void socket.destroy())).listen(0)
    onTestFinished(() => void silent.close())
    await once(silent, 'listening')
    const elsewhere = clientWith({ server: `https://127.0.0.1:${(silent.address() as AddressInfo).port}` })
    const stop = new AbortController()
    const failed = failure(elsewhere.get('/x', stop.signal))
    await once(silent, 'connection')
    stop.abort(new Error('given up'))
    expect(await failed).toEqual(new Error('given up'))
    await elsewhere.close()
  }, 8_000)

  it('reads the credential anew when it was refused, and only once', async () => {
    let token = 'old'
    const rotating = clientWith({
      credential: () => Promise.resolve(holding(token)),
      renew: () => {
        token = 'new'
      },
    })
    const error = failure(rotating.create('/x', { a: 1 }))
    const first = await api.next()
    first.refuse(401, 'Unauthorized')
    const second = await api.next()
    second.refuse(401, 'Unauthorized')
    expect([first.headers.authorization, second.headers.authorization]).toEqual(['Bearer old', 'Bearer new'])
    expect(second.body).toBe('{"a":1}')
    expect(await error).toMatchObject({ status: 401, reason: 'Unauthorized' })
    await rotating.close()
  })
})

describe('a refusal', () => {
  it('becomes an error with the words of the server', async () => {
    const error = failure(client.create('/apis/x', { secret: 'hush' }))
    const details = {
      name: 'x',
      causes: [{ field: 'spec.size', message: 'too small' }],
      retryAfterSeconds: 3,
    }
    const status = { kind: 'Status', code: 422, reason: 'Invalid', message: 'x is invalid', details }
    const call = await api.next()
    call.json(status, 422)
    expect(await error).toBeInstanceOf(KubeError)
    expect(await error).toMatchObject({ status: 422, reason: 'Invalid', retryAfterSeconds: 3, details })
    expect((await error).message).toBe('POST /apis/x: x is invalid')
  })

  it('with more than anybody may make us hold is cut off, and its connection with it', async () => {
    const error = failure(client.create('/x', {}))
    const call = await api.next()
    call.open()
    for (let sent = 0; sent <= mostAnswerBytes; sent += 1024 * 1024)
      call.write(Buffer.alloc(1024 * 1024, 'x'))
    expect(await error).toMatchObject({ status: 200, reason: 'TooLarge' })
    expect((await error).message).toBe(`POST /x: ${api.url} sent more than 32 MiB in one answer`)
    // It has no end: nothing but the limit has stopped it.
    await call.closed
  })

  it('of a credential whose answer never ends is over after the timeout', async () => {
    const error = failure(client.create('/x', {}))
    const call = await api.next()
    call.open(401).write('{"half":')
    await clock.advance(30_000)
    expect(await error).toMatchObject({ reason: 'TimedOut' })
    await call.closed
  })

  it('of a credential says whose it is', async () => {
    const error = failure(client.create('/x', {}))
    const first = await api.next()
    first.refuse(401, 'Unauthorized')
    const second = await api.next()
    second.refuse(401, 'Unauthorized')
    expect((await error).message).toBe(
      `POST /x: it is Unauthorized: ${api.url} does not take the credential of the fake API server`,
    )
  })

  it('is not a credential that cannot be had: then nothing is sent, and it says why', async () => {
    const poor = clientWith({ credential: () => Promise.reject(new Error('the token file is gone')) })
    const error = await failure(poor.get('/x'))
    expect(error).toMatchObject({ status: 0, reason: 'NoCredential' })
    expect(error.message).toBe('GET /x: no credential for the API server: the token file is gone')
    expect(api.unanswered).toBe(0)
    await poor.close()
  })

  it.each([301, 302, 307, 308])(
    'by a redirect (%d) is never followed: no credential goes elsewhere',
    async (code) => {
      const error = failure(client.create('/x', {}))
      const call = await api.next()
      call.json({}, code, { location: `${api.url}/elsewhere` })
      expect(await error).toMatchObject({ status: code, reason: 'Malformed' })
      expect((await error).message).toContain('which is never followed')
      expect(api.unanswered).toBe(0)
    },
  )

  it('of the connection names the server', async () => {
    const closed = createServer()
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve))
    const server = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`
    await new Promise((resolve) => closed.close(resolve))
    const lost = clientWith({ server })
    const error = await failure(lost.create('/x', {}))
    expect(error).toMatchObject({ status: 0, reason: 'Unreachable' })
    expect(error.message).toContain(`cannot reach the API server at ${server}`)
    await lost.close()
  })
})

describe('a read that fails in passing', () => {
  it('is tried again three times, each wait longer, then given up', async () => {
    const error = failure(client.get('/x'))
    for (const wait of [200, 400, 800]) {
      const call = await api.next()
      call.refuse(503, 'ServiceUnavailable')
      await clock.sleeping(wait)
      await clock.advance(wait)
    }
    const last = await api.next()
    last.refuse(500, 'InternalError')
    expect(await error).toMatchObject({ status: 500 })
  })

  it('is tried again after a cut connection', async () => {
    const done = client.get('/x')
    const first = await api.next()
    first.open().write('{"half":').cut()
    await clock.sleeping(200)
    await clock.advance(200)
    const second = await api.next()
    second.json({ whole: true })
    expect(await done).toEqual({ whole: true })
  })

  it('does not come back before the server wants it', async () => {
    const done = client.get('/x')
    const first = await api.next()
    first.refuse(429, 'TooManyRequests', { 'retry-after': '7' })
    await clock.sleeping(7_000)
    await clock.advance(7_000)
    const second = await api.next()
    second.json({})
    await done
  })

  it('is left to its caller when the server wants a long pause, which a date may say too', async () => {
    const error = failure(client.get('/x'))
    const date = new Date(clock.now() + 60_000).toUTCString()
    const call = await api.next()
    call.refuse(503, 'ServiceUnavailable', { 'retry-after': date })
    expect(await error).toMatchObject({ status: 503, retryAfterSeconds: 60 })
  })

  it.each([400, 403, 404, 409, 410])('is not tried again after a %d', async (status) => {
    const error = failure(client.get('/x'))
    const call = await api.next()
    call.refuse(status, 'No')
    expect(await error).toMatchObject({ status })
    expect(clock.sleeps()).toEqual([])
  })
})

describe('a write that fails in passing', () => {
  it.each([429, 500, 503])('is never tried again by itself (%d)', async (status) => {
    const error = failure(client.create('/x', {}))
    const call = await api.next()
    call.refuse(status, 'No')
    expect(await error).toMatchObject({ status })
  })

  it('is not tried again when its answer is lost', async () => {
    const error = failure(client.patch({ type: 'merge', path: '/x', body: {} }))
    const call = await api.next()
    call.cut()
    expect(await error).toMatchObject({ reason: 'Unreachable' })
    expect(api.unanswered).toBe(0)
  })
})

/** A client, and what it told about its calls. */
const counting = () => {
  const calls: string[] = []
  const onCall = ({ verb, resource, outcome }: SentCall) => void calls.push(`${verb} ${resource} ${outcome}`)
  const counted = new KubeClient({ access: api.access, clock, random: () => 1, onCall })
  onTestFinished(() => counted.close())
  return { calls, counted }
}

describe('whoever counts', () => {
  it('hears of each try by what it did to what, and of no name', async () => {
    const { calls, counted } = counting()
    const done = counted.get('/apis/lakeward.dev/v1beta1/namespaces/secret-plan/jobspecs/secret-name')
    ;(await api.next()).refuse(503, 'ServiceUnavailable')
    await clock.sleeping(200)
    await clock.advance(200)
    ;(await api.next()).json({})
    await done
    expect(calls).toEqual(['get jobspecs 503', 'get jobspecs Success'])
  })

  it('hears of a word that a server made up as of its status only', async () => {
    const { calls, counted } = counting()
    const failed = failure(counted.create('/api/v1/namespaces/a/events', {}))
    ;(await api.next()).refuse(418, 'Teapot-4711')
    await failed
    const lost = failure(counted.create('/api/v1/namespaces/a/events', {}))
    ;(await api.next()).cut()
    await lost
    const garbled = failure(counted.create('/api/v1/namespaces/a/events', {}))
    ;(await api.next()).raw('<html>')
    await garbled
    const left = new AbortController()
    const given = counted.create('/api/v1/namespaces/a/events', {}, left.signal).catch(() => undefined)
    await api.next()
    left.abort(new Error('enough'))
    await given
    expect(calls).toEqual([
      'create events 418',
      'create events Unreachable',
      'create events Malformed',
      'create events Aborted',
    ])
  })

  it('hears of a watch when it is open, and of one that does not open', async () => {
    const { calls, counted } = counting()
    const stop = new AbortController()
    const lines = counted.watch('/api/v1/namespaces', {}, stop)
    const first = lines.next()
    ;(await api.next()).open().bookmark('1')
    await first
    stop.abort()
    await lines.next().catch(() => undefined)
    const refused = failure(counted.watch('/api/v1/namespaces', {}, new AbortController()).next())
    ;(await api.next()).refuse(403, 'Forbidden')
    await refused
    expect(calls).toEqual(['watch namespaces Success', 'watch namespaces 403'])
  })

  it.each([
    ['get version', { method: 'GET', path: '/version' }],
    ['list namespaces', { method: 'GET', path: '/api/v1/namespaces', query: { limit: 250 } }],
    ['get namespaces', { method: 'GET', path: '/api/v1/namespaces/kube-system' }],
    ['watch jobspecs', { method: 'GET', path: '/apis/lakeward.dev/v1beta1/jobspecs', query: { watch: 1 } }],
    ['list jobspecs', { method: 'GET', path: '/apis/lakeward.dev/v1beta1/namespaces/a/jobspecs' }],
    [
      'patch jobspecs/status',
      { method: 'PATCH', path: '/apis/lakeward.dev/v1beta1/namespaces/a/jobspecs/b/status' },
    ],
    [
      'create serviceaccounts/token',
      { method: 'POST', path: '/api/v1/namespaces/a/serviceaccounts/b/token' },
    ],
    [
      'create selfsubjectaccessreviews',
      { method: 'POST', path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews' },
    ],
    ['update leases', { method: 'PUT', path: '/apis/coordination.k8s.io/v1/namespaces/a/leases/b' }],
    [
      'get customresourcedefinitions',
      { method: 'GET', path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/x.y' },
    ],
  ] as const)('says %s', (name, call) => {
    const { verb, resource } = countedAs(call)
    expect(`${verb} ${resource}`).toBe(name)
  })
})

describe('pages', () => {
  it('are read one after the other until there is none', async () => {
    const read = (async () => {
      const found: unknown[] = []
      for await (const { items, resourceVersion } of client.pages('/x', { limit: 2 })) {
        found.push([items, resourceVersion])
      }
      return found
    })()
    const first = await api.next()
    const [one, two, three] = ['1', '2', '3'].map((name) => ({ metadata: { name, uid: name } }))
    first.list([one, two], '10', 'more')
    const second = await api.next()
    second.list([three], '10', '')
    expect([first.query, second.query]).toEqual([{ limit: '2' }, { limit: '2', continue: 'more' }])
    expect(await read).toEqual([
      [[one, two], '10'],
      [[three], '10'],
    ])
  })

  it('of objects so large that nobody could hold them are asked for in halves', async () => {
    const read = (async () => {
      const found: unknown[] = []
      for await (const { items } of client.pages('/x', { limit: 5 })) found.push(items)
      return found
    })()
    const whole = await api.next()
    whole.raw(' '.repeat(mostAnswerBytes + 1))
    const half = await api.next()
    half.list([], '10', 'more')
    const next = await api.next()
    next.list([], '10')
    expect([whole, half, next].map(({ query }) => query)).toEqual([
      { limit: '5' },
      { limit: '3' },
      { limit: '3', continue: 'more' },
    ])
    expect(await read).toEqual([[], []])
  })

  it.each([
    ['no list', {}],
    ['a list without a version', { items: [], metadata: {} }],
    ['a list of what is no object', { items: [7], metadata: { resourceVersion: '1' } }],
    [
      'a list of objects without a uid',
      { items: [{ metadata: { name: 'x' } }], metadata: { resourceVersion: '1' } },
    ],
    ['no list of items', { items: {}, metadata: { resourceVersion: '1' } }],
    ['no way to go on', { items: [], metadata: { resourceVersion: '1', continue: 7 } }],
  ])('are an error when %s comes', async (_what, body) => {
    const error = failure(client.pages('/x', { limit: 5 }).next())
    const call = await api.next()
    call.json(body)
    expect(await error).toMatchObject({ reason: 'Malformed' })
    expect((await error).message).toContain('something that is no list')
  })
})

describe('a watch', () => {
  it('gives lines as they come and ends when the server ends it', async () => {
    const watch = client.watch('/x', { resourceVersion: '5' }, new AbortController())
    const first = watch.next()
    const call = await api.next()
    expect(call.query).toEqual({ watch: '1', resourceVersion: '5' })
    call.open().write('{"a":1}\n{"b"')
    expect((await first).value).toEqual({ a: 1 })
    call.write(':2}\n{"torn"').end()
    expect((await watch.next()).value).toEqual({ b: 2 })
    expect((await watch.next()).done).toBe(true)
  })

  it('may stay quiet for longer than a call may take', async () => {
    const watch = client.watch('/x', {}, new AbortController())
    const first = watch.next()
    const call = await api.next()
    call.open().write('{"a":1}\n')
    await first
    const second = watch.next()
    await clock.advance(3_600_000)
    call.write('{"b":2}\n')
    expect((await second).value).toEqual({ b: 2 })
    await watch.return()
  })

  it('ends when a line has no end', async () => {
    const watch = client.watch('/x', {}, { signal: new AbortController().signal })
    const error = failure(watch.next())
    const call = await api.next()
    call.open()
    for (let sent = 0; sent <= mostAnswerBytes; sent += 1024 * 1024)
      call.write(Buffer.alloc(1024 * 1024, 'x'))
    expect(await error).toMatchObject({ reason: 'Malformed' })
    expect((await error).message).toContain('a line of a watch that has no end')
    await call.closed
  })

  it('closes its connection when the reader stops', async () => {
    const watch = client.watch('/x', {}, new AbortController())
    const first = watch.next()
    const call = await api.next()
    call.open().write('{"a":1}\n')
    await first
    await watch.return()
    await call.closed
  })

  it('that does not open in time fails', async () => {
    const error = failure(client.watch('/x', {}, new AbortController()).next())
    await api.next()
    await clock.advance(30_000)
    expect(await error).toMatchObject({ reason: 'TimedOut' })
  })

  it('that is refused fails with the refusal', async () => {
    const error = failure(client.watch('/x', {}, new AbortController()).next())
    const call = await api.next()
    call.refuse(410, 'Expired')
    expect(await error).toMatchObject({ status: 410, reason: 'Expired' })
  })
})
