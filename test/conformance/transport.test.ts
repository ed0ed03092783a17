import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect } from 'vitest'
import { benName, place, robotName, workspaceId, type Caller, type Got } from './client.ts'
import { fact } from './fact.ts'

const list = '/api/2.2/jobs/list'
const createJob = '/api/2.2/jobs/create'
const formType = 'application/x-www-form-urlencoded'

const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** Asks the token endpoint. */
const token = (caller: Caller, fields: Record<string, string>, headers: object = {}): Promise<Got> =>
  caller
    .with({ 'content-type': formType, ...headers })
    .send('POST', '/oidc/v1/token', new URLSearchParams(fields).toString())

const secret = 'dose-of-the-robot'
const asClient = (caller: Caller, password = secret): Promise<Got> =>
  token(
    caller,
    { grant_type: 'client_credentials', scope: 'all-apis' },
    { authorization: basic(robotName, password) },
  )

describe('credentials', () => {
  fact('1.1', 'a wrong token is a 403 whose code is the number 403', async () => {
    const { nobody } = await place()
    const got = await nobody.with(bearer('dapi0')).get(list)
    expect(got.refusal).toBe('403 403 Invalid access token.')
    expect(got.headers.get('x-databricks-reason-phrase')).toBe('Invalid access token.')
  })

  fact('1.2', 'no credentials are a 401', async () => {
    const { nobody } = await place()
    expect((await nobody.get(list)).status).toBe(401)
    expect((await nobody.with({ authorization: 'Digest x' }).get(list)).status).toBe(401)
  })

  fact('1.3', 'an OAuth token works for its life and is a 401 afterwards', async () => {
    const { nobody, control } = await place({ clients: { [robotName]: secret } })
    const got = await asClient(nobody)
    const caller = nobody.with(bearer(got.text('access_token')))
    expect((await caller.get(list)).status).toBe(200)
    await control('POST', 'access-tokens/expire', {})
    expect((await caller.get(list)).status).toBe(401)
  })

  fact('1.4', 'how long it lives is told as a number or as a text', async () => {
    for (const [expiresIn, told] of [
      ['Number', 1200],
      ['Text', '1200'],
    ] as const) {
      const options = { clients: { [robotName]: secret }, tokenSeconds: 1200, switches: { expiresIn } }
      const { nobody } = await place(options)
      expect((await asClient(nobody)).at('expires_in')).toBe(told)
    }
  })

  fact(
    '2.1',
    'the token endpoint takes a client and its secret, and refuses in the shape of OAuth',
    async () => {
      const { nobody } = await place({ clients: { [robotName]: secret } })
      expect((await asClient(nobody)).json).toMatchObject({ token_type: 'Bearer', scope: 'all-apis' })
      const refused = await asClient(nobody, 'dose-of-somebody-else')
      expect(refused.status).toBe(401)
      expect(refused.text('error')).toBe('invalid_client')
      expect(refused.at('error_code')).toBeUndefined()
      const odd = await token(nobody, { grant_type: 'password' })
      expect(odd.status).toBe(400)
      expect(odd.text('error')).toBe('unsupported_grant_type')
    },
  )

  fact('2.2', 'a token of another issuer is exchanged if the policy fits it in every point', async () => {
    const issuer = 'https://kubernetes.example.com'
    const [mine, foreign] = [await generateKeyPair('RS256'), await generateKeyPair('RS256')]
    const keys = [{ ...(await exportJWK(mine.publicKey)), kid: 'k', alg: 'RS256' }]
    const subject = 'system:serviceaccount:data:lakeward'
    const policy = { issuer, audiences: ['databricks'], subject, jwks_json: JSON.stringify({ keys }) }
    const { nobody } = await place({
      federationPolicies: [{ servicePrincipal: robotName, oidc_policy: policy }],
    })
    const exchanged = async (
      changes: { iss?: string; sub?: string; aud?: string; exp?: string },
      key = mine,
    ): Promise<Got> => {
      const { iss = issuer, sub = subject, aud = 'databricks', exp = '5m' } = changes
      const jwt = await new SignJWT()
        .setProtectedHeader({ alg: 'RS256', kid: 'k' })
        .setIssuer(iss)
        .setSubject(sub)
        .setAudience(aud)
        .setExpirationTime(exp)
        .sign(key.privateKey)
      return token(nobody, {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        subject_token: jwt,
        scope: 'all-apis',
        client_id: robotName,
      })
    }
    const good = await exchanged({})
    const me = await nobody.with(bearer(good.text('access_token'))).ok('GET', '/api/2.0/preview/scim/v2/Me')
    expect(me.text('userName')).toBe(robotName)
    const wrong: Promise<Got>[] = [
      exchanged({ iss: 'https://elsewhere.example.com' }),
      exchanged({ sub: 'system:serviceaccount:data:default' }),
      exchanged({ aud: 'https://kubernetes.default.svc' }),
      exchanged({ exp: '-1m' }),
      exchanged({}, foreign),
    ]
    for (const got of await Promise.all(wrong)) {
      expect(got.status).toBeGreaterThanOrEqual(400)
      expect(got.at('access_token')).toBeUndefined()
      expect(got.text('error')).toMatch(/^[a-z_]+$/)
    }
  })

  fact('2.3', 'where tokens are to be had is told to everybody', async () => {
    const { nobody } = await place()
    const config = await nobody.ok('GET', '/.well-known/databricks-config')
    expect(config.text('workspace_id')).toBe(workspaceId)
    expect(config.text('oidc_endpoint')).toBe(`${nobody.url}/oidc`)
    const server = await nobody.ok('GET', '/oidc/.well-known/oauth-authorization-server')
    expect(server.text('token_endpoint')).toBe(`${nobody.url}/oidc/v1/token`)
  })
})

describe('transport', () => {
  fact('3.1', 'an unknown path or method is named in a 404', async () => {
    const { robot } = await place()
    expect((await robot.post('/api/2.1/clusters/foo')).refusal).toBe(
      "404 ENDPOINT_NOT_FOUND No API found for 'POST /clusters/foo'",
    )
    expect((await robot.send('DELETE', list)).refusal).toContain('404 ENDPOINT_NOT_FOUND')
  })

  fact('3.2', 'unknown fields are ignored', async () => {
    const { robot } = await place()
    const got = await robot.ok('POST', createJob, { name: 'x', no_such_field: { a: 1 }, tasks: [] })
    const job = await robot.ok('GET', `/api/2.2/jobs/get?job_id=${got.text('job_id')}`)
    expect(job.body).not.toContain('no_such_field')
  })

  fact('3.3', 'a change that worked answers {}, a create 200 with an id', async () => {
    const { robot } = await place()
    const made = await robot.post(createJob, { name: 'x' })
    expect(made.status).toBe(200)
    const job_id = BigInt(made.text('job_id'))
    expect((await robot.ok('POST', '/api/2.2/jobs/update', { job_id, new_settings: {} })).json).toEqual({})
  })

  fact('3.4', 'a body that is no JSON is a 400', async () => {
    const { robot } = await place()
    for (const body of ['{"name":', 'name=x', '[1]', '"x"'])
      expect((await robot.send('POST', createJob, body)).refusal).toContain('400 MALFORMED_REQUEST')
  })

  fact('4.1', 'answers say which workspace they are from', async () => {
    const { robot } = await place()
    for (const path of ['/api/2.0/preview/scim/v2/Me', list])
      expect((await robot.get(path)).headers.get('x-databricks-org-id')).toBe(workspaceId)
  })

  fact('4.2', 'what was asked can be looked at afterwards', async () => {
    const { robot, control } = await place()
    await robot.with({ ...bearer('token-of-ben'), 'user-agent': 'plain/1.0' }).post(`${list}?a=b`, { c: 1 })
    const all = (await control('GET', 'requests')).json as object[]
    expect(all.at(-1)).toMatchObject({
      method: 'POST',
      path: list,
      query: { a: 'b' },
      body: { c: 1 },
      userAgent: 'plain/1.0',
      identity: benName,
      status: 404,
    })
  })

  fact('5.1', 'trouble comes before a call has an effect, or after', async () => {
    const { robot, control } = await place()
    const named = async () => (await robot.ok('GET', `${list}?name=x`)).list('jobs').length
    for (const [when, count] of [
      ['before', 0],
      ['after', 1],
    ] as const) {
      await control('POST', 'faults', { match: `POST ${createJob}`, when, status: 503 })
      expect((await robot.post(createJob, { name: 'x' })).status).toBe(503)
      expect(await named()).toBe(count)
    }
    await control('POST', 'faults', { match: `POST ${createJob}`, when: 'after', reset: true })
    await expect(robot.post(createJob, { name: 'x' })).rejects.toThrow(/fetch failed/)
    expect(await named()).toBe(2)
  })

  fact('5.2', 'too much is a 429, with or without a time to wait', async () => {
    const { robot, control } = await place()
    await control('POST', 'faults', { match: `GET ${list}`, preset: 'Throttled' })
    await control('POST', 'faults', { match: `GET ${list}`, preset: 'ThrottledWithoutRetryAfter' })
    const [first, second] = [await robot.get(list), await robot.get(list)]
    expect([first.status, second.status]).toEqual([429, 429])
    expect(first.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(second.headers.get('retry-after')).toBeNull()
  })

  fact('5.3', 'what stands between answers in its own ways', async () => {
    const { robot, control } = await place()
    const presets = { BadGateway: 502, EmptyError: 500, NoHealthyUpstream: 503, LoginPage: 200 }
    for (const [preset, status] of Object.entries(presets)) {
      await control('POST', 'faults', { match: `GET ${list}`, preset })
      const got = await robot.get(list)
      expect(got.status).toBe(status)
      expect(got.json).toBeUndefined()
    }
    await control('POST', 'faults', { match: `GET ${list}`, preset: 'CutBody' })
    await expect(robot.get(list)).rejects.toThrow(/terminated/)
  })

  fact('6.1', 'a read right after a write may show what was before', async () => {
    const { robot, control } = await place()
    await control('POST', 'stale', { match: 'GET /api/2.2/jobs/*', count: 2 })
    const id = (await robot.ok('POST', createJob, { name: 'fresh' })).text('job_id')
    expect((await robot.get(`/api/2.2/jobs/get?job_id=${id}`)).refusal).toContain('does not exist')
    expect((await robot.ok('GET', `${list}?name=fresh`)).list('jobs')).toEqual([])
    expect((await robot.get(`/api/2.2/jobs/get?job_id=${id}`)).status).toBe(200)
  })

  fact('7.1', 'ids of jobs are beyond what a double holds', async () => {
    const { robot } = await place()
    for (let count = 0; count < 10; count += 1) {
      const id = BigInt((await robot.ok('POST', createJob, { name: 'x' })).text('job_id'))
      expect(id).toBeGreaterThan(2n ** 53n)
      expect(id).toBeLessThan(2n ** 63n)
    }
  })
})
