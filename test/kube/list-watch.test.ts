import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { KubeClient } from '../../src/kube/client.ts'
import { listAndWatch, type ListWatch, type ListWatchOptions } from '../../src/kube/list-watch.ts'
import { keyOf } from '../../src/kube/object.ts'
import { Store, type Change } from '../../src/kube/store.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { ManualClock } from '../manual-clock.ts'
import { FakeApi, type Exchange } from './fake-api.ts'
import { Inbox } from './inbox.ts'
import { widget, widgets, type Widget } from './widget.ts'

let api: FakeApi
let clock: ManualClock
let client: KubeClient
let store: Store<Widget>
let stop: AbortController
let running: ListWatch
let changes: Inbox<string>

const word = ({ type, object }: Change<Widget>) =>
  `${type} ${keyOf(object)}@${object.metadata.resourceVersion}`

/** Starts following; changes arrive as words such as `Added a/x@5`. */
function follow(options: Partial<ListWatchOptions<Widget>> = {}): void {
  const { onChange = (change) => changes.put(word(change)), random = () => 1, namespaces } = options
  const { relistEvery = 24 * 3_600_000 } = options
  running = listAndWatch({
    client,
    resource: widgets,
    namespaces,
    store,
    onChange,
    relistEvery,
    clock,
    random,
    log: silentLog,
    signal: stop.signal,
  })
}

/** Answers the next request as a list, and opens the watch that follows it. */
async function listThenOpen(items: Widget[], version: string): Promise<Exchange> {
  const list = await api.next()
  expect(list.query).toEqual({ limit: '250' })
  list.list(items, version)
  return opened(version)
}

/** Waits for a watch from a version and opens it; returns when the client knows that it is open. */
async function opened(version: string): Promise<Exchange> {
  const watch = await api.next()
  expect(watch.query).toMatchObject({ watch: '1', resourceVersion: version })
  watch.open()
  await vi.waitFor(() => expect(clock.sleeps()).not.toContain(30_000), { interval: 2 })
  return watch
}

/** Answers how far the server is, which is asked before a watch that was cut off goes on. */
async function askedHowFar(version: string): Promise<void> {
  const question = await api.next()
  expect(question.query).toEqual({ limit: '1' })
  question.list([], version)
}

/** A watch of which the server says a bookmark each minute, until it ends it in good order, by its own clock. */
async function wholeLength(watch: Exchange, version: string, ahead = 0): Promise<void> {
  for (const seconds of [60, 60, 60, 60, 50]) {
    await clock.advance(seconds * 1_000 - ahead / 5)
    const heard = running.lastHeard()
    watch.bookmark(version)
    await vi.waitFor(() => expect(running.lastHeard()).toBeGreaterThan(heard), { interval: 2 })
  }
  watch.end()
}

/** Waits until the loop pauses for so long, and lets the pause pass. */
async function pausedFor(milliseconds: number): Promise<void> {
  await clock.sleeping(milliseconds)
  expect(api.unanswered).toBe(0)
  await clock.advance(milliseconds)
}

/** Answers a list, and tells the watch that follows it that its version is too old. */
async function tooOld(): Promise<void> {
  const list = await api.next()
  list.list([], '10')
  const watch = await api.next()
  watch.refuse(410, 'Expired')
}

/** A list from time to time has begun when a watch that was cut off once before is cut off again. */
async function cutWhileListing(): Promise<{ first: Exchange }> {
  const watch = await listThenOpen([widget('x', 5)], '10')
  await pausedFor(60_000)
  const first = await api.next()
  // So that `opened` tells its deadline from that of a watch.
  await clock.advance(1)
  watch.cut()
  await pausedFor(1_000)
  await askedHowFar('10')
  const again = await opened('10')
  again.cut()
  await clock.sleeping(2_000)
  expect(await changes.next()).toBe('Added a/x@5')
  expect(api.unanswered).toBe(0)
  return { first }
}

/** The exchange that is about one namespace. */
const of = (name: string, exchanges: Exchange[]) =>
  exchanges.find(({ path }) => path.includes(`/namespaces/${name}/`))

beforeEach(async () => {
  api = await FakeApi.start()
  clock = new ManualClock()
  client = new KubeClient({ access: api.access, clock, random: () => 1 })
  store = new Store()
  stop = new AbortController()
  changes = new Inbox()
})

afterEach(async () => {
  stop.abort(new Error('the test is over'))
  await running.done
  expect(clock.sleeps()).toEqual([])
  await client.close()
  await api[Symbol.asyncDispose]()
})

describe('the first list', () => {
  it('is read in pages, is complete before it counts, and a watch goes on from its version', async () => {
    follow()
    const first = await api.next()
    expect(first.path).toBe('/apis/test.lakeward.dev/v1/widgets')
    first.list([widget('x', 5)], '10', 'more')
    const second = await api.next()
    expect(second.query).toEqual({ limit: '250', continue: 'more' })
    const isSynced = vi.fn<() => void>()
    void running.synced.then(isSynced)
    expect(await changes.next()).toBe('Added a/x@5')
    expect(isSynced).not.toHaveBeenCalled()
    second.list([widget('y', 6)], '10')
    await running.synced
    expect(await changes.next()).toBe('Added a/y@6')
    const watch = await opened('10')
    expect(watch.query).toMatchObject({ allowWatchBookmarks: 'true', timeoutSeconds: '290' })
  })

  it('lets others have their turn while it takes in a page', async () => {
    let turns = 0
    let next = setImmediate(function count() {
      turns += 1
      next = setImmediate(count)
    })
    onTestFinished(() => clearImmediate(next))
    const toldAt: number[] = []
    follow({ onChange: () => toldAt.push(turns) })
    const list = await api.next()
    const page = Array.from({ length: 250 }, (_, index) => widget(`x${index}`, 5))
    list.list(page, '10')
    await running.synced
    expect(toldAt).toHaveLength(250)
    expect(new Set(toldAt).size).toBe(5)
  })

  it('gives built-in kinds the type that lists leave out', async () => {
    follow()
    const { apiVersion: _version, kind: _kind, ...bare } = widget('x', 5)
    const list = await api.next()
    list.list([bare], '10')
    await running.synced
    expect(store.get('a/x')).toMatchObject({ apiVersion: 'test.lakeward.dev/v1', kind: 'Widget' })
  })

  it('that fails is tried again, and only its success counts as synced', async () => {
    follow()
    const first = await api.next()
    first.refuse(403, 'Forbidden')
    await pausedFor(1_000)
    const second = await api.next()
    second.refuse(404, 'NotFound')
    await pausedFor(2_000)
    await listThenOpen([widget('x', 5)], '10')
    await running.synced
  })

  it('whose continue token expired starts from its beginning', async () => {
    follow()
    const first = await api.next()
    first.list([widget('x', 5)], '10', 'more')
    const second = await api.next()
    second.refuse(410, 'Expired')
    await pausedFor(1_000)
    await listThenOpen([widget('y', 6)], '20')
    await running.synced
    expect(await changes.take(3)).toEqual(['Added a/x@5', 'Added a/y@6', 'Deleted a/x@5'])
    expect(store.size).toBe(1)
  })

  it('that broke off and then finds older data believes that', async () => {
    follow()
    ;(await api.next()).list([widget('x', 95), widget('never', 96)], '100', 'more')
    ;(await api.next()).refuse(410, 'Expired')
    await pausedFor(1_000)
    await listThenOpen([widget('x', 50)], '60')
    expect((await changes.take(4)).slice(2)).toEqual(['Modified a/x@50', 'Deleted a/never@96'])
  })

  it('is left alone for as long as the server asks', async () => {
    follow()
    const list = await api.next()
    list.refuse(429, 'TooManyRequests', { 'retry-after': '40' })
    await pausedFor(40_000)
    await listThenOpen([], '10')
  })

  it('never done, is told to those who wait for it', async () => {
    follow()
    await api.next()
    stop.abort(new Error('stopped before'))
    await expect(running.synced).rejects.toThrow('stopped before')
  })
})

describe('events', () => {
  it('are told and kept', async () => {
    follow()
    const watch = await listThenOpen([widget('x', 5)], '10')
    watch.event('MODIFIED', widget('x', 11)).event('ADDED', widget('y', 12)).event('DELETED', widget('x', 13))
    expect(await changes.take(4)).toEqual([
      'Added a/x@5',
      'Modified a/x@11',
      'Added a/y@12',
      'Deleted a/x@11',
    ])
    expect([...store.values()].map(keyOf)).toEqual(['a/y'])
  })

  it('never put an older copy over what a call of ours returned', async () => {
    follow()
    const watch = await listThenOpen([widget('x', 5)], '10')
    await changes.next()
    store.upsert(widget('x', 12))
    watch
      .event('MODIFIED', widget('x', 11))
      .event('MODIFIED', widget('x', 12))
      .event('MODIFIED', widget('x', 13))
    expect(await changes.take(2)).toEqual(['Modified a/x@12', 'Modified a/x@13'])
  })

  it('of an unknown type are passed over', async () => {
    follow()
    const watch = await listThenOpen([], '10')
    watch.event('PONDERED', widget('x', 11)).event('ADDED', widget('y', 12))
    expect(await changes.next()).toBe('Added a/y@12')
  })

  it('reach the others when a listener fails on one', async () => {
    follow({
      onChange: (change) => {
        if (change.object.metadata.name === 'bad') throw new Error('a bug')
        changes.put(word(change))
      },
    })
    const watch = await listThenOpen([widget('bad', 4), widget('x', 5)], '10')
    watch.event('MODIFIED', widget('bad', 11)).event('MODIFIED', widget('x', 12))
    expect(await changes.take(2)).toEqual(['Added a/x@5', 'Modified a/x@12'])
  })

  it('say when the API server was last heard, bookmarks too', async () => {
    follow()
    const watch = await listThenOpen([], '10')
    expect(running.lastHeard()).toBe(0)
    await clock.advance(50_000)
    watch.bookmark('20').event('ADDED', widget('x', 21))
    await changes.next()
    expect(running.lastHeard()).toBe(50_000)
  })
})

describe('a watch that ends', () => {
  it('in good order is opened again at once, from the last bookmark', async () => {
    follow()
    const watch = await listThenOpen([], '10')
    watch.event('ADDED', widget('x', 11))
    await changes.next()
    await wholeLength(watch, '25')
    await opened('25')
    expect(clock.monotonic()).toBe(290_000)
  })

  it('in good order, by a clock that is a little faster than ours, is opened again at once', async () => {
    follow()
    const watch = await listThenOpen([], '10')
    await wholeLength(watch, '25', 290)
    await opened('25')
  })

  it('after a long quiet time is opened again at once, however often', async () => {
    follow()
    let watch = await listThenOpen([], '10')
    for (let round = 0; round < 4; round++) {
      await wholeLength(watch, '10')
      watch = await opened('10')
    }
    expect(clock.monotonic()).toBe(4 * 290_000)
  })

  it('at once and again and again is opened more and more slowly', async () => {
    follow()
    const first = await listThenOpen([], '10')
    first.end()
    const second = await listThenOpen([], '10')
    second.end()
    await pausedFor(1_000)
    const third = await listThenOpen([], '10')
    third.end()
    await pausedFor(2_000)
    await listThenOpen([], '10')
  })

  it('in the middle of a line loses that line only until it comes again', async () => {
    follow()
    const watch = await listThenOpen([], '10')
    watch.event('ADDED', widget('x', 11)).write('{"type":"ADDED","object":{"meta').end()
    await listThenOpen([widget('x', 11), widget('y', 12)], '12')
    expect(await changes.take(2)).toEqual(['Added a/x@11', 'Added a/y@12'])
  })

  it('by a cut connection is opened again from where it was, after a pause', async () => {
    follow()
    const watch = await listThenOpen([], '10')
    watch.event('ADDED', widget('x', 11))
    await changes.next()
    watch.cut()
    await pausedFor(1_000)
    await askedHowFar('11')
    await opened('11')
  })

  it('again after it had brought something is opened after a short pause again', async () => {
    follow()
    const list = await api.next()
    list.list([], '10')
    for (const pause of [1_000, 2_000, 4_000]) {
      const refused = await api.next()
      refused.refuse(500, 'InternalError')
      await pausedFor(pause)
      await askedHowFar('10')
    }
    const watch = await opened('10')
    watch.event('ADDED', widget('x', 11))
    await changes.next()
    watch.cut()
    await pausedFor(1_000)
    await askedHowFar('11')
    await opened('11')
  })

  it('by an HTTP 500 is opened again after a pause', async () => {
    follow()
    const list = await api.next()
    list.list([], '10')
    const watch = await api.next()
    watch.refuse(500, 'InternalError')
    await pausedFor(1_000)
    await askedHowFar('10')
    await opened('10')
  })

  it.each([
    { asked: '9', pause: 9_000 },
    // Whatever a wrong clock makes of a date.
    { asked: '99999', pause: 300_000 },
  ])('by a server that asks for $asked s is left alone so long', async ({ asked, pause }) => {
    follow()
    const list = await api.next()
    list.list([], '10')
    const watch = await api.next()
    watch.refuse(429, 'TooManyRequests', { 'retry-after': asked })
    await pausedFor(pause)
    await opened('10')
  })

  it('by a server that asks to wait in its stream is opened again after that time', async () => {
    follow()
    const watch = await listThenOpen([], '10')
    watch.event('ERROR', {
      kind: 'Status',
      code: 429,
      reason: 'TooManyRequests',
      details: { retryAfterSeconds: 7 },
    })
    await pausedFor(7_000)
    await opened('10')
  })
})

describe('a watch that cannot be trusted any more is followed by a list', () => {
  it('when the version is too old (HTTP 410)', async () => {
    follow()
    const list = await api.next()
    list.list([widget('x', 5), widget('y', 6)], '10')
    const watch = await api.next()
    watch.refuse(410, 'Expired')
    await listThenOpen([widget('y', 26)], '30')
    expect((await changes.take(4)).slice(2)).toEqual(['Modified a/y@26', 'Deleted a/x@5'])
  })

  it('when the version is too old (ERROR event)', async () => {
    follow()
    const watch = await listThenOpen([widget('x', 5)], '10')
    watch.event('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' })
    await listThenOpen([widget('x', 25, { uid: 'another' })], '30')
    expect(await changes.take(3)).toEqual(['Added a/x@5', 'Deleted a/x@5', 'Added a/x@25'])
  })

  it('when it ends before its time: what it told may have been read by an older definition', async () => {
    follow()
    const watch = await listThenOpen([], '10')
    watch.event('ADDED', widget('x', 11)).end()
    await listThenOpen([{ ...widget('x', 11), spec: { size: 2 } }], '11')
    expect(await changes.take(2)).toEqual(['Added a/x@11', 'Modified a/x@11'])
    expect(store.get('a/x')?.spec.size).toBe(2)
  })

  it('when it is silent for longer than bookmarks ever are', async () => {
    follow()
    const watch = await listThenOpen([widget('x', 5)], '10')
    await clock.advance(60_000)
    watch.bookmark('12')
    await vi.waitFor(() => expect(running.lastHeard()).toBe(60_000), { interval: 2 })
    await clock.advance(99_999)
    expect(api.unanswered).toBe(0)
    await clock.advance(1)
    await watch.closed
    await listThenOpen([], '30')
    expect(await changes.take(2)).toEqual(['Added a/x@5', 'Deleted a/x@5'])
  })

  it('when it is deaf because versions went backwards', async () => {
    follow()
    const watch = await listThenOpen([widget('x', 95), widget('y', 40)], '100')
    await clock.advance(100_000)
    await watch.closed
    await listThenOpen([widget('x', 50)], '60')
    expect((await changes.take(4)).slice(2)).toEqual(['Modified a/x@50', 'Deleted a/y@40'])
  })

  it('when it is deaf, measured against the last bookmark too', async () => {
    follow()
    const watch = await listThenOpen([widget('x', 95)], '100')
    watch.bookmark('200').event('ADDED', widget('y', 201))
    await changes.take(2)
    store.upsert(widget('x', 180))
    await clock.advance(100_000)
    await listThenOpen([widget('x', 120), widget('y', 130)], '150')
    expect(await changes.take(2)).toEqual(['Modified a/x@120', 'Modified a/y@130'])
  })

  it.each([
    ['is no JSON', 'oops\n'],
    ['is no event', '[]\n'],
    ['is an object without a version', '{"type":"ADDED","object":{"metadata":{"name":"x","uid":"u"}}}\n'],
    ['is a bookmark without a version', '{"type":"BOOKMARK","object":{}}\n'],
    [
      'has a version that is no number',
      '{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"x"}}}\n',
    ],
    [
      'is an error that would come again',
      '{"type":"ERROR","object":{"code":500,"message":"cannot decode"}}\n',
    ],
  ])('when a line %s', async (_what, line) => {
    follow()
    const watch = await listThenOpen([], '10')
    watch.write(line)
    await pausedFor(1_000)
    await listThenOpen([], '10')
  })

  it('when the kind has vanished', async () => {
    follow()
    const watch = await listThenOpen([widget('x', 5)], '10')
    watch.event('DELETED', widget('x', 11)).end()
    const again = await api.next()
    expect(again.query).toEqual({ limit: '250' })
    again.refuse(404, 'NotFound')
    await pausedFor(1_000)
    await listThenOpen([widget('x', 3, { uid: 'another' })], '4')
    expect(await changes.take(3)).toEqual(['Added a/x@5', 'Deleted a/x@5', 'Added a/x@3'])
  })

  it('when ten in a row have brought nothing', async () => {
    follow({ random: () => 0 })
    const list = await api.next()
    list.list([], '10')
    for (const pause of [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000, 15_000]) {
      const watch = await api.next()
      expect(watch.query).toHaveProperty('watch')
      watch.refuse(403, 'Forbidden')
      await pausedFor(pause)
    }
    await listThenOpen([], '10')
  })

  it('again and again, more and more slowly', async () => {
    follow({ random: () => 0.5 })
    await tooOld()
    for (const pause of [750, 1_500, 3_000, 6_000, 12_000, 22_500, 22_500]) {
      await tooOld()
      await pausedFor(pause)
    }
    await listThenOpen([], '10')
  })
})

describe('a watch that was cut off is not gone on with before the server has said how far it is', () => {
  it('because it would be deaf where the server was restored to older data', async () => {
    follow()
    const watch = await listThenOpen([widget('x', 95)], '100')
    watch.cut()
    await pausedFor(1_000)
    await askedHowFar('60')
    await listThenOpen([widget('x', 50)], '60')
    expect(await changes.take(2)).toEqual(['Added a/x@95', 'Modified a/x@50'])
  })

  it('measured against the last bookmark', async () => {
    follow()
    const watch = await listThenOpen([widget('x', 95)], '100')
    watch.bookmark('200').event('DELETED', widget('x', 201))
    await changes.take(2)
    watch.cut()
    await pausedFor(1_000)
    await askedHowFar('150')
    await listThenOpen([widget('x', 120)], '151')
    expect(await changes.next()).toBe('Added a/x@120')
  })

  it('and asks until it is answered', async () => {
    follow()
    const watch = await listThenOpen([], '100')
    watch.cut()
    await pausedFor(1_000)
    const question = await api.next()
    question.refuse(403, 'Forbidden')
    await pausedFor(2_000)
    await askedHowFar('60')
    await listThenOpen([], '60')
  })
})

describe('what changed unseen where data was restored, and versions have come past ours since', () => {
  it('is found by the next list: an older copy, one that had been deleted, and one that never was', async () => {
    follow()
    const watch = await listThenOpen([widget('older', 95), widget('back', 96), widget('never', 97)], '100')
    watch.event('DELETED', widget('back', 101))
    expect(await changes.take(4)).toContain('Deleted a/back@96')
    watch.event('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' })
    await listThenOpen([widget('older', 50), widget('back', 51)], '300')
    expect(await changes.take(3)).toEqual(['Modified a/older@50', 'Added a/back@51', 'Deleted a/never@97'])
  })
})

describe('a list from time to time', () => {
  it.each([
    { chance: 0, pause: 40_000 },
    { chance: 1, pause: 80_000 },
  ])('is read beside the watch after $pause ms (chance $chance)', async ({ chance, pause }) => {
    follow({ relistEvery: 80_000, random: () => chance })
    const listed = await api.next()
    listed.list([widget('same', 5), widget('lost', 6)], '10')
    const watch = await opened('10')
    await changes.take(2)
    await pausedFor(pause)
    const first = await api.next()
    expect(first.query).toEqual({ limit: '250' })
    first.list([widget('same', 5)], '20', 'more')
    const second = await api.next()
    watch.event('ADDED', widget('meanwhile', 21))
    expect(await changes.next()).toBe('Added a/meanwhile@21')
    second.list([widget('missed', 15)], '20')
    expect(await changes.take(2)).toEqual(['Added a/missed@15', 'Deleted a/lost@6'])
    watch.event('MODIFIED', widget('same', 22))
    expect(await changes.next()).toBe('Modified a/same@22')
    await pausedFor(pause)
    const again = await api.next()
    again.list([widget('same', 22), widget('missed', 15), widget('meanwhile', 21)], '30')
  })

  it('does not bring back what the watch saw deleted while it was read', async () => {
    follow({ relistEvery: 60_000 })
    const watch = await listThenOpen([widget('x', 5), widget('y', 6)], '10')
    await pausedFor(60_000)
    const first = await api.next()
    first.list([widget('y', 6)], '20', 'more')
    const second = await api.next()
    watch.event('DELETED', widget('x', 21)).event('ADDED', widget('x', 22, { uid: 'another' }))
    expect((await changes.take(4)).slice(2)).toEqual(['Deleted a/x@5', 'Added a/x@22'])
    second.list([widget('x', 5)], '20')
    watch.event('MODIFIED', widget('x', 23, { uid: 'another' }))
    expect(await changes.next()).toBe('Modified a/x@23')
  })

  it('that finds versions gone backwards ends the watch, which must be deaf, and goes on from there', async () => {
    follow({ relistEvery: 60_000 })
    const watch = await listThenOpen([widget('x', 95)], '100')
    await pausedFor(60_000)
    const list = await api.next()
    list.list([widget('x', 50)], '60')
    await watch.closed
    await opened('60')
    expect(await changes.take(2)).toEqual(['Added a/x@95', 'Modified a/x@50'])
  })

  it('that fails leaves the watch alone and is read again after five minutes', async () => {
    follow({ relistEvery: 60_000 })
    const watch = await listThenOpen([widget('x', 5)], '10')
    await pausedFor(60_000)
    const failing = await api.next()
    failing.refuse(403, 'Forbidden')
    await clock.sleeping(300_000)
    watch.event('MODIFIED', widget('x', 11))
    expect(await changes.take(2)).toEqual(['Added a/x@5', 'Modified a/x@11'])
  })

  it('that fails is no trouble while the watch is healthy, and is complained about once', async () => {
    const warned = vi.spyOn(silentLog, 'warn')
    onTestFinished(() => warned.mockRestore())
    follow({ relistEvery: 60_000 })
    const watch = await listThenOpen([widget('x', 5)], '10')
    await pausedFor(60_000)
    ;(await api.next()).refuse(403, 'Forbidden')
    await clock.sleeping(300_000)
    expect(running.troubles()).toEqual([])
    watch.event('MODIFIED', widget('x', 11))
    await changes.take(2)
    await wholeLength(watch, '12')
    await opened('12')
    await clock.advance(10_000)
    ;(await api.next()).refuse(403, 'Forbidden')
    await clock.sleeping(300_000)
    expect(running.troubles()).toEqual([])
    expect(warned.mock.calls).toHaveLength(1)
  })

  it('that has begun comes to its end, however soon watches are cut', async () => {
    follow({ relistEvery: 60_000 })
    const { first } = await cutWhileListing()
    first.list([widget('missed', 15)], '20', 'more')
    expect(await changes.next()).toBe('Added a/missed@15')
    const second = await api.next()
    await clock.advance(2_000)
    await askedHowFar('20')
    const watch = await opened('10')
    watch.event('ADDED', widget('meanwhile', 21))
    expect(await changes.next()).toBe('Added a/meanwhile@21')
    second.list([widget('late', 16)], '20')
    expect(await changes.take(2)).toEqual(['Added a/late@16', 'Deleted a/x@5'])
    await pausedFor(60_000)
    ;(await api.next()).list([], '30')
  })

  it('that finds versions gone backwards while no watch is open is where the next one goes on from', async () => {
    follow({ relistEvery: 60_000 })
    const { first } = await cutWhileListing()
    first.list([widget('x', 4)], '6')
    expect(await changes.next()).toBe('Modified a/x@4')
    await clock.advance(2_000)
    await askedHowFar('6')
    await opened('6')
  })

  it('that ends between two watches does not say how far the server is, for it began before', async () => {
    follow({ relistEvery: 60_000 })
    const { first } = await cutWhileListing()
    first.list([], '10')
    expect(await changes.next()).toBe('Deleted a/x@5')
    await clock.advance(2_000)
    await askedHowFar('8')
    await listThenOpen([], '8')
  })

  it('is given up for the one that follows a watch which cannot be trusted any more', async () => {
    follow({ relistEvery: 60_000 })
    const watch = await listThenOpen([widget('x', 5)], '10')
    await pausedFor(60_000)
    const routine = await api.next()
    watch.event('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' })
    await routine.closed
    await listThenOpen([], '20')
    expect(await changes.take(2)).toEqual(['Added a/x@5', 'Deleted a/x@5'])
  })
})

describe('namespaces', () => {
  it('are followed each for itself into one store', async () => {
    follow({ namespaces: ['a', 'b'] })
    const lists = [await api.next(), await api.next()]
    of('a', lists)?.list([widget('x', 5)], '10')
    of('b', lists)?.list([widget('x', 6, { namespace: 'b', uid: 'other' })], '90')
    const watches = [await api.next(), await api.next()]
    await running.synced
    of('a', watches)?.refuse(410, 'Expired')
    const relist = await api.next()
    relist.list([], '30')
    expect((await changes.take(3)).at(-1)).toBe('Deleted a/x@5')
    expect([...store.values()].map(keyOf)).toEqual(['b/x'])
  })
})

describe('troubles', () => {
  it('are said once, and so is their end', async () => {
    const warned = vi.spyOn(silentLog, 'warn')
    const informed = vi.spyOn(silentLog, 'info')
    follow()
    for (const pause of [1_000, 2_000, 4_000]) {
      const list = await api.next()
      list.refuse(404, 'NotFound')
      await pausedFor(pause)
    }
    await listThenOpen([], '10')
    expect(warned.mock.calls.map(([, sentence]) => sentence)).toEqual([
      'widgets.test.lakeward.dev: the API server does not know this kind. Install the CRDs; until then it is asked again and again',
    ])
    expect(informed.mock.calls).toEqual([['widgets.test.lakeward.dev: followed again']])
    warned.mockRestore()
    informed.mockRestore()
  })

  it('are known as long as they last: a watch that is open again is enough, before its first word', async () => {
    follow()
    expect(running.troubles()).toEqual([])
    ;(await api.next()).list([], '10')
    for (const _ of ['first', 'with the credential read anew']) (await api.next()).refuse(401, 'Unauthorized')
    await clock.sleeping(1_000)
    expect(running.troubles()).toEqual([
      'widgets.test.lakeward.dev: cannot list or watch: the API server does not accept our credentials (401); renew the token or certificate in the kubeconfig, or of the ServiceAccount. It goes on by itself as soon as that works again',
    ])
    await clock.advance(1_000)
    await opened('10')
    expect(running.troubles()).toEqual([])
  })
})
