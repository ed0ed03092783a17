import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Clock } from '../../src/clock.ts'
import type { SimulatorOptions } from '../../src/simulator/simulator.ts'
import { Answer, beginning, workspace, type Client } from './harness.ts'
import { issuer, type Issuer } from './issuer.ts'

const me = '/api/2.0/preview/scim/v2/Me'
const applicationId = '6c1d0f4e-1a2b-4c3d-8e4f-5a6b7c8d9e0f'
const account = '0f1e2d3c-4b5a-4697-8877-66554433aa22'
const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`

/** A clock that a test sets. */
function settableClock(): Clock & { pass: (seconds: number) => void } {
  let passed = 0
  return {
    now: () => beginning + passed,
    monotonic: () => passed,
    sleep: async () => {},
    pass: (seconds) => {
      passed += seconds * 1000
    },
  }
}

/** Sends a form, as OAuth wants it; `authorization` is the header. */
async function form(
  { url }: Client,
  path: string,
  { authorization, ...fields }: Record<string, string>,
): Promise<Answer> {
  const response = await fetch(url + path, {
    method: 'POST',
    body: new URLSearchParams(fields),
    ...(authorization !== undefined && { headers: { Authorization: authorization } }),
  })
  return new Answer(response, await response.text())
}

const machine = { clients: { [applicationId]: 'dose-first' } }
const grant = { grant_type: 'client_credentials', scope: 'all-apis' }
const token = (client: Client, secret = 'dose-first') =>
  form(client, '/oidc/v1/token', { ...grant, authorization: basic(applicationId, secret) })

describe('discovery', () => {
  it('describes the host and its authorization server without credentials', async () => {
    const client = (await workspace()).with(undefined)
    expect((await client.get('/.well-known/databricks-config')).body).toEqual({
      oidc_endpoint: `${client.url}/oidc`,
      account_id: account,
      workspace_id: '7405611111111111',
      cloud: 'AWS',
      host_type: 'workspace',
      token_federation_default_oidc_audiences: [account],
    })
    expect((await client.get('/oidc/.well-known/oauth-authorization-server')).body).toEqual({
      issuer: `${client.url}/oidc`,
      authorization_endpoint: `${client.url}/oidc/v1/authorize`,
      token_endpoint: `${client.url}/oidc/v1/token`,
    })
  })

  it('names the address by which it was reached', async () => {
    const { url } = await workspace()
    const other = url.replace('127.0.0.1', 'localhost')
    const response = await fetch(`${other}/.well-known/databricks-config`)
    expect(await response.json()).toMatchObject({ oidc_endpoint: `${other}/oidc` })
  })

  it('is the same under the id of the account, and under no other', async () => {
    const client = await workspace(machine)
    const root = `/oidc/accounts/${account}`
    const found = await client.get(`${root}/.well-known/oauth-authorization-server`)
    expect(found.at('token_endpoint')).toBe(`${client.url}${root}/v1/token`)
    const authorization = basic(applicationId, 'dose-first')
    expect((await form(client, `${root}/v1/token`, { ...grant, authorization })).status).toBe(200)
    expect((await form(client, '/oidc/accounts/x/v1/token', { ...grant, authorization })).status).toBe(404)
  })

  it('can say anything else, less, or nothing', async () => {
    const client = await workspace({
      discovery: {
        hostMetadata: { oidc_endpoint: 'https://elsewhere.example.test/{account_id}', cloud: null },
        authorizationServer: { token_endpoint: 'http://169.254.169.254/token' },
      },
    })
    const metadata = await client.get('/.well-known/databricks-config')
    expect(metadata.at('oidc_endpoint')).toBe('https://elsewhere.example.test/{account_id}')
    expect(metadata.body).not.toHaveProperty('cloud')
    const server = '/oidc/.well-known/oauth-authorization-server'
    expect((await client.get(server)).at('token_endpoint')).toBe('http://169.254.169.254/token')
    await client.control('PUT', 'discovery', { hostMetadata: null, authorizationServer: null })
    expect((await client.get('/.well-known/databricks-config')).status).toBe(404)
    expect((await client.get(server)).status).toBe(404)
    await client.control('PUT', 'discovery', {})
    expect((await client.get(server)).at('token_endpoint')).toBe(`${client.url}/oidc/v1/token`)
  })

  it('leads a browser to the login page of the tenant, which is how a client learns the tenant', async () => {
    const client = await workspace({ entra: { tenant: 'tenant-7' } })
    const look = () => fetch(`${client.url}/aad/auth`, { redirect: 'manual' })
    expect((await look()).headers.get('Location')).toMatch(
      /^https:\/\/login\.microsoftonline\.com\/tenant-7\//,
    )
    await client.control('PUT', 'discovery', { loginRedirect: 'https://evil.example.test/x/' })
    expect((await look()).headers.get('Location')).toBe('https://evil.example.test/x/')
    await client.control('PUT', 'discovery', { loginRedirect: null })
    expect((await look()).status).toBe(404)
  })
})

describe('OAuth of a service principal', () => {
  it('gives a signed JWT for id and secret in the header, and the API takes it', async () => {
    const client = await workspace(machine)
    const answer = await token(client)
    expect(answer.body).toEqual({
      access_token: expect.any(String) as string,
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'all-apis',
    })
    const access = answer.text('access_token')
    expect(decodeProtectedHeader(access)).toMatchObject({ alg: 'RS256' })
    expect(decodeJwt(access)).toMatchObject({ sub: applicationId, exp: beginning / 1000 + 3600 })
    expect((await client.with(access).get(me)).at('userName')).toBe(applicationId)
  })

  it('takes id and secret in the form as well', async () => {
    const fields = { ...grant, client_id: applicationId, client_secret: 'dose-first' }
    expect((await form(await workspace(machine), '/oidc/v1/token', fields)).status).toBe(200)
  })

  it.each<[string, Record<string, string>, [status: number, error: string]]>([
    ['a wrong secret', { ...grant, client_id: applicationId, client_secret: 'x' }, [401, 'invalid_client']],
    ['an unknown client', { ...grant, client_id: 'nobody', client_secret: 'x' }, [401, 'invalid_client']],
    ['no client', grant, [401, 'invalid_client']],
    ['no grant type', { scope: 'all-apis' }, [400, 'invalid_request']],
    ['another grant type', { grant_type: 'password' }, [400, 'unsupported_grant_type']],
  ])('refuses %s in the shape of OAuth', async (_what, fields, [status, error]) => {
    const answer = await form(await workspace(machine), '/oidc/v1/token', fields)
    expect(answer.status).toBe(status)
    expect(answer.body).toMatchObject({ error, error_description: expect.any(String) as string })
    expect(answer.body).not.toHaveProperty('error_code')
  })

  it.each<[string, RequestInit]>([
    ['JSON', { body: JSON.stringify(grant), headers: { 'Content-Type': 'application/json' } }],
    ['nothing', {}],
    [
      'a parameter twice',
      {
        body: 'grant_type=client_credentials&grant_type=client_credentials',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      },
    ],
  ])('refuses %s in the place of a form', async (_what, init) => {
    const { url } = await workspace(machine)
    const response = await fetch(`${url}/oidc/v1/token`, { method: 'POST', ...init })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: 'invalid_request' })
  })

  it.each<[string, Partial<NonNullable<SimulatorOptions['switches']>>, (client: Client) => Promise<void>]>([
    [
      'the life as text',
      { expiresIn: 'Text' },
      async (client) => expect((await token(client)).at('expires_in')).toBe('3600'),
    ],
    [
      '400 without a body for an unknown client',
      { refusedClient: 'EmptyBody400' },
      async (client) => expect(await token(client, 'x')).toMatchObject({ status: 400, body: null }),
    ],
  ])('can give %s', async (_what, switches, check) => {
    await check(await workspace({ ...machine, switches }))
  })

  it('takes several secrets while they are rotated, and none that is gone', async () => {
    const client = await workspace(machine)
    await client.control('PUT', `clients/${applicationId}`, { secrets: ['dose-first', 'dose-second'] })
    expect((await token(client)).status).toBe(200)
    expect((await token(client, 'dose-second')).status).toBe(200)
    await client.control('PUT', `clients/${applicationId}`, { secrets: ['dose-second'] })
    expect((await token(client)).status).toBe(401)
    const list = await client.control('GET', 'clients')
    expect(list.body).toEqual([{ clientId: applicationId, secrets: 1 }])
    await client.control('DELETE', `clients/${applicationId}`)
    expect((await token(client, 'dose-second')).status).toBe(401)
  })
})

describe('the life of a token', () => {
  it('ends on the clock of the machine, whatever the time in the workspace', async () => {
    const clock = settableClock()
    const client = await workspace({ ...machine, clock, tokenSeconds: 60 })
    const answer = await token(client)
    expect(answer.at('expires_in')).toBe(60)
    const call = () => client.with(answer.text('access_token')).get(me)
    await client.advance(100_000)
    clock.pass(59)
    expect((await call()).status).toBe(200)
    clock.pass(1)
    expect(await call()).toMatchObject({ status: 401 })
    expect((await call()).at('message')).toBe('Token is expired')
  })

  it.each([
    [401, 'UNAUTHENTICATED', 'Token is expired'],
    [403, 'PERMISSION_DENIED', 'Token is expired'],
    [400, 'BAD_REQUEST', expect.stringContaining('ExpiredJwtException') as string],
  ] as const)('can end in %s', async (status, error_code, message) => {
    const client = await workspace({ ...machine, switches: { expiredToken: status } })
    const access = (await token(client)).text('access_token')
    expect((await client.control('POST', 'access-tokens/expire')).body).toEqual({ expired: 1 })
    const answer = await client.with(access).get(me)
    expect(answer).toMatchObject({ status, body: { error_code, message } })
  })

  it('can be changed, ended and taken back by order, for one identity', async () => {
    const client = await workspace({ clients: { [applicationId]: 'dose-first', other: 'dose-other' } })
    await client.control('PUT', 'access-tokens/life', { seconds: 5 })
    const answer = await token(client)
    expect(answer.at('expires_in')).toBe(5)
    const call = async () => (await client.with(answer.text('access_token')).get(me)).status
    await client.control('POST', 'access-tokens/expire', { identity: 'other' })
    expect(await call()).toBe(200)
    await client.control('POST', 'access-tokens/revoke', { identity: applicationId })
    expect(await call()).toBe(403)
  })

  it('belongs to personal tokens too', async () => {
    const clock = settableClock()
    const client = await workspace({ clock })
    await client.control('PUT', 'tokens/dapi-short', { identity: 'ana@example.com', lifeSeconds: 10 })
    expect((await client.with('dapi-short').get(me)).at('userName')).toBe('ana@example.com')
    clock.pass(10)
    expect(await client.with('dapi-short').get(me)).toMatchObject({ status: 403, body: { error_code: 403 } })
  })
})

describe('federation', () => {
  const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
  const subject = 'system:serviceaccount:data:team'
  let cluster: Issuer
  let impostor: Issuer
  beforeAll(async () => {
    cluster = await issuer('https://cluster.example.test')
    impostor = await issuer('https://cluster.example.test')
  })
  const policy = (more: object = {}) => ({
    servicePrincipal: applicationId,
    oidc_policy: { issuer: cluster.name, subject, jwks_json: cluster.keys, ...more },
  })
  const claims = { sub: subject, aud: [account] }
  const exchanged = (client: Client, subject_token: string, more: Record<string, string> = {}) =>
    form(client, '/oidc/v1/token', {
      grant_type: exchange,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      subject_token,
      scope: 'all-apis',
      client_id: applicationId,
      ...more,
    })
  const tokens = { known: applicationId }

  it('turns a token of a service account into one of the service principal', async () => {
    const client = await workspace({ tokens, federationPolicies: [policy()] })
    const answer = await exchanged(client, await cluster.sign(claims))
    expect(answer).toMatchObject({ status: 200, body: { token_type: 'Bearer', scope: 'all-apis' } })
    expect((await client.with(answer.text('access_token')).get(me)).at('userName')).toBe(applicationId)
  })

  it('lets the new token live as long as the old one, or not', async () => {
    const client = await workspace({ tokens, federationPolicies: [policy()] })
    expect((await exchanged(client, await cluster.sign(claims))).at('expires_in')).toBe(600)
    const other = await workspace({
      tokens,
      federationPolicies: [policy()],
      switches: { tokenLifeFollowsSubject: false },
    })
    expect((await exchanged(other, await cluster.sign(claims))).at('expires_in')).toBe(3600)
  })

  it.each<[string, () => Promise<string>, string]>([
    ['another issuer', () => cluster.sign({ ...claims, iss: 'https://other' }), 'issuer does not match'],
    ['another audience', () => cluster.sign({ ...claims, aud: 'x' }), 'audience is not accepted'],
    ['no audience', () => cluster.sign({ sub: subject }), 'audience is not accepted'],
    ['another subject', () => cluster.sign({ ...claims, sub: 'x' }), 'subject does not match'],
    ['a foreign signature', () => impostor.sign(claims), 'signature cannot be verified'],
    ['an end in the past', () => cluster.sign({ ...claims, exp: beginning / 1000 - 1 }), 'expiry has passed'],
    [
      'a beginning in the future',
      () => cluster.sign({ ...claims, nbf: beginning / 1000 + 60 }),
      'expiry has passed',
    ],
    ['no signature', async () => unsigned(await cluster.sign(claims)), 'signature cannot be verified'],
    ['no form', async () => 'rubbish', 'issuer does not match'],
  ])('refuses a token with %s', async (_what, sign, description) => {
    const client = await workspace({ tokens, federationPolicies: [policy()] })
    const answer = await exchanged(client, await sign())
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
    expect(answer.text('error_description')).toContain(description)
  })

  it('takes the audiences that a policy names, and only keys of the allowed kinds', async () => {
    const modern = await issuer('https://modern', { algorithm: 'ES384' })
    const client = await workspace({
      tokens,
      federationPolicies: [
        policy({ audiences: ['a', 'b'] }),
        policy({ issuer: modern.name, jwks_json: modern.keys }),
      ],
    })
    expect((await exchanged(client, await cluster.sign({ ...claims, aud: ['b'] }))).status).toBe(200)
    expect((await exchanged(client, await cluster.sign(claims))).status).toBe(400)
    expect((await exchanged(client, await modern.sign(claims))).text('error_description')).toContain(
      'signature',
    )
  })

  it('takes other kinds of keys where that is switched on', async () => {
    const modern = await issuer('https://modern', { algorithm: 'ES384' })
    const federationPolicies = [policy({ issuer: modern.name, jwks_json: modern.keys }), policy()]
    const switches = { subjectTokenAlgorithms: ['ES384'] }
    const client = await workspace({ tokens, federationPolicies, switches })
    expect((await exchanged(client, await modern.sign(claims))).status).toBe(200)
    expect((await exchanged(client, await cluster.sign(claims))).status).toBe(400)
  })

  it('tries each key for a token that names none, and takes none that is broken', async () => {
    const unnamed = await issuer(cluster.name, { kid: undefined })
    const both = JSON.stringify({ keys: [...keysOf(cluster), ...keysOf(unnamed)] })
    const client = await workspace({ tokens, federationPolicies: [policy({ jwks_json: both })] })
    expect((await exchanged(client, await unnamed.sign(claims))).status).toBe(200)
    const third = await issuer(cluster.name, { kid: undefined })
    const refusal = async (jwks_json: string) => {
      const other = await workspace({ tokens, federationPolicies: [policy({ jwks_json })] })
      return (await exchanged(other, await third.sign(claims))).text('error_description')
    }
    expect(await refusal(both)).toContain('signature cannot be verified')
    expect(await refusal('{"keys":[{"kty":"RSA"}]}')).toContain('signature cannot be verified')
  })

  it('knows clients by their policies, and asks for the right kind of token', async () => {
    const client = await workspace({ tokens, federationPolicies: [policy()] })
    const signed = await cluster.sign(claims)
    expect((await exchanged(client, signed, { client_id: 'other' })).at('error')).toBe('invalid_client')
    const kind = { subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' }
    expect((await exchanged(client, signed, kind)).at('error')).toBe('invalid_request')
    expect((await exchanged(client, '')).text('error_description')).toContain('subject_token')
  })

  it('lets an account-wide policy take whomever the claim names, without a client id', async () => {
    const { servicePrincipal: _none, ...wide } = policy({ subject: undefined, subject_claim: 'email' })
    const client = await workspace({ federationPolicies: [wide] })
    const send = async (email: string) =>
      form(client, '/oidc/v1/token', {
        grant_type: exchange,
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        subject_token: await cluster.sign({ ...claims, email }),
      })
    const answer = await send('ben@example.com')
    expect((await client.with(answer.text('access_token')).get(me)).at('userName')).toBe('ben@example.com')
    expect((await send('nobody@example.com')).at('error')).toBe('invalid_request')
  })

  it('reads keys where the policy or the issuer says, and sees a rotated one', async () => {
    const rotated = await issuer(cluster.name, { kid: 'second' })
    let keys = cluster.keys
    const server = createServer((request, response) => {
      const { port } = server.address() as AddressInfo
      const isMetadata = request.url === '/.well-known/openid-configuration'
      response.end(isMetadata ? JSON.stringify({ jwks_uri: `http://127.0.0.1:${port}/keys` }) : keys)
    })
    server.listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const own = { jwks_json: undefined, issuer: address }
    const client = await workspace({
      tokens,
      federationPolicies: [policy(own), policy({ jwks_json: undefined, jwks_uri: `${address}/keys` })],
    })
    expect((await exchanged(client, await cluster.sign({ ...claims, iss: address }))).status).toBe(200)
    expect((await exchanged(client, await cluster.sign(claims))).status).toBe(200)
    keys = rotated.keys
    expect((await exchanged(client, await rotated.sign(claims))).status).toBe(200)
    await client.control('PUT', 'federation-policies', [policy({ ...own, issuer: 'http://127.0.0.1:1' })])
    const lost = await exchanged(client, await cluster.sign({ ...claims, iss: 'http://127.0.0.1:1' }))
    expect(lost.text('error_description')).toContain('does not name the keys')
  })

  it('refuses policies that the account would refuse', async () => {
    const client = await workspace()
    const wide = { oidc_policy: { issuer: 'x', subject: 'y' } }
    expect((await client.control('PUT', 'federation-policies', [wide])).status).toBe(400)
    const keys = { servicePrincipal: 'a', oidc_policy: { issuer: 'x', subject: 'y', jwks_json: '[]' } }
    expect((await client.control('PUT', 'federation-policies', [keys])).status).toBe(400)
  })
})

const keysOf = ({ keys }: Issuer): unknown[] => (JSON.parse(keys) as { keys: unknown[] }).keys

/** The same token with no algorithm and no signature. */
function unsigned(signed: string): string {
  const [, payload = ''] = signed.split('.')
  return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`
}

describe('Entra', () => {
  const databricks = '2ff814a6-3304-4ab8-85cb-cd0e6f879c1d'
  const management = 'https://management.core.windows.net/'
  const resourceId = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Databricks/workspaces/w'
  const tenant = 'tenant-7'
  const entra = (more: object = {}) => ({
    tenant,
    resourceId,
    applications: { [applicationId]: { secrets: ['azure-secret'], ...more } },
  })
  const secret = {
    grant_type: 'client_credentials',
    client_id: applicationId,
    client_secret: 'azure-secret',
  }
  const v1 = `/entra/${tenant}/oauth2/token`
  const v2 = `/entra/${tenant}/oauth2/v2.0/token`
  const tokens = { known: applicationId }

  const proof = async (client: Client) =>
    (await form(client, v1, { ...secret, resource: management })).text('access_token')

  const callWith = async (client: Client, more: Record<string, string>) => {
    const access = (await form(client, v1, { ...secret, resource: databricks })).text('access_token')
    const response = await fetch(client.url + me, {
      headers: { Authorization: `Bearer ${access}`, ...more },
    })
    return new Answer(response, await response.text())
  }

  it('gives a token for a resource (v1), its figures as text', async () => {
    const client = await workspace({ tokens, entra: entra() })
    const answer = await form(client, v1, { ...secret, resource: databricks })
    expect(answer.body).toMatchObject({
      token_type: 'Bearer',
      resource: databricks,
      expires_in: '3600',
      expires_on: String(beginning / 1000 + 3600),
    })
    expect((await client.with(answer.text('access_token')).get(me)).at('userName')).toBe(applicationId)
  })

  it('gives a token for a scope (v2), for a signed assertion in the place of the secret', async () => {
    const cluster = await issuer('https://cluster.example.test')
    const federated = [{ issuer: cluster.name, subject: 'operator', jwks_json: cluster.keys }]
    const client = await workspace({ tokens, entra: entra({ federated }) })
    const send = async (claims: object) =>
      form(client, v2, {
        grant_type: 'client_credentials',
        client_id: applicationId,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await cluster.sign({
          sub: 'operator',
          aud: 'api://AzureADTokenExchange',
          ...claims,
        }),
        scope: `${databricks}/.default`,
      })
    const answer = await send({})
    expect((await client.with(answer.text('access_token')).get(me)).status).toBe(200)
    expect(await send({ aud: 'x' })).toMatchObject({ status: 401, body: { error_codes: [700213] } })
    expect((await send({ exp: beginning / 1000 - 1 })).at('error_codes')).toEqual([700024])
  })

  it.each<[string, [path: string, fields: Record<string, string>], [status: number, number: number]]>([
    ['a wrong secret', [v1, { ...secret, client_secret: 'x', resource: databricks }], [401, 7000215]],
    ['an unknown application', [v1, { ...secret, client_id: 'x', resource: databricks }], [400, 700016]],
    ['no resource', [v1, secret], [400, 900144]],
    ['an unknown resource', [v1, { ...secret, resource: 'https://graph.microsoft.com' }], [400, 500011]],
    ['a resource for v2', [v2, { ...secret, resource: databricks }], [400, 900144]],
    ['another tenant', ['/entra/other/oauth2/token', { ...secret, resource: databricks }], [400, 90002]],
    ['another grant', [v1, { ...secret, grant_type: 'password' }], [400, 70003]],
  ])('refuses %s with a number', async (_what, [path, fields], [status, number]) => {
    const answer = await form(await workspace({ entra: entra() }), path, fields)
    expect(answer).toMatchObject({ status, body: { error_codes: [number] } })
    expect(answer.text('error_description')).toMatch(new RegExp(`^AADSTS${number}: `))
  })

  it('is refused by the workspace in its last 30 seconds', async () => {
    const clock = settableClock()
    const client = await workspace({ tokens, clock, tokenSeconds: 60, entra: entra() })
    const answer = await form(client, v1, { ...secret, resource: databricks })
    const call = () => client.with(answer.text('access_token')).get(me)
    clock.pass(29)
    expect((await call()).status).toBe(200)
    clock.pass(1)
    expect(await call()).toMatchObject({
      status: 403,
      body: { message: 'Token is expiring within 30 seconds. (token expired)' },
    })
    clock.pass(30)
    expect((await call()).status).toBe(401)
  })

  it('is taken until its end where that is switched on', async () => {
    const clock = settableClock()
    const switches = { refuseExpiringEntraTokens: false }
    const client = await workspace({ tokens, clock, tokenSeconds: 60, entra: entra(), switches })
    const answer = await form(client, v1, { ...secret, resource: databricks })
    const call = () => client.with(answer.text('access_token')).get(me)
    clock.pass(59)
    expect((await call()).status).toBe(200)
    clock.pass(1)
    expect((await call()).status).toBe(401)
  })

  it('can tell the end of a token in other ways', async () => {
    const other = { entraExpiry: 'ExpiresOn', entraNumbers: 'Number' } as const
    const client = await workspace({ entra: entra(), switches: other })
    const answer = await form(client, v1, { ...secret, resource: databricks })
    expect(answer.at('expires_on')).toBe(beginning / 1000 + 3600)
    expect(answer.body).not.toHaveProperty('expires_in')
  })

  describe('for a principal that is not in the workspace', () => {
    it('is refused', async () => {
      const client = await workspace({ entra: entra() })
      expect(await callWith(client, {})).toMatchObject({
        status: 403,
        body: { error_code: 'PERMISSION_DENIED' },
      })
      const other = await workspace({ entra: entra(), switches: { strangerStatus: 401 } })
      expect((await callWith(other, {})).status).toBe(401)
    })

    it('is let in by a second token and the name of the resource', async () => {
      const client = await workspace({ entra: entra({ managesResource: true }) })
      const headers = {
        'X-Databricks-Azure-SP-Management-Token': await proof(client),
        'X-Databricks-Azure-Workspace-Resource-Id': resourceId,
      }
      expect((await callWith(client, headers)).at('userName')).toBe(applicationId)
      expect((await callWith(client, {})).status).toBe(200)
    })

    it.each<[string, boolean, (token: string) => Record<string, string>]>([
      ['without a role on the resource', false, (token) => ({ token, resource: resourceId })],
      ['with the name of another resource', true, (token) => ({ token, resource: '/subscriptions/x' })],
      ['with no proof', true, () => ({ token: 'x', resource: resourceId })],
    ])('is not let in %s', async (_what, managesResource, send) => {
      const client = await workspace({ entra: entra({ managesResource }) })
      const { token = '', resource = '' } = send(await proof(client))
      const headers = {
        'X-Databricks-Azure-SP-Management-Token': token,
        'X-Databricks-Azure-Workspace-Resource-Id': resource,
      }
      expect((await callWith(client, headers)).status).toBe(403)
    })

    it('cannot use the second token for the API itself', async () => {
      const client = await workspace({ tokens, entra: entra() })
      expect((await client.with(await proof(client)).get(me)).body).toMatchObject({ error_code: 403 })
    })
  })

  it('takes new credentials by order and shows none', async () => {
    const client = await workspace({ tokens, entra: entra() })
    await client.control('PUT', `entra-applications/${applicationId}`, { secrets: ['rotated'] })
    expect((await form(client, v1, { ...secret, resource: databricks })).status).toBe(401)
    const { body } = await client.control('GET', 'entra-applications')
    expect(body).toMatchObject([{ id: applicationId, secrets: 1 }])
    expect(JSON.stringify(body)).not.toContain('rotated')
  })
})

describe('Google', () => {
  it('lets a service account in by an ID token for the workspace', async () => {
    const google = await issuer('https://accounts.google.com')
    const audience = 'https://ws.gcp.databricks.com'
    const client = await workspace({ google: { audience, jwks_json: google.keys } })
    const call = async (claims: object) =>
      client.with(await google.sign({ aud: audience, email: 'ben@example.com', ...claims })).get(me)
    expect((await call({})).at('userName')).toBe('ben@example.com')
    expect((await call({ email: 'robot@project.iam' })).status).toBe(403)
    expect((await call({ aud: 'https://other' })).status).toBe(403)
    expect((await call({ exp: beginning / 1000 - 1 })).status).toBe(401)
  })
})

describe('what stands in front of the API', () => {
  it('is nothing, an access list, a private link or a login page', async () => {
    const client = await workspace()
    const look = () =>
      fetch(client.url + me, { headers: { Authorization: 'Bearer lakeward-demo' }, redirect: 'manual' })
    await client.control('PUT', 'admission', { mode: 'IpAccessList' })
    const blocked = await look()
    expect(blocked.status).toBe(403)
    expect(await blocked.json()).toEqual({
      error_code: 'PERMISSION_DENIED',
      message: 'Source IP address: 127.0.0.1 is blocked by Databricks IP ACL for workspace: 7405611111111111',
    })
    await client.control('PUT', 'admission', { mode: 'PrivateLink' })
    const { status, headers } = await look()
    expect(status).toBe(302)
    expect(headers.get('Location')).toBe('/login.html?error=private-link-validation-error:7405611111111111')
    await client.control('PUT', 'admission', { mode: 'LoginPage' })
    const page = await fetch(client.url + me)
    expect(page.url).toBe(`${client.url}/login.html`)
    expect(await page.text()).toContain('<html>')
    expect((await client.as('ana@example.com').get(me)).status).toBe(200)
    await client.control('PUT', 'admission', { mode: 'Open' })
    expect((await look()).status).toBe(200)
  })

  it.each(['Basic YTpi', 'Bearer', 'lakeward-demo', 'Digest x'])('knows no "%s"', async (authorization) => {
    const { url } = await workspace({ switches: { missingCredentialsBody: 'Empty' } })
    const response = await fetch(url + me, { headers: { Authorization: authorization } })
    expect([response.status, await response.text()]).toEqual([401, ''])
  })
})

describe('secrets', () => {
  it('are never logged', async () => {
    const client = await workspace({ ...machine, entra: { applications: { app: { secrets: ['s-entra'] } } } })
    const fields = { ...grant, client_id: applicationId, client_secret: 'dose-first' }
    await form(client, '/oidc/v1/token', fields)
    await form(client, '/oidc/v1/token?client_secret=s-query', { subject_token: 's-subject' })
    await client.post('/oidc/v1/token', { client_secret: 's-json' })
    await form(client, '/entra/x/oauth2/token', { client_assertion: 's-assertion', client_secret: 's-entra' })
    await form(client, '/elsewhere', { anything: 's-elsewhere' })
    const log = JSON.stringify((await client.control('GET', 'requests')).body)
    expect(log).not.toMatch(/s-[a-z]+|dose-first/)
    expect(log).toContain(`"client_id":"${applicationId}"`)
  })
})
