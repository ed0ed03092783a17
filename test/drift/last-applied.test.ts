import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeLastApplied, encodeLastApplied } from '../../src/drift/last-applied.ts'
import type { Value } from '../../src/drift/value.ts'

const packed = (text: string | Buffer) => gzipSync(text).toString('base64')

describe('what was last applied', () => {
  it('comes back as it went in', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const members = JSON.parse(
          JSON.stringify({ value }, (_key, member: unknown) => member ?? undefined),
        ) as Value
        expect(decodeLastApplied(encodeLastApplied(members) ?? '')).toEqual(members)
      }),
    )
  })

  it('is the same text whatever order the members come in, and without the absent ones', () => {
    const one = encodeLastApplied({ a: 1, b: { c: [1, { d: 2, e: 3 }], f: null } })
    const other = encodeLastApplied({ b: { g: undefined, c: [1, { e: 3, d: 2 }] }, a: 1 })
    expect(one).toBe(other)
  })

  it('keeps the order of lists', () => {
    expect(encodeLastApplied([1, 2])).not.toBe(encodeLastApplied([2, 1]))
  })

  it('does not tell which machine wrote it', () => {
    expect(Buffer.from(encodeLastApplied({}) ?? '', 'base64').subarray(4, 10)).toEqual(
      Buffer.from([0, 0, 0, 0, 2, 255]),
    )
  })

  it('is not kept when it is too long for the status', () => {
    expect(encodeLastApplied({ a: randomBytes(98_000).toString('base64') })).toBeUndefined()
    const fits = encodeLastApplied({ a: randomBytes(60_000).toString('base64') })
    expect(fits?.length).toBeLessThanOrEqual(131_072)
  })

  it.each([
    ['nothing', ''],
    ['no base64', '%%%'],
    ['no gzip', Buffer.from('{}').toString('base64')],
    ['no JSON', packed('{"a":')],
    ['a torn text', (encodeLastApplied({ a: 'x'.repeat(100) }) ?? '').slice(0, 20)],
    ['a bomb', packed(JSON.stringify(' '.repeat(9 * 1024 * 1024)))],
    ['a text that is too long', packed(JSON.stringify(randomBytes(110_000).toString('base64')))],
  ])('is unknown when the status holds %s', (_what, text) => {
    expect(decodeLastApplied(text)).toBeUndefined()
  })
})
