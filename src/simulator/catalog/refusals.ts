import type { JsonObject } from '../../databricks/json.ts'
import { invalidParameter, Refusal } from '../http/refusal.ts'
import type { Random } from '../random.ts'
import type { Workspace } from '../workspace.ts'
import { hasPartsOf, isSecurableType, titleOf, type Securable, type SecurableType } from './securable.ts'

/** Types for which the platform has error codes of their own. */
const named = new Set<SecurableType>([
  'metastore',
  'catalog',
  'schema',
  'table',
  'external_location',
  'storage_credential',
  'share',
  'recipient',
  'provider',
])

/** `SCHEMA_DOES_NOT_EXIST`, or the general code where the platform has none for the type. */
const codeOf = ({ switches }: Workspace, type: SecurableType, rest: string): string =>
  switches.unknownSecurableCode === 'ByKind' && named.has(type)
    ? `${type.toUpperCase()}_${rest}`
    : `RESOURCE_${rest}`

/** Unity Catalog adds to its errors the request's id. */
const requestInfo = (random: Random): JsonObject => ({
  '@type': 'type.googleapis.com/google.rpc.RequestInfo',
  request_id: random.uuid(),
  serving_data: '',
})

/** The securable that a URL names. */
export function findSecurable(workspace: Workspace, urlType: string, name: string): Securable | Refusal {
  const type = urlType.toLowerCase()
  if (!isSecurableType(type)) return invalidParameter(`'${urlType}' is not a supported securable type.`)
  if (!hasPartsOf(type, name)) return invalidParameter(`GetPermissions invalid ${type} name: '${name}'`)
  return workspace.securables.find(type, name) ?? missing(workspace, type, name)
}

/** 404: nothing has this name, or nothing that the caller may know of. */
export const missing = (workspace: Workspace, type: SecurableType, name: string): Refusal =>
  new Refusal(404, codeOf(workspace, type, 'DOES_NOT_EXIST'), {
    message: `${titleOf(type)} '${name}' does not exist.`,
    details: [requestInfo(workspace.random)],
  })

/** Something has this name already. */
export const alreadyThere = (workspace: Workspace, type: SecurableType, name: string): Refusal =>
  new Refusal(workspace.switches.takenNameStatus, codeOf(workspace, type, 'ALREADY_EXISTS'), {
    message: `${titleOf(type)} '${name}' already exists`,
    details: [requestInfo(workspace.random)],
  })

/** A container that is to be deleted without force has something in it. */
export const notEmpty = (workspace: Workspace, { type, name }: Securable): Refusal =>
  new Refusal(workspace.switches.notEmptyStatus, `${type.toUpperCase()}_NOT_EMPTY`, {
    message: `${titleOf(type)} '${name}' is not empty. Delete what is in it first, or use force.`,
    details: [requestInfo(workspace.random)],
  })

/** 403: the caller lacks a privilege, written as `USE CATALOG`, on a securable. */
export function lacks(
  { random }: Workspace,
  privilege: string,
  { type, name }: Pick<Securable, 'type' | 'name'>,
): Refusal {
  const resourceType = titleOf(type)
  const info = {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason: 'PERMISSION_DENIED',
    domain: 'unity-catalog.databricks.com',
    metadata: { principalName: 'User', msg: privilege, resourceType, resourceName: name },
  }
  return new Refusal(403, 'PERMISSION_DENIED', {
    message: `User does not have ${privilege} on ${resourceType} '${name}'.`,
    details: [info, requestInfo(random)],
  })
}

/** Something names somebody that the account does not know by that name. */
export const unknownPrincipal = (
  { switches, random }: Pick<Workspace, 'switches' | 'random'>,
  name: string,
): Refusal =>
  new Refusal(switches.unknownPrincipalStatus, 'PRINCIPAL_DOES_NOT_EXIST', {
    message: `Could not find principal with name ${name}`,
    details: [requestInfo(random)],
  })
