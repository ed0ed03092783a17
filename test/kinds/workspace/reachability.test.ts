import { describe, expect, it } from 'vitest'
import { reachabilityAfter } from '../../../src/kinds/workspace/reachability.ts'
import { stalled, waiting, type Outcome } from '../../../src/reconcile/outcome.ts'

const settled: Outcome = { is: 'Settled', nextCheck: 1 }
const retry = (reason: 'Unreachable' | 'Unavailable' | 'UnexpectedAnswer' | 'Throttled'): Outcome => ({
  is: 'Retry',
  reason,
  message: 'no',
})
const reachable = { state: 'Reachable', reason: 'Connected', since: 'then' } as const

describe('whether Databricks can be reached', () => {
  it.each<[string, Outcome, string]>([
    ['connected', settled, 'Reachable Connected'],
    ['no answer', retry('Unreachable'), 'Unreachable Unreachable'],
    ['503', retry('Unavailable'), 'Unreachable Unavailable'],
    ['the page of a proxy', retry('UnexpectedAnswer'), 'Unreachable UnexpectedAnswer'],
    ['429', retry('Throttled'), 'Reachable Throttled'],
    ['refused credentials', stalled('CredentialsRejected', 'no'), 'Reachable CredentialsRejected'],
    ['no right', stalled('Forbidden', 'no'), 'Reachable Forbidden'],
    ['another workspace', stalled('WorkspaceChanged', 'no'), 'Reachable WorkspaceChanged'],
  ])('%s', (_what, outcome, expected) => {
    const { state, reason, since } = reachabilityAfter(outcome, undefined, 'now') ?? {}
    expect(`${state} ${reason}`).toBe(expected)
    expect(since).toBe('now')
  })

  it('stays as it was when nothing was asked', () => {
    for (const outcome of [
      stalled('HostRefused', 'no'),
      waiting('SecretMissing', 'no'),
      waiting('DependantsRemain', 'no'),
    ]) {
      expect(reachabilityAfter(outcome, reachable, 'now')).toBe(reachable)
      expect(reachabilityAfter(outcome, undefined, 'now')).toBeUndefined()
    }
  })

  it('has been so since it changed, not since somebody looked', () => {
    expect(reachabilityAfter(settled, reachable, 'now')).toEqual(reachable)
    expect(reachabilityAfter(stalled('CredentialsRejected', 'no'), reachable, 'now')).toMatchObject({
      since: 'then',
    })
    expect(reachabilityAfter(retry('Unreachable'), reachable, 'now')).toMatchObject({ since: 'now' })
  })
})
