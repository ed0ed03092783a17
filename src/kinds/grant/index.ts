import { isObject, type JsonObject } from '../../databricks/json.ts'
import { compileRules } from '../../drift/rules.ts'
import { isVoid, memberOf, type Value } from '../../drift/value.ts'
import type { Others } from '../claims.ts'
import type { Correction, Kind, Session } from '../kind.ts'
import { listIn, textIn } from '../readable.ts'
import type { Claim } from '../status.ts'
import { changeGrants, getGrants, grantsSettle, type Assignment, type PermissionChange } from './api.ts'
import { grantRules } from './fields.ts'
import {
  appliedValue,
  asGiven,
  changeFor,
  claimOf,
  grantPart,
  heldOf,
  isOwnRight,
  isRevocation,
  meantIn,
  partNames,
  partValue,
  type GrantPart,
} from './part.ts'
import {
  allPrivileges,
  everything,
  isCovered,
  normalPrivilege,
  principalKey,
  securableKey,
} from './privileges.ts'
import { catalogGrant, comparedGrants, type CatalogGrantSpec } from './schema.ts'

/** Privileges on securables: no remote object of its own, one part for each securable. */
export const grant: Kind<CatalogGrantSpec> = {
  definition: catalogGrant,
  rules: compileRules(grantRules),
  compared: comparedGrants,
  references: () => [],
  parts: partNames,
  wanted: (spec, part, { status }) =>
    partValue(grantPart(spec, status, part), (_principal, wanted) => [...wanted]),

  body: (wanted) => ({ grants: givenIn(wanted).map((securable) => ({ securable })) }),

  async observe({ session, spec, status }, name) {
    const part = grantPart(spec, status, name)
    const { type } = part.securable
    const read = await getGrants(session.databricks, part.securable)
    const assignments = read && asGiven(read, type, meantIn(part))
    // Where nothing is wanted any more, a securable that is gone has taken our privileges with it.
    if (assignments === undefined && part.isNamed)
      return { is: 'Missing', what: `${name} does not exist, or ${session.me} may not see it` }
    return {
      is: 'Found',
      raw: rawOf(assignments ?? []),
      found: partValue(part, heldOf(assignments ?? [])),
      running: false,
    }
  },

  impact: (difference) => (isRevocation(difference) ? 'Revoke' : 'InPlace'),
  verb: (differences) => (differences.some(isRevocation) ? 'grants/revoke' : 'grants/grant'),
  removal: { verb: 'grants/revoke', impact: 'Revoke' },

  needsApproval(difference, { spec, status }, { part: name }) {
    if (!isRevocation(difference) || spec.acceptRevocations === true) return undefined
    const part = grantPart(spec, status, name)
    return isAdded(claimOf(difference, part), part) ? undefined : 'Lakeward did not grant it'
  },

  settles: grantsSettle,
  // To whom a privilege is not given back, the work stands still: whoever fights over it is told, not obeyed.
  persists: (difference) => !isRevocation(difference),

  forbids(difference, { session, spec, status }, name) {
    if (!isRevocation(difference)) return undefined
    return isOwnRight(claimOf(difference, grantPart(spec, status, name)), session.me)
      ? `without it ${session.me}, which is Lakeward itself, could not manage ${name} any more`
      : undefined
  },

  async correct({ session, spec, status }, { part: name, found, differences, owed = [] }) {
    const part = grantPart(spec, status, name)
    const adds = [...addedBy(part, { found, differences }), ...owed]
    const goes = differences.filter(isRevocation).map((difference) => claimOf(difference, part))
    const changes = [...Map.groupBy([...adds, ...goes], ({ principal }) => principal).keys()].map(
      (principal) =>
        changeFor(
          part.principals.get(principal)?.name ?? principal,
          { add: privilegesOf(adds, principal), remove: privilegesOf(goes, principal) },
          heldBy(found.raw, principal),
        ),
    )
    assertOwnRight(session, changes)
    await changeGrants(session, part.securable, changes)
  },

  claims: {
    adding({ spec, status }, name, correction) {
      return addedBy(grantPart(spec, status, name), correction)
    },
    taking({ spec, status }, name, difference) {
      return isRevocation(difference) ? claimOf(difference, grantPart(spec, status, name)) : undefined
    },
    outdated({ spec, status }, name, { raw }) {
      const part = grantPart(spec, status, name)
      return part.added.filter((claim) => !isWanted(claim, part) && !isHeld(claim, raw))
    },
    unseen({ spec, status }, name, { raw }) {
      return grantPart(spec, status, name).added.filter((claim) => !isHeld(claim, raw))
    },
    applied({ spec, status }, name, before) {
      const part = grantPart(spec, status, name)
      const ours = part.added.filter((claim) => !isWanted(claim, part))
      return ours.length === 0 ? before : appliedValue(part, before, ours)
    },
    wantedBy,
    owed,
    keeps: ({ me }, claim) => isOwnRight(claim, me),
    revoke,
  },
}

/** The last look at what goes out: whatever would lock us out is a bug of ours, and nothing is sent. */
function assertOwnRight({ me }: Session, changes: readonly PermissionChange[]): void {
  const locksOut = changes.some(({ principal, remove, add }) =>
    remove.some(
      (privilege) => !add.includes('MANAGE') && isOwnRight({ type: '', name: '', principal, privilege }, me),
    ),
  )
  if (locksOut) throw new Error('Lakeward would take from itself the right to manage the securable')
}

/** The securables on which a part wants to give something; where it only takes back, it uses no right of anybody. */
function givenIn(wanted: Value): JsonObject[] {
  const securables = memberOf(wanted, 'securables')
  return (Array.isArray(securables) ? securables : []).flatMap((securable) => {
    const { type, name, grants } = isObject(securable) ? securable : {}
    const gives =
      Array.isArray(grants) && grants.some((grant) => !isVoid(memberOf(grant as Value, 'privileges')))
    return gives ? [{ type: type ?? null, name: name ?? null }] : []
  })
}

const isAdded = (claim: Claim, { added }: GrantPart): boolean =>
  added.some(
    ({ principal, privilege }) =>
      principalKey(principal) === principalKey(claim.principal) && privilege === claim.privilege,
  )

const isWanted = ({ principal, privilege }: Claim, { principals }: GrantPart): boolean =>
  principals.get(principalKey(principal))?.privileges.includes(privilege) ?? false

/** The direct grants, by principal: what writes are built on. */
const rawOf = (assignments: readonly Assignment[]): Record<string, string[]> =>
  Object.fromEntries(assignments.map(({ principal, privileges }) => [principalKey(principal), privileges]))

function heldBy(raw: JsonObject, principal: string): string[] {
  const held = raw[principalKey(principal)]
  return Array.isArray(held) ? held.filter((privilege) => typeof privilege === 'string') : []
}

/**
 * What a correction adds: what lacks, and what was there only as a part of an ALL_PRIVILEGES that goes, so that nobody
 * loses it in between.
 */
function addedBy(
  part: GrantPart,
  { found, differences }: Pick<Correction, 'found' | 'differences'>,
): Claim[] {
  return differences.flatMap((difference) => {
    const claim = claimOf(difference, part)
    if (!isRevocation(difference)) return [claim]
    if (claim.privilege !== allPrivileges) return []
    const held = new Set(heldBy(found.raw, claim.principal))
    const wanted = part.principals.get(claim.principal)?.privileges ?? []
    return wanted
      .filter((privilege) => isCovered(privilege, held) && !held.has(privilege))
      .map((privilege) => ({ ...claim, privilege }))
  })
}

const privilegesOf = (claims: readonly Claim[], principal: string): string[] =>
  claims.filter((claim) => claim.principal === principal).map(({ privilege }) => privilege)

const isHeld = ({ principal, privilege }: Claim, raw: JsonObject): boolean =>
  heldBy(raw, principal).includes(privilege)

/**
 * What others want and have only as a part of an ALL_PRIVILEGES that is taken; and what they added beside it, which the
 * same call has to give once more, as everything goes with ALL_PRIVILEGES.
 */
async function owed(
  { databricks }: Session,
  taken: readonly Claim[],
  { wanted, recorded }: Others,
): Promise<Claim[]> {
  const losing: Claim[] = []
  for (const all of taken.filter(({ privilege }) => privilege === allPrivileges)) {
    const covered = wanted.filter((claim) => isOfSame(claim, all) && isCovered(claim.privilege, everything))
    const beside = recorded.filter((claim) => isOfSame(claim, all) && claim.privilege !== allPrivileges)
    if (covered.length + beside.length === 0) continue
    const raw = rawOf(asGiven((await getGrants(databricks, all)) ?? [], all.type, [all]))
    if (!isHeld(all, raw)) continue
    losing.push(...covered.filter((claim) => !isHeld(claim, raw)))
    losing.push(...beside.filter((claim) => isHeld(claim, raw)))
  }
  return losing
}

const isOfSame = (a: Claim, b: Claim): boolean =>
  securableKey(a) === securableKey(b) && principalKey(a.principal) === principalKey(b.principal)

/** Takes back what is still there. Who or what is gone took its privileges along. */
async function revoke(session: Session, claims: readonly Claim[], owed: readonly Claim[]): Promise<void> {
  const { databricks } = session
  for (const [, ofSecurable] of Map.groupBy(claims, securableKey)) {
    const [securable] = ofSecurable
    if (securable === undefined) continue
    const read = (await getGrants(databricks, securable)) ?? []
    const raw = rawOf(asGiven(read, securable.type, ofSecurable))
    const there = ofSecurable.filter((claim) => isHeld(claim, raw))
    const changes = [...Map.groupBy(there, ({ principal }) => principal)].map(([principal, all]) =>
      changeFor(
        principal,
        {
          add: owed
            .filter((claim) => all.some((one) => isOfSame(claim, one)))
            .map(({ privilege }) => privilege),
          remove: all.map(({ privilege }) => privilege),
        },
        heldBy(raw, principal),
      ),
    )
    assertOwnRight(session, changes)
    if (changes.length > 0) await changeGrants(session, securable, changes)
  }
}

/** Of a manifest that does not fit its schema, as many as can be read. */
function wantedBy(spec: CatalogGrantSpec): Claim[] {
  const wanted = listIn(spec, 'grants').flatMap((one) => {
    const principal = textIn(one, 'principal')
    const privileges = listIn(one, 'privileges').filter((privilege) => typeof privilege === 'string')
    return principal === undefined
      ? []
      : privileges.map((privilege) => ({
          principal: principalKey(principal),
          privilege: normalPrivilege(privilege),
        }))
  })
  return listIn(spec, 'securables').flatMap((securable) => {
    const [type, name] = [textIn(securable, 'type'), textIn(securable, 'name')]
    return type === undefined || name === undefined ? [] : wanted.map((one) => ({ type, name, ...one }))
  })
}
