import type { Change } from '../drift/change.ts'
import { isDrift } from '../drift/difference.ts'
import { reportedPath } from '../drift/report.ts'
import type { Held } from '../kinds/status.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Findings, Looked } from './conditions.ts'
import type { Judged } from './decide.ts'
import type { Reason } from './reasons.ts'
import {
  firstFew,
  sentenceOfChange,
  sentenceOfHold,
  sentenceOfStanding,
  sentenceOfTolerated,
} from './sentences.ts'
import { withRemedy } from './with-remedy.ts'
import { driftPaths, isContested, isSettling, type Tally } from './tally.ts'

/** What else the findings of a look depend on. */
export interface Context {
  /** Mode Observe: whatever differs is drift. */
  observing: boolean
  /** What is missing is somebody else's: it is waited for, and not taken for a loss of ours. */
  waitsForSecurable: boolean
  object: KubeObject
  /** The differences as the status shows them. */
  changes: readonly Change[]
}

/** What a pass that looked has to say about Ready, Drifted, held changes and health. */
export function findingsOf(
  tally: Tally,
  context: Context,
): Pick<Findings, 'looked' | 'heldSpecChange' | 'health'> {
  const { hold, found } = tally
  return {
    looked: { ready: readyOf(tally, context), drifted: driftedOf(tally, context) },
    ...(hold?.bySpec === true
      ? { heldSpecChange: { reason: heldReason(hold), message: sentenceOfHold(hold, context.object) } }
      : {}),
    ...(found?.health === undefined ? {} : { health: found.health }),
  }
}

const heldReasons: Partial<Record<Held['impact'], Reason>> = {
  Restart: 'HeldRestart',
  Shrink: 'HeldShrink',
  Revoke: 'HeldRevoke',
}

/** The reason for a change that waits, by the worst it would do; what hurts nobody waits only where a kind demands it. */
export const heldReason = ({ impact }: Pick<Held, 'impact'>): Reason =>
  heldReasons[impact] ?? 'HeldForApproval'

function readyOf(tally: Tally, { observing, waitsForSecurable, object }: Context): Looked['ready'] {
  const { missingParts, hold, pending } = tally
  if (missingParts.length > 0) {
    const reason = waitsForSecurable ? 'SecurableMissing' : 'Vanished'
    return { status: 'False', reason, message: missingParts.join('; ') }
  }
  if (observing)
    return { status: 'True', reason: 'Observed', message: 'found and read; mode Observe never writes' }
  if (hold?.bySpec === true)
    return { status: 'False', reason: heldReason(hold), message: sentenceOfHold(hold, object) }
  if (pending.length > 0)
    return {
      status: 'False',
      ...(isSent(tally)
        ? { reason: 'Settling', message: `written, and not read back yet: ${firstFew(pending)}` }
        : { reason: 'ConfirmingChange', message: `not yet in Databricks: ${firstFew(pending)}` }),
    }
  const kept = tally.judged.filter(({ difference }) => difference.cannotUnset === true)
  if (kept.length > 0) {
    const told = kept.map(({ difference: { text, shown } }) => `${text} ${JSON.stringify(shown?.found)}`)
    const message = `no longer in the manifest, and kept by Databricks: ${firstFew(told)}`
    return { status: 'True', reason: 'CannotUnset', message: withRemedy(message, 'CannotUnset') }
  }
  return { status: 'True', reason: 'Applied', message: 'accepted by Databricks and read back' }
}

/** That nothing counts is not yet that nothing differs. */
function sentenceOfPeace({ judged }: Tally, changes: readonly Change[]): string {
  const tolerated = new Map(
    judged.flatMap(({ difference: { text, tolerated } }) =>
      tolerated === undefined ? [] : [[reportedPath(text), tolerated] as const],
    ),
  )
  if (judged.some(({ difference }) => isDrift(difference))) return 'nobody has changed what was last applied'
  if (tolerated.size === 0) return 'Databricks has what the manifest wants'
  const told = changes.flatMap((change) => {
    const how = tolerated.get(change.path)
    return how === undefined ? [] : [sentenceOfTolerated(change, how)]
  })
  return `tolerated: ${firstFew(told.length > 0 ? told : [...tolerated.keys()])}`
}

/** Whether what is still missing of the manifest was written already. */
const isSent = ({ judged }: Tally): boolean =>
  judged.every((one) => one.difference.cause !== 'SpecChanged' || one.action !== 'Correct' || isSettling(one))

/** Whether somebody is fought with over what must not stop; what stops for good is told by Stalled. */
const isGivenBack = (judged: Judged): boolean => isContested(judged) && judged.action === 'Correct'

/** Tells of a change, with what became of our earlier writes of it. */
export function telling({ judged }: Tally): (change: Change) => string {
  const standings = new Map(
    judged.map(({ difference, standing }) => [reportedPath(difference.text), standing]),
  )
  return (change) => {
    const standing = standings.get(change.path)
    const told = sentenceOfChange(change)
    return standing === undefined ? told : sentenceOfStanding(told, standing)
  }
}

function driftedOf(
  tally: Tally,
  { observing, waitsForSecurable, object, changes }: Context,
): Looked['drifted'] {
  const { missingParts, hold } = tally
  const paths = new Set(driftPaths(tally.judged, observing))
  if (missingParts.length > 0 && !waitsForSecurable)
    return { status: 'True', reason: 'DriftFound', message: missingParts.join('; ') }
  if (paths.size > 0) {
    const told = changes.filter(({ path }) => paths.has(path)).map(telling(tally))
    const held = hold === undefined || hold.bySpec ? '' : `. ${sentenceOfHold(hold, object)}`
    return {
      status: 'True',
      reason: tally.judged.some(isGivenBack) ? 'Contested' : 'DriftFound',
      message: `${firstFew(told.length > 0 ? told : [...paths])}${held}`,
    }
  }
  if (missingParts.length > 0)
    return { status: 'Unknown', reason: 'SecurableMissing', message: missingParts.join('; ') }
  const late = tally.judged.filter(isSettling).filter(({ difference }) => difference.cause !== 'SpecChanged')
  if (late.length > 0)
    return {
      status: 'Unknown',
      reason: 'Settling',
      message: `put back, and not read back yet: ${firstFew(late.map(({ difference }) => difference.text))}`,
    }
  return { status: 'False', reason: 'NoDrift', message: sentenceOfPeace(tally, changes) }
}
