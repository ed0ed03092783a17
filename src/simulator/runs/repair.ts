import { invalidParameter, invalidState, type Refusal } from '../http/refusal.ts'
import type { Task } from '../jobs/task.ts'
import { isCancellation, isFailure } from './endings.ts'
import type { RepairRequest } from './requests.ts'
import { isEnded, type Run } from './run.ts'
import { dependantsOf } from './select-tasks.ts'

/** The tasks that a repair runs again, with today's settings of the job; or why it cannot be done. */
export function tasksToRepair(
  run: Run,
  request: RepairRequest,
  current: readonly Task[] | undefined,
): Task[] | Refusal {
  const refusal = refuseRepair(run, request)
  if (refusal !== undefined) return refusal
  const tasks = [...run.latest.values()].map(({ task }) => task)
  const named = request.rerun_all_failed_tasks ? failedKeys(run) : request.rerun_tasks
  const unknown = named.find((key) => !run.latest.has(key))
  if (unknown !== undefined) return invalidParameter(`The run has no task '${unknown}'.`)
  if (named.length === 0) return invalidParameter('There are no tasks to rerun.')
  const keys = request.rerun_dependent_tasks ? dependantsOf(tasks, named) : new Set(named)
  const today = new Map(current?.map((task) => [task.task_key, task]))
  return tasks.filter(({ task_key }) => keys.has(task_key)).map((task) => today.get(task.task_key) ?? task)
}

function refuseRepair(run: Run, request: RepairRequest): Refusal | undefined {
  if (!isEnded(run)) return invalidState(`Run ${run.id} is in progress and cannot be repaired.`)
  if (request.rerun_all_failed_tasks && request.rerun_tasks.length > 0) {
    return invalidParameter('Only one of rerun_tasks and rerun_all_failed_tasks can be used.')
  }
  const latest = run.passages.at(-1)?.repairId
  if (latest === request.latest_repair_id) return undefined
  return invalidParameter(
    latest === undefined
      ? `Run ${run.id} has not been repaired yet: latest_repair_id must not be set.`
      : `latest_repair_id must be ${latest}, the latest repair of run ${run.id}.`,
  )
}

const failedKeys = ({ latest }: Run): string[] =>
  [...latest.values()]
    .filter(({ ending }) => isFailure(ending?.result) || isCancellation(ending?.result))
    .map(({ task }) => task.task_key)
