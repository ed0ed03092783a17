import type { JsonObject } from '../../databricks/json.ts'

/** How many names, joined by dots, each type of securable has. The types are written as in a URL. */
const nameParts = {
  metastore: 1,
  catalog: 1,
  schema: 2,
  table: 3,
  volume: 3,
  function: 3,
  external_location: 1,
  storage_credential: 1,
  credential: 1,
  connection: 1,
  share: 1,
  recipient: 1,
  provider: 1,
  clean_room: 1,
  pipeline: 1,
  model_service: 3,
  model_provider_service: 3,
  mcp_service: 3,
  secret: 3,
} as const

/** The types of securable. A registered model is a function. */
export type SecurableType = keyof typeof nameParts

/** What a privilege can be granted on: the types, with what tables and functions also are apart from them. */
export type Entity = SecurableType | 'view' | 'materialized_view' | 'model'

/** Something that privileges are granted on. */
export interface Securable {
  /** UUID; a catalog of the same name made later has another one. */
  readonly id: string
  readonly type: SecurableType
  readonly entity: Entity
  /** Full name in lower case; the metastore's is its UUID. */
  name: string
  /** What its privileges are inherited from; the metastore hands nothing down. */
  readonly parent: Securable | undefined
  /** Id of the principal that owns it, or a name that stands for nobody here. */
  owner: string
  /** What only its type has, and comment and properties, as a read shows it. */
  facts: JsonObject
  readonly createdAt: number
  readonly createdBy: string
  updatedAt: number
  updatedBy: string
}

/** Whether the URL names a type of securable, in lower case. */
export const isSecurableType = (type: string): type is SecurableType => Object.hasOwn(nameParts, type)

/** Whether a full name has as many parts as names of the type have. */
export const hasPartsOf = (type: SecurableType, name: string): boolean =>
  name.split('.').length === nameParts[type] && !name.split('.').includes('')

/** The last part of a full name. */
export const shortName = (name: string): string => name.slice(name.lastIndexOf('.') + 1)

/** One of the texts among a securable's facts; empty if it has none of this name. */
export function factOf({ facts }: Securable, name: string): string {
  const fact = facts[name]
  return typeof fact === 'string' ? fact : ''
}

/** The securable and what it lies in, from the inside out. */
export function chain(securable: Securable): Securable[] {
  return securable.parent === undefined ? [securable] : [securable, ...chain(securable.parent)]
}

/** `External Location`: how texts write a type. */
export const titleOf = (type: SecurableType): string =>
  type
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ')
