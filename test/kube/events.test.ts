import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { KubeClient } from '../../src/kube/client.ts'
import { EventRecorder } from '../../src/kube/events.ts'
import type { Happening } from '../../src/kube/told.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { ManualClock } from '../manual-clock.ts'
import { FakeApi, type Exchange } from './fake-api.ts'
import { widget } from './widget.ts'

let api: FakeApi
let clock: ManualClock
let client: KubeClient
let recorder: EventRecorder
let stopping: AbortController

const happening: Happening = {
  type: 'Normal',
  reason: 'Created',
  note: 'job 7 was created',
  action: 'Create',
}

interface Body {
  note: string
  metadata: { name: string }
  series?: { count: number; lastObservedTime: string }
}

const bodyOf = ({ body }: Exchange) => JSON.parse(body) as Body

async function accept(): Promise<Exchange> {
  const call = await api.next()
  call.json({}, 201)
  return call
}

beforeEach(async () => {
  api = await FakeApi.start()
  clock = new ManualClock(Date.parse('2026-03-04T05:06:07.089Z'))
  client = new KubeClient({ access: api.access, clock, random: () => 0.5 })
  stopping = new AbortController()
  recorder = new EventRecorder({
    client,
    clock,
    random: () => 0.5,
    log: silentLog,
    controller: 'lakeward.dev/operator',
    instance: 'pod-1',
    signal: stopping.signal,
  })
})

afterEach(async () => {
  stopping.abort()
  await recorder.idle()
  expect(clock.sleeps()).toEqual([])
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

/** The count that a call sends, and to which event. */
const counted = (call: Exchange) => ({
  call: `${call.method} ${call.path.split('/').at(-1) ?? ''}`,
  type: call.headers['content-type'],
  ...bodyOf(call).series,
})

const tell = () => recorder.record(widget('x', 5), happening)

/** The event is there, and was counted once. */
async function inSeries(): Promise<string> {
  tell()
  const { name } = bodyOf(await accept()).metadata
  await recorder.idle()
  await clock.advance(1_000)
  tell()
  expect(counted(await accept())).toEqual({
    call: `PATCH ${name}`,
    type: 'application/merge-patch+json',
    count: 2,
    lastObservedTime: '2026-03-04T05:06:08.089000Z',
  })
  await recorder.idle()
  return name
}

describe('what happens again', () => {
  it('is counted in the event there is: at once, and then once in five minutes', async () => {
    const name = await inSeries()
    for (let times = 3; times <= 5; times++) {
      await clock.advance(60_000)
      tell()
    }
    await clock.advance(119_999)
    expect(api.unanswered).toBe(0)
    await clock.advance(1)
    expect(counted(await accept())).toMatchObject({
      call: `PATCH ${name}`,
      count: 5,
      lastObservedTime: '2026-03-04T05:09:08.089000Z',
    })
    await recorder.idle()
    await clock.advance(3_600_000)
    expect(api.unanswered).toBe(0)
  })

  it('is told anew after ten minutes without', async () => {
    const name = await inSeries()
    await clock.advance(600_000)
    tell()
    const call = await accept()
    expect(call.method).toBe('POST')
    expect(bodyOf(call).metadata.name).not.toBe(name)
    expect(bodyOf(call).series).toBeUndefined()
  })

  it('while the event has not been sent goes out with it', async () => {
    recorder.record(widget('first', 5), happening)
    tell()
    tell()
    await accept()
    const call = await accept()
    expect(call.method).toBe('POST')
    expect(bodyOf(call).series?.count).toBe(2)
    await recorder.idle()
    tell()
    await clock.advance(299_999)
    expect(api.unanswered).toBe(0)
    await clock.advance(1)
    expect(counted(await accept()).count).toBe(3)
  })

  it('is counted before the program ends', async () => {
    await inSeries()
    tell()
    tell()
    stopping.abort()
    const idle = recorder.idle()
    expect(counted(await accept()).count).toBe(4)
    await idle
  })

  it.each([
    { what: 'its event is gone', status: 404, reason: 'NotFound' },
    { what: 'the API server is in trouble', status: 503, reason: 'ServiceUnavailable' },
  ])('is told anew when $what', async ({ status, reason }) => {
    const name = await inSeries()
    await clock.advance(300_000)
    tell()
    ;(await api.next()).refuse(status, reason)
    await recorder.idle()
    tell()
    const call = await accept()
    expect(call.method).toBe('POST')
    expect(bodyOf(call).metadata.name).not.toBe(name)
  })

  it('is told anew when its event was refused', async () => {
    tell()
    ;(await api.next()).refuse(403, 'Forbidden')
    await recorder.idle()
    tell()
    expect((await accept()).method).toBe('POST')
  })

  it('is something else when reason, note or object differ', async () => {
    tell()
    recorder.record(widget('x', 5), { ...happening, reason: 'Updated' })
    recorder.record(widget('x', 5), { ...happening, note: 'job 8 was created' })
    recorder.record(widget('x', 9, { uid: 'another' }), happening)
    for (let index = 0; index < 4; index++) expect((await accept()).method).toBe('POST')
    await recorder.idle()
    expect(api.unanswered).toBe(0)
  })
})

describe('too much', () => {
  it('about one object is left out: 25 at once, and then one in five minutes', async () => {
    const told: number[] = []
    const tellUpTo = async (count: number) => {
      for (let index = 0; index < count; index++) {
        recorder.record(widget('x', 5), { ...happening, note: `note ${told.length} ${index}` })
      }
      const notes: string[] = []
      recorder.record(widget('y', told.length), { ...happening, note: `the last of ${told.length}` })
      do notes.push(bodyOf(await accept()).note)
      while (!notes.at(-1)?.startsWith('the last'))
      told.push(notes.length - 1)
      await recorder.idle()
    }
    await tellUpTo(100)
    await tellUpTo(100)
    await clock.advance(300_000)
    await tellUpTo(100)
    await clock.advance(3_600_000)
    await tellUpTo(100)
    expect(told).toEqual([25, 0, 1, 12])
  })

  it('in all is left out: no more wait than the line holds', async () => {
    for (let index = 0; index < 1_000; index++)
      recorder.record(widget(`x-${index}`, 5, { uid: `uid-${index}` }), happening)
    const names: string[] = []
    // One is under way, 256 wait behind it.
    for (let index = 0; index < 257; index++) names.push(bodyOf(await accept()).metadata.name)
    await recorder.idle()
    expect(names.at(-1)).toMatch(/^x-256\./)
    expect(api.unanswered).toBe(0)
  })

  it('in all is left out: a thousand at once, and then twenty in a second', async () => {
    let sent = 0
    let next = api.next()
    const answerAll = async () => {
      const idle = recorder.idle()
      for (
        let call = await Promise.race([next, idle]);
        call !== undefined;
        call = await Promise.race([next, idle])
      ) {
        call.json({}, 201)
        sent += 1
        next = api.next()
      }
    }
    const tellAbout = async (count: number) => {
      for (let index = 1; index <= count; index++) {
        recorder.record(widget('x', 5, { uid: `uid-${sent}-${index}` }), happening)
        if (index % 50 === 0) await answerAll()
      }
    }
    await tellAbout(1_100)
    expect(sent).toBe(1_000)
    await clock.advance(1_000)
    await tellAbout(50)
    expect(sent).toBe(1_020)
  })
})
