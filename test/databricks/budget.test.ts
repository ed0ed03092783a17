import { describe, expect, it } from 'vitest'
import { Bucket } from '../../src/databricks/budget-bucket.ts'
import { Budget, callLanes, mostUnderWay } from '../../src/databricks/budget.ts'
import type { CallLane } from '../../src/databricks/call.ts'

interface Named {
  lane: CallLane
  name: string
}

/** A budget with a rate, and what became of those who joined it. */
function start(requestsPerSecond = 10) {
  const budget = new Budget<Named>(new Bucket(requestsPerSecond, 0))
  let joined = 0
  const join = (lane: CallLane, count = 1) => {
    for (let index = 0; index < count; index++) budget.join({ lane, name: `${lane}-${joined++}` })
  }
  /** Who goes as time passes, each request ended at once. */
  const until = (milliseconds: number): Named[] => {
    const gone: Named[] = []
    for (let now = 0; now <= milliseconds; now += 1)
      for (let next = budget.next(now); next !== undefined; next = budget.next(now)) {
        budget.done()
        gone.push(next)
      }
    return gone
  }
  return { budget, join, until }
}

const lanesOf = (gone: readonly Named[]): CallLane[] => gone.map(({ lane }) => lane)
const counts = (gone: readonly Named[]) =>
  callLanes.map((lane) => gone.filter((one) => one.lane === lane).length)

describe('who goes next', () => {
  it('is the higher lane, and within a lane who came first', () => {
    const { join, until } = start()
    for (const lane of [...callLanes].toReversed()) join(lane)
    join('edit')
    expect(until(1_000).map(({ name }) => name)).toEqual([
      'edit-4',
      'edit-5',
      'retry-3',
      'dependency-2',
      'sweep-1',
      'background-0',
    ])
  })

  it('is nobody before the time has come', () => {
    const { budget, join } = start()
    join('edit', 2)
    expect([budget.next(99), budget.wait(99)]).toEqual([undefined, 1])
    expect(budget.next(100)?.name).toBe('edit-0')
    expect(budget.next(100)).toBeUndefined()
  })

  it('is not who has left', () => {
    const { budget } = start()
    const [first, second] = [
      { lane: 'edit', name: 'first' },
      { lane: 'edit', name: 'second' },
    ] as const
    budget.join(first)
    budget.join(second)
    budget.leave(first)
    expect([budget.next(100), budget.next(1_000)]).toEqual([second, undefined])
  })

  it('waits for nothing when nobody waits', () => {
    const { budget } = start()
    expect(budget.wait(0)).toBeUndefined()
  })

  it('is a background check as long as listings have had their half', () => {
    const { join, until } = start()
    join('sweep', 1_000)
    join('background', 1_000)
    const [, , , sweep = 0, background = 0] = counts(until(100_000))
    expect(sweep).toBeGreaterThan(490)
    expect(sweep).toBeLessThanOrEqual(502)
    expect(background).toBeGreaterThan(490)
  })
})

describe('under a flood of edits', () => {
  it('each other lane still gets a share, also those in the middle', () => {
    const { join, until } = start()
    for (const lane of callLanes) join(lane, 2_000)
    // A thousand requests in all.
    expect(counts(until(100_000))).toEqual([875, 31, 31, 31, 32].map((share) => expect.closeTo(share, -1)))
  })

  it('a lone background check waits for at most eight requests', () => {
    const { join, until } = start()
    join('edit', 100)
    join('background')
    expect(lanesOf(until(2_000)).indexOf('background')).toBeLessThan(8)
  })
})

describe('requests under way', () => {
  it('are never more than so many, and the next goes when one has ended', () => {
    const { budget, join } = start(1_000)
    join('edit', 100)
    let gone = 0
    for (let now = 0; now < 10_000; now++) if (budget.next(now) !== undefined) gone += 1
    expect([gone, budget.underWay, budget.wait(10_000)]).toEqual([mostUnderWay, mostUnderWay, undefined])
    budget.done()
    expect(budget.wait(10_000)).toBe(0)
    expect(budget.next(10_000)).toBeDefined()
  })
})

describe('two budgets that turn out to be one', () => {
  it('keep all who wait and all that is under way', () => {
    const one = start(1_000)
    const other = start(1_000)
    one.join('background')
    other.join('edit', 3)
    other.budget.next(100)
    one.budget.absorb(other.budget, 100)
    expect([one.budget.underWay, other.budget.underWay]).toEqual([1, 0])
    expect([one.budget.waiting('edit'), other.budget.waiting('edit')]).toEqual([2, 0])
    expect(lanesOf(one.until(1_000))).toEqual(['edit', 'edit', 'background'])
  })
})
