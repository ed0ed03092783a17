import { isObject, type Json, type JsonObject } from '../../databricks/json.ts'
import type { Rule } from '../../drift/rules.ts'
import { isValueObject, memberOf, type Value, type ValueObject } from '../../drift/value.ts'
import { plain } from '../wire.ts'

/*
 * What no manifest can say yet and what stands in the place of something that it can say: a trigger instead of a
 * schedule, a JAR instead of a notebook. Databricks refuses the one beside the other, so it must be seen, to be taken
 * away with a correction. It is seen under its own name and in Databricks' own form.
 */

/** What starts a job, but for a schedule. */
export const otherStarts = ['trigger', 'continuous', 'triggers'] as const

/** https://docs.databricks.com/api/workspace/jobs/create */
const otherTypes = [
  'spark_jar_task',
  'spark_submit_task',
  'pipeline_task',
  'dbt_task',
  'dbt_platform_task',
  'dbt_cloud_task',
  'condition_task',
  'for_each_task',
  'dashboard_task',
  'alert_task',
  'power_bi_task',
  'clean_rooms_notebook_task',
  'ai_runtime_task',
  'python_operator_task',
  'gen_ai_compute_task',
]

/** What a task of SQL runs, but for a file. */
const otherStatements = ['query', 'dashboard', 'alert']

const environment = 'environment_key'

/** Of a job. */
export const startRules: readonly Rule[] = [
  ...otherStarts.map((path): Rule => ({
    path,
    excludedBy: 'schedule',
    reason: 'a job is started in one way: beside another one a schedule is refused',
  })),
  { path: 'trigger', unit: true, reason: 'nothing in it can stand alone' },
  { path: 'continuous', unit: true, reason: 'it is there or not' },
]

/** Of a task, beside the types and kinds of compute that a manifest can say. */
export const otherTaskRules = (types: readonly string[], computes: readonly string[]): Rule[] => [
  ...otherTypes.map((path): Rule => ({
    path,
    unit: true,
    guarded: true,
    excludedBy: types,
    reason: 'a task has exactly one type; people put passwords into arguments',
  })),
  ...otherStatements.map((statement): Rule => ({
    path: `sqlTask.${statement}`,
    unit: true,
    excludedBy: 'file',
    reason: 'a task of SQL runs exactly one thing',
  })),
  { path: environment, excludedBy: computes, reason: 'serverless compute, instead of a cluster' },
]

/** What was found of a job, with all of this in it. */
export function withUnmodelled(found: ValueObject, settings: JsonObject): ValueObject {
  const { tasks } = found
  const raw = Array.isArray(settings['tasks']) ? settings['tasks'] : []
  return {
    ...found,
    ...membersOf(settings, otherStarts),
    ...(Array.isArray(tasks) ? { tasks: tasks.map((task, index) => taskWith(task, raw[index])) } : {}),
  }
}

function taskWith(found: Value, raw: Json | undefined): Value {
  if (!isValueObject(found) || !isObject(raw)) return found
  const others = membersOf(raw, [...otherTypes, environment])
  const statements = isObject(raw['sql_task']) ? membersOf(raw['sql_task'], otherStatements) : {}
  const sqlTask = memberOf(found, 'sqlTask')
  return {
    ...found,
    ...others,
    ...(isValueObject(sqlTask) ? { sqlTask: { ...sqlTask, ...statements } } : {}),
  }
}

const membersOf = (body: JsonObject, names: readonly string[]): ValueObject =>
  Object.fromEntries(
    names.flatMap((name) => {
      const member = body[name]
      return member === undefined || member === null ? [] : [[name, plain(member)]]
    }),
  )
