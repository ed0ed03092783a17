import { describe, expect, it } from 'vitest'
import { compileRules } from '../../src/drift/rules.ts'
import type { Value } from '../../src/drift/value.ts'
import { withAdditions } from '../../src/kinds/additions.ts'
import { clusterRules } from '../../src/kinds/cluster/fields.ts'
import { differencesOf, putBefore, recordOf } from '../../src/reconcile/defaulted.ts'

const rules = compileRules(clusterRules)
const put = { autoterminationMinutes: 60, customTags: { team: 'data', 'managed-by': 'lakeward' } }
const recorded = recordOf(put)

/** What differs, as `path cause` with `unlisted` for what is not the manifest's. */
function differing(wanted: Value, found: Value, { record = recorded, lastApplied = wanted } = {}): string[] {
  const status = record === undefined ? {} : { defaults: record }
  return differencesOf({ wanted, found, lastApplied, rules }, status).map(
    ({ text, cause, owned }) => `${text} ${cause}${owned ? '' : ' unlisted'}`,
  )
}

const wanted = { clusterName: 'x', customTags: { own: '1' } }
const made = withAdditions(wanted, put)

describe('what a default put there', () => {
  it('is no difference as long as it is as it was put', () => {
    expect(differing(wanted, made)).toEqual([])
    expect(differing({ clusterName: 'x' }, withAdditions({ clusterName: 'x' }, put))).toEqual([])
  })

  it('would be one without the record', () => {
    expect(differing(wanted, made, { record: '{}' })).toEqual(
      expect.arrayContaining(['customTags.team AddedRemotely']),
    )
  })

  it('is reported and left alone once somebody has changed it, also in a map that the manifest owns', () => {
    const changed = {
      ...made,
      autoterminationMinutes: 20,
      customTags: { ...put.customTags, own: '1', team: 'x' },
    }
    expect(differing(wanted, changed).toSorted()).toEqual([
      'autoterminationMinutes AddedRemotely unlisted',
      'customTags.team AddedRemotely unlisted',
    ])
  })

  it('is remembered as it was put, for a manifest that claims what it does not mention', () => {
    const changed = { ...made, autoterminationMinutes: 20, customTags: { own: '1', team: 'x', other: 'y' } }
    const values = { wanted, found: changed, lastApplied: wanted, rules }
    const differences = differencesOf(values, { defaults: recorded })
    expect(Object.fromEntries(differences.map(({ text, put: before }) => [text, before]))).toEqual({
      autoterminationMinutes: 60,
      'customTags.team': 'data',
      'customTags.other': undefined,
    })
  })

  it('is not missed when somebody has taken it away', () => {
    expect(differing(wanted, wanted)).toEqual([])
  })

  it('does not make a whole map the manifest’s', () => {
    const found = withAdditions({ clusterName: 'x', customTags: { byHand: '1' } }, put)
    expect(differing({ clusterName: 'x' }, found)).toEqual(['customTags.byHand AddedRemotely unlisted'])
  })

  it('hides nothing that the manifest says itself', () => {
    const now = { ...wanted, autoterminationMinutes: 30, customTags: { own: '1', team: 'mine' } }
    expect(differing(now, made, { lastApplied: wanted })).toEqual(
      expect.arrayContaining(['autoterminationMinutes SpecChanged', 'customTags.team SpecChanged']),
    )
  })

  it('takes along what a default policy supplies', () => {
    const found = { clusterName: 'x', policyId: 'ABC', sparkConf: { a: 'by the policy' } }
    const record = recordOf({ policyId: 'ABC' })
    expect(differing({ clusterName: 'x' }, found, { record })).toEqual([])
    expect(differing({ clusterName: 'x' }, { ...found, policyId: 'DEF' }, { record })).toContain(
      'policyId AddedRemotely unlisted',
    )
  })

  it('is forgotten when the record cannot be read', () => {
    for (const record of ['', '{', '[]', '7'])
      expect(
        differing({ clusterName: 'x' }, { clusterName: 'x', autoterminationMinutes: 60 }, { record }),
      ).toEqual(['autoterminationMinutes AddedRemotely unlisted'])
  })

  it('is not recorded when there is nothing', () => {
    expect(recordOf({})).toBeUndefined()
  })
})

describe('what a default put there, when the record is lost', () => {
  it('is known by being just that', () => {
    expect(putBefore(put, made)).toEqual(put)
    expect(differing(wanted, made, { record: recordOf(putBefore(put, made)) })).toEqual([])
  })

  it('is no more what it was where somebody has changed it or taken it away', () => {
    const found = { ...made, autoterminationMinutes: 20, customTags: { own: '1', team: 'x' } }
    expect(putBefore(put, found)).toEqual({})
    expect(putBefore(put, { clusterName: 'x' })).toEqual({})
    expect(putBefore(put, { ...found, customTags: { team: 'data', other: 'y' } })).toEqual({
      customTags: { team: 'data' },
    })
  })
})
