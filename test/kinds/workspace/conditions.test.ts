import { describe, expect, it } from 'vitest'
import type { Condition } from '../../../src/kinds/status.ts'
import { workspaceConditions } from '../../../src/kinds/workspace/conditions.ts'
import { stalled, waiting, type Outcome } from '../../../src/reconcile/outcome.ts'
import { lint } from '../../kstatus-lint.ts'
import { aCondition, beginning } from '../../reconcile/fixtures.ts'

const outcomes: { outcome: Outcome; gives: string[] }[] = [
  { outcome: { is: 'Settled', nextCheck: 1 }, gives: ['Ready=True/Connected'] },
  {
    outcome: waiting('SecretMissing', 'no Secret'),
    gives: ['Ready=False/SecretMissing', 'Reconciling=True/SecretMissing'],
  },
  {
    outcome: { is: 'Retry', reason: 'Unreachable', message: 'no answer' },
    gives: ['Ready=False/Unreachable', 'Reconciling=True/Unreachable'],
  },
  {
    outcome: stalled('CredentialsRejected', 'no'),
    gives: ['Ready=False/CredentialsRejected', 'Stalled=True/CredentialsRejected'],
  },
]

const after = (outcome: Outcome, before: Condition[] = [], generation = 1): Condition[] =>
  workspaceConditions(outcome, before, { generation, now: beginning, isThrottled: false })

describe('the conditions of a workspace', () => {
  it.each(outcomes)('after $outcome.is are exactly these, whatever they were', ({ outcome, gives }) => {
    const befores = [[], [aCondition('Ready')], [aCondition('Stalled'), aCondition('Reconciling')]]
    for (const before of befores) {
      const conditions = after(outcome, before)
      expect(conditions.map(({ type, status, reason }) => `${type}=${status}/${reason}`)).toEqual(gives)
      const status = { observedGeneration: 1, conditions }
      expect(lint({ metadata: { name: 'default', generation: 1 }, status })).toEqual([])
    }
  })

  it('say that Databricks asks us to slow down, and nothing else changes', () => {
    const at = { generation: 1, now: beginning, isThrottled: true }
    const [ready, ...others] = workspaceConditions({ is: 'Settled', nextCheck: 1 }, [aCondition('Ready')], at)
    expect(ready).toMatchObject({ status: 'True', reason: 'Throttled' })
    expect(ready?.lastTransitionTime).toBe('2025-12-31T00:00:00Z')
    expect(others).toEqual([])
    const refused = stalled('CredentialsRejected', 'no')
    expect(workspaceConditions(refused, [], at)[0]).toMatchObject({ reason: 'CredentialsRejected' })
  })

  it('tell since when the status is what it is', () => {
    const before = [aCondition('Ready')]
    const [{ outcome: connected }, { outcome: missing }] = outcomes as [
      (typeof outcomes)[0],
      (typeof outcomes)[0],
    ]
    expect(after(connected, before, 2)).toMatchObject([
      { lastTransitionTime: '2025-12-31T00:00:00Z', observedGeneration: 2 },
    ])
    expect(after(missing, before)[0]).toMatchObject({ lastTransitionTime: beginning })
  })
})
