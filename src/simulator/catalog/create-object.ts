import { z } from 'zod'
import { isObject, type JsonObject } from '../../databricks/json.ts'
import { shaped } from '../http/body.ts'
import type { Call } from '../http/call.ts'
import { invalidParameter, isRefusal, type Refusal } from '../http/refusal.ts'
import type { Principal } from '../principals.ts'
import type { Workspace } from '../workspace.ts'
import { mayUse } from './authority.ts'
import { refuseFacts } from './check-facts.ts'
import type { ObjectKind } from './object-kinds.ts'
import { createSchemas } from './object-schemas.ts'
import { alreadyThere, lacks, missing } from './refusals.ts'
import type { Securable, SecurableType } from './securable.ts'

const nameSchema = z.object({ name: z.string() })
const namesSchemas = {
  0: nameSchema,
  1: nameSchema.extend({ catalog_name: z.string() }),
  2: nameSchema.extend({ catalog_name: z.string(), schema_name: z.string() }),
}

/** Neither periods nor blanks, slashes or control characters. */
const legalName = /^[^.\s/\p{Cc}]{1,255}$/u

/** Makes an object; the caller owns it, whatever the body says. */
export function createObject(workspace: Workspace, kind: ObjectKind, call: Call): Securable | Refusal {
  const body = bodyOf(kind, call.body)
  const names = shapedFor(kind, 'Create', { schema: namesSchemas[lengthOf(kind)], body })
  if (isRefusal(names)) return names
  const { name, ...parentNames } = names
  const nameRefusal = refuseName(kind, name)
  if (nameRefusal !== undefined) return nameRefusal
  const sent = shapedFor(kind, 'Create', { schema: createSchemas[kind.shape], body })
  if (isRefusal(sent)) return sent
  const facts = withoutSlashes(sent)
  const path = Object.values(parentNames)
  const type = facts['purpose'] === 'STORAGE' ? 'storage_credential' : kind.types[0]
  const refusal =
    refusePlace(workspace, kind, { type, path, caller: call.caller }) ?? refuseFacts(workspace, kind, facts)
  if (refusal !== undefined) return refusal
  const fullName = [...path, name].join('.')
  if (workspace.securables.isTaken(type, fullName)) return alreadyThere(workspace, type, fullName)
  return add(workspace, kind, { type, fullName, facts, caller: call.caller })
}

function add(
  { securables }: Workspace,
  { shape }: ObjectKind,
  added: { type: SecurableType; fullName: string; facts: JsonObject; caller: Principal },
): Securable {
  const { type, fullName, caller } = added
  const { purpose: _purpose, ...facts } = added.facts
  const common = { type, owner: caller.id, createdBy: caller.name, facts }
  const made = securables.add({ ...common, name: fullName, ...(shape === 'model' && { entity: 'model' }) })
  // A catalog of our own is never empty: these two are born with it.
  const isForeign = facts['connection_name'] !== undefined || facts['share_name'] !== undefined
  if (shape === 'catalog' && !isForeign) {
    securables.add({ ...common, type: 'schema', name: `${made.name}.default`, facts: {} })
    securables.add({ type: 'schema', name: `${made.name}.information_schema`, owner: 'System user' })
  }
  return made
}

const lengthOf = ({ parents }: ObjectKind): 0 | 1 | 2 => {
  const [catalog, schema] = parents
  if (catalog === undefined) return 0
  return schema === undefined ? 1 : 2
}

/** The body of a new function is wrapped once more. */
function bodyOf({ shape }: ObjectKind, body: JsonObject): JsonObject {
  const inner = body['function_info']
  return shape === 'function' && isObject(inner) ? inner : body
}

/** Why an object cannot be made there: what it would lie in is missing or closed to the caller. */
function refusePlace(
  workspace: Workspace,
  { createPrivilege, shape }: ObjectKind,
  { type, path, caller }: { type: SecurableType; path: readonly string[]; caller: Principal },
): Refusal | undefined {
  let place = workspace.securables.metastore
  for (const [depth, parentType] of (['catalog', 'schema'] as const).slice(0, path.length).entries()) {
    const name = path.slice(0, depth + 1).join('.')
    const found = workspace.securables.find(parentType, name)
    if (found === undefined) return missing(workspace, parentType, name)
    place = found
    const privilege = depth === 0 ? 'USE_CATALOG' : 'USE_SCHEMA'
    if (!mayUse(workspace, found, { caller, privilege })) {
      return lacks(workspace, privilege.replace('_', ' '), found)
    }
  }
  const isStorage = shape === 'credential' && type === 'storage_credential'
  const privilege = isStorage ? 'CREATE_STORAGE_CREDENTIAL' : createPrivilege
  if (mayUse(workspace, place, { caller, privilege })) return undefined
  return lacks(workspace, privilege.replaceAll('_', ' '), place)
}

/** A body in the shape that a call takes; what is missing is reported with the call's name. */
export function shapedFor<Shape extends z.ZodType>(
  kind: ObjectKind,
  verb: 'Create' | 'Update',
  { schema, body }: { schema: Shape; body: JsonObject },
): z.infer<Shape> | Refusal {
  const sent = shaped(schema, body)
  const isMissing = isRefusal(sent) && sent.message.startsWith('Missing required field')
  return isMissing ? invalidParameter(`${callName(kind, verb)} ${sent.message}`) : sent
}

/** `CreateExternalLocation` */
export const callName = ({ shape }: ObjectKind, verb: 'Create' | 'Update'): string =>
  verb +
  (shape === 'model' ? 'registered_model' : shape)
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')

/** Why something cannot be called this. */
export const refuseName = (kind: ObjectKind, name: string): Refusal | undefined =>
  legalName.test(name) ? undefined : invalidParameter(`'${name}' is not a valid ${kind.shape} name.`)

/** Storage addresses are kept without a slash at the end. */
export const withoutSlashes = (facts: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(facts).map(([field, value]) => [
      field,
      ['url', 'storage_root', 'storage_location'].includes(field) && typeof value === 'string'
        ? value.replace(/\/+$/, '')
        : value,
    ]),
  )
