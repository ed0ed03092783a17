import type { Difference } from '../drift/compare.ts'
import type { Claims } from '../kinds/claims.ts'
import type { Found, ManagedSpec, Session, Subject } from '../kinds/kind.ts'
import type { Hands } from './hands.ts'
import type { Claim } from '../kinds/status.ts'
import { isIdle } from './leaving.ts'
import { recording } from './recording.ts'
import { isConflict, statusOf, type StatusWriter } from './writer.ts'
import type { KubeObject } from '../kube/object.ts'

/*
 * Claims are shared: five manifests may need the same privilege. It is taken back when the last one that
 * names it goes, and only if one of ours added it. Whoever goes first hands its record of having added it
 * to the oldest of those that remain and write anything, or it would stay when all have gone.
 */

const keyOfClaim = ({ type, name, principal, privilege }: Claim): string =>
  [type, name.toLowerCase(), principal, privilege].join('\n')

const onceEach = (claims: readonly Claim[]): Claim[] => [
  ...new Map(claims.map((claim) => [keyOfClaim(claim), claim])).values(),
]

/** The claims that are left. */
export function withoutClaims(claims: readonly Claim[], taken: readonly Claim[]): Claim[] {
  const keys = new Set(taken.map(keyOfClaim))
  return claims.filter((claim) => !keys.has(keyOfClaim(claim)))
}

/** Another object that still wants a claim. */
export interface Heir {
  object: KubeObject
  claims: Claim[]
}

/** Splits what an object added into what nobody wants any more and what others still do, by who is to have it. */
export function settleClaims(
  added: readonly Claim[],
  others: readonly KubeObject[],
  claims: Claims<ManagedSpec>,
): { revoke: Claim[]; heirs: Heir[] } {
  const candidates = others
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .toSorted((a, b) => Number(isIdle(a)) - Number(isIdle(b)) || ageKey(a).localeCompare(ageKey(b)))
    .map((object) => ({
      object,
      wants: new Set(claims.wantedBy(object.spec as ManagedSpec).map(keyOfClaim)),
      claims: [] as Claim[],
    }))
  const revoke: Claim[] = []
  for (const claim of added) {
    const heir = candidates.find(({ wants }) => wants.has(keyOfClaim(claim)))
    if (heir === undefined) revoke.push(claim)
    else heir.claims.push(claim)
  }
  return {
    revoke,
    heirs: candidates
      .filter((heir) => heir.claims.length > 0)
      .map(({ object, claims }) => ({ object, claims })),
  }
}

/** Whether a difference would take away what another object still wants. Then it is yielded, and takes nothing. */
export function isStillWanted(
  difference: Difference,
  { claims, subject, part }: { claims: Claims<ManagedSpec>; subject: Subject; part: string },
  others: readonly KubeObject[],
): boolean {
  const claim = claims.taking(subject, part, difference)
  return claim !== undefined && settleClaims([claim], others, claims).heirs.length > 0
}

const ageKey = ({ metadata }: KubeObject): string => `${metadata.creationTimestamp ?? ''} ${metadata.uid}`

/**
 * Adds the claims to the heir's record, once each. From then on it must not go without taking them back. Whatever the
 * heir itself is about to give may be the same: then it must not strike that when its own write turns out to be in vain.
 */
export async function inherit(writer: StatusWriter, claims: readonly Claim[]): Promise<void> {
  await recording(async () => {
    await writer.addFinalizer()
    await writer.amend(({ added, attempt }) => ({
      added: record(added, claims),
      ...(attempt === undefined ? {} : { attempt: { ...attempt, mark: touched(attempt.mark) } }),
    }))
  })
}

/** A mark that no write has; the same however often: two that hand over to each other would never come to rest. */
const touched = (mark: string): string => (mark.endsWith('+') ? mark : `${mark}+`)

/** Names the copy that a write was decided on: no two writes have the same. */
export const copyOf = ({ object }: StatusWriter): string => object.metadata.resourceVersion ?? ''

/** The record with claims added to it, once each. */
export const record = (before: readonly Claim[] | undefined, adds: readonly Claim[]): Claim[] => [
  ...withoutClaims(before ?? [], adds),
  ...adds,
]

/** Whose claims, and how others' records are written. */
interface Sharing {
  claims: Claims<ManagedSpec>
  session: Session
  others: () => KubeObject[]
  writerOf: (object: KubeObject) => StatusWriter
}

/** What goes out along with a write that takes claims, because others have it or want it, and who that is. */
export interface Dowry {
  claims: Claim[]
  heirs: Heir[]
}

/** What others would lose with claims that are taken, recorded as theirs before it is given to them. */
export async function endow(
  { taken, own }: { taken: readonly Claim[]; own: readonly Claim[] },
  { claims, session, others, writerOf }: Sharing,
): Promise<Dowry> {
  const known = others()
  const wanted = onceEach(known.flatMap(({ spec }) => claims.wantedBy(spec as ManagedSpec)))
  const recorded = onceEach(known.flatMap((object) => statusOf(object).added ?? []))
  const owed = withoutClaims(onceEach(await claims.owed(session, taken, { wanted, recorded })), [
    ...own,
    ...taken,
  ])
  const { heirs } = settleClaims(owed, known, claims)
  for (const heir of heirs) await inherit(writerOf(heir.object), heir.claims)
  return { claims: owed, heirs }
}

/**
 * Once it is given: whoever was deleted meanwhile may have looked before, found nothing to take back, and gone; and who
 * took something back meanwhile did so in vain. What nobody has any more goes to the next who wants it, or back.
 */
export async function settleDowry({ claims: given, heirs }: Dowry, sharing: Sharing): Promise<void> {
  if (given.length === 0) return
  const { claims, session, others, writerOf } = sharing
  const [gone, settled] = [new Set<string>(), new Set<Claim>()]
  for (const heir of heirs)
    if (await writerOf(heir.object).isLeaving()) gone.add(heir.object.metadata.uid)
    else for (const claim of heir.claims) settled.add(claim)
  const next = settleClaims(
    given.filter((claim) => !settled.has(claim)),
    others().filter(({ metadata }) => !gone.has(metadata.uid)),
    claims,
  )
  for (const heir of next.heirs) await inherit(writerOf(heir.object), heir.claims)
  if (next.revoke.length > 0) await claims.revoke(session, next.revoke, [])
}

/**
 * Those who want what was just taken away: they came to want it meanwhile, and may have looked while it was there. Of
 * several who want the same one is enough.
 */
export const lateWanters = (
  taken: readonly Claim[],
  others: readonly KubeObject[],
  claims: Claims<ManagedSpec>,
): KubeObject[] => settleClaims(taken, others, claims).heirs.map(({ object }) => object)

/** Leaves alone what another object still wants, and hands it our record of having added it. */
export async function yieldClaims(
  { kind, subject, writer, others, writerOf }: Hands,
  part: string,
  differences: Difference[],
): Promise<{ mine: Difference[]; yielded: ReadonlySet<string> }> {
  const { claims } = kind
  if (claims === undefined) return { mine: differences, yielded: new Set() }
  const taking = differences.flatMap((difference) => {
    const claim = claims.taking(subject, part, difference)
    return claim === undefined ? [] : [{ difference, claim }]
  })
  const { heirs } = settleClaims(
    taking.map(({ claim }) => claim),
    others(),
    claims,
  )
  const wanted = new Set(heirs.flatMap((heir) => heir.claims.map(keyOfClaim)))
  const recorded = new Set((writer.status.added ?? []).map(keyOfClaim))
  for (const heir of heirs) {
    const inherited = heir.claims.filter((claim) => recorded.has(keyOfClaim(claim)))
    if (inherited.length > 0) await inherit(writerOf(heir.object), inherited)
  }
  const kept = taking.filter(({ claim }) => wanted.has(keyOfClaim(claim)))
  // What comes of an earlier write of ours may be the same, and come when the heir is gone.
  if (writer.status.attempt === undefined)
    await strike(
      writer,
      kept.map(({ claim }) => claim),
    )
  const yielded = new Set(kept.map(({ difference }) => difference.text))
  return { mine: differences.filter(({ text }) => !yielded.has(text)), yielded }
}

/**
 * Takes claims out of the record, unless somebody has changed it meanwhile, who may have handed over the same: then they
 * stay until the next look.
 */
export async function strike(writer: StatusWriter, gone: readonly Claim[]): Promise<void> {
  if (gone.length === 0) return
  await writer.intent({ added: withoutClaims(writer.status.added ?? [], gone) }).catch((error: unknown) => {
    if (!isConflict(error)) throw error
  })
}

/**
 * Strikes from the record what is neither wanted nor there any more. Only what was read decides: a privilege whose
 * revocation is answered but not seen yet is still ours to revoke. And only what stood there when it was read: another
 * manifest may have handed over something since.
 */
export async function strikeClaims(
  { kind, subject, writer }: Pick<Hands, 'kind' | 'subject' | 'writer'>,
  part: string,
  found: Found,
): Promise<void> {
  if (kind.claims !== undefined) await strike(writer, kind.claims.outdated(subject, part, found))
}
