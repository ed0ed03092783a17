import { describe, expect, it, vi } from 'vitest'
import { keptForEdits, mostOfGroup } from '../../src/kube/ready.ts'
import { WorkQueue, type Worker } from '../../src/kube/queue.ts'
import type { Lane } from '../../src/lane.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { ManualClock } from '../manual-clock.ts'

/** A queue whose work ends when the test says so. */
function start(
  options: {
    concurrency?: number
    random?: () => number
    groupOf?: (key: string) => string
    kindOf?: (key: string) => string
  } = {},
) {
  const { concurrency = 1, random = () => 1, groupOf = () => '', kindOf = () => '' } = options
  const clock = new ManualClock()
  const queue = new WorkQueue({ clock, random, log: silentLog, groupOf, kindOf })
  const order: string[] = []
  const asked: Lane[] = []
  const lateness: number[] = []
  const open = new Map<string, PromiseWithResolvers<void>>()
  const worker: Worker = (key, { lane, lateness: late }) => {
    order.push(key)
    asked.push(lane)
    lateness.push(late)
    const work = Promise.withResolvers<void>()
    open.set(key, work)
    return work.promise
  }
  const ran = queue.run(worker, { concurrency })
  const finish = async (key: string, error?: Error) => {
    if (error === undefined) open.get(key)?.resolve()
    else open.get(key)?.reject(error)
    await clock.advance(0)
  }
  return { clock, queue, order, asked, lateness, ran, finish, now: () => clock.advance(0) }
}

describe('what goes first', () => {
  it('is the higher lane, and within a lane who came first', async () => {
    const { queue, order, finish, now } = start()
    queue.add('sweep-1', { lane: 'background' })
    queue.add('sweep-2', { lane: 'background' })
    queue.add('ready', { lane: 'dependency' })
    queue.add('again', { lane: 'retry' })
    queue.add('edit-1', { lane: 'edit' })
    queue.add('edit-2', { lane: 'edit' })
    await now()
    for (const key of ['edit-1', 'edit-2', 'again', 'ready', 'sweep-1']) await finish(key)
    expect(order).toEqual(['edit-1', 'edit-2', 'again', 'ready', 'sweep-1', 'sweep-2'])
  })

  it('is an edit, although a thousand of a sweep wait', async () => {
    const { queue, order, finish, now } = start()
    for (let index = 0; index < 1_000; index++) queue.add(`sweep-${index}`, { lane: 'background' })
    await now()
    queue.add('sweep-777', { lane: 'edit' })
    await finish('sweep-0')
    expect(order).toEqual(['sweep-0', 'sweep-777'])
  })

  it('is, once in eight turns, whoever has been due longest: no stream of edits keeps a check for ever', async () => {
    const { queue, order, finish, now } = start()
    for (let index = 1; index <= 3; index++) queue.add(`check-${index}`, { lane: 'background' })
    for (let index = 1; index <= 30; index++) queue.add(`edit-${index}`, { lane: 'edit' })
    await now()
    for (let done = 0; done < 24; done++) await finish(order[done] ?? '')
    const turns = order.flatMap((key, index) => (key.startsWith('check') ? [index + 1] : []))
    expect(turns).toEqual([8, 16, 24])
  })

  it('is never somebody who claims to have been due before being asked for', async () => {
    const { queue, order, clock, finish, now } = start()
    await clock.advance(10_000)
    queue.add('running', { lane: 'edit' })
    await now()
    queue.add('first', { lane: 'retry' })
    queue.add('second', { lane: 'retry', at: 0 })
    await finish('running')
    expect(order).toEqual(['running', 'first'])
  })

  it('is as many as there may be at once', async () => {
    const { queue, order, finish, now } = start({ concurrency: 2 })
    for (const key of ['a', 'b', 'c', 'd']) queue.add(key, { lane: 'edit' })
    await now()
    expect(order).toEqual(['a', 'b'])
    await finish('b')
    expect(order).toEqual(['a', 'b', 'c'])
  })
})

/** Keys are named after their group: `a/1`. */
const groupOf = (key: string) => key.slice(0, key.indexOf('/'))
const startGroups = (concurrency: number) => start({ concurrency, groupOf })

describe('groups', () => {
  it('take turns, however many of one were due before', async () => {
    const { queue, order, finish, now } = startGroups(1)
    for (let index = 1; index <= 50; index++) queue.add(`a/${index}`, { lane: 'background' })
    queue.add('b/1', { lane: 'background' })
    queue.add('b/2', { lane: 'background' })
    await now()
    // One of each at once; after that one at a time.
    expect(order).toEqual(['a/1', 'b/1'])
    for (const key of ['a/1', 'b/1']) await finish(key)
    expect(order.slice(2)).toEqual(['a/2', 'b/2'])
  })

  it('take turns within a lane only: an edit goes before', async () => {
    const { queue, order, finish, now } = startGroups(3)
    for (const key of ['a/1', 'b/1', 'c/1']) queue.add(key, { lane: 'background' })
    await now()
    queue.add('a/2', { lane: 'background' })
    queue.add('b/2', { lane: 'edit' })
    await finish('c/1')
    expect(order.slice(3)).toEqual(['b/2'])
  })

  it('that are slow hold no more than their places, the last of which are for edits', async () => {
    const { queue, order, finish, now } = startGroups(100)
    for (let index = 1; index <= 20; index++) queue.add(`slow/${index}`, { lane: 'background' })
    await now()
    expect(order).toHaveLength(mostOfGroup - keptForEdits)
    for (let index = 21; index <= 30; index++) queue.add(`slow/${index}`, { lane: 'edit' })
    await now()
    expect(order.slice(-keptForEdits)).toEqual(['slow/21', 'slow/22'])
    expect(order).toHaveLength(mostOfGroup)
    await finish('slow/1')
    expect(order.at(-1)).toBe('slow/23')
  })

  it('that hang hold up nobody, however many they are', async () => {
    const { queue, order, finish, now } = startGroups(16)
    for (let group = 1; group <= 100; group++)
      for (let index = 1; index <= 10; index++) queue.add(`hung-${group}/${index}`, { lane: 'edit' })
    await now()
    const hung = order.length
    queue.add('fine/1', { lane: 'background' })
    queue.add('fine/2', { lane: 'background' })
    await now()
    await finish('fine/1')
    await finish('fine/2')
    expect(order.slice(hung)).toEqual(['fine/1', 'fine/2'])
  })

  it('may be many: of 5,000 keys in 200 of them each is looked at once, no group far behind another', async () => {
    const { queue, order, finish, now } = startGroups(64)
    for (let index = 0; index < 5_000; index++) queue.add(`${index % 200}/${index}`, { lane: 'background' })
    await now()
    for (let done = 0; done < order.length; done++) await finish(order[done] ?? '')
    expect(new Set(order).size).toBe(5_000)
    const seen = new Map<string, number>()
    for (const key of order) {
      const times = (seen.get(groupOf(key)) ?? 0) + 1
      seen.set(groupOf(key), times)
      expect(times - Math.min(...seen.values())).toBeLessThanOrEqual(2)
    }
  })
})

/** Keys are named after their kind, and all are in one group: `job/1`. */
const startKinds = () => start({ concurrency: 100, kindOf: groupOf })

describe('kinds in a group', () => {
  it('hold no more than the places of the group together, and each always has room for one', async () => {
    const { queue, order, finish, now } = startKinds()
    for (let index = 1; index <= 20; index++) queue.add(`job/${index}`, { lane: 'edit' })
    await now()
    expect(order).toHaveLength(mostOfGroup)
    for (const key of ['cluster/1', 'cluster/2', 'grant/1']) queue.add(key, { lane: 'background' })
    await now()
    expect(order.slice(mostOfGroup)).toEqual(['cluster/1', 'grant/1'])
    await finish('cluster/1')
    expect(order.slice(mostOfGroup + 2)).toEqual(['cluster/2'])
  })

  it('do not keep each other’s lowest lane waiting for ever, although places are kept for edits', async () => {
    const { queue, order, finish, now } = startKinds()
    let count = 0
    const more = () => {
      count += 1
      queue.add(`job/edit-${count}`, { lane: 'edit' })
      queue.add(`cluster/retry-${count}`, { lane: 'retry' })
    }
    for (let index = 0; index < 20; index++) more()
    await now()
    queue.add('job/check', { lane: 'background' })
    // An edit ends while the retries hold all other places, and then one of those does.
    for (let ends = 0; ends < 60 && !order.includes('job/check'); ends++) {
      for (const kind of ['job/', 'cluster/'])
        await finish(order.filter((key) => key.startsWith(kind))[ends] ?? '')
      more()
    }
    expect(order).toContain('job/check')
  })
})

describe('one entry per key', () => {
  it('takes the higher lane and the earlier time of two additions', async () => {
    const { queue, order, asked, clock } = start()
    queue.add('x', { lane: 'background', at: 1_000 })
    queue.add('x', { lane: 'edit', at: 5_000 })
    queue.add('y', { lane: 'dependency', at: 1_000 })
    await clock.advance(999)
    expect(order).toEqual([])
    await clock.advance(1)
    expect(order).toEqual(['x'])
    expect(asked).toEqual(['edit'])
  })

  it('comes at once when it is added without a time while it waits', async () => {
    const { queue, order, clock, now } = start()
    queue.add('x', { lane: 'background', at: 600_000 })
    await now()
    queue.add('x', { lane: 'edit' })
    await now()
    expect(order).toEqual(['x'])
    await clock.advance(700_000)
    expect(order).toEqual(['x'])
  })

  it('is never handed out twice; added while in work it runs again afterwards, once', async () => {
    const { queue, order, finish, now } = start({ concurrency: 5 })
    queue.add('x', { lane: 'edit' })
    await now()
    queue.add('x', { lane: 'edit' })
    queue.add('x', { lane: 'background' })
    await now()
    expect(order).toEqual(['x'])
    await finish('x')
    expect(order).toEqual(['x', 'x'])
    await finish('x')
    expect(order).toEqual(['x', 'x'])
  })

  it('waits for the time that was given while it was in work', async () => {
    const { queue, order, clock, finish, now } = start()
    queue.add('x', { lane: 'edit' })
    await now()
    queue.add('x', { lane: 'background', at: 60_000 })
    await finish('x')
    await clock.advance(59_999)
    expect(order).toEqual(['x'])
    await clock.advance(1)
    expect(order).toEqual(['x', 'x'])
  })
})

describe('time', () => {
  it('is kept with one timer, whatever number waits', async () => {
    const { queue, order, clock, finish, now } = start()
    queue.add('late', { lane: 'background', at: 2_000 })
    queue.add('soon', { lane: 'background', at: 1_000 })
    await now()
    expect(clock.sleeps()).toEqual([1_000])
    queue.add('sooner', { lane: 'background', at: 500 })
    await now()
    expect(clock.sleeps()).toEqual([500])
    await clock.advance(1_500)
    await finish('sooner')
    await finish('soon')
    await clock.advance(500)
    expect(order).toEqual(['sooner', 'soon', 'late'])
  })

  it('that passed since a key was due is told, and how many are due', async () => {
    const { queue, clock, lateness, finish, now } = start()
    queue.add('x', { lane: 'edit' })
    await now()
    queue.add('y', { lane: 'background', at: 1_000 })
    queue.add('z', { lane: 'retry', at: 60_000 })
    await clock.advance(5_000)
    queue.add('w', { lane: 'background' })
    await now()
    expect(Object.fromEntries(queue.depths())).toEqual({ edit: 0, retry: 0, dependency: 0, background: 2 })
    await finish('x')
    expect(lateness).toEqual([0, 4_000])
  })

  it('is not moved when somebody sets the clock of the machine', async () => {
    const { queue, order, clock, now } = start()
    queue.add('x', { lane: 'background', at: 1_000 })
    await now()
    clock.jump(3_600_000)
    await clock.advance(999)
    expect(order).toEqual([])
    clock.jump(-7_200_000)
    await clock.advance(1)
    expect(order).toEqual(['x'])
  })

  it('may lie further ahead than a timer reaches', async () => {
    const { queue, order, clock, now } = start()
    queue.add('x', { lane: 'background', at: 5 * 3_600_000 })
    await now()
    expect(clock.sleeps()).toEqual([3_600_000])
    await clock.advance(5 * 3_600_000 - 1)
    expect(order).toEqual([])
    await clock.advance(1)
    expect(order).toEqual(['x'])
  })
})

/** Fails x so often and says after how long each try came. */
async function waits(count: number, random: () => number): Promise<number[]> {
  const { queue, order, clock, finish, now } = start({ random })
  queue.add('x', { lane: 'edit' })
  await now()
  const found: number[] = []
  for (let index = 0; index < count; index++) {
    queue.retry('x')
    await finish('x')
    const [wait = 0] = clock.sleeps()
    found.push(wait)
    await clock.advance(wait)
    expect(order.length).toBe(index + 2)
  }
  return found
}

describe('retries', () => {
  it('double their wait up to five minutes', async () => {
    const seconds = (await waits(11, () => 1)).map((wait) => wait / 1_000)
    expect(seconds).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300])
  })

  it('wait at least half of it, by chance', async () => {
    expect(await waits(3, () => 0)).toEqual([500, 1_000, 2_000])
  })

  it('come no earlier than a server asked for', async () => {
    const { queue, clock, finish, now } = start()
    queue.add('x', { lane: 'edit' })
    await now()
    queue.retry('x', 45_000)
    await finish('x')
    expect(clock.sleeps()).toEqual([45_000])
  })

  it('start anew after a run without one', async () => {
    const { queue, clock, finish, now } = start()
    queue.add('x', { lane: 'edit' })
    await now()
    queue.retry('x')
    await finish('x')
    await clock.advance(1_000)
    queue.add('x', { lane: 'background', at: 2_000 })
    await finish('x')
    await clock.advance(1_000)
    queue.retry('x')
    await finish('x')
    expect(clock.sleeps()).toEqual([1_000])
  })

  it('start anew after forget', async () => {
    const { queue, clock, finish, now } = start()
    queue.add('x', { lane: 'edit' })
    await now()
    queue.retry('x')
    await finish('x')
    await clock.advance(1_000)
    queue.forget('x')
    queue.retry('x')
    await finish('x')
    expect(clock.sleeps()).toEqual([1_000])
  })

  it('do not hold up an edit of the same object', async () => {
    const { queue, order, finish, now } = start()
    queue.add('x', { lane: 'edit' })
    await now()
    queue.retry('x')
    await finish('x')
    queue.add('x', { lane: 'edit' })
    await now()
    expect(order).toEqual(['x', 'x'])
  })

  it('are what an exception in a worker costs, for that key only', async () => {
    const { queue, order, clock, finish, now } = start()
    queue.add('bad', { lane: 'edit' })
    queue.add('good', { lane: 'background' })
    await now()
    await finish('bad', new Error('a bug'))
    expect(order).toEqual(['bad', 'good'])
    await finish('good')
    await clock.advance(1_000)
    expect(order).toEqual(['bad', 'good', 'bad'])
  })
})

describe('how long somebody has waited', () => {
  it('is told of who was due first and has not been handed out', async () => {
    const { clock, queue, finish, now } = start()
    expect(queue.dueSince()).toBeUndefined()
    queue.add('in work', { lane: 'edit' })
    queue.add('later', { lane: 'background', at: 5_000 })
    await now()
    expect(queue.dueSince()).toBeUndefined()
    await clock.advance(1_000)
    queue.add('waits', { lane: 'background' })
    await clock.advance(1_000)
    queue.add('waits too', { lane: 'edit' })
    await clock.advance(4_000)
    expect(queue.dueSince()).toBe(1_000)
    await finish('in work')
    expect(queue.dueSince()).toBe(1_000)
    for (const key of ['waits too', 'waits']) await finish(key)
    expect(queue.dueSince()).toBeUndefined()
  })
})

describe('shutdown', () => {
  it('hands out nothing more and waits for what runs', async () => {
    const { queue, order, ran, finish, now } = start()
    queue.add('x', { lane: 'edit' })
    queue.add('y', { lane: 'edit' })
    await now()
    const over = queue.shutdown({ grace: 10_000 })
    queue.add('z', { lane: 'edit' })
    await finish('x')
    expect(await over).toEqual([])
    await ran
    expect(order).toEqual(['x'])
  })

  it('waits no longer than its grace, then names what has not ended', async () => {
    const { queue, ran, clock, now } = start()
    queue.add('x', { lane: 'edit' })
    await now()
    const told = vi.fn<(unfinished: string[]) => void>()
    const over = queue.shutdown({ grace: 10_000 }).then(told)
    await clock.advance(9_999)
    expect(told).not.toHaveBeenCalled()
    await clock.advance(1)
    await over
    expect(told).toHaveBeenCalledWith(['x'])
    await ran
  })

  it('leaves no timer behind', async () => {
    const { queue, clock, now } = start()
    queue.add('x', { lane: 'background', at: 60_000 })
    await now()
    expect(await queue.shutdown({ grace: 10_000 })).toEqual([])
    await now()
    expect(clock.sleeps()).toEqual([])
  })
})
