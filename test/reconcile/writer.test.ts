import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KubeClient } from '../../src/kube/client.ts'
import { keyOf, type KubeObject } from '../../src/kube/object.ts'
import { Store } from '../../src/kube/store.ts'
import { isConflict, ReplacedError, statusOf, StatusWriter } from '../../src/reconcile/writer.ts'
import { FakeApi, type Exchange } from '../kube/fake-api.ts'
import { ManualClock } from '../manual-clock.ts'
import { anObject, workspaceId } from './fixtures.ts'

const resource = { group: 'lakeward.dev', version: 'v1beta1', plural: 'widgets', kind: 'Widget' }
const path = '/apis/lakeward.dev/v1beta1/namespaces/data/widgets/one'

let api: FakeApi
let client: KubeClient
let store: Store<KubeObject>

beforeEach(async () => {
  api = await FakeApi.start()
  client = new KubeClient({ access: api.access, clock: new ManualClock(), random: () => 1 })
  store = new Store()
})

afterEach(async () => {
  await client.close()
  await api[Symbol.asyncDispose]()
})

const identity = { externalId: '7', workspaceId, origin: 'Created' } as const
const status = { observedGeneration: 1, mode: 'Correct', ...identity } as const
const object = anObject({}, { status })

const writerOf = (one: KubeObject = object): StatusWriter => {
  store.observe(one)
  return new StatusWriter({ client, resource, store }, one)
}

const copy = (version: number, change: object = {}): KubeObject =>
  anObject({ resourceVersion: String(version) }, { status: { ...status, ...change } })

/** A version in which a report stands beside the identity. */
const reported = (version: number, report: object): KubeObject =>
  anObject({ resourceVersion: String(version) }, { status: { ...identity, ...report } })

const applied = ({ body }: Exchange): Record<string, unknown> =>
  (JSON.parse(body) as { status: Record<string, unknown> }).status

const attemptAt = (at: string) => ({ at, name: 'one', mark: 'm' })

describe('an intent', () => {
  it('goes on top of what another writer left beside the identity', async () => {
    const done = writerOf(anObject()).intent({ attempt: attemptAt('2026-01-01T00:00:00Z') })
    ;(await api.next()).refuse(409, 'Conflict')
    ;(await api.next()).json(anObject({ resourceVersion: '12' }, { status: { observedGeneration: 1 } }))
    const again = await api.next()
    expect(JSON.parse(again.body)).toHaveProperty('metadata.resourceVersion', '12')
    again.json(copy(13))
    await done
  })

  it.each([identity, { attempt: attemptAt('2026-01-01T00:00:09Z') }])(
    'is given up beside what another made or tried meanwhile: our copy was old',
    async (theirs) => {
      const writer = writerOf(anObject())
      const done = writer.intent({ attempt: attemptAt('2026-01-01T00:00:10Z'), externalId: undefined })
      const failed = done.catch((error: unknown) => error)
      ;(await api.next()).refuse(409, 'Conflict')
      ;(await api.next()).json(anObject({ resourceVersion: '12' }, { status: theirs }))
      expect(isConflict(await failed)).toBe(true)
      expect(api.unanswered).toBe(0)
      expect(store.get('data/one')?.metadata.resourceVersion).toBe('12')
    },
  )
})

describe('an identity', () => {
  it('is applied by its own field manager, on the copy it was decided on', async () => {
    const done = writerOf(anObject()).identity({ externalId: '7', origin: 'Created' })
    const call = await api.next()
    call.json(copy(11))
    await done
    expect([call.method, call.path]).toEqual(['PATCH', `${path}/status`])
    expect(call.headers['content-type']).toBe('application/apply-patch+yaml')
    expect(call.query).toEqual({ fieldManager: 'lakeward-identity', force: 'true' })
    expect(JSON.parse(call.body)).toEqual({
      apiVersion: 'lakeward.dev/v1beta1',
      kind: 'Widget',
      metadata: { name: 'one', namespace: 'data', uid: 'uid-of-one', resourceVersion: '10' },
      status: { externalId: '7', origin: 'Created' },
    })
  })

  it('keeps what the change does not name, and leaves out what it takes away', async () => {
    const attempt = { at: '2026-01-01T00:00:00Z', name: 'one', mark: 'm' }
    const writer = writerOf(anObject({}, { status: { ...status, attempt } }))
    const done = writer.identity({ attempt: undefined })
    const call = await api.next()
    call.json(copy(11))
    await done
    expect(applied(call)).toEqual(identity)
  })

  it('is not sent when nothing would change', async () => {
    const writer = writerOf()
    await writer.identity({})
    await writer.identity({ externalId: '7', attempt: undefined })
    expect(api.unanswered).toBe(0)
  })

  it('is never given up for a conflict: it goes on top of what the other writer left', async () => {
    const writer = writerOf(anObject())
    const done = writer.identity({ externalId: '7' })
    ;(await api.next()).refuse(409, 'Conflict')
    const read = await api.next()
    expect([read.method, read.path]).toEqual(['GET', path])
    read.json(anObject({ resourceVersion: '12' }, { status: { origin: 'Created' } }))
    const again = await api.next()
    expect(applied(again)).toEqual({ externalId: '7', origin: 'Created' })
    expect(JSON.parse(again.body)).toHaveProperty('metadata.resourceVersion', '12')
    again.json(copy(13))
    await done
    expect(writer.object.metadata.resourceVersion).toBe('13')
  })

  it('builds on what the other writer left, where it is told to', async () => {
    const [ours, theirs] = ['ana', 'ben'].map((principal) => ({
      type: 'schema',
      name: 'main.silver',
      principal,
      privilege: 'SELECT',
    }))
    const done = writerOf(anObject()).amend(({ added = [] }) => ({
      added: [...added, ours].flatMap((one) => one ?? []),
    }))
    ;(await api.next()).refuse(409, 'Conflict')
    ;(await api.next()).json(anObject({ resourceVersion: '12' }, { status: { added: [theirs] } }))
    const again = await api.next()
    expect(JSON.parse(again.body)).toHaveProperty('status.added', [theirs, ours])
    again.json(copy(13))
    await done
  })

  it('is not sent again when the other writer wrote the same', async () => {
    const done = writerOf(anObject()).identity({ externalId: '7' })
    ;(await api.next()).refuse(409, 'Conflict')
    ;(await api.next()).json(anObject({ resourceVersion: '12' }, { status: { externalId: '7' } }))
    await done
    expect(api.unanswered).toBe(0)
  })

  it('ends as the conflict it is after five lost races', async () => {
    const done = writerOf(anObject()).identity({ externalId: '7' })
    const failed = done.catch((error: unknown) => error)
    for (let tries = 1; tries <= 5; tries++) {
      ;(await api.next()).refuse(409, 'Conflict')
      if (tries < 5) (await api.next()).json(anObject({ resourceVersion: String(10 + tries) }))
    }
    expect(isConflict(await failed)).toBe(true)
    expect(api.unanswered).toBe(0)
  })

  it('replaces what is there where the server cannot apply, and leaves the report alone', async () => {
    const attempt = { at: '2026-01-01T00:00:00Z', name: 'one', mark: 'm' }
    const done = writerOf(anObject({}, { status: { ...status, attempt } })).identity({ attempt: undefined })
    ;(await api.next()).refuse(500, 'InternalError')
    const call = await api.next()
    expect(call.query).toEqual({ fieldManager: 'lakeward-identity' })
    expect(applied(call)).toEqual({ ...identity, attempt: null })
    call.json(copy(11))
    await done
  })

  it('never lands on a successor of the same name', async () => {
    const done = writerOf(anObject()).identity({ externalId: '7' })
    const failed = done.catch((error: unknown) => error)
    ;(await api.next()).refuse(409, 'Conflict')
    ;(await api.next()).json(anObject({ uid: 'another', resourceVersion: '20' }))
    const error = await failed
    expect(error).toBeInstanceOf(ReplacedError)
    expect(String(error)).toContain('data/one')
    expect(api.unanswered).toBe(0)
  })

  it('fails at once for anything but a conflict', async () => {
    const done = writerOf(anObject()).identity({ externalId: '7' })
    const failed = done.catch((error: unknown) => error)
    ;(await api.next()).refuse(403, 'Forbidden')
    expect(await failed).toMatchObject({ name: 'KubeError', status: 403 })
    expect(api.unanswered).toBe(0)
  })
})

describe('a report', () => {
  it('holds everything but the identity, by a field manager of its own', async () => {
    const done = writerOf().report({ observedGeneration: 2, mode: 'Correct', state: undefined })
    const call = await api.next()
    call.json(reported(11, { observedGeneration: 2, mode: 'Correct' }))
    await done
    expect(call.query).toEqual({ fieldManager: 'lakeward', force: 'true' })
    expect(applied(call)).toEqual({ observedGeneration: 2, mode: 'Correct' })
  })

  it('is not sent when it says what stands there already, whatever order it is in', async () => {
    const writer = writerOf()
    await writer.report({ mode: 'Correct', observedGeneration: 1, state: undefined })
    expect(api.unanswered).toBe(0)
  })

  it.each([
    { it: 'a value more', report: { observedGeneration: 1, mode: 'Correct', state: 'RUNNING' } },
    { it: 'a value less', report: { observedGeneration: 1 } },
    { it: 'another value', report: { observedGeneration: 1, mode: 'Observe' } },
  ] as const)('is sent for $it', async ({ report }) => {
    const done = writerOf().report(report)
    const call = await api.next()
    call.json(reported(11, report))
    await done
    expect(applied(call)).toEqual(report)
    expect(api.unanswered).toBe(0)
  })

  it('takes away what an apply leaves, because somebody else wrote it', async () => {
    const done = writerOf().report({ observedGeneration: 2 })
    ;(await api.next()).json(reported(11, { observedGeneration: 2, state: 'LOST', held: {} }))
    const call = await api.next()
    expect(call.headers['content-type']).toBe('application/merge-patch+json')
    expect(call.query).toEqual({ fieldManager: 'lakeward' })
    expect(JSON.parse(call.body)).toEqual({
      metadata: { uid: 'uid-of-one', resourceVersion: '11' },
      status: { observedGeneration: 2, state: null, held: null },
    })
    call.json(reported(12, { observedGeneration: 2 }))
    await done
    expect(api.unanswered).toBe(0)
  })

  it('replaces what is there where the server cannot apply: the manifest is stored with another type', async () => {
    const done = writerOf().report({ observedGeneration: 2 })
    ;(await api.next()).refuse(500, 'InternalError')
    const call = await api.next()
    expect(JSON.parse(call.body)).toEqual({
      metadata: { uid: 'uid-of-one', resourceVersion: '10' },
      status: { observedGeneration: 2, mode: null },
    })
    call.json(reported(11, { observedGeneration: 2 }))
    await done
    expect(api.unanswered).toBe(0)
  })

  it('takes away also what is gone from within what it replaces', async () => {
    const drift = { count: 1, unlisted: 0, changes: [] }
    const done = writerOf(anObject({}, { status: { observedGeneration: 1, drift } })).report({
      observedGeneration: 2,
      drift: { unlisted: 0 },
    })
    ;(await api.next()).refuse(500, 'InternalError')
    const call = await api.next()
    expect(applied(call)).toEqual({
      observedGeneration: 2,
      drift: { count: null, unlisted: 0, changes: null },
    })
    call.json(reported(11, { observedGeneration: 2, drift: { unlisted: 0 } }))
    await done
  })

  it('is given up for a conflict: the next pass makes a new one, on the copy that is read again', async () => {
    const writer = writerOf()
    const failed = writer.report({ observedGeneration: 2 }).catch((error: unknown) => error)
    ;(await api.next()).refuse(409, 'Conflict')
    const read = await api.next()
    expect([read.method, read.path]).toEqual(['GET', path])
    read.json(copy(12, { state: 'RUNNING' }))
    expect(isConflict(await failed)).toBe(true)
    expect(api.unanswered).toBe(0)
    expect(store.get('data/one')?.metadata.resourceVersion).toBe('12')
  })

  it.each([
    { what: 'is gone', answer: (call: Exchange) => call.refuse(404, 'NotFound') },
    {
      what: 'has a successor',
      answer: (call: Exchange) => call.json(anObject({ uid: 'another', resourceVersion: '20' })),
    },
  ])('is about nobody any more when after a conflict the object $what', async ({ answer }) => {
    const failed = writerOf()
      .report({ observedGeneration: 2 })
      .catch((error: unknown) => error)
    ;(await api.next()).refuse(409, 'Conflict')
    answer(await api.next())
    expect(await failed).toBeInstanceOf(ReplacedError)
    expect(store.get('data/one')?.metadata.uid).toBe('uid-of-one')
  })

  it('of a kind with a frame of its own is compared as a whole', async () => {
    const writer = writerOf(anObject({}, { status: { host: 'h', workspaceId } }))
    await writer.reportAs({ workspaceId, host: 'h', cloud: undefined })
    expect(api.unanswered).toBe(0)
    const done = writer.reportAs({ host: 'h' })
    const call = await api.next()
    call.json(anObject({ resourceVersion: '11' }, { status: { host: 'h' } }))
    await done
    expect(applied(call)).toEqual({ host: 'h' })
  })
})

describe('the copy that a writer works with', () => {
  it('is what the last write returned, for itself and for everybody', async () => {
    const writer = writerOf(anObject())
    const done = writer.identity({ externalId: '7' })
    ;(await api.next()).json(copy(11))
    await done
    expect(writer.status.externalId).toBe('7')
    expect(store.get(keyOf(object))?.metadata.resourceVersion).toBe('11')
    const report = writer.report({ observedGeneration: 2 })
    const call = await api.next()
    expect(JSON.parse(call.body)).toHaveProperty('metadata.resourceVersion', '11')
    call.json(reported(12, { observedGeneration: 2 }))
    await report
  })

  it('never becomes that of a successor which the watch showed meanwhile', async () => {
    const writer = writerOf(anObject())
    const done = writer.identity({ externalId: '7' })
    const call = await api.next()
    store.delete('data/one', 'uid-of-one', '12')
    store.observe(anObject({ uid: 'another', resourceVersion: '13' }))
    call.json(copy(11))
    await done.catch((error: unknown) => expect(error).toBeInstanceOf(ReplacedError))
    expect(writer.object.metadata.uid).toBe('uid-of-one')
  })

  it('says -1 of an object that nobody has looked at', () => {
    expect(statusOf(anObject())).toEqual({ observedGeneration: -1 })
  })
})

describe('the finalizer', () => {
  const finalized = anObject({ finalizers: ['lakeward.dev/remote'] })

  it('is added once', async () => {
    const writer = writerOf(anObject())
    const done = writer.addFinalizer()
    const call = await api.next()
    expect([call.method, call.path]).toEqual(['PATCH', path])
    call.json({ ...finalized, metadata: { ...finalized.metadata, resourceVersion: '11' } })
    await done
    await writer.addFinalizer()
    expect(api.unanswered).toBe(0)
    expect(writer.object.metadata.finalizers).toEqual(['lakeward.dev/remote'])
  })

  it('is given up on an old copy, and the newest one is there for the next pass', async () => {
    const failed = writerOf(anObject())
      .addFinalizer()
      .catch((error: unknown) => error)
    ;(await api.next()).refuse(409, 'Conflict')
    ;(await api.next()).json(copy(12))
    expect(isConflict(await failed)).toBe(true)
    expect(store.get('data/one')?.metadata.resourceVersion).toBe('12')
  })

  it('cannot be added to an object that is gone: nothing remote may be made for it', async () => {
    const done = writerOf(anObject()).addFinalizer()
    const failed = done.catch((error: unknown) => error)
    ;(await api.next()).refuse(404, 'NotFound')
    expect(await failed).toBeInstanceOf(ReplacedError)
  })

  it('is removed once, and an object that is gone already is nobody’s error', async () => {
    const writer = writerOf(anObject())
    await writer.removeFinalizer()
    expect(api.unanswered).toBe(0)
    const done = writerOf({ ...finalized }).removeFinalizer()
    ;(await api.next()).refuse(404, 'NotFound')
    await done
  })
})
