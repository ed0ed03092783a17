import { isAdmin, type Principal, type Principals } from '../principals.ts'
import { restoreAll, snapshotOfMap, type Restore } from '../snapshot.ts'
import type { Switches } from '../switches.ts'
import type { VirtualClock } from '../virtual-clock.ts'

/** One direct entry of an object's access list. */
export interface PermissionEntry {
  readonly principalId: string
  readonly level: string
}

/** The entry that gives somebody a level. */
export const entryFor = ({ id }: Principal, level: string): PermissionEntry => ({ principalId: id, level })

/** The access list of an object that is no more. */
interface LeftBehind {
  readonly entries: readonly PermissionEntry[]
  readonly until: number
}

/** Lists of these outlive their objects for a while. */
const outliving = /^\/(jobs|pipelines)\//

/**
 * Who may do what with which object. Objects are named as the permissions API does: `/jobs/123`. Whatever
 * has a list here exists for that API.
 */
export class ObjectPermissions {
  readonly #entries = new Map<string, readonly PermissionEntry[]>()
  readonly #left = new Map<string, LeftBehind>()
  readonly #principals: Principals
  readonly #clock: VirtualClock
  readonly #switches: Switches

  constructor(parts: { principals: Principals; clock: VirtualClock; switches: Switches }) {
    this.#principals = parts.principals
    this.#clock = parts.clock
    this.#switches = parts.switches
  }

  /** Replaces the direct entries of an object, which exists from now on. */
  set(object: string, entries: readonly PermissionEntry[]): void {
    this.#entries.set(object, entries)
  }

  has(object: string): boolean {
    return this.#entries.has(object)
  }

  /** The direct entries; what administrators inherit is not among them, nor is somebody who was deleted. */
  of(object: string): readonly PermissionEntry[] {
    return this.#known(this.#entries.get(object) ?? [])
  }

  /** The direct entries of an object deleted a short while ago. */
  leftBehind(object: string): readonly PermissionEntry[] | undefined {
    const left = this.#left.get(object)
    return left === undefined || left.until <= this.#clock.now() ? undefined : this.#known(left.entries)
  }

  /** Name of the principal that owns the object. */
  owner(object: string): string | undefined {
    const id = this.of(object).find(({ level }) => level === 'IS_OWNER')?.principalId
    return id === undefined ? undefined : this.#principals.withId(id)?.name
  }

  /** Whether the principal holds one of the levels, by name or through a group. */
  allows(principal: Principal, object: string, levels: readonly string[]): boolean {
    return isAdmin(principal) || holds(principal, this.#entries.get(object) ?? [], levels)
  }

  /** Forgets an object's list, if not at once. */
  forget(object: string): void {
    const until = this.#clock.now() + this.#switches.permissionsOutliveSeconds * 1000
    const entries = this.#entries.get(object)
    if (entries !== undefined && outliving.test(object)) this.#left.set(object, { entries, until })
    this.#entries.delete(object)
  }

  snapshot(): Restore {
    return restoreAll([snapshotOfMap(this.#entries), snapshotOfMap(this.#left)])
  }

  #known(entries: readonly PermissionEntry[]): readonly PermissionEntry[] {
    const isGone = ({ principalId }: PermissionEntry) => this.#principals.withId(principalId) === undefined
    return entries.some(isGone) ? entries.filter((entry) => !isGone(entry)) : entries
  }
}

/** Whether a list gives somebody one of the levels, by name or through a group. */
export const holds = (
  { identities }: Principal,
  entries: readonly PermissionEntry[],
  levels: readonly string[],
): boolean => entries.some(({ principalId, level }) => identities.has(principalId) && levels.includes(level))
