import type { Condition } from '../kinds/status.ts'
import type { Outcome } from './outcome.ts'
import type { Reason } from './reasons.ts'

/** What a pass found out, as far as the conditions show it. */
export interface Findings {
  /** The generation of the manifest that this pass worked on. */
  generation: number
  outcome: Outcome
  /** Set when this pass looked at the remote object and decided. */
  looked?: Looked
  /** A spec change that waits for its moment; Reconciling says so. */
  heldSpecChange?: { reason: Reason; message: string }
  health?: { status: 'True' | 'False' | 'Unknown'; reason: string; message: string }
  /** How many checks in a row could not look, this one included. */
  missedChecks: number
  suspended: boolean
  /** The instant, for transition times. */
  now: string
}

/** Ready and Drifted as a look at the remote object finds them. */
export interface Looked {
  ready: { status: 'True' | 'False'; reason: Reason; message: string }
  drifted: { status: 'True' | 'False' | 'Unknown'; reason: Reason; message: string }
}

type Draft = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

/** A condition's message is cut here; the schema allows 4096. */
const longestMessage = 2048

/**
 * Conditions from one pass's findings and what they were before: the only place where they are made.
 *
 * - An outage, or anything else that merely kept us from looking, leaves Ready of the same generation as it was.
 * - Reconciling and Stalled are there only while they are true, as kstatus expects.
 */
export function conditionsOf(findings: Findings, previous: readonly Condition[]): Condition[] {
  const before = new Map(previous.map((condition) => [condition.type, condition]))
  const drafts = [
    readyOf(findings, before.get('Ready')),
    driftedOf(findings, before.get('Drifted')),
    reconcilingOf(findings, before.get('Ready')),
    stalledOf(findings),
    healthOf(findings, before.get('Healthy')),
  ]
  return drafts.flatMap((draft) =>
    draft === undefined ? [] : [stampCondition(draft, findings, before.get(draft.type))],
  )
}

function readyOf({ outcome, looked, generation, suspended }: Findings, before?: Condition): Draft {
  if (looked !== undefined && outcome.is !== 'Stalled') return { type: 'Ready', ...looked.ready }
  if (outcome.is === 'Stalled')
    return { type: 'Ready', status: 'False', reason: outcome.reason, message: outcome.message }
  if (before?.observedGeneration === generation && before.status === 'True') return before
  if (suspended)
    return {
      type: 'Ready',
      status: 'Unknown',
      reason: 'Suspended',
      message: 'suspended before this generation was applied',
    }
  if (outcome.is === 'Settled')
    return { type: 'Ready', status: 'Unknown', reason: 'NotLookedYet', message: 'not looked yet' }
  return { type: 'Ready', status: 'False', reason: outcome.reason, message: outcome.message }
}

function driftedOf(
  { outcome, looked, missedChecks, suspended, generation }: Findings,
  before?: Condition,
): Draft {
  if (looked !== undefined) return { type: 'Drifted', ...looked.drifted }
  if (suspended)
    return {
      type: 'Drifted',
      status: 'Unknown',
      reason: 'Suspended',
      message: 'not looked at while suspended',
    }
  const known = before?.observedGeneration === generation && before.status !== 'Unknown'
  if (known && missedChecks < 2 && outcome.is !== 'Stalled') return before
  const [reason, message] =
    outcome.is === 'Settled' ? ['NotLookedYet', 'not looked yet'] : [outcome.reason, outcome.message]
  return {
    type: 'Drifted',
    status: 'Unknown',
    reason: known || before?.reason === 'CannotLook' ? 'CannotLook' : reason,
    message,
  }
}

/** Something that only delays a look at an object whose generation is applied is no reconciliation in progress. */
function reconcilingOf(
  { outcome, looked, heldSpecChange, generation }: Findings,
  ready?: Condition,
): Draft | undefined {
  // kstatus reads Reconciling before Stalled: somebody who is needed must not look like something in progress.
  if (outcome.is === 'Stalled') return undefined
  if (heldSpecChange !== undefined) return { type: 'Reconciling', status: 'True', ...heldSpecChange }
  if (outcome.is !== 'Waiting' && outcome.is !== 'Retry') return undefined
  if (looked?.ready.status === 'True') return undefined
  if (looked === undefined && ready?.observedGeneration === generation && ready.status === 'True')
    return undefined
  return { type: 'Reconciling', status: 'True', reason: outcome.reason, message: outcome.message }
}

function stalledOf({ outcome }: Findings): Draft | undefined {
  if (outcome.is !== 'Stalled') return undefined
  return { type: 'Stalled', status: 'True', reason: outcome.reason, message: outcome.message }
}

function healthOf({ health }: Findings, before?: Condition): Draft | undefined {
  return health === undefined ? before : { type: 'Healthy', ...health }
}

/** Transition time moves only with the status; observedGeneration says which manifest the condition speaks of. */
export function stampCondition(
  { type, status, reason, message }: Draft,
  { generation, now }: { generation: number; now: string },
  before: Condition | undefined,
): Condition {
  return {
    type,
    status,
    reason,
    message: message.length > longestMessage ? `${message.slice(0, longestMessage - 1)}…` : message,
    observedGeneration: generation,
    lastTransitionTime: before?.status === status ? before.lastTransitionTime : now,
  }
}
