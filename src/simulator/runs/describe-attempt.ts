import { effectiveTask } from '../jobs/effective-settings.ts'
import type { Workspace } from '../workspace.ts'
import { resolvedValues } from './resolved-values.ts'
import type { Attempt, Run } from './run.ts'
import { statesOfAttempt } from './state.ts'
import { loopStats } from './turns.ts'

/** What a reader wants to see of attempts. */
export interface View {
  readonly workspace: Workspace
  readonly origin: string
  /** Parameters with their references replaced (`include_resolved_values`). */
  readonly isResolved: boolean
  readonly now: number
}

/** Where the web interface shows a run, or a task of it. */
export const pageUrl = ({ workspace, origin }: View, run: Run, id: bigint): string =>
  `${origin}/?o=${workspace.id}#job/${run.jobId}/run/${id}`

/** An attempt as an element of a run's `tasks`. */
export function describeAttempt(attempt: Attempt, run: Run, view: View): object {
  const { workspace, isResolved, now } = view
  const { task } = attempt
  return {
    ...effectiveTask(task, run.settings, workspace),
    ...(task.condition_task && { condition_task: { ...task.condition_task, ...outcomeOf(attempt) } }),
    ...(task.for_each_task && {
      for_each_task: { ...task.for_each_task, stats: loopStats(attempt, now) },
    }),
    run_id: attempt.id,
    attempt_number: attempt.number,
    run_page_url: pageUrl(view, run, attempt.id),
    ...(run.settings.git_source && { git_source: run.settings.git_source }),
    ...(task.existing_cluster_id !== undefined &&
      attempt.ranAt > 0 && { cluster_instance: { cluster_id: task.existing_cluster_id } }),
    ...(isResolved && { resolved_values: resolvedValues(task, run) }),
    ...times(attempt),
    ...statesOfAttempt(attempt),
  }
}

const outcomeOf = ({ plan, phase }: Attempt): object =>
  phase === 'Ended' && plan?.outcome !== undefined ? { outcome: plan.outcome } : {}

/** Instants and durations; what has not happened yet is 0. */
export function times({
  startedAt,
  ranAt,
  endedAt,
}: Pick<Attempt, 'startedAt' | 'ranAt' | 'endedAt'>): object {
  const isOver = endedAt > 0 && startedAt > 0
  return {
    start_time: startedAt || endedAt,
    end_time: endedAt,
    setup_duration: ranAt > 0 ? ranAt - startedAt : 0,
    execution_duration: isOver && ranAt > 0 ? endedAt - ranAt : 0,
    cleanup_duration: 0,
    ...(isOver && { run_duration: endedAt - startedAt }),
  }
}
