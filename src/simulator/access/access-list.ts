import { z } from 'zod'
import { invalidParameter, isRefusal, Refusal } from '../http/refusal.ts'
import type { Principal, Principals } from '../principals.ts'
import type { Switches } from '../switches.ts'
import { entryFor, type PermissionEntry } from './object-permissions.ts'
import { administratorLevel, isOwned, jobType, levelOf, type ObjectType } from './object-types.ts'

/** An entry as a request has it: one principal and what it gets. */
export const sentEntrySchema = z.object({
  user_name: z.string().optional(),
  group_name: z.string().optional(),
  service_principal_name: z.string().optional(),
  permission_level: z.string(),
})

type SentEntry = z.infer<typeof sentEntrySchema>

/** How the wire names a kind of principal, and how texts do. */
export const principalKeys = {
  user: 'user_name',
  group: 'group_name',
  servicePrincipal: 'service_principal_name',
} as const satisfies Record<Principal['kind'], keyof SentEntry>

const titles = { user: 'UserName', group: 'GroupName', servicePrincipal: 'ServicePrincipalName' } as const

interface Rules {
  readonly principals: Principals
  readonly switches: Switches
}

/** The direct entries that a list of a request stands for. Of two about one principal the last one wins. */
export function checkAccessList(
  rules: Rules,
  type: ObjectType,
  list: readonly SentEntry[],
): PermissionEntry[] | Refusal {
  const byPrincipal = new Map<string, PermissionEntry>()
  for (const sent of list) {
    const entry = checkEntry(rules, type, sent)
    if (isRefusal(entry)) return entry
    byPrincipal.set(entry.principalId, entry)
  }
  return [...byPrincipal.values()]
}

function checkEntry(rules: Rules, type: ObjectType, sent: SentEntry): PermissionEntry | Refusal {
  const principal = principalOf(rules, sent)
  if (isRefusal(principal)) return principal
  const level = levelOf(type, sent.permission_level)
  if (level === undefined) {
    return invalidParameter(`Permission level ${sent.permission_level} is not valid for a ${type.name}.`)
  }
  if (principal.kind === 'group' && level === 'IS_OWNER') {
    return invalidParameter(`A group cannot own a ${type.name}: '${principal.name}'.`)
  }
  const rank = (each: string) => type.levels.indexOf(each)
  // Administrators can be given no less than they have anyway.
  if (principal.name === 'admins' && rank(level) < rank(administratorLevel(type))) {
    return invalidParameter("Cannot change permissions for group 'admins' to None.")
  }
  return entryFor(principal, level)
}

function principalOf({ principals, switches }: Rules, sent: SentEntry): Principal | Refusal {
  const named = Object.entries(principalKeys).flatMap(([kind, key]) => {
    const name = sent[key]
    return name === undefined ? [] : [{ kind: kind as Principal['kind'], name }]
  })
  const [only, ...others] = named
  if (only === undefined || others.length > 0) {
    return invalidParameter(
      'An entry of access_control_list must have exactly one of user_name, group_name and service_principal_name.',
    )
  }
  const found = principals.named(only.name)
  if (found?.kind === only.kind) return found
  const code = switches.unknownPermissionPrincipal
  return new Refusal(code === 'RESOURCE_DOES_NOT_EXIST' ? 404 : 400, code, {
    message: `Principal: ${titles[only.kind]}(${only.name}) does not exist`,
  })
}

/** Why a list cannot be an object's whole list of direct entries: its number of owners. */
export function refuseOwners(type: ObjectType, entries: readonly PermissionEntry[]): Refusal | undefined {
  if (!isOwned(type)) return undefined
  const owners = entries.filter(({ level }) => level === 'IS_OWNER').length
  return owners === 1
    ? undefined
    : invalidParameter(`The ${type.name.replace(/s$/, '')} must have exactly one owner.`)
}

/** The list that a job is created with: its creator, who owns it unless the list names another owner. */
export function accessListOfNewJob(
  rules: Rules,
  creators: readonly PermissionEntry[],
  list: readonly SentEntry[],
): PermissionEntry[] | Refusal {
  const sent = checkAccessList(rules, jobType, list)
  if (isRefusal(sent)) return sent
  const former = sent.some(({ level }) => level === 'IS_OWNER') ? [] : creators
  const others = sent.filter((entry) => !former.some(({ principalId }) => principalId === entry.principalId))
  const entries = [...former, ...others]
  return refuseOwners(jobType, entries) ?? entries
}
