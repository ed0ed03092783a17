import type { Json, JsonObject } from '../../databricks/json.ts'
import type { Principal, Principals } from '../principals.ts'
import { resourceTypes, users, type ResourceType } from './resource-types.ts'
import { valuesAt, type Lookup } from './values.ts'

type Read = (principal: Principal, principals: Principals) => Json | undefined

const fromProfile =
  (name: string): Read =>
  ({ profile }) =>
    profile[name]

const groups: Read = ({ groupIds }, principals) =>
  groupIds.map((id) => ({
    display: principals.withId(id)?.name ?? '',
    value: id,
    type: 'direct',
  }))

const members: Read = ({ id }, principals) =>
  principals.membersOf(id).map((member) => ({
    display: member.displayName,
    value: member.id,
    $ref: `${resourceTypes.find(({ kind }) => kind === member.kind)?.path}/${member.id}`,
  }))

const emails: Read = ({ name, profile }) =>
  profile['emails'] ?? [{ type: 'work', value: name, primary: true }]

const common: Readonly<Record<string, Read>> = {
  displayName: ({ displayName }) => displayName,
  externalId: fromProfile('externalId'),
  groups,
  entitlements: fromProfile('entitlements'),
  roles: fromProfile('roles'),
}

const active: Read = (principal) => principal.active
const name: Read = (principal) => principal.name

/** Each attribute is read only where it is asked for: a group may have thousands of members. */
const attributes: Readonly<Record<Principal['kind'], Readonly<Record<string, Read>>>> = {
  user: { userName: name, name: fromProfile('name'), active, emails, ...common },
  servicePrincipal: { applicationId: name, active, ...common },
  group: {
    ...common,
    members,
    meta: ({ level }) => ({ resourceType: level === 'account' ? 'Group' : 'WorkspaceGroup' }),
  },
}

const withId = (kind: Principal['kind']): Map<string, Read> =>
  new Map<string, Read>([
    ['id', ({ id }) => id],
    ...Object.entries(attributes[kind]).map(([name, read]): [string, Read] => [name.toLowerCase(), read]),
  ])

/** The same by name in lower case, and the id. */
const readers: Readonly<Record<Principal['kind'], ReadonlyMap<string, Read>>> = {
  user: withId('user'),
  servicePrincipal: withId('servicePrincipal'),
  group: withId('group'),
}

/** Which attributes somebody wants to see. */
export interface Wanted {
  /** Only these; all of them if there are none. */
  readonly only: readonly string[]
  readonly without: readonly string[]
}

/** Everything. */
const allAttributes: Wanted = { only: [], without: [] }

/** A principal as SCIM shows it. Its schema and id are always there. */
export function documentOf(
  principals: Principals,
  { type, principal }: { type: ResourceType; principal: Principal },
  { only, without }: Wanted = allAttributes,
): JsonObject {
  const document: JsonObject = { schemas: [type.urn], id: principal.id }
  for (const [attribute, read] of Object.entries(attributes[type.kind])) {
    if ((only.length > 0 && !isNamed(only, attribute)) || isNamed(without, attribute)) continue
    const value = read(principal, principals)
    if (value !== undefined) document[attribute] = value
  }
  return document
}

/** Whether paths such as `emails.value` are about an attribute such as `emails`. */
const isNamed = (paths: readonly string[], attribute: string): boolean =>
  paths.some((path) => path.split('.')[0]?.trim().toLowerCase() === attribute.toLowerCase())

/** Finds attributes of one principal for a filter. */
export const lookupOf =
  (principals: Principals, { type, principal }: { type: ResourceType; principal: Principal }): Lookup =>
  (path) => {
    const [first = '', ...rest] = path.split('.')
    const read = readers[type.kind].get(first.toLowerCase())
    return read === undefined ? [] : valuesAt(read(principal, principals), rest)
  }

/** Who calls. A service principal shows itself as if it were a user whose name is its application id. */
export function meDocument(principals: Principals, principal: Principal): JsonObject {
  const document = documentOf(principals, { type: users, principal })
  if (principal.kind === 'user') return document
  const { emails: _emails, ...rest } = document
  return rest
}
