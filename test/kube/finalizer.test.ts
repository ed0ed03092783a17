import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KubeClient } from '../../src/kube/client.ts'
import { addFinalizer, removeFinalizer } from '../../src/kube/finalizer.ts'
import { ManualClock } from '../manual-clock.ts'
import { FakeApi } from './fake-api.ts'
import { widget, widgets } from './widget.ts'

let api: FakeApi
let client: KubeClient

beforeEach(async () => {
  api = await FakeApi.start()
  client = new KubeClient({ access: api.access, clock: new ManualClock(), random: () => 1 })
})

afterEach(async () => {
  await client.close()
  await api[Symbol.asyncDispose]()
})

const change = (finalizers: string[]) => ({
  resource: widgets,
  object: widget('x', 5, { finalizers }),
  finalizer: 'lakeward.dev/remote',
  manager: 'lakeward',
})

const guards = [
  { op: 'test', path: '/metadata/uid', value: 'uid-of-x' },
  { op: 'replace', path: '/metadata/resourceVersion', value: '5' },
]

describe('a finalizer', () => {
  it('is added beside those of others', async () => {
    const done = addFinalizer(client, change(['other/one']))
    const call = await api.next()
    call.json(widget('x', 6))
    expect([call.method, call.path]).toEqual(['PATCH', '/apis/test.lakeward.dev/v1/namespaces/a/widgets/x'])
    expect(call.headers['content-type']).toBe('application/json-patch+json')
    expect(JSON.parse(call.body)).toEqual([
      ...guards,
      { op: 'add', path: '/metadata/finalizers/-', value: 'lakeward.dev/remote' },
    ])
    expect(await done).toEqual(widget('x', 6))
  })

  it('is added as the first', async () => {
    const done = addFinalizer(client, change([]))
    const call = await api.next()
    call.json(widget('x', 6))
    await done
    expect(JSON.parse(call.body)).toEqual([
      ...guards,
      { op: 'add', path: '/metadata/finalizers', value: ['lakeward.dev/remote'] },
    ])
  })

  it('is removed from between those of others', async () => {
    const done = removeFinalizer(client, change(['other/one', 'lakeward.dev/remote', 'other/two']))
    const call = await api.next()
    call.json(widget('x', 6))
    await done
    expect(JSON.parse(call.body)).toEqual([
      ...guards,
      { op: 'test', path: '/metadata/finalizers/1', value: 'lakeward.dev/remote' },
      { op: 'remove', path: '/metadata/finalizers/1' },
    ])
  })

  it('costs no call when it stands already, or is gone already', async () => {
    const present = change(['lakeward.dev/remote'])
    expect(await addFinalizer(client, present)).toBe(present.object)
    const absent = change(['other/one'])
    expect(await removeFinalizer(client, absent)).toBe(absent.object)
    expect(api.unanswered).toBe(0)
  })

  it.each([addFinalizer, removeFinalizer])('of an object that is gone is nobody’s error', async (act) => {
    const done = act(client, change(act === addFinalizer ? [] : ['lakeward.dev/remote']))
    const call = await api.next()
    call.refuse(404, 'NotFound')
    expect(await done).toBeUndefined()
  })

  it('never reaches a successor of the same name', async () => {
    const done = removeFinalizer(client, change(['lakeward.dev/remote']))
    const patch = await api.next()
    patch.refuse(422, 'Invalid')
    const look = await api.next()
    look.json(widget('x', 9, { uid: 'another' }))
    expect(await done).toBeUndefined()
  })

  it('that the server forbids on the object itself stays an error', async () => {
    const done = addFinalizer(client, change([]))
    const refused = expect(done).rejects.toMatchObject({ status: 422 })
    const patch = await api.next()
    patch.refuse(422, 'Invalid')
    const look = await api.next()
    look.json(widget('x', 9))
    await refused
  })

  it('decided on an old copy is a conflict', async () => {
    const refused = expect(addFinalizer(client, change([]))).rejects.toMatchObject({ status: 409 })
    const call = await api.next()
    call.refuse(409, 'Conflict')
    await refused
  })
})
