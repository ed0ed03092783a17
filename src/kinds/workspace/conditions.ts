import { stampCondition } from '../../reconcile/conditions.ts'
import type { Outcome } from '../../reconcile/outcome.ts'
import type { Condition } from '../status.ts'

/** When conditions are made, and what else is known then. */
interface Moment {
  generation: number
  now: string
  /** Databricks asks us to slow down. */
  isThrottled: boolean
}

/** Ready, Reconciling and Stalled of a workspace; it has nothing that could drift. */
export function workspaceConditions(
  outcome: Outcome,
  previous: readonly Condition[],
  at: Moment,
): Condition[] {
  const before = new Map(previous.map((condition) => [condition.type, condition]))
  const drafts = draftsOf(outcome, at)
  return drafts.map((draft) => stampCondition(draft, at, before.get(draft.type)))
}

type Draft = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

const connected: Draft = {
  type: 'Ready',
  status: 'True',
  reason: 'Connected',
  message: 'the workspace answers and accepts the credentials',
}

/** It works all the same, only more slowly. */
const throttled: Draft = {
  type: 'Ready',
  status: 'True',
  reason: 'Throttled',
  message: 'the workspace answers, but asks us to slow down (429): requests wait longer for their turn',
}

function draftsOf(outcome: Outcome, { isThrottled }: Moment): Draft[] {
  switch (outcome.is) {
    case 'Settled':
      return [isThrottled ? throttled : connected]
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
