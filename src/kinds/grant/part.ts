import type { Difference } from '../../drift/compare.ts'
import type { Value } from '../../drift/value.ts'
import { listIn, textIn } from '../readable.ts'
import type { Claim, Status } from '../status.ts'
import type { Assignment, PermissionChange, Securable } from './api.ts'
import {
  allPrivileges,
  everything,
  inOneWord,
  isCovered,
  isRedundant,
  normalPrivilege,
  principalKey,
  securableKey,
} from './privileges.ts'
import type { CatalogGrantSpec } from './schema.ts'

/** What an object has to do with one securable: who should hold what, by principal. */
export interface GrantPart {
  readonly securable: Securable
  /** False for a securable that left the manifest and where we still have something to take back. */
  readonly isNamed: boolean
  /** Those whom the manifest names, and those it named once and to whom we added something. */
  readonly principals: ReadonlyMap<string, { name: string; privileges: string[] }>
  /** What we added here. */
  readonly added: Claim[]
}

/** The parts of an object: its securables, and those it left where something that we added remains. */
export const partNames = ({ securables }: CatalogGrantSpec, { added = [] }: Status): string[] => [
  ...new Set([...securables, ...added].map(securableKey)),
]

/** The parts of the object asked about last; no more, or all that are at rest would keep theirs. */
let latest: { spec: CatalogGrantSpec; status: Status; parts: Map<string, GrantPart> } | undefined

/** What a manifest says about one securable, and what it added there. Asked for each of thousands of differences. */
export function grantPart(spec: CatalogGrantSpec, status: Status, part: string): GrantPart {
  if (latest?.spec !== spec || latest.status !== status) latest = { spec, status, parts: new Map() }
  const known = latest.parts.get(part) ?? makePart(spec, status, part)
  latest.parts.set(part, known)
  return known
}

function makePart(spec: CatalogGrantSpec, status: Status, part: string): GrantPart {
  const added = (status.added ?? []).filter((claim) => securableKey(claim) === part)
  const named = spec.securables.find((securable) => securableKey(securable) === part)
  const securable = named ?? added[0]
  if (securable === undefined) throw new Error(`${part} is no part of the object`)
  const principals = new Map<string, { name: string; privileges: string[] }>()
  // Two spellings of one principal are two entries of a manifest: what it gets is what both say.
  for (const { principal, privileges } of named === undefined ? [] : spec.grants) {
    const key = principalKey(principal)
    const { name = principal, privileges: others = [] } = principals.get(key) ?? {}
    principals.set(key, { name, privileges: [...new Set([...others, ...privileges.map(normalPrivilege)])] })
  }
  for (const { principal } of added)
    if (!principals.has(principalKey(principal)))
      principals.set(principalKey(principal), { name: principal, privileges: [] })
  return {
    securable: { type: securable.type, name: securable.name },
    isNamed: named !== undefined,
    principals,
    added,
  }
}

/** Direct grants as they are meant, where ALL_PRIVILEGES was given: in one word, however they are read. */
export function asGiven(
  assignments: readonly Assignment[],
  type: string,
  given: readonly Pick<Claim, 'principal' | 'privilege'>[],
): Assignment[] {
  const all = new Set(
    given.flatMap(({ principal, privilege }) =>
      privilege === allPrivileges ? [principalKey(principal)] : [],
    ),
  )
  return assignments.map(({ principal, privileges }) => ({
    principal,
    privileges: all.has(principalKey(principal)) ? inOneWord(type, privileges) : privileges,
  }))
}

/**
 * What the manifest gives in a part, and what was given there before. To whom a part of ALL_PRIVILEGES was given by itself
 * has that, and not what it is a part of.
 */
export function meantIn({ principals, added }: GrantPart): Pick<Claim, 'principal' | 'privilege'>[] {
  const apart = new Set(
    added.flatMap(({ principal, privilege }) =>
      isRedundant(privilege, everything) ? principalKey(principal) : [],
    ),
  )
  const wanted = [...principals].flatMap(([key, { name, privileges }]) =>
    privileges.flatMap((privilege) =>
      privilege === allPrivileges && apart.has(key) ? [] : { principal: name, privilege },
    ),
  )
  return [...added, ...wanted]
}

/** The part as a value to compare: `holds` says what a principal has there. */
export function partValue(
  { securable, principals }: GrantPart,
  holds: (key: string, wanted: readonly string[]) => string[],
): Value {
  const grants = [...principals].map(([key, { name, privileges }]) => ({
    principal: name,
    privileges: holds(key, privileges),
  }))
  return { securables: [{ type: securable.type, name: securable.name, grants }] }
}

/** What was last applied to a part, in which `ours` counts as well. */
export function appliedValue(part: GrantPart, before: Value | undefined, ours: readonly Claim[]): Value {
  const [securable] = listIn(before, 'securables')
  const known = new Map(
    listIn(securable, 'grants').map((one) => [
      principalKey(textIn(one, 'principal') ?? ''),
      listIn(one, 'privileges').filter((privilege) => typeof privilege === 'string'),
    ]),
  )
  return partValue(part, (key) => [
    ...new Set([
      ...(known.get(key) ?? []),
      ...ours.filter(({ principal }) => principalKey(principal) === key).map(({ privilege }) => privilege),
    ]),
  ])
}

/**
 * What a principal holds, as far as it matters: a wanted privilege that ALL_PRIVILEGES includes counts as
 * held, and what stands beside ALL_PRIVILEGES without adding to it does not count.
 */
export function heldOf(
  assignments: readonly Assignment[],
): (key: string, wanted: readonly string[]) => string[] {
  const byPrincipal = new Map(
    assignments.map(({ principal, privileges }) => [principalKey(principal), new Set(privileges)]),
  )
  return (key, wanted) => {
    const held = byPrincipal.get(key) ?? new Set<string>()
    const covered = wanted.filter((privilege) => isCovered(privilege, held))
    return [...new Set([...covered, ...[...held].filter((privilege) => !isRedundant(privilege, held))])]
  }
}

/** Which privilege of whom a difference is about; the principal in its one spelling, as records compare it. */
export function claimOf({ path, text }: Difference, { securable }: GrantPart): Claim {
  const [, , , principal, , privilege] = path
  if (typeof principal !== 'object' || typeof privilege !== 'object')
    throw new Error(`${text} is not about one privilege`)
  return { ...securable, principal: principal.key, privilege: privilege.key }
}

/** Whether a claim is the right by which we manage a securable. The owner's right is in no list. */
export const isOwnRight = ({ principal, privilege }: Claim, me: string): boolean =>
  privilege === 'MANAGE' && principalKey(principal) === principalKey(me)

/** A difference that goes away by taking something from somebody. */
export const isRevocation = ({ wanted }: Difference): boolean => wanted === undefined

/**
 * The change for one principal. Removing ALL_PRIVILEGES removes everything that the principal holds, so what
 * is to stay is added in the same change; removals go before additions.
 */
export function changeFor(
  principal: string,
  { add, remove }: { add: readonly string[]; remove: readonly string[] },
  held: readonly string[],
): PermissionChange {
  const wipes = remove.includes(allPrivileges)
  const stays = wipes ? held.filter((privilege) => !remove.includes(privilege)) : []
  return { principal, add: [...new Set([...add, ...stays])], remove: wipes ? [allPrivileges] : [...remove] }
}
