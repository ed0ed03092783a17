import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assignAll } from '../../src/drift/assign.ts'
import { compare, type Comparison, type Difference } from '../../src/drift/compare.ts'
import { compileRules } from '../../src/drift/rules.ts'
import type { Value, ValueObject } from '../../src/drift/value.ts'
import { kinds } from '../../src/kinds/index.ts'
import { jobRules } from '../../src/kinds/job/fields.ts'
import { fromWire, toWire } from '../../src/kinds/wire.ts'
import { anyOfSchema } from '../kinds/any-spec.ts'

const rules = compileRules([
  { path: 'tasks', keyed: 'key', reason: '' },
  { path: 'tasks[].after', set: true, reason: '' },
  { path: 'tasks[].steps', keyed: 'key', reason: '' },
  { path: 'tags.*', reason: '' },
  { path: 'conf', entries: 'Open', reason: '' },
])

/** Some of it never reads back, and noise counts for nothing. */
const partlyWriteOnly = compileRules([
  { path: 'tasks', keyed: 'key', reason: '' },
  { path: 'tasks[].after', set: true, reason: '' },
  { path: 'tasks[].nested.deep.leaf', writeOnly: true, reason: '' },
  { path: 'tasks[].noise', computed: true, reason: '' },
  { path: 'tasks[].steps', keyed: 'key', reason: '' },
  { path: 'tasks[].steps[].n', writeOnly: true, reason: '' },
  { path: 'tasks[].steps[].noise', computed: true, reason: '' },
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

const few = fc.constantFrom('a', 'b', 'c')
const partial = { requiredKeys: ['key'] as ['key'] }
const looseStep = fc.record({ key: few, n: leaf }, partial)
const looseTask = fc.record(
  {
    key: few,
    n: leaf,
    nested: fc.record({ deep: fc.record({ leaf }) }),
    after: fc.array(few),
    steps: fc.array(looseStep),
  },
  partial,
)

/** The value with noise in every item that may have it, so that none is written as it was. */
function withNoise({ tasks, ...rest }: ValueObject): ValueObject {
  return { ...rest, ...(Array.isArray(tasks) && { tasks: tasks.map(noisyTask) }) }
}

function noisyTask(task: Value): Value {
  const { steps, ...rest } = task as ValueObject
  return { ...rest, noise: true, ...(Array.isArray(steps) && { steps: steps.map(noisy) }) }
}

const noisy = (item: Value): Value => ({ ...(item as ValueObject), noise: true })

/** Objects as Databricks and people may write them: anything missing, keys that stand there twice, repetitions. */
const loose = fc.record(
  {
    name: leaf,
    tasks: fc.array(looseTask, { maxLength: 5 }),
    tags: fc.dictionary(anyKey, leaf, { maxKeys: 4 }),
    conf: fc.dictionary(few, leaf),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<ValueObject>

const textsOf = (differences: readonly Difference[]): string[] =>
  differences.map(({ text, cause, owned }) => `${text} ${cause} ${owned}`).toSorted()

/** The causes of what differs, and whether it is owned. */
const causes = (wanted: Value, found: Value, lastApplied: Value) =>
  compare({ wanted, found, lastApplied, rules }).map(({ cause, owned }) => [cause, owned])

/** What goes does so last, and of items of one key the last first: those before it keep their numbers. */
function oneByOne(value: Value, changes: Parameters<typeof assignAll>[1]): Value | undefined {
  const kept = changes.filter(({ wanted }) => wanted !== undefined)
  const gone = changes.filter(({ wanted }) => wanted === undefined).toReversed()
  return [...kept, ...gone].reduce<Value | undefined>(
    (before, change) => assignAll(before, [change], rules),
    value,
  )
}

/** The value with every list that a rule keys in another order. */
function shuffled(value: Value, order: (length: number) => number[]): Value {
  if (Array.isArray(value)) return order(value.length).map((index) => shuffled(value[index] ?? null, order))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, shuffled(member ?? null, order)]),
  )
}

const reversed = (value: Value): Value => shuffled(value, (length) => [...Array(length).keys()].toReversed())

/** Any order, by a number. */
const mixed = (value: Value, seed: number): Value =>
  shuffled(value, (length) =>
    [...Array(length).keys()].toSorted((a, b) => rank(a, seed) - rank(b, seed) || a - b),
  )

const rank = (index: number, seed: number): number => Math.imul(index + 1, seed | 1) >>> 0

/** How many scalars there are that are not the key of an item or a member of a set. */
function leavesIn(value: Value, name = ''): number {
  if (name === 'key' || name === 'after') return 0
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + leavesIn(item), 0)
  if (typeof value !== 'object' || value === null) return 1
  return Object.entries(value).reduce((sum, [name, member]) => sum + leavesIn(member ?? null, name), 0)
}

/** The value with some of these scalars changed, counted in the order in which they stand. */
function withChanged(value: Value, chosen: ReadonlySet<number>): Value {
  let leaves = 0
  const changed = (value: Value, name = ''): Value => {
    if (name === 'key' || name === 'after') return value
    if (Array.isArray(value)) return value.map((item) => changed(item))
    if (typeof value !== 'object' || value === null)
      return chosen.has(leaves++) ? `${String(value)}, changed` : value
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, changed(member ?? null, name)]),
    )
  }
  return changed(value)
}

/** The list without its first item, without its second, and so on. */
const shorter = <Item>(items: readonly Item[]): Item[][] =>
  items.map((_item, index) => items.toSpliced(index, 1))

/** Each value that lacks one item of a keyed list, one member of a set or one entry of a map that is owned whole. */
function lacking({ tasks, tags, ...rest }: ValueObject): ValueObject[] {
  const list = tasks as ValueObject[]
  const inTask = (name: string) =>
    list.flatMap((task, index) =>
      shorter(task[name] as Value[]).map((fewer) => ({
        ...rest,
        tags,
        tasks: list.with(index, { ...task, [name]: fewer }),
      })),
    )
  return [
    ...shorter(list).map((fewer) => ({ ...rest, tags, tasks: fewer })),
    ...inTask('after'),
    ...inTask('steps'),
    ...shorter(Object.entries(tags as ValueObject)).map((fewer) => ({
      ...rest,
      tasks: list,
      tags: Object.fromEntries(fewer),
    })),
  ]
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

const jobOf = (tasks: number, text: string): Value => ({
  name: 'big',
  tasks: Array.from({ length: tasks }, (_, index) => ({
    taskKey: `t${index}`,
    description: text,
    dependsOn: index === 0 ? [] : [{ taskKey: `t${index - 1}` }],
    notebookTask: { notebookPath: `/Shared/${index}`, baseParameters: { day: text } },
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

  it.each(kinds)('gives nothing for a $definition.kind and its form on the wire', (kind) => {
    const { spec } = kind.definition
    const aManifest = anyOfSchema(spec) as fc.Arbitrary<ValueObject>
    fc.assert(
      fc.property(aManifest, fc.boolean(), (wanted, isRemembered) => {
        const found = fromWire(spec, toWire(spec, wanted))
        const lastApplied = isRemembered ? wanted : undefined
        expect(compare({ wanted, found, lastApplied, rules: kind.rules })).toEqual([])
      }),
      { numRuns: 50 },
    )
  })

  it('does not care in which order keyed lists and sets come', () => {
    fc.assert(
      fc.property(fc.tuple(object, object, object), fc.nat(), ([wanted, found, lastApplied], seed) => {
        const expected = textsOf(compare({ wanted, found, lastApplied, rules }))
        const given = (changes: Partial<Comparison>) =>
          textsOf(compare({ wanted, found, lastApplied, rules, ...changes }))
        expect(given({ wanted: mixed(wanted, seed) })).toEqual(expected)
        expect(given({ found: mixed(found, seed) })).toEqual(expected)
        expect(given({ lastApplied: mixed(lastApplied, seed) })).toEqual(expected)
      }),
    )
  })

  it('finds each of any number of changed leaves exactly once', () => {
    fc.assert(
      fc.property(object, fc.array(fc.nat(), { minLength: 1 }), (wanted, choices) => {
        const leaves = leavesIn(wanted)
        const chosen = new Set(choices.map((choice) => choice % leaves))
        const found = withChanged(wanted, chosen)
        const remote = compare({ wanted, found, lastApplied: wanted, rules })
        expect(remote.map(({ cause, owned }) => [cause, owned])).toEqual(
          Array.from(chosen, () => ['ChangedRemotely', true]),
        )
        expect(new Set(remote.map(({ text }) => text)).size).toBe(chosen.size)
        const edited = compare({ wanted: found, found: wanted, lastApplied: wanted, rules })
        expect(edited.map(({ cause, text }) => [cause, text])).toEqual(
          remote.map(({ text }) => ['SpecChanged', text]),
        )
      }),
    )
  })

  it('judges what is written alike on both sides as it judges everything', () => {
    fc.assert(
      fc.property(
        loose,
        fc.option(loose, { nil: undefined }),
        fc.option(loose, { nil: undefined }),
        (wanted, other, lastApplied) => {
          const found = other ?? structuredClone(wanted)
          const given = { wanted, lastApplied, rules: partlyWriteOnly }
          expect(textsOf(compare({ ...given, found }))).toEqual(
            textsOf(compare({ ...given, found: withNoise(found) })),
          )
        },
      ),
      { numRuns: 300 },
    )
  })

  it('finds whatever somebody removed or added exactly once', () => {
    fc.assert(
      fc.property(object, fc.nat(), (whole, choice) => {
        const all = lacking(whole)
        const less = all[choice % all.length] ?? whole
        expect(causes(whole, less, whole)).toEqual([['RemovedRemotely', true]])
        expect(causes(less, whole, less)).toEqual([['AddedRemotely', true]])
        expect(causes(less, whole, whole)).toEqual([['SpecChanged', true]])
        expect(causes(whole, less, less)).toEqual([['SpecChanged', true]])
      }),
    )
  })

  it('leaves nothing once what it found has been put in its place', () => {
    fc.assert(
      fc.property(loose, loose, fc.option(loose, { nil: undefined }), (wanted, found, lastApplied) => {
        const differences = compare({ wanted, found, lastApplied, rules })
        // What was written counts as applied.
        const afterPutting = (what: readonly Difference[]) =>
          compare({ wanted, found: assignAll(found, what, rules), lastApplied: wanted, rules })
        const [owned, unlisted] = [true, false].map((is) => differences.filter((one) => one.owned === is))
        expect(afterPutting(owned ?? []).map(({ owned }) => owned)).toEqual(unlisted?.map(() => false))
        expect(afterPutting(differences)).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  it('puts all in its place at once as one after the other, there and back', () => {
    fc.assert(
      fc.property(loose, loose, loose, (wanted, found, lastApplied) => {
        const differences = compare({ wanted, found, lastApplied, rules })
        const back = differences.map((one) => ({ path: one.path, wanted: one.found }))
        for (const [value, changes] of [[found, differences] as const, [wanted, back] as const])
          // As text, so that the order counts, too.
          expect(JSON.stringify(assignAll(value, changes, rules))).toBe(
            JSON.stringify(oneByOne(value, changes)),
          )
      }),
      { numRuns: 300 },
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

/** Objects that grow in one way each. */
const growing: Record<string, (size: number, text: string) => Value> = {
  'a job of many tasks': (size, text) => jobOf(size, text),
  'a map of many entries': (size, text) => ({ tags: mapOf(size, text) }),
  'an open map of many entries': (size, text) => ({
    tasks: [{ taskKey: 'a', newCluster: { sparkConf: mapOf(size, text) } }],
  }),
  'a set of many members': (size, text) => ({
    emailNotifications: {
      onStart: Array.from({ length: size }, (_, index) => `${text}-${index}@example.com`),
    },
  }),
  'an ordered list of many items': (size, text) => ({
    tasks: [{ taskKey: 'a', newCluster: { initScripts: scripts(size, text) } }],
  }),
  'objects inside each other': (size, text) => ({
    tasks: [{ taskKey: 'a', extraFields: nested(size, text) }],
  }),
  'a list in which one key stands many times': (size, text) => ({
    parameters: Array.from({ length: size }, () => ({ name: 'a', default: text })),
  }),
}

const mapOf = (size: number, text: string): Value =>
  Object.fromEntries(Array.from({ length: size }, (_, index) => [`k${index}`, text]))

const scripts = (size: number, text: string): Value =>
  Array.from({ length: size }, (_, index) => ({ workspace: { destination: `/${text}/${index}` } }))

const nested = (depth: number, text: string): Value =>
  Array.from({ length: depth }).reduce<Value>((inner) => ({ inner }), text)

describe('the cost of a comparison', () => {
  const compiled = compileRules(jobRules)
  function visitsOf(value: (text: string) => Value, found: string): number {
    const count = { visits: 0 }
    const [wanted, lastApplied] = [counted(value('a'), count), counted(value('a'), count)]
    compare({ wanted, found: counted(value(found), count), lastApplied, rules: compiled })
    return count.visits
  }

  it.each(
    Object.entries(growing).flatMap(([name, value]) => [
      { name, value, how: 'where nothing differs', found: 'a' },
      { name, value, how: 'where everything does', found: 'b' },
    ]),
  )('grows with the size and not with its square: $name, $how', ({ value, found }) => {
    const visits = (size: number) => visitsOf((text) => value(size, text), found)
    expect(visits(100)).toBeGreaterThan(100)
    expect(visits(1000) / visits(100)).toBeLessThan(10.5)
  })

  it('hardly depends on the order of keyed lists', () => {
    const count = { visits: 0 }
    const [wanted, found] = [counted(jobOf(1000, 'a'), count), counted(reversed(jobOf(1000, 'a')), count)]
    expect(compare({ wanted, found, lastApplied: undefined, rules: compiled })).toEqual([])
    const backwards = count.visits
    const same = { visits: 0 }
    compare({
      wanted: counted(jobOf(1000, 'a'), same),
      found: counted(jobOf(1000, 'a'), same),
      lastApplied: undefined,
      rules: compiled,
    })
    expect(backwards).toBeLessThan(same.visits * 1.2)
  })
})
