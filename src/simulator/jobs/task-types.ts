import { z } from 'zod'
import {
  idSchema,
  list,
  olderParameters,
  opaque,
  pipelineParameters,
  source,
  subscribers,
  text,
  texts,
} from './shapes.ts'

const codeTypes = {
  notebook_task: z.object({
    notebook_path: text,
    base_parameters: texts.optional(),
    source,
    warehouse_id: text.optional(),
  }),
  spark_python_task: z.object({ python_file: text, parameters: list.optional(), source }),
  spark_jar_task: z
    .object({ main_class_name: text, parameters: list, jar_uri: text, run_as_repl: z.boolean() })
    .partial(),
  spark_submit_task: z.object({ parameters: list }).partial(),
  python_wheel_task: z.object({
    package_name: text,
    entry_point: text,
    parameters: list.optional(),
    named_parameters: texts.optional(),
  }),
  python_operator_task: z
    .object({ main: text, parameters: z.array(z.object({ name: text, value: text }).partial()) })
    .partial(),
  clean_rooms_notebook_task: z.object({
    clean_room_name: text,
    notebook_name: text,
    etag: text.optional(),
    notebook_base_parameters: texts.optional(),
  }),
  dbt_task: z.object({
    commands: list,
    project_directory: text.optional(),
    profiles_directory: text.optional(),
    warehouse_id: text.optional(),
    catalog: text.optional(),
    schema: text.optional(),
    source,
  }),
}

const flowTypes = {
  run_job_task: z.object({
    job_id: idSchema,
    ...z.object(olderParameters).partial().shape,
    job_parameters: texts.optional(),
    pipeline_params: pipelineParameters.optional(),
  }),
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
}

const serviceTypes = {
  pipeline_task: z.object({
    pipeline_id: text,
    ...pipelineParameters.shape,
    parameters: texts.optional(),
  }),
  sql_task: z.object({
    warehouse_id: text,
    query: z.object({ query_id: text }).optional(),
    file: z.object({ path: text, source }).optional(),
    dashboard: z
      .object({
        dashboard_id: text,
        subscriptions: subscribers.optional(),
        custom_subject: text.optional(),
        pause_subscriptions: z.boolean().optional(),
      })
      .optional(),
    alert: z
      .object({
        alert_id: text,
        subscriptions: subscribers.optional(),
        pause_subscriptions: z.boolean().optional(),
      })
      .optional(),
    parameters: texts.optional(),
  }),
  dbt_platform_task: z.object({ connection_resource_name: text, dbt_platform_job_id: text }).partial(),
  dbt_cloud_task: z.object({ connection_resource_name: text, dbt_cloud_job_id: idSchema }).partial(),
  dashboard_task: z
    .object({
      dashboard_id: text,
      warehouse_id: text,
      filters: texts,
      subscription: z.object({ custom_subject: text, paused: z.boolean(), subscribers }).partial(),
    })
    .partial(),
  alert_task: z
    .object({ alert_id: text, workspace_path: text, warehouse_id: text, parameters: texts, subscribers })
    .partial(),
  power_bi_task: z
    .object({
      connection_resource_name: text,
      power_bi_model: opaque,
      tables: z.array(opaque),
      warehouse_id: text,
      refresh_after_update: z.boolean(),
    })
    .partial(),
  ai_runtime_task: z.looseObject({ experiment: text, deployments: z.array(opaque) }),
  gen_ai_compute_task: opaque,
}

/** What a task can do, but for going through a list. */
export const plainTaskTypes = { ...codeTypes, ...flowTypes, ...serviceTypes }

/** The members of a task that say what it does; a task has exactly one. */
export const taskTypes = [...Object.keys(plainTaskTypes), 'for_each_task']
