import { describe, expect, it } from 'vitest'
import type { Condition } from '../../src/kinds/status.ts'
import { conditionsOf, type Findings, type Looked } from '../../src/reconcile/conditions.ts'
import { stalled, waiting, type Outcome } from '../../src/reconcile/outcome.ts'
import { lint } from '../kstatus-lint.ts'
import { aCondition, beginning } from './fixtures.ts'

const outcomes: Record<Outcome['is'], Outcome> = {
  Settled: { is: 'Settled', nextCheck: 600_000 },
  Waiting: waiting('WorkspaceNotReady', 'not connected'),
  Retry: { is: 'Retry', reason: 'Unavailable', message: 'try later' },
  Stalled: stalled('Forbidden', 'not allowed'),
}

const applied: Looked['ready'] = { status: 'True', reason: 'Applied', message: 'read back' }
const pending: Looked['ready'] = { status: 'False', reason: 'ConfirmingChange', message: 'not yet' }
const noDrift: Looked['drifted'] = { status: 'False', reason: 'NoDrift', message: 'none' }
const drift: Looked['drifted'] = { status: 'True', reason: 'DriftFound', message: 'maxRetries' }
const held = { reason: 'HeldRestart', message: 'would restart' } as const

const findings = (outcome: Outcome, changes: Partial<Findings> = {}): Findings => ({
  generation: 1,
  outcome,
  missedChecks: 0,
  suspended: false,
  now: beginning,
  ...changes,
})

/** `Type=Status/Reason` of each condition. */
const lines = (conditions: readonly Condition[]): string[] =>
  conditions.map(({ type, status, reason }) => `${type}=${status}/${reason}`)

const after = (outcome: Outcome, changes: Partial<Findings> = {}, before: Condition[] = []): string[] =>
  lines(conditionsOf(findings(outcome, changes), before))

/** As the last good pass over this generation left it. */
const good = [aCondition('Ready'), aCondition('Drifted', { status: 'False', reason: 'NoDrift' })]

const rows: {
  it: string
  outcome: Outcome['is']
  changes?: Partial<Findings>
  before?: Condition[]
  gives: string[]
}[] = [
  {
    it: 'after a look with nothing to do: Ready, and not drifted',
    outcome: 'Settled',
    changes: { looked: { ready: applied, drifted: noDrift } },
    gives: ['Ready=True/Applied', 'Drifted=False/NoDrift'],
  },
  {
    it: 'drift touches neither Ready nor Reconciling, also while it is being put back',
    outcome: 'Retry',
    changes: { looked: { ready: applied, drifted: drift } },
    gives: ['Ready=True/Applied', 'Drifted=True/DriftFound'],
  },
  {
    it: 'drift that waits for a busy object touches neither Ready nor Reconciling',
    outcome: 'Waiting',
    changes: { looked: { ready: applied, drifted: drift } },
    gives: ['Ready=True/Applied', 'Drifted=True/DriftFound'],
  },
  {
    it: 'a change of the manifest that is on its way is Reconciling',
    outcome: 'Retry',
    changes: { looked: { ready: pending, drifted: noDrift } },
    gives: ['Ready=False/ConfirmingChange', 'Drifted=False/NoDrift', 'Reconciling=True/Unavailable'],
  },
  {
    it: 'a held change of the manifest is Reconciling, also at rest',
    outcome: 'Settled',
    changes: {
      looked: { ready: { ...held, status: 'False' }, drifted: noDrift },
      heldSpecChange: held,
    },
    gives: ['Ready=False/HeldRestart', 'Drifted=False/NoDrift', 'Reconciling=True/HeldRestart'],
  },
  {
    it: 'stalled by what it saw: not Ready, and what it saw is told',
    outcome: 'Stalled',
    changes: { looked: { ready: applied, drifted: drift } },
    gives: ['Ready=False/Forbidden', 'Drifted=True/DriftFound', 'Stalled=True/Forbidden'],
  },
  {
    it: 'a held change beside what only a person can help with does not claim that we go on',
    outcome: 'Stalled',
    changes: { looked: { ready: pending, drifted: drift }, heldSpecChange: held },
    gives: ['Ready=False/Forbidden', 'Drifted=True/DriftFound', 'Stalled=True/Forbidden'],
  },
  {
    it: 'waiting before the first look: Reconciling, nothing known of drift',
    outcome: 'Waiting',
    changes: { missedChecks: 1 },
    gives: [
      'Ready=False/WorkspaceNotReady',
      'Drifted=Unknown/WorkspaceNotReady',
      'Reconciling=True/WorkspaceNotReady',
    ],
  },
  {
    it: 'failing before the first look: Reconciling',
    outcome: 'Retry',
    changes: { missedChecks: 1 },
    gives: ['Ready=False/Unavailable', 'Drifted=Unknown/Unavailable', 'Reconciling=True/Unavailable'],
  },
  {
    it: 'stalled before the first look',
    outcome: 'Stalled',
    changes: { missedChecks: 1 },
    gives: ['Ready=False/Forbidden', 'Drifted=Unknown/Forbidden', 'Stalled=True/Forbidden'],
  },
  {
    it: 'one missed check changes nothing',
    outcome: 'Retry',
    changes: { missedChecks: 1 },
    before: good,
    gives: ['Ready=True/Applied', 'Drifted=False/NoDrift'],
  },
  {
    it: 'one missed check keeps what is known of drift',
    outcome: 'Waiting',
    changes: { missedChecks: 1 },
    before: [aCondition('Ready'), aCondition('Drifted', { reason: 'DriftFound' })],
    gives: ['Ready=True/Applied', 'Drifted=True/DriftFound'],
  },
  {
    it: 'after two missed checks nothing is known of drift, and Ready stays',
    outcome: 'Retry',
    changes: { missedChecks: 2 },
    before: good,
    gives: ['Ready=True/Applied', 'Drifted=Unknown/CannotLook'],
  },
  {
    it: 'an outage goes on: Ready stays',
    outcome: 'Waiting',
    changes: { missedChecks: 9 },
    before: [aCondition('Ready'), aCondition('Drifted', { status: 'Unknown', reason: 'CannotLook' })],
    gives: ['Ready=True/Applied', 'Drifted=Unknown/CannotLook'],
  },
  {
    it: 'an outage says nothing about a newer generation',
    outcome: 'Retry',
    changes: { missedChecks: 1, generation: 2 },
    before: good,
    gives: ['Ready=False/Unavailable', 'Drifted=Unknown/Unavailable', 'Reconciling=True/Unavailable'],
  },
  {
    it: 'what was not Ready before an outage is not Ready in it',
    outcome: 'Retry',
    changes: { missedChecks: 1 },
    before: [aCondition('Ready', { status: 'False', reason: 'HeldRestart' })],
    gives: ['Ready=False/Unavailable', 'Drifted=Unknown/Unavailable', 'Reconciling=True/Unavailable'],
  },
  {
    it: 'a stall that kept us from looking leaves nothing known of drift',
    outcome: 'Stalled',
    changes: { missedChecks: 1 },
    before: good,
    gives: ['Ready=False/Forbidden', 'Drifted=Unknown/CannotLook', 'Stalled=True/Forbidden'],
  },
  {
    it: 'suspended after it was applied: Ready stays, drift is unknown, and nobody is at work',
    outcome: 'Settled',
    changes: { suspended: true },
    before: good,
    gives: ['Ready=True/Applied', 'Drifted=Unknown/Suspended'],
  },
  {
    it: 'suspended before this generation was applied',
    outcome: 'Settled',
    changes: { suspended: true, generation: 2 },
    before: good,
    gives: ['Ready=Unknown/Suspended', 'Drifted=Unknown/Suspended'],
  },
  {
    it: 'suspended while it was Stalled: that it is stalled is not said any more',
    outcome: 'Settled',
    changes: { suspended: true },
    before: [aCondition('Ready', { status: 'False', reason: 'Forbidden' }), aCondition('Stalled')],
    gives: ['Ready=Unknown/Suspended', 'Drifted=Unknown/Suspended'],
  },
  {
    it: 'Reconciling and Stalled go as soon as they are over',
    outcome: 'Settled',
    changes: { looked: { ready: applied, drifted: noDrift } },
    before: [aCondition('Ready', { status: 'False' }), aCondition('Reconciling'), aCondition('Stalled')],
    gives: ['Ready=True/Applied', 'Drifted=False/NoDrift'],
  },
  {
    it: 'health is told when it was seen',
    outcome: 'Settled',
    changes: {
      looked: { ready: applied, drifted: noDrift },
      health: { status: 'False', reason: 'StartFailed', message: 'no nodes' },
    },
    gives: ['Ready=True/Applied', 'Drifted=False/NoDrift', 'Healthy=False/StartFailed'],
  },
  {
    it: 'health stays as it was when nobody could look',
    outcome: 'Retry',
    changes: { missedChecks: 5 },
    before: [...good, aCondition('Healthy', { reason: 'Running' })],
    gives: ['Ready=True/Applied', 'Drifted=Unknown/CannotLook', 'Healthy=True/Running'],
  },
]

describe('the conditions', () => {
  it.each(rows)('$it', ({ outcome, changes, before, gives }) => {
    expect(after(outcomes[outcome], changes, before)).toEqual(gives)
  })
})

describe('whatever a pass found, and whatever was before,', () => {
  const looks: Partial<Findings>[] = [
    {},
    ...[applied, pending].flatMap((ready) =>
      [drift, noDrift].map((drifted) => ({ looked: { ready, drifted } })),
    ),
    { looked: { ready: { ...held, status: 'False' }, drifted: noDrift }, heldSpecChange: held },
    { looked: { ready: { ...held, status: 'False' }, drifted: drift }, heldSpecChange: held },
    { suspended: true },
  ]
  const befores: Condition[][] = [
    [],
    good,
    [aCondition('Ready', { status: 'False', reason: 'Forbidden' }), aCondition('Stalled')],
    [aCondition('Ready', { status: 'False', reason: 'HeldRestart' }), aCondition('Reconciling')],
    [aCondition('Ready', { status: 'Unknown', reason: 'NotLookedYet' })],
  ]
  const generations = [1, 2]

  it.each(Object.values(outcomes))('tools read the same as we say ($is)', (outcome) => {
    for (const look of looks)
      for (const before of befores)
        for (const generation of generations)
          for (const missedChecks of [0, 1, 2]) {
            const conditions = conditionsOf(findings(outcome, { ...look, generation, missedChecks }), before)
            const object = {
              metadata: { name: 'one', generation },
              status: { observedGeneration: generation, conditions },
            }
            expect(lint(object), lines(conditions).join(' ')).toEqual([])
          }
  })
})

describe('the transition time', () => {
  const now = '2026-01-02T03:04:05Z'
  const times = (changes: Partial<Findings>, before: Condition[]) =>
    Object.fromEntries(
      conditionsOf(findings(outcomes.Settled, { now, ...changes }), before).map((condition) => [
        condition.type,
        condition.lastTransitionTime,
      ]),
    )

  it('moves with the status', () => {
    const looked = { ready: pending, drifted: drift }
    expect(times({ looked }, good)).toEqual({ Ready: now, Drifted: now })
  })

  it('does not move with reason, message or generation', () => {
    const looked: Looked = {
      ready: { status: 'True', reason: 'Observed', message: 'other words' },
      drifted: { status: 'False', reason: 'NoDrift', message: 'other words' },
    }
    const old = '2025-12-31T00:00:00Z'
    expect(times({ looked, generation: 2 }, good)).toEqual({ Ready: old, Drifted: old })
  })

  it('starts with a condition that was not there', () => {
    expect(times({ looked: { ready: applied, drifted: noDrift } }, [])).toEqual({ Ready: now, Drifted: now })
  })
})

describe('a condition', () => {
  it('says of which generation it speaks', () => {
    const conditions = conditionsOf(findings(outcomes.Waiting, { generation: 7, missedChecks: 1 }), good)
    expect(conditions.map(({ observedGeneration }) => observedGeneration)).toEqual([7, 7, 7])
  })

  it('is the same again when nothing is new, so that nothing is written', () => {
    const looked = { ready: applied, drifted: drift }
    const first = conditionsOf(findings(outcomes.Settled, { looked }), [])
    const later = findings(outcomes.Settled, { looked, now: '2026-01-02T00:00:00Z' })
    expect(conditionsOf(later, first)).toEqual(first)
    const away = (now: string) => findings(outcomes.Retry, { missedChecks: 2, now })
    const out = conditionsOf(away('2026-01-02T00:00:00Z'), first)
    expect(conditionsOf(away('2026-01-03T00:00:00Z'), out)).toEqual(out)
  })

  it('is cut where its message grows beyond what is worth storing', () => {
    const message = 'x'.repeat(5_000)
    const [ready] = conditionsOf(findings(stalled('Refused', message)), [])
    expect(ready?.message).toHaveLength(2_048)
    expect(ready?.message.endsWith('…')).toBe(true)
  })
})
