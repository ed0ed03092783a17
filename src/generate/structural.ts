import { z } from 'zod'

/*
 * From a zod schema to what a CustomResourceDefinition takes ("structural schema": one type at every place, no
 * references, no alternatives). Zod does the translation; here its output is brought to the form and, above
 * all, checked: what the API server would refuse or silently drop is an error while generating, and so is a
 * field without a description or without a bound.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */

/** One place of a structural schema. */
export interface StructuralSchema {
  type: string
  description?: string
  properties?: Record<string, StructuralSchema>
  items?: StructuralSchema
  additionalProperties?: StructuralSchema
  [keyword: string]: unknown
}

/** Keywords that CRDs know, in the order they are written. */
const keywords = [
  'description',
  'type',
  'format',
  'enum',
  'pattern',
  'default',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'maxProperties',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-validations',
  'required',
] as const

/** Ours, for wire.ts; `additionalProperties: false` is what pruning does anyway. */
const dropped = new Set(['wire', 'int64', 'properties', 'items', 'additionalProperties'])

/** Translates a schema; throws, naming the place, where it cannot be done. */
export function structuralSchema(schema: z.ZodType, place: string): StructuralSchema {
  const raw = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    reused: 'inline',
    cycles: 'throw',
  })
  return structural(raw as RawSchema, place)
}

interface RawSchema {
  properties?: Record<string, RawSchema>
  items?: RawSchema
  additionalProperties?: RawSchema | boolean
  [keyword: string]: unknown
}

function structural(raw: RawSchema, place: string): StructuralSchema {
  refuseUnknown(raw, place)
  if (typeof raw['type'] !== 'string') throw new Error(`${place}: a structural schema needs one type`)
  const said = keywords.filter((keyword) => says(raw, keyword)).map((keyword) => [keyword, raw[keyword]])
  const schema: StructuralSchema = { ...Object.fromEntries(said), type: raw['type'] }
  refuseUnbounded(raw, place)
  addChildren(schema, raw, place)
  return schema
}

/** Bounds that the format or the type implies are noise to the reader. */
const implied: Partial<Record<(typeof keywords)[number], readonly unknown[]>> = {
  description: [''],
  minLength: [0],
  minimum: [Number.MIN_SAFE_INTEGER],
  maximum: [Number.MAX_SAFE_INTEGER, 2 ** 31 - 1],
}

const says = (raw: RawSchema, keyword: (typeof keywords)[number]): boolean =>
  raw[keyword] !== undefined && implied[keyword]?.includes(raw[keyword]) !== true

function addChildren(schema: StructuralSchema, raw: RawSchema, place: string): void {
  if (raw.properties !== undefined) {
    const members = Object.entries(raw.properties).map(([name, member]) => {
      if (typeof member['description'] !== 'string' || member['description'] === '')
        throw new Error(`${place}.${name}: needs a description`)
      return [name, structural(member, `${place}.${name}`)] as const
    })
    schema.properties = Object.fromEntries(members)
  }
  if (raw.items !== undefined) schema.items = structural(raw.items, `${place}[]`)
  if (isSchema(raw.additionalProperties))
    schema.additionalProperties = structural(raw.additionalProperties, `${place}.*`)
}

const isSchema = (value: RawSchema | boolean | undefined): value is RawSchema => typeof value === 'object'

function refuseUnknown(raw: RawSchema, place: string): void {
  const known = new Set<string>([...keywords, ...dropped])
  const unknown = Object.keys(raw).find((keyword) => !known.has(keyword))
  if (unknown !== undefined) throw new Error(`${place}: ${unknown} does not exist in a structural schema`)
}

/** The API server estimates what a rule may cost from these bounds, and refuses the CRD when they are missing. */
function refuseUnbounded(raw: RawSchema, place: string): void {
  const missing = missingBound(raw)
  if (missing !== undefined) throw new Error(`${place}: needs ${missing}`)
}

function missingBound(raw: RawSchema): string | undefined {
  switch (raw['type']) {
    case 'string':
      return ['maxLength', 'enum', 'format'].some((bound) => raw[bound] !== undefined)
        ? undefined
        : 'maxLength'
    case 'array':
      if (raw['maxItems'] === undefined) return 'maxItems'
      return raw['x-kubernetes-list-type'] === undefined ? 'x-kubernetes-list-type' : undefined
    case 'object':
      return isSchema(raw.additionalProperties) && raw['maxProperties'] === undefined
        ? 'maxProperties'
        : undefined
    case 'integer':
    case 'number':
      return raw['format'] === undefined ? 'format' : undefined
    case 'boolean':
      return undefined
    default:
      return `a type that manifests have, not ${String(raw['type'])}`
  }
}
