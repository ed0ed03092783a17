import { z } from 'zod'
import { invalidParameter, isRefusal, Refusal } from '../http/refusal.ts'
import type { Principal } from '../principals.ts'
import type { Workspace } from '../workspace.ts'
import type { GrantChange } from './grants.ts'
import { allPrivileges, isApplicable, isPrivilege, normalised } from './privileges.ts'
import { unknownPrincipal } from './refusals.ts'
import type { Securable } from './securable.ts'

/** What a PATCH of permissions takes. */
export const changesSchema = z.object({
  changes: z
    .array(
      z.object({
        principal: z.string().optional(),
        principal_id: z.union([z.int(), z.bigint()]).optional(),
        add: z.array(z.string()).default([]),
        remove: z.array(z.string()).default([]),
      }),
    )
    .default([]),
  omit_permissions_in_response: z.boolean().default(false),
})

type SentChange = z.infer<typeof changesSchema>['changes'][number]

/** Applies changes to the grants on a securable: all of them, or none if one is refused. */
export function changeGrants(
  workspace: Workspace,
  securable: Securable,
  { changes, caller }: { changes: readonly SentChange[]; caller: Principal },
): Refusal | undefined {
  const accepted: GrantChange[] = []
  for (const sent of changes) {
    const change = checkChange(workspace, securable, sent)
    if (!isRefusal(change)) {
      accepted.push(change)
      continue
    }
    if (!workspace.switches.atomicGrants) apply(workspace, securable, { changes: accepted, caller })
    return change
  }
  apply(workspace, securable, { changes: accepted, caller })
  return undefined
}

function apply(
  { grants, clock }: Workspace,
  securable: Securable,
  { changes, caller }: { changes: readonly GrantChange[]; caller: Principal },
): void {
  grants.change(securable, changes)
  securable.updatedAt = clock.now()
  securable.updatedBy = caller.name
}

function checkChange(workspace: Workspace, securable: Securable, sent: SentChange): GrantChange | Refusal {
  const { switches } = workspace
  const grantee = granteeOf(workspace, securable, sent)
  if (isRefusal(grantee)) return grantee
  const add = sent.add.map(normalised)
  const remove = sent.remove.map(normalised)
  if (add.some((privilege) => remove.includes(privilege))) {
    return invalidParameter(`Duplicate privileges to add and delete for principal ${grantee.name}.`)
  }
  if (add.length > 0 && remove.includes(allPrivileges) && switches.addWhileRemovingAll === 'Refused') {
    return invalidParameter(`Cannot add and remove ${allPrivileges} for principal ${grantee.name} at once.`)
  }
  const wrong =
    (switches.lowerCasePrivileges === 'Refused' ? sent.add.find(isLowerCase) : undefined) ??
    add.find((privilege) => !isApplicable(privilege, securable.entity, switches)) ??
    remove.find((privilege) => !isPrivilege(privilege))
  if (wrong === undefined) return { principalId: grantee.id, add, remove }
  const entity = `${securable.entity.toUpperCase()}_STANDARD`
  return new Refusal(400, switches.inapplicablePrivilegeCode, {
    message: `Privilege ${wrong} is not applicable to this entity [${securable.name}:${entity}].`,
  })
}

const isLowerCase = (privilege: string): boolean => privilege !== privilege.toUpperCase()

/** The principal that a change is about: somebody of the account, not a group of the workspace. */
function granteeOf(
  { principals, grants, switches, random }: Workspace,
  securable: Securable,
  { principal, principal_id, add }: SentChange,
): Pick<Principal, 'id' | 'name'> | Refusal {
  if ((principal === undefined) === (principal_id === undefined)) {
    return invalidParameter('A change needs exactly one of principal and principal_id.')
  }
  const name = principal ?? String(principal_id)
  const found = principal === undefined ? principals.withId(name) : principals.named(name)
  if (found?.level === 'account') return found
  // Of somebody who was deleted only the id is left, and what it was granted can still be taken back.
  const isLeft = principal === undefined && add.length === 0 && grants.on(securable).has(name)
  return isLeft ? { id: name, name } : unknownPrincipal({ switches, random }, name)
}
