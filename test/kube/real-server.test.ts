/** The Kubernetes runtime against the real API server, on a kind of its own. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { startControlPlane, type ControlPlane } from '../../src/control-plane/control-plane.ts'
import { KubeClient } from '../../src/kube/client.ts'
import { loadCluster } from '../../src/kube/credentials.ts'
import { EventRecorder } from '../../src/kube/events.ts'
import { addFinalizer, removeFinalizer } from '../../src/kube/finalizer.ts'
import { listAndWatch } from '../../src/kube/list-watch.ts'
import { keyOf, resourcePath } from '../../src/kube/object.ts'
import { readSecretKey } from '../../src/kube/secrets.ts'
import { applyStatus } from '../../src/kube/status.ts'
import { Store, type Change } from '../../src/kube/store.ts'
import { watchOnce } from '../../src/kube/watch.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { Inbox } from './inbox.ts'
import { widgets, type Widget } from './widget.ts'

const finalizer = 'test.lakeward.dev/remote'
const clock = systemClock
const random = Math.random

let plane: ControlPlane
let client: KubeClient

const clientFor = async (kubeconfig: string) =>
  new KubeClient({ access: await loadCluster({ kubeconfig, clock }), clock, random })

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.test.lakeward.dev' },
  spec: {
    group: widgets.group,
    names: { kind: widgets.kind, plural: widgets.plural, singular: 'widget' },
    scope: 'Namespaced',
    versions: [
      {
        name: widgets.version,
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    ],
  },
}

const manifest = (name: string, size: number) => ({
  apiVersion: 'test.lakeward.dev/v1',
  kind: 'Widget',
  metadata: { name },
  spec: { size },
})

const create = (namespace: string, name: string) =>
  client.create<Widget>(resourcePath(widgets, namespace), manifest(name, 1))

const edit = (namespace: string, name: string, size: number) =>
  client.patch<Widget>({
    type: 'merge',
    path: resourcePath(widgets, namespace, name),
    body: { spec: { size } },
  })

const remove = (namespace: string, name: string) =>
  client.request({ method: 'DELETE', path: resourcePath(widgets, namespace, name) })

const exists = (namespace: string, name: string) =>
  client.get(resourcePath(widgets, namespace, name)).then(
    () => true,
    () => false,
  )

/** Kubernetes needs a moment to serve a new kind; nothing tells that moment but an answer. */
async function served(): Promise<void> {
  const path = resourcePath(widgets, 'default')
  while (!(await client.get(path).then(Boolean, () => false))) await clock.sleep(50)
}

async function namespace(name: string): Promise<string> {
  await client.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  return name
}

beforeAll(async () => {
  plane = await startControlPlane({ manifests: false, progress: () => undefined })
  client = await clientFor(plane.kubeconfig)
  await client.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition)
  await served()
}, 120_000)

afterAll(async () => {
  await client.close()
  await plane.stop()
}, 30_000)

describe('list and watch', () => {
  it('keep a store equal to the server, through pages, changes and deletions', async () => {
    const a = await namespace('followed')
    const names = Array.from({ length: 260 }, (_, index) => `w-${String(index).padStart(3, '0')}`)
    await Promise.all(names.map((name) => create(a, name)))
    const changes = new Inbox<Change<Widget>>()
    const store = new Store<Widget>()
    const stop = new AbortController()
    const { synced, done } = listAndWatch({
      client,
      resource: widgets,
      namespaces: [a],
      store,
      onChange: changes.put,
      relistEvery: 3_600_000,
      clock,
      random,
      log: silentLog,
      signal: stop.signal,
    })
    await synced
    expect([...store.values()].map(keyOf).toSorted()).toEqual(names.map((name) => `${a}/${name}`))
    const first = await changes.take(260)
    expect(new Set(first.map(({ type }) => type))).toEqual(new Set(['Added']))
    expect(first[0]?.object.metadata.managedFields).toBeUndefined()

    await edit(a, 'w-007', 7)
    expect(await changes.next()).toMatchObject({ type: 'Modified', object: { spec: { size: 7 } } })
    await remove(a, 'w-007')
    expect(await changes.next()).toMatchObject({ type: 'Deleted', object: { spec: { size: 7 } } })
    const again = await create(a, 'w-007')
    expect(await changes.next()).toMatchObject({
      type: 'Added',
      object: { metadata: { uid: again.metadata.uid } },
    })
    stop.abort()
    await done
  })

  it('tell the echo of a status write of ours as one, whether it comes before or after the answer', async () => {
    const a = await namespace('echo')
    const object = await create(a, 'x')
    const changes = new Inbox<Change<Widget>>()
    const store = new Store<Widget>()
    const stop = new AbortController()
    const { done } = listAndWatch({
      client,
      resource: widgets,
      namespaces: [a],
      store,
      onChange: changes.put,
      relistEvery: 3_600_000,
      clock,
      random,
      log: silentLog,
      signal: stop.signal,
    })
    await changes.next()
    const write = { resource: widgets, object, manager: 'test', status: { seen: 1 } }
    store.upsert(await applyStatus(client, write))
    expect(await changes.next()).toMatchObject({ type: 'Modified', object: { status: { seen: 1 } } })
    await edit(a, 'x', 2)
    const edited = await changes.next()
    expect(edited.type).toBe('Modified')
    expect(edited.object).toMatchObject({ spec: { size: 2 }, status: { seen: 1 } })
    stop.abort()
    await done
  })

  it('say that a version is too old when it is', async () => {
    const signal = AbortSignal.timeout(20_000)
    const path = resourcePath(widgets)
    const hear = { onOpen: () => undefined, onEvent: () => undefined }
    const end = await watchOnce({ client, path, version: '1', clock, signal, ...hear })
    expect(end).toEqual({ is: 'Expired' })
  })
})

describe('a status', () => {
  it('is written on the copy it was decided on, beside what another manager wrote', async () => {
    const a = await namespace('status')
    const object = await create(a, 'x')
    const status = { at: '2026-01-01T00:00:00Z' }
    const first = await applyStatus(client, { resource: widgets, object, manager: 'identity', status })
    const second = await applyStatus(client, {
      resource: widgets,
      object: first,
      manager: 'report',
      status: { seen: 1, gone: true },
    })
    const third = await applyStatus(client, {
      resource: widgets,
      object: second,
      manager: 'report',
      status: { seen: 2 },
    })
    expect(third.status).toEqual({ at: '2026-01-01T00:00:00Z', seen: 2 })
    expect(third.metadata.generation).toBe(1)
  })

  it('decided on an old copy is refused as a conflict', async () => {
    const a = await namespace('stale')
    const object = await create(a, 'x')
    await edit(a, 'x', 2)
    const write = applyStatus(client, { resource: widgets, object, manager: 'report', status: { seen: 1 } })
    await expect(write).rejects.toMatchObject({ status: 409, reason: 'Conflict' })
  })

  it('never lands on a successor of the same name, and never makes one', async () => {
    const a = await namespace('successor')
    const object = await create(a, 'x')
    await remove(a, 'x')
    const late = { resource: widgets, object, manager: 'report', status: { seen: 1 } }
    await expect(applyStatus(client, late)).rejects.toMatchObject({ status: 404 })
    expect(await exists(a, 'x')).toBe(false)
    await create(a, 'x')
    await expect(applyStatus(client, late)).rejects.toMatchObject({ status: 409 })
  })
})

const change = (object: Widget) => ({ resource: widgets, object, finalizer, manager: 'test' })

describe('a finalizer', () => {
  it('holds a deleted object until it is removed, and others’ keep standing', async () => {
    const a = await namespace('finalizer')
    const made = await create(a, 'x')
    const other = await addFinalizer(client, { ...change(made), finalizer: 'other.dev/one' })
    const both = await addFinalizer(client, change(other ?? made))
    expect(both?.metadata.finalizers).toEqual(['other.dev/one', finalizer])
    await remove(a, 'x')
    const deleted = await client.get<Widget>(resourcePath(widgets, a, 'x'))
    expect(deleted.metadata.deletionTimestamp).toBeDefined()
    const left = await removeFinalizer(client, change(deleted))
    expect(left?.metadata.finalizers).toEqual(['other.dev/one'])
    await removeFinalizer(client, { ...change(left ?? deleted), finalizer: 'other.dev/one' })
    expect(await exists(a, 'x')).toBe(false)
    expect(await removeFinalizer(client, change(deleted))).toBeUndefined()
  })

  it('on an old copy is a conflict', async () => {
    const a = await namespace('finalizer-stale')
    const made = await create(a, 'x')
    await edit(a, 'x', 2)
    await expect(addFinalizer(client, change(made))).rejects.toMatchObject({ status: 409 })
  })

  it('never reaches a successor, and never makes a deleted object again', async () => {
    const a = await namespace('finalizer-successor')
    const made = await create(a, 'x')
    await remove(a, 'x')
    expect(await addFinalizer(client, change(made))).toBeUndefined()
    expect(await exists(a, 'x')).toBe(false)
    await create(a, 'x')
    expect(await addFinalizer(client, change(made))).toBeUndefined()
    const successor = await client.get<Widget>(resourcePath(widgets, a, 'x'))
    expect(successor.metadata.finalizers).toBeUndefined()
  })

  it('cannot be added once the object is being deleted', async () => {
    const a = await namespace('finalizer-late')
    const made = await create(a, 'x')
    const held = await addFinalizer(client, { ...change(made), finalizer: 'other.dev/one' })
    await remove(a, 'x')
    const deleted = await client.get<Widget>(resourcePath(widgets, a, 'x'))
    await expect(addFinalizer(client, change(deleted))).rejects.toMatchObject({ status: 422 })
    await removeFinalizer(client, { ...change(deleted), finalizer: 'other.dev/one' })
    expect(held).toBeDefined()
  })
})

const happening = { type: 'Warning', reason: 'Tested', note: 'ä'.repeat(600), action: 'Test' } as const
const recorderOf = () =>
  new EventRecorder({
    client,
    clock,
    random,
    log: silentLog,
    controller: 'lakeward.dev/test',
    instance: 'test',
    signal: new AbortController().signal,
  })

describe('an event', () => {
  it('is taken, and what happens again is counted in it', async () => {
    const a = await namespace('events')
    const object = await create(a, 'x')
    const recorder = recorderOf()
    const shown = async () => {
      await recorder.idle()
      const { stdout } = await plane.kubectl(['get', 'events', '-n', a, '-o', 'wide', '--no-headers'])
      return stdout.trim().split('\n')
    }
    recorder.record(object, happening)
    expect(await shown()).toEqual([expect.stringMatching(/Tested .* 1 +x\.[0-9a-f]+$/)])
    for (let times = 2; times <= 4; times++) recorder.record(object, happening)
    expect(await shown()).toEqual([expect.stringMatching(/Tested .* 4 +x\.[0-9a-f]+$/)])
  })

  it('that a namespace refuses because it is being deleted is no error', async () => {
    const a = await namespace('events-late')
    const object = await create(a, 'x')
    await plane.kubectl(['delete', 'namespace', a, '--wait=false'])
    using said = vi.spyOn(silentLog, 'debug')
    const recorder = recorderOf()
    recorder.record(object, happening)
    recorder.record(object, happening)
    await recorder.idle()
    expect(said.mock.calls[0]?.[0]).toMatchObject({
      err: { status: 403, message: expect.stringContaining('being terminated') as string },
    })
  })
})

describe('rights', () => {
  it('that are missing are told from what is missing', async () => {
    const a = await namespace('rights')
    await plane.kubectl(['create', 'serviceaccount', 'weak', '-n', a])
    await plane.kubectl(['create', 'secret', 'generic', 's', '-n', a, '--from-literal=token=t'])
    const weak = await clientFor(await plane.kubeconfigFor({ namespace: a, serviceAccount: 'weak' }))
    const wanted = { namespace: a, name: 's', key: 'token' }
    expect(await readSecretKey(weak, wanted)).toMatchObject({ is: 'Forbidden' })
    expect(await readSecretKey(client, wanted)).toEqual({ is: 'Found', value: 't' })
    expect(await readSecretKey(client, { ...wanted, key: 'no' })).toEqual({
      is: 'KeyMissing',
      keys: ['token'],
    })
    expect(await readSecretKey(client, { ...wanted, name: 'no' })).toEqual({ is: 'SecretMissing' })
    await weak.close()
  })
})
