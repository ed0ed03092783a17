import { isObject, type JsonObject } from '../../databricks/json.ts'
import { compileRules } from '../../drift/rules.ts'
import type { Segment } from '../../drift/path.ts'
import { isValueObject, memberOf, type Value } from '../../drift/value.ts'
import { addedTags } from '../additions.ts'
import type { Found, Kind, Reference, Resolve, Subject } from '../kind.ts'
import { accessList } from '../permissions.ts'
import { listIn, memberIn, textIn } from '../readable.ts'
import { markIn, withMark, withoutMark } from '../tag-mark.ts'
import { editWire, emptyWrite } from '../wire-edit.ts'
import { fromWire, toWire } from '../wire.ts'
import { createJob, deleteJob, expandedJobs, getJob, listJobs, updateJob } from './api.ts'
import { lostWithEntry, settleEntries, withFlagsOff } from './entries.ts'
import { jobRules } from './fields.ts'
import { asPoliciesSay, imposedIn } from './policed.ts'
import { dropParameters } from './parameters.ts'
import { retire } from './retire.ts'
import { jobSpec, type JobSpecSpec } from './schema.ts'
import { otherStarts, withUnmodelled } from './unmodelled.ts'
import { updateOf } from './update.ts'

const rules = compileRules(jobRules)

/** A Databricks job: one remote object with an id, made of JobSettings. */
export const job: Kind<JobSpecSpec> = {
  definition: jobSpec,
  rules,
  references,
  parts: () => [''],
  wanted,

  body: bodyOf,
  // Without anybody named, a job runs as its owner: whoever created it.
  actsAsMaker: ({ run_as: runAs }) =>
    isObject(runAs) && Object.values(runAs).some((name) => typeof name === 'string' && name.trim() !== '')
      ? undefined
      : 'runAs names nobody, so runs would act as Lakeward itself',

  async observe(subject) {
    const id = idOf(subject)
    const answer = await getJob(subject.session.databricks, id)
    if (answer === undefined)
      return { is: 'Missing', what: `job ${id} does not exist in workspace ${subject.session.workspaceId}` }
    return foundOf(answer, subject)
  },

  impact: ({ path: [first] }) => (first === 'schedule' || isOtherStart(first) ? 'Schedule' : 'InPlace'),
  verb: () => 'jobs/update',
  removal: { verb: 'jobs/delete', impact: 'Delete' },
  needsApproval: ({ path, wanted }, _subject, { found }) =>
    path.length === 2 && wanted === undefined ? undefined : lostWithEntry(found.raw, path),
  imposed: ({ session, spec }, { raw: settings }, differences) =>
    imposedIn(session.databricks, { manifest: toWire(jobSpec.spec, spec), settings }, differences),

  async correct(subject, { found, wanted, differences }) {
    const settle = settleEntries(wanted, rules)
    // Whom runs act as stands beside the settings, and perhaps only there.
    const { lent = found.raw } = found
    const edit = editWire({ schema: jobSpec.spec, rules, settle }, lent, withFlagsOff(differences))
    const { databricks } = subject.session
    const { settings: changed, remove } = updateOf(edit)
    const settings = await asPoliciesSay(databricks, changed, bodyOf(wanted))
    // The mark rides along when a write goes out anyway; alone it is never a reason for one.
    const lacksMark = found.mark === undefined && subject.mark.key !== undefined
    const rides = lacksMark || 'tags' in settings || remove.includes('tags')
    const marked = rides ? { ...settings, ...withMark('tags', edit.after['tags'], subject.mark) } : settings
    const gone = remove.filter((name) => !Object.hasOwn(marked, name))
    if (Object.keys(marked).length === 0 && gone.length === 0) throw new Error(emptyWrite)
    await updateJob(databricks, idOf(subject), { settings: marked, remove: gone })
    await dropParameters(databricks, idOf(subject), edit)
  },

  identity: {
    noun: 'job',
    markedAs: 'jobs',
    nameOf: ({ name }) => name,
    list: ({ databricks }, markKey) => listJobs(databricks, markKey),
    create(subject, wanted, mark) {
      const settings = bodyOf(wanted)
      const permissions = accessList(subject.defaults?.permissions?.jobs ?? [], subject.session)
      return createJob(subject.session.databricks, {
        ...settings,
        ...withMark('tags', settings['tags'], mark),
        ...(permissions.length === 0 ? {} : { access_control_list: permissions }),
      })
    },
    additions({ defaults = {} }, wanted) {
      const runAs = memberOf(wanted, 'runAs') === undefined ? defaults.runAs : undefined
      const tags = addedTags('tags', wanted, { tags: defaults.tags })
      return Promise.resolve({ ...tags, ...(runAs === undefined ? {} : { runAs }) })
    },
    remove: ({ databricks }, id) => deleteJob(databricks, id),
    retire,
  },

  sweep: {
    pages: ({ databricks }) => expandedJobs(databricks),
    found: (item, subject) => (item['has_more'] === true ? undefined : foundOf(item, subject)),
  },
}

const isOtherStart = (name: Segment | undefined): boolean => otherStarts.some((start) => start === name)

function idOf({ externalId, object }: Subject<JobSpecSpec>): string {
  if (externalId === undefined) throw new Error(`${object.metadata.name} has no job id yet`)
  return externalId
}

/** Of a manifest that does not fit its schema, as many as can be read. */
function references(spec: Pick<JobSpecSpec, 'tasks'>): Reference[] {
  return listIn(spec, 'tasks').flatMap((task) => {
    const at = `tasks[${textIn(task, 'taskKey') ?? ''}]`
    const cluster = textIn(memberIn(task, 'clusterRef'), 'name')
    const job = textIn(memberIn(memberIn(task, 'runJobTask'), 'jobRef'), 'name')
    return [
      ...(cluster === undefined
        ? []
        : [{ kind: 'DatabricksCluster', name: cluster, path: `${at}.clusterRef` }]),
      ...(job === undefined ? [] : [{ kind: 'JobSpec', name: job, path: `${at}.runJobTask.jobRef` }]),
    ]
  })
}

/** The settings, with each reference in the place of the id it stands for. */
function wanted(spec: JobSpecSpec, _part: string, { resolve }: { resolve: Resolve }): Value {
  const { workspaceRef: _workspaceRef, management: _management, tasks, ...settings } = spec
  const resolved = tasks?.map(({ clusterRef, runJobTask, ...task }) => ({
    ...task,
    ...(clusterRef === undefined ? {} : { existingClusterId: resolve('DatabricksCluster', clusterRef.name) }),
    ...(runJobTask === undefined ? {} : { runJobTask: resolvedRunJob(runJobTask, resolve) }),
  }))
  return { ...settings, ...(resolved === undefined ? {} : { tasks: resolved }) }
}

function bodyOf(wanted: Value): JsonObject {
  return toWire(jobSpec.spec, isValueObject(wanted) ? wanted : {})
}

type RunJobTask = NonNullable<NonNullable<JobSpecSpec['tasks']>[number]['runJobTask']>

function resolvedRunJob({ jobRef, ...task }: RunJobTask, resolve: Resolve): Value {
  return { ...task, ...(jobRef === undefined ? {} : { jobId: resolve('JobSpec', jobRef.name) }) }
}

function foundOf(answer: JsonObject, { session, externalId, mark: own }: Subject<JobSpecSpec>): Found {
  const settings = isObject(answer['settings']) ? answer['settings'] : {}
  const mark = markIn(settings['tags'], own.key)
  const schedule = isObject(settings['schedule']) ? settings['schedule']['pause_status'] : undefined
  const deployment = isObject(settings['deployment']) ? settings['deployment']['kind'] : undefined
  return {
    is: 'Found',
    raw: settings,
    lent: { run_as: effectiveRunAs(answer), ...settings },
    found: withUnmodelled(
      fromWire(jobSpec.spec, { run_as: effectiveRunAs(answer), ...withoutMark(settings, 'tags', own) }),
      settings,
    ),
    running: false,
    url: `${session.origin}/jobs/${externalId ?? ''}?o=${session.workspaceId}`,
    ...(typeof schedule === 'string' ? { state: schedule } : {}),
    ...(mark === undefined ? {} : { mark }),
    ...(typeof deployment === 'string'
      ? {
          managedElsewhere: {
            what: `the job is deployed by a bundle (deployment.kind ${deployment})`,
            yields: true,
          },
        }
      : {}),
  }
}

const applicationId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Databricks always says whom runs act as, but repeats the setting only where it was made. */
function effectiveRunAs(answer: JsonObject): JsonObject | null {
  const name = answer['run_as_user_name']
  if (typeof name !== 'string' || name === '') return null
  return applicationId.test(name) ? { service_principal_name: name } : { user_name: name }
}
