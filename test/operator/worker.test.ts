import { describe, expect, it } from 'vitest'
import { KubeError } from '../../src/kube/kube-error.ts'
import { WorkQueue } from '../../src/kube/queue.ts'
import type { Lane } from '../../src/lane.ts'
import { queueKey, splitQueueKey, workerOf, type Reconcile } from '../../src/operator/worker.ts'
import { stalled, waiting, type Outcome } from '../../src/reconcile/outcome.ts'
import { ReplacedError } from '../../src/reconcile/writer.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { ManualClock } from '../manual-clock.ts'

const key = 'JobSpec/data/one'
const { signal } = new AbortController()

/** A queue that works, with chance at its lowest, and a loop whose passes end as the test says, in this order. */
function start(...ends: (Outcome | Error)[]) {
  const clock = new ManualClock()
  const queue = new WorkQueue({ clock, random: () => 0, log: silentLog })
  const passes: { key: string; lane: Lane; at: number }[] = []
  const loop: Reconcile = (key, lane) => {
    const end = ends[Math.min(passes.length, ends.length - 1)]
    passes.push({ key, lane, at: clock.monotonic() })
    return end instanceof Error || end === undefined
      ? Promise.reject(end ?? new Error('no end'))
      : Promise.resolve(end)
  }
  const worker = workerOf(
    { queue, clock, random: () => 0, log: silentLog, signal },
    new Map([['JobSpec', loop]]),
  )
  void queue.run(worker, { concurrency: 1 })
  queue.add(key, { lane: 'edit' })
  /** When the passes began, once so much time has passed. */
  const after = async (milliseconds: number) => {
    await clock.advance(milliseconds)
    return passes.map(({ at }) => at)
  }
  return { clock, queue, passes, after }
}

const never: Outcome = { is: 'Settled', nextCheck: Number.POSITIVE_INFINITY }

describe('after a pass', () => {
  it('that settled, the object is looked at when its check is due', async () => {
    const { after } = start({ is: 'Settled', nextCheck: 600_000 })
    expect(await after(599_999)).toEqual([0])
    expect(await after(1)).toEqual([0, 600_000])
  })

  it('that asks for the next one at once, it comes at once', async () => {
    const { after } = start({ is: 'Settled', nextCheck: 0 }, never)
    expect(await after(0)).toEqual([0, 0])
  })

  it('that asks for the next one at once, it goes before what is only due', async () => {
    const { queue, passes, clock } = start({ is: 'Settled', nextCheck: 0 }, never)
    queue.add('JobSpec/data/sweep', { lane: 'background' })
    await clock.advance(0)
    expect(passes.map((pass) => pass.key)).toEqual(['data/one', 'data/one', 'data/sweep'])
  })

  it('that settled, it waits its turn behind what people wait for', async () => {
    const { queue, passes, clock } = start({ is: 'Settled', nextCheck: 1_000 }, never)
    await clock.advance(0)
    queue.add('JobSpec/data/woken', { lane: 'dependency', at: 1_000 })
    await clock.advance(1_000)
    expect(passes.map((pass) => pass.key)).toEqual(['data/one', 'data/woken', 'data/one'])
  })

  it('over an object that is gone, nobody looks any more', async () => {
    const { after, clock } = start(never)
    expect(await after(7 * 24 * 3_600_000)).toEqual([0])
    expect(clock.sleeps()).toEqual([])
  })

  it('that stalled, the object is looked at slowly, and not all of them together', async () => {
    const clock = new ManualClock()
    const queue = new WorkQueue({ clock, random: () => 0, log: silentLog })
    const passes: number[] = []
    const loop: Reconcile = () => {
      passes.push(clock.monotonic())
      return Promise.resolve(stalled('Refused', 'no', 600_000))
    }
    const worker = workerOf(
      { queue, clock, random: () => 0.5, log: silentLog, signal },
      new Map([['JobSpec', loop]]),
    )
    void queue.run(worker, { concurrency: 1 })
    queue.add(key, { lane: 'edit' })
    await clock.advance(749_999)
    expect(passes).toEqual([0])
    await clock.advance(1)
    expect(passes).toEqual([0, 750_000])
  })

  it('that waits, the object is looked at after its time', async () => {
    const { after } = start(waiting('WorkspaceMissing', 'no', 60_000), never)
    expect(await after(59_999)).toEqual([0])
    expect(await after(1)).toEqual([0, 60_000])
  })

  it('that stalled, the object is still looked at, slowly', async () => {
    const { after } = start(stalled('Refused', 'no'))
    expect(await after(1_200_000)).toEqual([0, 600_000, 1_200_000])
  })

  it('that failed, each try waits twice as long as the one before', async () => {
    const { after } = start({ is: 'Retry', reason: 'Unavailable', message: 'no' })
    expect(await after(7_500)).toEqual([0, 500, 1_500, 3_500, 7_500])
  })

  it('that went well again, the next failure waits briefly', async () => {
    const failure: Outcome = { is: 'Retry', reason: 'Unavailable', message: 'no' }
    const { after } = start(failure, failure, { is: 'Settled', nextCheck: 10_000 }, failure, never)
    expect(await after(20_000)).toEqual([0, 500, 1_500, 11_500, 12_000])
  })

  it('that was throttled, the server’s time is kept', async () => {
    const { after } = start({ is: 'Retry', reason: 'Throttled', message: 'no', atLeast: 7_000 }, never)
    expect(await after(6_999)).toEqual([0])
    expect(await after(1)).toEqual([0, 7_000])
  })

  it('that was throttled again and again, it backs off even from a server that names no time to speak of', async () => {
    const { after } = start({ is: 'Retry', reason: 'Throttled', message: 'no', atLeast: 0 })
    expect(await after(3_500)).toEqual([0, 500, 1_500, 3_500])
  })
})

const loop: Reconcile = () => Promise.reject(new Error('aborted'))

describe('a pass that throws', () => {
  const conflict = new KubeError('old copy', { status: 409, reason: 'Conflict' })

  it('for an old copy comes again soon', async () => {
    const { after } = start(conflict, conflict, conflict, never)
    expect(await after(1_000)).toEqual([0, 200, 400, 600])
  })

  // The watch wakes whoever is to look again. One that has lost the deletion does not.
  it('because the object was deleted meanwhile backs off', async () => {
    const { after } = start(new ReplacedError('data/one'))
    expect(await after(3_500)).toEqual([0, 500, 1_500, 3_500])
  })

  it('because the API server asks to stay away, the server’s time is kept', async () => {
    const busy = new KubeError('busy', { status: 429, reason: 'TooManyRequests', retryAfterSeconds: 7 })
    const { after } = start(busy, never)
    expect(await after(6_999)).toEqual([0])
    expect(await after(1)).toEqual([0, 7_000])
  })

  it.each([new Error('bug'), new KubeError('no', { status: 403, reason: 'Forbidden' })])(
    'for anything else backs off (%s)',
    async (error) => {
      const { after } = start(error)
      expect(await after(3_500)).toEqual([0, 500, 1_500, 3_500])
    },
  )

  it('because the work has to end is not tried again', async () => {
    const clock = new ManualClock()
    const queue = new WorkQueue({ clock, random: () => 0, log: silentLog })
    const signal = AbortSignal.abort()
    const worker = workerOf(
      { queue, clock, random: () => 0, log: silentLog, signal },
      new Map([['JobSpec', loop]]),
    )
    await worker(key, { lane: 'edit', lateness: 0 })
    const again: string[] = []
    void queue.run((key) => Promise.resolve(void again.push(key)), { concurrency: 1 })
    await clock.advance(3_600_000)
    expect(again).toEqual([])
  })
})

describe('the key of the queue', () => {
  it('says which loop, and the loop gets its own key', async () => {
    const { after, passes } = start(never)
    await after(0)
    expect(passes).toEqual([{ key: 'data/one', lane: 'edit', at: 0 }])
  })

  it('is taken apart as it was put together', () => {
    expect(queueKey('JobSpec', 'data/one')).toBe(key)
    expect(splitQueueKey(key)).toEqual({ kind: 'JobSpec', key: 'data/one' })
  })

  it('of no loop of ours is a bug', async () => {
    const clock = new ManualClock()
    const queue = new WorkQueue({ clock, random: () => 0, log: silentLog })
    const worker = workerOf({ queue, clock, random: () => 0, log: silentLog, signal }, new Map())
    const turn = { lane: 'edit', lateness: 0, signal: new AbortController().signal } as const
    await expect(worker('Gadget/a/b', turn)).rejects.toThrow('no loop for Gadget')
  })
})
