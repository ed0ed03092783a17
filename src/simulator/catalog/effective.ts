import { isAdmin, namesOf, type Principal } from '../principals.ts'
import type { Grants } from './grants.ts'
import type { Securable } from './securables.ts'

/** A privilege that a principal has on a securable; `inherited_from_…` is absent if it was granted there. */
export interface EffectivePrivilege {
  readonly privilege: string
  readonly inherited_from_type?: string
  readonly inherited_from_name?: string
}

/** The securable and what it lies in, from the inside out. */
function chain(securable: Securable): Securable[] {
  return securable.parent === undefined ? [securable] : [securable, ...chain(securable.parent)]
}

/** Privileges by principal, those granted on the catalog and schema around it included. */
export function effectivePrivileges(grants: Grants, securable: Securable): Map<string, EffectivePrivilege[]> {
  const found = new Map<string, EffectivePrivilege[]>()
  for (const from of chain(securable)) {
    const origin =
      from === securable
        ? {}
        : { inherited_from_type: from.type.toUpperCase(), inherited_from_name: from.name }
    for (const [principal, privileges] of grants.on(from)) {
      const list = found.get(principal) ?? []
      for (const privilege of privileges) list.push({ privilege, ...origin })
      found.set(principal, list)
    }
  }
  for (const list of found.values()) list.sort((left, right) => (left.privilege < right.privilege ? -1 : 1))
  return found
}

/** Owners, administrators and holders of MANAGE may see and change all grants on a securable. */
export function mayManage(grants: Grants, securable: Securable, caller: Principal): boolean {
  if (isAdmin(caller)) return true
  const names = namesOf(caller)
  if (chain(securable).some(({ owner }) => names.has(owner.toLowerCase()))) return true
  return [...effectivePrivileges(grants, securable)].some(
    // ALL_PRIVILEGES does not include the right to pass privileges on.
    ([principal, list]) =>
      names.has(principal.toLowerCase()) && list.some(({ privilege }) => privilege === 'MANAGE'),
  )
}
