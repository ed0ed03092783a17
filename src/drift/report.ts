import { impacts, type Action, type Change, type Impact } from './change.ts'
import { isDrift, type Difference } from './difference.ts'
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

/** What a report needs besides the differences. */
export interface Circumstances {
  /** The changes of the report before, which know since when a path differs. */
  readonly previous?: readonly Change[]
  /** The instant of this look. */
  readonly now: string
  readonly impact: (difference: Difference) => Impact
  /** Asked for differences that count; what is unlisted is only reported, and what is tolerated stays. */
  readonly action: (difference: Difference) => Action
  /** Who made the last remote change, where Databricks tells. */
  readonly by?: string
}

/** `status.drift`, before it is written. */
export interface Report {
  /** How many differences count, shown or not. */
  count: number
  /** How many settings the manifest does not mention. */
  unlisted: number
  /** How many differences the manifest puts up with, whether it mentions them or not. */
  tolerated: number
  /** Since when there has been a difference that counts. */
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
    .map((difference) => ({ rank: rankOf(difference), change: changeOf(difference, circumstances, seen) }))
    .toSorted(byHarm)
  const counted = all.filter(({ rank }) => rank === 'Drift')
  const tolerated = all.filter(({ rank }) => rank === 'Tolerated').length
  const changes = fitting(all.map(({ change }) => change))
  const firstSeen = counted.map(({ change }) => change.firstSeen).toSorted()[0]
  return {
    count: counted.length,
    unlisted: all.length - counted.length - tolerated,
    tolerated,
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
  const rank = rankOf(difference)
  return {
    path,
    ...(wanted === undefined ? {} : { wanted: excerpt(wanted, mostValue, at) }),
    ...(found === undefined ? {} : { found: excerpt(found, mostValue, at) }),
    cause: difference.cause,
    impact: impact(difference),
    action: rank === 'Drift' ? action(difference) : quiet[rank],
    firstSeen: seen.get(path) ?? now,
    ...(difference.tolerated?.until === undefined ? {} : { until: difference.tolerated.until }),
    // A change of the manifest is nobody's doing in Databricks.
    ...(by === undefined || difference.cause === 'SpecChanged' ? {} : { by: excerpt(by, mostText) }),
  }
}

/** In the order in which they are shown. */
const ranks = ['Drift', 'Tolerated', 'Unlisted'] as const
type Rank = (typeof ranks)[number]

/** What happens to a difference that does not count. */
const quiet = { Tolerated: 'Tolerated', Unlisted: 'Report' } as const

interface Entry {
  rank: Rank
  change: Change
}

function rankOf(difference: Difference): Rank {
  if (isDrift(difference)) return 'Drift'
  return difference.tolerated === undefined ? 'Unlisted' : 'Tolerated'
}

function byHarm(a: Entry, b: Entry): number {
  if (a.rank !== b.rank) return ranks.indexOf(a.rank) - ranks.indexOf(b.rank)
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
