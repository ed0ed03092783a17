import { isAdmin, type Principal } from '../principals.ts'
import type { Workspace } from '../workspace.ts'
import { allPrivileges, includes } from './privileges.ts'
import { chain, type Securable } from './securable.ts'

/** Whether somebody may do everything in the metastore: its owner, and whoever the switch lets. */
const isMetastoreAdmin = ({ securables, switches }: Workspace, caller: Principal): boolean =>
  caller.identities.has(securables.metastore.owner) ||
  (switches.workspaceAdminsAreMetastoreAdmins && isAdmin(caller))

/** Whether somebody owns a securable or what it lies in, or holds MANAGE there. */
export function ownsOrManages(
  { grants, switches }: Workspace,
  securable: Securable,
  caller: Principal,
): boolean {
  const managing = switches.allPrivilegesIncludeManage ? ['MANAGE', allPrivileges] : ['MANAGE']
  return chain(securable).some(
    (from) =>
      caller.identities.has(from.owner) ||
      granted(grants.on(from), caller).some((privileges) => managing.some((each) => privileges.has(each))),
  )
}

/** Owners, metastore administrators and holders of MANAGE may change a securable and see all grants on it. */
export const mayManage = (workspace: Workspace, securable: Securable, caller: Principal): boolean =>
  isMetastoreAdmin(workspace, caller) || ownsOrManages(workspace, securable, caller)

/** Whether somebody may do what the privilege stands for: by holding it, or by managing the securable. */
export function mayUse(
  workspace: Workspace,
  securable: Securable,
  { caller, privilege }: { caller: Principal; privilege: string },
): boolean {
  if (mayManage(workspace, securable, caller)) return true
  return chain(securable).some((from) =>
    granted(workspace.grants.on(from), caller).some((privileges) => includes(privileges, privilege)),
  )
}

/** Whether a securable is there for somebody: it manages it, or was granted something that reaches it. */
export const maySee = (workspace: Workspace, securable: Securable, caller: Principal): boolean =>
  mayManage(workspace, securable, caller) ||
  granted(workspace.grants.on(securable), caller).length > 0 ||
  (securable.parent !== undefined && seesContents(workspace, securable.parent, caller))

/** Whether everything that lies in a securable is there for somebody, whatever else it was granted. */
export const seesContents = (workspace: Workspace, container: Securable, caller: Principal): boolean =>
  mayManage(workspace, container, caller) ||
  chain(container).some((from) =>
    granted(workspace.grants.on(from), caller).some((privileges) =>
      // To be let into a catalog shows nothing that is in it.
      [...privileges].some((each) => each !== 'USE_CATALOG'),
    ),
  )

/** What a caller was granted, by name or through groups: one set for each. */
const granted = (
  grants: ReadonlyMap<string, ReadonlySet<string>>,
  { identities }: Principal,
): ReadonlySet<string>[] => [...identities].flatMap((id) => grants.get(id) ?? [])
