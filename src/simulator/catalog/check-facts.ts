import type { JsonObject } from '../../databricks/json.ts'
import { invalidParameter, Refusal } from '../http/refusal.ts'
import type { Workspace } from '../workspace.ts'
import type { ObjectKind } from './object-kinds.ts'
import { missing } from './refusals.ts'
import { factOf, type Securable } from './securable.ts'

/** Why these settings cannot be those of an object: they do not fit together, or refer to what is not there. */
export function refuseFacts(workspace: Workspace, kind: ObjectKind, facts: JsonObject): Refusal | undefined {
  const { shape } = kind
  if (shape === 'volume') return refuseVolume(workspace, facts)
  if (shape === 'storage_credential' || shape === 'credential') return refuseIdentity(facts)
  const { storage_location: place } = facts
  if (shape === 'table' && typeof place === 'string') return refuseOutside(workspace, place)
  return (
    refuseReference(workspace, 'storage_credential', facts['credential_name']) ??
    refuseReference(workspace, 'connection', facts['connection_name'])
  )
}

function refuseVolume(workspace: Workspace, facts: JsonObject): Refusal | undefined {
  const { volume_type, storage_location } = facts
  if (volume_type === 'MANAGED') {
    if (storage_location === undefined) return undefined
    return invalidParameter('CreateVolume storage_location can not be provided.')
  }
  // So it is reported, although it is there and only wrong.
  if (volume_type !== 'EXTERNAL') return missingField('volume_type')
  if (typeof storage_location !== 'string') return missingField('storage_location')
  return refuseOutside(workspace, storage_location)
}

const missingField = (field: string): Refusal =>
  invalidParameter(`CreateVolume Missing required field: ${field}`)

/** External data must lie under an external location. */
function refuseOutside({ securables }: Workspace, url: string): Refusal | undefined {
  if (securables.in(undefined, 'external_location').some((location) => isUnder(url, location)))
    return undefined
  return new Refusal(404, 'EXTERNAL_LOCATION_DOES_NOT_EXIST', {
    message: `No external location covers the path '${url}'.`,
  })
}

/** Whether a storage address lies in an external location. */
export const isUnder = (url: string, location: Securable): boolean =>
  `${url}/`.startsWith(`${factOf(location, 'url')}/`)

/** Refuses the name of something that there is not; undefined if there is, or if nothing is named. */
export function refuseReference(
  workspace: Workspace,
  type: 'storage_credential' | 'connection',
  name: unknown,
): Refusal | undefined {
  // Absent, then.
  if (typeof name !== 'string') return undefined
  return workspace.securables.find(type, name) === undefined ? missing(workspace, type, name) : undefined
}

const identities = [
  'aws_iam_role',
  'azure_managed_identity',
  'azure_service_principal',
  'databricks_gcp_service_account',
  'cloudflare_api_token',
]

function refuseIdentity(facts: JsonObject): Refusal | undefined {
  const count = identities.filter((field) => facts[field] !== undefined).length
  return count === 1 ? undefined : invalidParameter('A credential needs exactly one identity in the cloud.')
}
