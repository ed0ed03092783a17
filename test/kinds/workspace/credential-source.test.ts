import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { whoAmI } from '../../../src/databricks/identity.ts'
import { connect } from '../../../src/kinds/workspace/connect.ts'
import type { Connecting } from '../../../src/kinds/workspace/connecting.ts'
import type { DatabricksWorkspaceSpec } from '../../../src/kinds/workspace/schema.ts'
import { KubeClient } from '../../../src/kube/client.ts'
import { silentLog } from '../../../src/telemetry/log.ts'
import { formOf, goodAnswer, jwt, tokenHost } from '../../databricks/auth/token-host.ts'
import { reply, type Reply, type Seen } from '../../databricks/fake-host.ts'
import { freeBudgets } from '../../databricks/free-budgets.ts'
import { FakeApi, type Exchange } from '../../kube/fake-api.ts'

type Credentials = DatabricksWorkspaceSpec['credentials']

const clientId = '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50'
const tenantId = '11111111-2222-4333-8444-555555555555'
const secretKeyRef = { name: 'databricks', key: 'secret' }
const serviceAccountRef = { name: 'lake' }
const operator = 'system:serviceaccount:lakeward:operator'

/** An API server with one Secret and one ServiceAccount; the test decides what it refuses. */
async function kubernetes() {
  const api = await FakeApi.start()
  const state = { secret: 'first' as string | undefined, mayMint: true, accounts: ['lake'] }
  const asked: string[] = []
  const minted: { audiences: string[]; expirationSeconds: number }[] = []
  const answer = (exchange: Exchange) => {
    asked.push(`${exchange.method} ${exchange.path}`)
    const account = /\/namespaces\/data\/serviceaccounts\/([^/]+)\/token$/.exec(exchange.path)?.[1]
    if (exchange.path.endsWith('/selfsubjectreviews'))
      return exchange.json({ status: { userInfo: { username: operator } } }, 201)
    if (account === undefined) {
      if (state.secret === undefined) return exchange.refuse(404, 'NotFound')
      return exchange.json({ data: { secret: Buffer.from(state.secret).toString('base64') } })
    }
    if (!state.mayMint) return exchange.refuse(403, 'Forbidden')
    if (!state.accounts.includes(account)) return exchange.refuse(404, 'NotFound')
    const { spec } = JSON.parse(exchange.body) as { spec: (typeof minted)[number] }
    minted.push(spec)
    const token = jwt({ iss: 'https://issuer.example.com', aud: spec.audiences, jti: minted.length })
    return exchange.json({ status: { token } }, 201)
  }
  const serve = async () => {
    for (;;) answer(await api.next())
  }
  void serve()
  onTestFinished(() => api[Symbol.asyncDispose]())
  return { api, state, asked, minted }
}

/** Takes the tokens that its own endpoint gives out, and counts. */
const workspace =
  (taken: (seen: Seen) => boolean): Reply =>
  (response, seen) =>
    (taken(seen)
      ? reply(200, { userName: 'lakeward' }, { 'x-databricks-org-id': '7' })
      : reply(401, { error_code: 'UNAUTHENTICATED', message: 'no' }))(response, seen)

async function stage(credentials: Credentials, changes: Partial<Connecting> = {}) {
  const kube = await kubernetes()
  const state = { taken: (_seen: Seen) => true, tokens: 0 }
  const host = await tokenHost({
    token: (response, seen) => {
      state.tokens += 1
      reply(200, { ...goodAnswer, access_token: `access-${state.tokens}` })(response, seen)
    },
    api: workspace((seen) => state.taken(seen)),
  })
  const client = new KubeClient({ access: kube.api.access, clock: host.clock, random: () => 1 })
  onTestFinished(() => client.close())
  const tokenRequests: string[] = []
  const connecting: Connecting = {
    client,
    onTokenRequest: (credentials, { outcome }) => void tokenRequests.push(`${credentials} ${outcome}`),
    dispatcher: host.dispatcher,
    budgets: freeBudgets(),
    hostRules: { allowedHosts: [], allowHttp: true },
    azureAuthority: host.host,
    requestTimeout: 20_000,
    clock: host.clock,
    random: () => 0.5,
    log: silentLog,
    signal: new AbortController().signal,
    ...changes,
  }
  const connected = connect(connecting, 'data', { host: host.host, credentials })
  const live = () => {
    if (connected.is === 'Refused') throw new Error(connected.problem)
    return connected
  }
  const calls = () => host.seen.filter(({ url }) => url.startsWith('/api/'))
  return {
    ...host,
    kube,
    state,
    tokenRequests,
    connected,
    calls,
    ask: () => whoAmI(live().databricks),
    check: () => live().checkCredential(),
  }
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  )

/** A file as the kubelet mounts it. */
async function tokenFile(text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'lakeward-token-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'token')
  await writeFile(file, text)
  return { file, replaceBy: (text: string) => writeFile(file, text) }
}

const kinds: { agent: string; credentials: Credentials; form: Record<string, string> }[] = [
  { agent: 'oauth-m2m', credentials: { oauthM2M: { clientId, clientSecret: { secretKeyRef } } }, form: {} },
  {
    agent: 'oidc',
    credentials: { oidcFederation: { clientId, serviceAccountRef } },
    form: { client_id: clientId, subject_token_type: 'urn:ietf:params:oauth:token-type:jwt' },
  },
  {
    agent: 'azure-client-secret',
    credentials: { azureClientSecret: { tenantId, clientId, clientSecret: { secretKeyRef } } },
    form: { client_id: clientId, client_secret: 'first' },
  },
  {
    agent: 'azure-workload-identity',
    credentials: { azureWorkloadIdentity: { tenantId, clientId, serviceAccountRef } },
    form: { client_id: clientId },
  },
]

describe.each(kinds)('credentials of the kind $agent', ({ agent, credentials, form }) => {
  it('gets a token, shows it on calls, and says which kind it is', async () => {
    const { ask, asked, calls, tokenRequests } = await stage(credentials)
    expect(await ask()).toMatchObject({ userName: 'lakeward', workspaceId: '7' })
    await ask()
    expect(asked().length).toBe(1)
    expect(formOf(asked()[0])).toMatchObject(form)
    expect(calls().map(({ headers }) => headers.authorization)).toEqual([
      'Bearer access-1',
      'Bearer access-1',
    ])
    for (const { headers } of [...asked(), ...calls()])
      expect(headers['user-agent']).toMatch(new RegExp(` auth/${agent}$`))
    // What describes the endpoint is asked for, too, where there is such a thing.
    expect(new Set(tokenRequests)).toEqual(new Set([`${agent} Success`]))
  })

  it('counts a request that gave none as what it was', async () => {
    const { ask, replies, tokenRequests } = await stage(credentials)
    replies.token = reply(401, { error: 'invalid_client' })
    await ask().catch(() => undefined)
    expect(tokenRequests.at(-1)).toBe(`${agent} Unauthenticated`)
  })

  it('gets another token when one is refused in the middle of its life', async () => {
    const { ask, asked, state } = await stage(credentials)
    await ask()
    state.taken = ({ headers }) => headers.authorization !== 'Bearer access-1'
    expect(await Promise.all([ask(), ask(), ask()])).toHaveLength(3)
    expect(asked().length).toBe(2)
  })

  it('asks for few tokens while none is taken, however many calls there are', async () => {
    const { ask, asked, state, clock, calls } = await stage(credentials)
    state.taken = () => false
    for (let round = 0; round < 10; round += 1) {
      const errors = await Promise.all(Array.from({ length: 20 }, () => failure(ask())))
      expect(errors[0]).toMatchObject({ kind: 'Unauthenticated' })
      await clock.advance(1_000)
    }
    expect(asked().length).toBe(2)
    expect(calls().length).toBeLessThanOrEqual(200 + 20)
  })

  it('asks its token endpoint once in ten seconds while that refuses, and calls nothing', async () => {
    const { ask, asked, replies, clock, calls } = await stage(credentials)
    replies.token = reply(401, { error: 'invalid_client', error_description: 'no' })
    for (let round = 0; round < 10; round += 1) {
      const errors = await Promise.all(Array.from({ length: 20 }, () => failure(ask())))
      expect(errors[0]).toMatchObject({ kind: 'Unauthenticated', code: 'INVALID_CLIENT', sent: false })
      await clock.advance(1_000)
    }
    expect([asked().length, calls().length]).toEqual([1, 0])
  })
})

describe('a client secret', () => {
  it('that was rotated is used within a minute', async () => {
    const { ask, asked, kube, clock } = await stage({
      oauthM2M: { clientId, clientSecret: { secretKeyRef } },
    })
    await ask()
    kube.state.secret = 'second'
    await clock.advance(60_000)
    await ask()
    const basic = asked().map(({ headers }) =>
      Buffer.from(headers.authorization?.replace('Basic ', '') ?? '', 'base64').toString(),
    )
    expect(basic).toEqual([`${clientId}:first`, `${clientId}:second`])
  })

  it('whose Secret is gone still gets tokens, so that deletions end, while the check tells', async () => {
    const { ask, asked, check, kube, clock } = await stage({
      oauthM2M: { clientId, clientSecret: { secretKeyRef } },
    })
    await ask()
    kube.state.secret = undefined
    await clock.advance(3_600_000)
    expect(await failure(check())).toMatchObject({ reason: 'SecretMissing' })
    await ask()
    expect(asked().length).toBe(2)
  })

  it('that is blank is as good as missing', async () => {
    const { check, kube } = await stage({ oauthM2M: { clientId, clientSecret: { secretKeyRef } } })
    kube.state.secret = ' \n'
    expect(await failure(check())).toMatchObject({ reason: 'SecretKeyMissing' })
  })
})

describe('a ServiceAccount', () => {
  const credentials = { oidcFederation: { clientId, serviceAccountRef } }

  it('lends a short token for the derived audience only', async () => {
    const { ask, host, kube } = await stage(credentials)
    await ask()
    expect(kube.minted).toEqual([{ audiences: [`${host}/oidc/v1/token`], expirationSeconds: 600 }])
    expect(kube.asked).toEqual(['POST /api/v1/namespaces/data/serviceaccounts/lake/token'])
  })

  it('lends one for Entra under its own name', async () => {
    const { ask, kube } = await stage({ azureWorkloadIdentity: { tenantId, clientId, serviceAccountRef } })
    await ask()
    expect(kube.minted).toEqual([{ audiences: ['api://AzureADTokenExchange'], expirationSeconds: 600 }])
  })

  it('that the operator may not use is told with the Role that lets it', async () => {
    const { ask, kube, asked } = await stage(credentials)
    kube.state.mayMint = false
    const problem = await failure(ask())
    expect(problem).toMatchObject({
      reason: 'TokenRequestForbidden',
      message: 'the operator may not make tokens of ServiceAccount data/lake',
      manifest: expect.stringContaining('resourceNames: ["lake"]') as string,
    })
    expect(asked()).toEqual([])
  })

  it('that does not exist is named', async () => {
    const { ask, kube } = await stage(credentials)
    kube.state.accounts = []
    expect(await failure(ask())).toMatchObject({
      reason: 'ServiceAccountMissing',
      message: 'ServiceAccount data/lake does not exist',
    })
  })
})

/** An operator that lends its own identity to these namespaces. */
const own = (namespaces: string[], files: object = {}) => ({ own: { namespaces, ...files } })

describe('the operator’s own identity', () => {
  const ambient: [Credentials, string, string][] = [
    [{ oidcFederation: { clientId } }, 'oidcTokenFile', '--oidc-token-file'],
    [{ azureWorkloadIdentity: { tenantId, clientId } }, 'azureTokenFile', '--azure-token-file'],
  ]
  const mounted = jwt({ iss: 'https://issuer.example.com', aud: ['databricks'] })

  it.each(ambient)('is lent to no namespace that the flag does not name', async (credentials, of) => {
    const { file } = await tokenFile(mounted)
    for (const namespaces of [[], ['date', 'lakeward']]) {
      const { connected, kube, seen } = await stage(credentials, own(namespaces, { [of]: file }))
      expect(connected).toMatchObject({
        is: 'Refused',
        reason: 'AmbientIdentityRefused',
        problem: expect.stringContaining('--ambient-identity-namespaces') as string,
      })
      expect([kube.asked, seen]).toEqual([[], []])
    }
    expect((await stage(credentials)).connected).toMatchObject({ reason: 'AmbientIdentityRefused' })
  })

  it.each(ambient)('that is not configured is told by the flag', async (credentials, _of, flag) => {
    const { connected } = await stage(credentials, own(['data']))
    expect(connected).toMatchObject({
      reason: 'AmbientIdentityMissing',
      problem: expect.stringContaining(flag) as string,
    })
  })

  it.each(ambient)('is the token in its file, renewed within a minute after it', async (credentials, of) => {
    const { file, replaceBy } = await tokenFile(mounted)
    const { ask, asked, kube, clock } = await stage(credentials, own(['data'], { [of]: file }))
    await ask()
    const next = jwt({ iss: 'https://issuer.example.com', aud: ['databricks'], jti: '2' })
    await replaceBy(`${next}\n`)
    await clock.advance(60_000)
    await ask()
    const shown = asked().map((seen) => formOf(seen)['subject_token'] ?? formOf(seen)['client_assertion'])
    expect(shown).toEqual([mounted, next])
    expect(kube.asked).toEqual([])
  })

  it.each(ambient)('never is the token for the API server', async (credentials, of) => {
    const { file } = await tokenFile(jwt({ iss: 'https://i', aud: ['https://kubernetes.default.svc'] }))
    const { ask, asked } = await stage(credentials, own(['data'], { [of]: file }))
    expect(await failure(ask())).toMatchObject({ code: 'SUBJECT_REFUSED' })
    expect(asked()).toEqual([])
  })

  it.each(ambient)('whose file is gone or empty is a problem of its own', async (credentials, of) => {
    const { file } = await tokenFile(' \n')
    for (const path of [file, `${file}.none`]) {
      const { check } = await stage(credentials, own(['data'], { [of]: path }))
      expect(await failure(check())).toMatchObject({
        reason: 'TokenFileMissing',
        message: expect.stringContaining(path) as string,
      })
    }
  })
})
