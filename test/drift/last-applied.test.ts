import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeLastApplied, encodeLastApplied } from '../../src/drift/last-applied.ts'
import { compileRules, noRules } from '../../src/drift/rules.ts'
import { recalled } from '../../src/drift/summary.ts'
import type { Value } from '../../src/drift/value.ts'

const packed = (text: string | Buffer) => gzipSync(text).toString('base64')
const encoded = (value: Value) => encodeLastApplied({ '': value }, { rules: noRules, key: '' })
const noise = (bytes: number) => randomBytes(bytes).toString('base64')

describe('what was last applied', () => {
  it('comes back as it went in', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const members = JSON.parse(
          JSON.stringify({ value }, (_key, member: unknown) => member ?? undefined),
        ) as Record<string, Value>
        expect(decodeLastApplied(encodeLastApplied(members, { rules: noRules, key: '' }) ?? '')).toEqual(
          members,
        )
      }),
    )
  })

  it('is the same text whatever order the members come in, and without the absent ones', () => {
    const one = encoded({ a: 1, b: { c: [1, { d: 2, e: 3 }], f: null } })
    const other = encoded({ b: { g: undefined, c: [1, { e: 3, d: 2 }] }, a: 1 })
    expect(one).toBe(other)
  })

  it('stays the text that is stored where that says the same, whatever packed it', () => {
    const stored = gzipSync('{"part":{"b":2,"a":[1]}}', { level: 1 }).toString('base64')
    const again = (value: Value) => encodeLastApplied({ part: value }, { rules: noRules, key: '' }, stored)
    expect(again({ a: [1], b: 2 })).toBe(stored)
    const other = again({ a: [1], b: 3 }) ?? ''
    expect(decodeLastApplied(other)).toEqual({ part: { a: [1], b: 3 } })
  })

  it('keeps the order of lists', () => {
    expect(encoded([1, 2])).not.toBe(encoded([2, 1]))
  })

  it('does not tell which machine wrote it', () => {
    expect(Buffer.from(encoded({}) ?? '', 'base64').subarray(4, 10)).toEqual(
      Buffer.from([0, 0, 0, 0, 2, 255]),
    )
  })

  it('is whole as long as it fits into the status', () => {
    const value = { a: noise(60_000) }
    const text = encoded(value) ?? ''
    expect(text.length).toBeLessThanOrEqual(131_072)
    expect(decodeLastApplied(text)).toEqual({ '': value })
  })

  it('is summed up when it does not, and not kept when not even that fits', () => {
    const rules = compileRules([{ path: 'tasks', keyed: 'key', reason: '' }])
    const tasks = Array.from({ length: 1000 }, (_, index) => ({ key: `t${index}`, text: noise(1_000) }))
    const text = encodeLastApplied({ '': { tasks } }, { rules, key: '' }) ?? ''
    expect(text.length).toBeGreaterThan(1_000)
    expect(text.length).toBeLessThan(20_000)
    const { '': memory } = decodeLastApplied(text) as { '': Value }
    expect(recalled(memory, { tasks }, rules)).toEqual({ tasks })
    expect(encodeLastApplied({ '': [noise(98_000)] }, { rules, key: '' })).toBeUndefined()
  })

  it.each([
    ['nothing', ''],
    ['no base64', '%%%'],
    ['no gzip', Buffer.from('{}').toString('base64')],
    ['no JSON', packed('{"a":')],
    ['a torn text', (encoded({ a: 'x'.repeat(100) }) ?? '').slice(0, 20)],
    ['a bomb', packed(JSON.stringify(' '.repeat(9 * 1024 * 1024)))],
    ['a text that is too long', packed(JSON.stringify(noise(110_000)))],
  ])('is unknown when the status holds %s', (_what, text) => {
    expect(decodeLastApplied(text)).toBeUndefined()
  })
})
