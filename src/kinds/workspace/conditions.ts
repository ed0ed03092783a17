import { stampCondition } from '../../reconcile/conditions.ts'
import type { Outcome } from '../../reconcile/outcome.ts'
import type { Condition } from '../status.ts'

/** Ready, Reconciling and Stalled of a workspace; it has nothing that could drift. */
export function workspaceConditions(
  outcome: Outcome,
  previous: readonly Condition[],
  at: { generation: number; now: string },
): Condition[] {
  const before = new Map(previous.map((condition) => [condition.type, condition]))
  const drafts = draftsOf(outcome)
  return drafts.map((draft) => stampCondition(draft, at, before.get(draft.type)))
}

function draftsOf(outcome: Outcome): Pick<Condition, 'type' | 'status' | 'reason' | 'message'>[] {
  switch (outcome.is) {
    case 'Settled':
      return [
        {
          type: 'Ready',
          status: 'True',
          reason: 'Connected',
          message: 'the workspace answers and accepts the credentials',
        },
      ]
    case 'Waiting':
    case 'Retry': {
      const { reason, message } = outcome
      return [
        { type: 'Ready', status: 'False', reason, message },
        { type: 'Reconciling', status: 'True', reason, message },
      ]
    }
    case 'Stalled': {
      const { reason, message } = outcome
      return [
        { type: 'Ready', status: 'False', reason, message },
        { type: 'Stalled', status: 'True', reason, message },
      ]
    }
    default:
      return outcome satisfies never
  }
}
