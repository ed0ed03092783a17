import { z } from 'zod'
import { jobClusterSpecSchema } from '../clusters/spec.ts'
import {
  emailSchema,
  healthSchema,
  jobNotificationSettingsSchema,
  webhookSchema,
} from './notification-shapes.ts'
import { list, text, texts } from './shapes.ts'
import { taskSchema } from './task.ts'
import { continuousSchema, oneOfTriggersSchema, scheduleSchema, triggerSchema } from './trigger-shapes.ts'

const environment = z
  .object({
    environment_version: text,
    base_environment: text,
    client: text,
    dependencies: list,
    java_dependencies: list,
  })
  .partial()

const gitSource = z.object({
  git_url: text,
  git_provider: text.optional(),
  git_branch: text.optional(),
  git_tag: text.optional(),
  git_commit: text.optional(),
  sparse_checkout: z.object({ patterns: list }).partial().optional(),
  job_source: z
    .object({
      import_from_git_branch: text,
      job_config_path: text,
      dirty_state: z.enum(['NOT_SYNCED', 'DISCONNECTED']).optional(),
    })
    .optional(),
})

const deployment = z.object({
  kind: z.enum(['BUNDLE', 'SYSTEM_MANAGED']),
  metadata_file_path: text.optional(),
  deployment_id: text.optional(),
  version_id: text.optional(),
})

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
    environments: z.array(z.object({ environment_key: text, spec: environment.optional() })),
    parameters: z.array(z.object({ name: text, default: text })),
    tags: texts,
    schedule: scheduleSchema,
    trigger: triggerSchema,
    continuous: continuousSchema,
    triggers: z.array(oneOfTriggersSchema),
    max_concurrent_runs: z.int(),
    timeout_seconds: z.int(),
    queue: z.object({ enabled: z.boolean() }),
    email_notifications: emailSchema,
    webhook_notifications: webhookSchema,
    notification_settings: jobNotificationSettingsSchema,
    health: healthSchema,
    run_as: z.object({ user_name: text, service_principal_name: text, group_name: text }).partial(),
    git_source: gitSource,
    budget_policy_id: text,
    usage_policy_id: text,
    performance_target: z.enum(['STANDARD', 'PERFORMANCE_OPTIMIZED']),
    deployment,
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

/** The settings of a job as they were sent. */
export type JobSettings = z.infer<typeof jobSettingsSchema>

/** One entry of `access_control_list` as create takes it. */
export type AccessEntry = z.infer<typeof accessSchema>
