import { invalidParameter, type Refusal } from '../http/refusal.ts'
import type { JobSettings } from './settings.ts'
import { triggerKinds, type Schedule, type Trigger } from './trigger-shapes.ts'

const fewestSeconds = 60

/** The first reason why a job cannot be started by itself in these ways. */
export function checkTriggers(settings: JobSettings): Refusal | undefined {
  const { schedule, trigger, continuous, triggers, max_concurrent_runs: runs = 1 } = settings
  if ([schedule, trigger, continuous, triggers].filter((start) => start !== undefined).length > 1) {
    return invalidParameter('Only one of schedule, trigger, continuous and triggers may be set.')
  }
  if (continuous !== undefined && runs !== 1) {
    return invalidParameter('A continuous job needs max_concurrent_runs 1.')
  }
  if (schedule !== undefined) return checkSchedule(schedule)
  for (const each of triggers ?? (trigger === undefined ? [] : [trigger])) {
    const refusal = checkTrigger(each)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

function checkTrigger(trigger: Trigger): Refusal | undefined {
  const kinds = triggerKinds.filter((kind) => trigger[kind] !== undefined)
  if (kinds.length > 1) return invalidParameter(`A trigger may have only one of ${triggerKinds.join(', ')}.`)
  const { file_arrival, table_update, model, periodic } = trigger
  for (const timers of [file_arrival, table_update, model]) {
    const { min_time_between_triggers_seconds: between, wait_after_last_change_seconds: wait } = timers ?? {}
    if ([between, wait].some((seconds) => seconds !== undefined && seconds < fewestSeconds)) {
      return invalidParameter(`The times of a trigger must be at least ${fewestSeconds} seconds.`)
    }
  }
  return periodic !== undefined && periodic.interval < 1
    ? invalidParameter('The interval of a periodic trigger must be at least 1.')
    : undefined
}

const quartzField = /^[0-9A-Za-z*?,\-/#]+$/

function checkSchedule({
  quartz_cron_expression: expression,
  timezone_id: zone,
}: Schedule): Refusal | undefined {
  const fields = expression.trim().split(/\s+/)
  // Quartz counts seconds first and wants exactly one of day-of-month and day-of-week to be open.
  const isQuartz =
    (fields.length === 6 || fields.length === 7) && fields.every((field) => quartzField.test(field))
  if (!isQuartz || [fields[3], fields[5]].filter((field) => field === '?').length !== 1) {
    return invalidParameter(`Invalid quartz cron expression: '${expression}'.`)
  }
  try {
    Intl.DateTimeFormat('en', { timeZone: zone })
    return undefined
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return invalidParameter(`Invalid timezone: '${zone}'.`)
  }
}
