import { beforeEach, describe, expect, it } from 'vitest'
import { PageCounts } from '../../src/reconcile/page-counts.ts'
import { ManualClock } from '../manual-clock.ts'

const day = 24 * 3_600_000
const source = '1 me job'

let clock: ManualClock
let counts: PageCounts

beforeEach(() => {
  clock = new ManualClock()
  counts = new PageCounts(clock)
})

describe('how many pages a listing takes', () => {
  it('is unknown before anybody listed', () => {
    expect(counts.get(source)).toBeUndefined()
  })

  it.each([
    [0, 1],
    [1, 1],
    [100, 1],
    [101, 2],
    [10_000, 100],
  ])('is known from a search that found %d items: %d', (items, pages) => {
    counts.learnAtMost(source, items)
    expect(counts.get(source)).toBe(pages)
  })

  it('is what the last listing took, also when that was less than all there is', () => {
    counts.learnAtMost(source, 10_000)
    counts.learn(source, 3)
    expect(counts.get(source)).toBe(3)
    counts.learnAtMost(source, 10_000)
    expect(counts.get(source)).toBe(3)
    counts.learnAtMost(source, 100)
    expect(counts.get(source)).toBe(1)
  })

  it('is taken for twice as many as were read in vain', () => {
    counts.gaveUp(source, 8)
    expect(counts.get(source)).toBe(16)
  })

  it('is forgotten after a day', async () => {
    counts.learn(source, 7)
    await clock.advance(day - 1)
    expect(counts.get(source)).toBe(7)
    await clock.advance(1)
    expect(counts.get(source)).toBeUndefined()
    counts.learnAtMost(source, 10_000)
    expect(counts.get(source)).toBe(100)
  })

  it('is not the same for every source', () => {
    counts.learn(source, 7)
    expect(counts.get('1 you job')).toBeUndefined()
  })
})
