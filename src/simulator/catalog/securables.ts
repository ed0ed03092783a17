import { snapshotOfRecords, type Restore } from '../snapshot.ts'
import type { Entity } from './privileges.ts'

/** The types of securable that the simulator has, as the URL writes them. */
export type SecurableType = 'metastore' | 'catalog' | 'schema' | 'table' | 'volume'

/** A securable to start with. */
export interface SecurableSeed {
  readonly type: 'catalog' | 'schema' | 'table' | 'volume'
  /** Full name with dots. */
  readonly name: string
  readonly owner: string
  /** `MANAGED`, `VIEW`, …: tables only. */
  readonly tableType?: string
}

/** Something that privileges are granted on. */
export interface Securable {
  readonly type: SecurableType
  /** Full name in lower case; the metastore's is its UUID. */
  readonly name: string
  readonly owner: string
  readonly entity: Entity
  readonly tableType: string | undefined
  /** What its privileges are inherited from; the metastore hands nothing down. */
  readonly parent: Securable | undefined
  readonly createdAt: number
  updatedAt: number
  updatedBy: string
}

/** How many names, joined by dots, each type of securable has. */
export const nameParts: Readonly<Record<SecurableType, number>> = {
  metastore: 1,
  catalog: 1,
  schema: 2,
  table: 3,
  volume: 3,
}

/** Whether the URL names a type of securable, in whatever case. */
export const isSecurableType = (type: string): type is SecurableType => Object.hasOwn(nameParts, type)

/** Catalogs and what is in them. Names are kept in lower case and compared without regard to case. */
export class Securables {
  readonly metastore: Securable
  /** The metastore's name for people. */
  readonly metastoreName: string
  readonly #byKey = new Map<string, Securable>()

  constructor(metastore: { id: string; name: string }, seeds: readonly SecurableSeed[], now: number) {
    this.metastoreName = metastore.name
    const common = { createdAt: now, updatedAt: now }
    const nobody = { owner: 'System user', updatedBy: 'System user', tableType: undefined, parent: undefined }
    this.metastore = { type: 'metastore', entity: 'metastore', name: metastore.id, ...nobody, ...common }
    this.#byKey.set(keyOf('metastore', metastore.id), this.metastore)
    for (const { type, owner, tableType, ...seed } of seeds) {
      const name = seed.name.toLowerCase()
      const securable: Securable = {
        type,
        name,
        owner,
        tableType,
        entity: type === 'table' && tableType?.endsWith('VIEW') === true ? 'view' : type,
        parent: this.#parentOf(type, name),
        updatedBy: owner,
        ...common,
      }
      this.#byKey.set(keyOf(type, name), securable)
    }
  }

  /** The securable of this type and full name. */
  find(type: string, name: string): Securable | undefined {
    return this.#byKey.get(keyOf(type, name))
  }

  /** All of one type, by name. With `parent` only those directly in it. */
  all(type: SecurableType, parent?: string): Securable[] {
    return [...this.#byKey.values()]
      .filter((securable) => securable.type === type)
      .filter((securable) => parent === undefined || securable.parent?.name === parent.toLowerCase())
      .toSorted((left, right) => (left.name < right.name ? -1 : 1))
  }

  snapshot(): Restore {
    return snapshotOfRecords(this.#byKey)
  }

  #parentOf(type: SecurableType, name: string): Securable | undefined {
    if (type === 'catalog') return undefined
    const parentName = name.slice(0, name.lastIndexOf('.'))
    const parent = this.find(type === 'schema' ? 'catalog' : 'schema', parentName)
    if (parent === undefined) throw new Error(`The content has ${type} ${name} but not ${parentName}`)
    return parent
  }
}

/** One name for a type and a full name. */
const keyOf = (type: string, name: string): string => `${type} ${name.toLowerCase()}`
