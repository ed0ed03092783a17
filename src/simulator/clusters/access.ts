import { entryFor, type ObjectPermissions } from '../access/object-permissions.ts'
import type { Parts } from '../parts.ts'
import { isAdmin, type Principal, type Principals } from '../principals.ts'
import { isManaged, type Cluster } from './cluster.ts'

/** What somebody wants to do with a cluster, as the permission levels divide it. */
export type Right = 'attach' | 'restart' | 'manage'

const levels: Readonly<Record<Right, readonly string[]>> = {
  attach: ['CAN_ATTACH_TO', 'CAN_RESTART', 'CAN_MANAGE'],
  restart: ['CAN_RESTART', 'CAN_MANAGE'],
  manage: ['CAN_MANAGE'],
}

const objectOf = ({ id }: Cluster): string => `/clusters/${id}`

/** Who may do what with which cluster. */
export class ClusterAccess {
  readonly #permissions: ObjectPermissions
  readonly #principals: Principals

  constructor({ permissions, principals }: Pick<Parts, 'permissions' | 'principals'>) {
    this.#permissions = permissions
    this.#principals = principals
  }

  allows(caller: Principal, cluster: Cluster, right: Right): boolean {
    if (isManaged(cluster)) return isAdmin(caller) || cluster.creator === caller.name
    return this.#permissions.allows(caller, objectOf(cluster), levels[right])
  }

  /** Lets whoever a cluster belongs to manage it; whatever others may stays as it is. */
  giveToOwner(cluster: Cluster): void {
    const owner = this.#principals.named(cluster.creator)
    const others = this.#permissions
      .of(objectOf(cluster))
      .filter(({ principalId }) => principalId !== owner?.id)
    const own = owner === undefined ? [] : [entryFor(owner, 'CAN_MANAGE')]
    this.#permissions.set(objectOf(cluster), [...others, ...own])
  }

  /** Forgets a cluster. */
  forget(cluster: Cluster): void {
    this.#permissions.forget(objectOf(cluster))
  }
}
