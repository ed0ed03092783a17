import { encodeLastApplied } from '../drift/last-applied.ts'
import type { Value } from '../drift/value.ts'
import type { Condition, Drift, Held, Status } from '../kinds/status.ts'
import { hasStatus } from '../kube/kube-error.ts'
import { keyOf } from '../kube/object.ts'
import { annotation, isDeleting } from './annotations.ts'
import { conditionsOf } from './conditions.ts'
import type { Judged } from './decide.ts'
import type { Hold } from './hold.ts'
import { findingsOf, heldReason } from './findings.ts'
import { historyAfter, historyOf } from './history.ts'
import { markTold } from './mark.ts'
import type { Outcome } from './outcome.ts'
import { keepingOf, type Pass } from './pass.ts'
import { sentenceOfHold, sentenceOfOtherApproval } from './sentences.ts'
import { driftOf, isContested, type Tally } from './tally.ts'
import type { Report } from './writer.ts'

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
  /** The approval under which something is on its way out. */
  approved?: string | undefined
  /** A deletion that waits for approval. */
  held?: Held
}

/** After so many milliseconds of being held people are reminded. */
const longHeld = 24 * 3_600_000

/** Writes what a pass found to the status, if anything of it is new, and tells by events what became true. */
export async function conclude(pass: Pass, conclusion: Conclusion): Promise<Outcome> {
  const before = pass.writer.status
  const report = reportOf(pass, conclusion)
  try {
    await pass.writer.report(report)
    remember(pass, conclusion)
  } catch (error) {
    // The server takes no status of an object that lacks something its schema requires. An event it takes.
    if (conclusion.outcome.is !== 'Stalled' || !hasStatus(error, 422)) throw error
    pass.environment.log.warn(
      { object: keyOf(pass.facts.object), cause: error.message },
      'the status is refused',
    )
  }
  tell(pass, before, report)
  return conclusion.outcome
}

/** What is in the status now is not to be told again. */
function remember({ environment: { memory }, facts }: Pass, { tally }: Conclusion): void {
  const { uid } = facts.object.metadata
  memory.told(uid)
  if (tally !== undefined) memory.judged(uid)
}

/** Whether a pass that ends like this would write anything. */
export const isNews = (pass: Pass, conclusion: Conclusion): boolean =>
  pass.writer.isNew(reportOf(pass, conclusion))

function reportOf(pass: Pass, conclusion: Conclusion): Report {
  const { writer, policy, facts, now, generation } = pass
  const { object, status } = writer
  const { tally, outcome } = conclusion
  const seen = tally === undefined ? undefined : driftSeen(pass, tally)
  const conditions = conditionsOf(
    {
      generation,
      outcome,
      missedChecks: conclusion.missedChecks,
      now,
      suspended: conclusion.suspended === true,
      ...(tally === undefined || seen === undefined
        ? {}
        : findingsOf(tally, {
            observing: policy.mode === 'Observe',
            waitsForSecurable: pass.kind.identity === undefined,
            object,
            changes: seen.changes ?? [],
          })),
    },
    status.conditions ?? [],
  )
  return {
    observedGeneration: generation,
    workspace: facts.workspaceKey,
    mark: pass.kind.identity === undefined ? undefined : markTold(facts.mark),
    mode: policy.mode,
    deletionPolicy: policy.deletionPolicy,
    lastHandledReconcileAt: annotation(object, 'reconcileAt') ?? status.lastHandledReconcileAt,
    conditions,
    lastApplied:
      conclusion.lastApplied === undefined
        ? status.lastApplied
        : encodeLastApplied(conclusion.lastApplied, keepingOf(pass), status.lastApplied),
    ...historyTold(pass, conclusion),
    ...(tally === undefined ? unseen(status) : remoteFacts(pass, tally)),
    // Whatever waited before the manifest was deleted waits no more.
    ...(isDeleting(object) ? { held: reminding(pass, conclusion.held) } : {}),
    drift: driftTold(conditions, seen ?? status.drift),
    approved: conclusion.approved ?? (tally === undefined ? status.approved : undefined),
  }
}

/** What of earlier writes the next pass has to know. */
function historyTold(
  { writer, generation, environment }: Pass,
  { tally }: Conclusion,
): Pick<Status, 'putBack' | 'unconfirmed'> {
  const { memory, clock } = environment
  const { uid } = writer.object.metadata
  const untold = memory.untold(uid)
  const differing = tally === undefined ? undefined : pathsOf(tally.judged)
  const after = differing === undefined ? [] : memory.inDoubt(uid).filter((path) => !differing.includes(path))
  const { putBack, unconfirmed } = historyAfter(historyOf(writer.status, generation), {
    now: clock.now(),
    ...(differing === undefined ? {} : { differing }),
    stopped: pathsOf((tally?.judged ?? []).filter((one) => isContested(one) && one.action === 'Blocked')),
    ...untold,
    putBack: [...untold.putBack, ...after],
  })
  return {
    putBack: putBack.length === 0 ? undefined : [...putBack],
    unconfirmed: unconfirmed.length === 0 ? undefined : [...unconfirmed],
  }
}

const pathsOf = (judged: readonly Judged[]): string[] => judged.map(({ difference }) => difference.text)

function driftSeen({ writer, seenAt, kind }: Pass, tally: Tally): Drift {
  return driftOf(tally, {
    previous: writer.status.drift?.changes ?? [],
    now: seenAt,
    vanished: tally.missingParts.length > 0 && kind.identity !== undefined,
  })
}

/** What was seen last stays, with since when it is so; a number would look like what is so now. */
function driftTold(conditions: readonly Condition[], drift: Drift | undefined): Drift | undefined {
  const isKnown = conditions.some(({ type, status }) => type === 'Drifted' && status !== 'Unknown')
  if (drift === undefined || isKnown) return drift
  const { count: _count, ...seen } = drift
  return seen
}

/** What only a pass that looked may change stays as it was. */
const unseen = ({ url, state, held }: Status) => ({ url, state, held })

function remoteFacts(pass: Pass, { found, hold }: Tally) {
  return {
    url: found?.url ?? pass.writer.status.url,
    state: found?.state,
    held: hold === undefined ? undefined : reminding(pass, heldTold(pass, hold)),
  }
}

function heldTold({ writer }: Pass, hold: Hold): Held {
  const { hash, verb, impact, since } = hold
  return { hash, verb, impact, reason: sentenceOfHold(hold, writer.object), since }
}

/** The same, with when people were reminded of it, if that is over or due. */
function reminding({ writer, now }: Pass, held: Held | undefined): Held | undefined {
  if (held === undefined || Date.parse(now) - Date.parse(held.since) < longHeld) return held
  const { held: before } = writer.status
  const remindedAt = before?.since === held.since ? before.remindedAt : undefined
  return { ...held, remindedAt: remindedAt ?? now }
}

/** Events for what became true with this pass: drift, a stall, a held change, a deletion that waits. */
function tell({ environment, writer }: Pass, before: Status, { conditions = [], held }: Report): void {
  const warn = (reason: string, note: string) =>
    environment.events.record(writer.object, { type: 'Warning', reason, action: 'Reconcile', note })
  const isVanished = conditions.some(({ type, reason }) => type === 'Ready' && reason === 'Vanished')
  let heldIsTold = false
  const was = new Map(before.conditions?.map((condition) => [condition.type, condition]))
  for (const condition of conditions) {
    const { type, status, reason, message } = condition
    const isNews = was.get(type)?.status !== status || was.get(type)?.reason !== reason
    if (!isNews || !isTold(condition)) continue
    heldIsTold ||= held !== undefined && message.includes(held.hash)
    warn(type === 'Drifted' && isVanished ? 'Vanished' : reason, message)
  }
  if (held === undefined) return
  const other = sentenceOfOtherApproval(writer.object, held.hash)
  if (other !== undefined && before.held?.reason.includes(other) !== true) warn('ApprovedOther', held.reason)
  else if (held.hash !== before.held?.hash && !heldIsTold)
    warn(isDeleting(writer.object) ? 'DeletionWaits' : heldReason(held), held.reason)
  if (held.remindedAt !== undefined && held.remindedAt !== before.held?.remindedAt)
    warn('HeldLong', `held since ${held.since}: ${held.reason}`)
}

/** Whether somebody should hear that a condition became so. */
function isTold({ type, status, reason }: Condition): boolean {
  if (status !== 'True') return false
  if (type === 'Ready') return reason === 'CannotUnset'
  return type === 'Drifted' || type === 'Stalled' || (type === 'Reconciling' && reason === 'DeletionWaits')
}
