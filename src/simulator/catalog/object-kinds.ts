import type { createSchemas } from './object-schemas.ts'
import type { Securable, SecurableType } from './securable.ts'

/** One collection of objects in the API. */
export interface ObjectKind {
  /** Which body its create and update take. */
  readonly shape: keyof typeof createSchemas
  /** The collection in the path. */
  readonly path: string
  /** The member of a list answer that holds the objects. */
  readonly member: string
  /** What is in it; a new object is of the first type. */
  readonly types: readonly [SecurableType, ...SecurableType[]]
  /** The fields that name what an object lies in, from the outside in. */
  readonly parents: readonly ('catalog_name' | 'schema_name')[]
  /** Which of the securables of these types are in it. */
  readonly holds: (securable: Securable) => boolean
  /** What one must hold on the parent, or else on the metastore, to make one. */
  readonly createPrivilege: string
  /** Whether a list is given in pages of this size even if none was asked for. */
  readonly pageSize?: number
}

const schema = ['catalog_name', 'schema_name'] as const
const holds = () => true
const isModel = ({ entity }: Securable): boolean => entity === 'model'

/** The collections that grants stand on. */
export const objectKinds: readonly ObjectKind[] = [
  {
    shape: 'catalog',
    path: 'catalogs',
    member: 'catalogs',
    types: ['catalog'],
    parents: [],
    holds,
    createPrivilege: 'CREATE_CATALOG',
  },
  {
    shape: 'schema',
    path: 'schemas',
    member: 'schemas',
    types: ['schema'],
    parents: ['catalog_name'],
    holds,
    createPrivilege: 'CREATE_SCHEMA',
  },
  {
    shape: 'table',
    path: 'tables',
    member: 'tables',
    types: ['table'],
    parents: schema,
    holds,
    createPrivilege: 'CREATE_TABLE',
  },
  {
    shape: 'volume',
    path: 'volumes',
    member: 'volumes',
    types: ['volume'],
    parents: schema,
    holds,
    createPrivilege: 'CREATE_VOLUME',
    pageSize: 10_000,
  },
  {
    shape: 'function',
    path: 'functions',
    member: 'functions',
    types: ['function'],
    parents: schema,
    holds: (securable) => !isModel(securable),
    createPrivilege: 'CREATE_FUNCTION',
  },
  {
    shape: 'model',
    path: 'models',
    member: 'registered_models',
    types: ['function'],
    parents: schema,
    holds: isModel,
    createPrivilege: 'CREATE_MODEL',
    pageSize: 10_000,
  },
  {
    shape: 'external_location',
    path: 'external-locations',
    member: 'external_locations',
    types: ['external_location'],
    parents: [],
    holds,
    createPrivilege: 'CREATE_EXTERNAL_LOCATION',
  },
  {
    shape: 'storage_credential',
    path: 'storage-credentials',
    member: 'storage_credentials',
    types: ['storage_credential'],
    parents: [],
    holds,
    createPrivilege: 'CREATE_STORAGE_CREDENTIAL',
  },
  {
    shape: 'credential',
    path: 'credentials',
    member: 'credentials',
    types: ['credential', 'storage_credential'],
    parents: [],
    holds,
    createPrivilege: 'CREATE_SERVICE_CREDENTIAL',
  },
  {
    shape: 'connection',
    path: 'connections',
    member: 'connections',
    types: ['connection'],
    parents: [],
    holds,
    createPrivilege: 'CREATE_CONNECTION',
  },
]
