import type { Outcome } from '../../reconcile/outcome.ts'
import type { Reason } from '../../reconcile/reasons.ts'
import type { DatabricksWorkspaceStatus } from './schema.ts'

type Reachability = NonNullable<DatabricksWorkspaceStatus['reachability']>

/** Which reasons say something about the way to Databricks; the others come up before anything is asked. */
const stateOf: Partial<Record<Reason, Reachability['state']>> = {
  Unreachable: 'Unreachable',
  Unavailable: 'Unreachable',
  // Something answered, and it was not Databricks.
  UnexpectedAnswer: 'Unreachable',
  Throttled: 'Reachable',
  CredentialsRejected: 'Reachable',
  OAuthNotSupported: 'Reachable',
  Forbidden: 'Reachable',
  Refused: 'Reachable',
  WorkspaceChanged: 'Reachable',
}

/** Whether Databricks can be reached after a check. Its instant is that of the last change, never that of a check. */
export function reachabilityAfter(
  outcome: Outcome,
  before: Reachability | undefined,
  now: string,
): Reachability | undefined {
  const reason = outcome.is === 'Settled' ? 'Connected' : outcome.reason
  const state = outcome.is === 'Settled' ? 'Reachable' : stateOf[outcome.reason]
  if (state === undefined) return before
  return { state, reason, since: before?.state === state ? before.since : now }
}
