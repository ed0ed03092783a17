import type { Databricks } from './client.ts'
import { isObject, type Json } from './json.ts'

/** Who our calls are made as, and where. */
export interface Identity {
  /** Undefined when the answer did not tell. */
  readonly workspaceId: string | undefined
  /** A person's e-mail address or a service principal's application id. */
  readonly userName: string
  readonly displayName: string
  readonly active: boolean
  /** Member of the workspace's `admins`. */
  readonly isAdmin: boolean
}

/** Asks Databricks who we are: the cheapest call that proves host, network and credentials. */
export async function whoAmI(databricks: Databricks): Promise<Identity> {
  // https://docs.databricks.com/api/workspace/currentuser/me
  const me = await databricks.call({ method: 'GET', path: '/api/2.0/preview/scim/v2/Me', effect: 'read' })
  const groups = Array.isArray(me['groups']) ? me['groups'].filter(isObject) : []
  const userName = textOr(me['userName'], '')
  return {
    workspaceId: databricks.workspaceId(),
    userName,
    displayName: textOr(me['displayName'], userName),
    active: me['active'] !== false,
    isAdmin: groups.some((group) => group['display'] === 'admins'),
  }
}

const textOr = (value: Json | undefined, fallback: string): string =>
  typeof value === 'string' && value !== '' ? value : fallback
