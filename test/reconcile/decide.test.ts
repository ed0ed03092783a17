import { describe, expect, it } from 'vitest'
import type { Impact } from '../../src/drift/change.ts'
import type { Difference } from '../../src/drift/compare.ts'
import type { Management } from '../../src/kinds/management.ts'
import { decide, type Circumstances, type Decision } from '../../src/reconcile/decide.ts'
import { policyOf } from '../../src/reconcile/policy.ts'
import type { State } from '../../src/reconcile/state.ts'
import { aDifference, aFound, beginning } from './fixtures.ts'

const found = aFound()
const retries = aDifference('maxRetries')

interface Given extends Partial<Circumstances> {
  management?: Management
}

const circumstances = ({ management, ...changes }: Given = {}): Circumstances => ({
  policy: policyOf(management, 'Created'),
  generation: 1,
  approved: new Set(),
  missingReported: false,
  creates: true,
  isNewGeneration: false,
  isAskedFor: () => false,
  impact: () => 'InPlace',
  verb: () => 'widgets/update',
  needsApproval: () => undefined,
  firstSeen: () => beginning,
  forbidden: () => undefined,
  standing: () => ({ is: 'Free' }),
  togetherAmong: () => () => undefined,
  ...changes,
})

const decided = (state: State, given?: Given): Decision =>
  decide({ part: '', wanted: {}, state }, circumstances(given))

const observe: Management = { mode: 'Observe' }
const missing: State = { is: 'Missing', what: 'widget 7 is gone', purged: false }
const purged: State = { ...missing, purged: true }
const differs = (...differences: Difference[]): State => ({ is: 'Differs', found, differences })

const rows: { it: string; state: State; given?: Given; gives: object }[] = [
  {
    it: 'blocks what is blocked, with the same reason',
    state: { is: 'Blocked', reason: 'DuplicatesFound', message: 'two' },
    gives: { is: 'Block', state: { reason: 'DuplicatesFound', message: 'two' } },
  },
  { it: 'creates what was never made', state: { is: 'Absent' }, gives: { is: 'Create' } },
  {
    it: 'creates nothing in Observe, and says that there is nothing to observe',
    state: { is: 'Absent' },
    given: { management: observe },
    gives: { is: 'Block', state: { is: 'Blocked', reason: 'NothingToObserve' } },
  },
  {
    it: 'waits while the outcome of a create is unknown',
    state: { is: 'CreateUnfinished' },
    gives: { is: 'AwaitCreate' },
  },
  {
    it: 'only reports a vanished object in the first pass',
    state: missing,
    gives: { is: 'ReportMissing', what: 'widget 7 is gone', returns: true },
  },
  {
    it: 'makes a vanished object again after a pass that said so',
    state: missing,
    given: { missingReported: true },
    gives: { is: 'Create' },
  },
  {
    it: 'never makes a vanished object again in Observe',
    state: missing,
    given: { missingReported: true, management: observe },
    gives: { is: 'ReportMissing', returns: false },
  },
  {
    it: 'makes nothing for a kind without objects of its own',
    state: missing,
    given: { missingReported: true, creates: false },
    gives: { is: 'ReportMissing', returns: false },
  },
  {
    it: 'leaves alone what Databricks forgot by itself',
    state: purged,
    given: { missingReported: true },
    gives: { is: 'ReportMissing', returns: false },
  },
  {
    it: 'says of what Databricks forgot when it comes back',
    state: purged,
    gives: {
      what: 'widget 7 is gone; it is made again when the manifest changes or another one refers to it',
    },
  },
  {
    it: 'promises nothing of it in Observe',
    state: purged,
    given: { management: observe },
    gives: { what: 'widget 7 is gone' },
  },
  {
    it: 'makes again what Databricks forgot once its manifest changes',
    state: purged,
    given: { missingReported: true, isNewGeneration: true },
    gives: { is: 'Create' },
  },
  {
    it: 'says that it comes back when another manifest needs it',
    state: purged,
    given: { isAskedFor: () => true },
    gives: { is: 'ReportMissing', returns: true },
  },
  {
    it: 'makes it again for that after a pass that said so',
    state: purged,
    given: { missingReported: true, isAskedFor: () => true },
    gives: { is: 'Create' },
  },
  {
    it: 'makes nothing again in Observe, whoever needs it',
    state: purged,
    given: { missingReported: true, isAskedFor: () => true, management: observe },
    gives: { is: 'ReportMissing', returns: false },
  },
  {
    it: 'makes it again also when the change is what finds it forgotten: Databricks said so in as many words',
    state: purged,
    given: { isNewGeneration: true },
    gives: { is: 'Create' },
  },
  {
    it: 'does nothing when nothing differs',
    state: { is: 'InSync', found, accepted: [] },
    gives: { is: 'Nothing', found },
  },
  {
    it: 'reports what the manifest does not mention, and writes nothing',
    state: { is: 'InSync', found, accepted: [aDifference('timeout', { owned: false })] },
    gives: { is: 'Differ', judged: [{ action: 'Report' }], correct: [] },
  },
  {
    it: 'corrects what differs',
    state: differs(retries),
    gives: { is: 'Differ', judged: [{ action: 'Correct' }], correct: [retries] },
  },
  {
    it: 'corrects beside what it only reports',
    state: differs(retries, aDifference('timeout', { owned: false })),
    gives: { is: 'Differ', judged: [{ action: 'Correct' }, { action: 'Report' }], correct: [retries] },
  },
  {
    it: 'writes nothing in Observe, whatever the cause',
    state: differs(retries, aDifference('name', { cause: 'SpecChanged' })),
    given: { management: observe },
    gives: { is: 'Differ', judged: [{ action: 'Report' }, { action: 'Report' }], correct: [] },
  },
  {
    it: 'holds nothing in Observe, which will never write it',
    state: differs(retries),
    given: { management: observe, impact: () => 'Restart', needsApproval: () => 'because' },
    gives: { judged: [{ action: 'Report', impact: 'Restart' }] },
  },
]

describe('decide', () => {
  it.each(rows)('$it', ({ state, given, gives }) => {
    expect(decided(state, given)).toMatchObject(gives)
  })

  it.each(['Created', 'Adopted'] as const)('first only takes up what is not recorded (%s)', (origin) => {
    const state: State = { is: 'Unrecorded', id: '7', origin, found, differences: [retries] }
    for (const management of [{}, observe, { onDrift: 'Apply' } as const])
      expect(decided(state, { management })).toEqual({
        is: 'TakeUp',
        id: '7',
        origin,
        found,
        judged: [{ difference: retries, impact: 'InPlace', action: 'Report' }],
      })
  })

  it.each(rows.filter(({ given }) => given?.management === observe))(
    'in Observe never asks for a write: $it',
    ({ state, given }) => {
      const decision = decided(state, given)
      expect(decision.is).not.toBe('Create')
      expect(decision).not.toHaveProperty('hold')
      if (decision.is === 'Differ') expect(decision.correct).toEqual([])
    },
  )
})

const restart: Partial<Circumstances> = { impact: () => 'Restart', verb: () => 'clusters/update' }

const holdOf = (state: State, given: Given = restart) => {
  const decision = decided(state, given)
  if (decision.is !== 'Differ' || decision.hold === undefined) throw new Error('nothing is held')
  return decision.hold
}

/** Only the Spark settings restart anything. */
const impact = ({ text }: Difference): Impact => (text === 'sparkConf' ? 'Restart' : 'InPlace')

const verb = (held: readonly Difference[]) => held.map(({ text }) => text).join()

describe('a held change', () => {
  const conf = aDifference('sparkConf')

  it('is told apart from what goes out beside it', () => {
    expect(decided(differs(conf, retries), { impact })).toMatchObject({
      judged: [{ action: 'Hold' }, { action: 'Correct' }],
      correct: [retries],
      hold: { differences: [conf], impact: 'Restart', bySpec: false },
    })
  })

  it('says the worst that any of its differences would do', () => {
    const impacts: Record<string, Impact> = { a: 'Restart', b: 'Shrink', c: 'Revoke', d: 'InPlace' }
    const state = differs(...['a', 'b', 'd', 'c'].map((text) => aDifference(text)))
    const impact = ({ text }: Difference) => impacts[text] ?? 'InPlace'
    const management: Management = { onDrift: 'Hold' }
    expect(holdOf(state, { impact, management })).toMatchObject({ impact: 'Revoke' })
    expect(holdOf(state, { impact })).toMatchObject({ impact: 'Shrink' })
  })

  it('says whether the manifest asked for it', () => {
    expect(holdOf(differs(conf)).bySpec).toBe(false)
    expect(holdOf(differs(conf, aDifference('name', { cause: 'SpecChanged' }))).bySpec).toBe(true)
  })

  it('names the call that would be made for the held differences alone', () => {
    expect(holdOf(differs(conf, retries), { impact, verb }).verb).toBe('sparkConf')
  })

  it('waits whatever the policy says when the kind demands approval', () => {
    const given: Given = { management: { onDrift: 'Apply' }, needsApproval: () => 'not ours' }
    expect(decided(differs(retries), given)).toMatchObject({
      correct: [],
      hold: { demanded: 'not ours', differences: [retries] },
    })
  })

  it('hands over to a kind the impact that it judges by', () => {
    const given: Given = {
      ...restart,
      management: { onDrift: 'Apply' },
      needsApproval: (_difference, impact) => (impact === 'Restart' ? 'first' : undefined),
    }
    expect(holdOf(differs(conf), given).demanded).toBe('first')
  })
})

describe('an approval', () => {
  const conf = aDifference('sparkConf')
  const hash = holdOf(differs(conf)).hash
  const approve = (one: string, given: Given = restart) => ({ ...given, approved: new Set([one]) })

  it('lets exactly the held differences out', () => {
    const decision = decided(differs(conf), approve(hash))
    expect(decision).toMatchObject({ correct: [conf], judged: [{ action: 'Correct' }], released: hash })
    expect(decision).not.toHaveProperty('hold')
  })

  it('is found among several, such as the one latched and the one annotated', () => {
    expect(decided(differs(conf), { ...restart, approved: new Set(['other', hash]) })).toMatchObject({
      released: hash,
    })
  })

  const others: { it: string; state?: State; given?: Given }[] = [
    { it: 'another generation of the manifest', given: approve(hash, { ...restart, generation: 2 }) },
    { it: 'another call', given: approve(hash, { ...restart, verb: () => 'clusters/resize' }) },
    {
      it: 'the same drift that happened again later',
      given: approve(hash, { ...restart, firstSeen: () => '2026-01-02T00:00:00Z' }),
    },
    {
      it: 'another value found',
      state: differs(aDifference('sparkConf', { found: 3 })),
      given: approve(hash),
    },
    {
      it: 'another value wanted',
      state: differs(aDifference('sparkConf', { wanted: 3 })),
      given: approve(hash),
    },
    { it: 'one difference more', state: differs(conf, aDifference('name')), given: approve(hash) },
    { it: 'another field with the same values', state: differs(aDifference('name')), given: approve(hash) },
  ]

  it.each(others)('does not count for $it', ({ state = differs(conf), given }) => {
    const decision = decided(state, given)
    expect(decision).toMatchObject({ correct: [] })
    expect(decision).not.toHaveProperty('released')
    expect(holdOf(state, given).hash).not.toBe(hash)
  })

  it('does not count when it names another hash', () => {
    expect(decided(differs(conf), approve('0123456789'))).toMatchObject({ correct: [], hold: { hash } })
  })

  it('stays good while what goes out beside it comes and goes', () => {
    const given = approve(hash, { ...restart, impact })
    expect(decided(differs(retries, conf), given)).toMatchObject({ released: hash, correct: [retries, conf] })
  })

  it('covers what the kind demands approval for, too', () => {
    const given: Given = { needsApproval: () => 'not ours' }
    const demanded = holdOf(differs(retries), given).hash
    expect(decided(differs(retries), approve(demanded, given))).toMatchObject({ correct: [retries] })
  })

  it('is a short word that fits an annotation and a command line', () => {
    expect(hash).toMatch(/^[0-9a-f]{10}$/)
  })
})
