import type { JsonObject } from '../../databricks/json.ts'
import { shaped } from '../http/body.ts'
import { isRefusal, type Refusal } from '../http/refusal.ts'
import type { Principal, PrincipalChange } from '../principals.ts'
import type { Workspace } from '../workspace.ts'
import { scimRefusal } from './refusal.ts'
import type { ResourceType, Written } from './resource-types.ts'

/** Groups of the platform: their names stand, and who is in the latter two follows from being here. */
const builtIn = new Set(['admins', 'users', 'account users'])
const everybody = new Set(['users', 'account users'])

/** Adds somebody. What is made here is known to the account too, unless it is a group. */
export function createPrincipal(
  workspace: Workspace,
  type: ResourceType,
  body: JsonObject,
): Principal | Refusal {
  const { principals, random } = workspace
  const sent = read(type, body)
  if (isRefusal(sent)) return sent
  const name = sent[type.nameAttribute] ?? random.uuid()
  if (principals.named(name) !== undefined) {
    return scimRefusal(409, `${type.title} with ${type.named} ${name} already exists.`, 'uniqueness')
  }
  const refusal = refuseReferences(workspace, sent, undefined)
  if (refusal !== undefined) return refusal
  const level = type.kind === 'group' ? 'workspace' : 'account'
  const added = principals.add({ kind: type.kind, name, level, ...changeOf(sent, name) })
  if (type.kind === 'group') principals.setMembers(added.id, idsIn(sent.members))
  return added
}

/** Makes somebody as a whole document says: what it does not say is lost. */
export function replacePrincipal(
  workspace: Workspace,
  { type, principal }: { type: ResourceType; principal: Principal },
  body: JsonObject,
): Principal | Refusal {
  const sent = read(type, body)
  if (isRefusal(sent)) return sent
  const refusal =
    refuseChange(workspace, principal) ??
    refuseName(workspace, { type, principal }, sent[type.nameAttribute]) ??
    refuseReferences(workspace, sent, principal)
  if (refusal !== undefined) return refusal
  const { principals } = workspace
  const changed = principals.change(principal.id, changeOf(sent, principal.name))
  if (principal.kind === 'group') principals.setMembers(principal.id, idsIn(sent.members))
  return principals.withId(principal.id) ?? changed
}

/** Removes somebody; what it made stays. */
export function deletePrincipal(workspace: Workspace, principal: Principal): Refusal | undefined {
  const refusal = refuseChange(workspace, principal)
  if (refusal !== undefined) return refusal
  if (principal.kind === 'group' && builtIn.has(principal.name)) {
    return scimRefusal(400, `The group ${principal.name} cannot be deleted.`, 'mutability')
  }
  workspace.principals.remove(principal.id)
  return undefined
}

function read(type: ResourceType, body: JsonObject): Written | Refusal {
  const sent = shaped(type.written, body)
  return isRefusal(sent) ? scimRefusal(400, sent.message, 'invalidValue') : sent
}

function changeOf(sent: Written, name: string): PrincipalChange & { displayName: string } {
  const { externalId, name: fullName, emails, entitlements, roles } = sent
  const profile = Object.entries({ externalId, name: fullName, emails, entitlements, roles })
  return {
    displayName: sent.displayName ?? name,
    active: sent.active,
    groupIds: idsIn(sent.groups),
    profile: Object.fromEntries(profile.filter(([, value]) => value !== undefined)) as JsonObject,
  }
}

const idsIn = (references: Written['members']): string[] => [...new Set(references.map(({ value }) => value))]

function refuseChange({ switches }: Workspace, { kind, level, displayName }: Principal): Refusal | undefined {
  const isOfAccount = kind === 'group' && level === 'account'
  return isOfAccount && !switches.workspaceScimChangesAccountGroups
    ? scimRefusal(403, `Group ${displayName} belongs to the account and can only be changed there.`)
    : undefined
}

/** A user and a service principal keep their names; a group may be renamed. */
function refuseName(
  { principals }: Workspace,
  { type, principal }: { type: ResourceType; principal: Principal },
  name: string | undefined,
): Refusal | undefined {
  if (name === undefined || name.toLowerCase() === principal.name.toLowerCase()) return undefined
  if (type.kind !== 'group' || builtIn.has(principal.name)) {
    return scimRefusal(400, `The ${type.nameAttribute} of ${principal.name} cannot be changed.`, 'mutability')
  }
  return principals.named(name) === undefined
    ? undefined
    : scimRefusal(409, `Group with name ${name} already exists.`, 'uniqueness')
}

/** Why somebody cannot have these members and be in these groups. */
function refuseReferences(
  { principals }: Workspace,
  { members, groups }: Written,
  principal: Principal | undefined,
): Refusal | undefined {
  const unknown = idsIn(members).find((id) => principals.withId(id) === undefined)
  if (unknown !== undefined)
    return scimRefusal(404, `No user, service principal or group has the id ${unknown}.`)
  const noGroup = idsIn(groups).find((id) => principals.withId(id)?.kind !== 'group')
  if (noGroup !== undefined) return scimRefusal(404, `No group has the id ${noGroup}.`)
  if (principal === undefined) return undefined
  if (everybody.has(principal.name) && members.length > 0) {
    return scimRefusal(400, `The members of ${principal.name} cannot be changed.`, 'mutability')
  }
  const isCircle =
    idsIn(members).some((id) => principals.isWithin(principal.id, id)) ||
    idsIn(groups).some((id) => principals.isWithin(id, principal.id))
  return isCircle
    ? scimRefusal(400, `Group ${principal.name} would be in itself.`, 'invalidValue')
    : undefined
}
