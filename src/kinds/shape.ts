import { z } from 'zod'

import { type Rule, withRules } from './rule.ts'

/*
 * The few shapes our schemas are made of. Each demands a description and a bound, so that no field can
 * be written without them: the API server estimates the cost of every CEL rule from the bounds, and
 * `kubectl explain` shows the descriptions. What JSON schema can say stands in the metadata; where zod
 * would count differently from the API server (characters, duplicates) the check is written here.
 */

const maxInt32 = 2 ** 31 - 1
const maxInt64 = 2n ** 63n - 1n

interface TextBounds {
  readonly max: number
  readonly min?: number
  /** Must mean the same in JavaScript and in Go's RE2: no look-around, no back reference. */
  readonly pattern?: RegExp
}

/** A string with a bound on its characters (code points, as the API server counts them). */
export function text(description: string, { max, min, pattern }: TextBounds): z.ZodString {
  const shortest = z.string().min(min ?? 0)
  const matching = pattern === undefined ? shortest : shortest.regex(pattern)
  return matching
    .refine((value) => isWithin(value, max), `must have at most ${max} characters`)
    .meta({ description, maxLength: max })
}

/** Characters are never more than JavaScript's units, so that most texts need no counting. */
const isWithin = (value: string, max: number): boolean =>
  value.length <= max || Array.from(value).length <= max

/** A Databricks enumeration. Its spelling is checked, its values are the server's: they grow. */
export const openEnum = (description: string): z.ZodString =>
  text(description, { max: 64, pattern: /^[A-Z][A-Z0-9_]*$/ })

/** An enumeration of our own, closed. */
export const choice = <const Values extends readonly [string, ...string[]]>(
  description: string,
  values: Values,
) => z.enum(values).describe(description)

/** A whole number of 32 bits. */
export function int32(description: string, { min = 0, max = maxInt32 }: { min?: number; max?: number } = {}) {
  return z.int32().min(min).max(max).meta({ description, format: 'int32', minimum: min, maximum: max })
}

/** A whole number that Kubernetes holds in 64 bits; for counters such as a generation. */
export const int64 = (description: string) => z.int().meta({ description, format: 'int64' })

/** A number with a fraction. */
export const decimal = (description: string, min: number) =>
  z.number().min(min).meta({ description, format: 'double' })

/** True or false. */
export const flag = (description: string): z.ZodBoolean => z.boolean().describe(description)

/** An instant, RFC 3339. */
export const time = (description: string): z.ZodString =>
  z.string().meta({ description, format: 'date-time' })

/**
 * A 64-bit id: a string of digits in manifests, because a JSON number beyond 2^53 does not survive
 * every tool on its way; on the wire a bare number (wire.ts converts by this mark).
 */
export function int64Id(description: string): z.ZodString {
  const digits = text(description, { max: 19, pattern: /^[1-9][0-9]*$/ })
  const withinRange: Rule<string> = {
    rule: `size(self) < 19 || self <= '${maxInt64}'`,
    message: `must be at most ${maxInt64}`,
    holds: (value) => value.length < 19 || value <= `${maxInt64}`,
  }
  return withRules(digits, [withinRange]).meta({ int64: true })
}

/** An object of a manifest; a member that it does not know is refused, as kubectl does. */
export const object = <Shape extends z.core.$ZodLooseShape>(description: string, shape: Shape) =>
  z.strictObject(shape).describe(description)

/** An object of a status: members that a newer release wrote are passed over. */
export const reported = <Shape extends z.core.$ZodLooseShape>(description: string, shape: Shape) =>
  z.object(shape).describe(description)

/** A reference to another Kubernetes object, always replaced as a whole. Ours alone: not on the wire. */
export const reference = <Shape extends z.core.$ZodLooseShape>(description: string, shape: Shape) =>
  object(description, shape).meta({ 'x-kubernetes-map-type': 'atomic', wire: false })

/** The name of a Kubernetes object. */
export const objectName = (description: string): z.ZodString =>
  text(description, { min: 1, max: 253, pattern: /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/ })

interface ListBounds {
  readonly max: number
  readonly min?: number
}

/** A list whose order means something, or whose items have no name: owned as a whole. */
export function orderedList<Item extends z.ZodType>(description: string, item: Item, bounds: ListBounds) {
  return bounded(item, bounds).meta({ description, 'x-kubernetes-list-type': 'atomic' })
}

/** A list of scalars without order and without duplicates. */
export function setOf<Item extends z.ZodString>(description: string, item: Item, bounds: ListBounds) {
  return unique(bounded(item, bounds), (value) => value).meta({
    description,
    'x-kubernetes-list-type': 'set',
  })
}

/** A list whose items are told apart by `keys`, so that two field managers can own different items. */
export function keyedList<Item extends z.ZodObject>(
  description: string,
  item: Item,
  { keys, ...bounds }: ListBounds & { readonly keys: readonly (keyof z.output<Item> & string)[] },
) {
  const keyOf = (value: z.output<Item>) => JSON.stringify(keys.map((key) => value[key]))
  return unique(bounded(item, bounds), keyOf).meta({
    description,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': [...keys],
  })
}

interface MapBounds {
  readonly maxEntries: number
  readonly maxValue: number
}

/** A map with the user's own keys, which are never renamed. */
export function mapOf(description: string, { maxEntries, maxValue }: MapBounds) {
  const entries = z
    .record(z.string(), text('', { max: maxValue }))
    .refine((value) => Object.keys(value).length <= maxEntries, `must have at most ${maxEntries} entries`)
    .meta({ description, maxProperties: maxEntries })
  return withRules(entries, [boundedKeys])
}

/** JSON schema cannot bound the keys of a map; longer than this no Databricks map takes. */
const maxKey = 512
const boundedKeys: Rule<Record<string, string>> = {
  rule: `self.all(key, size(key) > 0 && size(key) <= ${maxKey})`,
  message: `a key must have 1 to ${maxKey} characters`,
  holds: (value) => Object.keys(value).every((key) => key.length > 0 && isWithin(key, maxKey)),
}

function bounded<Item extends z.ZodType>(item: Item, { min = 0, max }: ListBounds) {
  return min === 0 ? z.array(item).max(max) : z.array(item).min(min).max(max)
}

function unique<Item extends z.ZodType>(list: z.ZodArray<Item>, keyOf: (value: z.output<Item>) => string) {
  return list.superRefine((items, context) => {
    const seen = new Set<string>()
    for (const [index, item] of items.entries()) {
      const key = keyOf(item)
      if (seen.has(key)) context.addIssue({ code: 'custom', message: 'Duplicate value', path: [index] })
      seen.add(key)
    }
  })
}
