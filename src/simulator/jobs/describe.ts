import type { Workspace } from '../workspace.ts'
import { effectiveSettings } from './effective-settings.ts'
import type { Job } from './job.ts'
import { pageOfArrays } from './paged-arrays.ts'
import { triggerDetails, triggerState } from './trigger-state.ts'

const pagedArrays = ['tasks', 'job_clusters', 'environments', 'parameters'] as const

/**
 * One page of a job as jobs/get shows it. Every page has the scalars; of the long arrays each page has the
 * next slice, and one that ended earlier is empty.
 */
export function describe(
  job: Job,
  { page, hasTriggerState }: { page: number; hasTriggerState: boolean },
  workspace: Workspace,
): object {
  const settings = effectiveSettings(job.settings, workspace)
  const { slices, more } = pageOfArrays(settings, pagedArrays, page)
  return {
    ...identity(job, workspace),
    run_as_user_name: workspace.jobs.runsAs(job),
    settings: { ...settings, ...slices },
    ...(hasTriggerState && triggerState(job.settings)),
    ...triggerDetails(job.settings, hasTriggerState),
    ...more,
  }
}

/** A job as an element of jobs/list: who it runs as is not there, and its tasks only on demand. */
export function describeListed(job: Job, expandTasks: boolean, workspace: Workspace): object {
  const settings = effectiveSettings(expandTasks ? job.settings : withoutTasks(job), workspace)
  const { slices, more } = pageOfArrays(settings, pagedArrays, 0)
  return {
    ...identity(job, workspace),
    settings: { ...settings, ...slices },
    ...(expandTasks && more.has_more && { has_more: true }),
  }
}

/** What a read and a list have in common. */
function identity(job: Job, workspace: Workspace): object {
  const { budget_policy_id: budget, usage_policy_id: usage } = job.settings
  return {
    job_id: job.id,
    creator_user_name: creatorOf(job, workspace),
    created_time: job.createdAt,
    ...(budget !== undefined && { effective_budget_policy_id: budget }),
    ...(usage !== undefined && { effective_usage_policy_id: usage }),
  }
}

/** Whoever made a job; it is not shown any more once it was deleted. */
const creatorOf = ({ creator }: Job, { principals }: Workspace): string | undefined =>
  principals.named(creator)?.name

function withoutTasks({ settings }: Job): Job['settings'] {
  const { tasks: _tasks, job_clusters: _clusters, ...rest } = settings
  return rest
}
