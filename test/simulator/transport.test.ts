import { connect } from 'node:net'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { workspace } from './harness.ts'

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

  it('refuses a body beyond the limit and stays alive', async () => {
    const client = await workspace()
    const { status } = await client.post('/api/2.2/jobs/create', { name: 'x'.repeat(11 * 1024 * 1024) })
    expect(status).toBe(413)
    expect((await client.get(me)).status).toBe(200)
  })

  it('stops reading a body without a length once it is too long', async () => {
    const client = await workspace()
    const chunk = new Uint8Array(1024 * 1024)
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => (sent++ < 400 ? controller.enqueue(chunk) : controller.close()),
    })
    const request = fetch(`${client.url}/api/2.2/jobs/create`, {
      method: 'POST',
      body,
      duplex: 'half',
    })
    // Depending on who notices first, the client sees the answer or a closed connection.
    await request.then(
      (response) => expect(response.status).toBe(401),
      (error: unknown) => expect(error).toBeInstanceOf(TypeError),
    )
    expect(sent).toBeLessThan(400)
    expect((await client.get(me)).status).toBe(200)
  })

  it('answers a broken percent-encoding in a path with 400', async () => {
    const { get } = await workspace()
    expect((await get('/api/2.1/unity-catalog/permissions/schema/%E0%A4%A')).status).toBe(400)
  })

  it('survives a client that goes away in the middle of a body', async () => {
    const client = await workspace()
    const socket = connect(Number(new URL(client.url).port), '127.0.0.1')
    await once(socket, 'connect')
    socket.write('POST /api/2.2/jobs/create HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"na')
    socket.destroy()
    await once(socket, 'close')
    expect((await client.get(me)).status).toBe(200)
  })
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
