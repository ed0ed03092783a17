import type { ClusterSpec } from '../clusters/spec.ts'
import { isRefusal, type Refusal } from '../http/refusal.ts'
import type { JobSettings } from './settings.ts'
import type { Task } from './task.ts'

/** The settings of a job with each new cluster in them as the workspace takes it, or why it does not take one. */
export function admitClusters(
  settings: JobSettings,
  admit: (spec: ClusterSpec) => ClusterSpec | Refusal,
): JobSettings | Refusal {
  const job_clusters = each(settings.job_clusters, admit)
  if (isRefusal(job_clusters)) return job_clusters
  const plain = each(settings.tasks, admit)
  if (isRefusal(plain)) return plain
  const tasks = plain && eachTurn(plain, admit)
  if (isRefusal(tasks)) return tasks
  return { ...settings, ...(job_clusters && { job_clusters }), ...(tasks && { tasks }) }
}

/** The same for the tasks that loops go through. */
function eachTurn(
  tasks: readonly Task[],
  admit: (spec: ClusterSpec) => ClusterSpec | Refusal,
): Task[] | Refusal {
  const admitted: Task[] = []
  for (const task of tasks) {
    const loop = task.for_each_task
    const turns = loop && each([loop.task], admit)
    if (isRefusal(turns)) return turns
    admitted.push(loop && turns?.[0] ? { ...task, for_each_task: { ...loop, task: turns[0] } } : task)
  }
  return admitted
}

function each<Entry extends { new_cluster?: ClusterSpec | undefined }>(
  entries: readonly Entry[] | undefined,
  admit: (spec: ClusterSpec) => ClusterSpec | Refusal,
): Entry[] | undefined | Refusal {
  if (entries === undefined) return undefined
  const admitted: Entry[] = []
  for (const entry of entries) {
    const spec = entry.new_cluster && admit(entry.new_cluster)
    if (isRefusal(spec)) return spec
    admitted.push(spec === undefined ? entry : { ...entry, new_cluster: spec })
  }
  return admitted
}
