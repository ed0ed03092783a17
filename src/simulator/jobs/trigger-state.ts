import type { JobSettings } from './settings.ts'
import { triggerKinds } from './trigger-shapes.ts'

/** What a read with `include_trigger_state` adds. Nothing triggers here, so nothing has ever been seen. */
export function triggerState({ trigger }: JobSettings): object {
  const { file_arrival, table_update } = trigger ?? {}
  if (file_arrival !== undefined) return { trigger_state: { file_arrival: { using_file_events: false } } }
  if (table_update === undefined) return {}
  const states = table_update.table_names.map((table_name) => ({ table_name, has_seen_updates: false }))
  return { trigger_state: { table: { last_seen_table_states: states } } }
}

/** One entry for each of several triggers, with its state if that is asked for. */
export function triggerDetails({ triggers }: JobSettings, hasState: boolean): object {
  if (triggers === undefined) return {}
  const details = triggers.map((trigger) => {
    const kind = [...triggerKinds, 'schedule', 'continuous'].find((name) => Object.hasOwn(trigger, name))
    const { pause_status = 'UNPAUSED' } = trigger
    return hasState ? { state: { pause_status, ...(kind !== undefined && { [kind]: {} }) } } : {}
  })
  return { trigger_details: details }
}
