import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { compare } from '../../src/drift/compare.ts'
import { compileRules } from '../../src/drift/rules.ts'
import type { Value } from '../../src/drift/value.ts'

const rules = compileRules([
  { path: 'auth', sensitive: true, reason: '' },
  { path: 'sparkConf', entries: 'Open', guarded: true, reason: '' },
  { path: 'arguments', guarded: true, reason: '' },
  { path: 'parameters', keyed: 'name', guarded: true, reason: '' },
  { path: 'tasks', keyed: 'taskKey', reason: '' },
  { path: 'tasks[].parameters', entries: 'Exact', guarded: true, reason: '' },
])

const hash = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex').slice(0, 8)}`

/** What is shown of each difference. */
const shownOf = (wanted: Value, found: Value) =>
  Object.fromEntries(
    compare({ wanted, found, lastApplied: undefined, rules }).map(({ text, shown }) => [text, shown]),
  )

interface Row {
  it: string
  wanted: Value
  found: Value
  shows: Record<string, { wanted?: Value; found?: Value }>
}

const shows = (rows: Row[]) =>
  it.each(rows)('$it', ({ wanted, found, shows: expected }) =>
    expect(shownOf(wanted, found)).toEqual(expected),
  )

describe('a secret', () => {
  shows([
    {
      it: 'is hashed by its rule, at every depth',
      wanted: { auth: { basic: { user: 'u' } } },
      found: { auth: { basic: { user: 'v' } } },
      shows: { 'auth.basic.user': { wanted: hash('u'), found: hash('v') } },
    },
    {
      it: 'is hashed by the name of its member',
      wanted: { apiToken: 'abc' },
      found: { apiToken: 'def' },
      shows: { apiToken: { wanted: hash('abc'), found: hash('def') } },
    },
    {
      it: 'is hashed by the key of its map, however spelled',
      wanted: { sparkConf: { 'spark.db_PassWord': 'abc' } },
      found: { sparkConf: { 'spark.db_PassWord': 'def' } },
      shows: { 'sparkConf["spark.db_PassWord"]': { wanted: hash('abc'), found: hash('def') } },
    },
    {
      it: 'is hashed by its looks',
      wanted: { url: 'jdbc:x' },
      found: { url: 'https://ana:hunter2@db.example.com/x' },
      shows: { url: { wanted: 'jdbc:x', found: hash('https://ana:hunter2@db.example.com/x') } },
    },
    {
      it: 'a token in the place of the user of an address is one, and the container of a store is none',
      wanted: { package: 'git+https://5ec4e7@git.example.com/x', path: 'abfss://data@store.example.com/x' },
      found: { package: 'x', path: 'y' },
      shows: {
        package: { wanted: hash('git+https://5ec4e7@git.example.com/x'), found: 'x' },
        path: { wanted: 'abfss://data@store.example.com/x', found: 'y' },
      },
    },
    {
      it: 'is hashed when it is a token wherever it stands',
      wanted: { name: 'x' },
      found: { name: `dapi${'0123456789abcdef'.repeat(2)}` },
      shows: { name: { wanted: 'x', found: hash(`dapi${'0123456789abcdef'.repeat(2)}`) } },
    },
    {
      it: 'is hashed as a number too',
      wanted: { pwd: 1234 },
      found: { pwd: 5678 },
      shows: { pwd: { wanted: hash('1234'), found: hash('5678') } },
    },
    {
      it: 'reference is shown',
      wanted: { sparkConf: { password: '{{secrets/scope/key}}' } },
      found: { sparkConf: { password: '{{secrets/scope/other}}' } },
      shows: { 'sparkConf.password': { wanted: '{{secrets/scope/key}}', found: '{{secrets/scope/other}}' } },
    },
    {
      it: 'beside a reference is not',
      wanted: { sparkConf: { a: '{{secrets/s/k}} hunter2' } },
      found: { sparkConf: { a: 'x{{secrets/s/k}}' } },
      shows: { 'sparkConf.a': { wanted: '{{secrets/s/k}} hunter2', found: 'x{{secrets/s/k}}' } },
    },
    {
      it: 'inside an added item is hashed',
      wanted: { tasks: [] },
      found: { tasks: [{ taskKey: 'a', parameters: { day: 'x' }, n: 1 }] },
      shows: { 'tasks[a]': { found: { taskKey: 'a', parameters: { day: hash('x') }, n: 1 } } },
    },
  ])

  it('is never in what is shown, whatever else is', () => {
    const secret = 'hunter2-hunter2'
    const found = {
      tasks: [{ taskKey: 'a', parameters: { any: secret, list: [secret, { x: secret }] } }],
      sparkConf: { x: secret },
      arguments: [secret],
      auth: [secret],
      parameters: [{ name: 'p', default: secret }],
    }
    expect(JSON.stringify(shownOf({ tasks: [], parameters: [] }, found))).not.toContain(secret)
  })
})

it('a path shows no secret that is the key of an item', () => {
  const address = 'https://ana:hunter2@pypi.example.com/simple'
  const [shown = ''] = Object.keys(shownOf({ tasks: [] }, { tasks: [{ taskKey: address }] }))
  expect(shown).toBe(`tasks[${hash(address)}]`)
})

describe('where people put secrets', () => {
  shows([
    {
      it: 'a found value is shown if the manifest names the key',
      wanted: { sparkConf: { a: '1' } },
      found: { sparkConf: { a: '2' } },
      shows: { 'sparkConf.a': { wanted: '1', found: '2' } },
    },
    {
      it: 'a found value is hashed if it does not',
      wanted: { sparkConf: { a: '1' } },
      found: { sparkConf: { a: '1', b: '2' } },
      shows: { 'sparkConf.b': { found: hash('2') } },
    },
    {
      it: 'a found value is hashed if the manifest refers to a secret',
      wanted: { sparkConf: { a: '{{secrets/s/k}}' } },
      found: { sparkConf: { a: 'hunter2' } },
      shows: { 'sparkConf.a': { wanted: '{{secrets/s/k}}', found: hash('hunter2') } },
    },
    {
      it: 'a parameter is shown if the manifest names it',
      wanted: { parameters: [{ name: 'env', default: 'prod' }] },
      found: { parameters: [{ name: 'env', default: 'dev' }] },
      shows: { 'parameters[env].default': { wanted: 'prod', found: 'dev' } },
    },
    {
      it: 'a parameter that is called a secret is hashed',
      wanted: { parameters: [{ name: 'db-password', default: 'a' }] },
      found: { parameters: [{ name: 'db-password', default: 'b' }] },
      shows: { 'parameters[db-password].default': { wanted: hash('a'), found: hash('b') } },
    },
    {
      it: 'arguments are shown where the manifest has some',
      wanted: { arguments: ['--env', 'prod'] },
      found: { arguments: ['--env', 'dev', 'more'] },
      shows: { arguments: { wanted: ['--env', 'prod'], found: ['--env', 'dev', hash('more')] } },
    },
    {
      it: 'arguments that are called a secret are hashed',
      wanted: { arguments: ['--token', 'a', '--x'] },
      found: { arguments: ['--token', 'b', '--password=c'] },
      shows: {
        arguments: {
          wanted: [hash('--token'), hash('a'), '--x'],
          found: [hash('--token'), hash('b'), hash('--password=c')],
        },
      },
    },
    {
      it: 'a task may be called after what it does',
      wanted: { tasks: [{ taskKey: 'refresh-tokens', n: 1 }] },
      found: { tasks: [{ taskKey: 'refresh-tokens', n: 2 }] },
      shows: { 'tasks[refresh-tokens].n': { wanted: 1, found: 2 } },
    },
  ])
})
