import { describe, expect, it } from 'vitest'
import { lint, lintChange, type Linted } from './kstatus-lint.ts'

const condition = (type: string, status: string, more: object = {}) => ({
  type,
  status,
  reason: 'Applied',
  message: 'accepted by Databricks and read back',
  lastTransitionTime: '2026-09-03T10:15:30Z',
  observedGeneration: 2,
  ...more,
})

const sound = [condition('Ready', 'True'), condition('Drifted', 'False', { reason: 'NoDrift' })]

const unknown = condition('Drifted', 'Unknown', { reason: 'CannotLook' })

const object = (status: Linted['status'], generation = 2): Linted => ({
  kind: 'JobSpec',
  metadata: { name: 'nightly', generation },
  ...(status === undefined ? {} : { status }),
})

const withConditions = (...conditions: object[]) => object({ observedGeneration: 2, conditions })

const onlyIdentity = { observedGeneration: -1, externalId: '17' }

describe('a sound status', () => {
  it.each<[string, Linted]>([
    ['of an object nobody has looked at', object({ observedGeneration: -1 })],
    ['that only has an identity yet', { ...object(undefined), status: onlyIdentity }],
    ['of a ready object', withConditions(...sound)],
    ['of one whose newest generation is still to be looked at', { ...withConditions(...sound), ...next() }],
    [
      'of one that is being reconciled',
      withConditions(condition('Ready', 'False'), condition('Reconciling', 'True')),
    ],
    [
      'of one that nobody could look at, with what was seen last',
      object({ observedGeneration: 2, conditions: [condition('Ready', 'True'), unknown], drift: {} }),
    ],
    ['of a stalled one', withConditions(condition('Ready', 'False'), condition('Stalled', 'True'))],
  ])('%s has no problems', (_what, linted) => {
    expect(lint(linted)).toEqual([])
  })
})

function next(): Pick<Linted, 'metadata'> {
  return { metadata: { name: 'nightly', generation: 3 } }
}

describe('the lint finds', () => {
  it.each<[string, Linted, string]>([
    ['a status without a generation', object({ conditions: sound }), 'status.observedGeneration is missing'],
    ['no status at all', object(undefined), 'status.observedGeneration is missing'],
    [
      'a number that nobody knows',
      object({
        observedGeneration: 2,
        conditions: [condition('Ready', 'True'), unknown],
        drift: { count: 0 },
      }),
      'drift.count is 0, and Drifted is Unknown',
    ],
    [
      'a number that is not told',
      object({ observedGeneration: 2, conditions: sound, drift: {} }),
      'drift.count is missing, and Drifted is not Unknown',
    ],
    [
      'a generation from the future',
      object({ observedGeneration: 3, conditions: sound }),
      'observedGeneration 3 is ahead of generation 2',
    ],
    [
      'a condition of a generation from the future',
      withConditions(condition('Ready', 'False', { observedGeneration: 3 })),
      'Ready has observedGeneration 3, ahead of generation 2',
    ],
    [
      'conditions before anybody looked',
      object({ observedGeneration: -1, conditions: sound }),
      'nobody has looked',
    ],
    ['a missing Ready', withConditions(condition('Drifted', 'False')), 'Ready is missing'],
    [
      'a Ready of an older generation',
      withConditions(condition('Ready', 'True', { observedGeneration: 1 })),
      'Ready is True for another generation',
    ],
    [
      'Ready beside Reconciling',
      withConditions(condition('Ready', 'True'), condition('Reconciling', 'True')),
      'Ready and Reconciling are both True',
    ],
    [
      'Ready beside Stalled',
      withConditions(condition('Ready', 'True'), condition('Stalled', 'True')),
      'Ready and Stalled are both True',
    ],
    [
      'Reconciling beside Stalled',
      withConditions(
        condition('Ready', 'False'),
        condition('Reconciling', 'True'),
        condition('Stalled', 'True'),
      ),
      'Reconciling and Stalled are both True',
    ],
    [
      'a Reconciling that is not true',
      withConditions(...sound, condition('Reconciling', 'False')),
      'Reconciling is there with status False',
    ],
    [
      'a Stalled that is unknown',
      withConditions(...sound, condition('Stalled', 'Unknown')),
      'Stalled is there with status Unknown',
    ],
    ['a condition twice', withConditions(...sound, condition('Ready', 'True')), 'Ready is there 2 times'],
    ['a strange status', withConditions(condition('Ready', 'Yes')), 'Ready has the status Yes'],
    [
      'a reason that is a sentence',
      withConditions(condition('Ready', 'True', { reason: 'all well' })),
      'Ready has no reason in CamelCase',
    ],
    [
      'a reason of its own making',
      withConditions(condition('Ready', 'True', { reason: 'Splendid' })),
      'Ready has the reason Splendid, which is not in the closed list',
    ],
    [
      'an empty message',
      withConditions(condition('Ready', 'True', { message: ' ' })),
      'Ready has no message',
    ],
    [
      'a missing transition time',
      withConditions(condition('Ready', 'True', { lastTransitionTime: undefined })),
      'Ready has no lastTransitionTime',
    ],
    [
      'a missing generation of a condition',
      withConditions(...sound, condition('Healthy', 'True', { observedGeneration: undefined })),
      'Healthy has no observedGeneration',
    ],
  ])('%s', (_what, linted, problem) => {
    expect(lint(linted).join('\n')).toContain(problem)
    expect(lint(linted)[0]).toMatch(/^JobSpec nightly: /)
  })
})

describe('from one status to the next', () => {
  const later = { lastTransitionTime: '2026-09-03T10:20:00Z' }
  const ready = withConditions(condition('Ready', 'True'))

  it('a transition time moves with the status', () => {
    expect(lintChange(ready, withConditions(condition('Ready', 'False', later)))).toEqual([])
  })

  it('a transition time does not move without it', () => {
    const [problem] = lintChange(ready, withConditions(condition('Ready', 'True', later)))
    expect(problem).toContain('Ready has a new lastTransitionTime')
  })

  it('the generation does not go back', () => {
    const [problem] = lintChange(ready, object({ observedGeneration: 1 }))
    expect(problem).toContain('went back from 2 to 1')
  })
})
