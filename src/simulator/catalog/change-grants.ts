import { z } from 'zod'
import { invalidParameter, isRefusal, type Refusal } from '../http/refusal.ts'
import type { Principal } from '../principals.ts'
import type { Workspace } from '../workspace.ts'
import type { GrantChange } from './grants.ts'
import { isApplicable, isPrivilege, normalised } from './privileges.ts'
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
  const principal = granteeOf(workspace, sent)
  if (isRefusal(principal)) return principal
  const add = sent.add.map(normalised)
  const remove = sent.remove.map(normalised)
  if (add.some((privilege) => remove.includes(privilege))) {
    return invalidParameter(`Duplicate privileges to add and delete for principal ${principal.name}.`)
  }
  const wrong =
    add.find((privilege) => !isApplicable(privilege, securable.entity, workspace.switches)) ??
    remove.find((privilege) => !isPrivilege(privilege))
  if (wrong === undefined) return { principalId: principal.id, add, remove }
  const entity = `${securable.entity.toUpperCase()}_STANDARD`
  return invalidParameter(
    `Privilege ${wrong} is not applicable to this entity [${securable.name}:${entity}].`,
  )
}

/** The principal that a change is about: somebody of the account, not a group of the workspace. */
function granteeOf(workspace: Workspace, { principal, principal_id }: SentChange): Principal | Refusal {
  if ((principal === undefined) === (principal_id === undefined)) {
    return invalidParameter('A change needs exactly one of principal and principal_id.')
  }
  const name = principal ?? String(principal_id)
  const found = principal === undefined ? workspace.principals.withId(name) : workspace.principals.named(name)
  return found?.level === 'account' ? found : unknownPrincipal(workspace, name)
}
