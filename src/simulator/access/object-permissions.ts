import { isAdmin, namesOf, type Principal } from '../principals.ts'
import { snapshotOfMap, type Restore } from '../snapshot.ts'

/** How a permission entry names its principal on the wire. */
type PrincipalKey = 'user_name' | 'group_name' | 'service_principal_name'

/** One direct entry of an object's access list. */
export interface PermissionEntry {
  readonly key: PrincipalKey
  readonly name: string
  readonly level: string
}

const keys = { user: 'user_name', group: 'group_name', servicePrincipal: 'service_principal_name' } as const

/** The entry that gives somebody a level. */
export const entryFor = (principal: Principal, level: string): PermissionEntry => ({
  key: keys[principal.kind],
  name: principal.name,
  level,
})

/** Who may do what with which job or cluster. Objects are named as the permissions API does: `/jobs/123`. */
export class ObjectPermissions {
  readonly #entries = new Map<string, readonly PermissionEntry[]>()

  /** Replaces the direct entries of an object. */
  set(object: string, entries: readonly PermissionEntry[]): void {
    this.#entries.set(object, entries)
  }

  /** The direct entries; what administrators inherit is not among them. */
  of(object: string): readonly PermissionEntry[] {
    return this.#entries.get(object) ?? []
  }

  /** Name of the principal that owns the object. */
  owner(object: string): string | undefined {
    return this.of(object).find(({ level }) => level === 'IS_OWNER')?.name
  }

  /** Whether the principal holds one of the levels, by name or through a group. */
  allows(principal: Principal, object: string, levels: readonly string[]): boolean {
    if (isAdmin(principal)) return true
    const names = namesOf(principal)
    return this.of(object).some(({ name, level }) => names.has(name.toLowerCase()) && levels.includes(level))
  }

  forget(object: string): void {
    this.#entries.delete(object)
  }

  snapshot(): Restore {
    return snapshotOfMap(this.#entries)
  }
}
