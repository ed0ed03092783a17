import { complete, create, takeUp } from './act.ts'
import { asLate, outcomeAfter } from './after-writes.ts'
import { circumstancesOf } from './circumstances.ts'
import { conclude } from './conclude.ts'
import { correctParts } from './correction.ts'
import { decide, wholeObject, type Decision } from './decide.ts'
import { isWithoutEffect } from './guarded.ts'
import { finish, handsOf, soon, type Deed } from './deed.ts'
import { look } from './look.ts'
import { stalled, waiting, type Outcome } from './outcome.ts'
import { intervalOf, sightOf, type Pass } from './pass.ts'
import { withRemedy } from './with-remedy.ts'
import type { PartState } from './state.ts'
import { isSettling, pendingOf, tallyOf } from './tally.ts'

/**
 * Carries the decisions out. A kind with an identity has one part, so a decision about the whole object
 * (block, create, take up) is the only one; what remains are differences, part by part.
 */
export async function perform(deed: Deed): Promise<Outcome> {
  const { pass, states, decisions } = deed
  await completeCreate(deed)
  for (const [index, decision] of decisions.entries()) {
    const state = states[index]
    if (state === undefined) continue
    switch (decision.is) {
      case 'Block': {
        const { reason, message } = decision.state
        const outcome = stalled(reason, withRemedy(message, reason))
        return conclude(pass, { outcome, missedChecks: 0 })
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

/** A create that was answered, and then something kept us from doing the rest of it. */
async function completeCreate({ pass, session, states }: Deed): Promise<void> {
  const { kind, policy } = pass
  const isThere = states.some(({ state }) => 'found' in state)
  if (kind.identity !== undefined && policy.mode === 'Correct' && isThere)
    await complete(handsOf({ pass, session }), kind.identity)
}

const awaitingCreate = ({ environment }: Pass): Outcome =>
  waiting(
    'CreateUnfinished',
    'a create was sent whose outcome is unknown, or what it made cannot be seen yet; it is looked for before anything else is made',
    Math.max(1_000, Math.min(soon, environment.attemptSettle)),
  )

/** Creates, then reads back: what was not read back is never called applied. */
async function createAndConfirm(deed: Deed, state: PartState): Promise<Outcome> {
  const { pass, session } = deed
  const { identity } = pass.kind
  if (identity === undefined) throw new Error(`${pass.kind.definition.kind} has nothing to create`)
  const { memory } = pass.environment
  const { uid } = pass.facts.object.metadata
  const putBack = state.state.is === 'Missing' ? [wholeObject.text] : []
  await create(handsOf(deed), identity, state).catch((error: unknown) => {
    if (!isWithoutEffect(error)) memory.doubted(uid, putBack)
    throw error
  })
  // Before anything else may fail.
  memory.wrote(uid, { putBack, unconfirmed: [] })
  const applied = { [state.part]: state.wanted }
  const states = await look(pass.kind, pass.subject(session), { ...sightOf(pass), lastApplied: applied })
  const decisions = states.map((one) => decide(one, circumstancesOf(pass, session, one.part)))
  const late = asLate(pass)
  const seen = tallyOf(decisions)
  const judged = seen.judged.map((one) => (one.action === 'Correct' ? late(one) : one))
  const tally = { ...seen, judged, pending: pendingOf(seen) }
  const unconfirmed = judged.filter(isSettling).map(({ difference }) => difference.text)
  memory.wrote(uid, { putBack: [], unconfirmed })
  return finish(
    { ...deed, states, decisions, before: applied },
    { tally, outcome: outcomeAfter(pass, tally) },
  )
}

/** First contact only records which remote object is ours, and shows the whole difference. */
async function takeUpAndReport(deed: Deed, decision: Decision & { is: 'TakeUp' }): Promise<Outcome> {
  const { pass } = deed
  const writes = pass.policy.mode === 'Correct'
  await takeUp(handsOf(deed), { ...decision, writes })
  const tally = tallyOf([decision])
  const next: Outcome = { is: 'Settled', nextCheck: writes ? 0 : intervalOf(pass) }
  return finish(deed, { tally, outcome: next, keepApplied: true })
}
