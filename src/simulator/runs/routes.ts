import { shaped } from '../http/body.ts'
import { routesOf, type Call, type Handler, type Route } from '../http/call.ts'
import { flagParameter, idParameter } from '../http/query.ts'
import { invalidParameter, invalidState, isRefusal, type Refusal } from '../http/refusal.ts'
import { placeOf } from '../page-token.ts'
import type { Workspace } from '../workspace.ts'
import { describe, describeListed, describeTaskRun, type RunView } from './describe.ts'
import { pageOfRuns, readRunQuery, type RunQuery } from './list.ts'
import { openAnyRun, openRun, type Opened } from './open-run.ts'
import { outputOf, viewsOf } from './output.ts'
import { tasksToRepair } from './repair.ts'
import { cancelAllSchema, repairSchema, runSchema } from './requests.ts'
import { isEnded, type Attempt, type Run } from './run.ts'
import { checkParameters, overriding, runNow, submit } from './start-requests.ts'

const versions = ['2.2', '2.1', '2.0']
const route = routesOf('jobs', versions)
const get = (path: string, handle: Handler): Route => route('GET', path, handle)
const post = (path: string, handle: Handler): Route => route('POST', path, handle)

/** The half of the jobs API that is about runs. */
export const runRoutes = (workspace: Workspace): Route[] => [
  // https://docs.databricks.com/api/workspace/jobs/runnow
  post('run-now', (call) => {
    const run = runNow(workspace, call)
    return isRefusal(run) ? run : { run_id: run.id, number_in_job: run.id }
  }),
  // https://docs.databricks.com/api/workspace/jobs/submit
  post('runs/submit', (call) => {
    const run = submit(workspace, call)
    return isRefusal(run) ? run : { run_id: run.id }
  }),
  // https://docs.databricks.com/api/workspace/jobs/getrun
  get('runs/get', (call) => read(workspace, call)),
  // https://docs.databricks.com/api/workspace/jobs/listruns
  get('runs/list', (call) => list(workspace, call)),
  // https://docs.databricks.com/api/workspace/jobs/getrunoutput
  get('runs/get-output', (call) =>
    withTask(workspace, call, ({ run, attempt }, view) => outputOf(run, attempt, view)),
  ),
  // https://docs.databricks.com/api/workspace/jobs/exportrun
  get('runs/export', (call) => withTask(workspace, call, ({ attempt }) => ({ views: viewsOf(attempt) }))),
  // https://docs.databricks.com/api/workspace/jobs/cancelrun
  post('runs/cancel', (call) => cancel(workspace, call)),
  // https://docs.databricks.com/api/workspace/jobs/cancelallruns
  post('runs/cancel-all', (call) => cancelAll(workspace, call)),
  // https://docs.databricks.com/api/workspace/jobs/deleterun
  post('runs/delete', (call) => remove(workspace, call)),
  // https://docs.databricks.com/api/workspace/jobs/repairrun
  post('runs/repair', (call) => repair(workspace, call)),
]

function read(workspace: Workspace, call: Call): object | Refusal {
  const opened = openFromQuery(workspace, call)
  if (isRefusal(opened)) return opened
  const token = call.query.get('page_token') ?? ''
  const page = token === '' ? 0 : placeOf(token)?.['page']
  if (page === undefined) return invalidParameter(`Invalid page token: ${token}`)
  const { run, attempt } = opened
  const view = viewOf(workspace, call, page)
  return attempt === undefined ? describe(run, view) : describeTaskRun(run, attempt, view)
}

function openFromQuery(workspace: Workspace, { query, caller }: Call): Opened | Refusal {
  const id = idParameter(query, 'run_id')
  return isRefusal(id) ? id : openAnyRun(workspace, { id, caller, right: 'view' })
}

const viewOf = (workspace: Workspace, { query, origin }: Call, page: number): RunView => ({
  workspace,
  origin,
  page,
  now: workspace.clock.now(),
  hasHistory: flagParameter(query, 'include_history') === true,
  isResolved: flagParameter(query, 'include_resolved_values') === true,
})

function list(workspace: Workspace, call: Call): object | Refusal {
  const wanted = readRunQuery(call.query)
  if (isRefusal(wanted)) return wanted
  const runs = runsFor(workspace, wanted, call)
  if (isRefusal(runs)) return runs
  const page = pageOfRuns(runs.filter(wanted.isWanted), wanted)
  const hasTasks = flagParameter(call.query, 'expand_tasks') === true
  const view = { ...viewOf(workspace, call, 0), hasTasks }
  const listed = page.runs.map((run) => describeListed(run, view))
  return {
    runs: listed.length > 0 ? listed : undefined,
    has_more: page.next !== undefined,
    next_page_token: page.next,
    prev_page_token: page.previous,
  }
}

/** The runs of one job, or all that the caller may see. */
function runsFor({ runs, jobs }: Workspace, { jobId }: RunQuery, { caller }: Call): readonly Run[] | Refusal {
  const now = runs.settle()
  if (jobId !== undefined) {
    // The runs of a deleted job are still there.
    const known = runs.store.ofJob(jobId, now)
    const refusal =
      known.length > 0
        ? jobs.refuseUnlessAllowed({ id: jobId, caller, right: 'view' })
        : jobs.open({ id: jobId, caller, right: 'view' })
    return isRefusal(refusal) ? refusal : known
  }
  const isVisible = jobs.visibleTo(caller)
  return runs.store.known(now).filter((run) => isVisible({ id: run.jobId }))
}

/** Output and export are about one task; the run of a job has none of its own. */
function withTask(
  workspace: Workspace,
  call: Call,
  answer: (opened: { run: Run; attempt: Attempt }, view: RunView) => object,
): object | Refusal {
  const opened = openFromQuery(workspace, call)
  if (isRefusal(opened)) return opened
  const { run } = opened
  const [only, ...others] = run.latest.values()
  const isOne = others.length === 0 && workspace.switches.outputOfRunWithOneTask === 'Given'
  const attempt = opened.attempt ?? (isOne ? only : undefined)
  if (attempt !== undefined) return answer({ run, attempt }, viewOf(workspace, call, 0))
  return invalidParameter(
    'Retrieving the output of runs with multiple tasks is not supported. Please retrieve the output of each individual task run instead.',
  )
}

function cancel(workspace: Workspace, { body, caller }: Call): object | Refusal {
  const sent = shaped(runSchema, body)
  if (isRefusal(sent)) return sent
  const opened = openAnyRun(workspace, { id: sent.run_id, caller, right: 'run' })
  if (isRefusal(opened)) return opened
  workspace.runs.cancel(opened.run, opened.attempt)
  return {}
}

function cancelAll({ runs, jobs }: Workspace, { body, caller }: Call): object | Refusal {
  const sent = shaped(cancelAllSchema, body)
  if (isRefusal(sent)) return sent
  const { job_id: jobId, all_queued_runs: isQueuedOnly } = sent
  if (jobId === undefined && !isQueuedOnly) return invalidParameter('Missing required field: job_id')
  const job = jobId === undefined ? undefined : jobs.open({ id: jobId, caller, right: 'run' })
  if (isRefusal(job)) return job
  runs.settle()
  const found = [...runs.store.active()].filter(
    (run) =>
      (jobId === undefined || run.jobId === jobId) &&
      (!isQueuedOnly || run.phase === 'Queued') &&
      jobs.refuseUnlessAllowed({ id: run.jobId, caller, right: 'run' }) === undefined,
  )
  runs.cancelAll(found)
  return {}
}

function remove(workspace: Workspace, { body, caller }: Call): object | Refusal {
  const sent = shaped(runSchema, body)
  if (isRefusal(sent)) return sent
  const run = openRun(workspace, { id: sent.run_id, caller, right: 'manage' })
  if (isRefusal(run)) return run
  if (!isEnded(run)) return invalidState(`Run ${run.id} is active and cannot be deleted.`)
  workspace.runs.store.remove(run)
  return {}
}

function repair(workspace: Workspace, { body, caller }: Call): object | Refusal {
  const sent = shaped(repairSchema, body)
  if (isRefusal(sent)) return sent
  const { runs, jobs } = workspace
  const run = openRun(workspace, { id: sent.run_id, caller, right: 'run' })
  if (isRefusal(run)) return run
  const settings = jobs.find(run.jobId)?.settings ?? run.settings
  const refusal = checkParameters(sent, settings)
  if (refusal !== undefined) return refusal
  const tasks = tasksToRepair(run, sent, settings.tasks)
  if (isRefusal(tasks)) return tasks
  run.settings = settings
  run.jobParameters = { ...run.jobParameters, ...sent.job_parameters }
  run.overridingParameters = overriding(sent) ?? run.overridingParameters
  return { repair_id: runs.repair(run, tasks) }
}
