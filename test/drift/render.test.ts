import { describe, expect, it } from 'vitest'
import { compare } from '../../src/drift/compare.ts'
import { render } from '../../src/drift/render.ts'
import { compileRules } from '../../src/drift/rules.ts'
import type { Value } from '../../src/drift/value.ts'

const rules = compileRules([
  { path: 'tasks', keyed: 'key', reason: '' },
  { path: 'tags.*', reason: '' },
  { path: 'conf', entries: 'Open', guarded: true, reason: '' },
])
const rendered = (wanted: Value, found: Value) =>
  render(compare({ wanted, found, lastApplied: undefined, rules }))

describe('differences for a person', () => {
  it('are nothing when there are none', () => {
    expect(rendered({ a: 1 }, { a: 1 })).toBe('')
  })

  it('show by path what is there and what is wanted', () => {
    const wanted = { tasks: [{ key: 'a', retries: 1 }, { key: 'b' }], tags: { team: 'red' } }
    const found = { tasks: [{ key: 'a', retries: 3 }], tags: { team: 'red', cost: '7' } }
    expect(rendered(wanted, found)).toBe(
      [
        ' {',
        '-  tags.cost: "7"',
        '+  tasks[b]: {',
        '+    key: "b"',
        '+  }',
        '-  tasks[a].retries: 3',
        '+  tasks[a].retries: 1',
        ' }',
        '',
      ].join('\n'),
    )
  })

  it('hold no secret', () => {
    expect(rendered({ conf: {} }, { conf: { a: 'hunter2' } })).toMatch(/-  conf\.a: "sha256:[0-9a-f]{8}"/)
  })

  it('take a key for a key, whatever it ends in', () => {
    const text = rendered({ tags: { x__deleted: 'a', ['__proto__x']: 'b' } }, { tags: { x__deleted: 'c' } })
    expect(text).toContain('-  "tags.x__deleted": "c"')
    expect(text).toContain('+  "tags.x__deleted": "a"')
    expect(text).toContain('"b"')
  })

  it('are bounded in number and size', () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`t${index}`, 'v']))
    expect(rendered({ tags: many }, { tags: {} })).toMatch(/and 10 more\n$/)
    const long = { list: Array.from({ length: 5000 }, (_, index) => ({ index })) }
    expect(rendered(long, { list: [{ index: 1 }] }).length).toBeLessThan(5000)
  })
})
