import { z } from 'zod'
import { accessSchema, jobSettingsSchema } from '../jobs/settings.ts'
import { idSchema, list, olderParameters, pipelineParameters, text, texts } from '../jobs/shapes.ts'
import { taskSchema } from '../jobs/task.ts'

const parameterFields = z
  .object({
    ...olderParameters,
    job_parameters: texts,
    pipeline_params: pipelineParameters,
    performance_target: z.enum(['STANDARD', 'PERFORMANCE_OPTIMIZED']),
  })
  .partial()

/** What a run hands to the tasks of its job, in the newer way and the older ones. */
export type RunParameters = z.infer<typeof parameterFields>

/** Names of the older parameters. */
export const olderParameterNames = Object.keys(olderParameters) as (keyof typeof olderParameters)[]

const token = text.max(64, 'at most 64 characters').optional()
const queue = z.object({ enabled: z.boolean() }).optional()

/** What run-now takes: https://docs.databricks.com/api/workspace/jobs/runnow */
export const runNowSchema = parameterFields.extend({
  job_id: idSchema,
  idempotency_token: token,
  only: list.optional(),
  queue,
})

/** What a one-time run takes: https://docs.databricks.com/api/workspace/jobs/submit */
export const submitSchema = jobSettingsSchema
  .pick({
    environments: true,
    git_source: true,
    run_as: true,
    timeout_seconds: true,
    email_notifications: true,
    webhook_notifications: true,
    notification_settings: true,
    health: true,
    performance_target: true,
    budget_policy_id: true,
    usage_policy_id: true,
  })
  .extend({
    run_name: text.optional(),
    // A one-time run has no job clusters that its tasks could share.
    tasks: z.array(taskSchema.omit({ job_cluster_key: true })).default([]),
    idempotency_token: token,
    access_control_list: z.array(accessSchema).default([]),
    queue,
  })

/** What cancelling or deleting a run takes: https://docs.databricks.com/api/workspace/jobs/cancelrun */
export const runSchema = z.object({ run_id: idSchema })

/**
 * What cancel-all takes, of one job or of all that are queued:
 * https://docs.databricks.com/api/workspace/jobs/cancelallruns
 */
export const cancelAllSchema = z.object({
  job_id: idSchema.optional(),
  all_queued_runs: z.boolean().default(false),
})

/**
 * What a repair takes; `latest_repair_id` from the second one on:
 * https://docs.databricks.com/api/workspace/jobs/repairrun
 */
export const repairSchema = parameterFields.extend({
  run_id: idSchema,
  latest_repair_id: idSchema.optional(),
  rerun_tasks: list.default([]),
  rerun_all_failed_tasks: z.boolean().default(false),
  rerun_dependent_tasks: z.boolean().default(false),
})

/** A repair as it was sent, defaults filled in: of no task. */
export type RepairRequest = z.infer<typeof repairSchema>
