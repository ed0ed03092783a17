import { z } from 'zod'

import { newCluster } from '../cluster/schema.ts'
import { objectColumns } from '../columns.ts'
import { identityRules, managementSchemas, workspaceRefSchema } from '../management.ts'
import { defineResource } from '../resource.ts'
import { type Rule, withRules } from '../rule.ts'
import { runAs } from '../run-as.ts'
import { flag, int32, keyedList, object, openEnum, setOf, text } from '../shape.ts'
import { statusFrame } from '../status.ts'
import { tagMap } from '../tags.ts'
import { task, taskKey } from './task.ts'

const jobCluster = object('A cluster that tasks of one run share.', {
  jobClusterKey: taskKey('Name of the cluster, unique in the job; what tasks refer to.'),
  newCluster,
})

const schedule = object('Runs the job by the clock. Databricks allows no other trigger beside it.', {
  quartzCronExpression: text('Quartz cron expression, seconds first: 0 0 2 * * ? is 02:00 every day.', {
    min: 1,
    max: 512,
  }),
  timezoneId: text('Time zone, such as UTC or Europe/Berlin.', { min: 1, max: 64 }),
  pauseStatus: openEnum(
    'UNPAUSED or PAUSED. Absent: whatever it is in Databricks stays, so a pause made by hand is respected; a new schedule starts UNPAUSED. A pause that leaves the manifest ends, unless somebody has changed it since.',
  ).optional(),
})

const parameter = object('One parameter of the job.', {
  name: text('Its name.', { min: 1, max: 256, pattern: /^[A-Za-z0-9_.-]+$/ }),
  default: text('Value for runs that give none.', { max: 65_536 }),
})

const addresses = (when: string) =>
  setOf(`E-mail addresses told ${when}.`, text('An e-mail address.', { min: 1, max: 320 }), {
    max: 100,
  }).optional()

const emailNotifications = object('Who is told about runs, by e-mail.', {
  onStart: addresses('when a run starts'),
  onSuccess: addresses('when a run succeeds'),
  onFailure: addresses('when a run fails'),
  onDurationWarningThresholdExceeded: addresses('when a run takes longer than its warning threshold'),
  noAlertForSkippedRuns: flag('No mail about skipped runs. Default: false.').optional(),
})

/** The settings that jobs/create and jobs/reset take. */
const settingsShape = {
  name: text('Name of the job in Databricks; need not be unique there.', { min: 1, max: 4096 }),
  description: text('What the job is for.', { max: 27_700 }).optional(),
  tags: tagMap(
    'Tags of the job and of the clusters it makes; at most 24, as one of 25 is the mark of Lakeward.',
    24,
  ).optional(),
  tasks: keyedList('The steps of the job. They run in the order that dependsOn demands.', task, {
    keys: ['taskKey'],
    min: 1,
    max: 1000,
  }).optional(),
  jobClusters: keyedList('Clusters that tasks share by jobClusterKey.', jobCluster, {
    keys: ['jobClusterKey'],
    max: 100,
  }).optional(),
  schedule: schedule.optional(),
  maxConcurrentRuns: int32('Runs at one time; 0: every run is skipped. Default: 1.', {
    max: 1000,
  }).optional(),
  timeoutSeconds: int32('Seconds after which a run of the job is stopped; 0: never. Default: 0.').optional(),
  queue: object('What happens to a run that finds maxConcurrentRuns reached.', {
    enabled: flag('true: it waits. false: it is skipped. Databricks turns this on for new jobs.'),
  }).optional(),
  parameters: keyedList('Parameters of the job, which its tasks can read.', parameter, {
    keys: ['name'],
    max: 1000,
  }).optional(),
  emailNotifications: emailNotifications.optional(),
  runAs: runAs(
    'Whom runs act as. Exactly one. Default: the owner of the job. Databricks may keep the former identity when this leaves the manifest: to be sure, name whom you want.',
  ).optional(),
}

const settings = z.strictObject(settingsShape)
type SettingsFields = z.output<typeof settings>

/**
 * The keys are listed once, in a list of one list, because CEL has no variables: looking through jobClusters anew
 * for each of a thousand tasks exceeds what a rule may cost.
 */
const jobClustersExist: Rule<SettingsFields> = {
  rule: '[has(self.jobClusters) ? self.jobClusters.map(cluster, cluster.jobClusterKey) : []].all(keys, !has(self.tasks) || self.tasks.all(task, !has(task.jobClusterKey) || task.jobClusterKey in keys))',
  message: 'a task names a jobClusterKey that jobClusters does not have',
  fieldPath: '.tasks',
  holds: ({ tasks = [], jobClusters = [] }) => {
    const keys = new Set(jobClusters.map(({ jobClusterKey }) => jobClusterKey))
    return tasks.every(({ jobClusterKey }) => jobClusterKey === undefined || keys.has(jobClusterKey))
  },
}

const rules = [jobClustersExist]

/** What a manifest says about the job itself, and not about how it is treated. */
export const jobSettings = withRules(settings, rules)

const spec = withRules(
  object('The wanted job. Fields are those of the Databricks Jobs API, in camelCase.', {
    ...settingsShape,
    workspaceRef: workspaceRefSchema,
    management: managementSchemas.JobSpec(Object.keys(settingsShape)),
  }),
  rules,
)

/** The kind JobSpec: its schema, rules and columns. */
export const jobSpec = defineResource({
  kind: 'JobSpec',
  plural: 'jobspecs',
  shortNames: ['dbj'],
  description: 'A job in a Databricks workspace, kept as the manifest says.',
  spec,
  status: z.object(statusFrame),
  rules: identityRules,
  columns: objectColumns,
})

/** `spec` of a JobSpec that fits its schema. */
export type JobSpecSpec = z.output<typeof spec>
