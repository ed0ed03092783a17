import { describe, expect, it } from 'vitest'
import type { Clock } from '../../src/clock.ts'
import { VirtualClock } from '../../src/simulator/virtual-clock.ts'
import { workspace, type Client } from './harness.ts'

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

  it('shows what fits, by method, path, caller and status', async () => {
    const client = await workspace()
    await client.get(list)
    await client.as('ana@example.com').post(create, { name: 'x' })
    await client.get('/api/2.1/clusters/get?cluster_id=no')
    const paths = async (query: string) =>
      ((await client.control('GET', `requests?${query}`)).body as { path: string }[]).map(({ path }) => path)
    expect(await paths('method=POST')).toEqual([create])
    expect(await paths('path=/api/2.2/')).toEqual([list, create])
    expect(await paths('identity=ana@example.com')).toEqual([create])
    expect(await paths('status=400')).toEqual(['/api/2.1/clusters/get'])
    expect(await paths('since=1&method=GET')).toEqual(['/api/2.1/clusters/get'])
    expect((await client.control('GET', 'requests?metod=GET')).status).toBe(400)
    expect((await client.control('GET', 'requests')).at('1.index')).toBe(1)
  })

  it('keeps who called with which program and for which workspace', async () => {
    const { url, control } = await workspace()
    const headers = {
      'User-Agent': 'product/1.0 auth/pat',
      'X-Databricks-Workspace-Id': '7',
      'X-Secret': 'no',
      Cookie: 'no',
    }
    await fetch(url + list, { headers: { ...headers, Authorization: 'Bearer lakeward-demo' } })
    const entry = (await control('GET', 'requests')).at('0')
    expect(entry).toMatchObject({ userAgent: 'product/1.0 auth/pat' })
    expect(entry).toMatchObject({ headers: { accept: '*/*', 'x-databricks-workspace-id': '7' } })
    expect(JSON.stringify(entry)).not.toMatch(/secret|cookie|authorization/i)
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

  it('is frozen and runs on at another speed, without a jump', () => {
    const machine = { uptime: 0 }
    const clock: Clock = { now: () => 5_000, monotonic: () => machine.uptime, sleep: async () => {} }
    const virtual = new VirtualClock(clock, 10)
    machine.uptime = 1_000
    virtual.runAt(0)
    machine.uptime = 2_000
    expect(virtual.now()).toBe(15_000)
    virtual.advance(1_000)
    virtual.runAt(2)
    machine.uptime = 3_000
    expect(virtual.now()).toBe(18_000)
  })

  it('tells its speed', async () => {
    const client = await workspace()
    expect((await client.control('POST', 'clock', { speed: 0 })).at('speed')).toBe(0)
    const both = await client.control('POST', 'clock', { speed: 60, advanceSeconds: 1 })
    expect(both.body).toEqual({ now: '2026-09-03T10:15:31.000Z', speed: 60 })
    expect((await client.control('POST', 'clock', {})).status).toBe(400)
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

describe('states by name', () => {
  it('come back as often as wanted, with ids that were not given out before', async () => {
    const client = await workspace()
    const first = (await client.post(create, { name: 'x' })).text('job_id')
    await client.control('PUT', 'snapshots/one-job')
    const second = (await client.post(create, { name: 'x' })).text('job_id')
    await client.post('/api/2.2/jobs/delete', { job_id: BigInt(first) })
    await client.control('POST', 'snapshots/one-job/restore')
    expect((await jobs(client)).map((job) => job.text('job_id'))).toEqual([first])
    const third = (await client.post(create, { name: 'x' })).text('job_id')
    expect(third).not.toBe(second)
    await client.control('POST', 'snapshots/one-job/restore')
    expect(await jobs(client)).toHaveLength(1)
  })

  it('are listed, replaced and forgotten', async () => {
    const client = await workspace()
    await client.control('PUT', 'snapshots/a%2Fb')
    await client.post(create, { name: 'x' })
    await client.control('PUT', 'snapshots/a%2Fb')
    expect((await client.control('GET', 'snapshots')).body).toEqual(['a/b'])
    await client.control('POST', 'snapshots/a%2Fb/restore')
    expect(await jobs(client)).toHaveLength(1)
    expect((await client.control('DELETE', 'snapshots/a%2Fb')).status).toBe(200)
    expect((await client.control('POST', 'snapshots/a%2Fb/restore')).status).toBe(404)
    expect((await client.control('DELETE', 'snapshots/a%2Fb')).status).toBe(404)
  })
})

const me = '/api/2.0/preview/scim/v2/Me'
const put = (client: Client, name: string, body: object) =>
  client.control('PUT', `principals/${encodeURIComponent(name)}`, body)

describe('principals', () => {
  it('are added, put into groups and taken out', async () => {
    const client = await workspace()
    await put(client, 'team', { kind: 'group' })
    await put(client, 'eve@example.com', { kind: 'user', groups: ['team'], displayName: 'Eve' })
    const eve = client.as('eve@example.com')
    expect((await eve.get(me)).body).toMatchObject({
      userName: 'eve@example.com',
      displayName: 'Eve',
      groups: [{ display: 'team' }],
    })
    expect((await eve.get('/api/2.2/jobs/get?job_id=901234567890123457')).status).toBe(403)
    await put(client, 'EVE@example.com', { groups: ['admins'] })
    expect((await eve.get('/api/2.2/jobs/get?job_id=901234567890123457')).status).toBe(200)
    expect((await client.control('GET', 'principals')).body).toContainEqual(
      expect.objectContaining({ kind: 'user', name: 'eve@example.com', groups: ['admins'] }),
    )
  })

  it('are refused as strangers once they are gone, with credentials that are still right', async () => {
    const client = await workspace({ tokens: { ben: 'ben@example.com', 'lakeward-demo': 'x' } })
    const ben = client.with('ben')
    expect((await ben.get(me)).status).toBe(200)
    await client.control('DELETE', 'principals/ben@example.com')
    expect(await ben.get(me)).toMatchObject({ status: 403, body: { error_code: 'PERMISSION_DENIED' } })
    await put(client, 'ben@example.com', { kind: 'user' })
    expect((await ben.get(me)).status).toBe(200)
    await put(client, 'ben@example.com', { active: false })
    expect((await ben.get(me)).status).toBe(403)
  })

  it.each<[string, string, object]>([
    ['somebody new without a kind', 'eve@example.com', {}],
    ['another kind', 'ben@example.com', { kind: 'group' }],
    ['a group that is not there', 'ben@example.com', { groups: ['nobody'] }],
    ['a group in itself', 'analysts', { groups: ['analysts'] }],
    ['a member that is not known', 'ben@example.com', { grups: [] }],
  ])('are not given %s', async (_what, name, body) => {
    expect((await put(await workspace(), name, body)).status).toBe(400)
  })

  it('are not taken from under the platform, nor twice', async () => {
    const client = await workspace()
    expect((await client.control('DELETE', 'principals/admins')).status).toBe(400)
    expect((await client.control('DELETE', 'principals/nobody')).status).toBe(404)
  })
})

describe('the end of retention', () => {
  it('takes a cluster, pinned and running or not, and says so when it is asked for', async () => {
    const client = await workspace()
    const spec = { spark_version: '15.4.x-scala2.12', node_type_id: 'm5d.large', num_workers: 1 }
    const id = (await client.post('/api/2.1/clusters/create', spec)).text('cluster_id')
    await client.post('/api/2.1/clusters/pin', { cluster_id: id })
    expect((await client.control('POST', `clusters/${id}/purge`)).status).toBe(200)
    expect(await client.get(`/api/2.1/clusters/get?cluster_id=${id}`)).toMatchObject({
      status: 400,
      body: {
        error_code: 'INVALID_STATE',
        message: `Cannot access cluster ${id} that was terminated or unpinned more than 30 days ago.`,
      },
    })
    expect((await client.post('/api/2.1/clusters/start', { cluster_id: id })).status).toBe(400)
    expect((await client.get('/api/2.1/clusters/list')).list('clusters')).toEqual([])
    expect((await client.control('POST', 'clusters/none/purge')).status).toBe(404)
  })

  it('takes a job as if it had never been', async () => {
    const client = await workspace()
    const id = (await client.post(create, { name: 'x' })).text('job_id')
    expect((await client.control('POST', `jobs/${id}/purge`)).status).toBe(200)
    const gone = await client.get(`/api/2.2/jobs/get?job_id=${id}`)
    expect(gone.body).toMatchObject({ message: `Job ${id} does not exist.` })
    expect((await client.control('POST', `jobs/${id}/purge`)).status).toBe(404)
    expect((await client.control('POST', 'jobs/x/purge')).status).toBe(404)
  })
})

describe('what is no control call', () => {
  it('answers an unknown control path with 404', async () => {
    expect((await (await workspace()).control('POST', 'nothing')).status).toBe(404)
  })
})
