/** What a privilege can be granted on: the securable types, with views apart from tables. */
export type Entity = 'metastore' | 'catalog' | 'schema' | 'table' | 'view' | 'volume'

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
    'MANAGE_ALLOWLIST',
    'SET_SHARE_PERMISSION',
    'USE_MARKETPLACE_ASSETS',
    'USE_PROVIDER',
    'USE_RECIPIENT',
    'USE_SHARE',
  ],
  catalog: [
    'ALL_PRIVILEGES',
    'APPLY_TAG',
    'BROWSE',
    'CREATE_CONNECTION',
    'CREATE_FUNCTION',
    'CREATE_MATERIALIZED_VIEW',
    'CREATE_MODEL',
    'CREATE_SCHEMA',
    'CREATE_TABLE',
    'CREATE_VOLUME',
    'EXECUTE',
    'EXTERNAL_USE_SCHEMA',
    'MANAGE',
    'MODIFY',
    'READ_VOLUME',
    'REFRESH',
    'SELECT',
    'USE_CATALOG',
    'USE_SCHEMA',
    'WRITE_VOLUME',
  ],
  schema: [
    'ALL_PRIVILEGES',
    'APPLY_TAG',
    'CREATE_FUNCTION',
    'CREATE_MATERIALIZED_VIEW',
    'CREATE_MODEL',
    'CREATE_TABLE',
    'CREATE_VOLUME',
    'EXECUTE',
    'EXTERNAL_USE_SCHEMA',
    'MANAGE',
    'MODIFY',
    'READ_VOLUME',
    'REFRESH',
    'SELECT',
    'USE_SCHEMA',
    'WRITE_VOLUME',
  ],
  table: ['ALL_PRIVILEGES', 'APPLY_TAG', 'MANAGE', 'MODIFY', 'REFRESH', 'SELECT'],
  view: ['ALL_PRIVILEGES', 'APPLY_TAG', 'MANAGE', 'REFRESH', 'SELECT'],
  volume: ['ALL_PRIVILEGES', 'APPLY_TAG', 'MANAGE', 'READ_VOLUME', 'WRITE_VOLUME'],
}

/** Stands for every privilege; kept as one entry, and removing it removes them all. */
export const allPrivileges = 'ALL_PRIVILEGES'

/** The one spelling in which privileges are kept: `use catalog` is `USE_CATALOG`. */
export const normalised = (privilege: string): string => privilege.trim().toUpperCase().replaceAll(' ', '_')

/** Whether a privilege can be granted on such a securable. */
export const isApplicable = (privilege: string, entity: Entity): boolean =>
  privilegesOf[entity].includes(privilege)

const known = new Set(Object.values(privilegesOf).flat())

/** Whether anything at all can be granted this privilege. */
export const isPrivilege = (privilege: string): boolean => known.has(privilege)
