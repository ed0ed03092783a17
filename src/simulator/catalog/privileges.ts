import type { Entity } from './securable.ts'

const everywhere = ['ALL_PRIVILEGES', 'MANAGE']
const service = [...everywhere, 'APPLY_TAG', 'EXECUTE', 'READ_METADATA']

/** What is granted on a schema itself. */
const inSchema = ['CREATE_TABLE', 'CREATE_FUNCTION', 'CREATE_VOLUME', 'USE_SCHEMA']

/** What is granted on a container so that what lies in it inherits it. */
const inherited = ['SELECT', 'MODIFY', 'EXECUTE', 'READ_VOLUME', 'WRITE_VOLUME']

/** A container accepts the privileges of what it holds, so that its children inherit them. */
const privilegesOf: Readonly<Record<Entity, readonly string[]>> = {
  metastore: [
    'CREATE_CATALOG',
    'CREATE_CLEAN_ROOM',
    'CREATE_CONNECTION',
    'CREATE_EXTERNAL_LOCATION',
    'CREATE_PROVIDER',
    'CREATE_RECIPIENT',
    'CREATE_SERVICE_CREDENTIAL',
    'CREATE_SHARE',
    'CREATE_STORAGE_CREDENTIAL',
    'SET_SHARE_PERMISSION',
    'USE_MARKETPLACE_ASSETS',
    'USE_PROVIDER',
    'USE_RECIPIENT',
    'USE_SHARE',
  ],
  catalog: [
    ...everywhere,
    'APPLY_TAG',
    'CREATE_CONNECTION',
    'CREATE_SCHEMA',
    'USE_CATALOG',
    ...inSchema,
    ...inherited,
  ],
  schema: [...everywhere, 'APPLY_TAG', ...inSchema, ...inherited],
  table: [...everywhere, 'APPLY_TAG', 'MODIFY', 'SELECT'],
  view: [...everywhere, 'APPLY_TAG', 'SELECT'],
  materialized_view: [...everywhere, 'APPLY_TAG', 'SELECT'],
  volume: [...everywhere, 'APPLY_TAG', 'READ_VOLUME', 'WRITE_VOLUME'],
  function: [...everywhere, 'EXECUTE'],
  model: [...everywhere, 'APPLY_TAG', 'EXECUTE'],
  external_location: [
    ...everywhere,
    'CREATE_EXTERNAL_TABLE',
    'CREATE_EXTERNAL_VOLUME',
    'CREATE_MANAGED_STORAGE',
    'READ_FILES',
    'WRITE_FILES',
  ],
  storage_credential: [
    ...everywhere,
    'CREATE_EXTERNAL_LOCATION',
    'CREATE_EXTERNAL_TABLE',
    'READ_FILES',
    'WRITE_FILES',
  ],
  credential: [...everywhere, 'ACCESS'],
  connection: [...everywhere, 'CREATE_CONNECTION', 'CREATE_FOREIGN_CATALOG', 'USE_CONNECTION'],
  share: ['SELECT'],
  recipient: [],
  provider: [],
  clean_room: [],
  pipeline: [],
  model_service: service,
  model_provider_service: service,
  mcp_service: service,
  secret: [],
}

const unconfirmedInSchema = ['CREATE_MATERIALIZED_VIEW', 'CREATE_MODEL', 'EXTERNAL_USE_SCHEMA', 'REFRESH']

/** Privileges that exist and of which it is only believed that they are granted here. */
const unconfirmedOf: Partial<Readonly<Record<Entity, readonly string[]>>> = {
  metastore: ['MANAGE_ALLOWLIST'],
  catalog: ['BROWSE', ...unconfirmedInSchema],
  schema: unconfirmedInSchema,
  materialized_view: ['REFRESH'],
  external_location: ['BROWSE'],
  clean_room: ['BROWSE', 'EXECUTE_CLEAN_ROOM_TASK', 'MODIFY_CLEAN_ROOM'],
}

/** Stands for every privilege; kept as one entry, and removing it removes them all. */
export const allPrivileges = 'ALL_PRIVILEGES'

/** What ALL_PRIVILEGES does not include, for instance the right to pass privileges on. */
const notInAll = new Set(['MANAGE', 'EXTERNAL_USE_SCHEMA', 'EXTERNAL_USE_LOCATION'])

/** Whether what was granted has the privilege in it. */
export const includes = (granted: ReadonlySet<string>, privilege: string): boolean =>
  granted.has(privilege) || (granted.has(allPrivileges) && !notInAll.has(privilege))

/** What was granted with each privilege that ALL_PRIVILEGES includes in its place. */
export const spelledOut = (granted: ReadonlySet<string>, entity: Entity): ReadonlySet<string> =>
  granted.has(allPrivileges)
    ? new Set(
        [...granted, ...privilegesOf[entity]].filter(
          (one) => one !== allPrivileges && (granted.has(one) || !notInAll.has(one)),
        ),
      )
    : granted

/** The one spelling in which privileges are kept: `use catalog` is `USE_CATALOG`. */
export const normalised = (privilege: string): string => privilege.trim().toUpperCase().replaceAll(' ', '_')

/** Whether a privilege can be granted on such a securable. */
export const isApplicable = (
  privilege: string,
  entity: Entity,
  { unconfirmedPlacements }: { unconfirmedPlacements: 'Accepted' | 'Refused' },
): boolean =>
  privilegesOf[entity].includes(privilege) ||
  (unconfirmedPlacements === 'Accepted' && unconfirmedOf[entity]?.includes(privilege) === true)

/** Of an older privilege model, or the platform's own: not granted any more, but known. */
const legacy = [
  'CREATE',
  'CREATE_FOREIGN_SECURABLE',
  'CREATE_VIEW',
  'READ_PRIVATE_FILES',
  'USAGE',
  'WRITE_PRIVATE_FILES',
]

const known = new Set([...Object.values(privilegesOf), ...Object.values(unconfirmedOf), legacy].flat())

/** Whether anything at all can be granted this privilege. */
export const isPrivilege = (privilege: string): boolean => known.has(privilege)

/** What a table of this type is, as far as privileges go. */
export function entityOfTable(tableType: unknown): Entity {
  if (tableType === 'MATERIALIZED_VIEW') return 'materialized_view'
  return typeof tableType === 'string' && tableType.endsWith('VIEW') ? 'view' : 'table'
}
