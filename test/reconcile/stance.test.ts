import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compare, isDrift, type Difference } from '../../src/drift/compare.ts'
import { compileRules, noRules } from '../../src/drift/rules.ts'
import type { Value } from '../../src/drift/value.ts'
import type { Management } from '../../src/kinds/management.ts'
import { policyOf } from '../../src/reconcile/policy.ts'
import { underStance } from '../../src/reconcile/stance.ts'
import { firstEnd } from '../../src/reconcile/tolerance.ts'
import { aDifference, beginning } from './fixtures.ts'

const under = (
  management: Management,
  differences: Difference[],
  { now = beginning, rules = noRules } = {},
) => underStance(differences, rules, { policy: policyOf(management, 'Created'), now })

const one = (management: Management, difference: Difference, more = {}) => {
  const [result] = under(management, [difference], more)
  if (result === undefined) throw new Error('a difference was lost')
  return result
}

const pause = aDifference('schedule.pauseStatus')
const later = '2026-01-01T01:00:00Z'

describe('ignore', () => {
  it('marks what somebody else changed, and what nobody mentions', () => {
    const management: Management = { ignore: [{ path: 'schedule', reason: 'incident 7' }] }
    const added = aDifference('schedule.note', { cause: 'AddedRemotely', owned: false })
    expect(under(management, [pause, added, aDifference('name')]).map(({ tolerated }) => tolerated)).toEqual([
      { reason: 'incident 7' },
      { reason: 'incident 7' },
      undefined,
    ])
  })

  it('ends right at its time, in whatever zone that is told', () => {
    const management: Management = { ignore: [{ path: 'schedule', until: '2026-01-01T03:00:00+02:00' }] }
    expect(one(management, pause, { now: '2026-01-01T00:59:59.999Z' }).tolerated).toBeDefined()
    expect(one(management, pause, { now: later }).tolerated).toBeUndefined()
  })

  it('lasts as long as the longest of the paths that meet', () => {
    const short = { path: 'schedule', until: later }
    const long = { path: 'schedule.pauseStatus', until: '2026-02-01T00:00:00Z' }
    expect(one({ ignore: [short, long] }, pause).tolerated).toEqual({ until: long.until })
    expect(one({ ignore: [long, short, { path: 'schedule.*' }] }, pause).tolerated).toEqual({})
  })

  it('means what came in its place, too, and nothing that came beside it', () => {
    const rules = compileRules([
      { path: 'tasks', keyed: 'key', reason: '' },
      { path: 'tasks[].jar', excludedBy: ['note', 'file'], reason: '' },
    ])
    const management: Management = { ignore: [{ path: 'tasks[*].note' }] }
    const found = { tasks: [{ key: 'a', jar: { main: 'x', args: 'y' } }] }
    const toleratedIn = (task: object) => {
      const wanted = { tasks: [{ key: 'a', ...task }] }
      const differences = compare({ wanted, found, lastApplied: wanted, rules })
      return under(management, differences, { rules }).flatMap(({ text, tolerated }) =>
        tolerated ? text : [],
      )
    }
    expect(toleratedIn({ note: { path: 'p' } })).toEqual([
      'tasks[a].note.path',
      'tasks[a].jar.main',
      'tasks[a].jar.args',
    ])
    expect(toleratedIn({ file: 'f' })).toEqual([])
  })

  it('means what came in the place of something ignored too, and the other way round', () => {
    const rules = compileRules([{ path: 'trigger', excludedBy: ['schedule', 'start'], reason: '' }])
    const { found: _found, ...gone } = aDifference('schedule', { cause: 'RemovedRemotely' })
    const { wanted: _wanted, ...came } = aDifference('trigger', { cause: 'AddedRemotely' })
    const reasons = (path: string) =>
      under({ ignore: [{ path, reason: 'r' }] }, [came, gone], { rules }).map(
        ({ tolerated }) => tolerated?.reason,
      )
    expect(reasons('schedule')).toEqual(['r', 'r'])
    expect(reasons('trigger')).toEqual(['r', 'r'])
    expect(reasons('name')).toEqual([undefined, undefined])
  })

  it('does not keep back what the manifest itself changes', () => {
    const edited = aDifference('schedule.pauseStatus', { cause: 'SpecChanged' })
    expect(one({ ignore: [{ path: 'schedule' }] }, edited)).toEqual(edited)
  })

  it('but in Observe, where nothing is ever sent, means that too', () => {
    const edited = aDifference('schedule.pauseStatus', { cause: 'SpecChanged' })
    expect(one({ mode: 'Observe', ignore: [{ path: 'schedule' }] }, edited).tolerated).toEqual({})
  })

  it('goes before unlisted: Correct', () => {
    const added = aDifference('timeout', { cause: 'AddedRemotely', owned: false })
    expect(isDrift(one({ unlisted: 'Correct', ignore: [{ path: 'timeout' }] }, added))).toBe(false)
  })
})

describe('the first end of a tolerance', () => {
  it('is that of the difference that is tolerated for the shortest time', () => {
    const until = (text: string): Difference => ({ ...pause, tolerated: { until: text } })
    expect(firstEnd([until('2026-02-01T00:00:00Z'), until(later), { ...pause, tolerated: {} }])).toBe(
      Date.parse(later),
    )
  })

  it('never comes where nothing is tolerated, or only for ever', () => {
    expect(firstEnd([])).toBe(Number.POSITIVE_INFINITY)
    expect(firstEnd([pause, { ...pause, tolerated: {} }])).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('unlisted: Correct', () => {
  const { wanted: _wanted, ...added } = aDifference('timeout', { cause: 'AddedRemotely', owned: false })

  it('makes a setting that the manifest does not mention its concern', () => {
    expect(one({ unlisted: 'Correct' }, added)).toEqual({ ...added, owned: true })
    expect(one({ unlisted: 'Report' }, added)).toEqual(added)
    expect(one({}, added)).toEqual(added)
  })

  it('does nothing in Observe, also if a manifest that says so was stored', () => {
    expect(one({ mode: 'Observe', unlisted: 'Correct' }, added)).toEqual(added)
  })

  it('goes back to what a default put there', () => {
    expect(one({ unlisted: 'Correct' }, { ...added, put: 60 })).toMatchObject({ owned: true, wanted: 60 })
  })

  it('writes the default that Databricks has for it, where there is exactly one', () => {
    const rules = compileRules([{ path: 'timeout', default: [7], reason: '' }])
    expect(one({ unlisted: 'Correct' }, added, { rules })).toMatchObject({ owned: true, wanted: 7 })
    const two = compileRules([{ path: 'timeout', default: [7, 8], reason: '' }])
    expect(one({ unlisted: 'Correct' }, added, { rules: two })).not.toHaveProperty('wanted')
  })

  it('leaves what people must always be able to set by hand', () => {
    const rules = compileRules([{ path: 'schedule.pauseStatus', left: true, reason: '' }])
    expect(one({ unlisted: 'Correct' }, { ...pause, owned: false }, { rules }).owned).toBe(false)
  })
})

/** Told from the text alone: the path itself, or something below it. */
const isBelow = (text: string, path: string) =>
  text === path || text.startsWith(`${path}.`) || text.startsWith(`${path}[`)

describe('whatever differs and whatever is ignored', () => {
  const rules = compileRules([
    { path: 'tasks', keyed: 'key', reason: '' },
    { path: 'tasks[].after', set: true, reason: '' },
    { path: 'tags.*', reason: '' },
    { path: 'conf', entries: 'Open', reason: '' },
  ])
  const name = fc.constantFrom('a', 'b', 'c', 'a.b', '0', '*')
  const leaf = fc.integer({ min: 1, max: 3 })
  const task = fc.record({ key: name, n: leaf, after: fc.uniqueArray(name, { maxLength: 3 }) })
  const object: fc.Arbitrary<Value> = fc.record({
    name: leaf,
    tasks: fc.uniqueArray(task, { selector: ({ key }) => key, maxLength: 4 }),
    tags: fc.dictionary(name, leaf, { maxKeys: 4 }),
    conf: fc.dictionary(name, leaf, { maxKeys: 4 }),
  })

  const picked = fc.record({ picks: fc.array(fc.nat(), { maxLength: 4 }), isWider: fc.boolean() })

  it('what counts is exactly what was not ignored', () => {
    fc.assert(
      fc.property(object, object, picked, (wanted, found, { picks, isWider }) => {
        const differences = compare({ wanted, found, lastApplied: undefined, rules })
        fc.pre(differences.length > 0)
        const texts = picks.map((pick) => differences[pick % differences.length]?.text ?? '')
        const paths = texts.map((text) => (isWider ? text.replace(/(\.[^.[\]]*|\[[^[\]]*\])$/, '') : text))
        const management = { ignore: [...new Set(paths)].map((path) => ({ path })) }
        const counted = under(management, differences, { rules }).filter(isDrift)
        expect(counted).toEqual(
          differences.filter((one) => one.owned && !paths.some((path) => isBelow(one.text, path))),
        )
      }),
    )
  })
})

/** A difference within one of many tasks. */
const inTask = (index: number, name: string, values: Pick<Difference, 'wanted' | 'found'>) => {
  const path = ['tasks', { key: `${index}`, occurrence: 1 }, name]
  return {
    path,
    text: `tasks[${index}].${name}`,
    cause: 'ChangedRemotely' as const,
    owned: true,
    ...values,
  }
}

describe('many differences', () => {
  it('are looked up by what takes the place of what, and not tried one with each other', () => {
    const rules = compileRules([
      { path: 'tasks', keyed: 'key', reason: '' },
      { path: 'tasks[].jar', excludedBy: ['note'], reason: '' },
    ])
    const many = Array.from({ length: 5_000 }, (_, index): Difference[] => [
      inTask(index, 'note', { wanted: 'x' }),
      inTask(index, 'jar', { found: 'y' }),
    ]).flat()
    const began = performance.now()
    const result = under({ ignore: [{ path: 'tasks[*].note' }] }, many, { rules })
    expect(result.every(({ tolerated }) => tolerated !== undefined)).toBe(true)
    // Tried one with each other they took half a minute.
    expect(performance.now() - began).toBeLessThan(5_000)
  })
})
