import { z } from 'zod'
import { jobClusterSpecSchema } from '../clusters/spec.ts'

const text = z.string()
const texts = z.record(z.string(), z.string())
const list = z.array(z.string())
/** A block that the simulator keeps and gives back without looking into it. */
const opaque = z.record(z.string(), z.unknown())
const source = z.enum(['WORKSPACE', 'GIT']).optional()
const pauseStatus = z.enum(['PAUSED', 'UNPAUSED']).optional()

/** A 64-bit id, whichever way JSON gave it. */
export const idSchema = z.union([z.bigint(), z.int()]).transform((id) => BigInt(id))

/** The types of task whose fields are known here; of all others only the name is. */
const knownTaskTypes = {
  notebook_task: z.object({
    notebook_path: text,
    base_parameters: texts.optional(),
    source,
    warehouse_id: text.optional(),
  }),
  spark_python_task: z.object({ python_file: text, parameters: list.optional(), source }),
  python_wheel_task: z.object({
    package_name: text,
    entry_point: text,
    parameters: list.optional(),
    named_parameters: texts.optional(),
  }),
  sql_task: z.object({
    warehouse_id: text,
    query: opaque.optional(),
    file: z.object({ path: text, source }).optional(),
    dashboard: opaque.optional(),
    alert: opaque.optional(),
    parameters: texts.optional(),
  }),
  run_job_task: z.looseObject({ job_id: idSchema, job_parameters: texts.optional() }),
  condition_task: z.object({
    op: z.enum([
      'EQUAL_TO',
      'NOT_EQUAL',
      'GREATER_THAN',
      'GREATER_THAN_OR_EQUAL',
      'LESS_THAN',
      'LESS_THAN_OR_EQUAL',
    ]),
    left: text,
    right: text,
  }),
  dbt_task: z.looseObject({ commands: list, source }),
  pipeline_task: z.looseObject({ pipeline_id: text }),
  for_each_task: z.object({ inputs: text, task: opaque, concurrency: z.int().optional() }),
}

const otherTaskTypes = {
  spark_jar_task: opaque,
  spark_submit_task: opaque,
  dbt_platform_task: opaque,
  dbt_cloud_task: opaque,
  dashboard_task: opaque,
  alert_task: opaque,
  power_bi_task: opaque,
  clean_rooms_notebook_task: opaque,
  ai_runtime_task: opaque,
  python_operator_task: opaque,
  gen_ai_compute_task: opaque,
}

/** The members of a task that say what it does; a task has exactly one. */
export const taskTypes = [...Object.keys(knownTaskTypes), ...Object.keys(otherTaskTypes)]

const optionalTask = z
  .object({
    ...knownTaskTypes,
    ...otherTaskTypes,
    description: text,
    depends_on: z.array(z.object({ task_key: text, outcome: text.optional() })),
    run_if: z.enum([
      'ALL_SUCCESS',
      'ALL_DONE',
      'NONE_FAILED',
      'AT_LEAST_ONE_SUCCESS',
      'AT_LEAST_ONE_FAILED',
      'ALL_FAILED',
    ]),
    existing_cluster_id: text,
    new_cluster: jobClusterSpecSchema,
    job_cluster_key: text,
    environment_key: text,
    libraries: z.array(opaque),
    timeout_seconds: z.int(),
    max_retries: z.int(),
    min_retry_interval_millis: z.int(),
    retry_on_timeout: z.boolean(),
    disable_auto_optimization: z.boolean(),
    disabled: z.boolean(),
    health: opaque,
    notification_settings: opaque,
    email_notifications: opaque,
    webhook_notifications: opaque,
    compute: opaque,
  })
  .partial()

/** One task of a job. */
export const taskSchema = optionalTask.extend({ task_key: text })

const conditionFields = { pause_status: pauseStatus, sql_condition: opaque.optional() }

/** The settings of a job. What is absent was not sent; defaults are filled in when a job is read. */
export const jobSettingsSchema = z
  .object({
    name: text,
    description: text,
    tasks: z.array(taskSchema),
    job_clusters: z.array(
      z.object({
        job_cluster_key: text,
        new_cluster: jobClusterSpecSchema,
        serverless_compute_id: text.optional(),
      }),
    ),
    environments: z.array(z.object({ environment_key: text, spec: opaque.optional() })),
    parameters: z.array(z.object({ name: text, default: text })),
    tags: texts,
    schedule: z.object({ quartz_cron_expression: text, timezone_id: text, ...conditionFields }),
    trigger: z.looseObject(conditionFields),
    continuous: z.object({
      pause_status: pauseStatus,
      task_retry_mode: z.enum(['NEVER', 'ON_FAILURE']).optional(),
    }),
    triggers: z.array(opaque),
    max_concurrent_runs: z.int(),
    timeout_seconds: z.int(),
    queue: z.object({ enabled: z.boolean() }),
    email_notifications: opaque,
    webhook_notifications: opaque,
    notification_settings: opaque,
    health: opaque,
    run_as: z.object({ user_name: text, service_principal_name: text, group_name: text }).partial(),
    git_source: z.looseObject({ git_url: text, git_provider: text.optional() }),
    budget_policy_id: text,
    usage_policy_id: text,
    performance_target: z.enum(['STANDARD', 'PERFORMANCE_OPTIMIZED']),
    deployment: z.looseObject({ kind: text }),
    edit_mode: z.enum(['UI_LOCKED', 'EDITABLE']),
    parent_path: text,
  })
  .partial()

/** An entry of `access_control_list`, which create takes and no read gives back. */
export const accessSchema = z.object({
  user_name: text.optional(),
  group_name: text.optional(),
  service_principal_name: text.optional(),
  permission_level: z.enum(['CAN_VIEW', 'CAN_MANAGE_RUN', 'CAN_MANAGE', 'IS_OWNER']),
})

export type JobSettings = z.infer<typeof jobSettingsSchema>
export type Task = z.infer<typeof taskSchema>
export type AccessEntry = z.infer<typeof accessSchema>
