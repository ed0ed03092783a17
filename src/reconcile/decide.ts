import type { Action, Impact } from '../drift/change.ts'
import { isDrift, type Difference } from '../drift/compare.ts'
import type { Found } from '../kinds/kind.ts'
import { holdOf, type Hold } from './hold.ts'
import { mostUnconfirmed, type Standing } from './history.ts'
import { isHeld, type Policy } from './policy.ts'
import type { PartState, State } from './state.ts'

/** What to do about one part. */
export type Decision =
  | { is: 'Nothing'; found: Found }
  | { is: 'Create' }
  /** Write down which remote object is ours; the first pass over it changes nothing there. */
  | {
      is: 'TakeUp'
      id: string
      origin: 'Created' | 'Adopted'
      found: Found
      judged: Judged[]
      defaults?: string | undefined
    }
  /** A create's outcome is still unknown. */
  | { is: 'AwaitCreate' }
  /** Gone, and this pass only says so. `returns`: it is made again at the next one; `standing`: why not. */
  | { is: 'ReportMissing'; what: string; returns: boolean; standing?: Obstacle }
  | { is: 'Differ'; found: Found; judged: Judged[]; correct: Difference[]; hold?: Hold; released?: string }
  | { is: 'Block'; state: State & { is: 'Blocked' } }

/** A difference with what correcting it would do, and what happens to it. */
export interface Judged {
  difference: Difference
  impact: Impact
  action: Action
  /** What keeps it from being written, now or ever. */
  standing?: Obstacle
}

/** By what was written before, or because it would do what is never done. */
export type Obstacle =
  | Exclude<Standing, { is: 'Free' }>
  | { is: 'Forbidden'; why: string; until?: never }
  /** Databricks would refuse it, for a policy of the workspace. */
  | { is: 'Imposed'; until?: never }

/** What deciding needs besides the state; all of it plain data or pure functions. */
export interface Circumstances {
  policy: Policy
  generation: number
  /** The hashes that somebody approved, by annotation or latched in the status. */
  approved: ReadonlySet<string>
  /** The object was reported missing by an earlier pass; it is not made again before that. */
  missingReported: boolean
  /** Kinds without a remote object of their own have nothing to create. */
  creates: boolean
  /** No pass has worked on this generation of the manifest yet. */
  isNewGeneration: boolean
  /** Whether another manifest needs the remote object of this one; asked only where that decides. */
  isAskedFor(): boolean
  impact(difference: Difference, found: Found): Impact
  verb(differences: readonly Difference[]): string
  needsApproval(difference: Difference, impact: Impact, found: Found): string | undefined
  /** When the difference at this path was first seen: now, if it is new. */
  firstSeen(text: string): string
  /** A sentence why a difference is never written. */
  forbidden(difference: Difference): string | undefined
  /** What earlier writes of a difference mean for the next one, where so many in a row may have no effect. */
  standing(difference: Difference, tries: number): Standing
  /** Looks up one of these that is to be brought about together with another difference. */
  togetherAmong(these: readonly Difference[]): (one: Difference) => Difference | undefined
}

/** From state to decision: pure, one switch. */
export function decide({ state }: PartState, circumstances: Circumstances): Decision {
  const observing = circumstances.policy.mode === 'Observe'
  switch (state.is) {
    case 'Blocked':
      return { is: 'Block', state }
    case 'Absent':
      return observing
        ? {
            is: 'Block',
            state: {
              is: 'Blocked',
              reason: 'NothingToObserve',
              message: 'mode Observe never creates, and no remote object carries the mark of this manifest',
            },
          }
        : { is: 'Create' }
    case 'CreateUnfinished':
      return { is: 'AwaitCreate' }
    case 'Unrecorded':
      return {
        is: 'TakeUp',
        id: state.id,
        origin: state.origin,
        found: state.found,
        defaults: state.defaults,
        judged: state.differences.map((difference) => ({
          difference,
          impact: circumstances.impact(difference, state.found),
          action: quietly(difference),
        })),
      }
    case 'Missing':
      return observing ? reportMissing(state, circumstances, false) : missing(state, circumstances)
    case 'InSync':
      return state.accepted.length === 0
        ? { is: 'Nothing', found: state.found }
        : differ(state.found, state.accepted, circumstances)
    case 'Differs':
      return differ(state.found, state.differences, circumstances)
    default:
      return state satisfies never
  }
}

/** A vanished object is one change: the whole of it was removed. */
export const wholeObject: Difference = {
  path: [],
  text: 'spec',
  cause: 'RemovedRemotely',
  owned: true,
}

function missing(state: State & { is: 'Missing' }, circumstances: Circumstances): Decision {
  const { creates } = circumstances
  const standing = circumstances.standing(wholeObject, mostUnconfirmed.free)
  // Somebody removes it whenever it is made again.
  if (creates && standing.is === 'Contested')
    return { ...reportMissing(state, circumstances, false), standing }
  if (mayReturn(state, circumstances)) return { is: 'Create' }
  return reportMissing(state, circumstances, creates && (!state.purged || circumstances.isAskedFor()))
}

const reportMissing = (
  state: State & { is: 'Missing' },
  circumstances: Circumstances,
  returns: boolean,
): Decision & { is: 'ReportMissing' } => ({
  is: 'ReportMissing',
  what: whatIsMissing(state, circumstances),
  returns,
})

/**
 * A vanished object is made again only after a pass that said so. One that Databricks forgot by itself, after
 * thirty days of nobody using it, comes back when somebody changes its manifest or another one needs it.
 */
function mayReturn({ purged }: State & { is: 'Missing' }, circumstances: Circumstances): boolean {
  if (!circumstances.creates) return false
  if (purged && circumstances.isNewGeneration) return true
  return circumstances.missingReported && (!purged || circumstances.isAskedFor())
}

function whatIsMissing(
  { what, purged }: State & { is: 'Missing' },
  { policy, creates }: Circumstances,
): string {
  return purged && creates && policy.mode === 'Correct'
    ? `${what}; it is made again when the manifest changes or another one refers to it`
    : what
}

function differ(found: Found, differences: Difference[], circumstances: Circumstances): Decision {
  const { policy, approved } = circumstances
  const demands: string[] = []
  const alone = differences.map((difference): Judged => {
    const impact = circumstances.impact(difference, found)
    if (!isDrift(difference) || policy.mode === 'Observe')
      return { difference, impact, action: quietly(difference) }
    const demanded = circumstances.needsApproval(difference, impact, found)
    const held = demanded !== undefined || isHeld(policy, difference.cause, impact)
    const tries = held ? mostUnconfirmed.approved : mostUnconfirmed.free
    const standing = standingOf(difference, tries, circumstances)
    if (standing.is !== 'Free') return { difference, impact, action: actionOf(standing), standing }
    if (demanded !== undefined) demands.push(demanded)
    return { difference, impact, action: held ? 'Hold' : 'Correct' }
  })
  const drafts = withWhatWaits(alone, circumstances)
  const heldOnes = drafts.filter(({ action }) => action === 'Hold').map(({ difference }) => difference)
  const hold =
    heldOnes.length === 0
      ? undefined
      : holdOf(heldOnes, { judged: drafts, demanded: demands[0], found }, circumstances)
  const released = hold !== undefined && approved.has(hold.hash)
  const judged: Judged[] = drafts.map((draft) =>
    released && draft.action === 'Hold' ? { ...draft, action: 'Correct' } : draft,
  )
  return {
    is: 'Differ',
    found,
    judged,
    correct: judged
      .filter(({ action, standing }) => action === 'Correct' && standing === undefined)
      .map(({ difference }) => difference),
    ...(hold === undefined ? {} : released ? { released: hold.hash } : { hold }),
  }
}

function standingOf(
  difference: Difference,
  tries: number,
  circumstances: Circumstances,
): Standing | Obstacle {
  const why = circumstances.forbidden(difference)
  if (why !== undefined) return { is: 'Forbidden', why }
  return difference.cause === 'PolicyEnforced' ? { is: 'Imposed' } : circumstances.standing(difference, tries)
}

/**
 * What belongs to something that is blocked or held is so, too: half of a thing is none. To approve what belongs to
 * something blocked would be of no use, so it does not wait for that.
 */
function withWhatWaits(drafts: Judged[], circumstances: Circumstances): Judged[] {
  const blocked = withThose(drafts, 'Blocked', circumstances)
  return withThose(blocked, 'Hold', circumstances)
}

function withThose(drafts: Judged[], action: 'Blocked' | 'Hold', circumstances: Circumstances): Judged[] {
  const those = new Map(
    drafts.filter((draft) => draft.action === action).map((draft) => [draft.difference, draft]),
  )
  if (those.size === 0) return drafts
  const among = circumstances.togetherAmong([...those.keys()])
  return drafts.map((draft) => {
    const isFree = draft.action === 'Correct' && draft.standing === undefined
    if (!isFree && (draft.action !== 'Hold' || action === 'Hold')) return draft
    const found = among(draft.difference)
    const other = found === undefined ? undefined : those.get(found)
    return other === undefined ? draft : { ...other, difference: draft.difference, impact: draft.impact }
  })
}

/** What happens to a difference that nobody writes. */
const quietly = ({ tolerated }: Difference): Action => (tolerated === undefined ? 'Report' : 'Tolerated')

/** What is on its way, or fought for, is still to be corrected; the rest only a person can mend. */
const actionOf = (standing: Obstacle): Action =>
  standing.is === 'Settling' || (standing.is === 'Contested' && standing.until !== undefined)
    ? 'Correct'
    : 'Blocked'

/** A difference with what keeps it from being written. */
export const kept = ({ difference, impact }: Judged, standing: Obstacle): Judged => ({
  difference,
  impact,
  action: actionOf(standing),
  standing,
})
