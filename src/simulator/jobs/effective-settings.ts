import { effectiveJobClusterSpec } from '../clusters/effective-spec.ts'
import type { Parts } from '../parts.ts'
import type { Random } from '../random.ts'
import type { Switches } from '../switches.ts'
import type { JobSettings } from './settings.ts'
import type { Task } from './task.ts'

/** Settings as a read shows them: everything filled that was left out, lists without a promised order rearranged. */
export function effectiveSettings(
  settings: JobSettings,
  { switches, random }: Pick<Parts, 'switches' | 'random'>,
): JobSettings & { format: string } {
  const { schedule, trigger, continuous, triggers, tasks, job_clusters } = settings
  const pause = { pause_status: 'UNPAUSED' } as const
  const performance_target = performanceTarget(settings)
  return {
    name: switches.namelessJob,
    email_notifications: {},
    timeout_seconds: 0,
    max_concurrent_runs: 1,
    ...(switches.fillEditMode && { edit_mode: 'EDITABLE' as const }),
    ...(performance_target && { performance_target }),
    ...settings,
    webhook_notifications: rearranged(settings.webhook_notifications ?? {}, random),
    ...(schedule && { schedule: { ...pause, ...schedule } }),
    ...(trigger && { trigger: { ...pause, ...trigger } }),
    ...(continuous && { continuous: { ...pause, ...continuous } }),
    ...(triggers && { triggers: triggers.map((each) => ({ ...pause, ...each })) }),
    ...(tasks && { tasks: tasks.map((task) => effectiveTask(task, settings, { switches, random })) }),
    ...(job_clusters && {
      job_clusters: job_clusters.map((entry) => effectiveJobCluster(entry, switches)),
    }),
    ...(!switches.echoRunAs && { run_as: undefined }),
    format: 'MULTI_TASK',
  }
}

/** How fast serverless compute is to be; undefined if it was not said and no task uses it. */
export function performanceTarget(settings: JobSettings): JobSettings['performance_target'] {
  const usual = settings.tasks?.some(isServerless) === true ? 'PERFORMANCE_OPTIMIZED' : undefined
  return settings.performance_target ?? usual
}

/** A task as a read shows it. */
export function effectiveTask(
  task: Task,
  settings: Pick<JobSettings, 'git_source'>,
  { switches, random }: Pick<Parts, 'switches' | 'random'>,
): Task {
  const { depends_on, new_cluster, webhook_notifications } = task
  const webhooks = webhook_notifications ?? (switches.fillTaskWebhookNotifications ? {} : undefined)
  return {
    run_if: 'ALL_SUCCESS',
    timeout_seconds: 0,
    email_notifications: {},
    ...task,
    ...withSource(task, settings.git_source === undefined ? 'WORKSPACE' : 'GIT'),
    ...(depends_on && {
      depends_on: depends_on.toSorted((left, right) => (left.task_key < right.task_key ? -1 : 1)),
    }),
    ...(new_cluster && { new_cluster: effectiveJobClusterSpec(new_cluster, switches) }),
    ...(webhooks && { webhook_notifications: rearranged(webhooks, random) }),
  }
}

type JobCluster = NonNullable<JobSettings['job_clusters']>[number]

const effectiveJobCluster = (entry: JobCluster, switches: Switches): JobCluster => ({
  ...entry,
  new_cluster: effectiveJobClusterSpec(entry.new_cluster, switches),
})

/** Where the code is taken from, for the task types that have a choice. */
function withSource(task: Task, source: 'WORKSPACE' | 'GIT'): Partial<Task> {
  const { notebook_task, spark_python_task, dbt_task, sql_task } = task
  return {
    ...(notebook_task && { notebook_task: { source, ...notebook_task } }),
    ...(spark_python_task && { spark_python_task: { source, ...spark_python_task } }),
    ...(dbt_task && { dbt_task: { source, ...dbt_task } }),
    ...(sql_task?.file && { sql_task: { ...sql_task, file: { source, ...sql_task.file } } }),
  }
}

/** The lists of notification destinations come back in any order. */
const rearranged = (notifications: Record<string, unknown>, random: Random): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(notifications).map(([event, list]) => [
      event,
      Array.isArray(list) ? random.shuffled(list) : list,
    ]),
  )

/** Code without a cluster of its own runs on serverless compute. */
function isServerless(task: Task): boolean {
  const { existing_cluster_id, new_cluster, job_cluster_key } = task
  if (existing_cluster_id !== undefined || new_cluster !== undefined || job_cluster_key !== undefined)
    return false
  const { notebook_task, spark_python_task, python_wheel_task, dbt_task } = task
  if (notebook_task !== undefined && notebook_task.warehouse_id !== undefined) return false
  return [notebook_task, spark_python_task, python_wheel_task, dbt_task].some((type) => type !== undefined)
}
