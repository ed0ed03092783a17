import { describe, expect, it } from 'vitest'
import { z } from 'zod'

import { structuralSchema } from '../../src/generate/structural.ts'
import { exactlyOneOf, withRules } from '../../src/kinds/rule.ts'
import { flag, int32, int64Id, keyedList, mapOf, object, text } from '../../src/kinds/shape.ts'

const described = (schema: z.ZodType) => z.strictObject({ field: schema.describe('A field.') })

describe('a structural schema', () => {
  it('has what our shapes say', () => {
    const item = object('An item.', {
      name: text('Its name.', { min: 1, max: 5, pattern: /^a+$/ }),
      id: int64Id('Its id.').optional(),
      on: flag('Switched on.').optional(),
      count: int32('How many.', { min: 1, max: 9 }).optional(),
    })
    const list = keyedList('Items.', item, { keys: ['name'], max: 3 })
    expect(structuralSchema(z.strictObject({ list }), 'spec').properties).toEqual({
      list: {
        description: 'Items.',
        type: 'array',
        maxItems: 3,
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
        items: {
          description: 'An item.',
          type: 'object',
          required: ['name'],
          properties: {
            name: { description: 'Its name.', type: 'string', minLength: 1, maxLength: 5, pattern: '^a+$' },
            id: {
              description: 'Its id.',
              type: 'string',
              maxLength: 19,
              pattern: '^[1-9][0-9]*$',
              'x-kubernetes-validations': [
                {
                  rule: "size(self) < 19 || self <= '9223372036854775807'",
                  message: 'must be at most 9223372036854775807',
                },
              ],
            },
            on: { description: 'Switched on.', type: 'boolean' },
            count: { description: 'How many.', type: 'integer', format: 'int32', minimum: 1, maximum: 9 },
          },
        },
      },
    })
  })

  it('carries the rules of an object', () => {
    const schema = object('Either.', { a: flag('One.').optional(), b: flag('Other.').optional() })
    expect(structuralSchema(withRules(schema, [exactlyOneOf(['a', 'b'], 'it')]), 'spec')).toMatchObject({
      'x-kubernetes-validations': [
        {
          rule: '[has(self.a), has(self.b)].exists_one(present, present)',
          message: 'it: set exactly one of a, b',
        },
      ],
    })
  })

  it('keeps the rules that a schema had when more are added', () => {
    const tags = mapOf('Tags.', { maxEntries: 2, maxValue: 3 })
    const more = withRules(tags, [{ rule: 'true', message: 'always', holds: () => true }])
    const rules = structuralSchema(more, 'spec')['x-kubernetes-validations']
    expect(rules).toMatchObject([{ message: 'a key must have 1 to 512 characters' }, { message: 'always' }])
  })

  it.each<[string, z.ZodType, string]>([
    [
      'a field without a description',
      z.strictObject({ field: z.boolean() }),
      'spec.field: needs a description',
    ],
    ['a string without a bound', described(z.string()), 'spec.field: needs maxLength'],
    ['a list without a bound', described(z.array(z.boolean())), 'spec.field: needs maxItems'],
    [
      'a list of no list type',
      described(z.array(z.boolean()).max(1)),
      'spec.field: needs x-kubernetes-list-type',
    ],
    [
      'a map without a bound',
      described(z.record(z.string(), z.string().max(1))),
      'spec.field: needs maxProperties',
    ],
    ['a number without a format', described(z.int()), 'spec.field: needs format'],
    [
      'alternatives',
      described(z.union([z.boolean(), z.string().max(1)])),
      'spec.field: anyOf does not exist',
    ],
    ['anything at all', described(z.unknown()), 'spec.field: a structural schema needs one type'],
  ])('is refused for %s', (_name, schema, message) => {
    expect(() => structuralSchema(schema, 'spec')).toThrow(message)
  })
})
