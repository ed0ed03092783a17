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
  { path: 'schedule', unit: true, reason: '' },
  { path: 'mails.failure', set: true, reason: '' },
  { path: 'logs.tags', entries: 'Exact', reason: '' },
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
  schedule: { cron: long('0 0 2 * * ?'), zone: 'UTC' },
  mails: { failure: [long('ana@example.com'), long('ben@example.com')] },
  logs: { bucket: { place: long('s3://a'), region: 'r' }, tags: { a: long('1') } },
  scripts: [{ place: long('/a') }, { place: long('/b') }],
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
  it('holds no text that is long, but for sets that are not', () => {
    const { mails, ...rest } = before
    expect(JSON.stringify(summaryOf(rest, rules))).not.toContain('...')
    expect(JSON.stringify(summaryOf({ mails: mails ?? null }, rules))).toContain('...')
    const failure = Array.from({ length: 30 }, (_, index) => long(`${index}@example.com`))
    expect(JSON.stringify(summaryOf({ mails: { failure } }, rules))).not.toContain('...')
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
    ['what is long', { description: undefined }],
    ['a whole object', { schedule: undefined }],
    ['an object in an object', { logs: { tags: { a: long('1') } } }],
    ['an object with a map in it', { logs: undefined }],
    ['a member of an object', { schedule: { cron: long('0 0 2 * * ?') } }],
    ['an object with a set in it', { mails: undefined }],
    ['an item of a set in an object', { mails: { failure: [long('ben@example.com')] } }],
    ['a list in order', { scripts: undefined }],
    ['what changed', { description: long('other'), tags: { team: long('blue'), stage: long('prod') } }],
    ['an item that changed', { tasks: [task('a', { retries: 2 }), task('b'), task('c')] }],
    ['an item that is new', { tasks: [...(before['tasks'] as Value[]), task('d')] }],
  ])('tells %s as well as the whole does', (_what, changes) => {
    const wanted = { ...before, ...changes }
    const { whole, summedUp } = seen(wanted)
    expect(whole.length).toBeGreaterThan(0)
    expect(summedUp).toEqual(whole)
  })

  it.each<[string, ValueObject]>([['left an item that stays', { tasks: [task('a'), task('b'), task('c')] }]])(
    'leaves alone what %s',
    (_what, changes) => {
      const { whole, summedUp } = seen({ ...before, ...changes })
      expect(whole.filter((line) => !line.startsWith('unlisted'))).toHaveLength(1)
      expect(summedUp.filter((line) => !line.startsWith('unlisted'))).toEqual([])
    },
  )

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
    schedule: fc.record({ cron: text, zone: fc.string() }, { requiredKeys: [] }),
    mails: fc.record({ failure: fc.uniqueArray(text) }, { requiredKeys: [] }),
    logs: fc.record({ place: text, tags: fc.dictionary(key, text) }, { requiredKeys: [] }),
    scripts: fc.array(text),
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
