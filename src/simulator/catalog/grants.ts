import { snapshotOfMap, type Restore } from '../snapshot.ts'
import { allPrivileges, normalised } from './privileges.ts'
import type { Securable } from './securable.ts'

/** One principal's part in a PATCH. */
export interface GrantChange {
  readonly principalId: string
  readonly add: readonly string[]
  readonly remove: readonly string[]
}

/**
 * Who was granted what on which securable, directly. What an owner may do is not among it. What was granted
 * to somebody who was deleted stays.
 */
export class Grants {
  readonly #grants = new Map<Securable, ReadonlyMap<string, ReadonlySet<string>>>()

  /** Direct privileges by the principal's id. */
  on(securable: Securable): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#grants.get(securable) ?? new Map()
  }

  /** Applies changes. In each, removal comes first, so that a privilege can take the place of all others. */
  change(securable: Securable, changes: readonly GrantChange[]): void {
    const grants = new Map(this.on(securable))
    for (const { principalId, add, remove } of changes) {
      const removed = new Set(remove.map(normalised))
      const before = removed.has(allPrivileges) ? [] : [...(grants.get(principalId) ?? [])]
      const after = new Set([
        ...before.filter((privilege) => !removed.has(privilege)),
        ...add.map(normalised),
      ])
      // A principal without privileges is not listed any more.
      if (after.size > 0) grants.set(principalId, after)
      else grants.delete(principalId)
    }
    this.#grants.set(securable, grants)
  }

  /** Forgets what was granted on a securable that is no more. */
  forget(securable: Securable): void {
    this.#grants.delete(securable)
  }

  snapshot(): Restore {
    return snapshotOfMap(this.#grants)
  }
}
