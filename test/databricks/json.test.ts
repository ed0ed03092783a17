import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatJson, parseJson, type Json } from '../../src/databricks/json.ts'

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })

/** JSON with every kind of number, and keys that objects treat specially. */
const { value: anyJson } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.string(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    int64.filter((value) => !Number.isSafeInteger(Number(value))),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('constructor', 'toString', 'job_id')), tie('value'), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  ),
}))

/** Texts in which something looks like an integer of the JSON around them, or like what the parser puts there. */
const trickyText = fc
  .array(fc.constantFrom('[', ',', ':', ']', ' ', '"', '\\', 'x', '-', '\uE000', '\\ue000', '9'.repeat(19)), {
    maxLength: 8,
  })
  .map((parts) => parts.join(''))

describe('numbers on the wire', () => {
  it('every 64-bit integer comes back digit by digit, wherever it stands', () => {
    fc.assert(
      fc.property(int64, (id) => {
        const text = `{"job_id":${id},"ids":[${id}]}`
        expect(formatJson(parseJson(text))).toBe(text)
      }),
      { numRuns: 5_000 },
    )
  })

  it('is a number as long as that is exact, and a bigint beyond', () => {
    fc.assert(
      fc.property(int64, (id) => {
        const read = parseJson(String(id))
        expect(typeof read).toBe(Number.isSafeInteger(Number(id)) ? 'number' : 'bigint')
        expect(BigInt(read as number | bigint)).toBe(id)
      }),
    )
  })

  it('every fraction comes back as it was, beside ids too', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), int64, (value, id) => {
        const read = parseJson(formatJson({ value, id })) as { value: number | bigint }
        // Without a fraction it cannot be told from an id; and JSON has no negative zero.
        expect(Number(read.value)).toBe(value === 0 ? 0 : value)
      }),
      { numRuns: 5_000 },
    )
  })

  it.each(['1e3', '1E+2', '12345678901234567.5', '0.30000000000000004', '-1.5e-300', '9007199254740993.0'])(
    'reads %s as JavaScript does',
    (text) => expect(parseJson(text)).toBe(Number(text)),
  )

  it('any JSON written is read as it was', () => {
    fc.assert(
      fc.property(anyJson, (json) => {
        expect(parseJson(formatJson(json))).toEqual(asRead(json))
      }),
    )
  })

  it('a text with digits and brackets in it is read as it was, beside ids', () => {
    fc.assert(
      fc.property(trickyText, trickyText, int64, (name, text, id) => {
        const json = { [name]: text, note: [text], job_id: id }
        const written = formatJson(json)
        expect(formatJson(parseJson(written))).toBe(written)
        const escaped = written.replaceAll('\uE000', '\\ue000')
        expect(formatJson(parseJson(escaped))).toBe(written)
      }),
      { numRuns: 5_000 },
    )
  })

  it.each([
    '{"a":1234567890123456789,}',
    '[1234567890123456789',
    '"',
    '[1,1234567890123456789x]',
    '[01234567890123456789]',
    '[1234567890123456789, -01234567890123456789]',
  ])('refuses %s as JavaScript does', (text) => expect(() => parseJson(text)).toThrow(SyntaxError))

  // To make a bigint of millions of digits would hold up everything else for seconds.
  it.each(['', ',"\uE000"'])('that is longer than any id is a number, beside "%s" too', (beside) => {
    expect(parseJson(`[${'9'.repeat(200)}${beside}]`)).toHaveProperty('0', Number('9'.repeat(200)))
  })

  it('digits in a text stay a text', () => {
    fc.assert(
      fc.property(int64, (id) => {
        const json = { [`${id}`]: `${id}`, note: `"job_id": ${id}` }
        expect(parseJson(formatJson(json))).toEqual(json)
      }),
    )
  })
})

/** JSON has no negative zero, and whole numbers beyond what is exact are read as ids are. */
function asRead(json: Json): Json {
  if (json === 0) return 0
  if (typeof json === 'number' && Number.isInteger(json) && !Number.isSafeInteger(json))
    return /^-?\d+$/.test(String(json)) ? BigInt(String(json)) : json
  if (Array.isArray(json)) return json.map(asRead)
  if (typeof json !== 'object' || json === null) return json
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, asRead(value)]))
}
