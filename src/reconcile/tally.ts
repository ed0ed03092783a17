import type { Change, Impact } from '../drift/change.ts'
import { isDrift, type Difference } from '../drift/compare.ts'
import { report } from '../drift/report.ts'
import type { Drift } from '../kinds/status.ts'
import type { Found } from '../kinds/kind.ts'
import { wholeObject, type Decision, type Judged } from './decide.ts'
import type { Hold } from './hold.ts'

/** What a pass saw over all parts of an object; the object shows the worst of them. */
export interface Tally {
  judged: Judged[]
  hold?: Hold
  /** The first part's remote state, as far as the status shows it. */
  found?: Found
  /** Parts that are gone, as sentences. */
  missingParts: string[]
  /** What is gone is made again at the next pass. */
  returns: boolean
  /** Spec changes that are not in Databricks yet, by path. */
  pending: string[]
}

/** The parts of an object, summed up. */
export function tallyOf(decisions: readonly Decision[]): Tally {
  const tally: Tally = { judged: [], missingParts: [], returns: false, pending: [] }
  for (const decision of decisions) {
    if (decision.is === 'ReportMissing') {
      tally.missingParts.push(decision.what)
      tally.returns ||= decision.returns
      const { standing } = decision
      if (standing !== undefined)
        tally.judged.push({ difference: wholeObject, impact: 'InPlace', action: 'Blocked', standing })
    }
    if (decision.is !== 'Nothing' && decision.is !== 'Differ' && decision.is !== 'TakeUp') continue
    tally.found ??= decision.found
    if (decision.is === 'Nothing') continue
    tally.judged.push(...decision.judged)
    if (decision.is === 'Differ' && decision.hold !== undefined) tally.hold ??= decision.hold
  }
  return tally
}

/** What the manifest wants and Databricks does not have yet, and we will write. */
export const pendingOf = ({ judged }: Tally): string[] =>
  judged
    .filter(({ difference, action }) => action === 'Correct' && difference.cause === 'SpecChanged')
    .map(({ difference }) => difference.text)

/** Whether a difference was written just now and may be only the last we have seen of what was there before. */
export const isSettling = ({ standing }: Judged): boolean => standing?.is === 'Settling'

/** Whether a difference has been put back so often that somebody else must want it. */
export const isContested = ({ standing }: Judged): boolean => standing?.is === 'Contested'

/** The drift that the status shows. */
export function driftOf(
  tally: Tally,
  { previous, now, vanished }: { previous: readonly Change[]; now: string; vanished: boolean },
): Drift {
  const judged = new Map<Difference, { impact: Impact; action: Change['action'] }>(
    tally.judged
      .filter((judged) => !isSettling(judged))
      .map(({ difference, impact, action }) => [difference, { impact, action }]),
  )
  if (vanished && !judged.has(wholeObject))
    judged.set(wholeObject, { impact: 'InPlace', action: tally.returns ? 'Correct' : 'Report' })
  const of = (difference: Difference) => judged.get(difference) ?? { impact: 'InPlace', action: 'Report' }
  const made = report([...judged.keys()], {
    previous,
    now,
    impact: (difference) => of(difference).impact,
    action: (difference) => of(difference).action,
    ...(tally.found?.by === undefined ? {} : { by: tally.found.by }),
  })
  return {
    count: made.count,
    ...(made.tolerated === 0 ? {} : { tolerated: made.tolerated }),
    unlisted: made.unlisted,
    ...(made.firstSeen === undefined ? {} : { firstSeen: made.firstSeen }),
    ...(made.changes.length === 0 ? {} : { changes: made.changes }),
    ...(made.truncated ? { truncated: true } : {}),
  }
}

/** Differences that Databricks has and the manifest does not want; in Observe whatever differs. */
export const driftPaths = (judged: readonly Judged[], observing: boolean): string[] =>
  judged
    .filter((one) => !isSettling(one))
    .filter(({ difference }) => isDrift(difference) && (observing || difference.cause !== 'SpecChanged'))
    .map(({ difference }) => difference.text)
