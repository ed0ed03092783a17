import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compare } from '../../src/drift/compare.ts'
import { compileRules } from '../../src/drift/rules.ts'
import { recalled, summaryOf } from '../../src/drift/summary.ts'
import type { Value, ValueObject } from '../../src/drift/value.ts'

const rules = compileRules([
  { path: 'tasks', keyed: 'key', reason: '' },
  { path: 'tags', entries: 'Exact', reason: '' },
  { path: 'conf', entries: 'Open', reason: '' },
  { path: 'libraries', keyed: (item) => JSON.stringify(item), reason: '' },
])

/** Long enough that nothing is remembered as it is. */
const long = (text: string) => text.padEnd(80, '.')
const task = (key: string, more: ValueObject = {}) => ({ key, path: long(`/Shared/${key}`), ...more })

const before: ValueObject = {
  name: 'nightly',
  description: long('what it is for'),
  tasks: [task('a', { retries: 1 }), task('b'), task('c')],
  tags: { team: long('red'), stage: long('prod') },
  conf: { x: long('1'), y: long('2') },
}

/** What is seen of a manifest and a remote side with all of the former value in mind, and with its summary. */
function seen(wanted: ValueObject, found: ValueObject = before) {
  const memory = summaryOf(before, rules)
  const lines = (lastApplied: Value | undefined) =>
    compare({ wanted, found, lastApplied, rules }).map(
      ({ text, cause, owned }) => `${owned ? '' : 'unlisted '}${text}: ${cause}`,
    )
  return { whole: lines(before), summedUp: lines(recalled(memory, wanted, rules)) }
}

describe('a summary', () => {
  it('holds no text that is long', () => {
    expect(JSON.stringify(summaryOf(before, rules))).not.toContain('...')
  })

  it('of a summary is itself', () => {
    const memory = summaryOf(before, rules)
    expect(summaryOf(memory, rules)).toBe(memory)
  })

  it('is the whole again beside a manifest that has not changed', () => {
    expect(recalled(summaryOf(before, rules), before, rules)).toEqual(before)
    const { whole, summedUp } = seen(before, { ...before, name: 'x', tags: {}, conf: { x: '2', z: '3' } })
    expect(summedUp).toEqual(whole)
  })

  it.each<[string, ValueObject]>([
    ['an item that left the manifest', { tasks: [task('a', { retries: 1 }), task('c')] }],
    ['all items', { tasks: undefined }],
    ['an entry of a map', { tags: { team: long('red') } }],
    ['an entry of an open map', { conf: { x: long('1') } }],
    ['a whole map', { conf: undefined }],
    ['what is short', { name: undefined }],
    ['what changed', { description: long('other'), tags: { team: long('blue'), stage: long('prod') } }],
    ['an item that changed', { tasks: [task('a', { retries: 2 }), task('b'), task('c')] }],
    ['an item that is new', { tasks: [...(before['tasks'] as Value[]), task('d')] }],
  ])('tells %s as well as the whole does', (_what, changes) => {
    const wanted = { ...before, ...changes }
    const { whole, summedUp } = seen(wanted)
    expect(whole.length).toBeGreaterThan(0)
    expect(summedUp).toEqual(whole)
  })

  it.each<[string, ValueObject]>([
    ['left an item that stays', { tasks: [task('a'), task('b'), task('c')] }],
    ['was long and left', { description: undefined }],
  ])('leaves alone what %s', (_what, changes) => {
    const { whole, summedUp } = seen({ ...before, ...changes })
    expect(whole.filter((line) => !line.startsWith('unlisted'))).toHaveLength(1)
    expect(summedUp.filter((line) => !line.startsWith('unlisted'))).toEqual([])
  })

  it.each<[string, Value]>([
    ['no notes', { '#': { tasks: 1, tags: null, conf: 'x' } }],
    ['wrong entries', { '#': { tasks: { entries: [1, ['a'], [1, 2]] }, conf: { entries: {} } } }],
    ['a wrong hash', { '#': { description: { hash: 5 } } }],
  ])('that somebody edited to %s is as good as none', (_what, memory) => {
    const { tasks = [], ...rest } = recalled(memory, before, rules) as ValueObject
    expect([tasks, rest]).toEqual([[], {}])
  })
})

const key = fc.constantFrom('a', 'b', 'c', 'd')
const text = fc.string({ minLength: 1 }).map(long)
const anyTask = fc.record({ key, path: text, retries: fc.nat() }, { requiredKeys: ['key'] })
const anObject = fc.record(
  {
    name: fc.string(),
    description: text,
    tasks: fc.uniqueArray(anyTask, { selector: (item) => item.key }),
    tags: fc.dictionary(fc.oneof(key, fc.constant('__proto__')), text),
    conf: fc.dictionary(key, text),
    libraries: fc.array(text),
  },
  { requiredKeys: [], noNullPrototype: true },
) as fc.Arbitrary<ValueObject>

it('never makes ours what a whole memory does not', () => {
  fc.assert(
    fc.property(anObject, anObject, anObject, (last, wanted, found) => {
      const owned = (lastApplied: Value | undefined) =>
        compare({ wanted, found, lastApplied, rules })
          .filter((one) => one.owned)
          .map(({ text }) => text)
      const whole = new Set(owned(last))
      const memory = JSON.parse(JSON.stringify(summaryOf(last, rules))) as Value
      expect(owned(recalled(memory, wanted, rules)).filter((path) => !whole.has(path))).toEqual([])
    }),
  )
})
