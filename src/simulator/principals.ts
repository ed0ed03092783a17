import type { Random } from './random.ts'
import { snapshotOfMap, type Restore } from './snapshot.ts'

/** Somebody who can call, own, or be granted something. */
export interface Principal {
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

/** Workspace administrators pass every permission check. */
export const isAdmin = (principal: Principal): boolean => principal.groups.includes('admins')

/** The names under which something may be given to a principal, in lower case: its own, and its groups'. */
export const namesOf = ({ name, groups }: Principal): ReadonlySet<string> =>
  new Set([name, ...groups, 'users', 'account users'].map((each) => each.toLowerCase()))

const applicationId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The users, service principals and groups of the workspace. Names are compared without regard to case. */
export class Principals {
  readonly #byName = new Map<string, Principal>()
  readonly #random: Random

  constructor(principals: readonly Principal[], random: Random) {
    this.#random = random
    for (const principal of principals) this.#byName.set(principal.name.toLowerCase(), principal)
  }

  /** The principal that APIs know by this name. A display name of a service principal is not one. */
  named(name: string): Principal | undefined {
    return this.#byName.get(name.toLowerCase())
  }

  /** The principal with this SCIM id. */
  withId(id: string): Principal | undefined {
    return this.#byName.values().find((principal) => principal.id === id)
  }

  /** The principal of this name; one that was not there becomes an administrator. */
  namedOrNewAdmin(name: string): Principal {
    const known = this.named(name)
    if (known !== undefined) return known
    const added: Principal = {
      kind: applicationId.test(name) ? 'servicePrincipal' : 'user',
      id: String(1_000_000 + this.#random.below(1_000_000_000)),
      name,
      displayName: name,
      groups: ['admins'],
      level: 'account',
    }
    this.#byName.set(name.toLowerCase(), added)
    return added
  }

  snapshot(): Restore {
    return snapshotOfMap(this.#byName)
  }
}
