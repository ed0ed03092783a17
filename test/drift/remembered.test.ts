import { expect, it } from 'vitest'
import { compare } from '../../src/drift/compare.ts'
import { decodeLastApplied, encodeLastApplied } from '../../src/drift/last-applied.ts'
import { compileRules } from '../../src/drift/rules.ts'
import { recalled, summaryOf } from '../../src/drift/summary.ts'
import { memberOf, type Value } from '../../src/drift/value.ts'

const rules = compileRules([
  { path: 'sparkConf', entries: 'Open', guarded: true, reason: '' },
  { path: 'arguments', guarded: true, reason: '' },
  { path: 'parameters', keyed: 'name', guarded: true, reason: '' },
  { path: 'sent', writeOnly: true, reason: '' },
])

const secret = 'quiet-heron'
const applied = {
  sparkConf: { 'db.password': secret, 'fs.azure.account.key': '{{secrets/s/k}}', mode: 'fast' },
  arguments: ['--password', secret, '--day', 'today'],
  parameters: [{ name: 'api-token', default: secret }],
  sent: { token: secret },
  pwd: 1234,
}

/** What a later process finds in the status. */
const stored = (value: Value): Value =>
  memberOf(decodeLastApplied(encodeLastApplied({ part: value }, rules) ?? ''), 'part') ?? {}

const causes = (wanted: Value, found: Value, lastApplied = stored(applied)) =>
  compare({ wanted, found, lastApplied, rules }).map(({ text, cause }) => `${text}: ${cause}`)

it('keeps no secret, and everything else as it is', () => {
  const text = JSON.stringify(stored(applied))
  expect(text).not.toContain(secret)
  expect(text).not.toContain('1234')
  expect(stored(applied)).toMatchObject({
    sparkConf: { 'fs.azure.account.key': '{{secrets/s/k}}', mode: 'fast' },
    parameters: [{ name: 'api-token' }],
  })
})

it('remembers what it remembers already', () => {
  expect(stored(stored(applied))).toEqual(stored(applied))
})

it('knows a secret again, so that a change on the other side is no change of the manifest', () => {
  const found = {
    ...applied,
    sparkConf: { ...applied.sparkConf, 'db.password': 'other' },
    arguments: ['--password', 'other', '--day', 'today'],
    parameters: [{ name: 'api-token', default: 'other' }],
    pwd: 5678,
  }
  expect(causes(applied, found).toSorted()).toEqual([
    'arguments: ChangedRemotely',
    'parameters[api-token].default: ChangedRemotely',
    'pwd: ChangedRemotely',
    'sparkConf["db.password"]: ChangedRemotely',
  ])
})

it('sees that the manifest has another secret', () => {
  const wanted = {
    ...applied,
    arguments: ['--password', 'other', '--day', 'today'],
    parameters: [{ name: 'api-token', default: 'other' }],
    sent: { token: 'other' },
  }
  expect(causes(wanted, applied).toSorted()).toEqual([
    'arguments: SpecChanged',
    'parameters[api-token].default: SpecChanged',
    'sent: SpecChanged',
  ])
})

it('sees that a secret has left the manifest', () => {
  const { 'db.password': _gone, ...sparkConf } = applied.sparkConf
  expect(causes({ ...applied, sparkConf }, applied)).toEqual(['sparkConf["db.password"]: SpecChanged'])
})

it('understands what was stored before secrets were hashed', () => {
  expect(causes(applied, { ...applied, pwd: 5678 }, applied)).toEqual(['pwd: ChangedRemotely'])
})

it('knows a secret again in what is summed up', () => {
  const long = {
    ...applied,
    parameters: [{ name: 'api-token', default: secret, description: 'x'.repeat(100) }],
  }
  const last = recalled(summaryOf(stored(long), rules), long, rules)
  const found = { ...long, parameters: [{ ...long.parameters[0], name: 'api-token', default: 'other' }] }
  expect(causes(long, found, last)).toEqual(['parameters[api-token].default: ChangedRemotely'])
})
