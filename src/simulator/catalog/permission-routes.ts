import { shaped } from '../http/body.ts'
import type { Call, Route } from '../http/call.ts'
import { isRefusal, type Refusal } from '../http/refusal.ts'
import type { Workspace } from '../workspace.ts'
import { pageOfAssignments, type Assignment } from './assignment-page.ts'
import { changeGrants, changesSchema } from './change-grants.ts'
import { effectivePrivileges, mayManage } from './effective.ts'
import { findSecurable, refuseManage } from './refusals.ts'
import type { Securable } from './securables.ts'

const versions = ['2.1']

/** Grants on securables: read, change, and what they add up to. */
export const catalogPermissionRoutes = (workspace: Workspace): Route[] => [
  {
    // https://docs.databricks.com/api/workspace/grants/get
    method: 'GET',
    versions,
    path: '/unity-catalog/permissions/{type}/{name}',
    handle: (call) => {
      const securable = readable(workspace, call)
      if (isRefusal(securable)) return securable
      return pageOfAssignments(workspace, directGrants(workspace, securable), call.query)
    },
  },
  {
    // https://docs.databricks.com/api/workspace/grants/update
    method: 'PATCH',
    versions,
    path: '/unity-catalog/permissions/{type}/{name}',
    handle: (call) => patch(workspace, call),
  },
  {
    // https://docs.databricks.com/api/workspace/grants/geteffective
    method: 'GET',
    versions,
    path: '/unity-catalog/effective-permissions/{type}/{name}',
    handle: (call) => {
      const securable = readable(workspace, call)
      if (isRefusal(securable)) return securable
      const effective = effectivePrivileges(workspace.grants, securable)
      const assignments = [...effective].map(([name, privileges]) => ({
        principal: spelled(workspace, name),
        privileges,
      }))
      return pageOfAssignments(workspace, assignments, call.query)
    },
  },
]

function patch(workspace: Workspace, { parameters, body, caller }: Call): object | Refusal {
  const sent = shaped(changesSchema, body)
  if (isRefusal(sent)) return sent
  const securable = findSecurable(workspace, parameters['type'] ?? '', parameters['name'] ?? '')
  if (isRefusal(securable)) return securable
  if (!mayManage(workspace.grants, securable, caller)) return refuseManage(workspace, securable)
  const refusal = changeGrants(workspace, securable, { changes: sent.changes, caller })
  if (refusal !== undefined) return refusal
  if (sent.omit_permissions_in_response) return {}
  return pageOfAssignments(workspace, directGrants(workspace, securable), new URLSearchParams())
}

/** The securable of a call that reads grants: all of them, or the caller's own. */
function readable(workspace: Workspace, { parameters, query, caller }: Call): Securable | Refusal {
  const securable = findSecurable(workspace, parameters['type'] ?? '', parameters['name'] ?? '')
  if (isRefusal(securable)) return securable
  const asksForOwn = query.get('principal')?.toLowerCase() === caller.name.toLowerCase()
  return asksForOwn || mayManage(workspace.grants, securable, caller)
    ? securable
    : refuseManage(workspace, securable)
}

const directGrants = (workspace: Workspace, securable: Securable): Assignment[] =>
  [...workspace.grants.on(securable)].map(([name, privileges]) => ({
    principal: spelled(workspace, name),
    privileges: [...privileges].toSorted(),
  }))

const spelled = ({ principals, switches }: Workspace, name: string): string =>
  switches.lowerCaseUsers && principals.named(name)?.kind === 'user' ? name.toLowerCase() : name
