import { invalidState, type Refusal } from '../http/refusal.ts'
import type { Principal } from '../principals.ts'
import type { Workspace } from '../workspace.ts'
import { mayManage } from './authority.ts'
import { isUnder } from './check-facts.ts'
import { lacks, notEmpty } from './refusals.ts'
import { factOf, titleOf, type Securable, type SecurableType } from './securable.ts'

/** Deletes a securable, and what lies in it if that is forced; what was granted on them is gone too. */
export function deleteObject(
  workspace: Workspace,
  securable: Securable,
  { force, caller }: { force: boolean; caller: Principal },
): Refusal | undefined {
  if (!mayManage(workspace, securable, caller)) return lacks(workspace, 'MANAGE', securable)
  const refusal = force ? undefined : refuseInUse(workspace, securable)
  if (refusal !== undefined) return refusal
  for (const gone of workspace.securables.remove(securable)) workspace.grants.forget(gone)
  return undefined
}

function refuseInUse(workspace: Workspace, securable: Securable): Refusal | undefined {
  const contents = workspace.securables.childrenOf(securable)
  // Nobody put the information schema there, so it is in nobody's way.
  if (contents.some(({ name }) => !name.endsWith('.information_schema')))
    return notEmpty(workspace, securable)
  const users = dependents(workspace, securable)
  if (users.length === 0) return undefined
  const { type, name } = securable
  return invalidState(
    `${titleOf(type)} '${name}' is in use by ${users.map((user) => user.name).join(', ')}; use force to delete it.`,
  )
}

/** What would no longer work without a storage credential, a location or a connection. */
function dependents(workspace: Workspace, securable: Securable): Securable[] {
  const { securables } = workspace
  if (securable.type !== 'external_location') return usersOf(workspace, securable).map(({ user }) => user)
  const data = [...securables.all('volume'), ...securables.all('table')]
  return data.filter((each) => isUnder(factOf(each, 'storage_location'), securable))
}

/** What names a storage credential or a connection among its facts. */
export function usersOf(
  { securables }: Workspace,
  { type, name }: Securable,
): { user: Securable; fact: string }[] {
  const naming = (by: SecurableType, fact: string) =>
    securables
      .in(undefined, by)
      .filter((each) => factOf(each, fact).toLowerCase() === name)
      .map((user) => ({ user, fact }))
  if (type === 'storage_credential') return naming('external_location', 'credential_name')
  return type === 'connection' ? naming('catalog', 'connection_name') : []
}
