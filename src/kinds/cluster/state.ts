import { isObject, type Json, type JsonObject } from '../../databricks/json.ts'
import type { Reason } from '../../reconcile/reasons.ts'
import type { Found } from '../kind.ts'

/*
 * What the states of a cluster mean to us. Databricks may add states: an unknown one counts as running and
 * busy, because then nothing is disturbed by mistake.
 * https://docs.databricks.com/api/workspace/clusters/get
 */

const stopped = new Set(['TERMINATED', 'TERMINATING', 'ERROR'])
const settled = new Set(['RUNNING', 'TERMINATED', 'ERROR'])

/** Whether somebody may be using it, now or as soon as it is up. */
export const isRunning = (state: string): boolean => !stopped.has(state)

/** Whether the state will change by itself. */
export const onTheMove = (state: string): boolean => !settled.has(state)

/** A sentence when Databricks takes no change now. */
export const busyIn = (state: string): string | undefined =>
  onTheMove(state) ? `the cluster is ${state}` : undefined

/** Terminations that somebody wanted. */
const wantedEnds = new Set([
  'USER_REQUEST',
  'INACTIVITY',
  'JOB_FINISHED',
  'WORKSPACE_UPDATE',
  'MAINTENANCE_MODE',
])

/** What the state of a cluster, and why it ended, say about its health. */
export function healthOf(state: string, details: JsonObject): NonNullable<Found['health']> {
  if (state === 'RUNNING' || state === 'RESIZING') return health('True', 'Running', `the cluster is ${state}`)
  if (isRunning(state)) return health('Unknown', 'Starting', `the cluster is ${state}`)
  if (state === 'ERROR') return health('False', 'StartFailed', 'the cluster is in state ERROR')
  const ending = isObject(details['termination_reason']) ? details['termination_reason'] : {}
  const code = textOf(ending['code'])
  if (code === '' || wantedEnds.has(code) || ending['type'] === 'SUCCESS')
    return health('True', 'Stopped', code === '' ? `the cluster is ${state}` : `stopped: ${code}`)
  const message = textOf(details['state_message'])
  return health(
    'False',
    'StartFailed',
    `${code} (${textOf(ending['type'])})${message === '' ? '' : `: ${message}`}`,
  )
}

const health = (status: 'True' | 'False' | 'Unknown', reason: Reason, message: string) => ({
  status,
  reason,
  message,
})

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '')
