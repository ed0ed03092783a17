import { describe, expect, it } from 'vitest'
import { instant } from '../../src/clock.ts'
import {
  historyAfter,
  historyOf,
  standingOf,
  type Events,
  type History,
} from '../../src/reconcile/history.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const start = Date.parse('2026-01-01T00:00:00Z')

const none: History = { putBack: [], unconfirmed: [] }

const events = (now: number, changes: Partial<Events> = {}): Events => ({
  now: start + now,
  differing: [],
  stopped: [],
  putBack: [],
  unconfirmed: [],
  ...changes,
})

/** `path` was put back at these moments. */
const putBackAt = (...moments: number[]): History =>
  moments.reduce((history, at) => historyAfter(history, events(at, { putBack: ['path'] })), none)

const standing = (history: History, now: number, { persists = false, path = 'path' } = {}) =>
  standingOf(path, history, { now: start + now, settles: minute, persists })

const contested = (times: number, changes = {}) => ({
  is: 'Contested',
  times,
  since: instant(start),
  ...changes,
})

describe('a path', () => {
  const rows: { it: string; at: number[]; now: number; gives: object }[] = [
    { it: 'was never put back', at: [], now: 0, gives: { is: 'Free' } },
    { it: 'was put back twice', at: [0, minute], now: hour, gives: { is: 'Free' } },
    { it: 'three times in an hour', at: [0, minute, hour], now: hour, gives: contested(3) },
    { it: 'three times in more than that', at: [0, minute, hour + 1_000], now: hour, gives: { is: 'Free' } },
    { it: 'four times in seven days', at: [0, day, 3 * day, 7 * day], now: 7 * day, gives: { is: 'Free' } },
    {
      it: 'five times in seven days',
      at: [0, day, 3 * day, 5 * day, 7 * day],
      now: 7 * day,
      gives: contested(5),
    },
    {
      it: 'five times in more than that',
      at: [0, day, 3 * day, 5 * day, 7 * day + 1_000],
      now: 8 * day,
      gives: { is: 'Free' },
    },
    {
      it: 'was put back by a clock that was set back since',
      at: [9 * day, 9 * day, 9 * day],
      now: 0,
      gives: { is: 'Free' },
    },
    { it: 'is contested days after', at: [0, 1_000, 2_000], now: 6 * day, gives: contested(3) },
    { it: 'is tried again after a quiet week', at: [0, 1_000, 2_000], now: 8 * day, gives: { is: 'Free' } },
  ]

  it.each(rows)('$it', ({ at, now, gives }) => {
    expect(standing(putBackAt(...at), now)).toEqual(gives)
  })

  it('says nothing about another one', () => {
    expect(standing(putBackAt(0, 1_000, 2_000), minute, { path: 'other' })).toEqual({ is: 'Free' })
  })

  it('that must not stop is put back once an hour', () => {
    const history = putBackAt(0, minute, 2 * minute)
    const until = start + hour + 2 * minute
    expect(standing(history, 3 * minute, { persists: true })).toEqual(contested(3, { until }))
    expect(standing(history, hour + 2 * minute, { persists: true })).toEqual({ is: 'Free' })
    // However long it goes on.
    const paced = putBackAt(...Array.from({ length: 30 }, (_, index) => index * hour))
    expect(standing(paced, 29.5 * hour, { persists: true })).toMatchObject({ is: 'Contested' })
    expect(standing(paced, 30 * hour, { persists: true })).toEqual({ is: 'Free' })
  })
})

describe('a fight that was given up', () => {
  const stopped = historyAfter(
    putBackAt(0, minute, 2 * minute),
    events(hour, { differing: ['path'], stopped: ['path'] }),
  )

  it('has the moment at which that was, and does not change any more', () => {
    expect(stopped.putBack).toMatchObject([{ path: 'path', stoppedAt: instant(start + hour) }])
    expect(historyAfter(stopped, events(day, { differing: ['path'], stopped: ['path'] }))).toEqual(stopped)
  })

  it('is over when nothing differs any more', () => {
    expect(historyAfter(stopped, events(day))).toEqual(none)
  })

  it('is not over before it was given up: then it was us who put it back', () => {
    const history = putBackAt(0, minute, 2 * minute)
    expect(historyAfter(history, events(hour))).toEqual(history)
  })

  it('is over when the manifest changes', () => {
    const status = { observedGeneration: 3, putBack: [...stopped.putBack] }
    expect(historyOf(status, 3)).toEqual({ ...none, putBack: stopped.putBack })
    expect(historyOf(status, 4)).toEqual(none)
  })
})

/** `path` was written at these moments, and read back otherwise. */
const unconfirmedAt = (...moments: number[]): History =>
  moments.reduce(
    (history, at) => historyAfter(history, events(at, { differing: ['path'], unconfirmed: ['path'] })),
    none,
  )

describe('a write that does not read back', () => {
  it('is given its time to settle, and then written once more', () => {
    const history = unconfirmedAt(0)
    expect(standing(history, 0)).toEqual({ is: 'Settling', until: start + minute })
    expect(standing(history, minute - 1)).toMatchObject({ is: 'Settling' })
    expect(standing(history, minute)).toEqual({ is: 'Free' })
  })

  it('is not written a third time', () => {
    const history = unconfirmedAt(0, minute)
    expect(standing(history, minute + 1)).toMatchObject({ is: 'Settling' })
    for (const later of [2 * minute, day, 365 * day])
      expect(standing(history, later)).toEqual({ is: 'DoesNotConverge', times: 2 })
  })

  it('is tried again once an hour if it must not stop, without hope that it only settles', () => {
    const history = unconfirmedAt(0, minute)
    expect(standing(unconfirmedAt(0, minute, hour), hour, { persists: true })).toMatchObject({
      is: 'DoesNotConverge',
      times: 3,
    })
    expect(standing(history, hour, { persists: true })).toMatchObject({ is: 'DoesNotConverge' })
    expect(standing(history, hour + minute, { persists: true })).toEqual({ is: 'Free' })
  })

  it('is forgotten when it reads back at last', () => {
    expect(historyAfter(unconfirmedAt(0, minute), events(hour))).toEqual(none)
  })

  it('is not waited for when the clock was set back', () => {
    expect(standing(unconfirmedAt(day), 0)).toEqual({ is: 'Free' })
  })
})

const paths = (count: number, name = 'field') =>
  Array.from({ length: count }, (_, index) => `${name}${index}`)
const after = (history: History, now: number, changed: Partial<Events>) =>
  historyAfter(history, events(now, changed))

describe('what is remembered', () => {
  it('is bounded, however much is put back', () => {
    const long = paths(500, 'x'.repeat(5_000))
    let history = none
    for (const now of [0, 1, 2, 3, 4, 5, 6])
      history = after(history, now * day, { putBack: long, unconfirmed: long, differing: long })
    expect(history.putBack.length).toBeLessThanOrEqual(50)
    expect(history.unconfirmed.length).toBeLessThanOrEqual(50)
    expect(JSON.stringify(history).length).toBeLessThan(64 * 1024)
  })

  it('keeps what is fought over, whatever else is put back once', () => {
    const one = after(putBackAt(0, 1_000, 2_000), minute, { putBack: paths(400) })
    expect(standing(one, hour)).toMatchObject({ is: 'Contested' })
  })

  it('stops all when more is fought over than there is room for', () => {
    const all = paths(60)
    let history = none
    for (const now of [0, 1_000, 2_000]) history = after(history, now, { putBack: all })
    for (const path of all) expect(standing(history, minute, { path })).toMatchObject({ is: 'Contested' })
  })

  it('counts every path when more does not read back than there is room for', () => {
    const all = paths(60)
    let history = none
    for (const now of [0, minute]) history = after(history, now, { unconfirmed: all, differing: all })
    for (const path of all)
      expect(standing(history, 2 * minute, { path })).toMatchObject({ is: 'DoesNotConverge' })
  })

  it('drops what was put back longer than a week ago, but only when something is put back', () => {
    const history = putBackAt(0)
    expect(after(history, 30 * day, {})).toEqual(history)
    expect(after(history, 30 * day, { putBack: ['other'] }).putBack.map(({ path }) => path)).toEqual([
      'other',
    ])
  })
})
