import * as fc from 'fast-check'
import { z } from 'zod'

/** Any value whose types fit a schema: what wire.ts must carry over and back, whether its rules hold or not. */
export function anyOfSchema(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  const meta = z.globalRegistry.get(schema) ?? {}
  if (meta['int64'] === true) return fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(String)
  if (schema instanceof z.ZodOptional) return anyOfSchema(schema.unwrap())
  if (schema instanceof z.ZodString) return fc.string({ maxLength: 8 })
  if (schema instanceof z.ZodNumber) return fc.integer()
  if (schema instanceof z.ZodBoolean) return fc.boolean()
  if (schema instanceof z.ZodEnum) return fc.constantFrom(...schema.options)
  if (schema instanceof z.ZodArray) return fc.array(anyOfSchema(schema.element), { maxLength: 3 })
  if (schema instanceof z.ZodRecord)
    return fc.dictionary(fc.string(), anyOfSchema(schema.valueType), { maxKeys: 3 })
  if (schema instanceof z.ZodObject) return anyObject(schema)
  throw new Error(`no values of a zod ${schema._zod.def.type}`)
}

/** Members are present or absent by chance; those that are ours alone never go over the wire. */
function anyObject(schema: z.ZodObject): fc.Arbitrary<object> {
  const members = Object.entries(schema.shape).filter(([, member]) => !isOurs(member))
  return fc.record(Object.fromEntries(members.map(([name, member]) => [name, anyOfSchema(member)])), {
    requiredKeys: [],
    noNullPrototype: true,
  })
}

function isOurs(schema: z.core.$ZodType): boolean {
  const inner = schema instanceof z.ZodOptional ? isOurs(schema.unwrap()) : false
  return inner || z.globalRegistry.get(schema)?.['wire'] === false
}
