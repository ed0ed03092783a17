import { describe, expect, it } from 'vitest'
import type { Change, Impact } from '../../src/drift/change.ts'
import type { Judged } from '../../src/reconcile/decide.ts'
import type { Hold } from '../../src/reconcile/hold.ts'
import { findingsOf, heldReason, type Context } from '../../src/reconcile/findings.ts'
import { firstFew, sentenceOfChange, sentenceOfHold } from '../../src/reconcile/sentences.ts'
import type { Tally } from '../../src/reconcile/tally.ts'
import { aDifference, aFound, anObject, beginning } from './fixtures.ts'

const change = (changes: Partial<Change> = {}): Change => ({
  path: 'size',
  wanted: '1',
  found: '5',
  cause: 'ChangedRemotely',
  impact: 'InPlace',
  action: 'Correct',
  firstSeen: beginning,
  ...changes,
})

const hold = (changes: Partial<Hold> = {}): Hold => ({
  hash: '0a1b2c3d4e',
  verb: 'clusters/update',
  impact: 'Restart',
  bySpec: true,
  differences: [aDifference('sparkConf')],
  since: beginning,
  ...changes,
})

const drift: Judged = { difference: aDifference('size'), impact: 'InPlace', action: 'Correct' }
const spec: Judged = { ...drift, difference: aDifference('size', { cause: 'SpecChanged' }) }

const found = (tally: Partial<Tally>, context: Partial<Context> = {}) =>
  findingsOf(
    { judged: [], missingParts: [], returns: false, pending: [], ...tally },
    { observing: false, waitsForSecurable: false, object: anObject(), changes: [change()], ...context },
  )

const rows: {
  it: string
  tally: Partial<Tally>
  context?: Partial<Context>
  ready: string
  drifted: string
}[] = [
  { it: 'nothing differs', tally: {}, ready: 'True/Applied', drifted: 'False/NoDrift' },
  {
    it: 'somebody changed it',
    tally: { judged: [drift] },
    ready: 'True/Applied',
    drifted: 'True/DriftFound',
  },
  {
    it: 'the manifest changed and is on its way',
    tally: { judged: [spec], pending: ['size'] },
    ready: 'False/ConfirmingChange',
    drifted: 'False/NoDrift',
  },
  {
    it: 'the manifest changed and is held',
    tally: { judged: [{ ...spec, action: 'Hold' }], hold: hold() },
    ready: 'False/HeldRestart',
    drifted: 'False/NoDrift',
  },
  {
    it: 'correcting drift is held, which leaves it as applied as it was',
    tally: { judged: [{ ...drift, action: 'Hold' }], hold: hold({ bySpec: false }) },
    ready: 'True/Applied',
    drifted: 'True/DriftFound',
  },
  {
    it: 'the object is gone',
    tally: { missingParts: ['job 7 does not exist'] },
    ready: 'False/Vanished',
    drifted: 'True/DriftFound',
  },
  {
    it: 'somebody else’s object is not there yet: nobody took anything away',
    tally: { missingParts: ['schema main.x'] },
    context: { waitsForSecurable: true },
    ready: 'False/SecurableMissing',
    drifted: 'Unknown/SecurableMissing',
  },
  {
    it: 'one securable is missing and another drifted',
    tally: { missingParts: ['schema main.x'], judged: [drift] },
    context: { waitsForSecurable: true },
    ready: 'False/SecurableMissing',
    drifted: 'True/DriftFound',
  },
  {
    it: 'in Observe a change of the manifest is drift that we only see',
    tally: { judged: [spec] },
    context: { observing: true },
    ready: 'True/Observed',
    drifted: 'True/DriftFound',
  },
  {
    it: 'in Observe the object is gone',
    tally: { missingParts: ['job 7'] },
    context: { observing: true },
    ready: 'False/Vanished',
    drifted: 'True/DriftFound',
  },
]

describe('what a look found', () => {
  it.each(rows)('$it', ({ tally, context, ready, drifted }) => {
    const { looked } = found(tally, context)
    expect(`${looked?.ready.status}/${looked?.ready.reason}`).toBe(ready)
    expect(`${looked?.drifted.status}/${looked?.drifted.reason}`).toBe(drifted)
  })

  it('is a held change only when the manifest asked for it', () => {
    expect(found({ hold: hold() }).heldSpecChange).toMatchObject({ reason: 'HeldRestart' })
    expect(found({ hold: hold({ bySpec: false }) })).not.toHaveProperty('heldSpecChange')
  })

  it('passes on the health of what was found', () => {
    const health = { status: 'True', reason: 'Running', message: 'runs' } as const
    expect(found({ found: aFound({ health }) }).health).toEqual(health)
    expect(found({ found: aFound() })).not.toHaveProperty('health')
  })

  it('says in the message what is there and what is wanted, as the status shows it', () => {
    expect(found({ judged: [drift] }).looked?.drifted.message).toBe('size is 5 instead of 1')
  })

  it('does not say that Databricks has what it lacks: a change of the manifest that waits, or does not get there', () => {
    const waiting = { ...spec, action: 'Hold' } as const
    for (const tally of [
      { judged: [waiting], hold: hold() },
      { judged: [spec], pending: ['size'] },
    ])
      expect(found(tally).looked?.drifted.message).toBe('nobody has changed what was last applied')
    expect(found({}).looked?.drifted.message).toBe('Databricks has what the manifest wants')
  })

  it('names the paths even where the status has no room for the values', () => {
    expect(found({ judged: [drift] }, { changes: [] }).looked?.drifted.message).toBe('size')
  })

  it('says with held drift how to let it go', () => {
    const held = hold({ bySpec: false })
    expect(found({ judged: [drift], hold: held }).looked?.drifted.message).toMatch(/^size is 5.*=0a1b2c3d4e$/)
  })
})

describe('the reason of a held change', () => {
  const reasons: [Impact, string][] = [
    ['Restart', 'HeldRestart'],
    ['Shrink', 'HeldShrink'],
    ['Revoke', 'HeldRevoke'],
  ]

  it.each(reasons)('%s is %s', (impact, reason) => {
    expect(heldReason({ impact })).toBe(reason)
  })
})

describe('a change as a sentence', () => {
  const sentences: [string, Partial<Change>, string][] = [
    ['changed', {}, 'size is 5 instead of 1'],
    ['by somebody', { by: 'ana@example.com' }, 'size is 5 instead of 1 (by ana@example.com)'],
    ['added', { cause: 'AddedRemotely', wanted: undefined }, 'size was added: 5'],
    ['taken away', { cause: 'RemovedRemotely', found: undefined }, 'size is gone: 1 is wanted'],
    [
      'taken out of a set',
      { path: 'privileges[SELECT]', cause: 'RemovedRemotely', wanted: '"SELECT"', found: undefined },
      'privileges[SELECT] is gone',
    ],
    [
      'added to a set',
      { path: 'privileges[SELECT]', cause: 'AddedRemotely', wanted: undefined, found: '"SELECT"' },
      'privileges[SELECT] was added',
    ],
    ['gone as a whole', { cause: 'RemovedRemotely', wanted: undefined, found: undefined }, 'size is gone'],
    ['left the manifest', { cause: 'SpecChanged', wanted: undefined }, 'size is 5'],
    ['come into it', { cause: 'SpecChanged', found: undefined }, 'size is not there: 1 is wanted'],
    [
      'left a set of the manifest',
      { path: 'privileges[MANAGE]', cause: 'SpecChanged', wanted: undefined, found: '"MANAGE"' },
      'privileges[MANAGE] is still there',
    ],
  ]

  it.each(sentences)('%s', (_it, changes, sentence) => {
    expect(sentenceOfChange(change(changes))).toBe(sentence)
  })
})

const sentence = (changes: Partial<Hold> = {}) => sentenceOfHold(hold(changes), anObject())

describe('a held change as a sentence', () => {
  it('says what it would do, and the very command that lets it go', () => {
    expect(sentence()).toBe(
      'clusters/update of sparkConf would restart the running cluster. It goes out when the cluster stops, or ' +
        'after: kubectl annotate widget one -n data --overwrite lakeward.dev/approve=0a1b2c3d4e',
    )
  })

  it('promises nothing by itself where only approval helps, and says why', () => {
    expect(sentence({ demanded: 'the first difference of an adopted object' })).toMatch(
      /cluster \(the first difference of an adopted object\)\. It goes out after: kubectl annotate /,
    )
    expect(sentence({ impact: 'InPlace', demanded: 'the password would be lost' })).toMatch(
      /^clusters\/update of sparkConf waits: the password would be lost\. It goes out after: /,
    )
    expect(sentence({ impact: 'Revoke' })).toMatch(/would revoke a privilege\. It goes out after: /)
  })
})

describe('a list in a sentence', () => {
  it('names three, and counts the rest', () => {
    expect(firstFew([])).toBe('')
    expect(firstFew(['a', 'b', 'c'])).toBe('a, b, c')
    expect(firstFew(['a', 'b', 'c', 'd', 'e'])).toBe('a, b, c and 2 more')
  })
})
