import { describe, expect, it } from 'vitest'
import type { Change, Impact } from '../../src/drift/change.ts'
import type { Difference } from '../../src/drift/compare.ts'
import { report, type Circumstances } from '../../src/drift/report.ts'
import type { Value } from '../../src/drift/value.ts'

const now = '2026-11-23T10:00:00Z'
const earlier = '2026-11-20T10:00:00Z'

const difference = (text: string, more: Partial<Difference> = {}): Difference => ({
  path: [text],
  text,
  cause: 'ChangedRemotely',
  owned: true,
  ...more,
})
const showing = (text: string, wanted: Value, found: Value) => difference(text, { shown: { wanted, found } })

const usual: Circumstances = { now, impact: () => 'InPlace', action: () => 'Correct' }
const reportOf = (differences: Difference[], more: Partial<Circumstances> = {}) =>
  report(differences, { ...usual, ...more })
const before = (path: string, firstSeen = earlier): Change => ({
  path,
  cause: 'ChangedRemotely',
  impact: 'InPlace',
  action: 'Correct',
  firstSeen,
})

describe('a report', () => {
  it('of nothing is empty', () => {
    expect(reportOf([])).toEqual({ count: 0, unlisted: 0, tolerated: 0, changes: [], truncated: false })
  })

  it('shows what may be shown, as JSON', () => {
    const one = difference('a', {
      wanted: 's3cret',
      found: 2,
      shown: { wanted: 'sha256:00000000', found: 2 },
    })
    expect(reportOf([one], { by: 'ana@example.com' }).changes).toEqual([
      {
        path: 'a',
        wanted: '"sha256:00000000"',
        found: '2',
        cause: 'ChangedRemotely',
        impact: 'InPlace',
        action: 'Correct',
        firstSeen: now,
        by: 'ana@example.com',
      },
    ])
  })

  it('shows no value that nobody masked', () => {
    const [change] = reportOf([difference('a', { wanted: 's3cret', found: 's3cret' })]).changes
    expect(change).not.toHaveProperty('wanted')
    expect(change).not.toHaveProperty('found')
  })

  it('does not blame a person for a change of the manifest', () => {
    const [change] = reportOf([difference('a', { cause: 'SpecChanged' })], { by: 'ana' }).changes
    expect(change).not.toHaveProperty('by')
  })

  it('counts owned and unlisted apart and only reports the unlisted, after the owned', () => {
    const made = reportOf([difference('a', { owned: false }), difference('b'), difference('c')])
    expect(made).toMatchObject({ count: 2, unlisted: 1 })
    expect(made.changes.map(({ path, action }) => `${path} ${action}`)).toEqual([
      'b Correct',
      'c Correct',
      'a Report',
    ])
  })

  it('puts the most harmful first, then goes by path', () => {
    const impacts: Record<string, Impact> = {
      a: 'InPlace',
      b: 'Schedule',
      c: 'Restart',
      d: 'Shrink',
      e: 'Revoke',
      f: 'Revoke',
    }
    const made = reportOf(
      'badcef'.split('').map((text) => difference(text)),
      { impact: ({ text }) => impacts[text] ?? 'InPlace' },
    )
    expect(made.changes.map(({ path }) => path).join('')).toBe('efdcba')
  })

  it('is the same whatever order the differences come in', () => {
    const differences = ['c', 'a', 'b'].map((text) => difference(text))
    expect(reportOf(differences)).toEqual(reportOf(differences.toReversed()))
  })
})

describe('since when', () => {
  it('a path keeps the instant it was first seen at', () => {
    const made = reportOf([difference('a'), difference('b')], { previous: [before('a')] })
    expect(made.changes.map(({ firstSeen }) => firstSeen)).toEqual([earlier, now])
    expect(made.firstSeen).toBe(earlier)
  })

  it('starts anew after a gap', () => {
    expect(reportOf([difference('a')], { previous: [] }).firstSeen).toBe(now)
  })

  it('speaks of owned differences only', () => {
    expect(reportOf([difference('a', { owned: false })], { previous: [before('a')] })).not.toHaveProperty(
      'firstSeen',
    )
  })

  it('is remembered for a path that is too long to show', () => {
    const long = `sparkConf["${'k'.repeat(500)}"]`
    const { changes } = reportOf([difference(long)])
    expect(changes[0]?.path.length).toBeLessThanOrEqual(256)
    const [again] = reportOf([difference(long)], { previous: changes, now: '2026-12-01T00:00:00Z' }).changes
    expect(again?.firstSeen).toBe(now)
  })
})

describe('the bounds of a report', () => {
  it('show 50 changes and say that there are more', () => {
    const made = reportOf(Array.from({ length: 51 }, (_, index) => difference(`f${index}`)))
    expect(made).toMatchObject({ count: 51, truncated: true })
    expect(made.changes).toHaveLength(50)
    expect(reportOf(Array.from({ length: 50 }, (_, index) => difference(`f${index}`))).truncated).toBe(false)
  })

  it('keep all of it under 32 KB of UTF-8', () => {
    const wide = Array.from({ length: 50 }, (_, index) =>
      showing(`${'长'.repeat(240)}${index}`, '长'.repeat(300), '短'.repeat(300)),
    )
    const made = reportOf(wide)
    expect(made.truncated).toBe(true)
    expect(Buffer.byteLength(JSON.stringify(made.changes))).toBeLessThanOrEqual(32 * 1024)
    expect(made.changes.length).toBeGreaterThan(10)
  })

  it('cut long values where they begin to differ', () => {
    const [change] = reportOf([showing('a', `${'x'.repeat(400)}ours`, `${'x'.repeat(400)}theirs`)]).changes
    expect(change?.wanted).toMatch(/^…x{40}ours"$/)
    expect(change?.found).toMatch(/^…x{40}theirs"$/)
  })

  it('cut long values at both ends if they must, and never within a character', () => {
    const [change] = reportOf([
      showing('a', `${'😀'.repeat(300)}a${'😀'.repeat(300)}`, `${'😀'.repeat(300)}b`),
    ]).changes
    expect(change?.wanted?.length).toBeLessThanOrEqual(256)
    expect(change?.wanted).toMatch(/^…(😀)+a(😀)+…$/u)
    expect(change?.wanted?.isWellFormed()).toBe(true)
  })

  it('leave short values alone', () => {
    const [change] = reportOf([showing('a', 'x'.repeat(254), 'y')]).changes
    expect(change?.wanted).toBe(`"${'x'.repeat(254)}"`)
  })
})
