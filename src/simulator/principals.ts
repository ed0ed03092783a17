import type { JsonObject } from '../databricks/json.ts'
import type { Random } from './random.ts'
import { restoreAll, snapshotOfMap, type Restore } from './snapshot.ts'

/** Somebody as the content names him; groups are named by display name. */
export interface PrincipalSeed {
  readonly kind: 'user' | 'servicePrincipal' | 'group'
  /** The number that SCIM gives, as text. */
  readonly id: string
  /** How APIs name it: e-mail, application id, or the group's display name. */
  readonly name: string
  readonly displayName: string
  /** Display names of the groups it is a direct member of. */
  readonly groups: readonly string[]
  /** Only what the account knows can be granted something in Unity Catalog; `admins` cannot. */
  readonly level: 'account' | 'workspace'
}

/** Somebody who can call, own, or be granted something. A change makes a new record. */
export interface Principal extends PrincipalSeed {
  /** Ids of the groups it is a direct member of. */
  readonly groupIds: readonly string[]
  /** A deactivated principal keeps what it has and may not call. */
  readonly active: boolean
  /** What SCIM also keeps of it: e-mails, entitlements, an id elsewhere. */
  readonly profile: JsonObject
  /** Ids under which something may be given to it: its own, and those of all groups it is in, however deep. */
  readonly identities: ReadonlySet<string>
  readonly isAdministrator: boolean
}

/** What can be changed in a principal; a group's display name is its name. */
export type PrincipalChange = Partial<Pick<Principal, 'displayName' | 'active' | 'profile' | 'groupIds'>>

/** Workspace administrators pass every permission check. */
export const isAdmin = (principal: Principal): boolean => principal.isAdministrator

const builtInGroup = (id: string, name: string, level: Principal['level']): PrincipalSeed => ({
  kind: 'group',
  id,
  name,
  displayName: name,
  groups: [],
  level,
})

/** Groups that are always there: the administrators, and twice everybody. */
const builtIn: readonly PrincipalSeed[] = [
  builtInGroup('900', 'admins', 'workspace'),
  builtInGroup('901', 'users', 'workspace'),
  builtInGroup('910', 'account users', 'account'),
]

/** What somebody new does not have yet. */
const blank = {
  groups: [],
  groupIds: [],
  active: true,
  profile: {},
  identities: new Set<string>(),
  isAdministrator: false,
} satisfies Partial<Principal>

const applicationId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The users, service principals and groups of the workspace. Names are compared without regard to case. */
export class Principals {
  readonly #byId = new Map<string, Principal>()
  readonly #idByName = new Map<string, string>()
  /** Ids of direct members by the group's id; follows from the principals' `groupIds`. */
  readonly #members = new Map<string, Set<string>>()
  readonly #random: Random

  constructor(seeds: readonly PrincipalSeed[], random: Random) {
    this.#random = random
    const isSeeded = new Set(seeds.map(({ name }) => name.toLowerCase()))
    const all = [...builtIn.filter(({ name }) => !isSeeded.has(name)), ...seeds]
    // A member may stand before its group, so who is in which comes second.
    for (const seed of all) this.#put({ ...blank, ...seed })
    for (const { id, groups } of all) {
      const groupIds = groups.map((name) => {
        const group = this.named(name)
        if (group === undefined)
          throw new Error(`The content has a member of the group ${name} but not the group`)
        return group.id
      })
      this.change(id, { groupIds })
    }
  }

  /** The principal that APIs know by this name. A display name of a service principal is not one. */
  named(name: string): Principal | undefined {
    return this.withId(this.#idByName.get(name.toLowerCase()) ?? '')
  }

  /** The principal with this SCIM id. */
  withId(id: string): Principal | undefined {
    return this.#byId.get(id)
  }

  /** All of one kind, in the order in which they came. */
  ofKind(kind: Principal['kind']): Principal[] {
    return [...this.#byId.values()].filter((principal) => principal.kind === kind)
  }

  /** The direct members of a group. The groups that hold everybody list nobody. */
  membersOf(groupId: string): Principal[] {
    return [...(this.#members.get(groupId) ?? [])].flatMap((id) => this.withId(id) ?? [])
  }

  /** Adds somebody under a name that nobody has. */
  add(added: Pick<Principal, 'kind' | 'name' | 'displayName' | 'level'> & PrincipalChange): Principal {
    if (this.named(added.name) !== undefined) throw new Error(`${added.name} is there already`)
    const { groupIds = [], ...rest } = added
    const id = this.#newId()
    this.#put({ ...blank, ...rest, id })
    return this.change(id, { groupIds })
  }

  /** Changes somebody; whoever is in a changed group is brought up to date with it. */
  change(id: string, change: PrincipalChange): Principal {
    const former = this.withId(id)
    if (former === undefined) throw new Error(`There is no principal ${id}`)
    for (const groupId of former.groupIds) this.#members.get(groupId)?.delete(id)
    const changed = { ...former, ...change }
    for (const groupId of changed.groupIds) this.#membersIn(groupId).add(id)
    if (former.kind === 'group') this.#idByName.delete(former.name.toLowerCase())
    this.#put({ ...changed, ...(changed.kind === 'group' && { name: changed.displayName }) })
    return this.#bringUpToDate(id)
  }

  /** Makes these the direct members of a group, and nobody else. */
  setMembers(groupId: string, memberIds: readonly string[]): void {
    const wanted = new Set(memberIds)
    const former = this.membersOf(groupId)
    for (const { id, groupIds } of former) {
      if (!wanted.delete(id)) this.change(id, { groupIds: groupIds.filter((each) => each !== groupId) })
    }
    for (const id of wanted) {
      this.change(id, { groupIds: [...(this.withId(id)?.groupIds ?? []), groupId] })
    }
  }

  /** Forgets somebody. What stands in its name elsewhere stays, and points at nobody. */
  remove(id: string): void {
    const gone = this.withId(id)
    if (gone === undefined) return
    for (const groupId of gone.groupIds) this.#members.get(groupId)?.delete(id)
    const members = this.membersOf(id)
    this.#byId.delete(id)
    this.#idByName.delete(gone.name.toLowerCase())
    this.#members.delete(id)
    for (const { id: member, groupIds } of members) {
      this.change(member, { groupIds: groupIds.filter((groupId) => groupId !== id) })
    }
  }

  /** Whether one group is the other, or lies in it, however deep. */
  isWithin(groupId: string, outerId: string): boolean {
    return this.withId(groupId)?.identities.has(outerId) === true
  }

  /** The principal of this name; one that was not there becomes an administrator. */
  namedOrNewAdmin(name: string): Principal {
    const kind = applicationId.test(name) ? 'servicePrincipal' : 'user'
    const groupIds = [this.#builtInId('admins')]
    return this.named(name) ?? this.add({ kind, name, displayName: name, level: 'account', groupIds })
  }

  snapshot(): Restore {
    const restore = restoreAll([snapshotOfMap(this.#byId), snapshotOfMap(this.#idByName)])
    return () => {
      restore()
      this.#members.clear()
      for (const { id, groupIds } of this.#byId.values()) {
        for (const groupId of groupIds) this.#membersIn(groupId).add(id)
      }
    }
  }

  #put(principal: Principal): void {
    this.#byId.set(principal.id, principal)
    this.#idByName.set(principal.name.toLowerCase(), principal.id)
  }

  #membersIn(groupId: string): Set<string> {
    const members = this.#members.get(groupId) ?? new Set()
    this.#members.set(groupId, members)
    return members
  }

  /** Works out again what follows from membership, for a principal and for all that are in it. */
  #bringUpToDate(id: string): Principal {
    const principal = this.withId(id)
    if (principal === undefined) throw new Error(`There is no principal ${id}`)
    const identities = new Set<string>()
    this.#collect(id, identities)
    if (principal.kind !== 'group') {
      for (const name of ['users', 'account users']) identities.add(this.#builtInId(name))
    }
    const groups = principal.groupIds.flatMap((groupId) => this.withId(groupId)?.name ?? [])
    const isAdministrator = identities.has(this.#builtInId('admins'))
    const current = { ...principal, groups, identities, isAdministrator }
    this.#byId.set(id, current)
    for (const member of this.#members.get(id) ?? []) this.#bringUpToDate(member)
    return current
  }

  #collect(id: string, found: Set<string>): void {
    if (found.has(id)) return
    found.add(id)
    for (const groupId of this.withId(id)?.groupIds ?? []) this.#collect(groupId, found)
  }

  #builtInId(name: string): string {
    return this.#idByName.get(name) ?? ''
  }

  #newId(): string {
    let id = String(1_000_000 + this.#random.below(1_000_000_000))
    while (this.#byId.has(id)) id = String(1_000_000 + this.#random.below(1_000_000_000))
    return id
  }
}
