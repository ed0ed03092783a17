import { describe, expect, it } from 'vitest'
import { clientCredentials, tokenExchange } from '../../../src/databricks/auth/databricks-oauth.ts'
import { Stored } from '../../../src/databricks/auth/stored.ts'
import type { Subject } from '../../../src/databricks/auth/subject.ts'
import { reply, type Reply } from '../fake-host.ts'
import { formOf, goodAnswer, jwt, tokenHost } from './token-host.ts'

const clientId = '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50'
const clientSecret = 'seven-quiet-herons-over-the-lake'
const never = new AbortController().signal

async function principal(answers: Parameters<typeof tokenHost>[0] = {}) {
  const host = await tokenHost(answers)
  const secret = new Stored(() => Promise.resolve(`${clientSecret}\n`), { clock: host.clock, maxAge: 60_000 })
  const obtain = clientCredentials(host.discovery, { clientId, secret })
  return { ...host, obtain: () => obtain(never) }
}

const failure = async (promise: Promise<unknown>) => {
  const error: unknown = await promise.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  )
  expect(String(error) + JSON.stringify(error)).not.toContain(clientSecret)
  return error
}

describe('a service principal with a client secret', () => {
  it('finds the token endpoint and asks there as Databricks documents it', async () => {
    const { obtain, seen } = await principal()
    expect(await obtain()).toEqual({ token: 'access-1', lifetime: 3_600_000 })
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /.well-known/databricks-config',
      'GET /oidc/.well-known/oauth-authorization-server',
      'POST /oidc/v1/token',
    ])
    expect(seen[0]?.headers.authorization).toBeUndefined()
    const { headers } = seen[2] ?? {}
    expect(headers).toMatchObject({
      authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': 'test',
    })
    expect(formOf(seen[2])).toEqual({ grant_type: 'client_credentials', scope: 'all-apis' })
  })

  it('remembers the endpoint while it works, and looks for it anew after a failure', async () => {
    const { obtain, seen, replies } = await principal()
    await obtain()
    await obtain()
    expect(seen.length).toBe(4)
    replies.token = reply(401, { error: 'invalid_client' })
    await failure(obtain())
    replies.token = reply(200, goodAnswer)
    await obtain()
    expect(seen.filter(({ method }) => method === 'GET').length).toBe(4)
  })

  const troubles: [name: string, token: Reply, facts: object, message: RegExp][] = [
    [
      'refused as OAuth refuses',
      reply(401, {
        error: 'invalid_client',
        error_id: 'id-1',
        error_description: `Client authentication failed for ${clientSecret}`,
      }),
      { kind: 'Unauthenticated', status: 401, code: 'INVALID_CLIENT', requestId: 'id-1' },
      /invalid_client: Client authentication failed for \[redacted\] \(a service principal .* takes some seconds/,
    ],
    [
      'refused without a word',
      reply(400, ''),
      { kind: 'Unauthenticated', status: 400, code: 'BAD_REQUEST' },
      /Bad Request/,
    ],
    [
      'refused because of where it calls from',
      reply(403, { error_code: 'PERMISSION_DENIED', message: 'Source IP address: 10.0.0.1 is blocked' }),
      { kind: 'Forbidden', code: 'PERMISSION_DENIED' },
      /Source IP address/,
    ],
    [
      'answered with a web page',
      reply(403, '<html>Blocked by policy</html>'),
      { kind: 'Unknown', status: 403 },
      /web page/,
    ],
    ['not found', reply(404, ''), { kind: 'Unknown', status: 404 }, /Not Found/],
    ['down', reply(500, 'oops'), { kind: 'Unavailable', status: 500 }, /oops/],
    [
      'unavailable in the words of OAuth',
      reply(400, { error: 'temporarily_unavailable' }),
      { kind: 'Unavailable' },
      /temporarily_unavailable/,
    ],
    [
      'redirected',
      reply(302, '', { location: 'https://evil.example.com/' }),
      { kind: 'Unknown', code: 'REDIRECT' },
      /never followed/,
    ],
    ['answered with no token', reply(200, {}), { kind: 'Unknown', code: 'NOT_A_TOKEN' }, /no access_token/],
    [
      'answered with a token for another way to send it',
      reply(200, { ...goodAnswer, token_type: 'mac' }),
      { kind: 'Unknown', code: 'NOT_A_TOKEN' },
      /token_type is mac/,
    ],
    [
      'answered with a token that fits no header',
      reply(200, { ...goodAnswer, access_token: 'a\nb' }),
      { kind: 'Unknown', code: 'NOT_A_TOKEN' },
      /no access_token/,
    ],
    ['answered with half a JSON', reply(200, '{"access'), { kind: 'Unknown' }, /no JSON object/],
    [
      'answered with too much',
      reply(200, 'x'.repeat(1024 * 1024 + 1)),
      { kind: 'Unknown' },
      /larger than 1 MiB/,
    ],
  ]
  it.each(troubles)('that is %s says so', async (...[, token, facts, message]) => {
    const { obtain } = await principal({ token })
    const error = await failure(obtain())
    expect(error).toMatchObject({ ...facts, sent: false, message: expect.stringMatching(message) as string })
    expect(String(error)).toContain('/oidc/v1/token')
  })

  it.each([
    ['a number', { expires_in: 600 }, 600_000],
    ['digits', { expires_in: '600' }, 600_000],
    ['an end', { expires_in: undefined, expires_on: Date.parse('2026-01-01T00:10:00Z') / 1000 }, 600_000],
    ['digits of an end', { expires_in: undefined, expires_on: '1767226200' }, 600_000],
    ['nothing', { expires_in: undefined }, undefined],
    ['nonsense', { expires_in: 'soon' }, undefined],
  ])('reads a life given as %s', async (_name, life, lifetime) => {
    const { obtain } = await principal({ token: reply(200, { ...goodAnswer, ...life }) })
    expect(await obtain()).toEqual({ token: 'access-1', lifetime })
  })
})

describe('a token endpoint that is away for a moment', () => {
  it('is asked again, longer and longer, and as late as it asks for', async () => {
    const { obtain, asked, clock, replies } = await principal({ token: reply(503, '') })
    const token = obtain()
    await clock.sleeping(500)
    await clock.advance(500)
    await clock.sleeping(1_000)
    replies.token = reply(429, '', { 'retry-after': '7' })
    await clock.advance(1_000)
    await clock.sleeping(7_000)
    replies.token = reply(200, goodAnswer)
    await clock.advance(7_000)
    expect(await token).toMatchObject({ token: 'access-1' })
    expect(asked().length).toBe(4)
  })

  it('is given up after a minute', async () => {
    const { obtain, asked, clock } = await principal({ token: reply(503, '') })
    const error = failure(obtain())
    for (const wait of [500, 1_000, 2_000, 4_000, 8_000, 16_000]) {
      await clock.sleeping(wait)
      await clock.advance(wait)
    }
    expect(await error).toMatchObject({ kind: 'Unavailable', status: 503 })
    expect(asked().length).toBe(7)
  })

  it('is asked again when it hangs up', async () => {
    const { obtain, clock, replies } = await principal({ token: (response) => response.destroy() })
    const token = obtain()
    await clock.sleeping(500)
    replies.token = reply(200, goodAnswer)
    await clock.advance(500)
    expect(await token).toMatchObject({ token: 'access-1' })
  })
})

/** A ServiceAccount that has tokens made, and for whom they were asked for. */
const minted = (claims: object = {}) => {
  const audiences: string[] = []
  const mint = (audience: string) => {
    audiences.push(audience)
    return Promise.resolve(jwt({ iss: 'https://issuer.example.com', aud: [audience], ...claims }))
  }
  return { audiences, subject: { is: 'Minted', mint } as const }
}

const audience = 'https://dbc-1234.cloud.databricks.com/oidc/v1/token'

describe('a service principal that trusts a Kubernetes token', () => {
  const federated = async (subject: Subject, answers: Parameters<typeof tokenHost>[0] = {}) => {
    const host = await tokenHost(answers)
    const obtain = tokenExchange(host.discovery, { clientId, subject })
    return { ...host, obtain: () => obtain(never) }
  }
  it('shows a token that was made for the token endpoint, and no other credential', async () => {
    const { subject, audiences } = minted()
    const { obtain, asked, host } = await federated(subject)
    expect(await obtain()).toMatchObject({ token: 'access-1' })
    expect(audiences).toEqual([`${host}/oidc/v1/token`])
    expect(asked()[0]?.headers.authorization).toBeUndefined()
    expect(formOf(asked()[0])).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      subject_token: jwt({ iss: 'https://issuer.example.com', aud: audiences }),
      scope: 'all-apis',
      client_id: clientId,
    })
  })

  it.each([
    ['an account', clientId],
    ['an address of Databricks', 'http://127.0.0.1/oidc'],
  ])('shows a token for %s when the host names that first', async (_name, first) => {
    const { subject, audiences } = minted()
    const names = { token_federation_default_oidc_audiences: [first, 'https://other.example.com'] }
    const { obtain } = await federated(subject, { config: reply(200, names) })
    await obtain()
    expect(audiences).toEqual([first])
  })

  it.each([
    'https://kubernetes.default.svc',
    'https://kubernetes.default.svc.cluster.local',
    'https://evil.example.com',
    'kubernetes',
    'sts.amazonaws.com',
    '127.0.0.1',
    '',
  ])('has no token made for %j, whoever asks for it', async (first) => {
    const { subject, audiences } = minted()
    const names = { token_federation_default_oidc_audiences: [first] }
    const { obtain, asked } = await federated(subject, { config: reply(200, names) })
    expect(await failure(obtain())).toMatchObject({ code: 'AUDIENCE_REFUSED', kind: 'Unauthenticated' })
    expect([audiences, asked()]).toEqual([[], []])
  })

  it.each([
    ['for its own issuer', { iss: audience, aud: [audience] }, /good for the API server itself/],
    [
      'for the API server by its usual name',
      { aud: [audience, 'https://kubernetes.default.svc'] },
      /good for the API server itself/,
    ],
    [
      'for somebody else',
      { aud: ['https://other.example.com'] },
      /made for https:\/\/other.example.com, not for/,
    ],
    ['for others too', { aud: ['http://127.0.0.1/', 'vault'] }, /made for/],
    ['for nobody', { aud: [] }, /no JSON Web Token with an audience/],
  ])('never shows a token that is good %s', async (_name, claims, message) => {
    const { obtain, asked } = await federated(minted(claims).subject)
    const error = await failure(obtain())
    expect(error).toMatchObject({
      code: 'SUBJECT_REFUSED',
      message: expect.stringMatching(message) as string,
    })
    expect(asked()).toEqual([])
  })

  it('shows the token in a file as it is at that moment', async () => {
    const texts = ['one', 'two'].map((sub) => jwt({ iss: 'https://issuer.example.com', aud: audience, sub }))
    const { clock } = await tokenHost()
    let reads = 0
    const stored = new Stored(() => Promise.resolve(`${texts[reads++]}\n`), { clock, maxAge: 60_000 })
    const { obtain, asked } = await federated({ is: 'Stored', stored })
    await obtain()
    stored.forget()
    await obtain()
    expect(asked().map((seen) => formOf(seen)['subject_token'])).toEqual(texts)
  })

  it.each([
    ['no token', 'dapi0123'],
    ['two parts', 'a.b'],
    ['no JSON', 'a.b.c'],
  ])('never shows a file that holds %s', async (_name, text) => {
    const { clock } = await tokenHost()
    const stored = new Stored(() => Promise.resolve(text), { clock, maxAge: 60_000 })
    const { obtain, asked } = await federated({ is: 'Stored', stored })
    expect(await failure(obtain())).toMatchObject({ code: 'SUBJECT_REFUSED' })
    expect(asked()).toEqual([])
  })
})
