import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { KubeClient } from '../../src/kube/client.ts'
import { EventRecorder, type Happening } from '../../src/kube/events.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { ManualClock } from '../manual-clock.ts'
import { FakeApi, type Exchange } from './fake-api.ts'
import { widget } from './widget.ts'

let api: FakeApi
let clock: ManualClock
let client: KubeClient
let recorder: EventRecorder

const happening: Happening = {
  type: 'Normal',
  reason: 'Created',
  note: 'job 7 was created',
  action: 'Create',
}

const bodyOf = ({ body }: Exchange) => JSON.parse(body) as { note: string; metadata: { name: string } }

async function accept(): Promise<Exchange> {
  const call = await api.next()
  call.json({}, 201)
  return call
}

beforeEach(async () => {
  api = await FakeApi.start()
  clock = new ManualClock(Date.parse('2026-03-04T05:06:07.089Z'))
  client = new KubeClient({ access: api.access, clock, random: () => 0.5 })
  recorder = new EventRecorder({
    client,
    clock,
    random: () => 0.5,
    log: silentLog,
    controller: 'lakeward.dev/operator',
    instance: 'pod-1',
  })
})

afterEach(async () => {
  await recorder.idle()
  await client.close()
  await api[Symbol.asyncDispose]()
})

describe('an event', () => {
  it('says what happened to whom, with a time of exactly six digits', async () => {
    recorder.record(widget('x', 5), happening)
    const call = await accept()
    expect(call.path).toBe('/apis/events.k8s.io/v1/namespaces/a/events')
    expect(bodyOf(call)).toEqual({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: `x.${clock.now().toString(16)}80000000`, namespace: 'a' },
      eventTime: '2026-03-04T05:06:07.089000Z',
      reportingController: 'lakeward.dev/operator',
      reportingInstance: 'pod-1',
      ...happening,
      regarding: {
        apiVersion: 'test.lakeward.dev/v1',
        kind: 'Widget',
        name: 'x',
        namespace: 'a',
        uid: 'uid-of-x',
        resourceVersion: '5',
      },
    })
  })

  it('has a note of at most 1,024 bytes, cut between characters', async () => {
    recorder.record(widget('x', 5), { ...happening, note: `a${'€'.repeat(400)}` })
    const { note } = bodyOf(await accept())
    expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1_024)
    expect(note).toBe(`a${'€'.repeat(340)}…`)
  })

  it('has a name that the API server takes, however long the object’s is', async () => {
    recorder.record(widget(`${'a'.repeat(219)}-${'b'.repeat(30)}`, 5), happening)
    const { metadata } = bodyOf(await accept())
    expect(metadata.name.length).toBeLessThanOrEqual(253)
    expect(metadata.name).toMatch(/^a{219}\.[0-9a-f]+$/)
  })

  it('that is refused is no error, and the next one goes out', async () => {
    const refused = vi.spyOn(silentLog, 'debug')
    recorder.record(widget('x', 5), happening)
    recorder.record(widget('y', 5), happening)
    const first = await api.next()
    first.refuse(403, 'Forbidden')
    await accept()
    await recorder.idle()
    expect(refused).toHaveBeenCalledOnce()
    refused.mockRestore()
  })
})

describe('the same note about the same object', () => {
  it('is written once in ten minutes', async () => {
    recorder.record(widget('x', 5), happening)
    recorder.record(widget('x', 6), happening)
    await accept()
    await recorder.idle()
    await clock.advance(599_999)
    recorder.record(widget('x', 7), happening)
    await recorder.idle()
    expect(api.unanswered).toBe(0)
    await clock.advance(1)
    recorder.record(widget('x', 8), happening)
    await accept()
  })

  it('is another when reason, note or object differ', async () => {
    recorder.record(widget('x', 5), happening)
    recorder.record(widget('x', 5), { ...happening, reason: 'Updated' })
    recorder.record(widget('x', 5), { ...happening, note: 'job 8 was created' })
    recorder.record(widget('x', 9, { uid: 'another' }), happening)
    for (let index = 0; index < 4; index++) await accept()
    await recorder.idle()
    expect(api.unanswered).toBe(0)
  })
})

it('what waits is bounded: the rest is dropped', async () => {
  for (let index = 0; index < 1_000; index++) {
    recorder.record(widget('x', 5), { ...happening, note: `note ${index}` })
  }
  const notes: string[] = []
  // One is under way, 256 wait behind it.
  for (let index = 0; index < 257; index++) notes.push(bodyOf(await accept()).note)
  await recorder.idle()
  expect(notes.at(-1)).toBe('note 256')
  expect(api.unanswered).toBe(0)
})
