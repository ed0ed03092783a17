import { describe, expect, it } from 'vitest'
import type { Cause, Impact } from '../../src/drift/change.ts'
import type { Decision, Judged } from '../../src/reconcile/decide.ts'
import type { Hold } from '../../src/reconcile/hold.ts'
import { driftOf, driftPaths, pendingOf, tallyOf, type Tally } from '../../src/reconcile/tally.ts'
import { aDifference, aFound, beginning } from './fixtures.ts'

const judged = (text: string, changes: Partial<Judged> & { cause?: Cause; owned?: boolean } = {}): Judged => {
  const { cause = 'ChangedRemotely', owned = true, ...rest } = changes
  return { difference: aDifference(text, { cause, owned }), impact: 'InPlace', action: 'Correct', ...rest }
}

const hold = (hash: string, impact: Impact = 'Restart'): Hold => ({
  hash,
  verb: 'widgets/update',
  impact,
  bySpec: false,
  differences: [],
  since: beginning,
})

const differ = (...all: Judged[]): Decision & { is: 'Differ' } => ({
  is: 'Differ',
  found: aFound(),
  judged: all,
  correct: [],
})

const tally = (changes: Partial<Tally> = {}): Tally => ({
  judged: [],
  missingParts: [],
  returns: false,
  pending: [],
  ...changes,
})

const gone = (returns: boolean): Decision => ({ is: 'ReportMissing', what: 'x', returns })

describe('the tally of a pass', () => {
  it('adds up the parts, and shows the remote state of the first', () => {
    const first = aFound({ state: 'RUNNING' })
    const [a, b] = [judged('a'), judged('b')]
    const decisions: Decision[] = [
      { is: 'Nothing', found: first },
      { ...differ(a), hold: hold('1') },
      { is: 'ReportMissing', what: 'schema main.x', returns: false },
      { ...differ(b), hold: hold('2') },
    ]
    expect(tallyOf(decisions)).toEqual({
      judged: [a, b],
      found: first,
      hold: hold('1'),
      missingParts: ['schema main.x'],
      returns: false,
      pending: [],
    })
  })

  it('counts what a first contact shows', () => {
    const one = judged('a', { action: 'Report' })
    const found = aFound()
    const decision: Decision = { is: 'TakeUp', id: '7', origin: 'Adopted', found, judged: [one] }
    expect(tallyOf([decision])).toMatchObject({ judged: [one], found })
  })

  it('knows whether anything that is gone comes back at the next pass', () => {
    expect(tallyOf([gone(false), gone(true)]).returns).toBe(true)
    expect(tallyOf([gone(true), gone(false)]).returns).toBe(true)
    expect(tallyOf([gone(false)]).returns).toBe(false)
  })

  it('is empty when nothing was seen', () => {
    expect(tallyOf([{ is: 'Create' }, { is: 'AwaitCreate' }])).toEqual(tally())
  })

  it('is pending what the manifest wants and is on its way, not drift and not what waits', () => {
    const all = [
      judged('spec', { cause: 'SpecChanged' }),
      judged('held', { cause: 'SpecChanged', action: 'Hold' }),
      judged('reported', { cause: 'SpecChanged', action: 'Report' }),
      judged('drift'),
    ]
    expect(pendingOf(tally({ judged: all }))).toEqual(['spec'])
  })
})

describe('what counts as drift', () => {
  const all = [
    judged('spec', { cause: 'SpecChanged' }),
    judged('changed'),
    judged('removed', { cause: 'RemovedRemotely' }),
    judged('added', { cause: 'AddedRemotely' }),
    judged('unlisted', { cause: 'AddedRemotely', owned: false }),
  ]

  it('is what Databricks has and the manifest does not want', () => {
    expect(driftPaths(all, false)).toEqual(['changed', 'removed', 'added'])
  })

  it('is in Observe whatever differs, because we will never write it', () => {
    expect(driftPaths(all, true)).toEqual(['spec', 'changed', 'removed', 'added'])
  })
})

describe('the drift that the status shows', () => {
  const shown = { previous: [], now: beginning, vanished: false }

  it('is zero, and nothing more, when nothing differs', () => {
    expect(driftOf(tally(), shown)).toEqual({ count: 0, unlisted: 0 })
  })

  it('has each difference with what it does and what becomes of it', () => {
    const all = [
      judged('size', { impact: 'Restart', action: 'Hold' }),
      judged('timeout', { owned: false, cause: 'AddedRemotely', action: 'Report' }),
    ]
    expect(driftOf(tally({ judged: all }), shown)).toEqual({
      count: 1,
      unlisted: 1,
      firstSeen: beginning,
      changes: [
        {
          path: 'size',
          wanted: '1',
          found: '2',
          cause: 'ChangedRemotely',
          impact: 'Restart',
          action: 'Hold',
          firstSeen: beginning,
        },
        {
          path: 'timeout',
          wanted: '1',
          found: '2',
          cause: 'AddedRemotely',
          impact: 'InPlace',
          action: 'Report',
          firstSeen: beginning,
        },
      ],
    })
  })

  it('keeps since when, and says by whom where Databricks tells', () => {
    const all = [judged('size')]
    const first = driftOf(tally({ judged: all }), shown)
    const found = aFound({ by: 'ana@example.com' })
    const later = { ...shown, previous: first.changes ?? [], now: '2026-02-01T00:00:00Z' }
    expect(driftOf(tally({ judged: all, found }), later)).toMatchObject({
      firstSeen: beginning,
      changes: [{ firstSeen: beginning, by: 'ana@example.com' }],
    })
  })

  it('is one change for a vanished object, corrected only where we make it again', () => {
    expect(driftOf(tally({ returns: true }), { ...shown, vanished: true })).toMatchObject({
      count: 1,
      changes: [{ path: 'spec', cause: 'RemovedRemotely', action: 'Correct' }],
    })
    expect(driftOf(tally(), { ...shown, vanished: true })).toMatchObject({
      changes: [{ action: 'Report' }],
    })
  })
})
