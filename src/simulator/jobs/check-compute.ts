import { invalidParameter, type Refusal } from '../http/refusal.ts'
import type { PlainTask, Task } from './task.ts'

const computes = ['existing_cluster_id', 'new_cluster', 'job_cluster_key'] as const

/** Types of task that run elsewhere than on a cluster of the job. */
const withoutCluster = [
  'sql_task',
  'pipeline_task',
  'run_job_task',
  'condition_task',
  'for_each_task',
] as const

/** Code that cannot guess what it needs on serverless compute. */
const withEnvironment = ['spark_python_task', 'python_wheel_task', 'dbt_task'] as const

const libraryKinds = ['jar', 'whl', 'egg', 'requirements', 'pypi', 'maven', 'cran']

/** Names that a job defines and its tasks refer to. */
export interface Names {
  readonly jobClusters: ReadonlySet<string>
  readonly environments: ReadonlySet<string>
}

/** The first reason why a task cannot run where it is to run. */
export function checkCompute(task: Task | PlainTask, names: Names): Refusal | undefined {
  const problem = checkChoice(task) ?? checkNames(task, names) ?? checkLibraries(task)
  return problem === undefined ? undefined : invalidParameter(`Task '${task.task_key}' ${problem}`)
}

function checkChoice(task: Task): string | undefined {
  const chosen = computes.filter((name) => task[name] !== undefined)
  if (chosen.length > 1) {
    return 'may have only one of existing_cluster_id, new_cluster and job_cluster_key.'
  }
  const [compute] = chosen
  const type = withoutCluster.find((name) => task[name] !== undefined)
  if (compute !== undefined && type !== undefined) return `is a ${type}, which takes no ${compute}.`
  if (task.spark_submit_task !== undefined && compute !== 'new_cluster') {
    return 'is a spark_submit_task, which needs a new_cluster.'
  }
  const code = withEnvironment.find((name) => task[name] !== undefined)
  if (compute === undefined && code !== undefined && task.environment_key === undefined) {
    return `is a ${code} on serverless compute, which needs an environment_key.`
  }
  return undefined
}

function checkNames(task: Task, { jobClusters, environments }: Names): string | undefined {
  const { job_cluster_key: cluster, environment_key: environment } = task
  if (cluster !== undefined && !jobClusters.has(cluster)) {
    return `uses job_cluster_key '${cluster}', which is not defined.`
  }
  return environment !== undefined && !environments.has(environment)
    ? `uses environment_key '${environment}', which is not defined.`
    : undefined
}

const checkLibraries = ({ libraries = [] }: Task): string | undefined =>
  libraries.every((library) => libraryKinds.filter((kind) => Object.hasOwn(library, kind)).length === 1)
    ? undefined
    : `has a library that is not exactly one of ${libraryKinds.join(', ')}.`
