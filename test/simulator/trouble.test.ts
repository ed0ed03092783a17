import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import type { Clock } from '../../src/clock.ts'
import { beginning, stillClock, workspace, type Client } from './harness.ts'
import { connection, head } from './raw.ts'

const create = '/api/2.2/jobs/create'
const list = '/api/2.2/jobs/list'
const clusters = '/api/2.1/clusters/list'

const jobs = async (client: Client) => (await client.get(`${list}?name=x`)).list('jobs')

describe('faults', () => {
  it('before the effect: the call fails and nothing happened', async () => {
    const client = await workspace()
    await client.control('POST', 'faults', {
      match: `POST ${create}`,
      when: 'before',
      status: 503,
      body: 'no healthy upstream',
    })
    const response = await fetch(client.url + create, {
      method: 'POST',
      body: '{"name":"x"}',
      headers: { Authorization: 'Bearer lakeward-demo' },
    })
    expect(response.status).toBe(503)
    expect(await response.text()).toBe('no healthy upstream')
    expect(await jobs(client)).toHaveLength(0)
  })

  it('after the effect: the call fails although it was done', async () => {
    const client = await workspace()
    const body = { error_code: 'TEMPORARILY_UNAVAILABLE', message: 'later' }
    await client.control('POST', 'faults', { match: `POST ${create}`, when: 'after', status: 503, body })
    expect(await client.post(create, { name: 'x' })).toMatchObject({ status: 503, body })
    expect(await jobs(client)).toHaveLength(1)
    expect((await client.control('GET', 'requests')).body).toMatchObject([{ status: 503 }, {}])
  })

  it('can cut the connection, before or after the effect', async () => {
    const client = await workspace()
    await client.control('POST', 'faults', { match: `POST ${create}`, when: 'before', reset: true })
    await client.control('POST', 'faults', { match: `POST ${create}`, when: 'after', reset: true })
    await expect(client.post(create, { name: 'x' })).rejects.toThrow()
    expect(await jobs(client)).toHaveLength(0)
    await expect(client.post(create, { name: 'x' })).rejects.toThrow()
    expect(await jobs(client)).toHaveLength(1)
    expect((await client.control('GET', 'requests')).at('0')).toMatchObject({ path: create, status: null })
  })

  it('hits as often as asked, then no more', async () => {
    const client = await workspace()
    await client.control('POST', 'faults', {
      match: '* /api/2.2/jobs/*',
      count: 2,
      status: 429,
      headers: { 'Retry-After': '3' },
    })
    const first = await client.get(list)
    expect([first.status, first.headers.get('Retry-After')]).toEqual([429, '3'])
    expect((await client.control('GET', 'faults')).body).toMatchObject([{ count: 1 }])
    expect((await client.post(create, { name: 'x' })).status).toBe(429)
    expect((await client.get(list)).status).toBe(200)
  })

  it('leaves other calls and the person in the web interface alone', async () => {
    const client = await workspace()
    await client.control('POST', 'faults', { match: `GET ${list}`, count: 9, status: 500 })
    expect((await client.get('/api/2.1/clusters/list')).status).toBe(200)
    expect((await client.post(list)).status).toBe(404)
    expect((await client.as('ana@example.com').get(list)).status).toBe(200)
    await client.control('DELETE', 'faults')
    expect((await client.get(list)).status).toBe(200)
  })

  it('can only be slow, and then gives the true answer', async () => {
    const clock = stillClock()
    const client = await workspace({ clock })
    await client.control('POST', 'faults', { match: `GET ${list}`, delaySeconds: 7 })
    expect((await client.get(list)).status).toBe(200)
    expect(clock.slept).toEqual([7_000])
  })

  it('refuses a rule that would never do anything', async () => {
    const client = await workspace()
    const answer = await client.control('POST', 'faults', { match: 'jobs/create', times: 3 })
    expect(answer.status).toBe(400)
    expect(answer.text('error')).toContain('METHOD /path')
    expect(answer.text('error')).toContain('times')
  })

  it('begin after as many calls as asked', async () => {
    const client = await workspace()
    await client.control('POST', 'faults', { match: `GET ${list}`, offset: 2, count: 2, status: 500 })
    const seen: number[] = []
    for (let index = 0; index < 5; index += 1) seen.push((await client.get(list)).status)
    expect(seen).toEqual([200, 200, 500, 500, 200])
  })

  it('let an older rule take a call, and the next one if that one lets it pass', async () => {
    const client = await workspace()
    await client.control('POST', 'faults', { match: `GET ${list}`, offset: 1, status: 500 })
    await client.control('POST', 'faults', { match: 'GET /api/*', status: 503 })
    const seen: number[] = []
    for (let index = 0; index < 3; index += 1) seen.push((await client.get(list)).status)
    expect(seen).toEqual([503, 500, 200])
  })

  it('hit discovery and token endpoints too', async () => {
    const client = await workspace()
    await client.control('POST', 'faults', { match: 'GET /.well-known/*', preset: 'Unavailable' })
    await client.control('POST', 'faults', { match: 'POST /oidc/v1/token', preset: 'Throttled' })
    expect((await client.get('/.well-known/databricks-config')).status).toBe(503)
    expect((await client.post('/oidc/v1/token')).status).toBe(429)
  })

  it.each([
    ['Throttled', 429, '1', 'application/json', 'RetryInfo'],
    ['ThrottledWithoutRetryAfter', 429, null, 'application/json', 'REQUEST_LIMIT_EXCEEDED'],
    ['ThrottledAs500', 500, null, 'application/json', 'REQUEST_LIMIT_EXCEEDED'],
    ['Unavailable', 503, null, 'application/json', 'TEMPORARILY_UNAVAILABLE'],
    ['NoHealthyUpstream', 503, null, 'text/plain', 'no healthy upstream'],
    ['BadGateway', 502, null, 'text/html', '<pre>'],
    ['BadTarget', 400, null, 'application/json', '{"error":"Bad Target'],
    ['CodeAsText', 403, null, 'text/plain', /^PERMISSION_DENIED: /],
    ['UnknownWorkerEnvironment', 400, null, 'application/json', 'Unknown worker environment'],
    ['FeatureDisabled', 404, null, 'application/json', 'FEATURE_DISABLED'],
    ['EmptyError', 500, null, 'text/plain', /^$/],
    ['DeadlineExceeded', 504, null, 'application/json', 'DEADLINE_EXCEEDED'],
    ['LoginPage', 200, null, 'text/html', '<html>'],
  ])('come ready-made: %s', async (...row) => {
    const [preset, status, retryAfter, type, body] = row
    const { url, control } = await workspace()
    await control('POST', 'faults', { match: `GET ${list}`, preset })
    const answer = await fetch(url + list, { headers: { Authorization: 'Bearer lakeward-demo' } })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('Retry-After')).toBe(retryAfter)
    expect(answer.headers.get('Content-Type')).toBe(type)
    expect(await answer.text()).toMatch(body)
  })

  it('take a preset as a beginning only', async () => {
    const client = await workspace()
    const headers = { 'Retry-After': 'Thu, 03 Sep 2026 10:16:00 GMT' }
    await client.control('POST', 'faults', { match: `GET ${list}`, preset: 'Throttled', headers, count: 2 })
    expect((await client.control('GET', 'faults')).body).toMatchObject([{ status: 429, headers, count: 2 }])
  })

  it.each<object>([
    { preset: 'Nothing' },
    { reset: true, cut: true },
    { preset: 'SlowDrip', hang: 'AfterHeaders' },
    { drip: { bytes: 0, everySeconds: 1 } },
    { offset: -1 },
    { headers: { 'bad name': 'x' } },
    { headers: { name: 'two\r\nlines' } },
  ])('refuse %j', async (rule) => {
    const client = await workspace()
    expect((await client.control('POST', 'faults', { match: `GET ${list}`, ...rule })).status).toBe(400)
  })

  it('can leave the connection half open: it is accepted and never answered', async () => {
    const client = await workspace()
    await client.control('POST', 'faults', { match: `POST ${create}`, preset: 'HalfOpen' })
    const socket = connection(client)
    let received = ''
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()))
    socket.write(`${head(`POST ${create} HTTP/1.1`, 'Content-Length: 12')}{"name":"x"}`)
    while (((await client.control('GET', 'requests')).body as unknown[]).length === 0);
    expect(await jobs(client)).toEqual([])
    expect((await client.control('GET', 'requests')).at('0')).toMatchObject({ path: create, status: null })
    expect(received).toBe('')
    expect(socket.readyState).toBe('open')
    socket.destroy()
  })

  it('can stop after the headers, with the effect', async () => {
    const client = await workspace()
    await client.control('POST', 'faults', { match: `POST ${create}`, preset: 'HeadersOnly' })
    const socket = connection(client)
    socket.write(`${head(`POST ${create} HTTP/1.1`, 'Content-Length: 12')}{"name":"x"}`)
    const [received] = (await once(socket, 'data')) as [Buffer]
    expect(received.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n.*Content-Length: [1-9].*\r\n\r\n$/s)
    expect(await jobs(client)).toHaveLength(1)
    expect(socket.bytesRead).toBe(received.length)
    socket.destroy()
  })

  it.each<[string, object]>([
    ['the true answer', {}],
    ['another answer', { status: 200, body: { jobs: [] } }],
    ['an empty answer', { status: 200 }],
  ])('can cut %s in the middle of its body', async (_what, answer) => {
    const { url, control } = await workspace()
    await control('POST', 'faults', { match: `GET ${list}`, preset: 'CutBody', ...answer })
    const response = await fetch(url + list, { headers: { Authorization: 'Bearer lakeward-demo' } })
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow()
  })

  it('can let the body drip', async () => {
    const clock = stillClock()
    const client = await workspace({ clock })
    const drip = { bytes: 7, everySeconds: 2 }
    await client.control('POST', 'faults', { match: `GET ${list}`, drip })
    expect((await client.get(`${list}?name=x`)).body).toEqual({ has_more: false })
    expect(clock.slept).toEqual([2_000, 2_000, 2_000])
  })
})

describe('stale reads', () => {
  const staleList = { match: `GET ${list}`, count: 2 }

  it('miss what was just made, as often as asked', async () => {
    const client = await workspace()
    await client.control('POST', 'stale', staleList)
    expect(await jobs(client)).toHaveLength(0)
    await client.post(create, { name: 'x' })
    const seen: number[] = []
    for (let index = 0; index < 3; index += 1) seen.push((await jobs(client)).length)
    expect(seen).toEqual([0, 0, 1])
    expect((await client.control('GET', 'stale')).body).toEqual([])
  })

  it('say of a new object that it does not exist, and of a changed one what it was', async () => {
    const client = await workspace()
    await client.control('POST', 'stale', { match: 'GET /api/2.2/jobs/get', afterEachWrite: true })
    const id = (await client.post(create, { name: 'x' })).text('job_id')
    const get = () => client.get(`/api/2.2/jobs/get?job_id=${id}`)
    expect(await get()).toMatchObject({ status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE' } })
    expect((await get()).status).toBe(200)
    await client.post('/api/2.2/jobs/update', { job_id: BigInt(id), new_settings: { name: 'y' } })
    expect((await get()).at('settings.name')).toBe('x')
    expect((await get()).at('settings.name')).toBe('y')
    await client.post('/api/2.2/jobs/delete', { job_id: BigInt(id) })
    expect((await get()).at('settings.name')).toBe('y')
    expect((await get()).status).toBe(400)
  })

  it('leave the workspace as it is, also for clusters and grants', async () => {
    const client = await workspace()
    const grants = '/api/2.1/unity-catalog/permissions/schema/main.silver'
    await client.control('POST', 'stale', { match: 'GET /api/*', count: 3 })
    const spec = { spark_version: '15.4.x-scala2.12', node_type_id: 'm5d.large', num_workers: 1 }
    const id = (await client.post('/api/2.1/clusters/create', spec)).text('cluster_id')
    expect((await client.get(clusters)).list('clusters')).toEqual([])
    await client.patch(grants, { changes: [{ principal: 'analysts', add: ['SELECT'] }] })
    expect((await client.get(grants)).body).toEqual({})
    expect((await client.get(clusters)).list('clusters')).toHaveLength(1)
    expect((await client.get(grants)).list('privilege_assignments')).toHaveLength(1)
    expect((await client.get(`/api/2.1/clusters/get?cluster_id=${id}`)).status).toBe(200)
  })

  it('count no refused write as one, and spare people', async () => {
    const client = await workspace()
    await client.control('POST', 'stale', staleList)
    await client.post(create, { name: 'x', tasks: 'none' })
    await client.post(create, { name: 'x' })
    await client.post(create, { tasks: 'none' })
    expect(await jobs(client.as('ana@example.com'))).toHaveLength(1)
    expect(await jobs(client)).toHaveLength(0)
    await client.control('DELETE', 'stale')
    expect(await jobs(client)).toHaveLength(1)
  })
})

/** A clock that a test sets; sleepers wait until it lets them go. */
function settable() {
  let passed = 0
  const sleepers: (() => void)[] = []
  const clock: Clock = {
    now: () => beginning + passed,
    monotonic: () => passed,
    sleep: () => new Promise((resolve) => sleepers.push(resolve)),
  }
  return { clock, sleepers, pass: (milliseconds: number) => (passed += milliseconds) }
}

describe('limits', () => {
  it('are off until they are set', async () => {
    const client = await workspace()
    for (let index = 0; index < 100; index += 1) await client.get(list)
    expect((await client.control('GET', 'limits')).body).toEqual({
      concurrent: null,
      perSecond: null,
      burst: null,
      retryAfterSeconds: null,
      admitted: 100,
      refusedByRate: 0,
      refusedByConcurrency: 0,
      mostAtOnce: 1,
    })
  })

  it('let in so many calls a second, and count what is above', async () => {
    const { clock, pass } = settable()
    const client = await workspace({ clock })
    await client.control('PUT', 'limits', { perSecond: 4, burst: 2, retryAfterSeconds: 1 })
    const burst = async () => [
      (await client.get(list)).status,
      (await client.get(list)).status,
      (await client.get(list)).status,
    ]
    expect(await burst()).toEqual([200, 200, 429])
    pass(250)
    expect(await burst()).toEqual([200, 429, 429])
    pass(60_000)
    expect(await burst()).toEqual([200, 200, 429])
    const { body } = await client.control('GET', 'limits')
    expect(body).toMatchObject({ admitted: 5, refusedByRate: 4, refusedByConcurrency: 0 })
    expect((await client.control('GET', 'requests?status=429')).body).toHaveLength(4)
  })

  it.each([
    [{ perSecond: 1, retryAfterSeconds: 3 }, '3'],
    [{ perSecond: 1 }, null],
  ])('say with %j when to come back: %s', async (limits, retryAfter) => {
    const client = await workspace({ switches: { throttledCode: 'RESOURCE_EXHAUSTED' } })
    await client.control('PUT', 'limits', limits)
    await client.get(list)
    const answer = await client.get(list)
    expect(answer.headers.get('Retry-After')).toBe(retryAfter)
    expect(answer.body).toMatchObject({
      error_code: 'RESOURCE_EXHAUSTED',
      message: 'Workspace 7405611111111111 exceeded the rate limit of 1 requests per second.',
    })
    expect('details' in (answer.body as object)).toBe(retryAfter !== null)
  })

  it('let in so many calls at the same time', async () => {
    const { clock, sleepers } = settable()
    const client = await workspace({ clock })
    await client.control('PUT', 'limits', { concurrent: 2 })
    await client.control('POST', 'faults', { match: `GET ${list}`, count: 2, delaySeconds: 1 })
    const slow = [client.get(list), client.get(list)]
    while (sleepers.length < 2) await client.control('GET', 'limits')
    const refused = await client.get(clusters)
    expect(refused).toMatchObject({
      status: 429,
      body: { message: 'Workspace 7405611111111111 exceeded the concurrent limit of 2 requests.' },
    })
    expect((await client.as('ana@example.com').get(clusters)).status).toBe(200)
    for (const wake of sleepers) wake()
    await Promise.all(slow)
    expect((await client.get(clusters)).status).toBe(200)
    const { body } = await client.control('GET', 'limits')
    expect(body).toMatchObject({ admitted: 3, refusedByConcurrency: 1, mostAtOnce: 2 })
  })

  it('take a half-open call as one under way until its client gives up', async () => {
    const client = await workspace()
    await client.control('PUT', 'limits', { concurrent: 1 })
    await client.control('POST', 'faults', { match: `GET ${clusters}`, preset: 'HalfOpen' })
    const socket = connection(client)
    socket.write(head(`GET ${clusters} HTTP/1.1`))
    while (((await client.control('GET', 'requests')).body as unknown[]).length === 0);
    expect((await client.get(list)).status).toBe(429)
    socket.destroy()
    while ((await client.get(list)).status === 429);
    expect((await client.get(list)).status).toBe(200)
  })

  it('are taken away again', async () => {
    const client = await workspace()
    await client.control('PUT', 'limits', { perSecond: 0.001 })
    await client.get(list)
    expect((await client.get(list)).status).toBe(429)
    await client.control('PUT', 'limits', {})
    expect((await client.get(list)).status).toBe(200)
    expect((await client.control('PUT', 'limits', { perSecond: 0 })).status).toBe(400)
  })
})
