import { z } from 'zod'
import { list, opaque, text } from './shapes.ts'

const pauseStatus = z.enum(['PAUSED', 'UNPAUSED']).optional()

const timers = {
  min_time_between_triggers_seconds: z.int().optional(),
  wait_after_last_change_seconds: z.int().optional(),
}

const sqlCondition = z.object({
  sql_query_id: text.optional(),
  warehouse_id: text.optional(),
  trigger_mode: z.enum(['QUERY_RETURNS_ROWS', 'RESULT_VALUE_CHANGES']).optional(),
})

const conditionFields = { pause_status: pauseStatus, sql_condition: sqlCondition.optional() }
const clock = { quartz_cron_expression: text, timezone_id: text }
const retryMode = z.enum(['NEVER', 'ON_FAILURE']).optional()

/** The kinds of trigger; one has exactly one of them. */
const kinds = {
  file_arrival: z.object({ url: text, ...timers }),
  table_update: z.object({
    table_names: list,
    condition: z.enum(['ANY_UPDATED', 'ALL_UPDATED']).optional(),
    ...timers,
  }),
  periodic: z.object({ interval: z.int(), unit: z.enum(['MINUTES', 'HOURS', 'DAYS', 'WEEKS']) }),
  model: z.object({
    condition: z.enum(['MODEL_CREATED', 'MODEL_VERSION_READY', 'MODEL_ALIAS_SET']),
    securable_name: text.optional(),
    aliases: list.optional(),
    ...timers,
  }),
  job_completion: opaque,
}

/** Their names. */
export const triggerKinds = Object.keys(kinds) as (keyof typeof kinds)[]

/** `schedule` of a job: a Quartz cron expression in a time zone. */
export const scheduleSchema = z.object({ ...clock, ...conditionFields })

/** `trigger` of a job. That it has exactly one kind is judged elsewhere. */
export const triggerSchema = z.object({ ...z.object(kinds).partial().shape, ...conditionFields })

/** `continuous` of a job: a new run starts when one ends. */
export const continuousSchema = z.object({ pause_status: pauseStatus, task_retry_mode: retryMode })

/** One of several triggers of a job: what stands in three places otherwise, in one. */
export const oneOfTriggersSchema = triggerSchema.extend({
  schedule: z.object(clock).optional(),
  continuous: z.object({ task_retry_mode: retryMode }).optional(),
})

/** A schedule as it was sent; without `pause_status` it is not paused. */
export type Schedule = z.infer<typeof scheduleSchema>

/** A trigger as it was sent; without `pause_status` it is not paused. */
export type Trigger = z.infer<typeof triggerSchema>
