import type { Identity, ManagedSpec, Subject } from '../kinds/kind.ts'
import { manifestOf, type Search, type Sightings } from './search.ts'
import { judgeSearch, judgeUnmarked, type Search as Found } from './state.ts'

/** Who searches. */
export interface Finder {
  search: Search
  sightings: Sightings
  /** Milliseconds after which a create whose answer never came can no longer take effect. */
  attemptSettle: number
  /** Nobody gave this installation its name. */
  isUnnamed: boolean
  /** Whether another manifest has recorded a remote object of the kind as its own. */
  isTaken: (id: string) => boolean
}

/**
 * What an object without a recorded id has on the other side already. `unsettled`: so many milliseconds more
 * a create that was sent may still take effect, so that finding nothing does not mean that there is nothing.
 */
export async function findOwn(
  { search, sightings, attemptSettle, isUnnamed, isTaken }: Finder,
  { object, spec, status, mark, session }: Subject,
  identity: Identity<ManagedSpec>,
): Promise<{ found: Found; unsettled?: number }> {
  const { uid } = object.metadata
  const age = status.attempt === undefined ? undefined : sightings.attemptAge(uid, status.attempt)
  // A create in flight may take effect after any listing; only one that begins after it settled counts as proof.
  const since = age === undefined ? sightings.firstSeen(uid) : Number.POSITIVE_INFINITY
  const name = status.attempt?.name ?? identity.nameOf(spec)
  const wanted = { manifest: manifestOf(mark.value), since, markKey: mark.key, name }
  const listed = await search.find({ session, identity }, wanted)
  sightings.searched(uid)
  const marked = listed.filter((one) => one.mark !== undefined)
  const byMark = judgeSearch(marked, { mark, me: session.me, isUnnamed })
  const free = listed.filter((one) => one.mark === undefined && !isTaken(one.id))
  const found = byMark.is === 'Nothing' ? judgeUnmarked(free, status.attempt) : byMark
  return age === undefined || age >= attemptSettle ? { found } : { found, unsettled: attemptSettle - age }
}
