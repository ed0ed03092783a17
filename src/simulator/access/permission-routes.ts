import type { Route } from '../http/call.ts'
import { invalidParameter, isRefusal, type Refusal } from '../http/refusal.ts'
import type { Principal } from '../principals.ts'
import type { Workspace } from '../workspace.ts'

/** The permissions of jobs and clusters, to be read. */
export const permissionRoutes = (workspace: Workspace): Route[] => [
  {
    // https://docs.databricks.com/api/workspace/permissions/get
    method: 'GET',
    versions: ['2.0'],
    path: '/permissions/{type}/{id}',
    handle: ({ parameters: { type = '', id = '' }, caller }) => {
      const missing = findObject(workspace, { type, id, caller })
      return missing ?? describe(workspace, type, id)
    },
  },
]

const objectTypes: Readonly<Record<string, string>> = { jobs: 'job', clusters: 'cluster' }

interface Wanted {
  readonly type: string
  readonly id: string
  readonly caller: Principal
}

/** Reading the list needs the right to manage the object. */
function findObject(workspace: Workspace, { type, id, caller }: Wanted): Refusal | undefined {
  if (!Object.hasOwn(objectTypes, type))
    return invalidParameter(`request_object_type is not recognized: ${type}`)
  const found =
    type === 'jobs'
      ? workspace.jobs.open({ id: /^[0-9]{1,19}$/.test(id) ? BigInt(id) : -1n, caller, right: 'manage' })
      : workspace.clusters.open({ id, caller, right: 'manage' })
  return isRefusal(found) ? found : undefined
}

function describe(workspace: Workspace, type: string, id: string): object {
  const object = `/${type}/${id}`
  const direct = workspace.permissions.of(object).map(({ key, name, level }) => ({
    [key]: name,
    display_name: workspace.principals.named(name)?.displayName ?? name,
    all_permissions: [{ permission_level: level, inherited: false }],
  }))
  // Administrators are always there, through the root of all objects of the kind.
  const inherited = { permission_level: 'CAN_MANAGE', inherited: true, inherited_from_object: [`/${type}/`] }
  return {
    object_id: object,
    object_type: objectTypes[type],
    access_control_list: [...direct, { group_name: 'admins', all_permissions: [inherited] }],
  }
}
