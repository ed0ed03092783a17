import type { JsonObject } from '../databricks/json.ts'
import type { Session } from './kind.ts'

/** A level for one principal, as a workspace's defaults say it. */
export interface Permission {
  readonly userName?: string | undefined
  readonly groupName?: string | undefined
  readonly servicePrincipalName?: string | undefined
  readonly permissionLevel: string
}

const applicationId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * The same as Databricks takes it: one level for each principal, the last one, as Databricks itself would have it; an
 * application id as one, under whatever name it stands; and nothing for ourselves, who made it and manage it.
 * https://docs.databricks.com/api/workspace/permissions/update
 */
export function accessList(permissions: readonly Permission[], { me }: Pick<Session, 'me'>): JsonObject[] {
  const entries = permissions.map(entryOf)
  const last = new Map(entries.map((entry) => [entry.key, entry]))
  return [...last.values()]
    .filter(({ key }) => key !== keyOf(me))
    .map(({ member, name, level }) => ({ [member]: name, permission_level: level }))
}

function entryOf({ userName, groupName, servicePrincipalName, permissionLevel: level }: Permission) {
  // The name of a group has a case, and may be that of anybody else.
  if (groupName !== undefined)
    return { key: `group ${groupName}`, member: 'group_name', name: groupName, level }
  const name = servicePrincipalName ?? userName ?? ''
  const isPrincipal = servicePrincipalName !== undefined || applicationId.test(name)
  return { key: keyOf(name), member: isPrincipal ? 'service_principal_name' : 'user_name', name, level }
}

const keyOf = (name: string): string => `principal ${name.toLowerCase()}`
