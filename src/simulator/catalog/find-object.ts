import { invalidParameter, type Refusal } from '../http/refusal.ts'
import type { Principal } from '../principals.ts'
import type { Workspace } from '../workspace.ts'
import { maySee } from './authority.ts'
import type { ObjectKind } from './object-kinds.ts'
import { lacks, missing } from './refusals.ts'
import { chain, hasPartsOf, type Securable, type SecurableType } from './securable.ts'

/** An object of a collection by its name, for somebody who may see it. */
export function findObject(
  workspace: Workspace,
  kind: ObjectKind,
  { name, caller }: { name: string; caller: Principal },
): Securable | Refusal {
  const [type] = kind.types
  if (!hasPartsOf(type, name)) return invalidParameter(`Invalid ${type} name: '${name}'`)
  for (const each of kind.types) {
    const found = workspace.securables.find(each, name)
    if (found !== undefined && kind.holds(found)) return refuseUnseen(workspace, found, caller) ?? found
  }
  return missing(workspace, type, name)
}

/** What one must at least hold on a securable to see it, as texts write it. */
const sightOf: Partial<Readonly<Record<SecurableType, string>>> = {
  catalog: 'USE CATALOG',
  schema: 'USE SCHEMA',
  table: 'SELECT',
  volume: 'READ VOLUME',
  function: 'EXECUTE',
}

/** Why a caller does not get to see a securable: the outermost thing that is closed to it. */
function refuseUnseen(workspace: Workspace, securable: Securable, caller: Principal): Refusal | undefined {
  if (maySee(workspace, securable, caller)) return undefined
  if (workspace.switches.unseenSecurable === 'Missing') {
    return missing(workspace, securable.type, securable.name)
  }
  const closed = chain(securable).findLast((each) => !maySee(workspace, each, caller)) ?? securable
  return lacks(workspace, sightOf[closed.type] ?? 'BROWSE', closed)
}
