import { z } from 'zod'
import { shaped } from '../http/body.ts'
import { routesOf, type Call, type Handler, type Route } from '../http/call.ts'
import { flagParameter, idParameter } from '../http/query.ts'
import { invalidParameter, isRefusal, permissionDenied, type Refusal } from '../http/refusal.ts'
import { placeOf } from '../page-token.ts'
import type { Workspace } from '../workspace.ts'
import { admitClusters } from './admit-clusters.ts'
import { checkCalls } from './check-calls.ts'
import { checkSettings } from './check-settings.ts'
import { describe, describeListed } from './describe.ts'
import type { Job } from './job.ts'
import { pageOfJobs } from './list.ts'
import { merge, without } from './merge.ts'
import { accessSchema, jobSettingsSchema, type JobSettings } from './settings.ts'
import { idSchema } from './shapes.ts'

const createSchema = jobSettingsSchema.extend({ access_control_list: z.array(accessSchema).default([]) })
const jobSchema = z.object({ job_id: idSchema })
const resetSchema = z.object({ job_id: idSchema, new_settings: jobSettingsSchema })
const updateSchema = z.object({
  job_id: idSchema,
  new_settings: jobSettingsSchema.default({}),
  fields_to_remove: z.array(z.string()).default([]),
})

/** The older ones have the same calls, without queueing by default and with fewer tasks. */
const versions = ['2.2', '2.1', '2.0']
const mostTasks = ({ version }: Call): number => (version === '2.2' ? 1000 : 100)
const route = routesOf('jobs', versions)
const get = (path: string, handle: Handler): Route => route('GET', path, handle)
const post = (path: string, handle: Handler): Route => route('POST', path, handle)

/** The jobs API. */
export const jobRoutes = (workspace: Workspace): Route[] => [
  // https://docs.databricks.com/api/workspace/jobs/create
  post('create', (call) => create(workspace, call)),
  // https://docs.databricks.com/api/workspace/jobs/get
  get('get', (call) => read(workspace, call)),
  // https://docs.databricks.com/api/workspace/jobs/list
  get('list', (call) => list(workspace, call)),
  // https://docs.databricks.com/api/workspace/jobs/reset
  post('reset', (call) => reset(workspace, call)),
  // https://docs.databricks.com/api/workspace/jobs/update
  post('update', (call) => update(workspace, call)),
  // https://docs.databricks.com/api/workspace/jobs/delete
  post('delete', (call) => remove(workspace, call)),
]

function create(workspace: Workspace, call: Call): object | Refusal {
  const { jobs } = workspace
  const sent = shaped(createSchema, call.body)
  if (isRefusal(sent)) return sent
  const { access_control_list, ...settings } = sent
  const admitted = jobs.refuseAnother() ?? admit(workspace, { id: undefined, settings, call })
  if (isRefusal(admitted)) return admitted
  const job = jobs.create({ creator: call.caller, settings: withQueue(admitted, call) })
  const unshared = jobs.share(job, access_control_list)
  if (unshared === undefined) return { job_id: job.id }
  jobs.delete(job)
  return unshared
}

function read(workspace: Workspace, { query, caller }: Call): object | Refusal {
  const id = idParameter(query, 'job_id')
  if (isRefusal(id)) return id
  const job = workspace.jobs.open({ id, caller, right: 'view' })
  if (isRefusal(job)) return job
  const token = query.get('page_token') ?? ''
  const page = token === '' ? 0 : placeOf(token)?.['page']
  return page === undefined
    ? invalidParameter(`Invalid page token: ${token}`)
    : describe(
        job,
        { page, hasTriggerState: flagParameter(query, 'include_trigger_state') === true },
        workspace,
      )
}

function list(workspace: Workspace, { query, caller }: Call): object | Refusal {
  const { jobs, switches } = workspace
  const isVisible = jobs.visibleTo(caller)
  const wanted = query.get('name')?.toLowerCase()
  const isShown = (job: Job): boolean =>
    (wanted === undefined || (job.settings.name ?? switches.namelessJob).toLowerCase() === wanted) &&
    isVisible(job)
  const page = pageOfJobs({ jobs: jobs.inOrder(), isShown }, query)
  if (isRefusal(page)) return page
  const expandTasks = flagParameter(query, 'expand_tasks') === true
  const listed = page.jobs.map((job) => describeListed(job, expandTasks, workspace))
  return {
    jobs: listed.length > 0 ? listed : undefined,
    has_more: page.next !== undefined,
    next_page_token: page.next,
    prev_page_token: page.previous,
  }
}

function reset(workspace: Workspace, call: Call): object | Refusal {
  const sent = shaped(resetSchema, call.body)
  if (isRefusal(sent)) return sent
  const job = workspace.jobs.open({ id: sent.job_id, caller: call.caller, right: 'manage' })
  if (isRefusal(job)) return job
  // Everything is replaced but the identity: a missing run_as keeps the former one.
  const { run_as } = job.settings
  const settings = { ...(run_as && { run_as }), ...withQueue(sent.new_settings, call) }
  return settle(workspace, { job, settings, call })
}

function update(workspace: Workspace, call: Call): object | Refusal {
  const sent = shaped(updateSchema, call.body)
  if (isRefusal(sent)) return sent
  const job = workspace.jobs.open({ id: sent.job_id, caller: call.caller, right: 'manage' })
  if (isRefusal(job)) return job
  const { switches } = workspace
  const removed = sent.fields_to_remove.filter((name) => name !== 'run_as' || switches.removableRunAs)
  const settings = merge(without(job.settings, removed), sent.new_settings, switches)
  return settle(workspace, { job, settings, call })
}

/** Gives a job its new settings if they are legal. */
function settle(
  workspace: Workspace,
  { job, settings, call }: { job: Job; settings: JobSettings; call: Call },
): object | Refusal {
  if (job.settings.deployment?.kind === 'SYSTEM_MANAGED') {
    return permissionDenied(`Job ${job.id} is managed by the system and cannot be changed.`)
  }
  const admitted = admit(workspace, { id: job.id, former: job.settings, settings, call })
  if (isRefusal(admitted)) return admitted
  job.settings = admitted
  workspace.runs.limitTime(job)
  return {}
}

/** Settings as the workspace takes them. Only an identity that changes needs the right to it. */
function admit(
  { jobs, clusters, switches }: Workspace,
  wish: { id: bigint | undefined; former?: JobSettings; settings: JobSettings; call: Call },
): JobSettings | Refusal {
  const { id, former, settings, call } = wish
  const keepsIdentity = JSON.stringify(settings.run_as) === JSON.stringify(former?.run_as)
  const refuseKept = () => (switches.refuseDeletedRunAs ? jobs.refuseUnknownRunAs(settings) : undefined)
  const refusal =
    checkSettings(settings, { mostTasks: mostTasks(call), switches }) ??
    checkCalls(id, settings, { find: (called) => jobs.find(called), mostNested: switches.mostNestedJobs }) ??
    (keepsIdentity ? refuseKept() : jobs.refuseRunAs(settings, call.caller))
  return (
    refusal ?? admitClusters(settings, (spec) => clusters.admit(spec, { type: 'job', caller: call.caller }))
  )
}

function remove({ jobs, runs, switches }: Workspace, { body, caller }: Call): object | Refusal {
  const sent = shaped(jobSchema, body)
  if (isRefusal(sent)) return sent
  const job = jobs.open({ id: sent.job_id, caller, right: 'manage' })
  if (isRefusal(job)) return job
  runs.settle()
  if (switches.deletedJobStopsRuns)
    runs.cancelAll([...runs.store.active()].filter((run) => run.jobId === job.id))
  jobs.delete(job)
  return {}
}

/** Since 2.2 a job whose settings do not mention the queue is queued. */
const withQueue = (settings: JobSettings, { version }: Call): JobSettings =>
  version === '2.2' ? { queue: { enabled: true }, ...settings } : settings
