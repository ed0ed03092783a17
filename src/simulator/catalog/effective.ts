import type { Grants } from './grants.ts'
import { chain, type Securable } from './securable.ts'

/** A privilege that a principal has on a securable; `inherited_from_…` is absent if it was granted there. */
export interface EffectivePrivilege {
  readonly privilege: string
  readonly inherited_from_type?: string
  readonly inherited_from_name?: string
}

/** Privileges by the principal's id, those granted on the catalog and schema around it included. */
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
