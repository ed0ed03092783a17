import { isDrift, type Difference } from '../drift/compare.ts'
import type { Value } from '../drift/value.ts'
import type { Found, Listed, ManagedElsewhere, Observation } from '../kinds/kind.ts'
import type { Attempt } from '../kinds/status.ts'
import { ownerOf, type Mark } from './mark.ts'
import type { Reason } from './reasons.ts'

/** Where one part of an object stands: one value, computed before anything is decided. */
export type State =
  /** Never made, and nothing with our mark exists. */
  | { is: 'Absent' }
  /** Something of ours may be there that cannot be seen yet: a create in flight, or a read that lags behind. */
  | { is: 'CreateUnfinished' }
  /** No id is recorded, but this remote object is ours: by its mark, or because the manifest names it. */
  | {
      is: 'Unrecorded'
      id: string
      origin: 'Created' | 'Adopted'
      found: Found
      differences: Difference[]
      /** What defaults put into it, in the words of the status; absent: nothing. */
      defaults?: string | undefined
    }
  /** It was there once and is gone. */
  | { is: 'Missing'; what: string; purged: boolean }
  /** As wanted; `accepted` differs all the same, and is unlisted or tolerated. */
  | { is: 'InSync'; found: Found; accepted: Difference[] }
  | { is: 'Differs'; found: Found; differences: Difference[] }
  | { is: 'Blocked'; reason: Reason; message: string }

/** One part with what is wanted of it and where it stands. */
export interface PartState {
  part: string
  wanted: Value
  state: State
}

/** Where a part stands whose remote object is known by id, or that has none. */
export function stateOf(observation: Observation, differences: Difference[]): State {
  if (observation.is === 'Missing')
    return { is: 'Missing', what: observation.what, purged: observation.purged === true }
  if (observation.managedElsewhere !== undefined) return blockedBy(observation.managedElsewhere)
  return differences.some(isDrift)
    ? { is: 'Differs', found: observation, differences }
    : { is: 'InSync', found: observation, accepted: differences }
}

/** Something else manages it: we only say so, and how to have it all the same if there is a way. */
export const blockedBy = ({ what, yields }: ManagedElsewhere): State & { is: 'Blocked' } => ({
  is: 'Blocked',
  reason: 'ManagedElsewhere',
  message: yields
    ? `${what}; to have it all the same, set spec.management.takeOver: true beside externalId`
    : what,
})

/** What a search for an object without a recorded id ends with. */
export type Search =
  | { is: 'Nothing' }
  | { is: 'One'; id: string }
  | { is: 'Blocked'; reason: Reason; message: string }

/** Who is looking: our mark, who we are to Databricks, and whether our installation was given its name. */
export interface Searcher {
  mark: Mark
  me: string
  /** Nobody named this installation, so a rebuilt cluster would give it another name. */
  isUnnamed: boolean
}

/** What a complete listing says about an object without a recorded id. */
export function judgeSearch(listed: readonly Listed[], { mark: ours, me, isUnnamed }: Searcher): Search {
  const owners = listed.map((one) => ({
    ...one,
    owner: one.mark === undefined ? 'Other' : ownerOf(one.mark, ours),
  }))
  const elsewhere = owners.find(({ owner }) => owner === 'SameManifestElsewhere')
  if (elsewhere !== undefined && isUnnamed)
    return blockedSearch(
      'ManagedElsewhere',
      `${elsewhere.id} carries the mark of this manifest from another installation of the operator. If this is that installation in a rebuilt cluster, start the operator with the --instance it had (the uid of the former cluster's namespace kube-system if it was given none); if not, give each installation an --instance of its own`,
    )
  const [first, ...others] = owners.filter(({ owner }) => owner === 'Us')
  if (first === undefined) return { is: 'Nothing' }
  if (others.length > 0)
    return blockedSearch(
      'DuplicatesFound',
      `more than one carries the mark of this manifest: ${[first, ...others].map(({ id }) => id).join(', ')}`,
    )
  if (first.creator !== undefined && first.creator !== me)
    return blockedSearch(
      'ManagedElsewhere',
      `${first.id} carries the mark of this manifest but was created by ${first.creator}`,
    )
  return { is: 'One', id: first.id }
}

/**
 * How far the clock of Databricks may be behind ours, in milliseconds: what was made that long before an attempt
 * may still be what it made.
 */
const clockSkew = 5 * 60_000

/**
 * What a complete listing says where no mark is allowed: it had these of the right name that we made and that no
 * manifest has recorded. Only the instant of a recorded attempt tells which one an unanswered create has made.
 */
export function judgeUnmarked(listed: readonly Listed[], attempt: Attempt | undefined): Search {
  const since = attempt === undefined ? 0 : Date.parse(attempt.at) - clockSkew
  const [first, ...others] = listed.filter(({ createdAt = since }) => createdAt >= since)
  if (first === undefined) return { is: 'Nothing' }
  const ids = [first, ...others].map(({ id }) => id).join(', ')
  if (attempt === undefined)
    return blockedSearch(
      'UnmarkedFound',
      `Lakeward has made ${ids} under the name ${first.name}, and without a mark nothing tells for which manifest`,
    )
  return others.length === 0
    ? { is: 'One', id: first.id }
    : blockedSearch('DuplicatesFound', `more than one may be what was made for this manifest: ${ids}`)
}

const blockedSearch = (reason: Reason, message: string): Search => ({ is: 'Blocked', reason, message })
