import { z } from 'zod'
import { shaped } from '../http/body.ts'
import type { Call, Route } from '../http/call.ts'
import { isRefusal, permissionDenied, Refusal } from '../http/refusal.ts'
import { isAdmin, type Principal } from '../principals.ts'
import type { Workspace } from '../workspace.ts'
import { checkAccessList, principalKeys, sentEntrySchema } from './access-list.ts'
import { mergeEntries, replaceEntries, type Target } from './change-permissions.ts'
import { holds, type PermissionEntry } from './object-permissions.ts'
import { administratorLevel, managingLevels, objectTypeOf } from './object-types.ts'

const changeSchema = z.object({ access_control_list: z.array(sentEntrySchema).default([]) })

/** Where an object stands in a path; the older preview path is the same store. */
const paths = ['/permissions', '/preview/permissions'].flatMap((root) => [
  `${root}/{type}/{id}`,
  `${root}/sql/{sqlType}/{id}`,
])

/** The access lists of everything that has one. */
export const permissionRoutes = (workspace: Workspace): Route[] =>
  paths.flatMap((path) => at(workspace, path))

const at = (workspace: Workspace, path: string): Route[] => [
  {
    // https://docs.databricks.com/api/workspace/permissions/get
    method: 'GET',
    versions: ['2.0'],
    path,
    handle: (call) => {
      const target = findTarget(workspace, call)
      return isRefusal(target) ? target : describe(workspace, target, target.entries)
    },
  },
  {
    // https://docs.databricks.com/api/workspace/permissions/set
    method: 'PUT',
    versions: ['2.0'],
    path,
    handle: (call) => change(workspace, call, replaceEntries),
  },
  {
    // https://docs.databricks.com/api/workspace/permissions/update
    method: 'PATCH',
    versions: ['2.0'],
    path,
    handle: (call) => change(workspace, call, mergeEntries),
  },
  {
    // https://docs.databricks.com/api/workspace/permissions/getpermissionlevels
    method: 'GET',
    versions: ['2.0'],
    path: `${path}/permissionLevels`,
    handle: (call) => {
      const target = findTarget(workspace, call)
      return isRefusal(target) ? target : { permission_levels: target.type.levels.map(describeLevel) }
    },
  },
]

const describeLevel = (permission_level: string): object => ({
  permission_level,
  description: `${permission_level.replace('_', ' ').toLowerCase().replaceAll('_', ' ')} permission`,
})

interface FoundTarget extends Target {
  readonly entries: readonly PermissionEntry[]
  readonly isLeftBehind: boolean
}

function change(
  workspace: Workspace,
  call: Call,
  apply: (workspace: Workspace, target: Target, entries: readonly PermissionEntry[]) => Refusal | undefined,
): object | Refusal {
  const sent = shaped(changeSchema, call.body)
  if (isRefusal(sent)) return sent
  const target = findTarget(workspace, call)
  if (isRefusal(target)) return target
  if (target.isLeftBehind) return gone(target)
  const entries = checkAccessList(workspace, target.type, sent.access_control_list)
  if (isRefusal(entries)) return entries
  const refusal = apply(workspace, target, entries)
  return refusal ?? describe(workspace, target, workspace.permissions.of(target.object))
}

const gone = ({ type, object }: Target): Refusal =>
  new Refusal(404, 'RESOURCE_DOES_NOT_EXIST', { message: `${type.name} ${idIn(object)} not found.` })

const idIn = (object: string): string => object.slice(object.lastIndexOf('/') + 1)

/** The object of a call. Reading its list needs the same right as changing it: to manage the object. */
function findTarget(workspace: Workspace, { parameters, caller }: Call): FoundTarget | Refusal {
  const { type = 'sql', sqlType, id = '' } = parameters
  // There is one list of who may use tokens, so the kind is the whole name.
  const isKindAlone = type === 'authorization'
  const inPath = sqlType === undefined ? (isKindAlone ? `${type}/${id}` : type) : `sql/${sqlType}`
  const found = objectTypeOf(inPath)
  if (found === undefined) {
    return new Refusal(400, workspace.switches.unknownObjectTypeCode, {
      message: `request_object_type is not recognized: ${inPath}`,
    })
  }
  const object = isKindAlone ? `/${found.path}` : `/${found.path}/${id}`
  const target = { type: found, object, entries: workspace.permissions.of(object), isLeftBehind: false }
  const left = workspace.permissions.leftBehind(object)
  if (left !== undefined && mayManage({ ...target, entries: left }, caller)) {
    return { ...target, entries: left, isLeftBehind: true }
  }
  return refuseObject(workspace, { target, id, caller }) ?? target
}

const mayManage = ({ type, entries }: FoundTarget, caller: Principal): boolean =>
  isAdmin(caller) || holds(caller, entries, managingLevels(type))

function refuseObject(
  workspace: Workspace,
  { target, id, caller }: { target: FoundTarget; id: string; caller: Principal },
): Refusal | undefined {
  const right = 'manage'
  if (target.type.path === 'jobs') {
    const job = workspace.jobs.open({ id: /^[0-9]{1,19}$/.test(id) ? BigInt(id) : -1n, caller, right })
    return isRefusal(job) ? job : undefined
  }
  if (target.type.path === 'clusters') {
    const cluster = workspace.clusters.open({ id, caller, right })
    return isRefusal(cluster) ? cluster : undefined
  }
  const isAlwaysThere = target.type.path.startsWith('authorization/') || target.object === '/directories/0'
  if (!isAlwaysThere && !workspace.permissions.has(target.object)) return gone(target)
  if (mayManage(target, caller)) return undefined
  return permissionDenied(`${caller.name} does not have Manage permissions on ${target.type.name} ${id}.`)
}

function describe(
  { principals, switches }: Workspace,
  { type, object }: Target,
  entries: readonly PermissionEntry[],
): object {
  const admins = principals.named('admins')
  // Administrators are always there, through the root of all objects of the kind.
  const inherited = {
    permission_level: administratorLevel(type),
    inherited: true,
    inherited_from_object: [`${object.slice(0, object.lastIndexOf('/'))}/`],
  }
  const directTo = (principalId: string) =>
    entries
      .filter((entry) => entry.principalId === principalId)
      .map(({ level }) => ({ permission_level: level, inherited: false }))
  const others = entries.flatMap(({ principalId }) => {
    const principal = principals.withId(principalId)
    if (principal === undefined || principal === admins) return []
    const lower = switches.lowerCaseUsers && principal.kind === 'user'
    return {
      [principalKeys[principal.kind]]: lower ? principal.name.toLowerCase() : principal.name,
      ...(principal.kind !== 'group' && { display_name: principal.displayName }),
      all_permissions: directTo(principalId),
    }
  })
  const administrators = {
    group_name: 'admins',
    all_permissions: [...(admins === undefined ? [] : directTo(admins.id)), inherited],
  }
  return { object_id: object, object_type: type.name, access_control_list: [...others, administrators] }
}
