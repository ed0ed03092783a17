import { beforeEach, describe, expect, it } from 'vitest'
import { callLanes } from '../../src/databricks/budget.ts'
import type { WorkspaceStanding } from '../../src/databricks/budgets.ts'
import type { CallLane } from '../../src/databricks/call.ts'
import { WorkQueue } from '../../src/kube/queue.ts'
import { Liveness, longestPass, longestStandstill } from '../../src/operator/liveness.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { ManualClock } from '../manual-clock.ts'

const requestTimeout = 60_000
/** Ten requests that take as long as they may. */
const allowance = 600_000

let clock: ManualClock
let queue: WorkQueue
let liveness: Liveness
let standings: WorkspaceStanding[]

beforeEach(() => {
  clock = new ManualClock()
  queue = new WorkQueue({ clock, random: () => 0, log: silentLog })
  liveness = new Liveness({ clock, requestTimeout })
  standings = []
  liveness.follow({ queue, budgets: { standings: () => standings } })
})

const standing = (waiting: ReadonlyMap<CallLane, number>): WorkspaceStanding => ({
  workspace: '7',
  rate: 1,
  available: 0,
  underWay: 0,
  isThrottled: false,
  waiting,
})

/** Somebody waits for a turn. */
const waitsForTurn = () => standing(new Map(callLanes.map((lane) => [lane, Number(lane === 'background')])))

/** Hands out a key to a worker that never ends. */
async function workForEver(key = 'JobSpec/data/one'): Promise<void> {
  void queue.run(
    liveness.watching(() => new Promise(() => undefined)),
    { concurrency: 1 },
  )
  queue.add(key, { lane: 'edit' })
  await clock.advance(0)
}

/** Time passes in which others are answered. */
async function others(milliseconds: number): Promise<void> {
  for (let rest = milliseconds; rest > 0; rest -= 600_000) {
    await clock.advance(Math.min(rest, 600_000))
    liveness.progressed()
  }
}

describe('a loop with nothing to do', () => {
  it('is in order, however long nothing happens', async () => {
    await clock.advance(10 * (longestStandstill + allowance))
    queue.add('JobSpec/data/one', { lane: 'background', at: clock.monotonic() + 600_000 })
    expect(liveness.problem()).toBeUndefined()
  })

  it('has its whole time from when there is something', async () => {
    await clock.advance(10 * (longestStandstill + allowance))
    queue.add('JobSpec/data/one', { lane: 'background' })
    expect(liveness.problem()).toBeUndefined()
    await clock.advance(longestStandstill + allowance)
    expect(liveness.problem()).toBeUndefined()
    await clock.advance(1)
    expect(liveness.problem()).toMatch(/^although there is work, nothing has begun.* for 25 minutes$/)
  })
})

describe('a loop that stands still', () => {
  beforeEach(() => workForEver())

  it('is found out after a while', async () => {
    await clock.advance(longestStandstill + allowance + 1)
    expect(liveness.problem()).toMatch(/nothing has begun, ended or been answered/)
  })

  it('does not, as long as requests are answered, be it with errors', async () => {
    await clock.advance(longestStandstill + allowance)
    liveness.progressed()
    await clock.advance(longestStandstill)
    expect(liveness.problem()).toBeUndefined()
  })

  it('is nobody’s fault when the clock of the machine is set', () => {
    clock.jump(86_400_000)
    expect(liveness.problem()).toBeUndefined()
    clock.jump(-2 * 86_400_000)
    expect(liveness.problem()).toBeUndefined()
  })

  it('is not one when it was told to stop', async () => {
    liveness.follow(undefined)
    await clock.advance(longestPass * 2)
    expect(liveness.problem()).toBeUndefined()
  })
})

describe('a pass', () => {
  it('that never ends is found out although the others go on, and its object is not named', async () => {
    await workForEver('JobSpec/data/secret-plan')
    await others(longestPass + allowance)
    expect(liveness.problem()).toBeUndefined()
    await others(1)
    expect(liveness.problem()).toBe(
      'a pass over an object of kind JobSpec has not ended for 70 minutes, and waits for no turn',
    )
    expect(liveness.longest()).toBe(longestPass + allowance + 1)
  })

  it('that waits for its turn in a budget may wait', async () => {
    await workForEver()
    standings = [standing(new Map()), waitsForTurn()]
    await others(2 * longestPass)
    expect(liveness.problem()).toBeUndefined()
  })

  it('that is left from an earlier term is nothing to the next', async () => {
    await workForEver()
    liveness.follow(undefined)
    liveness.follow({ queue, budgets: { standings: () => standings } })
    await others(2 * longestPass)
    expect(liveness.problem()).toBeUndefined()
  })

  it('that ends, well or badly, is forgotten', async () => {
    const seen: string[] = []
    const worker = liveness.watching(async (key) => {
      await clock.sleep(1)
      seen.push(key)
      if (key.endsWith('one')) throw new Error('a bug')
    })
    void queue.run(worker, { concurrency: 1 })
    queue.add('JobSpec/data/one', { lane: 'edit' })
    await clock.advance(1)
    queue.add('JobSpec/data/two', { lane: 'edit' })
    await clock.advance(1)
    expect(seen).toEqual(['JobSpec/data/one', 'JobSpec/data/two'])
    expect(liveness.longest()).toBe(0)
  })
})
