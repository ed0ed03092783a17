import { describe, expect, it } from 'vitest'
import type { Difference } from '../../../src/drift/compare.ts'
import { compare } from '../../../src/drift/compare.ts'
import type { ValueObject } from '../../../src/drift/value.ts'
import { cluster } from '../../../src/kinds/cluster/index.ts'
import { isSize, sizeOf, wouldShrink } from '../../../src/kinds/cluster/size.ts'
import { aFound } from '../../reconcile/fixtures.ts'

const auto = (minWorkers: number, maxWorkers: number) => ({ autoscale: { minWorkers, maxWorkers } })
const fixed = (numWorkers: number) => ({ numWorkers })
/** While it scales, a cluster tells its present size too. */
const scaling = (minWorkers: number, maxWorkers: number, now: number) => ({
  ...auto(minWorkers, maxWorkers),
  ...fixed(now),
})

const differences = (wanted: ValueObject, found: ValueObject): readonly Difference[] =>
  compare({ wanted, found, lastApplied: wanted, rules: cluster.rules }).filter(({ owned }) => owned)

const rows: { it: string; wanted: ValueObject; found: ValueObject; shrinks: boolean }[] = [
  { it: 'more workers', wanted: fixed(8), found: fixed(4), shrinks: false },
  { it: 'fewer workers', wanted: fixed(4), found: fixed(8), shrinks: true },
  { it: 'no worker any more', wanted: fixed(0), found: fixed(1), shrinks: true },
  { it: 'a higher bound', wanted: auto(1, 8), found: scaling(1, 4, 2), shrinks: false },
  { it: 'a lower upper bound', wanted: auto(1, 4), found: scaling(1, 8, 2), shrinks: true },
  { it: 'a lower lower bound', wanted: auto(1, 8), found: scaling(4, 8, 4), shrinks: true },
  { it: 'a higher lower bound', wanted: auto(4, 8), found: scaling(1, 8, 4), shrinks: false },
  { it: 'scaling beyond a fixed number', wanted: auto(1, 8), found: fixed(4), shrinks: false },
  { it: 'scaling below a fixed number', wanted: auto(1, 3), found: fixed(4), shrinks: true },
  { it: 'a fixed number above the present size', wanted: fixed(4), found: scaling(1, 8, 2), shrinks: false },
  { it: 'a fixed number below the present size', wanted: fixed(4), found: scaling(1, 8, 6), shrinks: true },
]

describe('a change of size', () => {
  it.each(rows)('$it', ({ wanted, found, shrinks }) => {
    const all = differences(wanted, found)
    expect(all.length).toBeGreaterThan(0)
    expect(all.every(isSize)).toBe(true)
    expect(all.some((difference) => wouldShrink(difference, found, undefined))).toBe(shrinks)
  })

  it.each(rows)('$it is Shrink only while it runs, and never a restart', ({ wanted, found, shrinks }) => {
    const impacts = (running: boolean) =>
      new Set(differences(wanted, found).map((one) => cluster.impact(one, aFound({ found, running }))))
    expect(impacts(false)).toEqual(new Set(['InPlace']))
    expect(impacts(true).has('Shrink')).toBe(shrinks)
    expect(impacts(true).has('Restart')).toBe(false)
  })

  it('is none of anything else', () => {
    const found = { sparkVersion: 'a', nodeTypeId: 'x', numWorkers: 1 }
    const all = differences({ sparkVersion: 'b', nodeTypeId: 'y', numWorkers: 1 }, found)
    expect(all.map(({ text }) => text)).toEqual(['sparkVersion', 'nodeTypeId'])
    expect(all.some(isSize)).toBe(false)
  })
})

describe('the size that resize is given', () => {
  it('is the whole wanted one, whatever part of it differs', () => {
    expect(sizeOf(auto(2, 8))).toEqual({ autoscale: { min_workers: 2, max_workers: 8 } })
    expect(sizeOf(fixed(4))).toEqual({ num_workers: 4 })
    expect(sizeOf(fixed(0))).toEqual({ num_workers: 0 })
    expect(sizeOf({ ...auto(2, 8), ...fixed(4) })).toEqual({ autoscale: { min_workers: 2, max_workers: 8 } })
  })

  it('is never made up', () => {
    expect(() => sizeOf({ isSingleNode: true })).toThrow('size')
    expect(() => sizeOf({ autoscale: { minWorkers: 1 } })).toThrow('size')
  })
})
