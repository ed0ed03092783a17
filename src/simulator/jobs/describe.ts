import type { Workspace } from '../workspace.ts'
import { pageToken } from '../page-token.ts'
import { effectiveSettings } from './effective-settings.ts'
import type { Job } from './job.ts'

/** How many elements of each array one page of a job shows. */
const perPage = 100

const pagedArrays = ['tasks', 'job_clusters', 'environments', 'parameters'] as const

/**
 * One page of a job as jobs/get shows it. Every page has the scalars; of the long arrays each page has the
 * next slice, and one that ended earlier is empty.
 */
export function describe(job: Job, page: number, workspace: Workspace): object {
  const settings = effectiveSettings(job.settings, workspace)
  const slices: Record<string, readonly unknown[]> = {}
  let hasMore = false
  for (const name of pagedArrays) {
    const array = settings[name]
    if (array === undefined) continue
    slices[name] = array.slice(page * perPage, (page + 1) * perPage)
    hasMore ||= array.length > (page + 1) * perPage
  }
  return {
    job_id: job.id,
    creator_user_name: job.creator,
    run_as_user_name: workspace.jobs.runsAs(job),
    created_time: job.createdAt,
    settings: { ...settings, ...slices },
    ...(hasMore && { has_more: true, next_page_token: pageToken({ page: page + 1 }) }),
  }
}

/** A job as an element of jobs/list: who it runs as is not there, and its tasks only on demand. */
export function describeListed(job: Job, expandTasks: boolean, workspace: Workspace): object {
  const settings = effectiveSettings(expandTasks ? job.settings : withoutTasks(job), workspace)
  const cut = Object.fromEntries(pagedArrays.map((name) => [name, settings[name]?.slice(0, perPage)]))
  const hasMore = pagedArrays.some((name) => (settings[name]?.length ?? 0) > perPage)
  return {
    job_id: job.id,
    creator_user_name: job.creator,
    created_time: job.createdAt,
    settings: { ...settings, ...cut },
    ...(expandTasks && hasMore && { has_more: true }),
  }
}

function withoutTasks({ settings }: Job): Job['settings'] {
  const { tasks: _tasks, job_clusters: _clusters, ...rest } = settings
  return rest
}
