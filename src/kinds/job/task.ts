import type { z } from 'zod'

import { newCluster } from '../cluster/schema.ts'
import { atMostOneOf, exactlyOneOf, type Rule, withRules } from '../rule.ts'
import {
  flag,
  int32,
  int64Id,
  keyedList,
  mapOf,
  object,
  objectName,
  openEnum,
  orderedList,
  reference,
  text,
} from '../shape.ts'
import { library } from './library.ts'

/** How tasks and job clusters are named within a job. */
export const taskKey = (description: string) =>
  text(description, { min: 1, max: 100, pattern: /^[A-Za-z0-9_-]+$/ })

const path = (description: string) => text(description, { min: 1, max: 4096 })
const source = openEnum('WORKSPACE or GIT. Default: WORKSPACE.').optional()
const parameterList = (description: string) =>
  orderedList(description, text('One argument.', { max: 10_000 }), { max: 1000 }).optional()
const parameterMap = (description: string) =>
  mapOf(description, { maxEntries: 256, maxValue: 65_536 }).optional()

const warehouseId = (description: string) => text(description, { min: 1, max: 128 })

const notebookTask = object('Runs a notebook.', {
  notebookPath: path('Path in the workspace, or relative to the Git repository.'),
  baseParameters: parameterMap('Parameters of the notebook; a run may override them.'),
  source,
  warehouseId: warehouseId('SQL warehouse for a notebook that holds only SQL.').optional(),
})

const sparkPythonTask = object('Runs a Python file.', {
  pythonFile: path(
    'Path in the workspace or a volume, an address such as dbfs:/… or s3://…, or relative to the Git repository.',
  ),
  parameters: parameterList('Command line arguments.'),
  source,
})

const pythonWheelTask = withRules(
  object('Calls an entry point of a Python wheel, which libraries installs.', {
    packageName: text('Name of the package.', { min: 1, max: 256 }),
    entryPoint: text('Entry point of the package, or a function in it.', { min: 1, max: 256 }),
    parameters: parameterList('Command line arguments.'),
    namedParameters: parameterMap('Arguments given as --key=value, instead of parameters.'),
  }),
  [atMostOneOf(['parameters', 'namedParameters'], 'the arguments')],
)

const sqlTask = object('Runs a SQL file on a SQL warehouse.', {
  warehouseId: warehouseId('SQL warehouse to run on.'),
  file: object('The file.', {
    path: path('Path in the workspace, or relative to the Git repository.'),
    source,
  }),
  parameters: parameterMap('Parameters of the statements.'),
})

const runJobTask = withRules(
  object('Runs another job. Exactly one of jobId and jobRef.', {
    jobId: int64Id('The job_id, as a string of digits.').optional(),
    jobRef: reference('A JobSpec in the same namespace and workspace; stands for its job_id.', {
      name: objectName('Name of the JobSpec.'),
    }).optional(),
    jobParameters: parameterMap('Job parameters for that run.'),
  }),
  [exactlyOneOf(['jobId', 'jobRef'], 'the job')],
)

const dependency = object('One task that must come first.', {
  taskKey: taskKey('Its key.'),
  outcome: text('Outcome of a condition task that this one waits for: "true" or "false".', {
    max: 5,
    pattern: /^(true|false)$/,
  }).optional(),
})

const taskShape = {
  taskKey: taskKey('Name of the task, unique in the job; what dependsOn and drift paths call it.'),
  description: text('What the task is for.', { max: 4096 }).optional(),
  dependsOn: keyedList('Tasks that must end before this one starts.', dependency, {
    keys: ['taskKey'],
    max: 1000,
  }).optional(),
  runIf: openEnum(
    'How the tasks of dependsOn must have ended: ALL_SUCCESS, ALL_DONE, NONE_FAILED, AT_LEAST_ONE_SUCCESS, AT_LEAST_ONE_FAILED, ALL_FAILED. Default: ALL_SUCCESS.',
  ).optional(),
  disabled: flag('Skip the task. Default: false.').optional(),
  timeoutSeconds: int32('Seconds after which a run of the task is stopped; 0: never. Default: 0.').optional(),
  maxRetries: int32('How often a failed run is tried again; -1: without end. Default: 0.', {
    min: -1,
  }).optional(),
  minRetryIntervalMillis: int32(
    'Milliseconds from the start of a failed run to the next try. Default: 0.',
  ).optional(),
  retryOnTimeout: flag('Try again after a timeout too. Default: false.').optional(),
  notebookTask: notebookTask.optional(),
  sparkPythonTask: sparkPythonTask.optional(),
  pythonWheelTask: pythonWheelTask.optional(),
  sqlTask: sqlTask.optional(),
  runJobTask: runJobTask.optional(),
  existingClusterId: text('The cluster_id of an existing all-purpose cluster.', {
    min: 1,
    max: 128,
  }).optional(),
  clusterRef: reference(
    'A DatabricksCluster in the same namespace and workspace; stands for its cluster_id.',
    {
      name: objectName('Name of the DatabricksCluster.'),
    },
  ).optional(),
  newCluster: newCluster.optional(),
  jobClusterKey: taskKey('One of jobClusters, shared with other tasks of a run.').optional(),
  libraries: orderedList('Libraries that the cluster installs before the task runs.', library, {
    max: 100,
  }).optional(),
}

type TaskFields = z.output<z.ZodObject<typeof taskShape>>

const types = ['notebookTask', 'sparkPythonTask', 'pythonWheelTask', 'sqlTask', 'runJobTask'] as const
const computes = ['existingClusterId', 'clusterRef', 'newCluster', 'jobClusterKey'] as const
const clusterless = ['sqlTask', 'runJobTask'] as const

const anyOf = (members: readonly string[]) =>
  `(${members.map((member) => `has(self.${member})`).join(' || ')})`

const noClusterWhereNoneRuns: Rule<TaskFields> = {
  rule: `!${anyOf(clusterless)} || !${anyOf(computes)}`,
  message: `${clusterless.join(' and ')} run without a cluster: remove ${computes.join(', ')}`,
  holds: (task) =>
    clusterless.every((member) => task[member] === undefined) ||
    computes.every((member) => task[member] === undefined),
}

/**
 * One of `tasks` of a JobSpec. Exactly one type; at most one compute, and none where the type runs without a
 * cluster.
 */
export const task = withRules(object('One step of the job.', taskShape), [
  exactlyOneOf(types, 'the type of a task'),
  atMostOneOf(computes, 'the compute of a task'),
  noClusterWhereNoneRuns,
])
