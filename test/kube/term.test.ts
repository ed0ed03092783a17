import { describe, expect, it } from 'vitest'
import { LeaseLost, Term } from '../../src/kube/term.ts'
import { ManualClock } from '../manual-clock.ts'

describe('a term', () => {
  it('ends at its deadline, with a reason, for who listens and for who asks', async () => {
    const clock = new ManualClock()
    const term = new Term(clock, 1_000)
    await clock.advance(999)
    term.check()
    expect(term.signal.aborted).toBe(false)
    await clock.advance(1)
    expect(term.signal.reason).toEqual(new LeaseLost('it could not be renewed in time'))
    expect(() => term.check()).toThrow(LeaseLost)
  })

  it('that was extended ends later', async () => {
    const clock = new ManualClock()
    const term = new Term(clock, 1_000)
    term.extend(1_700)
    await clock.advance(1_699)
    term.check()
    await clock.advance(1)
    expect(term.signal.aborted).toBe(true)
  })

  it('is never shortened by a renewal that was sent before another', async () => {
    const clock = new ManualClock()
    const term = new Term(clock, 1_000)
    term.extend(500)
    await clock.advance(999)
    term.check()
  })

  it('is over in a process that slept past it, before any timer has rung', () => {
    const clock = new ManualClock()
    const term = new Term(clock, 1_000)
    clock.stall(1_000)
    expect(term.signal.aborted).toBe(false)
    expect(() => term.check()).toThrow(LeaseLost)
    expect(term.signal.aborted).toBe(true)
  })

  it('that is over stays so, whatever answer arrives late', () => {
    const clock = new ManualClock()
    const term = new Term(clock, 1_000)
    clock.stall(1_000)
    expect(() => term.check()).toThrow(LeaseLost)
    term.extend(10_000)
    expect(() => term.check()).toThrow(LeaseLost)
  })

  it('keeps the first reason for its end, and no timer', () => {
    const clock = new ManualClock()
    const term = new Term(clock, 1_000)
    term.end(new LeaseLost('it was taken'))
    term.end(new LeaseLost('again'))
    expect(() => term.check()).toThrow('it was taken')
    expect(clock.sleeps()).toEqual([])
  })
})
