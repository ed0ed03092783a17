import { z } from 'zod'
import { jobClusterSpecSchema } from '../clusters/spec.ts'
import {
  emailSchema,
  healthSchema,
  taskNotificationSettingsSchema,
  webhookSchema,
} from './notification-shapes.ts'
import { list, text } from './shapes.ts'
import { plainTaskTypes } from './task-types.ts'

const library = z
  .object({
    jar: text,
    whl: text,
    egg: text,
    requirements: text,
    pypi: z.object({ package: text, repo: text.optional() }),
    maven: z.object({ coordinates: text, repo: text.optional(), exclusions: list.optional() }),
    cran: z.object({ package: text, repo: text.optional() }),
  })
  .partial()

const commonFields = z
  .object({
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
    libraries: z.array(library),
    timeout_seconds: z.int(),
    max_retries: z.int(),
    min_retry_interval_millis: z.int(),
    retry_on_timeout: z.boolean(),
    disable_auto_optimization: z.boolean(),
    disabled: z.boolean(),
    health: healthSchema,
    notification_settings: taskNotificationSettingsSchema,
    email_notifications: emailSchema,
    webhook_notifications: webhookSchema,
    compute: z.object({ hardware_accelerator: text }).partial(),
  })
  .partial()

/** A task that can be the turn of a loop. */
const plainTaskSchema = z.object({
  task_key: text,
  ...commonFields.shape,
  ...z.object(plainTaskTypes).partial().shape,
})

/** One task of a job. */
export const taskSchema = plainTaskSchema.extend({
  for_each_task: z
    .object({ inputs: text, task: plainTaskSchema, concurrency: z.int().optional() })
    .optional(),
})

/** A task that is no loop. */
export type PlainTask = z.infer<typeof plainTaskSchema>

/** A task of a job as it was sent. */
export type Task = z.infer<typeof taskSchema>
