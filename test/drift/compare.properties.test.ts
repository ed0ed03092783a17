import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compare, type Difference } from '../../src/drift/compare.ts'
import { compileRules } from '../../src/drift/rules.ts'
import type { Value, ValueObject } from '../../src/drift/value.ts'
import { jobRules } from '../../src/kinds/job/fields.ts'

const rules = compileRules([
  { path: 'tasks', keyed: 'key', reason: '' },
  { path: 'tasks[].after', set: true, reason: '' },
  { path: 'tasks[].steps', keyed: 'key', reason: '' },
  { path: 'tags.*', reason: '' },
  { path: 'conf', entries: 'Open', reason: '' },
])

const key = fc.stringMatching(/^[a-z]{1,6}$/)
const leaf = fc.oneof(fc.string({ minLength: 1 }), fc.integer({ min: 1 }), fc.constant(true))
const anyKey = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'a.b', '0'))
const step = fc.record({ key, n: leaf })
const task = fc.record({
  key,
  n: leaf,
  nested: fc.record({ deep: fc.record({ leaf }) }),
  after: fc.uniqueArray(key),
  steps: fc.uniqueArray(step, { selector: (item) => item.key, maxLength: 3 }),
})

/** Objects in which every leaf is set, so that nothing equals a zero by chance. */
const object: fc.Arbitrary<ValueObject> = fc.record({
  name: leaf,
  tasks: fc.uniqueArray(task, { selector: (item) => item.key, minLength: 1, maxLength: 5 }),
  tags: fc.dictionary(anyKey, leaf, { maxKeys: 4 }),
  conf: fc.dictionary(anyKey, leaf, { maxKeys: 4 }),
})

const anything: fc.Arbitrary<Value> = fc.jsonValue({ maxDepth: 5 })
const anyObject = fc.oneof(
  object,
  fc.dictionary(fc.constantFrom('tasks', 'tags', 'conf', 'name', 'other'), anything),
)

const textsOf = (differences: readonly Difference[]): string[] =>
  differences.map(({ text, cause, owned }) => `${text} ${cause} ${owned}`).toSorted()

/** The value with every list that a rule keys in another order. */
function shuffled(value: Value, order: (length: number) => number[]): Value {
  if (Array.isArray(value)) return order(value.length).map((index) => shuffled(value[index] ?? null, order))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, shuffled(member ?? null, order)]),
  )
}

const reversed = (value: Value): Value => shuffled(value, (length) => [...Array(length).keys()].toReversed())

/** Every scalar that is not the key of an item or a member of a set, with a function that changes it. */
function leavesOf(value: Value, change: (next: Value) => Value = (next) => next, name = ''): (() => Value)[] {
  if (name === 'key' || name === 'after') return []
  if (Array.isArray(value))
    return value.flatMap((item, index) => leavesOf(item, (next) => change(value.with(index, next))))
  if (typeof value !== 'object' || value === null) return [() => change(`${String(value)}, changed`)]
  return Object.entries(value).flatMap(([name, member]) =>
    leavesOf(
      member ?? null,
      (next) =>
        change(
          Object.fromEntries(
            Object.entries(value).map(([other, old]) => [other, other === name ? next : old]),
          ),
        ),
      name,
    ),
  )
}

/** A value that counts how often something looks into it. */
function counted(value: Value, count: { visits: number }): Value {
  if (typeof value !== 'object' || value === null) return value
  const inner = Array.isArray(value)
    ? value.map((item) => counted(item, count))
    : Object.fromEntries(
        Object.entries(value).map(([name, member]) => [name, counted(member ?? null, count)]),
      )
  const visit = () => (count.visits += 1)
  return new Proxy(inner, {
    get: (target, name, receiver) => (visit(), Reflect.get(target, name, receiver) as unknown),
    ownKeys: (target) => (visit(), Reflect.ownKeys(target)),
  })
}

const jobOf = (tasks: number, retries: number): Value => ({
  name: 'big',
  tasks: Array.from({ length: tasks }, (_, index) => ({
    taskKey: `t${index}`,
    maxRetries: retries,
    dependsOn: index === 0 ? [] : [{ taskKey: `t${index - 1}` }],
    notebookTask: { notebookPath: `/Shared/${index}`, baseParameters: { day: 'x' } },
  })),
})

describe('comparing', () => {
  it('gives nothing for equal values, whatever was applied last', () => {
    fc.assert(
      fc.property(anyObject, fc.option(anyObject, { nil: undefined }), (value, lastApplied) => {
        expect(compare({ wanted: value, found: structuredClone(value), lastApplied, rules })).toEqual([])
      }),
    )
  })

  it('does not care in which order keyed lists and sets come', () => {
    fc.assert(
      fc.property(object, object, object, (wanted, found, lastApplied) => {
        const expected = textsOf(compare({ wanted, found, lastApplied, rules }))
        expect(textsOf(compare({ wanted: reversed(wanted), found, lastApplied, rules }))).toEqual(expected)
        expect(textsOf(compare({ wanted, found: reversed(found), lastApplied, rules }))).toEqual(expected)
        expect(textsOf(compare({ wanted, found, lastApplied: reversed(lastApplied), rules }))).toEqual(
          expected,
        )
      }),
    )
  })

  it('finds the change of any single leaf exactly once', () => {
    fc.assert(
      fc.property(object, fc.nat(), (wanted, choice) => {
        const leaves = leavesOf(wanted)
        const found = leaves[choice % leaves.length]?.() ?? null
        const remote = compare({ wanted, found, lastApplied: wanted, rules })
        expect(remote.map(({ cause, owned }) => [cause, owned])).toEqual([['ChangedRemotely', true]])
        const edited = compare({ wanted: found, found: wanted, lastApplied: wanted, rules })
        expect(edited.map(({ cause, text }) => [cause, text])).toEqual([['SpecChanged', remote[0]?.text]])
      }),
    )
  })

  it('names no path twice, and owns nothing that the manifest and what was applied last do not have', () => {
    fc.assert(
      fc.property(
        anyObject,
        anyObject,
        fc.option(anyObject, { nil: undefined }),
        (wanted, found, lastApplied) => {
          const differences = compare({ wanted, found, lastApplied, rules })
          expect(new Set(differences.map(({ text }) => text)).size).toBe(differences.length)
          expect(
            compare({ wanted: {}, found, lastApplied: undefined, rules }).filter(({ owned }) => owned),
          ).toEqual([])
          expect(differences.filter((one) => !one.owned && one.wanted !== undefined)).toEqual([])
        },
      ),
    )
  })

  it('changes none of its inputs', () => {
    fc.assert(
      fc.property(anyObject, anyObject, anyObject, (wanted, found, lastApplied) => {
        const before = structuredClone({ wanted, found, lastApplied })
        compare({ wanted, found, lastApplied, rules })
        expect({ wanted, found, lastApplied }).toEqual(before)
      }),
    )
  })
})

describe('the cost of a comparison', () => {
  const compiled = compileRules(jobRules)
  function visitsOf(tasks: number, { retries }: { retries: number }): number {
    const count = { visits: 0 }
    const wanted = counted(jobOf(tasks, 1), count)
    const found = counted(reversed(jobOf(tasks, retries)), count)
    const differences = compare({
      wanted,
      found,
      lastApplied: counted(jobOf(tasks, 1), count),
      rules: compiled,
    })
    expect(differences).toHaveLength(retries === 1 ? 0 : tasks)
    return count.visits
  }

  it.each([
    ['without a difference', { retries: 1 }],
    ['with one in every task', { retries: 5 }],
  ])('grows with the number of tasks and not with its square, %s', (_name, job) => {
    expect(visitsOf(1000, job) / visitsOf(100, job)).toBeLessThan(10.5)
  })
})
