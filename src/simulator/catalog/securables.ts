import type { Principals } from '../principals.ts'
import type { Random } from '../random.ts'
import { snapshotOfRecords, type Restore } from '../snapshot.ts'
import type { VirtualClock } from '../virtual-clock.ts'
import { entityOfTable } from './privileges.ts'
import { hasPartsOf, shortName, type Entity, type Securable, type SecurableType } from './securable.ts'

/** A securable to start with. */
export interface SecurableSeed {
  /** A type, or `model`, which is a function that is a registered model. */
  readonly type: Exclude<SecurableType, 'metastore'> | 'model'
  /** Full name with dots. */
  readonly name: string
  /** Name of a principal. */
  readonly owner: string
  /** `MANAGED`, `VIEW`, …: tables only. */
  readonly tableType?: string
}

/** A securable that is about to be. */
export type NewSecurable = Pick<Securable, 'type' | 'name' | 'owner'> &
  Partial<Pick<Securable, 'entity' | 'facts' | 'createdBy'>>

/** Types of one namespace share their names. */
const namespaces: Partial<Readonly<Record<SecurableType, string>>> = { storage_credential: 'credential' }

/** The type of what a name of several parts lies in. */
const parentTypes: Readonly<Record<number, SecurableType>> = { 2: 'catalog', 3: 'schema' }

/** All that privileges are granted on. Names are kept in lower case and compared without regard to case. */
export class Securables {
  readonly metastore: Securable
  /** The metastore's name for people. */
  readonly metastoreName: string
  readonly #byKey = new Map<string, Securable>()
  /** By type and parent; follows from `#byKey`. */
  readonly #lists = new Map<string, Set<Securable>>()
  /** The same by name, as far as somebody asked since the last change. */
  readonly #sorted = new Map<string, readonly Securable[]>()
  readonly #clock: VirtualClock
  readonly #random: Random

  constructor(
    metastore: { id: string; name: string },
    seeds: readonly SecurableSeed[],
    parts: { clock: VirtualClock; random: Random; principals: Principals },
  ) {
    this.#clock = parts.clock
    this.#random = parts.random
    this.metastoreName = metastore.name
    this.metastore = this.add({ type: 'metastore', name: metastore.id, owner: 'System user' })
    for (const { type, name, owner, tableType } of seeds) {
      this.add({
        type: type === 'model' ? 'function' : type,
        name,
        owner: parts.principals.named(owner)?.id ?? owner,
        createdBy: owner,
        ...(type === 'model' && { entity: 'model' as const }),
        ...(type === 'table' && { facts: { table_type: tableType ?? 'MANAGED' } }),
      })
    }
  }

  /** Adds a securable under a name that is free. What it lies in must be there. */
  add({ type, owner, facts = {}, createdBy = owner, ...rest }: NewSecurable): Securable {
    const name = rest.name.toLowerCase()
    if (!hasPartsOf(type, name)) throw new Error(`${type} cannot be called ${name}`)
    const now = this.#clock.now()
    const securable: Securable = {
      id: type === 'metastore' ? name : this.#random.uuid(),
      type,
      entity: rest.entity ?? entityOf(type, facts['table_type']),
      name,
      parent: this.#parentOf(name),
      owner,
      facts,
      createdAt: now,
      createdBy,
      updatedAt: now,
      updatedBy: createdBy,
    }
    this.#enter(securable)
    return securable
  }

  /** The securable of this type and full name. */
  find(type: SecurableType, name: string): Securable | undefined {
    const found = this.#byKey.get(keyOf(type, name))
    return found?.type === type ? found : undefined
  }

  /** Whether something of the type could not get this name. */
  isTaken(type: SecurableType, name: string): boolean {
    return this.#byKey.has(keyOf(type, name))
  }

  /** All of one type directly in a parent, by name; those that lie in nothing without one. */
  in(parent: Securable | undefined, type: SecurableType): readonly Securable[] {
    const key = listKey(parent, type)
    const sorted =
      this.#sorted.get(key) ??
      [...(this.#lists.get(key) ?? [])].toSorted((left, right) => (left.name < right.name ? -1 : 1))
    this.#sorted.set(key, sorted)
    return sorted
  }

  /** All of one type wherever they lie, in no order. */
  all(type: SecurableType): Securable[] {
    return [...this.#byKey.values()].filter((securable) => securable.type === type)
  }

  /** What lies directly in a securable, of all types. */
  childrenOf(securable: Securable): Securable[] {
    const prefix = `${securable.id} `
    return childTypes.flatMap((type) => [...(this.#lists.get(prefix + type) ?? [])])
  }

  /** Removes a securable with all that lies in it; gives back what is gone. */
  remove(securable: Securable): Securable[] {
    const gone = [...this.childrenOf(securable).flatMap((child) => this.remove(child)), securable]
    this.#leave(securable)
    return gone
  }

  /** Gives a securable, and with it all that lies in it, a new name that is free. */
  rename(securable: Securable, name: string): void {
    const children = this.childrenOf(securable)
    this.#leave(securable)
    securable.name = name.toLowerCase()
    this.#enter(securable)
    for (const child of children) this.rename(child, `${securable.name}.${shortName(child.name)}`)
  }

  snapshot(): Restore {
    const restore = snapshotOfRecords(this.#byKey)
    return () => {
      restore()
      this.#lists.clear()
      this.#sorted.clear()
      for (const securable of this.#byKey.values()) this.#list(securable)
    }
  }

  #enter(securable: Securable): void {
    this.#byKey.set(keyOf(securable.type, securable.name), securable)
    this.#list(securable)
  }

  #list(securable: Securable): void {
    const key = listKey(securable.parent, securable.type)
    const list = this.#lists.get(key) ?? new Set()
    this.#lists.set(key, list.add(securable))
    this.#sorted.delete(key)
  }

  #leave(securable: Securable): void {
    this.#byKey.delete(keyOf(securable.type, securable.name))
    const key = listKey(securable.parent, securable.type)
    this.#lists.get(key)?.delete(securable)
    this.#sorted.delete(key)
  }

  #parentOf(name: string): Securable | undefined {
    const parentType = parentTypes[name.split('.').length]
    if (parentType === undefined) return undefined
    const parentName = name.slice(0, name.lastIndexOf('.'))
    const parent = this.find(parentType, parentName)
    if (parent === undefined) throw new Error(`There is no ${parentType} ${parentName} for ${name}`)
    return parent
  }
}

const childTypes: readonly SecurableType[] = [
  'schema',
  'table',
  'volume',
  'function',
  'model_service',
  'model_provider_service',
  'mcp_service',
  'secret',
]

/** What of the privileges' table a type is; a table type makes the difference between tables and views. */
function entityOf(type: SecurableType, tableType: unknown): Entity {
  return type === 'table' ? entityOfTable(tableType) : type
}

/** One name for a type and a full name. */
const keyOf = (type: SecurableType, name: string): string =>
  `${namespaces[type] ?? type} ${name.toLowerCase()}`

const listKey = (parent: Securable | undefined, type: SecurableType): string => `${parent?.id ?? ''} ${type}`
