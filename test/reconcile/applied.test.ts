import { describe, expect, it } from 'vitest'
import { compare, type Difference } from '../../src/drift/compare.ts'
import { compileRules } from '../../src/drift/rules.ts'
import type { Value } from '../../src/drift/value.ts'
import { nextLastApplied } from '../../src/reconcile/applied.ts'
import type { State } from '../../src/reconcile/state.ts'
import type { Judged } from '../../src/reconcile/decide.ts'
import { aFound } from './fixtures.ts'

const rules = compileRules([
  { path: 'tasks', keyed: 'key', reason: 'a list by key' },
  { path: 'tags', entries: 'Exact', reason: 'a map' },
])

const found = aFound()
const inSync: State = { is: 'InSync', found, accepted: [] }

interface Given {
  wanted: Value
  before?: Record<string, Value>
  waits?: readonly Difference[]
  state?: State
}

const applied = ({ wanted, before = {}, waits = [], state = inSync }: Given): Record<string, Value> => {
  const judged = waits.map((difference): Judged => ({ difference, impact: 'Restart', action: 'Hold' }))
  return nextLastApplied({
    states: [{ part: '', wanted, state }],
    before,
    tally: { judged, missingParts: [], returns: false, pending: [] },
    keeping: { rules, key: '' },
  })
}

/** What differs between a manifest and what is there, when `before` was last applied. */
const differences = (wanted: Value, { found, before }: { found: Value; before: Value }) =>
  compare({ wanted, found, lastApplied: before, rules })

describe('what counts as applied', () => {
  it('is what the manifest wants', () => {
    expect(applied({ wanted: { size: 2 }, before: { '': { size: 1 } } })).toEqual({ '': { size: 2 } })
  })

  it('is what the manifest wants also where Databricks drifted away from it', () => {
    const wanted = { size: 2 }
    const waits = differences(wanted, { found: { size: 9 }, before: wanted })
    expect(waits).toMatchObject([{ cause: 'ChangedRemotely' }])
    expect(applied({ wanted, before: { '': wanted }, waits })).toEqual({ '': wanted })
  })

  it.each([
    { it: 'changed', before: { size: 1 }, wanted: { size: 2 } },
    { it: 'added', before: {}, wanted: { size: 2 } },
    { it: 'removed', before: { size: 1 }, wanted: {} },
    {
      it: 'changed in an item of a list',
      before: { tasks: [{ key: 'a', size: 1 }, { key: 'b' }] },
      wanted: { tasks: [{ key: 'b' }, { key: 'a', size: 2 }] },
    },
    {
      it: 'an item added',
      before: { tasks: [{ key: 'b' }] },
      wanted: { tasks: [{ key: 'a' }, { key: 'b' }] },
    },
    {
      it: 'an item removed',
      before: { tasks: [{ key: 'a' }, { key: 'b' }] },
      wanted: { tasks: [{ key: 'b' }] },
    },
    { it: 'a tag removed', before: { tags: { a: '1', b: '2' } }, wanted: { tags: { b: '2' } } },
    {
      it: 'several at once',
      before: { size: 1, tags: { a: '1' } },
      wanted: { size: 2, tags: { b: '2' }, name: 'x' },
    },
  ])('keeps the former value of a change that waits, so that it goes on being one: $it', (row) => {
    const { before, wanted } = row
    const waits = differences(wanted, { found: before, before })
    expect(waits.length).toBeGreaterThan(0)
    expect(new Set(waits.map(({ cause }) => cause))).toEqual(new Set(['SpecChanged']))
    const next = applied({ wanted, before: { '': before }, waits })
    expect(differences(wanted, { found: before, before: next[''] ?? {} })).toEqual(waits)
  })

  it('takes up what went out beside a change that waits', () => {
    const before = { size: 1, name: 'x' }
    const wanted = { size: 2, name: 'y' }
    const waits = differences(wanted, { found: { ...before, name: 'y' }, before })
    expect(waits.map(({ text }) => text)).toEqual(['size'])
    expect(applied({ wanted, before: { '': before }, waits })).toEqual({ '': { size: 1, name: 'y' } })
  })

  it('does not lose what was applied of a part that is gone or blocked', () => {
    const before = { '': { size: 1 } }
    const states: State[] = [
      { is: 'Missing', what: 'gone', purged: false },
      { is: 'Blocked', reason: 'ManagedElsewhere', message: 'bundle' },
    ]
    for (const state of states) {
      expect(applied({ wanted: { size: 2 }, before, state })).toEqual(before)
      expect(applied({ wanted: { size: 2 }, state })).toEqual({})
    }
  })

  it('keeps parts apart', () => {
    const wanted = { tasks: [{ key: 'a', size: 2 }] }
    const before = { one: { tasks: [{ key: 'a', size: 1 }] }, two: { tasks: [{ key: 'b', size: 1 }] } }
    const other = { tasks: [{ key: 'b', size: 1 }] }
    const [difference] = differences(wanted, { found: before.one, before: before.one })
    if (difference === undefined) throw new Error('nothing differs')
    expect(
      nextLastApplied({
        states: [
          { part: 'one', wanted, state: inSync },
          { part: 'two', wanted: other, state: inSync },
        ],
        before,
        tally: {
          judged: [{ difference, impact: 'InPlace', action: 'Hold' }],
          missingParts: [],
          returns: false,
          pending: [],
        },
        keeping: { rules, key: '' },
      }),
    ).toEqual(before)
  })

  it('forgets a part of which nothing is wanted any more', () => {
    expect(applied({ wanted: {}, before: { '': { size: 1 } } })).toEqual({})
  })
})
