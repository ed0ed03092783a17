import { effectiveSettings, effectiveTask } from '../jobs/effective-settings.ts'
import { pageOfArrays } from '../jobs/paged-arrays.ts'
import type { Task } from '../jobs/task.ts'
import { describeAttempt, pageUrl, times, type View } from './describe-attempt.ts'
import { parametersOf } from './references.ts'
import { isEnded, type Attempt, type Passage, type Run } from './run.ts'
import { ended, statesOfAttempt, statesOfRun } from './state.ts'
import { describeTurns } from './turns.ts'

const pagedArrays = ['tasks', 'job_clusters', 'job_parameters', 'repair_history', 'iterations'] as const

/** What of a run is asked for. */
export interface RunView extends View {
  readonly page: number
  /** Whether `repair_history` is shown (`include_history`). */
  readonly hasHistory: boolean
}

/** One page of a run as runs/get shows it. */
export function describe(run: Run, view: RunView): object {
  const arrays = {
    ...longArrays(run, view),
    ...(view.hasHistory && { repair_history: historyOf(run) }),
  }
  const { slices, more } = pageOfArrays(arrays, pagedArrays, view.page)
  return { ...scalars(run, view), ...slices, ...more }
}

/** A run as an element of runs/list: without a token for the rest of a long one. */
export function describeListed(run: Run, view: View & { readonly hasTasks: boolean }): object {
  const arrays = view.hasTasks ? longArrays(run, view) : { job_parameters: jobParameters(run) }
  const { slices, more } = pageOfArrays(arrays, pagedArrays, 0)
  return { ...scalars(run, view), ...slices, ...(more.has_more && { has_more: true }) }
}

/** One page of a single attempt, read by its own id. Only the turns of a loop can be many. */
export function describeTaskRun(run: Run, attempt: Attempt, view: RunView): object {
  const isLoop = attempt.task.for_each_task !== undefined
  const arrays = isLoop ? { iterations: describeTurns(attempt, view.now) } : {}
  const { slices, more } = pageOfArrays(arrays, pagedArrays, view.page)
  return {
    ...scalars(run, view),
    run_id: attempt.id,
    number_in_job: attempt.id,
    original_attempt_run_id: originalOf(run, attempt),
    attempt_number: attempt.number,
    run_name: attempt.task.task_key,
    run_page_url: pageUrl(view, run, attempt.id),
    cluster_spec: clusterSpecOf(effectiveTask(attempt.task, run.settings, view.workspace)),
    ...times(attempt),
    ...statesOfAttempt(attempt),
    tasks: [describeAttempt(attempt, run, view)],
    ...slices,
    ...more,
  }
}

/** Where a task runs, which a read of the task alone shows apart from the task. */
const clusterSpecOf = ({ existing_cluster_id, new_cluster, job_cluster_key, libraries }: Task): object => ({
  existing_cluster_id,
  new_cluster,
  job_cluster_key,
  libraries,
})

function longArrays(run: Run, view: View) {
  const { settings } = run
  const { job_clusters } = effectiveSettings({ ...settings, tasks: undefined }, view.workspace)
  return {
    tasks: inTaskOrder(run).map((attempt) => describeAttempt(attempt, run, view)),
    job_clusters,
    job_parameters: jobParameters(run),
  }
}

/** All attempts, by the order of the tasks. Those at one task are not in the order of time. */
const inTaskOrder = ({ latest, attempts }: Run): Attempt[] => {
  const byKey = Map.groupBy(attempts, ({ task }) => task.task_key)
  return [...latest.keys()].flatMap((key) =>
    (byKey.get(key) ?? []).toSorted((left, right) => (left.id < right.id ? -1 : 1)),
  )
}

function scalars(run: Run, view: View): object {
  const { settings, trigger, parent, overridingParameters } = run
  const isOver = isEnded(run) && run.startedAt > 0
  return {
    job_id: run.jobId,
    run_id: run.id,
    job_run_id: run.id,
    number_in_job: run.id,
    original_attempt_run_id: run.id,
    creator_user_name: run.creator,
    run_name: run.name,
    run_type: run.type,
    trigger,
    ...(parent && { trigger_info: { run_id: parent.taskRunId } }),
    ...(settings.schedule && { schedule: settings.schedule }),
    ...(settings.git_source && { git_source: settings.git_source }),
    ...(run.performanceTarget && { effective_performance_target: run.performanceTarget }),
    ...(overridingParameters && { overriding_parameters: overridingParameters }),
    start_time: run.createdAt,
    end_time: run.endedAt,
    // Of runs that are made of tasks only the tasks have these.
    setup_duration: 0,
    execution_duration: 0,
    cleanup_duration: 0,
    ...(isOver && { run_duration: run.endedAt - run.startedAt }),
    ...(run.startedAt > run.createdAt && { queue_duration: run.startedAt - run.createdAt }),
    run_page_url: pageUrl(view, run, run.id),
    format: 'MULTI_TASK',
    ...statesOfRun(run),
  }
}

/** The parameters of the job, and what else was sent under another name. */
function jobParameters(run: Run): object[] | undefined {
  const defined = new Map(run.settings.parameters?.map((parameter) => [parameter.name, parameter]))
  const all = Array.from(parametersOf(run), ([name, value]) => ({ ...defined.get(name), name, value }))
  return all.length > 0 ? all : undefined
}

const originalOf = ({ attempts }: Run, { task }: Attempt): bigint | undefined =>
  attempts.find((attempt) => attempt.task.task_key === task.task_key)?.id

const historyOf = (run: Run): object[] =>
  run.passages.map((passage, index) => ({
    type: passage.repairId === undefined ? 'ORIGINAL' : 'REPAIR',
    ...(passage.repairId !== undefined && { id: passage.repairId }),
    start_time: passage.startedAt,
    end_time: passage.endedAt,
    task_run_ids: run.attempts.filter((attempt) => attempt.passage === index).map(({ id }) => id),
    ...statesOfPassage(passage, run),
  }))

const statesOfPassage = ({ ending }: Passage, run: Run) =>
  ending === undefined ? statesOfRun(run) : ended(ending)
