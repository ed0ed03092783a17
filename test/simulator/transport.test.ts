import { connect } from 'node:net'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { workspace, type Client } from './harness.ts'
import { connection, head, raw } from './raw.ts'

const me = '/api/2.0/preview/scim/v2/Me'

/** The first id that a workspace of this seed gives out. */
async function firstId(seed: number): Promise<string> {
  const { post } = await workspace({ seed })
  return (await post('/api/2.2/jobs/create', { name: 'x' })).text('job_id')
}

describe('credentials', () => {
  it('tells a caller who it is, and the workspace id in a header', async () => {
    const { get } = await workspace()
    const { status, body, headers } = await get(me)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      userName: '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50',
      displayName: 'lakeward-demo',
      active: true,
      groups: [{ display: 'admins', value: '900', type: 'direct' }],
    })
    expect(headers.get('X-Databricks-Org-Id')).toBe('7405611111111111')
  })

  it('refuses an unknown token with 403 and a numeric code', async () => {
    const { status, body, headers } = await (await workspace()).with('dapi-wrong').get(me)
    expect(status).toBe(403)
    expect(body).toEqual({ error_code: 403, message: 'Invalid access token.' })
    expect(headers.get('X-Databricks-Reason-Phrase')).toBe('Invalid access token.')
  })

  it('can give the text code that other workspaces give for an unknown token', async () => {
    const client = await workspace({ switches: { badTokenCode: 'PERMISSION_DENIED' } })
    expect((await client.with('dapi-wrong').get(me)).at('error_code')).toBe('PERMISSION_DENIED')
  })

  it('answers 401 when no credentials were sent', async () => {
    const answer = await (await workspace()).with(undefined).get(me)
    expect(answer.status).toBe(401)
    expect(answer.text('message')).toMatch(/^Credential was not sent/)
  })

  it('refuses a token from the moment it is revoked', async () => {
    const client = await workspace()
    expect((await client.get(me)).status).toBe(200)
    expect((await client.control('POST', 'tokens/lakeward-demo/revoke')).status).toBe(200)
    expect((await client.get(me)).status).toBe(403)
    expect((await client.control('POST', 'tokens/lakeward-demo/revoke')).status).toBe(404)
  })

  it('checks the token before it says that a path does not exist', async () => {
    expect((await (await workspace()).with('no').get('/api/2.1/nothing')).status).toBe(403)
  })

  it('asks for no token beside the API, where nothing is', async () => {
    const { status, body } = await (await workspace()).with(undefined).get('/.well-known/nothing')
    expect(status).toBe(404)
    expect(body).toMatchObject({ error_code: 'ENDPOINT_NOT_FOUND' })
  })

  it('knows each of several tokens as its own identity', async () => {
    const client = await workspace({ tokens: { a: 'ana@example.com', b: 'ben@example.com' } })
    expect((await client.with('a').get(me)).at('userName')).toBe('ana@example.com')
    expect((await client.with('b').get(me)).at('groups')).toEqual([
      { display: 'analysts', value: '912', type: 'direct' },
    ])
  })
})

describe('requests that make no sense', () => {
  it('answers an unknown path with ENDPOINT_NOT_FOUND', async () => {
    const { status, body } = await (await workspace()).post('/api/2.1/clusters/foo')
    expect(status).toBe(404)
    expect(body).toEqual({
      error_code: 'ENDPOINT_NOT_FOUND',
      message: "No API found for 'POST /clusters/foo'",
    })
  })

  it('answers a wrong method and a wrong version the same way', async () => {
    const { get } = await workspace()
    expect((await get('/api/2.2/jobs/create')).at('error_code')).toBe('ENDPOINT_NOT_FOUND')
    expect((await get('/api/9.9/jobs/list')).at('error_code')).toBe('ENDPOINT_NOT_FOUND')
    expect((await get('/other')).at('error_code')).toBe('ENDPOINT_NOT_FOUND')
  })

  it.each([
    ['cut off', '{"job_id": 1'],
    ['an array', '[1]'],
    ['a string', '"x"'],
    ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ])('refuses a body that is %s as MALFORMED_REQUEST', async (_what, body) => {
    const { url } = await workspace()
    const response = await fetch(`${url}/api/2.2/jobs/delete`, {
      method: 'POST',
      body,
      headers: { Authorization: 'Bearer lakeward-demo' },
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error_code: 'MALFORMED_REQUEST' })
  })

  it('names the field of a wrong type and the field that is missing', async () => {
    const { post } = await workspace()
    const wrong = await post('/api/2.1/clusters/edit', { cluster_id: 7 })
    expect(wrong.body).toMatchObject({ error_code: 'MALFORMED_REQUEST' })
    expect(wrong.at('message')).toContain("'cluster_id'")
    const missing = await post('/api/2.1/clusters/start', {})
    expect(missing.body).toEqual({
      error_code: 'INVALID_PARAMETER_VALUE',
      message: 'Missing required field: cluster_id',
    })
  })

  it('takes null for absent and drops fields that it does not know', async () => {
    const { post, get } = await workspace()
    const job = await post('/api/2.2/jobs/create', { name: 'x', description: null, brand_new_field: 1 })
    const settings = (await get(`/api/2.2/jobs/get?job_id=${job.text('job_id')}`)).at('settings')
    expect(settings).not.toHaveProperty('brand_new_field')
    expect(settings).not.toHaveProperty('description')
  })

  it.each([
    ['lists', `{"name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['lists beside a large number', `{"id":12345678901234567890,"a":${'['.repeat(100_000)}`],
  ])('refuses %s nested without end as MALFORMED_REQUEST', async (_what, body) => {
    const { url } = await workspace()
    const response = await fetch(`${url}/api/2.2/jobs/create`, {
      method: 'POST',
      body,
      headers: { Authorization: 'Bearer lakeward-demo' },
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error_code: 'MALFORMED_REQUEST' })
  })

  it('answers a broken percent-encoding in a path with 400', async () => {
    const { get } = await workspace()
    expect((await get('/api/2.1/unity-catalog/permissions/schema/%E0%A4%A')).status).toBe(400)
  })

  it('survives a client that goes away in the middle of a body', async () => {
    const client = await workspace()
    const socket = connection(client)
    await once(socket, 'connect')
    socket.write('POST /api/2.2/jobs/create HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"na')
    socket.destroy()
    await once(socket, 'close')
    expect((await client.get(me)).status).toBe(200)
  })
})

/** A change that has nothing to tell. */
const changed = (client: Client) => client.post('/api/2.2/jobs/delete', { job_id: 901234567890123457n })

describe('answers', () => {
  it('to changes are an empty object, or nothing', async () => {
    expect((await changed(await workspace())).body).toEqual({})
    const client = await workspace({ switches: { emptyAnswer: 'Nothing' } })
    expect(await changed(client)).toMatchObject({ status: 200, body: null })
    const grants = await client.get('/api/2.1/unity-catalog/permissions/schema/main.silver')
    expect(grants.body).toEqual({})
  })

  it('carry ids of their own, or none', async () => {
    expect((await (await workspace()).get(me)).headers.get('X-Request-Id')).toBeNull()
    const client = await workspace({ switches: { requestIdHeader: true } })
    const ids = [await client.get(me), await client.get('/api/2.1/no')].map(({ headers }) =>
      headers.get('X-Request-Id'),
    )
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/)
    expect(ids[1]).not.toBe(ids[0])
  })

  it('carry the id of the workspace, or only the one that tells who calls', async () => {
    const client = await workspace({ switches: { orgIdOnAllAnswers: false } })
    expect((await client.get('/api/2.2/jobs/list')).headers.get('X-Databricks-Org-Id')).toBeNull()
    expect((await client.get(me)).headers.get('X-Databricks-Org-Id')).toBe('7405611111111111')
  })

  it('can be silent about the reason in headers', async () => {
    const client = await workspace({ switches: { reasonPhraseHeader: false } })
    expect((await client.with('x').get(me)).headers.get('X-Databricks-Reason-Phrase')).toBeNull()
  })
})

const megabyte = Buffer.alloc(1024 * 1024, 'x')

/** A request for a job with a name of three letters. */
const createNamed = (name: string) => `${head(createLine, 'Content-Length: 14')}{"name":"${name}"}`
const createLine = 'POST /api/2.2/jobs/create HTTP/1.1'

function* repeated(chunk: Buffer, times: number): Iterable<Buffer> {
  for (let index = 0; index < times; index += 1) yield chunk
}

describe('a body of 100 MB', () => {
  it('is refused before it has come, if its length is told', async () => {
    const client = await workspace()
    const socket = connection(client)
    socket.write(head(createLine, 'Content-Length: 104857600'))
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    expect(chunk.toString()).toMatch(/^HTTP\/1\.1 413 /)
    socket.destroy()
    expect((await client.get(me)).status).toBe(200)
  })

  it('is not even sent by a client that asks first', async () => {
    const client = await workspace()
    const asking = head(createLine, 'Content-Length: 104857600', 'Expect: 100-continue')
    const socket = connection(client)
    socket.write(asking)
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    expect(chunk.toString()).toMatch(/^HTTP\/1\.1 413 /)
    socket.destroy()
  })

  it.each<[string, string, Buffer[]]>([
    ['a length', 'Content-Length: 104857600', [megabyte]],
    ['chunks', 'Transfer-Encoding: chunked', [Buffer.from('100000\r\n'), megabyte, Buffer.from('\r\n')]],
  ])('with %s is answered also for a client that sends all before it reads', async (_what, line, parts) => {
    const client = await workspace()
    const chunks = repeated(Buffer.concat(parts), 100)
    const end = line.startsWith('Transfer') ? [Buffer.from('0\r\n\r\n')] : []
    const answer = await raw(client, head(createLine, line), [...chunks, ...end])
    expect(answer).toMatch(/^HTTP\/1\.1 413 .*MALFORMED_REQUEST/s)
    expect((await client.get('/api/2.2/jobs/list?name=x')).list('jobs')).toEqual([])
  })

  it('is refused by the control API too', async () => {
    const client = await workspace()
    const answer = await client.control('PUT', 'limits', { x: 'x'.repeat(11 * 1024 * 1024) })
    expect(answer.status).toBe(413)
  })
})

describe('what is hardly HTTP', () => {
  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['another version', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['two lengths', head(createLine, 'Content-Length: 2', 'Content-Length: 3') + '{}', 400],
    ['a length and chunks', head(createLine, 'Content-Length: 2', 'Transfer-Encoding: chunked'), 400],
    ['a negative length', head(createLine, 'Content-Length: -1'), 400],
    ['a huge header', head('GET / HTTP/1.1', `X: ${'x'.repeat(20_000)}`), 431],
    ['a huge path', head(`GET /${'x'.repeat(20_000)} HTTP/1.1`), 431],
  ])('%s is refused and the connection closed', async (_what, text, status) => {
    const client = await workspace()
    const answer = await raw(client, text)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} .*MALFORMED_REQUEST`, 's'))
    expect((await client.get(me)).status).toBe(200)
  })

  it('takes a whole URL, as a proxy is sent one', async () => {
    const client = await workspace()
    const text = head(`GET http://ws.example.test${me}?a=b HTTP/1.1`, 'Connection: close')
    expect(await raw(client, text)).toMatch(/^HTTP\/1\.1 200 /)
    expect((await client.control('GET', 'requests')).at('0')).toMatchObject({ path: me, query: { a: 'b' } })
  })

  it('answers requests that come without waiting, in their order and each once', async () => {
    const client = await workspace()
    const last = head('GET /api/2.2/jobs/list?name=xxx HTTP/1.1', 'Connection: close')
    const answer = await raw(
      client,
      createNamed('xxx') + createNamed('yyy') + head('GET /no HTTP/1.1') + last,
    )
    expect(answer.match(/HTTP\/1\.1 [0-9]+/g)).toEqual([
      'HTTP/1.1 200',
      'HTTP/1.1 200',
      'HTTP/1.1 404',
      'HTTP/1.1 200',
    ])
    expect((await client.get('/api/2.2/jobs/list?name=xxx')).list('jobs')).toHaveLength(1)
    expect((await client.get('/api/2.2/jobs/list?name=yyy')).list('jobs')).toHaveLength(1)
  })

  it('does nothing for a request that is cut off', async () => {
    const client = await workspace()
    const socket = connection(client)
    socket.write(`${head(createLine, 'Content-Length: 15')}{"name":"xxx"}`)
    socket.resume().end()
    await once(socket, 'close')
    expect((await client.get('/api/2.2/jobs/list?name=xxx')).list('jobs')).toEqual([])
  })
})

describe('the control API', () => {
  it.each([
    ['another host', 'Host: attacker.example'],
    ['a host that begins like ours', 'Host: 127.0.0.1.attacker.example'],
    ['a page elsewhere', 'Host: 127.0.0.1\r\nOrigin: https://attacker.example'],
    ['a page of no origin', 'Host: 127.0.0.1\r\nOrigin: null'],
  ])('refuses %s, since a browser on this machine reaches it', async (_what, lines) => {
    const client = await workspace()
    for (const path of ['/simulator/clock', `/simulator/as/ana@example.com${me}`]) {
      const answer = await raw(client, `GET ${path} HTTP/1.1\r\n${lines}\r\nConnection: close\r\n\r\n`)
      expect(answer).toMatch(/^HTTP\/1\.1 403 /)
    }
  })

  it.each(['localhost:8642', '127.0.0.1', '[::1]:8642', 'databricks.localhost'])(
    'answers to the host %s',
    async (host) => {
      const text = `GET /simulator/clock HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
      expect(await raw(await workspace(), text)).toMatch(/^HTTP\/1\.1 200 /)
    },
  )
})

describe('start and stop', () => {
  it('listens on loopback and closes open connections when it stops', async () => {
    const simulator = await startSimulator({ port: 0 })
    const socket = connect(simulator.port, '127.0.0.1')
    await once(socket, 'connect')
    const closed = once(socket, 'close')
    socket.resume()
    await simulator.stop()
    await closed
    await expect(fetch(simulator.url)).rejects.toThrow()
  })

  it('can be stopped twice', async () => {
    const simulator = await startSimulator({ port: 0 })
    await simulator.stop()
    await expect(simulator.stop()).resolves.toBeUndefined()
  })

  it('rejects with the socket error when the port is taken', async () => {
    const { url } = await workspace()
    await expect(startSimulator({ port: Number(new URL(url).port) })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
  })

  it('gives the same ids for the same seed and others for another', async () => {
    expect(await firstId(3)).toBe(await firstId(3))
    expect(await firstId(3)).not.toBe(await firstId(4))
  })
})
