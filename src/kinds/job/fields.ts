import { prefixed, type Rule } from '../../drift/rules.ts'
import { isAbsent, memberOf, membersOf, type Value } from '../../drift/value.ts'
import { newClusterRules } from '../cluster/fields.ts'
import { markKey } from '../mark.ts'
import { otherTaskRules, startRules } from './unmodelled.ts'

/*
 * How the fields of a job are compared. What has no row is compared exactly, and zero when not named: Databricks
 * echoes timeouts and retries of 0 and empty notifications for what was never set.
 * https://docs.databricks.com/api/workspace/jobs/get
 */

const types = ['notebookTask', 'sparkPythonTask', 'pythonWheelTask', 'sqlTask', 'runJobTask']
const computes = ['existingClusterId', 'newCluster', 'jobClusterKey']
const othersThan = (name: string, names: readonly string[]) => names.filter((other) => other !== name)

const typeRules: Rule[] = types.map((type) => ({
  path: type,
  unit: true,
  excludedBy: othersThan(type, types),
  reason: 'a task has exactly one type',
}))

const computeRules: Rule[] = computes.map((compute) => ({
  path: compute,
  excludedBy: othersThan(compute, computes),
  reason: 'a task runs on one compute at most',
}))

/**
 * Put in front of a path it names the same object, as far as is known; nobody has confirmed in which form Databricks
 * reads it back.
 */
const workspacePrefix = '/Workspace/'

const pathRules: Rule[] = [
  'notebookTask.notebookPath',
  'sparkPythonTask.pythonFile',
  'sqlTask.file.path',
].map((path) => ({
  path,
  normalise: (value) =>
    typeof value === 'string' && value.startsWith(workspacePrefix)
      ? value.slice(workspacePrefix.length - 1)
      : value,
  reason: 'with and without /Workspace it is the same object',
}))

const sourceRules: Rule[] = ['notebookTask', 'sparkPythonTask', 'sqlTask.file'].map((file) => ({
  path: `${file}.source`,
  default: ['WORKSPACE'],
  reason: 'filled in',
}))

const parameterRules: Rule[] = [
  ...['notebookTask.baseParameters', 'sqlTask.parameters', 'runJobTask.jobParameters'].map((path): Rule => ({
    path,
    entries: 'Exact',
    guarded: true,
    reason: 'a map; people put passwords in',
  })),
  {
    path: 'pythonWheelTask.namedParameters',
    entries: 'Exact',
    guarded: true,
    excludedBy: 'parameters',
    reason: 'a map, instead of the list; people put passwords in',
  },
  {
    path: 'pythonWheelTask.parameters',
    guarded: true,
    excludedBy: 'namedParameters',
    reason: 'a list, ordered, instead of the map; people put passwords in',
  },
  { path: 'sparkPythonTask.parameters', guarded: true, reason: 'ordered; people put passwords in' },
]

const taskRules: Rule[] = [
  { path: '', keyed: 'taskKey', reason: 'tasks have no order but that of their dependencies' },
  ...prefixed('[]', [
    { path: 'dependsOn', keyed: 'taskKey', reason: 'reads back in another order' },
    { path: 'runIf', default: ['ALL_SUCCESS'], reason: 'filled in' },
    { path: 'retryOnTimeout', serverDefault: true, reason: 'filled in' },
    { path: 'libraries', keyed: libraryIdentity, reason: 'libraries are told apart by what they are' },
    { path: 'libraries[].maven.exclusions', set: true, reason: 'order means nothing' },
    ...typeRules,
    ...otherTaskRules(types, computes),
    ...pathRules,
    ...sourceRules,
    ...parameterRules,
    ...computeRules,
    { path: 'newCluster', unit: true, reason: 'half a cluster is none' },
    ...prefixed('newCluster', newClusterRules),
  ]),
]

const occasions = ['onStart', 'onSuccess', 'onFailure', 'onDurationWarningThresholdExceeded']

/** The rules of a job. */
export const jobRules: readonly Rule[] = [
  { path: 'tags', entries: 'Exact', reason: 'a tag decides who pays: one added by hand is drift' },
  { path: `tags.${markKey}`, computed: true, reason: 'our mark, which never comes from a manifest' },
  ...prefixed('tasks', taskRules),
  { path: 'jobClusters', keyed: 'jobClusterKey', reason: 'tasks refer to them by key; they have no order' },
  ...prefixed('jobClusters[].newCluster', newClusterRules),
  { path: 'schedule', unit: true, reason: 'neither its expression nor its time zone can stand alone' },
  {
    path: 'schedule.pauseStatus',
    default: ['UNPAUSED'],
    left: true,
    reason: 'filled in; pausing by hand is how people stop a job in an emergency, so it is shown and left',
  },
  ...startRules,
  { path: 'maxConcurrentRuns', default: [1], reason: 'filled in; 0 skips every run' },
  { path: 'queue.enabled', default: [true], reason: 'on unless the job says otherwise' },
  { path: 'parameters', keyed: 'name', guarded: true, reason: 'told apart by name; people put passwords in' },
  ...occasions.map((occasion): Rule => ({
    path: `emailNotifications.${occasion}`,
    set: true,
    caseless: true,
    reason: 'order and case of addresses mean nothing',
  })),
  {
    path: 'runAs',
    serverDefault: true,
    lasting: true,
    normalise: identityOf,
    reason:
      'runs act as the creator unless told, and perhaps for ever as once told; an application id under userName is stored as a principal',
  },
]

/** Who runs it: a group keeps its case; users and service principals have none, nor a fixed member to stand in. */
function identityOf(runAs: Value): Value {
  const group = memberOf(runAs, 'groupName')
  if (typeof group === 'string') return `group ${group}`
  const principal = memberOf(runAs, 'userName') ?? memberOf(runAs, 'servicePrincipalName')
  return typeof principal === 'string' ? `principal ${principal.toLowerCase()}` : runAs
}

/** What makes a library this one: another version is another library, installed beside or instead. */
function libraryIdentity(library: Value): string {
  const forms: string[] = []
  for (const [form, what] of Object.entries(membersOf(library)))
    if (!isAbsent(what)) forms.push(`${form}:${nameOf(what)}`)
  return forms.join()
}

function nameOf(what: Value): string {
  if (typeof what === 'string') return what
  const name = memberOf(what, 'package') ?? memberOf(what, 'coordinates')
  const repository = memberOf(what, 'repo')
  // Who reads from a repository, and with which password, makes no other library.
  const source = typeof repository === 'string' ? ` from ${repository.replace(/\/\/[^/]*@/, '//')}` : ''
  return `${typeof name === 'string' ? name : ''}${source}`
}
