import { z } from 'zod'

import { isObject, type Json, type JsonObject } from '../databricks/json.ts'
import { toSnakeCase } from './naming.ts'

/*
 * Between a manifest (camelCase, 64-bit ids as strings of digits) and Databricks' JSON (snake_case, such ids
 * as numbers). The schema leads the way, so that only field names are renamed and never a user's own keys.
 *
 * A schema says what differs from the mechanical rule by metadata: `wire: 'name'` for another name,
 * `wire: false` for a member of ours that Databricks never sees, `int64: true` for an id.
 */

/** A value in manifest form, free of bigints. */
type Plain = string | number | boolean | null | Plain[] | { [key: string]: Plain }
type PlainObject = { [key: string]: Plain }

/** A schema, reduced to what matters here. */
type Shape =
  | { is: 'Object'; members: Members }
  | { is: 'List'; item: Shape }
  | { is: 'Map'; value: Shape }
  | { is: 'Int64' }
  | { is: 'Scalar' }

interface Members {
  /** Those that exist on the wire. */
  readonly list: readonly Member[]
  /** Every name that the schema knows, also of members that Databricks never sees. */
  readonly names: ReadonlySet<string>
}

interface Member {
  readonly manifest: string
  readonly wire: string
  readonly shape: Shape
}

/** A manifest's value as Databricks takes it; members of ours are left out, carried ones pass as they are. */
export function toWire(schema: z.ZodObject, value: object): JsonObject {
  return objectToWire(membersOf(schema), value as JsonObject)
}

/**
 * What Databricks answered, in manifest form. Members the schema does not know, and nulls, are left out. A
 * value of another type than the schema's is passed on as it is: the comparison shows it.
 */
export function fromWire(schema: z.ZodObject, body: JsonObject): PlainObject {
  return objectFromWire(membersOf(schema), body)
}

/**
 * The same, with everything the schema does not know carried along under its wire name, so that a write built
 * on it gives back what we do not model. `toWire` is its inverse.
 */
export function carryFromWire(schema: z.ZodObject, body: JsonObject): PlainObject {
  return objectFromWire(membersOf(schema), body, carryUnknown)
}

/** What to do with the members of a body that a schema does not know. */
type Unknown = (members: Members, body: JsonObject) => PlainObject

const dropUnknown: Unknown = () => ({})

/** Their values are not looked into, so that a bigint in them stays one on its way back. */
const carryUnknown: Unknown = ({ list, names }, body) => {
  const known = new Set([...names, ...list.map(({ wire }) => wire)])
  return Object.fromEntries(Object.entries(body).filter(([name]) => !known.has(name))) as PlainObject
}

function valueToWire(shape: Shape, value: Json): Json {
  switch (shape.is) {
    case 'Object':
      return isObject(value) ? objectToWire(shape.members, value) : value
    case 'List':
      return Array.isArray(value) ? value.map((item) => valueToWire(shape.item, item)) : value
    case 'Map':
      return isObject(value) ? mapValues(value, (item) => valueToWire(shape.value, item)) : value
    case 'Int64':
      return typeof value === 'string' ? BigInt(value) : value
    case 'Scalar':
      return value
    default:
      return shape satisfies never
  }
}

function objectToWire({ list, names }: Members, value: JsonObject): JsonObject {
  const body: JsonObject = {}
  for (const { manifest, wire, shape } of list) {
    const found = value[manifest]
    if (found !== undefined) body[wire] = valueToWire(shape, found)
  }
  // A schema is strict: what it does not know, members of ours included, can only be something that was carried.
  for (const [name, found] of Object.entries(value)) if (!names.has(name)) body[name] ??= found
  return body
}

function valueFromWire(shape: Shape, value: Json, unknown: Unknown): Plain {
  switch (shape.is) {
    case 'Object':
      return isObject(value) ? objectFromWire(shape.members, value, unknown) : plain(value)
    case 'List':
      return Array.isArray(value)
        ? value.map((item) => valueFromWire(shape.item, item, unknown))
        : plain(value)
    case 'Map':
      return isObject(value)
        ? mapValues(value, (item) => valueFromWire(shape.value, item, unknown))
        : plain(value)
    case 'Int64':
      return typeof value === 'number' ? String(value) : plain(value)
    case 'Scalar':
      return plain(value)
    default:
      return shape satisfies never
  }
}

function objectFromWire(members: Members, body: JsonObject, unknown: Unknown = dropUnknown): PlainObject {
  const value: PlainObject = unknown(members, body)
  for (const { manifest, wire, shape } of members.list) {
    const found = body[wire]
    if (found !== undefined && found !== null) value[manifest] = valueFromWire(shape, found, unknown)
  }
  return value
}

/** Without bigints, which manifests and the comparison do not know. */
export function plain(value: Json): Plain {
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return value.map(plain)
  return isObject(value) ? mapValues(value, plain) : value
}

function mapValues<From, To>(
  map: { [key: string]: From },
  change: (value: From) => To,
): { [key: string]: To } {
  // From entries, so that a user's key `__proto__` stays a key.
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]))
}

const known = new WeakMap<z.ZodObject, Members>()

/** The members of an object schema; worked out once per schema. */
function membersOf(schema: z.ZodObject): Members {
  const found = known.get(schema)
  if (found !== undefined) return found
  const members = {
    list: Object.entries(schema.shape).flatMap(([manifest, member]) => memberOf(manifest, member)),
    names: new Set(Object.keys(schema.shape)),
  }
  known.set(schema, members)
  return members
}

function memberOf(manifest: string, member: z.core.$ZodType): Member[] {
  const { schema, meta } = unwrapped(member)
  if (meta['wire'] === false) return []
  const wire = typeof meta['wire'] === 'string' ? meta['wire'] : toSnakeCase(manifest)
  return [{ manifest, wire, shape: shapeOf(schema, meta) }]
}

function shapeOf(schema: z.core.$ZodType, meta: Record<string, unknown>): Shape {
  if (meta['int64'] === true) return { is: 'Int64' }
  if (schema instanceof z.ZodObject) return { is: 'Object', members: membersOf(schema) }
  if (schema instanceof z.ZodArray) return { is: 'List', item: nested(schema.element) }
  if (schema instanceof z.ZodRecord) return { is: 'Map', value: nested(schema.valueType) }
  if (scalars.some((scalar) => schema instanceof scalar)) return { is: 'Scalar' }
  throw new Error(`the wire form of a zod ${schema._zod.def.type} is not defined`)
}

const scalars = [z.ZodString, z.ZodNumber, z.ZodBoolean, z.ZodEnum]

function nested(schema: z.core.$ZodType): Shape {
  const inner = unwrapped(schema)
  return shapeOf(inner.schema, inner.meta)
}

/** The schema behind `optional` and its like, and the metadata of all layers, the outermost first in rank. */
export function unwrapped(schema: z.core.$ZodType): {
  schema: z.core.$ZodType
  meta: Record<string, unknown>
} {
  const own = z.globalRegistry.get(schema) ?? {}
  if (!(schema instanceof z.ZodOptional)) return { schema, meta: own }
  const inner = unwrapped(schema.unwrap())
  return { schema: inner.schema, meta: { ...inner.meta, ...own } }
}
