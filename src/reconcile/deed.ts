import { isDrift, type Difference } from '../drift/difference.ts'
import type { Value } from '../drift/value.ts'
import type { Session } from '../kinds/kind.ts'
import { keyOf } from '../kube/object.ts'
import type { Hands } from './hands.ts'
import { nextLastApplied } from './applied.ts'
import { conclude, type Conclusion } from './conclude.ts'
import type { Decision, Judged } from './decide.ts'
import { waiting, type Outcome } from './outcome.ts'
import { intervalOf, keepingOf, othersOf, rest, type Pass } from './pass.ts'
import { neverUnasked } from './policy.ts'
import type { PartState } from './state.ts'
import type { Tally } from './tally.ts'
import { firstEnd } from './tolerance.ts'
import { StatusWriter } from './writer.ts'

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

/** How a pass that looked ends. */
export interface Ending extends Partial<Pick<Conclusion, 'approved'>> {
  tally: Tally
  outcome: Outcome
  /** Nothing was written, so nothing new counts as applied. */
  keepApplied?: true
}

/** Of some differences the paths that somebody changed in Databricks. */
export const driftIn = (differences: readonly Difference[]): string[] =>
  differences.filter(({ cause }) => cause !== 'SpecChanged').map(({ text }) => text)

/** What the actions of a pass work with. */
export const handsOf = ({ pass, session }: Pick<Deed, 'pass' | 'session'>): Hands => ({
  kind: pass.kind,
  subject: pass.subject(session),
  writer: pass.writer,
  events: pass.environment.events,
  clock: pass.environment.clock,
  createsWithin: pass.environment.createsWithin,
  log: pass.environment.log,
  keeping: keepingOf(pass),
  wrote: (differences) =>
    pass.environment.memory.wrote(pass.facts.object.metadata.uid, {
      putBack: driftIn(differences),
      // Until it is seen to be as written.
      unconfirmed: differences.map(({ text }) => text),
    }),
  doubted: (differences) =>
    pass.environment.memory.doubted(pass.facts.object.metadata.uid, driftIn(differences)),
  others: () => othersOf(pass, session),
  lookAgain: (object) => pass.environment.lookAgain(pass.kind.definition.kind, keyOf(object)),
  writerOf: (object) =>
    new StatusWriter({ client: pass.environment.client, resource: pass.resource, store: pass.store }, object),
})

/** What comes after a pass that left nothing to do at once. What is as it should be is let rest. */
export function restingOutcome(pass: Pass, tally: Tally): Outcome {
  const { missingParts, returns, found, hold, pending } = tally
  if (missingParts.length > 0 && pass.kind.identity === undefined)
    return waiting('SecurableMissing', missingParts.join('; '))
  if (missingParts.length > 0) return { is: 'Settled', nextCheck: returns ? soon : intervalOf(pass) }
  if (pending.length > 0 && hold === undefined)
    return waiting('ConfirmingChange', `not yet in Databricks: ${pending.join(', ')}`, soon)
  const differs = tally.judged.some(({ difference }) => isDrift(difference))
  return { is: 'Settled', nextCheck: found?.checkSoon ?? (differs ? intervalOf(pass) : rest(pass)) }
}

/** Ends a pass that looked. */
export const finish = (deed: Deed, ending: Ending): Promise<Outcome> =>
  conclude(deed.pass, conclusionOf(deed, { ...ending, outcome: inTime(deed.pass, ending) }))

/** The outcome, with the next look right when the first difference stops being tolerated, if that is sooner. */
export function inTime(
  { environment }: Pass,
  { outcome, tally }: Pick<Ending, 'outcome' | 'tally'>,
): Outcome {
  const end = firstEnd(tally.judged.map(({ difference }) => difference))
  const left = Math.max(1, end - environment.clock.now())
  switch (outcome.is) {
    case 'Settled':
    case 'Stalled':
      return { ...outcome, nextCheck: Math.min(outcome.nextCheck, left) }
    case 'Waiting':
      return { ...outcome, after: Math.min(outcome.after, left) }
    case 'Retry':
      return outcome
    default:
      return outcome satisfies never
  }
}

/** What a pass that looked has to say in the end. */
export function conclusionOf({ pass, states, before }: Deed, ending: Ending): Conclusion {
  const { tally, outcome, keepApplied, ...others } = ending
  const isApplied =
    keepApplied === undefined && pass.policy.mode === 'Correct' && !isFirstDifferenceOpen(pass, tally)
  return {
    outcome,
    missedChecks: 0,
    tally,
    ...(isApplied
      ? { lastApplied: nextLastApplied({ states, before, tally, keeping: keepingOf(pass) }) }
      : {}),
    ...others,
  }
}

/**
 * As long as part of an adopted object's first difference waits for approval, or would without being put up with for a
 * while, nothing counts as applied: that is how the next pass knows that it still is the first one.
 */
const isFirstDifferenceOpen = ({ writer: { status } }: Pass, { hold, judged }: Tally): boolean =>
  status.origin === 'Adopted' &&
  status.lastApplied === undefined &&
  (hold !== undefined || judged.some(isPostponed))

const isPostponed = ({ difference: { owned, tolerated }, impact }: Judged): boolean =>
  owned && tolerated?.until !== undefined && neverUnasked.has(impact)
