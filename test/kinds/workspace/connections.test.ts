import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { whoAmI } from '../../../src/databricks/identity.ts'
import type { Connecting } from '../../../src/kinds/workspace/connecting.ts'
import { Connections, type Live } from '../../../src/kinds/workspace/connections.ts'
import type { DatabricksWorkspaceSpec } from '../../../src/kinds/workspace/schema.ts'
import { KubeClient } from '../../../src/kube/client.ts'
import { CredentialProblem } from '../../../src/reconcile/credential-problem.ts'
import { silentLog } from '../../../src/telemetry/log.ts'
import { fakeHost, reply } from '../../databricks/fake-host.ts'
import { FakeApi } from '../../kube/fake-api.ts'
import { freeBudgets } from '../../databricks/free-budgets.ts'
import { ManualClock } from '../../manual-clock.ts'
import { anObject } from '../../reconcile/fixtures.ts'

const object = anObject({ name: 'default' })
const token = 'dapi00112233445566778899aabbccddeeff'

/** A Databricks that says who asks, an API server with Secrets, and what connects the two. */
async function surroundings() {
  const api = await FakeApi.start()
  const clock = new ManualClock()
  const client = new KubeClient({ access: api.access, clock, random: () => 1 })
  const host = await fakeHost(
    reply(200, { userName: 'lakeward@example.com' }, { 'x-databricks-org-id': '7' }),
  )
  onTestFinished(async () => {
    await client.close()
    await api[Symbol.asyncDispose]()
    await host[Symbol.asyncDispose]()
  })
  const connecting: Connecting = {
    client,
    dispatcher: host.dispatcher,
    budgets: freeBudgets(),
    hostRules: { allowedHosts: [], allowHttp: true },
    requestTimeout: 30_000,
    clock,
    random: () => 0.5,
    log: silentLog,
    signal: new AbortController().signal,
  }
  const spec: DatabricksWorkspaceSpec = {
    host: host.host,
    credentials: { personalAccessToken: { secretKeyRef: { name: 'pat', key: 'token' } } },
  }
  return { api, host, clock, connecting, spec }
}

let world: Awaited<ReturnType<typeof surroundings>>
let connections: Connections

beforeEach(async () => {
  world = await surroundings()
  connections = new Connections()
})

const open = (changes: Partial<DatabricksWorkspaceSpec> = {}, of = object): Live => {
  const live = connections.open(world.connecting, of, { ...world.spec, ...changes })
  if (live.is === 'Refused') throw new Error(live.problem)
  return live
}

const secretOf = (data: Record<string, string>) => ({
  data: Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  ),
})

const rotated: Partial<DatabricksWorkspaceSpec> = {
  credentials: { personalAccessToken: { secretKeyRef: { name: 'pat', key: 'other' } } },
}

describe('a connection', () => {
  it('is kept as long as host and credentials are the same', () => {
    const first = open()
    expect(open({ interval: '30s' })).toBe(first)
    expect(open({ credentials: structuredClone(world.spec.credentials) })).toBe(first)
  })

  it('is made again for another host, for other credentials, and for another workspace', () => {
    const first = open()
    expect(open(rotated)).not.toBe(first)
    const second = open()
    expect(open({ host: world.spec.host.replace('127.0.0.1', 'localhost') })).not.toBe(second)
    const third = open()
    expect(open({}, anObject({ name: 'other' }))).not.toBe(third)
    expect(open()).toBe(third)
  })

  it('is made again after it was given up', () => {
    const first = open()
    connections.delete('data/default')
    expect(open()).not.toBe(first)
  })

  it('is refused to a host that is not allowed, before anything is sent there', () => {
    const refused = connections.open(world.connecting, object, {
      ...world.spec,
      host: 'https://evil.example.com',
    })
    expect(refused).toMatchObject({
      is: 'Refused',
      problem: expect.stringContaining('evil.example.com') as string,
    })
    expect(world.host.seen).toEqual([])
  })

  it('gives one session as long as workspace and identity are the same', () => {
    const live = open()
    const session = live.sessionFor('7', 'me')
    expect(session).toMatchObject({ workspaceId: '7', me: 'me', origin: world.host.host })
    expect(live.sessionFor('7', 'me')).toBe(session)
    expect(live.sessionFor('8', 'me')).not.toBe(session)
    const other = live.sessionFor('7', 'me')
    expect(live.sessionFor('7', 'somebody')).not.toBe(other)
    expect(open(rotated).sessionFor('7', 'somebody')).not.toBe(live.sessionFor('7', 'somebody'))
  })

  it('counts its failures in a row', () => {
    open()
    expect([connections.countFailure('data/default'), connections.countFailure('data/default')]).toEqual([
      1, 2,
    ])
    connections.succeeded('data/default')
    expect(connections.countFailure('data/default')).toBe(1)
  })

  it('that was never made has failed too often to be kept', () => {
    expect(connections.countFailure('data/none')).toBe(Number.POSITIVE_INFINITY)
  })
})

const checked = async (answer: (call: Awaited<ReturnType<FakeApi['next']>>) => void) => {
  const check = open().checkCredential()
  const outcome = check.then(
    () => undefined,
    (error: unknown) => error,
  )
  const call = await world.api.next()
  expect([call.method, call.path]).toEqual(['GET', '/api/v1/namespaces/data/secrets/pat'])
  answer(call)
  return outcome
}

describe('the credential', () => {
  it('is good when the key of the Secret holds something', async () => {
    expect(await checked((call) => call.json(secretOf({ token })))).toBeUndefined()
  })

  it('is missing with its Secret', async () => {
    expect(await checked((call) => call.refuse(404, 'NotFound'))).toMatchObject({
      reason: 'SecretMissing',
      message: 'Secret data/pat does not exist',
    })
  })

  it('is missing with its key, and the keys that are there are named, never what is in them', async () => {
    const problem = await checked((call) => call.json(secretOf({ Token: token, user: 'x' })))
    expect(problem).toBeInstanceOf(CredentialProblem)
    expect(problem).toMatchObject({
      reason: 'SecretKeyMissing',
      message: 'Secret data/pat has no key token; it has Token, user',
    })
  })

  it('is missing when the key is empty', async () => {
    for (const value of ['', '\n'])
      expect(await checked((call) => call.json(secretOf({ token: value })))).toMatchObject({
        reason: 'SecretKeyMissing',
      })
  })

  it('is out of reach when the operator may not read it', async () => {
    expect(await checked((call) => call.refuse(403, 'Forbidden'))).toMatchObject({
      reason: 'SecretForbidden',
    })
  })

  it('is read again a minute later, and calls carry the new one', async () => {
    const live = open()
    const ask = async (value: string) => {
      const asked = whoAmI(live.databricks)
      ;(await world.api.next()).json(secretOf({ token: value }))
      await asked
    }
    await ask('first')
    await whoAmI(live.databricks)
    await world.clock.advance(60_000)
    await ask('second')
    expect(world.host.seen.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer first',
      'Bearer first',
      'Bearer second',
    ])
  })

  it('that was read last still serves calls when the Secret is gone, so that deletions end', async () => {
    const live = open()
    const asked = whoAmI(live.databricks)
    ;(await world.api.next()).json(secretOf({ token }))
    await asked
    await world.clock.advance(60_000)
    const again = whoAmI(live.databricks)
    ;(await world.api.next()).refuse(404, 'NotFound')
    expect(await again).toMatchObject({ userName: 'lakeward@example.com', workspaceId: '7' })
  })

  it('that was never read is a problem for calls, too', async () => {
    const asked = whoAmI(open().databricks).catch((error: unknown) => error)
    ;(await world.api.next()).refuse(404, 'NotFound')
    expect(await asked).toBeInstanceOf(CredentialProblem)
    expect(world.host.seen).toEqual([])
  })
})
