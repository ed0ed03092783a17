import type { AccessEntry } from '../kinds/workspace/access.ts'
import type { Borrowed } from './borrowed.ts'
import type { Reason } from './reasons.ts'

/** An object of another namespace that wants to use a workspace. */
export interface Asking {
  /** The workspace, as `namespace/name`. */
  readonly workspace: string
  /** What the workspace says about others. */
  readonly entries: readonly AccessEntry[]
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  readonly kind: string
  /** It takes up something that exists. */
  readonly adopts: boolean
  /** The policy that the workspace gives to new clusters. */
  readonly usualPolicy?: string
}

/** Why an object may not go on. */
export interface Refusal {
  readonly reason: Reason & ('AccessDenied' | 'RunAsRequired')
  readonly message: string
}

const usualKinds: readonly string[] = ['JobSpec', 'DatabricksCluster']

/**
 * Whether a workspace lets an object of another namespace do what it wants to: pure, and everything that is not
 * given is refused. One entry has to give all of it: what two teams got apart is not for somebody who is in both.
 * A message names what is missing and where it would have to stand, and nothing of what others have.
 */
export function refusalOf(asking: Asking, borrowed: readonly Borrowed[] = []): Refusal | undefined {
  const { workspace, entries, namespace, kind, adopts } = asking
  const lists = (list: string) => `spec.access[].${list} of DatabricksWorkspace ${workspace} would have to`
  const forNamespace = entries.filter((entry) => isFor(entry, asking))
  if (forNamespace.length === 0)
    return denied(`the workspace is not for namespace ${namespace}: ${lists('namespaces')} name or select it`)
  const forKind = forNamespace.filter(({ kinds }) => (kinds ?? usualKinds).includes(kind))
  if (forKind.length === 0)
    return denied(`the workspace is not for a ${kind} of namespace ${namespace}: ${lists('kinds')} list it`)
  const forAdoption = adopts ? forKind.filter(({ adopt }) => adopt === true) : forKind
  if (forAdoption.length === 0)
    return denied(`management.externalId takes up what exists already: ${lists('adopt')} be true`)
  const [missing] = forAdoption
    .map((entry) => borrowed.filter((one) => !gives(entry, one)))
    .toSorted((a, b) => a.length - b.length)
  const [first] = missing ?? []
  if (first === undefined) return undefined
  const { list, path } = first
  return denied(`${path}: ${nameOf(first)} is not lent to namespace ${namespace}: ${lists(list)} list it`)
}

const denied = (message: string): Refusal => ({ reason: 'AccessDenied', message })

/** Named or selected; an entry without either is for nobody. */
function isFor({ namespaces: { names, selector } }: AccessEntry, { namespace, labels }: Asking): boolean {
  if (names?.includes(namespace) === true) return true
  if (selector === undefined) return false
  return Object.entries(selector.matchLabels).every(([key, value]) => labels[key] === value)
}

function gives(entry: AccessEntry, one: Borrowed): boolean {
  switch (one.list) {
    case 'runAs':
      return (entry.runAs ?? []).some((principal) => isPrincipal(principal, one))
    case 'securables':
      return (entry.securables ?? []).some((securable) => covers(securable, one))
    // Databricks does not tell the case of a scope's name.
    case 'secretScopes':
      return (entry.secretScopes ?? []).some((scope) => isSame(scope, one.value))
    case 'policies':
    case 'instanceProfiles':
    case 'serviceAccounts':
    case 'clusters':
    case 'jobs':
      return entry[one.list]?.includes(one.value) === true
    default:
      return one.list satisfies never
  }
}

/** The name of a dedicated cluster's user does not tell what kind of principal it is. */
const isPrincipal = (
  principal: NonNullable<AccessEntry['runAs']>[number],
  { type, value }: Borrowed,
): boolean =>
  Object.entries(principal).some(
    ([kind, name]) => (type === undefined || type === kind) && name !== undefined && isSame(name, value),
  )

/** What lies in a securable: only there do names with dots tell. */
const inside: Readonly<Record<string, readonly string[]>> = {
  catalog: ['schema', 'table', 'volume', 'function'],
  schema: ['table', 'volume', 'function'],
}

function covers(outer: { type: string; name: string }, { type = '', value }: Borrowed): boolean {
  if (outer.type === type) return isSame(outer.name, value)
  const isInside = inside[outer.type]?.includes(type) === true
  return isInside && value.toLowerCase().startsWith(`${outer.name.toLowerCase()}.`)
}

/** Names of principals, securables and scopes are the same in any case. */
export const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

const longestValue = 200

const nameOf = ({ type, value, list }: Borrowed): string => {
  const name = value.length > longestValue ? `${value.slice(0, longestValue)}…` : value
  return list === 'securables' && type !== undefined ? `${type} ${name}` : name
}
