import { invalidParameter, type Refusal } from '../http/refusal.ts'
import type { Workspace } from '../workspace.ts'
import { refuseOwners } from './access-list.ts'
import type { PermissionEntry } from './object-permissions.ts'
import { isOwned, type ObjectType } from './object-types.ts'

/** An object whose access list is read or changed. */
export interface Target {
  readonly type: ObjectType
  /** `/jobs/123` */
  readonly object: string
}

const isOwner = ({ level }: PermissionEntry): boolean => level === 'IS_OWNER'

/** PUT: these are the object's direct entries from now on. */
export function replaceEntries(
  { permissions }: Workspace,
  { type, object }: Target,
  sent: readonly PermissionEntry[],
): Refusal | undefined {
  const owner = permissions.of(object).find(isOwner)
  // A warehouse keeps its owner if the list names none; jobs and pipelines insist.
  const keepsOwner = type.name === 'warehouses' && !sent.some(isOwner)
  if (keepsOwner && owner === undefined) {
    return invalidParameter('PUT requests for warehouse *** with no existing owner must provide a new owner.')
  }
  const others = sent.filter(({ principalId }) => principalId !== owner?.principalId)
  const entries = keepsOwner && owner !== undefined ? [owner, ...others] : sent
  const refusal = refuseOwners(type, entries)
  if (refusal === undefined) permissions.set(object, entries)
  return refusal
}

/** PATCH: the principals that are named get these levels, the others keep theirs. */
export function mergeEntries(
  { permissions, switches }: Workspace,
  { type, object }: Target,
  sent: readonly PermissionEntry[],
): Refusal | undefined {
  const rank = ({ level }: PermissionEntry) => type.levels.indexOf(level)
  const movesOwner = isOwned(type) && switches.permissionsPatchMovesOwner && sent.some(isOwner)
  const former = permissions.of(object).filter((entry) => !(movesOwner && isOwner(entry)))
  const merged = new Map(former.map((entry) => [entry.principalId, entry]))
  for (const entry of sent) {
    const held = merged.get(entry.principalId)
    const lowers = held !== undefined && rank(entry) < rank(held)
    if (!lowers || switches.permissionsPatchLowers) merged.set(entry.principalId, entry)
  }
  const entries = [...merged.values()]
  const refusal = refuseOwners(type, entries)
  if (refusal === undefined) permissions.set(object, entries)
  return refusal
}
