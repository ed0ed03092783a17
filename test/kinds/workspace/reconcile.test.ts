import { describe, expect, it, onTestFinished } from 'vitest'
import { Connections } from '../../../src/kinds/workspace/connections.ts'
import { Directory } from '../../../src/kinds/workspace/directory.ts'
import { reconcileWorkspace, type WorkspaceLoop } from '../../../src/kinds/workspace/reconcile.ts'
import { KubeClient } from '../../../src/kube/client.ts'
import { EventRecorder } from '../../../src/kube/events.ts'
import type { KubeObject } from '../../../src/kube/object.ts'
import { Store } from '../../../src/kube/store.ts'
import { silentLog } from '../../../src/telemetry/log.ts'
import { fakeHost, reply, type Reply } from '../../databricks/fake-host.ts'
import { freeBudgets } from '../../databricks/free-budgets.ts'
import { lint, type Linted } from '../../kstatus-lint.ts'
import { ManualClock } from '../../manual-clock.ts'
import { anObject } from '../../reconcile/fixtures.ts'
import { LiveApi } from '../../reconcile/live-api.ts'

const key = 'data/default'
const secretPath = '/api/v1/namespaces/data/secrets/pat'
const token = 'dapi00112233445566778899aabbccddeeff'

const me = (workspaceId: string): Reply =>
  reply(200, { userName: 'lakeward@example.com' }, { 'x-databricks-org-id': workspaceId })
const rejected = reply(401, { error_code: 'UNAUTHENTICATED', message: `no ${token}` })
const page = reply(200, '<html>')

/** A loop over one workspace `data/default`, whose host answers as the test says at the moment. */
async function stage() {
  const api = await LiveApi.start()
  const clock = new ManualClock()
  const client = new KubeClient({ access: api.access, clock, random: () => 1 })
  const remote = { answer: me('7') }
  const host = await fakeHost((response, seen) => remote.answer(response, seen))
  onTestFinished(async () => {
    await client.close()
    await api[Symbol.asyncDispose]()
    await host[Symbol.asyncDispose]()
  })
  const events = new EventRecorder({
    client,
    clock,
    random: () => 0.5,
    log: silentLog,
    controller: 'lakeward.dev/operator',
    instance: 'test',
    signal: new AbortController().signal,
  })
  const dependants: string[] = []
  const throttled = new Set<string>()
  const store = new Store<KubeObject>()
  const loop: WorkspaceLoop = {
    store,
    directory: new Directory(),
    connections: new Connections(),
    connecting: {
      client,
      dispatcher: host.dispatcher,
      budgets: freeBudgets(throttled),
      hostRules: { allowedHosts: [], allowHttp: true },
      requestTimeout: 30_000,
      clock,
      random: () => 0.5,
      log: silentLog,
      signal: new AbortController().signal,
    },
    deletions: { review: () => Promise.resolve(), forget: () => undefined },
    events,
    dependantsOf: () => dependants,
  }
  const spec = {
    host: host.host,
    credentials: { personalAccessToken: { secretKeyRef: { name: 'pat', key: 'token' } } },
  }
  const path = api.put(
    anObject({ name: 'default' }, { spec, status: { observedGeneration: -1 } }),
    'databricksworkspaces',
  )
  const giveSecret = () =>
    api.objects.set(secretPath, { data: { token: Buffer.from(token).toString('base64') } } as never)
  giveSecret()
  const object = () => api.objects.get(path) ?? anObject()
  const status = () =>
    object().status as { conditions?: { type: string; status: string; reason: string; message: string }[] }
  const pass = async () => {
    store.observe(object())
    const outcome = await reconcileWorkspace(loop, key)
    await events.idle()
    expect(lint(object() as Linted)).toEqual([])
    return outcome
  }
  const conditions = () =>
    status().conditions?.map(({ type, status, reason }) => `${type}=${status}/${reason}`)
  const connection = () => loop.directory.get(key)
  return {
    api,
    clock,
    host,
    remote,
    throttled,
    dependants,
    path,
    giveSecret,
    object,
    status,
    pass,
    conditions,
    connection,
    loop,
  }
}

describe('a workspace', () => {
  it('is connected, and says who we are there', async () => {
    const one = await stage()
    expect(await one.pass()).toEqual({ is: 'Settled', nextCheck: 600_000 })
    expect(one.status()).toMatchObject({
      workspaceId: '7',
      host: one.host.host,
      identity: { userName: 'lakeward@example.com' },
      reachability: { state: 'Reachable', reason: 'Connected', since: '2026-01-01T00:00:00Z' },
    })
    expect(one.conditions()).toEqual(['Ready=True/Connected'])
    expect(one.connection()).toMatchObject({ is: 'Ready', interval: 600_000, session: { workspaceId: '7' } })
    expect(one.object().metadata.finalizers).toEqual(['lakeward.dev/remote'])
  })

  it('keeps what the guard of deletions has written, also right before', async () => {
    const one = await stage()
    const deletions = { recent: [{ uid: 'u', at: '2026-01-01T00:00:00Z' }] }
    one.loop.deletions.review = () => {
      const { path } = one
      one.loop.store.observe(one.api.change(path, { status: { observedGeneration: -1, deletions } }))
      one.loop.deletions.review = () => Promise.resolve()
      return Promise.resolve()
    }
    await one.pass()
    expect(one.status()).toMatchObject({ deletions, conditions: [{ type: 'Ready', status: 'True' }] })
    await one.pass()
    expect(one.status()).toMatchObject({ deletions })
  })

  it('costs no write, and hands out the same session, when nothing is new', async () => {
    const one = await stage()
    await one.pass()
    const before = one.connection()
    one.api.writes.length = 0
    await one.clock.advance(3_600_000)
    await one.pass()
    expect(one.api.writes).toEqual([])
    expect(one.connection()).toEqual(before)
  })

  it('tells by an event what became of it, once each time', async () => {
    const one = await stage()
    for (const answer of [me('7'), me('7'), rejected, rejected, me('7')]) {
      one.remote.answer = answer
      await one.clock.advance(3_600_000)
      await one.pass()
    }
    expect(one.api.events.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
      'Normal Connected',
      'Warning CredentialsRejected',
      'Normal Connected',
    ])
  })

  it('waits for its Secret, and goes on when it is there', async () => {
    const one = await stage()
    one.api.objects.delete(secretPath)
    expect(await one.pass()).toMatchObject({ is: 'Waiting', reason: 'SecretMissing', after: 15_000 })
    expect(one.conditions()).toEqual(['Ready=False/SecretMissing', 'Reconciling=True/SecretMissing'])
    expect(one.connection()).toMatchObject({ is: 'NotReady', reason: 'SecretMissing' })
    expect(one.host.seen).toEqual([])
    one.giveSecret()
    await one.pass()
    expect(one.conditions()).toEqual(['Ready=True/Connected'])
  })

  it('whose credentials are refused needs a person, and never tells them', async () => {
    const one = await stage()
    one.remote.answer = rejected
    expect(await one.pass()).toMatchObject({
      is: 'Stalled',
      reason: 'CredentialsRejected',
      nextCheck: 15_000,
    })
    expect(one.conditions()).toEqual(['Ready=False/CredentialsRejected', 'Stalled=True/CredentialsRejected'])
    expect(JSON.stringify([one.object(), one.api.events])).not.toContain(token)
    const { message = '' } = one.status().conditions?.[0] ?? {}
    expect(message).toMatch(/^the token in Secret data\/pat \(key token\) is not accepted: GET .*: 401 /)
    expect(message).toContain('Put a valid token')
  })

  it('that worked is not given up for one call that failed, but for two', async () => {
    const one = await stage()
    await one.pass()
    one.remote.answer = page
    expect(await one.pass()).toMatchObject({ is: 'Retry' })
    expect(one.connection().is).toBe('Ready')
    expect(one.conditions()).toEqual(['Ready=True/Connected'])
    expect(await one.pass()).toMatchObject({ is: 'Retry' })
    // The last session that worked is kept for deletions.
    expect(one.connection()).toMatchObject({ is: 'NotReady', session: { workspaceId: '7' } })
    one.remote.answer = me('7')
    await one.pass()
    expect(one.connection().is).toBe('Ready')
    one.remote.answer = page
    await one.pass()
    expect(one.connection().is).toBe('Ready')
  })

  it('that throttles us works all the same, says so at once, and once', async () => {
    const one = await stage()
    await one.pass()
    const calls = one.host.seen.length
    one.throttled.add(one.host.host)
    await one.clock.advance(60_000)
    // A call would itself have to wait for its turn: that comes in the next pass.
    expect(await one.pass()).toEqual({ is: 'Settled', nextCheck: 0 })
    expect(one.host.seen).toHaveLength(calls)
    expect(one.conditions()).toEqual(['Ready=True/Throttled'])
    expect(one.status()).toMatchObject({ throttling: { throttled: true, since: '2026-01-01T00:01:00Z' } })
    expect(one.connection().is).toBe('Ready')
    one.api.writes.length = 0
    await one.clock.advance(600_000)
    expect(await one.pass()).toEqual({ is: 'Settled', nextCheck: 600_000 })
    expect(one.api.writes).toEqual([])
    one.throttled.clear()
    await one.pass()
    expect(one.conditions()).toEqual(['Ready=True/Connected'])
    expect(one.status()).toMatchObject({ throttling: { throttled: false, since: '2026-01-01T00:11:00Z' } })
    expect(one.api.events.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
      'Normal Connected',
      'Warning Throttled',
      'Normal Connected',
    ])
  })

  it('that throttles the very check is not given up, however often', async () => {
    const one = await stage()
    await one.pass()
    one.throttled.add(one.host.host)
    await one.pass()
    one.remote.answer = reply(429, {}, { 'retry-after': '600' })
    for (let times = 1; times <= 3; times++) {
      expect(await one.pass()).toMatchObject({ is: 'Retry', reason: 'Throttled', atLeast: 600_000 })
      expect(one.conditions()).toEqual(['Ready=True/Throttled'])
      expect(one.connection().is).toBe('Ready')
    }
  })

  it('that throttles the first check after a restart is still connected, and waits for its turn', async () => {
    const one = await stage()
    await one.pass()
    one.loop.directory = new Directory()
    one.loop.connections = new Connections()
    one.throttled.add(one.host.host)
    one.remote.answer = reply(429, {}, { 'retry-after': '600' })
    expect(await one.pass()).toMatchObject({ is: 'Retry', reason: 'Throttled' })
    expect(one.conditions()).toEqual(['Ready=True/Throttled'])
    expect(one.status()).toMatchObject({ throttling: { throttled: true }, workspaceId: '7' })
    // Nobody can work with it before it has said which one it is.
    expect(one.connection().is).toBe('NotReady')
  })

  it('that throttles the first check of all is not connected yet', async () => {
    const one = await stage()
    one.remote.answer = reply(429, {}, { 'retry-after': '600' })
    expect(await one.pass()).toMatchObject({ is: 'Retry', reason: 'Throttled' })
    expect(one.conditions()).toEqual(['Ready=False/Throttled', 'Reconciling=True/Throttled'])
  })

  it('that was not even asked is as reachable as it was', async () => {
    const one = await stage()
    await one.pass()
    const unusable = Buffer.from('two words').toString('base64')
    one.api.objects.set(secretPath, { data: { token: unusable } } as never)
    await one.clock.advance(60_000)
    await one.pass()
    expect(one.conditions()?.[0]).toBe('Ready=False/CredentialsRejected')
    expect(one.status()).toMatchObject({ reachability: { state: 'Reachable', reason: 'Connected' } })
    one.giveSecret()
    one.remote.answer = rejected
    await one.clock.advance(60_000)
    await one.pass()
    expect(one.status()).toMatchObject({
      reachability: { state: 'Reachable', reason: 'CredentialsRejected' },
    })
  })

  it('that was edited while it throttles is checked before anything is said about it', async () => {
    const one = await stage()
    await one.pass()
    one.throttled.add(one.host.host)
    const { metadata } = one.object()
    one.api.change(one.path, { metadata: { ...metadata, generation: 2 } })
    one.remote.answer = rejected
    await one.pass()
    expect(one.conditions()).toEqual(['Ready=False/CredentialsRejected', 'Stalled=True/CredentialsRejected'])
  })

  it('that answers as another one is left alone, also by deletions', async () => {
    const one = await stage()
    await one.pass()
    one.remote.answer = me('8')
    expect(await one.pass()).toMatchObject({ is: 'Stalled', reason: 'WorkspaceChanged' })
    expect(one.connection()).toEqual({
      is: 'NotReady',
      reason: 'WorkspaceChanged',
      message: expect.stringContaining('it was 7') as string,
    })
    expect(one.status()).toMatchObject({ workspaceId: '7' })
  })

  it('that does not say which one it is is not trusted', async () => {
    const one = await stage()
    one.remote.answer = reply(200, { userName: 'x' })
    expect(await one.pass()).toMatchObject({ is: 'Retry', reason: 'UnexpectedAnswer' })
    expect(one.connection().is).toBe('NotReady')
  })

  it('whose host is not allowed is not called', async () => {
    const one = await stage()
    const spec = { ...(one.object().spec as object), host: 'https://evil.example.com' }
    one.api.change(one.path, { spec })
    const outcome = await one.pass()
    expect(outcome).toMatchObject({ is: 'Stalled', reason: 'HostRefused' })
    // Who decides is said once.
    expect(JSON.stringify(outcome).split('--allowed-hosts')).toHaveLength(2)
    expect(one.host.seen).toEqual([])
  })

  it('whose stored manifest does not fit is said to be so, by the field', async () => {
    const one = await stage()
    one.api.change(one.path, { spec: { host: one.host.host } })
    expect(await one.pass()).toMatchObject({
      is: 'Stalled',
      reason: 'InvalidSpec',
      message: 'spec.credentials: is required',
    })
  })
})

const deleting = async () => {
  const one = await stage()
  await one.pass()
  const { metadata } = one.object()
  one.api.change(one.path, {
    metadata: { ...metadata, generation: 2, deletionTimestamp: '2026-01-01T00:00:00Z' },
  })
  return one
}

describe('a workspace that is deleted', () => {
  it('stays as long as something needs it, and names what', async () => {
    const one = await deleting()
    one.dependants.push(...[1, 2, 3, 4, 5, 6, 7].map((index) => `JobSpec data/j${index}`))
    expect(await one.pass()).toMatchObject({
      is: 'Waiting',
      reason: 'DependantsRemain',
      message: expect.stringContaining('JobSpec data/j5 and 2 more. Delete the objects') as string,
    })
    expect(one.object().metadata.finalizers).toEqual(['lakeward.dev/remote'])
    one.dependants.length = 0
    expect(await one.pass()).toEqual({ is: 'Settled', nextCheck: Number.POSITIVE_INFINITY })
    expect(one.object().metadata.finalizers).toEqual([])
  })

  it('says by what they go on, if they wait for approval', async () => {
    const one = await deleting()
    one.dependants.push('JobSpec data/one')
    const held = { hash: 'a', upTo: '2026-01-01T00:00:00Z', reason: 'they go on after: kubectl …' }
    one.api.change(one.path, { status: { observedGeneration: 1, deletions: { held } } })
    expect(await one.pass()).toMatchObject({
      reason: 'DependantsRemain',
      message: 'still used by JobSpec data/one. they go on after: kubectl …',
    })
  })

  it('still serves deletions when its Secret is gone', async () => {
    const one = await deleting()
    one.api.objects.delete(secretPath)
    one.dependants.push('JobSpec data/one')
    await one.pass()
    expect(one.connection()).toMatchObject({ session: { workspaceId: '7' } })
  })

  it('is forgotten once it is gone', async () => {
    const one = await deleting()
    await one.pass()
    one.loop.store.delete(key)
    await reconcileWorkspace(one.loop, key)
    expect(one.connection()).toEqual({ is: 'Unchecked' })
  })
})
