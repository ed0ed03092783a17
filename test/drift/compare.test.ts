import { describe, expect, it } from 'vitest'
import { compare } from '../../src/drift/compare.ts'
import { compileRules, prefixed, type Effects } from '../../src/drift/rules.ts'
import type { Value } from '../../src/drift/value.ts'

type Table = Record<string, Effects>

interface Row {
  it: string
  rules?: Table
  wanted: Value
  found: Value
  last?: Value
  /** `path: cause`, with `unlisted` in front if not owned. */
  gives: string[]
}

const rulesOf = (table: Table = {}) =>
  compileRules(
    Object.entries(table).map(([path, effects]) => Object.assign({ path, reason: 'for the test' }, effects)),
  )

const differencesOf = ({ rules, wanted, found, last }: Omit<Row, 'it' | 'gives'>): string[] =>
  compare({ wanted, found, lastApplied: last, rules: rulesOf(rules) }).map(
    ({ owned, text, cause }) => `${owned ? '' : 'unlisted '}${text}: ${cause}`,
  )

function judges(rows: Row[]): void {
  it.each(rows)('$it', ({ gives, ...given }) => {
    expect(differencesOf(given)).toEqual(gives)
  })
}

describe('a leaf that the manifest names', () => {
  judges([
    { it: 'is equal', wanted: { a: 1 }, found: { a: 1 }, last: { a: 1 }, gives: [] },
    {
      it: 'is equal although last applied differs',
      wanted: { a: 1 },
      found: { a: 1 },
      last: { a: 2 },
      gives: [],
    },
    {
      it: 'changed remotely',
      wanted: { a: 1 },
      found: { a: 2 },
      last: { a: 1 },
      gives: ['a: ChangedRemotely'],
    },
    {
      it: 'was removed remotely',
      wanted: { a: 1 },
      found: {},
      last: { a: 1 },
      gives: ['a: RemovedRemotely'],
    },
    {
      it: 'changed in the manifest',
      wanted: { a: 1 },
      found: { a: 2 },
      last: { a: 2 },
      gives: ['a: SpecChanged'],
    },
    { it: 'came into the manifest', wanted: { a: 1 }, found: { a: 2 }, last: {}, gives: ['a: SpecChanged'] },
    {
      it: 'came into the manifest and is nowhere',
      wanted: { a: 1 },
      found: {},
      last: {},
      gives: ['a: SpecChanged'],
    },
    {
      it: 'changed in the manifest and remotely',
      wanted: { a: 1 },
      found: { a: 3 },
      last: { a: 2 },
      gives: ['a: SpecChanged'],
    },
    {
      it: 'changed, with last applied lost',
      wanted: { a: 1 },
      found: { a: 2 },
      gives: ['a: ChangedRemotely'],
    },
    { it: 'is missing, with last applied lost', wanted: { a: 1 }, found: {}, gives: ['a: RemovedRemotely'] },
    {
      it: 'is null in Databricks',
      wanted: { a: 1 },
      found: { a: null },
      last: { a: 1 },
      gives: ['a: RemovedRemotely'],
    },
    {
      it: 'has another type',
      wanted: { a: 1 },
      found: { a: '1' },
      last: { a: 1 },
      gives: ['a: ChangedRemotely'],
    },
    {
      it: 'has another shape',
      wanted: { a: { b: 1 } },
      found: { a: [1] },
      last: { a: { b: 1 } },
      gives: ['a: ChangedRemotely'],
    },
    {
      it: 'is not confused with a list that spells it',
      wanted: { a: { b: 1 } },
      found: { a: ['b', 1] },
      gives: ['a: ChangedRemotely'],
    },
  ])
})

describe('an explicit zero', () => {
  judges(
    [0, false, '', [], {}].map((zero) => ({
      it: `${JSON.stringify(zero)} equals nothing found`,
      wanted: { a: zero },
      found: {},
      last: { a: zero },
      gives: [],
    })),
  )
  judges([
    {
      it: 'differs from a value',
      wanted: { a: 0 },
      found: { a: 3 },
      last: { a: 0 },
      gives: ['a: ChangedRemotely'],
    },
    {
      it: 'differs from true',
      wanted: { a: false },
      found: { a: true },
      last: { a: false },
      gives: ['a: ChangedRemotely'],
    },
    {
      it: 'as a list differs from items',
      wanted: { a: [] },
      found: { a: [1] },
      last: { a: [] },
      gives: ['a: AddedRemotely'],
    },
    {
      it: 'as an object leaves members alone',
      wanted: { a: {} },
      found: { a: { b: 1 } },
      last: { a: {} },
      gives: ['unlisted a.b: AddedRemotely'],
    },
  ])
})

describe('a leaf that the manifest does not name', () => {
  judges([
    ...[0, false, '', [], {}, null, { b: false, c: { d: [] } }].map((zero) => ({
      it: `is quiet when found as ${JSON.stringify(zero)}`,
      wanted: {},
      found: { a: zero },
      gives: [],
    })),
    { it: 'is unlisted', wanted: {}, found: { a: 1 }, last: {}, gives: ['unlisted a: AddedRemotely'] },
    {
      it: 'is unlisted at every depth',
      wanted: { a: { b: 1 } },
      found: { a: { b: 1, c: { d: 2 } } },
      gives: ['unlisted a.c.d: AddedRemotely'],
    },
    {
      it: 'is left alone with last applied lost',
      wanted: {},
      found: { a: 1 },
      gives: ['unlisted a: AddedRemotely'],
    },
    { it: 'left the manifest', wanted: {}, found: { a: 1 }, last: { a: 1 }, gives: ['a: SpecChanged'] },
    {
      it: 'left the manifest and changed',
      wanted: {},
      found: { a: 2 },
      last: { a: 1 },
      gives: ['a: SpecChanged'],
    },
    { it: 'left the manifest and is gone', wanted: {}, found: {}, last: { a: 1 }, gives: [] },
    {
      it: 'left together with its object, beside what others set in it',
      wanted: {},
      found: { a: { ours: 1, theirs: 2 } },
      last: { a: { ours: 1 } },
      gives: ['a.ours: SpecChanged', 'unlisted a.theirs: AddedRemotely'],
    },
  ])
})

describe('default', () => {
  const rules: Table = { a: { default: [1] } }
  judges([
    { it: 'not named, is quiet when found', rules, wanted: {}, found: { a: 1 }, gives: [] },
    { it: 'not named, is quiet when absent', rules, wanted: {}, found: {}, gives: [] },
    {
      it: 'not named, shows another value',
      rules,
      wanted: {},
      found: { a: 2 },
      gives: ['unlisted a: AddedRemotely'],
    },
    {
      it: 'not named, shows a zero',
      rules,
      wanted: {},
      found: { a: 0 },
      gives: ['unlisted a: AddedRemotely'],
    },
    {
      it: 'is quiet when the value left the manifest for it',
      rules,
      wanted: {},
      found: { a: 1 },
      last: { a: 2 },
      gives: [],
    },
    { it: 'named, equals nothing found', rules, wanted: { a: 1 }, found: {}, gives: [] },
    {
      it: 'named otherwise, differs from it',
      rules,
      wanted: { a: 0 },
      found: { a: 1 },
      gives: ['a: ChangedRemotely'],
    },
    { it: 'named otherwise, is missed', rules, wanted: { a: 2 }, found: {}, gives: ['a: RemovedRemotely'] },
  ])
})

describe('server default', () => {
  const rules: Table = { a: { serverDefault: true } }
  judges([
    { it: 'is quiet whatever is found', rules, wanted: {}, found: { a: 'x' }, last: {}, gives: [] },
    { it: 'is quiet for a whole object', rules, wanted: {}, found: { a: { b: 1 } }, gives: [] },
    {
      it: 'is compared when named',
      rules,
      wanted: { a: 'y' },
      found: { a: 'x' },
      gives: ['a: ChangedRemotely'],
    },
    {
      it: 'is ours to take back after it was named',
      rules,
      wanted: {},
      found: { a: 'x' },
      last: { a: 'x' },
      gives: ['a: SpecChanged'],
    },
  ])
})

describe('computed and write-only', () => {
  const rules: Table = { state: { computed: true }, secret: { writeOnly: true } }
  judges([
    {
      it: 'computed is never compared',
      rules,
      wanted: { state: 'A' },
      found: { state: 'B' },
      last: { state: 'C' },
      gives: [],
    },
    {
      it: 'write-only as last written is quiet',
      rules,
      wanted: { secret: 's' },
      found: {},
      last: { secret: 's' },
      gives: [],
    },
    {
      it: 'write-only changed in the manifest',
      rules,
      wanted: { secret: 't' },
      found: {},
      last: { secret: 's' },
      gives: ['secret: SpecChanged'],
    },
    {
      it: 'write-only is new',
      rules,
      wanted: { secret: 't' },
      found: {},
      last: {},
      gives: ['secret: SpecChanged'],
    },
    {
      it: 'write-only that says no more than nothing is quiet',
      rules,
      wanted: { secret: false },
      found: {},
      last: {},
      gives: [],
    },
    {
      it: 'write-only left the manifest',
      rules,
      wanted: {},
      found: {},
      last: { secret: 's' },
      gives: ['secret: SpecChanged'],
    },
    {
      it: 'write-only with a null is the same as without',
      rules,
      wanted: { secret: { a: 1, b: null } },
      found: {},
      last: { secret: { a: 1 } },
      gives: [],
    },
    {
      it: 'write-only is not judged by what is found',
      rules,
      wanted: { secret: 's' },
      found: { secret: 'x' },
      last: { secret: 's' },
      gives: [],
    },
    {
      it: 'write-only is quiet with last applied lost',
      rules,
      wanted: { secret: 's' },
      found: {},
      gives: [],
    },
  ])

  it('does not carry what is found for a field that is never read back', () => {
    const [difference] = compare({
      wanted: { secret: 't' },
      found: { secret: '***' },
      lastApplied: { secret: 's' },
      rules: rulesOf(rules),
    })
    expect(difference).not.toHaveProperty('found')
  })
})

describe('spelling', () => {
  const rules: Table = {
    mode: {
      alias: [
        ['NEW', 'OLD'],
        ['AUTO', 'OLD'],
        ['AUTO', 'OTHER'],
      ],
    },
    zone: { wantedAny: 'auto' },
    user: { caseless: true },
    price: { numeric: true },
    root: { trailingSlash: true },
    path: { normalise: (value) => (typeof value === 'string' ? value.replace(/^\/Workspace/, '') : value) },
  }
  judges([
    { it: 'alias is the same', rules, wanted: { mode: 'NEW' }, found: { mode: 'OLD' }, gives: [] },
    {
      it: 'alias may have several meanings',
      rules,
      wanted: { mode: 'AUTO' },
      found: { mode: 'OTHER' },
      gives: [],
    },
    {
      it: 'alias has one direction',
      rules,
      wanted: { mode: 'OLD' },
      found: { mode: 'NEW' },
      gives: ['mode: ChangedRemotely'],
    },
    {
      it: 'alias of something else differs',
      rules,
      wanted: { mode: 'NEW' },
      found: { mode: 'OTHER' },
      gives: ['mode: ChangedRemotely'],
    },
    { it: 'any found will do', rules, wanted: { zone: 'auto' }, found: { zone: 'us-east-1c' }, gives: [] },
    {
      it: 'another wanted is compared',
      rules,
      wanted: { zone: 'us-east-1a' },
      found: { zone: 'us-east-1c' },
      gives: ['zone: ChangedRemotely'],
    },
    {
      it: 'case does not count',
      rules,
      wanted: { user: 'Ana@Example.com' },
      found: { user: 'ana@example.com' },
      gives: [],
    },
    {
      it: 'another user does',
      rules,
      wanted: { user: 'Ana@Example.com' },
      found: { user: 'bob@example.com' },
      gives: ['user: ChangedRemotely'],
    },
    {
      it: 'case counts elsewhere',
      rules,
      wanted: { name: 'A' },
      found: { name: 'a' },
      gives: ['name: ChangedRemotely'],
    },
    { it: 'numbers are numbers', rules, wanted: { price: '1.0' }, found: { price: 1 }, gives: [] },
    {
      it: 'another number differs',
      rules,
      wanted: { price: '1.5' },
      found: { price: 1 },
      gives: ['price: ChangedRemotely'],
    },
    {
      it: 'what is no number is a text',
      rules,
      wanted: { price: 'x' },
      found: { price: 'y' },
      gives: ['price: ChangedRemotely'],
    },
    {
      it: 'a slash at the end does not count',
      rules,
      wanted: { root: 's3://b/d/' },
      found: { root: 's3://b/d' },
      gives: [],
    },
    {
      it: 'a slash within does',
      rules,
      wanted: { root: 's3://b/d' },
      found: { root: 's3://bd' },
      gives: ['root: ChangedRemotely'],
    },
    {
      it: 'normalised is the same',
      rules,
      wanted: { path: '/Workspace/a' },
      found: { path: '/a' },
      gives: [],
    },
    {
      it: 'normalised still differs',
      rules,
      wanted: { path: '/Workspace/a' },
      found: { path: '/b' },
      gives: ['path: ChangedRemotely'],
    },
    {
      it: 'a new spelling of the same is no change of the manifest',
      rules,
      wanted: { user: 'ANA' },
      found: { user: 'bob' },
      last: { user: 'ana' },
      gives: ['user: ChangedRemotely'],
    },
  ])
})

describe('an ordered list', () => {
  judges([
    { it: 'is equal in its order', wanted: { a: ['x', 'y'] }, found: { a: ['x', 'y'] }, gives: [] },
    {
      it: 'differs in another order, as a whole',
      wanted: { a: ['x', 'y'] },
      found: { a: ['y', 'x'] },
      gives: ['a: ChangedRemotely'],
    },
    {
      it: 'differs in length, as a whole',
      wanted: { a: [{ b: 1 }] },
      found: { a: [{ b: 1 }, { b: 2 }] },
      gives: ['a: ChangedRemotely'],
    },
    {
      it: 'of objects is compared one for one',
      wanted: { a: [{ b: 1 }, { b: 2 }] },
      found: { a: [{ b: 1 }, { b: 3 }] },
      last: { a: [{ b: 1 }, { b: 2 }] },
      gives: ['a[1].b: ChangedRemotely'],
    },
    {
      it: 'of objects knows what others set',
      wanted: { a: [{ b: 1 }] },
      found: { a: [{ b: 1, c: 2, d: false }] },
      gives: ['unlisted a[0].c: AddedRemotely'],
    },
    {
      it: 'that grew in the manifest takes nothing over from the old one',
      wanted: { a: [{ b: 1 }, { b: 2 }] },
      found: { a: [{ b: 1 }, { b: 9 }] },
      last: { a: [{ b: 2 }] },
      gives: ['a[1].b: SpecChanged'],
    },
    {
      it: 'that shrank in the manifest takes nothing over from the old one',
      wanted: { a: [{ b: 1 }] },
      found: { a: [{ b: 9 }] },
      last: { a: [{ b: 1 }, { b: 2 }] },
      gives: ['a[0].b: SpecChanged'],
    },
    {
      it: 'was emptied remotely',
      wanted: { a: ['x'] },
      found: { a: [] },
      last: { a: ['x'] },
      gives: ['a: RemovedRemotely'],
    },
    { it: 'not named is unlisted', wanted: {}, found: { a: ['x'] }, gives: ['unlisted a: AddedRemotely'] },
  ])
})

describe('a keyed list', () => {
  const rules: Table = {
    tasks: { keyed: 'key' },
    'tasks[].after': { keyed: 'key' },
    'tasks[].n': { default: [7] },
  }
  const a = { key: 'a', n: 1 }
  const b = { key: 'b', n: 2 }
  judges([
    { it: 'has no order', rules, wanted: { tasks: [a, b] }, found: { tasks: [b, a] }, gives: [] },
    {
      it: 'names the item',
      rules,
      wanted: { tasks: [a, b] },
      found: { tasks: [{ key: 'b', n: 5 }, a] },
      last: { tasks: [a, b] },
      gives: ['tasks[b].n: ChangedRemotely'],
    },
    {
      it: 'misses a whole item once',
      rules,
      wanted: { tasks: [a, b] },
      found: { tasks: [a] },
      last: { tasks: [b, a] },
      gives: ['tasks[b]: RemovedRemotely'],
    },
    {
      it: 'misses an item that is new in the manifest',
      rules,
      wanted: { tasks: [a, b] },
      found: { tasks: [a] },
      last: { tasks: [a] },
      gives: ['tasks[b]: SpecChanged'],
    },
    {
      it: 'misses an item that changed in the manifest',
      rules,
      wanted: { tasks: [b] },
      found: {},
      last: { tasks: [{ key: 'b', n: 3 }] },
      gives: ['tasks[b]: SpecChanged'],
    },
    {
      it: 'misses an item whose own lists are only in another order',
      rules,
      wanted: { tasks: [{ key: 'b', after: [{ key: 'x' }, { key: 'y' }] }] },
      found: { tasks: [] },
      last: { tasks: [{ after: [{ key: 'y' }, { key: 'x' }], key: 'b' }] },
      gives: ['tasks[b]: RemovedRemotely'],
    },
    {
      it: 'has an item too many once',
      rules,
      wanted: { tasks: [a] },
      found: { tasks: [a, b] },
      last: { tasks: [a] },
      gives: ['tasks[b]: AddedRemotely'],
    },
    {
      it: 'has an item too many with last applied lost',
      rules,
      wanted: { tasks: [a] },
      found: { tasks: [a, b] },
      gives: ['tasks[b]: AddedRemotely'],
    },
    {
      it: 'has an item that left the manifest',
      rules,
      wanted: { tasks: [a] },
      found: { tasks: [a, b] },
      last: { tasks: [a, b] },
      gives: ['tasks[b]: SpecChanged'],
    },
    {
      it: 'is owned when named as empty',
      rules,
      wanted: { tasks: [] },
      found: { tasks: [a] },
      gives: ['tasks[a]: AddedRemotely'],
    },
    {
      it: 'not named is unlisted by item',
      rules,
      wanted: {},
      found: { tasks: [a, b] },
      gives: ['unlisted tasks[a]: AddedRemotely', 'unlisted tasks[b]: AddedRemotely'],
    },
    {
      it: 'that left the manifest goes by item',
      rules,
      wanted: {},
      found: { tasks: [a, b] },
      last: { tasks: [a] },
      gives: ['tasks[a]: SpecChanged', 'unlisted tasks[b]: AddedRemotely'],
    },
    {
      it: 'shows what others set in an item',
      rules,
      wanted: { tasks: [{ key: 'a' }] },
      found: { tasks: [a] },
      gives: ['unlisted tasks[a].n: AddedRemotely'],
    },
    {
      it: 'matches items of one key in their order',
      rules,
      wanted: { tasks: [a, a] },
      found: { tasks: [a, { key: 'a', n: 2 }] },
      gives: ['tasks[a#2].n: ChangedRemotely'],
    },
    {
      it: 'misses the second item of a key',
      rules,
      wanted: { tasks: [a, a] },
      found: { tasks: [a] },
      gives: ['tasks[a#2]: RemovedRemotely'],
    },
    {
      it: 'leaves additions alone when open',
      rules: { tasks: { keyed: 'key', entries: 'Open' } },
      wanted: { tasks: [a] },
      found: { tasks: [a, b] },
      gives: ['unlisted tasks[b]: AddedRemotely'],
    },
    {
      it: 'may be keyed by a function',
      rules: { tasks: { keyed: (item) => JSON.stringify(item) } },
      wanted: { tasks: [a, b] },
      found: { tasks: [b, { key: 'a', n: 9 }] },
      gives: [
        'tasks["{\\"key\\":\\"a\\",\\"n\\":1}"]: RemovedRemotely',
        'tasks["{\\"key\\":\\"a\\",\\"n\\":9}"]: AddedRemotely',
      ],
    },
  ])
})

describe('a set', () => {
  const rules: Table = { mail: { set: true, caseless: true } }
  judges([
    {
      it: 'has no order, no case and no repetition',
      rules,
      wanted: { mail: ['A@x', 'b@x'] },
      found: { mail: ['b@x', 'a@x', 'B@X'] },
      gives: [],
    },
    {
      it: 'names what is missing and what is too many',
      rules,
      wanted: { mail: ['A@x', 'b@x'] },
      found: { mail: ['b@x', 'c@x'] },
      last: { mail: ['a@X', 'b@x'] },
      gives: ['mail[A@x]: RemovedRemotely', 'mail[c@x]: AddedRemotely'],
    },
    {
      it: 'keeps an item that left the manifest apart',
      rules,
      wanted: { mail: ['a@x'] },
      found: { mail: ['a@x', 'b@x'] },
      last: { mail: ['a@x', 'B@x'] },
      gives: ['mail[b@x]: SpecChanged'],
    },
    {
      it: 'leaves additions alone when open',
      rules: { mail: { set: true, entries: 'Open' } },
      wanted: { mail: ['a'] },
      found: { mail: ['a', 'b'] },
      gives: ['unlisted mail[b]: AddedRemotely'],
    },
  ])
})

describe('a map', () => {
  const exact: Table = { tags: { entries: 'Exact' } }
  const byRow: Table = { 'tags.*': { caseless: true } }
  const open: Table = { tags: { entries: 'Open' }, 'tags.server': { serverDefault: true } }
  judges([
    {
      it: 'exact, owns a key added by hand',
      rules: exact,
      wanted: { tags: { a: '1' } },
      found: { tags: { a: '1', b: '2' } },
      last: { tags: { a: '1' } },
      gives: ['tags.b: AddedRemotely'],
    },
    {
      it: 'exact by having a row for any key',
      rules: byRow,
      wanted: { tags: { a: 'X' } },
      found: { tags: { a: 'x', b: '2' } },
      gives: ['tags.b: AddedRemotely'],
    },
    {
      it: 'exact, owns all when named as empty',
      rules: exact,
      wanted: { tags: {} },
      found: { tags: { b: '2' } },
      gives: ['tags.b: AddedRemotely'],
    },
    {
      it: 'exact, but not mentioned',
      rules: exact,
      wanted: {},
      found: { tags: { b: '2' } },
      gives: ['unlisted tags.b: AddedRemotely'],
    },
    {
      it: 'exact, lost a key',
      rules: exact,
      wanted: { tags: { a: '1' } },
      found: {},
      last: { tags: { a: '1' } },
      gives: ['tags.a: RemovedRemotely'],
    },
    {
      it: 'exact, a key left the manifest',
      rules: exact,
      wanted: { tags: { a: '1' } },
      found: { tags: { a: '1', b: '2' } },
      last: { tags: { a: '1', b: '2' } },
      gives: ['tags.b: SpecChanged'],
    },
    {
      it: 'a key with an empty value is a key, added',
      rules: exact,
      wanted: { tags: {} },
      found: { tags: { b: '' } },
      gives: ['tags.b: AddedRemotely'],
    },
    {
      it: 'a key with an empty value is a key, removed',
      rules: exact,
      wanted: { tags: { b: '' } },
      found: { tags: {} },
      gives: ['tags.b: RemovedRemotely'],
    },
    {
      it: 'prefers the row of a key to the row for any key',
      rules: { 'tags.*': {}, 'tags.mark': { computed: true } },
      wanted: { tags: { a: '1' } },
      found: { tags: { a: '1', mark: 'x' } },
      gives: [],
    },
    {
      it: 'with objects in it misses and owns them whole',
      rules: { 'tags.*': {} },
      wanted: { tags: { a: { b: 1 } } },
      found: { tags: { c: { d: 1 } } },
      gives: ['tags.a: RemovedRemotely', 'tags.c: AddedRemotely'],
    },
    {
      it: 'open, leaves other keys alone',
      rules: open,
      wanted: { tags: { a: '1' } },
      found: { tags: { a: '1', b: '2' } },
      gives: ['unlisted tags.b: AddedRemotely'],
    },
    {
      it: 'open, knows keys of the server',
      rules: open,
      wanted: { tags: { a: '1' } },
      found: { tags: { a: '1', server: '2' } },
      gives: [],
    },
    {
      it: 'open, still sees a named key change',
      rules: open,
      wanted: { tags: { server: '1' } },
      found: { tags: { server: '2' } },
      gives: ['tags.server: ChangedRemotely'],
    },
    {
      it: 'open, removes a key that left the manifest',
      rules: open,
      wanted: { tags: { a: '1' } },
      found: { tags: { a: '1', b: '2' } },
      last: { tags: { a: '1', b: '2' } },
      gives: ['tags.b: SpecChanged'],
    },
    {
      it: 'takes keys for data, not for members every object has',
      rules: exact,
      wanted: { tags: { a: '1' } },
      found: { tags: JSON.parse('{"a":"1","constructor":"x","__proto__":"y"}') as Value },
      gives: ['tags.constructor: AddedRemotely', 'tags["__proto__"]: AddedRemotely'],
    },
  ])
})

describe('a unit', () => {
  const rules: Table = { plan: { unit: true }, 'plan.paused': { default: ['NO'] } }
  const plan = { cron: 'x', zone: 'UTC' }
  judges([
    {
      it: 'removed by hand is one difference',
      rules,
      wanted: { plan },
      found: {},
      last: { plan },
      gives: ['plan: RemovedRemotely'],
    },
    {
      it: 'removed by hand and changed in the manifest',
      rules,
      wanted: { plan },
      found: {},
      last: { plan: { ...plan, cron: 'y' } },
      gives: ['plan: SpecChanged'],
    },
    {
      it: 'removed by hand and changed in the manifest in one member',
      rules,
      wanted: { plan },
      found: {},
      last: { plan: { ...plan, zone: 'CET' } },
      gives: ['plan: SpecChanged'],
    },
    {
      it: 'added by hand is one unlisted difference',
      rules,
      wanted: {},
      found: { plan },
      gives: ['unlisted plan: AddedRemotely'],
    },
    {
      it: 'that left the manifest is one difference',
      rules,
      wanted: {},
      found: { plan: { ...plan, paused: 'YES' } },
      last: { plan },
      gives: ['plan: SpecChanged'],
    },
    {
      it: 'on both sides is compared by member',
      rules,
      wanted: { plan },
      found: { plan: { ...plan, zone: 'CET', paused: 'NO' } },
      gives: ['plan.zone: ChangedRemotely'],
    },
    { it: 'of defaults is nothing', rules, wanted: {}, found: { plan: { paused: 'NO' } }, gives: [] },
    { it: 'of zeros equals nothing found', rules, wanted: { plan: { off: false } }, found: {}, gives: [] },
  ])
})

describe('members that depend on another', () => {
  const rules: Table = {
    workers: { silentWhile: 'scale' },
    scale: { unit: true, excludedBy: 'workers' },
    'cloud.kind': { silentWhile: '../pool' },
    'list[].cloud.kind': { silentWhile: ['../pool', '../../top'] },
    list: { keyed: 'key' },
  }
  judges([
    {
      it: 'is silent while the sibling is set',
      rules,
      wanted: { scale: { max: 2 } },
      found: { scale: { max: 2 }, workers: 1 },
      gives: [],
    },
    {
      it: 'is compared otherwise',
      rules,
      wanted: { workers: 2 },
      found: { workers: 1 },
      gives: ['workers: ChangedRemotely'],
    },
    {
      it: 'an excluded sibling is drift',
      rules,
      wanted: { workers: 2 },
      found: { scale: { max: 2 } },
      last: { workers: 2 },
      gives: ['workers: RemovedRemotely', 'scale: AddedRemotely'],
    },
    {
      it: 'an explicit 0 excludes too',
      rules,
      wanted: { workers: 0 },
      found: { scale: { max: 2 } },
      last: { workers: 0 },
      gives: ['scale: AddedRemotely'],
    },
    {
      it: 'an excluded object is drift in all it holds',
      rules: { map: { entries: 'Exact', excludedBy: 'list' }, other: { excludedBy: 'list' } },
      wanted: { list: ['x'] },
      found: { list: ['x'], map: { a: 'b' }, other: { c: { d: 1 } } },
      gives: ['map.a: AddedRemotely', 'other.c.d: AddedRemotely'],
    },
    {
      it: 'what nothing excludes is unlisted',
      rules,
      wanted: {},
      found: { scale: { max: 2 } },
      gives: ['unlisted scale: AddedRemotely'],
    },
    {
      it: 'a switch in the manifest is two changes of it',
      rules,
      wanted: { workers: 2 },
      found: { scale: { max: 2 } },
      last: { scale: { max: 2 } },
      gives: ['workers: SpecChanged', 'scale: SpecChanged'],
    },
    {
      it: 'looks one object up',
      rules,
      wanted: { pool: 'p', cloud: { kind: 'a' } },
      found: { pool: 'p', cloud: { kind: 'b' } },
      gives: [],
    },
    {
      it: 'looks one object up even when the manifest has no object there',
      rules,
      wanted: { pool: 'p' },
      found: { pool: 'p', cloud: { kind: 'b' } },
      gives: [],
    },
    {
      it: 'an unset sibling silences nothing',
      rules,
      wanted: { pool: '', cloud: { kind: 'a' } },
      found: { cloud: { kind: 'b' } },
      gives: ['cloud.kind: ChangedRemotely'],
    },
    {
      it: 'looks up past a list',
      rules,
      wanted: { top: true, list: [{ key: 'k', cloud: { kind: 'a' } }] },
      found: { top: true, list: [{ key: 'k', cloud: { kind: 'b' } }] },
      gives: [],
    },
    {
      it: 'does not look further than it says',
      rules,
      wanted: { pool: 'p', list: [{ key: 'k', cloud: { kind: 'a' } }] },
      found: { pool: 'p', list: [{ key: 'k', cloud: { kind: 'b' } }] },
      gives: ['list[k].cloud.kind: ChangedRemotely'],
    },
  ])
})

describe('what a policy supplies', () => {
  const rules: Table = {
    '': { suppliedBy: 'policyId' },
    tags: { entries: 'Exact' },
    workers: {},
    scale: { excludedBy: 'workers' },
  }
  const policyId = 'P'
  judges([
    {
      it: 'is silent',
      rules,
      wanted: { policyId },
      found: { policyId, engine: 'PHOTON', logs: { to: 'x' } },
      last: { policyId },
      gives: [],
    },
    {
      it: 'is silent in an exact map',
      rules,
      wanted: { policyId, tags: { a: '1' } },
      found: { policyId, tags: { a: '1', b: '2' } },
      last: { policyId, tags: { a: '1' } },
      gives: [],
    },
    {
      it: 'is silent with last applied lost',
      rules,
      wanted: { policyId },
      found: { policyId, engine: 'PHOTON' },
      gives: [],
    },
    {
      it: 'is shown without a policy',
      rules,
      wanted: {},
      found: { engine: 'PHOTON' },
      gives: ['unlisted engine: AddedRemotely'],
    },
    {
      it: 'is shown when only Databricks has a policy',
      rules,
      wanted: {},
      found: { policyId, engine: 'PHOTON' },
      gives: ['unlisted policyId: AddedRemotely', 'unlisted engine: AddedRemotely'],
    },
    {
      it: 'differs where it contradicts the manifest',
      rules,
      wanted: { policyId, engine: 'STANDARD' },
      found: { policyId, engine: 'PHOTON' },
      last: { policyId, engine: 'STANDARD' },
      gives: ['engine: ChangedRemotely'],
    },
    {
      it: 'differs where it left the manifest',
      rules,
      wanted: { policyId },
      found: { policyId, engine: 'PHOTON' },
      last: { policyId, engine: 'PHOTON' },
      gives: ['engine: SpecChanged'],
    },
    {
      it: 'differs where the manifest rules it out',
      rules,
      wanted: { policyId, workers: 1 },
      found: { policyId, workers: 1, scale: 2 },
      gives: ['scale: AddedRemotely'],
    },
    {
      it: 'reaches only the object that names the policy',
      rules: { 'a[]': { suppliedBy: 'policyId' }, a: { keyed: 'key' } },
      wanted: { a: [{ key: 'x', policyId }, { key: 'y' }] },
      found: {
        a: [
          { key: 'x', policyId, n: 1 },
          { key: 'y', n: 1 },
        ],
      },
      gives: ['unlisted a[y].n: AddedRemotely'],
    },
  ])
})

describe('a table of rules', () => {
  it('is the same for a value inside another one', () => {
    expect(
      prefixed('tasks[].newCluster', [
        { path: 'tags.*', reason: '' },
        { path: '', reason: '' },
      ]),
    ).toEqual([
      { path: 'tasks[].newCluster.tags.*', reason: '' },
      { path: 'tasks[].newCluster', reason: '' },
    ])
  })

  it('adds up rows of one path, and the later row counts', () => {
    const rules = compileRules([
      { path: 'a', reason: 'first', default: [1], caseless: true },
      { path: 'a', reason: 'second', default: ['x'] },
    ])
    expect(compare({ wanted: {}, found: { a: 'X' }, lastApplied: undefined, rules })).toEqual([])
    expect(compare({ wanted: {}, found: { a: 1 }, lastApplied: undefined, rules })).toHaveLength(1)
  })

  it('refuses a path that it cannot read', () => {
    expect(() => compileRules([{ path: 'a[', reason: '' }])).toThrow('rule path a[')
  })
})

describe('the whole object', () => {
  it('that is not there differs field by field', () => {
    const given = {
      wanted: { a: 1, b: { c: 2 } },
      found: undefined,
      lastApplied: undefined,
      rules: rulesOf(),
    }
    expect(compare(given).map(({ text }) => text)).toEqual(['a', 'b.c'])
  })

  it('carries both values as they are', () => {
    const rules = rulesOf({ tasks: { keyed: 'key' } })
    const wanted = { tasks: [{ key: 'a', n: 1 }] }
    const found = { tasks: [{ key: 'a', n: 2 }, { key: 'b' }] }
    expect(compare({ wanted, found, lastApplied: wanted, rules })).toEqual([
      {
        path: ['tasks', { key: 'a', occurrence: 1 }, 'n'],
        text: 'tasks[a].n',
        wanted: 1,
        found: 2,
        shown: { wanted: 1, found: 2 },
        cause: 'ChangedRemotely',
        owned: true,
      },
      {
        path: ['tasks', { key: 'b', occurrence: 1 }],
        text: 'tasks[b]',
        found: { key: 'b' },
        shown: { found: { key: 'b' } },
        cause: 'AddedRemotely',
        owned: true,
      },
    ])
  })
})
