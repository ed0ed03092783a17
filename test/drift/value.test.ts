import { describe, expect, it } from 'vitest'
import { isAlike, type Value } from '../../src/drift/value.ts'

describe('values written alike', () => {
  it.each<[string, Value | undefined, Value | undefined]>([
    ['nothing and nothing', undefined, undefined],
    ['the same text', 'a', 'a'],
    ['members in another order', { a: 1, b: [{ c: 'x' }] }, { b: [{ c: 'x' }], a: 1 }],
    ['members called like those of every object', own('__proto__', 1), own('__proto__', 1)],
    ['nothing in them', { a: [], b: {} }, { a: [], b: {} }],
  ])('%s', (_, a, b) => {
    expect(isAlike(a, b)).toBe(true)
    expect(isAlike(b, a)).toBe(true)
  })

  it.each<[string, Value | undefined, Value | undefined]>([
    ['another text', 'a', 'b'],
    ['a number and its text', 1, '1'],
    ['nothing and null', undefined, null],
    ['a member that one has not', { a: 1 }, { a: 1, b: 2 }],
    ['a member that is undefined in place of another', { a: undefined }, { b: 1 }],
    ['a member that every object inherits', own('constructor', Object), { a: 1 }],
    ['members of one name that differ', own('__proto__', 1), own('constructor', 1)],
    ['another order of items', ['a', 'b'], ['b', 'a']],
    ['one item more', ['a'], ['a', 'b']],
    ['a list and an object', [], {}],
    ['a list and its members', ['a'], { 0: 'a' }],
    ['what differs deep inside', { a: [{ b: { c: 1 } }] }, { a: [{ b: { c: 2 } }] }],
  ])('are not: %s', (_, a, b) => {
    expect(isAlike(a, b)).toBe(false)
    expect(isAlike(b, a)).toBe(false)
  })
})

/** An object with a member of its own by any name. */
function own(name: string, value: unknown): Value {
  return Object.defineProperty({}, name, { value, enumerable: true })
}
