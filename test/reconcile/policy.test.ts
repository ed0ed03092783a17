import { describe, expect, it } from 'vitest'
import { impacts, type Cause, type Impact } from '../../src/drift/change.ts'
import type { Management } from '../../src/kinds/management.ts'
import { isHeld, policyOf } from '../../src/reconcile/policy.ts'

describe('the policy of an object', () => {
  it('corrects and deletes what we created', () => {
    expect(policyOf(undefined, 'Created')).toMatchObject({ mode: 'Correct', deletionPolicy: 'Delete' })
    expect(policyOf({}, undefined)).toMatchObject({ mode: 'Correct', deletionPolicy: 'Delete' })
  })

  it('only looks at what we adopted, and leaves it behind', () => {
    expect(policyOf({}, 'Adopted')).toMatchObject({ mode: 'Observe', deletionPolicy: 'Retain' })
  })

  it('is careful already before the first contact with what the manifest adopts', () => {
    expect(policyOf({ externalId: '7' }, undefined)).toMatchObject({
      mode: 'Observe',
      deletionPolicy: 'Retain',
    })
  })

  it('does what the manifest says, whoever made the object', () => {
    const said = {
      mode: 'Correct',
      deletionPolicy: 'Delete',
      onDrift: 'Hold',
      onSpecChange: 'Apply',
      protect: true,
    } as const
    expect(policyOf({ ...said, externalId: '7' }, 'Adopted')).toMatchObject(said)
    expect(policyOf({ mode: 'Observe', deletionPolicy: 'Retain' }, 'Created')).toMatchObject({
      mode: 'Observe',
      deletionPolicy: 'Retain',
    })
  })
})

type ChangePolicy = Management['onDrift'] | 'Default'

/** Which impacts wait, by what the manifest chose for the cause. */
const held: { chosen: ChangePolicy; cause: 'spec' | 'drift'; waits: Impact[] }[] = [
  { chosen: 'Apply', cause: 'spec', waits: [] },
  { chosen: 'Apply', cause: 'drift', waits: [] },
  { chosen: 'WhenStopped', cause: 'spec', waits: ['Restart', 'Shrink'] },
  { chosen: 'WhenStopped', cause: 'drift', waits: ['Restart', 'Shrink'] },
  { chosen: 'Hold', cause: 'spec', waits: ['Restart', 'Revoke', 'Shrink'] },
  { chosen: 'Hold', cause: 'drift', waits: ['Restart', 'Revoke', 'Shrink'] },
  { chosen: 'Default', cause: 'spec', waits: ['Restart'] },
  { chosen: 'Default', cause: 'drift', waits: ['Restart', 'Shrink'] },
]

const drift: Cause[] = ['ChangedRemotely', 'RemovedRemotely', 'AddedRemotely', 'PolicyEnforced']

describe.each(held)('with $chosen for changes by $cause', ({ chosen, cause, waits }) => {
  const field = cause === 'spec' ? 'onSpecChange' : 'onDrift'
  const management: Management = chosen === 'Default' ? {} : { [field]: chosen }

  it(`what would ${waits.length === 0 ? 'do anything at all goes out at once' : `${waits.join(', ')} waits, and nothing else`}`, () => {
    for (const one of cause === 'spec' ? (['SpecChanged'] as const) : drift)
      expect(
        impacts.filter((impact) => isHeld(policyOf(management, 'Created'), one, impact)).toSorted(),
      ).toEqual(waits)
  })
})

describe('what is chosen for one cause', () => {
  it('says nothing about the other', () => {
    const hold = policyOf({ onDrift: 'Hold' }, 'Created')
    expect(isHeld(hold, 'SpecChanged', 'Revoke')).toBe(false)
    const apply = policyOf({ onSpecChange: 'Apply' }, 'Created')
    expect(isHeld(apply, 'ChangedRemotely', 'Restart')).toBe(true)
  })
})
