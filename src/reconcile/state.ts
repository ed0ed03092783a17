import type { Difference } from '../drift/compare.ts'
import type { Value } from '../drift/value.ts'
import type { Found, Listed, Observation } from '../kinds/kind.ts'
import type { Attempt } from '../kinds/status.ts'
import { ownerOf, type Mark } from './mark.ts'
import type { Reason } from './reasons.ts'

/** Where one part of an object stands: one value, computed before anything is decided. */
export type State =
  /** Never made, and nothing with our mark exists. */
  | { is: 'Absent' }
  /** A create was sent and nothing with our mark is to be seen. */
  | { is: 'CreateUnfinished'; attempt: Attempt }
  /** No id is recorded, but this remote object is ours: by its mark, or because the manifest names it. */
  | { is: 'Unrecorded'; id: string; origin: 'Created' | 'Adopted'; found: Found; differences: Difference[] }
  /** It was there once and is gone. */
  | { is: 'Missing'; what: string; purged: boolean }
  | { is: 'InSync'; found: Found; unlisted: Difference[] }
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
  if (observation.managedElsewhere !== undefined)
    return { is: 'Blocked', reason: 'ManagedElsewhere', message: observation.managedElsewhere }
  const owned = differences.some((difference) => difference.owned)
  return owned
    ? { is: 'Differs', found: observation, differences }
    : { is: 'InSync', found: observation, unlisted: differences }
}

export type Search =
  | { is: 'Nothing' }
  | { is: 'One'; id: string }
  | { is: 'Blocked'; reason: Reason; message: string }

/** What a complete listing says about an object without a recorded id. `isMe`: a creator's name is our own identity. */
export function judgeSearch(
  listed: readonly Listed[],
  ours: Mark,
  isMe: (creator: string) => boolean,
): Search {
  const marked = listed.filter(({ mark }) => mark !== undefined && ownerOf(mark, ours) !== 'Other')
  const [first, second] = marked
  if (first === undefined) return { is: 'Nothing' }
  const elsewhere = marked.find(
    ({ mark }) => mark !== undefined && ownerOf(mark, ours) === 'SameManifestElsewhere',
  )
  if (elsewhere !== undefined)
    return {
      is: 'Blocked',
      reason: 'ManagedElsewhere',
      message: `${elsewhere.id} carries the mark of this manifest from another installation of the operator. If this is that installation in a rebuilt cluster, start the operator with the --instance it had`,
    }
  if (second !== undefined)
    return {
      is: 'Blocked',
      reason: 'DuplicatesFound',
      message: `more than one carries the mark of this manifest: ${marked.map(({ id }) => id).join(', ')}`,
    }
  if (first.creator !== undefined && !isMe(first.creator))
    return {
      is: 'Blocked',
      reason: 'ManagedElsewhere',
      message: `${first.id} carries the mark of this manifest but was created by ${first.creator}`,
    }
  return { is: 'One', id: first.id }
}
