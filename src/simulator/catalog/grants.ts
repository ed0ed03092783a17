import { snapshotOfMap, type Restore } from '../snapshot.ts'
import { allPrivileges, normalised } from './privileges.ts'
import type { Securable } from './securables.ts'

/** One principal's part in a PATCH. */
export interface GrantChange {
  /** The principal's own spelling of its name. */
  readonly principal: string
  readonly add: readonly string[]
  readonly remove: readonly string[]
}

/** Who was granted what on which securable, directly. What an owner may do is not among it. */
export class Grants {
  readonly #grants = new Map<Securable, ReadonlyMap<string, ReadonlySet<string>>>()

  /** Direct privileges by principal. */
  on(securable: Securable): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#grants.get(securable) ?? new Map()
  }

  /** Applies one change. Removal comes first, so that a privilege can take the place of all others. */
  change(securable: Securable, { principal, add, remove }: GrantChange): void {
    const removed = new Set(remove.map(normalised))
    const before = removed.has(allPrivileges) ? [] : [...(this.on(securable).get(principal) ?? [])]
    const after = new Set([...before.filter((privilege) => !removed.has(privilege)), ...add.map(normalised)])
    const grants = new Map(this.on(securable))
    // A principal without privileges is not listed any more.
    if (after.size > 0) grants.set(principal, after)
    else grants.delete(principal)
    this.#grants.set(securable, grants)
  }

  snapshot(): Restore {
    return snapshotOfMap(this.#grants)
  }
}
