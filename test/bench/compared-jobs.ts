import type { Value, ValueObject } from '../../src/drift/value.ts'
import { jobManifest } from './job-manifest.ts'

/** A job in manifest form, as the comparison gets it; its tasks, in words of their own, are the rest of it. */
function jobOf(tasks: readonly ValueObject[]): ValueObject {
  const { tasks: _tasks, ...settings } = jobManifest('bench', 1).spec
  return { ...settings, tasks: [...tasks] }
}

function taskOf(index: number): ValueObject {
  const needed = [index - 1, index - 7].filter((before) => before >= 0)
  return {
    taskKey: `step-${String(index).padStart(3, '0')}`,
    dependsOn: needed.map((before) => ({ taskKey: `step-${String(before).padStart(3, '0')}` })),
    jobClusterKey: 'main',
    notebookTask: {
      notebookPath: `/Shared/customers/step-${index}`,
      baseParameters: {
        source: `main.silver.customers_${index}`,
        target: `main.gold.customers_${index}`,
        day: '{{job.parameters.day}}',
      },
    },
    libraries: [{ pypi: { package: `pyarrow==17.0.${index}` } }],
    maxRetries: 1,
    timeoutSeconds: 3_600,
  }
}

/** A job of that many tasks. */
export const jobOfTasks = (count: number): ValueObject =>
  jobOf(Array.from({ length: count }, (_, index) => taskOf(index)))

/** A job of that many scalars: tasks as long as whole ones fit, and tags for the rest. */
export function jobOfFields(count: number): ValueObject {
  let tasks = 1
  while (fieldsOf(jobOfTasks(tasks + 1)) <= count) tasks += 1
  const job = jobOfTasks(tasks)
  const missing = count - fieldsOf(job)
  const more = Array.from({ length: missing }, (_, index) => [`tag-${index}`, `value ${index}`] as const)
  return { ...job, tags: { ...(job['tags'] as ValueObject), ...Object.fromEntries(more) } }
}

function fieldsOf(value: Value): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce<number>((sum, member) => sum + fieldsOf(member ?? null), 0)
}

/** The job with another number of retries in the task in its middle. */
export function withOneChange(job: ValueObject): ValueObject {
  const tasks = tasksOf(job)
  const middle = Math.floor(tasks.length / 2)
  return { ...job, tasks: tasks.with(middle, { ...tasks[middle], maxRetries: 5 }) }
}

/** The job with its tasks, and what each of them waits for, in the reverse order: the same job. */
export const withOrderReversed = (job: ValueObject): ValueObject => ({
  ...job,
  tasks: tasksOf(job)
    .toReversed()
    .map((task) => ({ ...task, dependsOn: (task['dependsOn'] as Value[]).toReversed() })),
})

/** The job as Databricks answers it: with what it fills in where a manifest says nothing. */
export const withDefaultsFilledIn = (job: ValueObject): ValueObject => ({
  ...job,
  queue: { enabled: true },
  tasks: tasksOf(job).map((task) => ({
    runIf: 'ALL_SUCCESS',
    ...task,
    notebookTask: { ...(task['notebookTask'] as ValueObject), source: 'WORKSPACE' },
    minRetryIntervalMillis: 0,
    retryOnTimeout: false,
    emailNotifications: {},
  })),
})

const tasksOf = (job: ValueObject) => job['tasks'] as ValueObject[]
