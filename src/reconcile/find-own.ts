import type { Identity, ManagedSpec, Subject } from '../kinds/kind.ts'
import { manifestOf, type Search, type Sightings } from './search.ts'
import { judgeSearch, type Search as Found } from './state.ts'

/** Who searches. */
export interface Finder {
  search: Search
  sightings: Sightings
  /** Milliseconds after which a create whose answer never came can no longer take effect. */
  attemptSettle: number
  /** Nobody gave this installation its name. */
  isUnnamed: boolean
}

/**
 * What an object without a recorded id has on the other side already. `unsettled`: so many milliseconds more
 * a create that was sent may still take effect, so that finding nothing does not mean that there is nothing.
 */
export async function findOwn(
  { search, sightings, attemptSettle, isUnnamed }: Finder,
  { object, status, mark, session }: Subject,
  identity: Identity<ManagedSpec>,
): Promise<{ found: Found; unsettled?: number }> {
  const { uid } = object.metadata
  const age = status.attempt === undefined ? undefined : sightings.attemptAge(uid, status.attempt)
  // A create in flight may take effect after any listing; only one that begins after it settled counts as proof.
  const since = age === undefined ? sightings.firstSeen(uid) : Number.POSITIVE_INFINITY
  const listed = await search.find({ session, identity }, { manifest: manifestOf(mark.value), since })
  sightings.searched(uid)
  const found = judgeSearch(listed, { mark, me: session.me, isUnnamed })
  return age === undefined || age >= attemptSettle ? { found } : { found, unsettled: attemptSettle - age }
}
