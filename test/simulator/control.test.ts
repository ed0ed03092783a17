import { describe, expect, it } from 'vitest'
import type { Clock } from '../../src/clock.ts'
import { VirtualClock } from '../../src/simulator/virtual-clock.ts'
import { stillClock, workspace, type Client } from './harness.ts'

const create = '/api/2.2/jobs/create'
const list = '/api/2.2/jobs/list'

const jobs = async (client: Client) => (await client.get(`${list}?name=x`)).list('jobs')

describe('the log of requests', () => {
  it('tells what was called by whom, with parameters, body and status', async () => {
    const client = await workspace()
    await client.get(
      '/api/2.1/clusters/list?filter_by.cluster_sources=API&filter_by.cluster_sources=UI&page_size=5',
    )
    await client.as('ana@example.com').post(create, { name: 'made by hand' })
    await client.with('wrong').get(list)
    const { body } = await client.control('GET', 'requests')
    expect(body).toEqual([
      {
        index: 0,
        at: '2026-09-03T10:15:30.000Z',
        method: 'GET',
        path: '/api/2.1/clusters/list',
        query: { 'filter_by.cluster_sources': ['API', 'UI'], page_size: '5' },
        body: null,
        userAgent: 'node',
        headers: { accept: '*/*' },
        identity: '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50',
        status: 200,
      },
      expect.objectContaining({
        path: create,
        body: { name: 'made by hand' },
        identity: 'ana@example.com',
        status: 200,
      }),
      expect.objectContaining({ path: list, identity: null, status: 403 }),
    ])
  })

  it('never holds a token', async () => {
    const client = await workspace()
    await client.with('dapi-secret').get(list)
    await client.get(list)
    const text = JSON.stringify((await client.control('GET', 'requests')).body)
    expect(text).not.toContain('dapi-secret')
    expect(text).not.toContain('lakeward-demo')
  })

  it('gives only what came after an index, and starts again when cleared', async () => {
    const client = await workspace()
    await client.get(list)
    await client.post(create, { name: 'x' })
    expect((await client.control('GET', 'requests?since=1')).body).toMatchObject([{ path: create }])
    expect((await client.control('GET', 'requests?since=2')).body).toEqual([])
    expect((await client.control('GET', 'requests?since=x')).status).toBe(400)
    await client.control('DELETE', 'requests')
    expect((await client.control('GET', 'requests')).body).toEqual([])
  })

  it('keeps 64-bit ids whole', async () => {
    const client = await workspace()
    await client.post('/api/2.2/jobs/delete', { job_id: 901234567890123457n })
    expect((await client.control('GET', 'requests')).body).toMatchObject([
      { body: { job_id: 901234567890123457n } },
    ])
  })
})

describe('acting as somebody else', () => {
  it('makes an unknown user an administrator', async () => {
    const { body } = await (await workspace()).as('new.person@example.com').get('/api/2.0/preview/scim/v2/Me')
    expect(body).toMatchObject({ userName: 'new.person@example.com', groups: [{ display: 'admins' }] })
  })

  it('leaves a known user without the rights it does not have', async () => {
    const ben = (await workspace()).as('ben@example.com')
    expect((await ben.get('/api/2.2/jobs/get?job_id=901234567890123457')).status).toBe(403)
  })

  it('shows a cluster made that way as made in the web interface', async () => {
    const client = await workspace()
    const ana = client.as('ana@example.com')
    const spec = { spark_version: '15.4.x-scala2.12', node_type_id: 'm5d.large', num_workers: 1 }
    const id = (await ana.post('/api/2.1/clusters/create', spec)).text('cluster_id')
    expect((await client.get(`/api/2.1/clusters/get?cluster_id=${id}`)).body).toMatchObject({
      cluster_source: 'UI',
      creator_user_name: 'ana@example.com',
    })
  })
})

describe('the virtual clock', () => {
  it('moves when told to', async () => {
    const client = await workspace()
    const { body } = await client.control('POST', 'clock', { advanceSeconds: 90.5 })
    expect(body).toEqual({ now: '2026-09-03T10:17:00.500Z', speed: 1 })
    expect((await client.control('GET', 'clock')).body).toEqual(body)
  })

  it('refuses to go back and does not guess at misspelt requests', async () => {
    const client = await workspace()
    expect((await client.control('POST', 'clock', { advanceSeconds: -1 })).status).toBe(400)
    expect((await client.control('POST', 'clock', { advance: 1 })).status).toBe(400)
  })

  it('passes as many times faster as asked, whatever happens to the machine’s date', () => {
    const machine = { date: 5_000, uptime: 0 }
    const clock: Clock = { now: () => machine.date, monotonic: () => machine.uptime, sleep: async () => {} }
    const virtual = new VirtualClock(clock, 60)
    Object.assign(machine, { uptime: 1_000, date: 0 })
    expect(virtual.now()).toBe(65_000)
    virtual.advance(1_000)
    expect(virtual.now()).toBe(66_000)
  })
})

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

  it('answers an unknown control path with 404', async () => {
    expect((await (await workspace()).control('POST', 'nothing')).status).toBe(404)
  })
})
