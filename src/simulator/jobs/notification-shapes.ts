import { z } from 'zod'
import { list, text } from './shapes.ts'

const webhooks = z.array(z.object({ id: text }))

/** What a job or a task can tell of itself. */
export const occasions = [
  'on_start',
  'on_success',
  'on_failure',
  'on_duration_warning_threshold_exceeded',
  'on_streaming_backlog_exceeded',
] as const

/** `email_notifications` of a job or a task: addresses by occasion. */
export const emailSchema = z
  .object({
    on_start: list,
    on_success: list,
    on_failure: list,
    on_duration_warning_threshold_exceeded: list,
    on_streaming_backlog_exceeded: list,
    no_alert_for_skipped_runs: z.boolean(),
  })
  .partial()

/** `webhook_notifications` of a job or a task: ids of notification destinations by occasion. */
export const webhookSchema = z
  .object({
    on_start: webhooks,
    on_success: webhooks,
    on_failure: webhooks,
    on_duration_warning_threshold_exceeded: webhooks,
    on_streaming_backlog_exceeded: webhooks,
  })
  .partial()

const silenceSchema = z
  .object({ no_alert_for_skipped_runs: z.boolean(), no_alert_for_canceled_runs: z.boolean() })
  .partial()

/** `notification_settings` of a job: about what to keep silent. */
export const jobNotificationSettingsSchema = silenceSchema

/** The same of a task, which may be silent about all attempts but the last. */
export const taskNotificationSettingsSchema = silenceSchema.extend({
  alert_on_last_attempt: z.boolean().optional(),
})

/** `health` of a job or a task: above which values it counts as unwell. Values are 64-bit integers. */
export const healthSchema = z
  .object({
    rules: z.array(
      z.object({
        metric: z.enum([
          'RUN_DURATION_SECONDS',
          'STREAMING_BACKLOG_BYTES',
          'STREAMING_BACKLOG_FILES',
          'STREAMING_BACKLOG_RECORDS',
          'STREAMING_BACKLOG_SECONDS',
        ]),
        op: z.enum(['GREATER_THAN']),
        value: z.union([z.int(), z.bigint()]),
      }),
    ),
  })
  .partial()

/** Whom webhooks tell, by occasion. */
export type Webhooks = z.infer<typeof webhookSchema>
