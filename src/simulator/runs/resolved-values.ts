import type { Task } from '../jobs/task.ts'
import { parametersOf, resolved } from './references.ts'
import type { Run } from './run.ts'

/** The members of task types that may refer to values known only in the run. */
const fields: Readonly<Record<string, readonly string[]>> = {
  notebook_task: ['base_parameters'],
  spark_python_task: ['parameters'],
  spark_jar_task: ['parameters'],
  spark_submit_task: ['parameters'],
  python_wheel_task: ['parameters', 'named_parameters'],
  sql_task: ['parameters'],
  dbt_task: ['commands'],
  pipeline_task: ['parameters'],
  run_job_task: ['job_parameters'],
  condition_task: ['left', 'right'],
}

/** The parameters of a task with everything filled in, as `resolved_values` shows them. */
export function resolvedValues(task: Task, run: Run): object {
  const entry = Object.entries(fields).find(([type]) => Object.hasOwn(task, type))
  if (entry === undefined) return {}
  const [type, names] = entry
  const body: Readonly<Record<string, unknown>> = { ...Reflect.get(task, type) }
  const known = names.filter((name) => body[name] !== undefined)
  const values = Object.fromEntries(known.map((name) => [name, deeply(body[name], run, task)]))
  // The parameters of the job are pushed down to notebooks, where they win.
  if (type !== 'notebook_task') return { [type]: values }
  return {
    [type]: {
      base_parameters: { ...Object(values['base_parameters']), ...Object.fromEntries(parametersOf(run)) },
    },
  }
}

function deeply(value: unknown, run: Run, task: Task): unknown {
  if (typeof value === 'string') return resolved(value, run, task)
  if (Array.isArray(value)) return value.map((item) => deeply(item, run, task))
  return Object.fromEntries(
    Object.entries(Object(value)).map(([key, member]) => [key, deeply(member, run, task)]),
  )
}
