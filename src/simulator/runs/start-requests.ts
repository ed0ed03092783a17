import type { z } from 'zod'
import { entryFor } from '../access/object-permissions.ts'
import { shaped } from '../http/body.ts'
import type { Call } from '../http/call.ts'
import { invalidParameter, isRefusal, Refusal } from '../http/refusal.ts'
import { admitClusters } from '../jobs/admit-clusters.ts'
import { checkSettings } from '../jobs/check-settings.ts'
import type { Job } from '../jobs/job.ts'
import type { AccessEntry, JobSettings } from '../jobs/settings.ts'
import type { Principal } from '../principals.ts'
import type { Workspace } from '../workspace.ts'
import { olderParameterNames, runNowSchema, submitSchema, type RunParameters } from './requests.ts'
import type { Run } from './run.ts'
import { startOf, type RunStart } from './run-start.ts'
import { selectTasks } from './select-tasks.ts'

const mostParameterBytes = 10_000
const mostTasks = 1000

/** jobs/run-now. */
export function runNow(workspace: Workspace, { body, caller }: Call): Run | Refusal {
  const { jobs, runs } = workspace
  const sent = shaped(runNowSchema, body)
  if (isRefusal(sent)) return sent
  const job = jobs.open({ id: sent.job_id, caller, right: 'run' })
  if (isRefusal(job)) return job
  const token = sent.idempotency_token === undefined ? undefined : `${job.id}/${sent.idempotency_token}`
  const earlier = runOfToken(workspace, token)
  if (earlier !== undefined) return earlier
  const wanted = runNowStart(workspace, sent, { job, creator: caller.name })
  if (isRefusal(wanted)) return wanted
  const run = runs.start(wanted)
  if (token !== undefined) runs.store.keepToken(token, run)
  return run
}

function runNowStart(
  { runs, switches }: Workspace,
  sent: z.infer<typeof runNowSchema>,
  { job, creator }: { job: Job; creator: string },
): RunStart | Refusal {
  const { continuous, tasks = [] } = job.settings
  const refusal = checkParameters(sent, job.settings)
  if (refusal !== undefined) return refusal
  if (tasks.length === 0) return invalidParameter(`Job ${job.id} has no tasks.`)
  if (continuous !== undefined && continuous.pause_status !== 'PAUSED' && runs.isStarting(job.id)) {
    return new Refusal(409, 'CONFLICT', {
      message:
        'A concurrent request to run the continuous job is already in progress. Please wait for it to complete before issuing a new request.',
    })
  }
  const start = startOf(job, { creator, switches })
  const taskKeys = sent.only === undefined ? start.taskKeys : selectTasks(tasks, sent.only)
  if (isRefusal(taskKeys)) return taskKeys
  return {
    ...start,
    taskKeys,
    jobParameters: sent.job_parameters ?? {},
    overridingParameters: overriding(sent),
    performanceTarget: sent.performance_target ?? start.performanceTarget,
    mayWait: sent.queue?.enabled ?? start.mayWait,
  }
}

/** jobs/runs/submit: a run of something that is no job. */
export function submit(workspace: Workspace, { body, caller }: Call): Run | Refusal {
  const { runs, switches } = workspace
  const sent = shaped(submitSchema, body)
  if (isRefusal(sent)) return sent
  const { run_name: name = 'Untitled', idempotency_token, access_control_list, queue, ...rest } = sent
  const token = idempotency_token === undefined ? undefined : `/${idempotency_token}`
  const earlier = runOfToken(workspace, token)
  if (earlier !== undefined) return earlier
  const settings = submittedSettings(workspace, { ...rest, name }, caller)
  if (isRefusal(settings)) return settings
  const id = hiddenJob(workspace, { caller, list: access_control_list })
  if (isRefusal(id)) return id
  const job: Job = { id, creator: caller.name, createdAt: 0, serial: 0, settings }
  const run = runs.start({
    ...startOf(job, { creator: caller.name, switches }),
    type: 'SUBMIT_RUN',
    mayWait: queue?.enabled ?? true,
  })
  if (token !== undefined) runs.store.keepToken(token, run)
  return run
}

function submittedSettings(
  { jobs, clusters, switches }: Workspace,
  settings: JobSettings,
  caller: Principal,
): JobSettings | Refusal {
  if (settings.tasks?.length === 0) return invalidParameter('Missing required field: tasks')
  const refusal = checkSettings(settings, { mostTasks, switches }) ?? jobs.refuseRunAs(settings, caller)
  return refusal ?? admitClusters(settings, (spec) => clusters.admit(spec, { type: 'job', caller }))
}

/** The id under which a one-time run has its access list; no job has it. */
function hiddenJob(
  { jobs, random, permissions }: Workspace,
  { caller, list }: { caller: Principal; list: readonly AccessEntry[] },
): bigint | Refusal {
  const id = random.id()
  permissions.set(`/jobs/${id}`, [entryFor(caller, 'IS_OWNER')])
  const refusal = jobs.share({ id }, list)
  if (refusal === undefined) return id
  permissions.forget(`/jobs/${id}`)
  return refusal
}

/** The run that an earlier call with the same token started. A token is used up even if its run was deleted. */
function runOfToken({ runs }: Workspace, token: string | undefined): Run | Refusal | undefined {
  const id = token === undefined ? undefined : runs.store.runIdOfToken(token)
  if (id === undefined) return undefined
  const run = runs.store.run(id, runs.settle())
  return run ?? invalidParameter(`The run ${id} of this idempotency_token was deleted.`)
}

/** Why these parameters cannot be given to a run with these settings. */
export function checkParameters(sent: RunParameters, { parameters = [] }: JobSettings): Refusal | undefined {
  const older = olderParameterNames.filter((name) => sent[name] !== undefined)
  if (older.includes('jar_params') && older.includes('notebook_params')) {
    return invalidParameter('Only one of jar_params and notebook_params can be specified.')
  }
  const [first] = older
  if (first !== undefined && sent.job_parameters !== undefined && parameters.length > 0) {
    return invalidParameter(`${first} and job_parameters cannot both be specified for a job with parameters.`)
  }
  for (const name of older) {
    if (Buffer.byteLength(JSON.stringify({ [name]: sent[name] })) > mostParameterBytes) {
      return invalidParameter(`The JSON of ${name} exceeds ${mostParameterBytes} bytes.`)
    }
  }
  return undefined
}

/** What a read shows as `overriding_parameters`. */
export function overriding(sent: RunParameters): Record<string, unknown> | undefined {
  const names = [...olderParameterNames, 'pipeline_params'] as const
  const given = names.filter((name) => sent[name] !== undefined)
  return given.length === 0 ? undefined : Object.fromEntries(given.map((name) => [name, sent[name]]))
}
