import type { Value } from '../drift/value.ts'
import type { Session } from '../kinds/kind.ts'
import { create, takeUp, type Hands } from './act.ts'
import { nextLastApplied } from './applied.ts'
import { circumstancesOf } from './circumstances.ts'
import { conclude, type Conclusion } from './conclude.ts'
import { correctParts } from './correction.ts'
import { decide, type Decision } from './decide.ts'
import { look } from './look.ts'
import { stalled, waiting, type Outcome } from './outcome.ts'
import { intervalOf, othersOf, sightOf, type Pass } from './pass.ts'
import { remedyOf } from './reasons.ts'
import type { PartState } from './state.ts'
import { StatusWriter } from './writer.ts'
import { pendingOf, tallyOf, type Tally } from './tally.ts'

/** A pass that has looked and decided. */
export interface Deed {
  pass: Pass
  session: Session
  states: PartState[]
  /** One for each state, in the same order. */
  decisions: Decision[]
  /** What was applied when the pass began, by part. */
  before: Readonly<Record<string, Value>>
}

/** How soon to look again at what is on its way or was just reported, in milliseconds. */
export const soon = 5_000

/**
 * Carries the decisions out. A kind with an identity has one part, so a decision about the whole object
 * (block, create, take up) is the only one; what remains are differences, part by part.
 */
export async function perform(deed: Deed): Promise<Outcome> {
  const { pass, states, decisions } = deed
  for (const [index, decision] of decisions.entries()) {
    const state = states[index]
    if (state === undefined) continue
    switch (decision.is) {
      case 'Block': {
        const { reason, message } = decision.state
        return finish(deed, tallyOf([]), stalled(reason, `${message}. ${remedyOf(reason)}`))
      }
      case 'AwaitCreate':
        return conclude(pass, { outcome: awaitingCreate(pass), missedChecks: 0 })
      case 'Create':
        return createAndConfirm(deed, state)
      case 'TakeUp':
        return takeUpAndReport(deed, decision)
      case 'Nothing':
      case 'ReportMissing':
      case 'Differ':
        break
      default:
        return decision satisfies never
    }
  }
  return correctParts(deed, handsOf(deed))
}

const awaitingCreate = ({ environment }: Pass): Outcome =>
  waiting(
    'CreateUnfinished',
    'a create was sent and its outcome is unknown; looking for what it made before trying again',
    Math.max(1_000, Math.min(soon, environment.attemptSettle)),
  )

export const handsOf = ({ pass, session }: Pick<Deed, 'pass' | 'session'>): Hands => ({
  kind: pass.kind,
  subject: pass.subject(session),
  writer: pass.writer,
  events: pass.environment.events,
  clock: pass.environment.clock,
  others: () => othersOf(pass, session),
  writerOf: (object) =>
    new StatusWriter({ client: pass.environment.client, resource: pass.resource, store: pass.store }, object),
})

/** Creates, then reads back: what was not read back is never called applied. */
async function createAndConfirm(deed: Deed, state: PartState): Promise<Outcome> {
  const { pass, session } = deed
  const { identity } = pass.kind
  if (identity === undefined) throw new Error(`${pass.kind.definition.kind} has nothing to create`)
  await create(handsOf(deed), identity, state)
  const applied = { [state.part]: state.wanted }
  const states = await look(pass.kind, pass.subject(session), { ...sightOf(pass), lastApplied: applied })
  const decisions = states.map((one) => decide(one, circumstancesOf(pass, session, one.part)))
  const tally = tallyOf(decisions)
  const confirmed = { ...tally, pending: pendingOf(tally) }
  return finish({ ...deed, states, decisions, before: applied }, confirmed, restingOutcome(pass, confirmed))
}

/** First contact only records which remote object is ours, and shows the whole difference. */
async function takeUpAndReport(deed: Deed, decision: Decision & { is: 'TakeUp' }): Promise<Outcome> {
  const { pass } = deed
  const writes = pass.policy.mode === 'Correct'
  await takeUp(handsOf(deed), { id: decision.id, origin: decision.origin, writes })
  const tally = tallyOf([decision])
  const next: Outcome = { is: 'Settled', nextCheck: writes ? 0 : intervalOf(pass) }
  return finish(deed, tally, next, { keepApplied: true })
}

/** What comes after a pass that left nothing to do at once. */
export function restingOutcome(pass: Pass, { missingParts, found, hold, pending }: Tally): Outcome {
  if (missingParts.length > 0 && pass.kind.identity === undefined)
    return waiting('SecurableMissing', missingParts.join('; '))
  if (missingParts.length > 0)
    return { is: 'Settled', nextCheck: pass.policy.mode === 'Correct' ? soon : intervalOf(pass) }
  if (pending.length > 0 && hold === undefined)
    return waiting('ConfirmingChange', `not yet in Databricks: ${pending.join(', ')}`, soon)
  return { is: 'Settled', nextCheck: found?.checkSoon ?? intervalOf(pass) }
}

/** Ends a pass that looked. */
export function finish(
  { pass, states, before }: Deed,
  tally: Tally,
  outcome: Outcome,
  more: Partial<Pick<Conclusion, 'approved' | 'putBack'>> & { keepApplied?: true } = {},
): Promise<Outcome> {
  const { keepApplied, ...rest } = more
  const isApplied = keepApplied === undefined && pass.policy.mode === 'Correct' && outcome.is !== 'Stalled'
  return conclude(pass, {
    outcome,
    missedChecks: 0,
    tally,
    ...(isApplied ? { lastApplied: nextLastApplied({ states, before, tally, rules: pass.kind.rules }) } : {}),
    ...rest,
  })
}
