import type { Switches } from '../switches.ts'
import type { JobSettings } from './settings.ts'

/**
 * The settings that jobs/update leads to, once the named fields are taken away: sent ones replace theirs
 * whole, except that tasks and job clusters are replaced one by one, by key.
 */
export function merge(
  kept: JobSettings,
  changes: JobSettings,
  { updatedParameters }: Pick<Switches, 'updatedParameters'>,
): JobSettings {
  const { tasks, job_clusters, parameters } = changes
  return {
    ...kept,
    ...changes,
    ...(tasks && { tasks: byKey(kept.tasks, tasks, ({ task_key }) => task_key) }),
    ...(job_clusters && {
      job_clusters: byKey(kept.job_clusters, job_clusters, ({ job_cluster_key }) => job_cluster_key),
    }),
    ...(parameters &&
      updatedParameters === 'MergedByName' && {
        parameters: byKey(kept.parameters, parameters, ({ name }) => name),
      }),
  }
}

/** Settings without some: names of fields, and `tasks/<key>` and `job_clusters/<key>` for single entries; unknown names are ignored. */
export function without(settings: JobSettings, names: readonly string[]): JobSettings {
  const removed = new Set(names)
  const { tasks, job_clusters, ...rest } = settings
  const kept = Object.entries(rest).filter(([name]) => !removed.has(name))
  return {
    ...Object.fromEntries(kept),
    ...(tasks &&
      !removed.has('tasks') && { tasks: tasks.filter(({ task_key }) => !removed.has(`tasks/${task_key}`)) }),
    ...(job_clusters &&
      !removed.has('job_clusters') && {
        job_clusters: job_clusters.filter(
          ({ job_cluster_key }) => !removed.has(`job_clusters/${job_cluster_key}`),
        ),
      }),
  }
}

/** The old entries with the new ones in the place of those with the same key, and the rest behind them. */
function byKey<Entry>(
  old: readonly Entry[] = [],
  sent: readonly Entry[],
  keyOf: (entry: Entry) => string,
): Entry[] {
  const entries = new Map(old.map((entry) => [keyOf(entry), entry]))
  for (const entry of sent) entries.set(keyOf(entry), entry)
  return [...entries.values()]
}
