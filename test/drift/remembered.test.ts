import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { compare } from '../../src/drift/compare.ts'
import { decodeLastApplied, encodeLastApplied } from '../../src/drift/last-applied.ts'
import { compileRules } from '../../src/drift/rules.ts'
import { remembered } from '../../src/drift/remembered.ts'
import { recalledSealed, unsealed } from '../../src/drift/sealed.ts'
import { summaryOf } from '../../src/drift/summary.ts'
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

const keeping = { rules, key: 'a key' }

/** What a later process finds in the status. */
const stored = (value: Value): Value =>
  memberOf(decodeLastApplied(encodeLastApplied({ part: value }, keeping) ?? ''), 'part') ?? {}

const causes = (wanted: Value, found: Value, memory = stored(applied)) =>
  causesUnder(keeping.key, { wanted, found, memory })

/** The same for somebody who has another key. */
function causesUnder(key: string, { wanted, found, memory }: Record<'wanted' | 'found' | 'memory', Value>) {
  const lastApplied = unsealed(memory, { wanted, found }, { rules, key })
  return compare({ wanted, found, lastApplied, rules }).map(({ text, cause }) => `${text}: ${cause}`)
}

it('keeps no secret, and everything else as it is', () => {
  const text = JSON.stringify(stored(applied))
  expect(text).not.toContain(secret)
  expect(text).not.toContain('1234')
  expect(stored(applied)).toMatchObject({
    sparkConf: { 'fs.azure.account.key': '{{secrets/s/k}}', mode: 'fast' },
    parameters: [{ name: 'api-token' }],
  })
})

it('keeps no hash by which a secret could be guessed', () => {
  const text = JSON.stringify(stored(applied))
  for (const guess of [secret, '1234']) {
    const hash = createHash('sha256').update(guess).digest('hex')
    expect(text).not.toContain(hash.slice(0, 8))
  }
  expect(stored(applied)).not.toEqual(remembered(rules, applied))
  const other = encodeLastApplied({ part: applied }, { rules, key: 'another key' })
  expect(other).not.toBe(encodeLastApplied({ part: applied }, keeping))
})

it('keeps none in what is summed up either', () => {
  const long = { ...applied, parameters: [{ name: 'api-token', default: secret, note: 'x'.repeat(100) }] }
  const guessed = summaryOf(remembered(rules, long), rules)
  expect(summaryOf(stored(long), rules)).not.toEqual(guessed)
  const last = recalledSealed(summaryOf(stored(long), rules), long, keeping)
  const found = { ...long, parameters: [{ name: 'api-token', default: 'other', note: 'x'.repeat(100) }] }
  expect(causes(long, found, last)).toEqual(['parameters[api-token].default: ChangedRemotely'])
})

it('takes what was kept under another key for what the manifest wants: nothing is written for it', () => {
  const memory = stored(applied)
  expect(causesUnder('another key', { wanted: applied, found: applied, memory })).toEqual([])
  const wanted = { ...applied, sent: { token: 'other' }, pwd: 5678 }
  expect(causesUnder('another key', { wanted, found: applied, memory })).toEqual(['pwd: ChangedRemotely'])
})

it('understands a hash that was kept without a key', () => {
  const old = remembered(rules, applied)
  expect(causes(applied, { ...applied, pwd: 5678 }, old)).toEqual(['pwd: ChangedRemotely'])
  expect(causes({ ...applied, sent: { token: 'other' } }, applied, old)).toEqual(['sent: SpecChanged'])
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
