import { instant } from '../clock.ts'
import { encodeLastApplied } from '../drift/last-applied.ts'
import type { Value } from '../drift/value.ts'
import type { Status } from '../kinds/status.ts'
import { annotation } from './annotations.ts'
import { conditionsOf, type Findings, type Looked } from './conditions.ts'
import type { Hold } from './decide.ts'
import type { Outcome } from './outcome.ts'
import type { Policy } from './policy.ts'
import type { Reason } from './reasons.ts'
import { driftOf, driftPaths, firstFew, type Tally } from './tally.ts'
import type { Report, StatusWriter } from './writer.ts'
import type { Environment } from './environment.ts'
import type { Pass } from './pass.ts'

/** What the last lines of a pass need. */
export interface Conclusion {
  outcome: Outcome
  /** How many checks in a row could not look, this one included. */
  missedChecks: number
  suspended?: boolean
  /** Absent when this pass did not get to look. */
  tally?: Tally
  /** What is now applied, by part; absent: as it was. */
  lastApplied?: Record<string, Value>
  approved?: string | undefined
  putBack?: boolean
}

/** How many instants of put-back differences are kept. */
const mostPutBack = 20

/** Writes what a pass found to the status, if anything of it is new. */
export async function conclude(pass: Pass, conclusion: Conclusion): Promise<Outcome> {
  const before = pass.writer.status
  const report = reportOf(pass, conclusion)
  await pass.writer.report(report)
  tell(pass, before, report)
  return conclusion.outcome
}

/** Events for what became true with this pass: drift, a held change, a stall. */
function tell({ environment, writer }: Pass, before: Status, after: Report): void {
  const was = new Map(before.conditions?.map((condition) => [condition.type, condition]))
  for (const { type, status, reason, message } of after.conditions ?? []) {
    const isNews = was.get(type)?.status !== status || was.get(type)?.reason !== reason
    if (status !== 'True' || !isNews) continue
    if (type === 'Drifted') warn(environment, writer, { reason, message })
    if (type === 'Stalled') warn(environment, writer, { reason, message })
  }
  const { held } = after
  if (held !== undefined && held.hash !== before.held?.hash)
    warn(environment, writer, { reason: heldReason(held), message: held.reason })
}

function warn(
  { events }: Environment,
  { object }: StatusWriter,
  { reason, message }: { reason: string; message: string },
): void {
  events.record(object, { type: 'Warning', reason, action: 'Reconcile', note: message })
}

function reportOf({ writer, policy, facts, environment }: Pass, conclusion: Conclusion): Report {
  const { object, status } = writer
  const { tally, outcome } = conclusion
  const now = instant(environment.clock.now())
  const generation = object.metadata.generation ?? 0
  const handled = annotation(object, 'reconcileAt') ?? status.lastHandledReconcileAt
  const findings: Findings = {
    generation,
    outcome,
    missedChecks: conclusion.missedChecks,
    now,
    ...(conclusion.suspended === true ? { suspended: true } : {}),
    ...(tally === undefined ? {} : findingsOf(tally, policy, outcome)),
  }
  return {
    observedGeneration: generation,
    workspace: facts.workspaceKey,
    mode: policy.mode,
    deletionPolicy: policy.deletionPolicy,
    ...(handled === undefined ? {} : { lastHandledReconcileAt: handled }),
    ...seenOf(conclusion, { status, policy, now }),
    conditions: conditionsOf(findings, status.conditions ?? []),
  }
}

/** The part of the report that only a pass which looked may change. */
function seenOf(
  { tally, outcome, lastApplied, approved, putBack }: Conclusion,
  { status, policy, now }: { status: Status; policy: Policy; now: string },
) {
  const applied = lastApplied === undefined ? status.lastApplied : encodeLastApplied(lastApplied)
  const before = {
    url: status.url,
    state: status.state,
    drift: status.drift,
    held: status.held,
    approved: status.approved,
    putBack: status.putBack,
    lastApplied: applied,
  }
  if (tally === undefined) return before
  return {
    ...before,
    url: tally.found?.url ?? status.url,
    state: tally.found?.state,
    drift: driftOf(tally, {
      previous: status.drift?.changes ?? [],
      now,
      vanished: tally.missingParts.length > 0 && !waitsForSecurable(outcome),
      recreates: policy.mode === 'Correct',
    }),
    held: tally.hold === undefined ? undefined : heldOf(tally.hold),
    approved,
    putBack: putBack === true ? [...(status.putBack ?? []), now].slice(-mostPutBack) : status.putBack,
  }
}

function heldOf(hold: Hold): NonNullable<Status['held']> {
  return { hash: hold.hash, verb: hold.verb, impact: hold.impact, reason: sentenceOf(hold) }
}

/** What a held change would do, and how to let it go. */
function sentenceOf({ hash, verb, impact, differences, demanded }: Hold): string {
  const paths = firstFew(differences.map(({ text }) => text))
  const stops = demanded === undefined && (impact === 'Restart' || impact === 'Shrink')
  return (
    `${verb} of ${paths} would ${effects[impact]}${demanded === undefined ? '' : ` (${demanded})`}; ` +
    `it goes out ${stops ? 'when the cluster stops, or ' : ''}once you annotate the object with lakeward.dev/approve=${hash}`
  )
}

const effects: Record<Hold['impact'], string> = {
  InPlace: 'change it in place',
  Restart: 'restart the running cluster',
  Shrink: 'take workers from the running cluster',
  Replace: 'replace the remote object',
  Revoke: 'revoke a privilege',
  Schedule: 'change when it runs',
  Delete: 'delete the remote object',
}

function findingsOf(tally: Tally, policy: Policy, outcome: Outcome): Partial<Findings> {
  const observing = policy.mode === 'Observe'
  const { hold } = tally
  const bySpec = hold?.bySpec === true
  return {
    looked: lookedOf(tally, observing, outcome),
    ...(bySpec ? { heldSpecChange: { reason: heldReason(hold), message: sentenceOf(hold) } } : {}),
    ...(tally.found?.health === undefined ? {} : { health: tally.found.health }),
  }
}

const waitsForSecurable = (outcome: Outcome): outcome is Outcome & { is: 'Waiting' } =>
  outcome.is === 'Waiting' && outcome.reason === 'SecurableMissing'

/** Somebody else's object that is missing is waited for; our own that is gone was taken away. */
function lookedOf(tally: Tally, observing: boolean, outcome: Outcome): Looked {
  const looked = { ready: readyOf(tally, observing), drifted: driftedOf(tally, observing) }
  if (!waitsForSecurable(outcome)) return looked
  const missing = { reason: outcome.reason, message: outcome.message }
  const elsewhere = driftPaths(tally.judged, observing).length > 0
  return {
    ready: { status: 'False', ...missing },
    drifted: elsewhere
      ? driftedOf({ ...tally, missingParts: [] }, observing)
      : { status: 'Unknown', ...missing },
  }
}

const heldReasons: Partial<Record<Hold['impact'], Reason>> = {
  Restart: 'HeldRestart',
  Shrink: 'HeldShrink',
  Replace: 'HeldReplace',
  Revoke: 'HeldRevoke',
  Delete: 'HeldDelete',
}
const heldReason = ({ impact }: Pick<Hold, 'impact'>): Reason => heldReasons[impact] ?? 'ConfirmingChange'

function readyOf({ missingParts, hold, pending }: Tally, observing: boolean): Looked['ready'] {
  if (missingParts.length > 0)
    return { status: 'False', reason: 'Vanished', message: missingParts.join('; ') }
  if (observing)
    return { status: 'True', reason: 'Observed', message: 'found and read; mode Observe never writes' }
  if (hold?.bySpec === true) return { status: 'False', reason: heldReason(hold), message: sentenceOf(hold) }
  if (pending.length > 0)
    return {
      status: 'False',
      reason: 'ConfirmingChange',
      message: `not yet in Databricks: ${firstFew(pending)}`,
    }
  return { status: 'True', reason: 'Applied', message: 'accepted by Databricks and read back' }
}

function driftedOf({ missingParts, judged, hold }: Tally, observing: boolean): Looked['drifted'] {
  if (missingParts.length > 0)
    return { status: 'True', reason: 'DriftFound', message: missingParts.join('; ') }
  const paths = driftPaths(judged, observing)
  if (paths.length === 0)
    return { status: 'False', reason: 'NoDrift', message: 'Databricks has what the manifest wants' }
  const held = hold === undefined || hold.bySpec ? '' : `; ${sentenceOf(hold)}`
  return { status: 'True', reason: 'DriftFound', message: `${firstFew(paths)}${held}` }
}
