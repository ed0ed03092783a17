import { impacts, type Action, type Change, type Impact } from './change.ts'
import type { Difference } from './difference.ts'
import { excerpt, firstDifference } from './excerpt.ts'

/*
 * What the status shows of the differences: the most harmful first, and never more than an object in etcd
 * should carry. The same differences give the same report, whatever order they come in, so that a poll which
 * finds nothing new writes nothing.
 */

const mostChanges = 50
const mostBytes = 32 * 1024
const mostValue = 256
const mostText = 256

export interface Circumstances {
  /** The changes of the report before, which know since when a path differs. */
  readonly previous?: readonly Change[]
  /** The instant of this look. */
  readonly now: string
  readonly impact: (difference: Difference) => Impact
  /** Asked for owned differences; what is unlisted is only reported. */
  readonly action: (difference: Difference) => Action
  /** Who made the last remote change, where Databricks tells. */
  readonly by?: string
}

export interface Report {
  /** How many owned differences there are, shown or not. */
  count: number
  /** How many settings the manifest does not mention. */
  unlisted: number
  /** Since when there has been an owned difference. */
  firstSeen?: string
  changes: Change[]
  /** There are more than `changes` shows. */
  truncated: boolean
}

/** A path as a report shows it, by which the next one knows it again. */
export const reportedPath = (text: string): string => excerpt(text, mostText)

/** The bounded, masked and ordered report of a comparison. */
export function report(differences: readonly Difference[], circumstances: Circumstances): Report {
  const seen = new Map(circumstances.previous?.map(({ path, firstSeen }) => [path, firstSeen]))
  const all = differences
    .map((difference) => ({ owned: difference.owned, change: changeOf(difference, circumstances, seen) }))
    .toSorted(byHarm)
  const owned = all.filter((entry) => entry.owned)
  const changes = fitting(all.map(({ change }) => change))
  const firstSeen = owned.map(({ change }) => change.firstSeen).toSorted()[0]
  return {
    count: owned.length,
    unlisted: all.length - owned.length,
    ...(firstSeen === undefined ? {} : { firstSeen }),
    changes,
    truncated: changes.length < all.length,
  }
}

function changeOf(
  difference: Difference,
  { now, impact, action, by }: Circumstances,
  seen: ReadonlyMap<string, string>,
): Change {
  const path = reportedPath(difference.text)
  const [wanted, found] = [difference.shown?.wanted, difference.shown?.found].map((value) =>
    value === undefined ? undefined : JSON.stringify(value),
  )
  const at = firstDifference(wanted, found)
  return {
    path,
    ...(wanted === undefined ? {} : { wanted: excerpt(wanted, mostValue, at) }),
    ...(found === undefined ? {} : { found: excerpt(found, mostValue, at) }),
    cause: difference.cause,
    impact: impact(difference),
    action: difference.owned ? action(difference) : 'Report',
    firstSeen: seen.get(path) ?? now,
    // A change of the manifest is nobody's doing in Databricks.
    ...(by === undefined || difference.cause === 'SpecChanged' ? {} : { by: excerpt(by, mostText) }),
  }
}

interface Entry {
  owned: boolean
  change: Change
}

function byHarm(a: Entry, b: Entry): number {
  if (a.owned !== b.owned) return a.owned ? -1 : 1
  const harm = impacts.indexOf(a.change.impact) - impacts.indexOf(b.change.impact)
  if (harm !== 0) return harm
  if (a.change.path === b.change.path) return 0
  return a.change.path < b.change.path ? -1 : 1
}

/** As many as the bounds allow, from the front. */
function fitting(changes: readonly Change[]): Change[] {
  let bytes = 0
  const cut = changes.slice(0, mostChanges).findIndex((change) => {
    bytes += Buffer.byteLength(JSON.stringify(change)) + 1
    return bytes > mostBytes
  })
  return changes.slice(0, cut === -1 ? mostChanges : cut)
}
