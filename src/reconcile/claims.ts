import type { Difference } from '../drift/compare.ts'
import type { Claims, Found, ManagedSpec, Session, Subject } from '../kinds/kind.ts'
import type { Hands } from './hands.ts'
import type { Claim } from '../kinds/status.ts'
import type { StatusWriter } from './writer.ts'
import type { KubeObject } from '../kube/object.ts'

/*
 * Claims are shared: five manifests may need the same privilege. It is taken back when the last one that
 * names it goes, and only if one of ours added it. Whoever goes first hands its record of having added it
 * to the oldest of those that remain.
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

/** Splits what an object added into what nobody wants any more and what others still do, by their oldest. */
export function settleClaims(
  added: readonly Claim[],
  others: readonly KubeObject[],
  claims: Claims<ManagedSpec>,
): { revoke: Claim[]; heirs: Heir[] } {
  const byAge = others
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .toSorted((a, b) => ageKey(a).localeCompare(ageKey(b)))
    .map((object) => ({
      object,
      wants: new Set(claims.wantedBy(object.spec as ManagedSpec).map(keyOfClaim)),
      claims: [] as Claim[],
    }))
  const revoke: Claim[] = []
  for (const claim of added) {
    const heir = byAge.find(({ wants }) => wants.has(keyOfClaim(claim)))
    if (heir === undefined) revoke.push(claim)
    else heir.claims.push(claim)
  }
  return {
    revoke,
    heirs: byAge.filter((heir) => heir.claims.length > 0).map(({ object, claims }) => ({ object, claims })),
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

/** Adds the claims to the heir's record, once each. From then on it must not go without taking them back. */
export async function inherit(writer: StatusWriter, claims: readonly Claim[]): Promise<void> {
  await writer.addFinalizer()
  await writer.identity({ added: record(writer.status.added, claims) })
}

/** The record with claims added to it, once each. */
export const record = (before: readonly Claim[] | undefined, adds: readonly Claim[]): Claim[] => [
  ...withoutClaims(before ?? [], adds),
  ...adds,
]

/** Whose claims, and how others' records are written. */
interface Sharing {
  claims: Claims<ManagedSpec>
  session: Session
  others: readonly KubeObject[]
  writerOf: (object: KubeObject) => StatusWriter
}

/** What others would lose with claims that are taken, recorded as theirs before it is given to them. */
export async function endow(taken: readonly Claim[], sharing: Sharing): Promise<Heir[]> {
  const { claims, session, others, writerOf } = sharing
  const wanted = onceEach(others.flatMap(({ spec }) => claims.wantedBy(spec as ManagedSpec)))
  const { heirs } = settleClaims(await claims.owed(session, taken, wanted), others, claims)
  for (const heir of heirs) await inherit(writerOf(heir.object), heir.claims)
  return heirs
}

/**
 * Once it is given: whoever was deleted meanwhile may have looked before, found nothing to take back, and gone. What he
 * got goes to the next who wants it, or back.
 */
export async function settleEndowed(heirs: readonly Heir[], sharing: Sharing): Promise<void> {
  const { claims, session, others, writerOf } = sharing
  const left: Heir[] = []
  for (const heir of heirs) if (await writerOf(heir.object).isLeaving()) left.push(heir)
  if (left.length === 0) return
  const gone = new Set(left.map(({ object }) => object.metadata.uid))
  const staying = others.filter(({ metadata }) => !gone.has(metadata.uid))
  const next = settleClaims(
    left.flatMap((heir) => heir.claims),
    staying,
    claims,
  )
  for (const heir of next.heirs) await inherit(writerOf(heir.object), heir.claims)
  if (next.revoke.length > 0) await claims.revoke(session, next.revoke, [])
}

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
  if (kept.length > 0)
    await writer.identity({
      added: withoutClaims(
        writer.status.added ?? [],
        kept.map(({ claim }) => claim),
      ),
    })
  const yielded = new Set(kept.map(({ difference }) => difference.text))
  return { mine: differences.filter(({ text }) => !yielded.has(text)), yielded }
}

/**
 * Strikes from the record what is neither wanted nor there any more. Only what was read decides: a privilege whose
 * revocation is answered but not seen yet is still ours to revoke.
 */
export async function strikeClaims(
  { kind, subject, writer }: Hands,
  part: string,
  found: Found,
): Promise<void> {
  const added = writer.status.added
  if (kind.claims === undefined || added === undefined) return
  const now = { ...subject, object: writer.object, status: writer.status }
  const gone = kind.claims.outdated(now, part, found)
  if (gone.length > 0) await writer.identity({ added: withoutClaims(added, gone) })
}
