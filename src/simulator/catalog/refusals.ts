import type { JsonObject } from '../../databricks/json.ts'
import { invalidParameter, Refusal } from '../http/refusal.ts'
import type { Random } from '../random.ts'
import type { Workspace } from '../workspace.ts'
import { isSecurableType, nameParts, type Securable, type SecurableType } from './securables.ts'

/** Unity Catalog adds to its errors the request's id. */
const requestInfo = (random: Random): JsonObject => ({
  '@type': 'type.googleapis.com/google.rpc.RequestInfo',
  request_id: random.uuid(),
  serving_data: '',
})

/** `Schema`: how texts write a type. */
const titleOf = (type: SecurableType): string => type.charAt(0).toUpperCase() + type.slice(1)

/** The securable that a URL names. */
export function findSecurable(workspace: Workspace, urlType: string, name: string): Securable | Refusal {
  const type = urlType.toLowerCase()
  if (!isSecurableType(type)) return invalidParameter(`'${urlType}' is not a supported securable type.`)
  if (name.split('.').length !== nameParts[type]) {
    return invalidParameter(`GetPermissions invalid ${type} name: '${name}'`)
  }
  return workspace.securables.find(type, name) ?? missing(workspace, type, name)
}

function missing({ switches, random }: Workspace, type: SecurableType, name: string): Refusal {
  // The platform has no code of its own for a volume.
  const byKind = switches.unknownSecurableCode === 'ByKind' && type !== 'volume'
  const code = byKind ? `${type.toUpperCase()}_DOES_NOT_EXIST` : 'RESOURCE_DOES_NOT_EXIST'
  const message = `${titleOf(type)} '${name}' does not exist.`
  return new Refusal(404, code, { message, details: [requestInfo(random)] })
}

/** The caller may not see or change the grants of others on a securable. */
export function refuseManage({ random }: Workspace, { type, name }: Securable): Refusal {
  const resourceType = titleOf(type)
  const info = {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason: 'PERMISSION_DENIED',
    domain: 'unity-catalog.databricks.com',
    metadata: { principalName: 'User', msg: 'MANAGE', resourceType, resourceName: name },
  }
  return new Refusal(403, 'PERMISSION_DENIED', {
    message: `User does not have MANAGE on ${resourceType} '${name}'.`,
    details: [info, requestInfo(random)],
  })
}

/** A grant names somebody that the account does not know by that name. */
export const unknownPrincipal = ({ switches, random }: Workspace, name: string): Refusal =>
  new Refusal(switches.unknownPrincipalStatus, 'PRINCIPAL_DOES_NOT_EXIST', {
    message: `Could not find principal with name ${name}`,
    details: [requestInfo(random)],
  })
