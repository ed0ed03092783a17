import { shaped } from '../http/body.ts'
import type { Call, Route } from '../http/call.ts'
import { isRefusal, type Refusal } from '../http/refusal.ts'
import type { Workspace } from '../workspace.ts'
import { olderForm, pageOfAssignments, type Assignment, type AssignmentForm } from './assignment-page.ts'
import { mayManage } from './authority.ts'
import { whereAvailable } from './availability.ts'
import { changeGrants, changesSchema } from './change-grants.ts'
import { effectivePrivileges } from './effective.ts'
import { spelledOut } from './privileges.ts'
import { findSecurable, lacks } from './refusals.ts'
import type { Securable } from './securable.ts'

const versions = ['2.1']

const newerForm = (member: AssignmentForm['member']): AssignmentForm => ({
  member,
  size: 'page_size',
  ids: 'Shown',
})

/** Grants on securables: read, change, and what they add up to. */
export const catalogPermissionRoutes = (workspace: Workspace): Route[] =>
  whereAvailable(workspace, grantRoutes(workspace))

const grantRoutes = (workspace: Workspace): Route[] => [
  // https://docs.databricks.com/api/workspace/grants/get
  reading(workspace, 'permissions', { list: directGrants, form: olderForm }),
  {
    // https://docs.databricks.com/api/workspace/grants/update
    method: 'PATCH',
    versions,
    path: '/unity-catalog/permissions/{type}/{name}',
    handle: (call) => patchGrants(workspace, call),
  },
  // https://docs.databricks.com/api/workspace/grants/geteffective
  reading(workspace, 'effective-permissions', { list: effectiveGrants, form: olderForm }),
  // https://docs.databricks.com/api/workspace/grants/list
  reading(workspace, 'privilege-assignments', {
    list: directGrants,
    form: newerForm('privilege_assignments'),
  }),
  // https://docs.databricks.com/api/workspace/grants/listeffective
  reading(workspace, 'effective-privilege-assignments', {
    list: effectiveGrants,
    form: newerForm('effective_privilege_assignments'),
  }),
]

type List = (workspace: Workspace, securable: Securable) => Assignment[]

const reading = (
  workspace: Workspace,
  path: string,
  { list, form }: { list: List; form: AssignmentForm },
): Route => ({
  method: 'GET',
  versions,
  path: `/unity-catalog/${path}/{type}/{name}`,
  handle: (call) => {
    const securable = readable(workspace, call)
    if (isRefusal(securable)) return securable
    return pageOfAssignments(workspace, list(workspace, securable), { query: call.query, form })
  },
})

function patchGrants(workspace: Workspace, { parameters, body, caller }: Call): object | Refusal {
  const sent = shaped(changesSchema, body)
  if (isRefusal(sent)) return sent
  const { type = '', name = '' } = parameters
  const securable = findSecurable(workspace, type, name)
  if (isRefusal(securable)) return securable
  if (!mayManage(workspace, securable, caller)) return lacks(workspace, 'MANAGE', securable)
  const refusal = changeGrants(workspace, securable, { changes: sent.changes, caller })
  if (refusal !== undefined) return refusal
  if (sent.omit_permissions_in_response) return {}
  const everything = { query: new URLSearchParams(), form: olderForm }
  return pageOfAssignments(workspace, directGrants(workspace, securable), everything)
}

/** The securable of a call that reads grants: all of them, or the caller's own. */
function readable(workspace: Workspace, { parameters, query, caller }: Call): Securable | Refusal {
  const { type = '', name = '' } = parameters
  const securable = findSecurable(workspace, type, name)
  if (isRefusal(securable)) return securable
  const asksForOwn = query.get('principal')?.toLowerCase() === caller.name.toLowerCase()
  return asksForOwn || mayManage(workspace, securable, caller)
    ? securable
    : lacks(workspace, 'MANAGE', securable)
}

function directGrants({ grants, switches }: Workspace, securable: Securable): Assignment[] {
  const isOne = switches.allPrivilegesRead === 'One'
  return [...grants.on(securable)].map(([principalId, privileges]) => ({
    principalId,
    privileges: [...(isOne ? privileges : spelledOut(privileges, securable.entity))].toSorted(),
  }))
}

function effectiveGrants({ grants }: Workspace, securable: Securable): Assignment[] {
  return [...effectivePrivileges(grants, securable)].map(([principalId, privileges]) => ({
    principalId,
    privileges,
  }))
}
