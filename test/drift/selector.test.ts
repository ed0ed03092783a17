import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pathText, type Segment } from '../../src/drift/path.ts'
import { isSelected, parseSelector } from '../../src/drift/selector.ts'

const item = (key: string, occurrence = 1): Segment => ({ key, occurrence })

function selects(text: string, path: readonly Segment[]): boolean {
  const parsed = parseSelector(text)
  if (parsed.is === 'Unreadable') throw new Error(`${text} cannot be read from ${parsed.at} on`)
  return isSelected(parsed.steps, path)
}

const retries: Segment[] = ['tasks', item('extract'), 'maxRetries']

describe('a selector', () => {
  it.each<[string, Segment[]]>([
    ['tasks[extract].maxRetries', retries],
    ['tasks[extract]', retries],
    ['tasks', retries],
    ['tasks["extract"].maxRetries', retries],
    ['tasks[*].maxRetries', retries],
    ['tasks.*.maxRetries', retries],
    ['sparkConf["spark.x"]', ['sparkConf', 'spark.x']],
    ['tags.team', ['tags', 'team']],
    ['tags["team"]', ['tags', 'team']],
    ['tags[team]', ['tags', 'team']],
    ['tags.*', ['tags', 'a b']],
    ['initScripts[1]', ['initScripts', 1, 's3']],
    ['libraries[pypi:requests#2]', ['libraries', item('pypi:requests', 2)]],
    ['tasks[3]', ['tasks', item('3')]],
  ])('%s means its difference', (text, path) => {
    expect(selects(text, path)).toBe(true)
  })

  it.each<[string, Segment[]]>([
    ['tasks[extract].maxRetries', ['tasks', item('load'), 'maxRetries']],
    ['tasks[extract].maxRetries', ['tasks', item('extract'), 'timeoutSeconds']],
    // What is above is more than was named.
    ['tasks[extract].maxRetries', ['tasks', item('extract')]],
    ['tasks[extract]', ['tasks', item('extract', 2)]],
    ['tasks[extract]', ['tasks', item('extract-all')]],
    ['tags.tea', ['tags', 'team']],
    ['task', retries],
    ['tasks["*"].maxRetries', retries],
    ['initScripts["1"]', ['initScripts', 1]],
  ])('%s does not mean another one', (text, path) => {
    expect(selects(text, path)).toBe(false)
  })

  it.each([
    ['', 1],
    ['.name', 1],
    ['tasks..name', 6],
    ['tasks[]', 6],
    ['tasks[a', 6],
    ['tasks.[a]', 6],
    ['tags a', 5],
    ['tags["a\\x"]', 5],
    ['tags.', 5],
    ['tasks[a]name', 9],
    ['$.tasks', 1],
  ])('%s cannot be read from character %i on', (text, at) => {
    expect(parseSelector(text)).toEqual({ is: 'Unreadable', at })
  })

  const segment: fc.Arbitrary<Segment> = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('*', 'a.b', '0', '__proto__', 'a"b', ' '),
    fc.nat(20),
    fc.record({
      key: fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('*', '0', 'a#2', '', 'pypi:x from https://a:b@c'),
      ),
      occurrence: fc.integer({ min: 1, max: 3 }),
    }),
  )

  it('reads every path that a status shows, and means by it what stands there and below', () => {
    const path = fc.array(segment, { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(path, fc.array(segment, { maxLength: 2 }), (above, below) => {
        fc.pre(above.every((one, index) => index > 0 || typeof one === 'string'))
        expect(selects(pathText(above), above)).toBe(true)
        expect(selects(pathText(above), [...above, ...below])).toBe(true)
        if (below.length > 0) expect(selects(pathText([...above, ...below]), above)).toBe(false)
      }),
    )
  })
})
