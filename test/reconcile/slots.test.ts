import { assert, double, integer, nat, property, record } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isListCheaper, nextSlot, phaseOf, spreadOf, unevenly } from '../../src/reconcile/slots.ts'

const minute = 60_000

describe('the next slot', () => {
  it.each([
    { now: 0, period: 10 * minute, phase: 0, begins: 10 * minute },
    { now: 1, period: 10 * minute, phase: 0, begins: 10 * minute },
    { now: 10 * minute - 1, period: 10 * minute, phase: 0, begins: 10 * minute },
    // Whoever was looked at in a slot is due in the next one, not in this one again.
    { now: 10 * minute, period: 10 * minute, phase: 0, begins: 20 * minute },
    { now: 0, period: 10 * minute, phase: 3 * minute, begins: 3 * minute },
    { now: 3 * minute, period: 10 * minute, phase: 3 * minute, begins: 13 * minute },
    // A phase longer than the period means its rest.
    { now: 0, period: 10 * minute, phase: 23 * minute, begins: 3 * minute },
    { now: 0, period: 2 * minute, phase: 23 * minute, begins: minute },
    { now: 0.25, period: 1, phase: 0.5, begins: 0.5 },
  ])('after $now with period $period and phase $phase begins at $begins', ({ now, begins, ...rhythm }) => {
    expect(nextSlot(now, rhythm)).toBe(begins)
  })

  const rhythm = record({
    now: double({ min: 0, max: 1e10, noNaN: true }),
    period: integer({ min: 30_000, max: 86_400_000 }),
    phase: nat(2 ** 32 - 1),
  })

  it('is never now, and never more than a period away', () => {
    assert(
      property(rhythm, ({ now, period, phase }) => {
        const slot = nextSlot(now, { period, phase })
        expect(slot).toBeGreaterThan(now)
        expect(slot - now).toBeLessThanOrEqual(period)
      }),
    )
  })

  it('of a long period is also one of each period that divides it, so that one listing serves both', () => {
    assert(
      property(rhythm, integer({ min: 2, max: 10 }), ({ now, period, phase }, times) => {
        const slot = nextSlot(now, { period: period * times, phase })
        expect(nextSlot(slot - 1, { period, phase })).toBe(slot)
      }),
    )
  })
})

describe('the phase of a source', () => {
  it('is always the same, and another one for other sources', () => {
    expect(phaseOf('1 me job')).toBe(phaseOf('1 me job'))
    const phases = ['1 me job', '1 me cluster', '2 me job', '1 you job'].map(phaseOf)
    expect(new Set(phases).size).toBe(4)
  })
})

describe('the checks of one slot', () => {
  it.each([
    [30_000, 1_500],
    [10 * minute, 30_000],
    [24 * 60 * minute, 30_000],
  ])('with period %d fall within %d', (period, spread) => {
    expect(spreadOf(period)).toBe(spread)
  })

  it('are a tenth apart for whom no listing answers', () => {
    expect([0, 0.5, 1].map((chance) => unevenly(1_000, () => chance))).toEqual([900, 1_000, 1_100])
  })
})

describe('a listing', () => {
  it.each([
    // objects, pages, is it cheaper?
    [200, 2, true],
    [2, 1, true],
    // As many pages as objects are more bytes for the same number of calls.
    [1, 1, false],
    [2, 2, false],
    [3, 100, false],
    [100, 100, false],
    [101, 100, true],
    [0, undefined, false],
    [1, undefined, false],
    [2, undefined, true],
  ])('for %d objects with %s pages: cheaper is %s', (objects, pages, cheaper) => {
    expect(isListCheaper(objects, pages)).toBe(cheaper)
  })
})
