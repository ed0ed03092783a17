import { z } from 'zod'
import type { Json, JsonObject } from '../../databricks/json.ts'
import type { Call } from '../http/call.ts'
import { invalidParameter, isRefusal, type Refusal } from '../http/refusal.ts'
import type { Principal } from '../principals.ts'
import type { Workspace } from '../workspace.ts'
import { mayManage, ownsOrManages } from './authority.ts'
import { refuseReference } from './check-facts.ts'
import { callName, refuseName, shapedFor, withoutSlashes } from './create-object.ts'
import { usersOf } from './delete-object.ts'
import type { ObjectKind } from './object-kinds.ts'
import { updateSchemas } from './object-schemas.ts'
import { alreadyThere, lacks, unknownPrincipal } from './refusals.ts'
import type { Securable } from './securable.ts'

const namesSchema = z.object({ owner: z.string().optional(), new_name: z.string().optional() })

/** What a metastore administrator who does not own an object may change in it, where that is not everything. */
const administratorsFields: Partial<Readonly<Record<ObjectKind['shape'], string>>> = {
  schema: 'owner',
  external_location: 'new_name',
}

/** Changes what a body mentions and nothing else. */
export function changeObject(
  workspace: Workspace,
  { kind, securable }: { kind: ObjectKind; securable: Securable },
  { body, caller }: Call,
): Refusal | undefined {
  const names = shapedFor(kind, 'Update', { schema: namesSchema, body })
  if (isRefusal(names)) return names
  const sent = shapedFor(kind, 'Update', { schema: updateSchemas[kind.shape], body })
  if (isRefusal(sent)) return sent
  const change = { facts: withoutSlashes(sent), ...names }
  return (
    refuseCaller(workspace, { kind, securable, caller }, change) ??
    refuseNothing(workspace, { kind, securable }, change) ??
    apply(workspace, { kind, securable, caller }, change)
  )
}

interface Change {
  readonly facts: JsonObject
  readonly owner?: string | undefined
  readonly new_name?: string | undefined
}

const fieldsOf = ({ facts, owner, new_name }: Change): string[] => [
  ...Object.keys(facts),
  ...(owner === undefined ? [] : ['owner']),
  ...(new_name === undefined ? [] : ['new_name']),
]

function refuseCaller(
  workspace: Workspace,
  { kind, securable, caller }: { kind: ObjectKind; securable: Securable; caller: Principal },
  change: Change,
): Refusal | undefined {
  if (ownsOrManages(workspace, securable, caller)) return undefined
  const only = administratorsFields[kind.shape]
  const mayAll = only === undefined || fieldsOf(change).every((field) => field === only)
  if (mayAll && mayManage(workspace, securable, caller)) return undefined
  return lacks(workspace, 'MANAGE', securable)
}

/** A schema refuses a change that changes nothing; the others only one that mentions nothing. */
function refuseNothing(
  { principals }: Workspace,
  { kind, securable }: { kind: ObjectKind; securable: Securable },
  change: Change,
): Refusal | undefined {
  const owner = change.owner === undefined ? undefined : principals.named(change.owner)?.id
  const isSame =
    kind.shape === 'schema' &&
    change.new_name === undefined &&
    (change.owner === undefined || owner === securable.owner) &&
    Object.entries(change.facts).every(([field, value]) => isEqual(securable.facts[field], value))
  return isSame || fieldsOf(change).length === 0
    ? invalidParameter(`${callName(kind, 'Update')} Nothing to update`)
    : undefined
}

const isEqual = (left: Json | undefined, right: Json | undefined): boolean =>
  JSON.stringify(left ?? '') === JSON.stringify(right ?? '')

function apply(
  workspace: Workspace,
  { kind, securable, caller }: { kind: ObjectKind; securable: Securable; caller: Principal },
  { facts, owner, new_name }: Change,
): Refusal | undefined {
  const { principals, securables, clock } = workspace
  const newOwner = owner === undefined ? undefined : principals.named(owner)
  if (owner !== undefined && newOwner?.level !== 'account') return unknownPrincipal(workspace, owner)
  const unknown = refuseReference(workspace, 'storage_credential', facts['credential_name'])
  if (unknown !== undefined) return unknown
  const name = new_name === undefined ? securable.name : siblingName(securable, new_name)
  if (name !== securable.name) {
    const refusal = refuseName(kind, new_name ?? '')
    if (refusal !== undefined) return refusal
    if (securables.isTaken(securable.type, name)) return alreadyThere(workspace, securable.type, name)
    for (const { user, fact } of usersOf(workspace, securable)) user.facts = { ...user.facts, [fact]: name }
    securables.rename(securable, name)
  }
  securable.facts = { ...securable.facts, ...facts }
  if (newOwner !== undefined) securable.owner = newOwner.id
  securable.updatedAt = clock.now()
  securable.updatedBy = caller.name
  return undefined
}

/** The full name of something that is called this and lies where the securable lies. */
const siblingName = ({ parent }: Securable, name: string): string =>
  (parent === undefined ? name : `${parent.name}.${name}`).toLowerCase()
