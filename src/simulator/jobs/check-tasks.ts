import { invalidParameter, type Refusal } from '../http/refusal.ts'
import { checkCompute, type Names } from './check-compute.ts'
import { checkTaskType } from './check-task-type.ts'
import { checkWebhooks } from './check-webhooks.ts'
import type { Switches } from '../switches.ts'
import type { JobSettings } from './settings.ts'
import type { PlainTask, Task } from './task.ts'

const mostOfKey = 100
const keyText = /^[A-Za-z0-9_-]*$/

/** What limits the tasks of a job. */
export interface TaskLimits {
  readonly mostTasks: number
  readonly switches: Pick<Switches, 'limitTaskKeys'>
}

/** The first reason why a job cannot have these tasks. */
export function checkTasks(settings: JobSettings, { mostTasks, switches }: TaskLimits): Refusal | undefined {
  const { tasks = [], job_clusters = [], environments = [] } = settings
  if (tasks.length > mostTasks) return invalidParameter(`A job can have at most ${mostTasks} tasks.`)
  const byKey = new Map<string, Task>()
  for (const task of tasks) {
    if (byKey.has(task.task_key)) return invalidParameter(`Duplicate task_key '${task.task_key}'.`)
    byKey.set(task.task_key, task)
  }
  const names = {
    jobClusters: new Set(job_clusters.map(({ job_cluster_key }) => job_cluster_key)),
    environments: new Set(environments.map(({ environment_key }) => environment_key)),
  }
  for (const task of tasks) {
    const refusal = checkKey(task, switches) ?? checkTask(task, names) ?? checkDependencies(task, byKey)
    if (refusal !== undefined) return refusal
  }
  return checkCycles(tasks)
}

function checkKey({ task_key: key }: Task, { limitTaskKeys }: TaskLimits['switches']): Refusal | undefined {
  const isLegal = key.length > 0 && key.length <= mostOfKey && (!limitTaskKeys || keyText.test(key))
  if (isLegal) return undefined
  const allowed = limitTaskKeys ? 'letters, digits, - and _ are allowed' : 'all characters are allowed'
  return invalidParameter(`Invalid task_key '${key}': ${allowed}, at most ${mostOfKey}.`)
}

function checkTask(task: Task, names: Names): Refusal | undefined {
  const turn = task.for_each_task?.task
  return (
    checkTaskNumbers(task) ??
    checkPlainTask(task, names) ??
    (turn && checkPlainTask({ ...turn, task_key: task.task_key }, names))
  )
}

function checkTaskNumbers(task: Task): Refusal | undefined {
  const { timeout_seconds = 0, min_retry_interval_millis = 0, max_retries = 0 } = task
  if (timeout_seconds < 0) return invalidParameter('timeout_seconds must not be negative.')
  if (min_retry_interval_millis < 0) {
    return invalidParameter('min_retry_interval_millis must not be negative.')
  }
  return max_retries < -1 ? invalidParameter('max_retries must be at least -1.') : undefined
}

const checkPlainTask = (task: Task | PlainTask, names: Names): Refusal | undefined =>
  checkTaskType(task) ?? checkCompute(task, names) ?? checkWebhooks(task.webhook_notifications)

function checkDependencies(
  { task_key, depends_on = [] }: Task,
  tasks: ReadonlyMap<string, Task>,
): Refusal | undefined {
  for (const { task_key: needed, outcome } of depends_on) {
    if (needed === task_key) {
      return invalidParameter(`Invalid dependency graph, task '${task_key}' can not reference itself.`)
    }
    const awaited = tasks.get(needed)
    if (awaited === undefined) {
      return invalidParameter(
        `Invalid dependency graph, task '${task_key}' depends on '${needed}', which does not exist.`,
      )
    }
    if (outcome !== undefined && (awaited.condition_task === undefined || !/^(true|false)$/.test(outcome))) {
      return invalidParameter(
        `Task '${task_key}' can depend on the outcome true or false of a condition task only.`,
      )
    }
  }
  return undefined
}

/** Takes away, round by round, the tasks that wait for nothing; what is left waits for itself. */
function checkCycles(tasks: readonly Task[]): Refusal | undefined {
  const waiting = new Map(
    tasks.map((task) => [task.task_key, new Set(task.depends_on?.map(({ task_key }) => task_key))]),
  )
  const dependants = Map.groupBy(
    tasks.flatMap((task) =>
      (task.depends_on ?? []).map(({ task_key: needed }) => ({ needed, task_key: task.task_key })),
    ),
    ({ needed }) => needed,
  )
  const free = tasks.map(({ task_key }) => task_key).filter((key) => waiting.get(key)?.size === 0)
  for (let key = free.pop(); key !== undefined; key = free.pop()) {
    waiting.delete(key)
    for (const { task_key } of dependants.get(key) ?? []) {
      const open = waiting.get(task_key)
      if (open?.delete(key) === true && open.size === 0) free.push(task_key)
    }
  }
  const [stuck] = waiting.keys()
  return stuck === undefined
    ? undefined
    : invalidParameter(`Invalid dependency graph, task '${stuck}' is part of a cycle.`)
}
