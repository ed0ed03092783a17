import { describe, expect, it } from 'vitest'
import type { Management } from '../../src/kinds/management.ts'
import { aFailure, mark } from './fixtures.ts'
import { stage, type Stage } from './stage.ts'

const gone = { is: 'Settled', nextCheck: Number.POSITIVE_INFINITY }
const waits = { is: 'Waiting', reason: 'DeletionWaits' }

/** A widget that was created, and whose manifest is deleted now. */
async function deleted(management: Management): Promise<Stage> {
  const one = await stage({ spec: { size: 1, management } })
  await one.pass()
  expect(one.conditions).toEqual(['Ready=True/Applied', 'Drifted=False/NoDrift'])
  one.factory.calls.length = 0
  one.delete()
  return one
}

const hashOf = (one: Stage): string => one.status.held?.hash ?? 'nothing is held'

/** One that is protected, and held for that. */
const held = async (management: Management = {}): Promise<Stage> => {
  const one = await deleted({ protect: true, ...management })
  expect(await one.pass()).toMatchObject(waits)
  return one
}

describe('deleting a protected manifest', () => {
  it('changes nothing in Databricks, and says what it would do and every way out', async () => {
    const one = await held()
    expect(one.factory.calls).toEqual([])
    expect(one.object.metadata.finalizers).toEqual(['lakeward.dev/remote'])
    const object = 'widget one -n data'
    expect(one.status.held).toEqual({
      hash: expect.stringMatching(/^[0-9a-f]{10}$/),
      verb: 'widgets/delete',
      impact: 'Delete',
      since: '2026-01-01T00:00:00Z',
      reason:
        'widgets/delete of 7 would delete the remote object, and the manifest is protected. ' +
        `It goes out after: kubectl annotate ${object} --overwrite lakeward.dev/approve=${hashOf(one)}. ` +
        `Or take the protection away: kubectl patch ${object} --type=merge -p '{"spec":{"management":{"protect":false}}}'. ` +
        `To leave the remote side as it is: kubectl annotate ${object} --overwrite lakeward.dev/abandon=true`,
    })
    expect(one.condition('Reconciling')).toMatchObject({
      reason: 'DeletionWaits',
      message: one.status.held?.reason,
    })
  })

  it('is told by one event, and looked at without a write as long as nobody says anything', async () => {
    const one = await held()
    const { length } = one.api.events
    expect(one.api.events.at(-1)).toMatchObject({ type: 'Warning', reason: 'DeletionWaits' })
    one.api.writes.length = 0
    expect(await one.pass()).toMatchObject(waits)
    expect(one.api.writes).toEqual([])
    expect(one.api.events).toHaveLength(length)
  })

  it('goes on once its hash is approved', async () => {
    const one = await held()
    one.annotate({ 'lakeward.dev/approve': hashOf(one) })
    expect(await one.pass()).toEqual(gone)
    expect(one.factory.calls).toEqual(['remove 7'])
    expect(one.object.metadata.finalizers).toEqual([])
  })

  it('stays approved although the annotation is taken away before Databricks takes the change', async () => {
    const one = await held()
    one.annotate({ 'lakeward.dev/approve': hashOf(one) })
    one.factory.during = () => {
      throw aFailure({ kind: 'Unavailable', status: 503 })
    }
    expect(await one.pass()).toMatchObject({ is: 'Retry', reason: 'DeletionWaits' })
    expect(one.status.held).toBeUndefined()
    one.annotate({})
    one.factory.during = () => undefined
    expect(await one.pass()).toEqual(gone)
  })

  it('does not go on with the hash of anything else', async () => {
    const one = await held()
    const before = hashOf(one)
    // Another edit on the way out is another generation of the manifest.
    one.edit({ size: 2, management: { protect: true } })
    one.annotate({ 'lakeward.dev/approve': before })
    expect(await one.pass()).toMatchObject(waits)
    expect(hashOf(one)).not.toBe(before)
    expect(one.factory.calls).toEqual([])
    for (const _ of [1, 2]) expect(await one.pass()).toMatchObject(waits)
    const told = one.api.events.filter(({ reason }) => reason === 'ApprovedOther')
    expect(told).toEqual([expect.objectContaining({ note: one.status.held?.reason })])
    expect(told[0]?.note).toContain(`"${before}", is for another change. To leave the remote side`)
  })

  it.each([
    ['the protection is taken away', (one: Stage) => one.edit({ management: { protect: false } }), true],
    [
      'the manifest leaves it behind',
      (one: Stage) => one.edit({ management: { deletionPolicy: 'Retain' } }),
      false,
    ],
    ['it is abandoned', (one: Stage) => one.annotate({ 'lakeward.dev/abandon': 'true' }), false],
    ['the definition itself goes', (one: Stage) => void (one.isDefinitionGoing = true), false],
  ])('ends when %s', async (_what, release, isRemoved) => {
    const one = await held()
    release(one)
    expect(await one.pass()).toEqual(gone)
    expect(one.factory.calls).toEqual(isRemoved ? ['remove 7'] : [])
    expect(one.object.metadata.finalizers).toEqual([])
  })

  it('holds nothing back when nothing in Databricks would change', async () => {
    const one = await deleted({ protect: true, deletionPolicy: 'Retain' })
    expect(await one.pass()).toEqual(gone)
    expect(one.factory.calls).toEqual([])
  })

  it('is no longer said to be held when something else is in the way', async () => {
    const one = await held()
    one.annotate({ 'lakeward.dev/approve': hashOf(one) })
    one.directory.set('data/default', { is: 'NotReady', reason: 'Unreachable', message: 'no answer' })
    expect(await one.pass()).toMatchObject(waits)
    expect(one.status.held).toBeUndefined()
    expect(one.condition('Ready')?.message).toContain('no answer')
  })

  it('holds a retirement in the same way', async () => {
    const one = await held({ deletionPolicy: 'Retire' })
    expect(one.status.held).toMatchObject({ verb: 'widgets/update', impact: 'Schedule' })
    one.annotate({ 'lakeward.dev/approve': hashOf(one) })
    expect(await one.pass()).toEqual(gone)
    expect(one.factory.calls).toEqual(['retire 7'])
  })

  it.each(['Delete', 'Retire'] as const)(
    'tells a new hash as what it is, with %s',
    async (deletionPolicy) => {
      const one = await held({ deletionPolicy })
      const before = hashOf(one)
      one.edit({ size: 2, management: { protect: true, deletionPolicy } })
      expect(await one.pass()).toMatchObject(waits)
      expect(hashOf(one)).not.toBe(before)
      const { reason, note } = one.api.events.at(-1) ?? {}
      expect(reason).toBe('DeletionWaits')
      expect(note).toContain(hashOf(one))
    },
  )
})

describe('deleting a manifest', () => {
  it('twice removes once, and leaves nothing to do', async () => {
    const one = await deleted({})
    expect(await one.pass()).toEqual(gone)
    one.api.writes.length = 0
    expect(await one.pass()).toEqual(gone)
    expect(one.factory.calls).toEqual(['remove 7'])
    expect(one.api.writes).toEqual([])
  })

  it('whose create had no answer removes what that made', async () => {
    const one = await stage({ spec: { size: 1 } })
    one.factory.during = () => {
      throw aFailure({ kind: 'Unavailable', status: 0, answered: false })
    }
    await one.pass()
    one.factory.during = () => undefined
    one.delete()
    expect(await one.pass()).toEqual(gone)
    expect(one.factory.widgets.size).toBe(0)
  })

  it('that has two removes none, and names both and the way out', async () => {
    const one = await stage({
      spec: { size: 1 },
      metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['lakeward.dev/remote'] },
    })
    for (const _ of [1, 2])
      one.factory.add({ size: 1 }, { mark: mark.value, creator: 'lakeward@example.com' })
    expect(await one.pass()).toMatchObject(waits)
    expect(one.factory.widgets.size).toBe(2)
    expect(one.condition('Reconciling')?.message).toBe(
      'more than one carries the mark of this manifest: 7, 8. To leave the remote side as it is: ' +
        'kubectl annotate widget one -n data --overwrite lakeward.dev/abandon=true',
    )
  })
})

describe('a deletion for which the workspace itself does not work', () => {
  const refused = aFailure({ kind: 'Unauthenticated', status: 403, call: 'DELETE /widgets', code: '403' })
  const wayOut = 'kubectl annotate widget one -n data --overwrite lakeward.dev/abandon=true'

  it.each([
    ['its credentials are refused', refused, 'Waiting'],
    ['nobody answers', aFailure({ kind: 'Unavailable', status: 0, code: 'ECONNREFUSED' }), 'Retry'],
  ])('names it, has it looked at, and names the way out: %s', async (_what, failure, is) => {
    const one = await deleted({})
    one.factory.during = () => {
      throw failure
    }
    expect(await one.pass()).toMatchObject({ is, reason: 'DeletionWaits' })
    expect(one.troubles).toEqual(['data/default'])
    const message = one.condition('Reconciling')?.message
    expect(message).toContain(`DatabricksWorkspace data/default: ${failure.message}`)
    expect(message).toContain('kubectl describe databricksworkspace default -n data')
    expect(message).toContain(wayOut)
  })

  it('says what the workspace says as soon as that has been looked at', async () => {
    const one = await deleted({})
    const connection = one.directory.get('data/default')
    if (connection.is !== 'Ready') throw new Error('not connected')
    const { session } = connection
    const message = 'the token in Secret data/pat is not accepted. Put a valid one into it.'
    one.directory.set('data/default', { is: 'NotReady', reason: 'CredentialsRejected', message, session })
    one.factory.during = () => {
      throw refused
    }
    expect(await one.pass()).toMatchObject(waits)
    expect(one.condition('Reconciling')?.message).toBe(
      'DatabricksWorkspace data/default is not connected (CredentialsRejected): the token in Secret data/pat ' +
        `is not accepted. Put a valid one into it. To leave the remote side as it is: ${wayOut}`,
    )
  })
})

describe('a change that was held when its manifest was deleted', () => {
  it('is held no more', async () => {
    const one = await stage({ spec: { size: 1 } })
    await one.pass()
    one.factory.impact = () => 'Restart'
    one.edit({ size: 2 })
    await one.pass()
    expect(one.status.held).toMatchObject({ impact: 'Restart' })
    one.directory.set('data/default', { is: 'NotReady', reason: 'Unreachable', message: 'no answer' })
    one.delete()
    expect(await one.pass()).toMatchObject(waits)
    expect(one.status.held).toBeUndefined()
  })
})

describe('deleting a manifest with Retire', () => {
  it('has the remote object stand still, keeps it, and says so', async () => {
    const one = await deleted({ deletionPolicy: 'Retire' })
    expect(one.status.deletionPolicy).toBe('Retire')
    expect(await one.pass()).toEqual(gone)
    expect(one.factory.calls).toEqual(['retire 7'])
    expect(one.factory.widgets.size).toBe(1)
    expect(one.api.events.at(-1)).toEqual({
      type: 'Normal',
      reason: 'Retired',
      note: 'retired widget 7: nothing starts it any more, and it stays with its history',
    })
  })

  it('lets go only after that went well, and does it again after a failure', async () => {
    const one = await deleted({ deletionPolicy: 'Retire' })
    one.factory.during = () => {
      throw aFailure({ kind: 'Unavailable', status: 503 })
    }
    expect(await one.pass()).toMatchObject({ is: 'Retry', reason: 'DeletionWaits' })
    expect(one.object.metadata.finalizers).toEqual(['lakeward.dev/remote'])
    one.factory.during = () => undefined
    expect(await one.pass()).toEqual(gone)
  })

  it('touches nothing in Observe', async () => {
    const one = await deleted({ deletionPolicy: 'Retire' })
    one.edit({ management: { mode: 'Observe', deletionPolicy: 'Retire' } })
    expect(await one.pass()).toEqual(gone)
    expect(one.factory.calls).toEqual([])
  })
})

/** One that waits because too much is being deleted. */
const guarded = async (): Promise<Stage> => {
  const one = await deleted({})
  one.guard.why = 'too many'
  expect(await one.pass()).toMatchObject({ ...waits, after: 600_000 })
  return one
}

describe('a deletion while too much is being deleted', () => {
  it('waits without a call, and says why and how to let go', async () => {
    const one = await guarded()
    expect(one.factory.calls).toEqual([])
    expect(one.sent.map(({ call }) => call)).toEqual(['POST /widgets'])
    expect(one.condition('Reconciling')?.message).toBe(
      'too many. To leave the remote side as it is: kubectl annotate widget one -n data --overwrite lakeward.dev/abandon=true',
    )
  })

  it('goes on when that is over', async () => {
    const one = await guarded()
    delete one.guard.why
    expect(await one.pass()).toEqual(gone)
    expect(one.factory.calls).toEqual(['remove 7'])
  })

  it.each<[string, (one: Stage) => void]>([
    ['Retain', (one) => one.edit({ management: { deletionPolicy: 'Retain' } })],
    ['Observe', (one) => one.edit({ management: { mode: 'Observe' } })],
    ['suspend', (one) => one.edit({ management: { suspend: true } })],
    ['abandon', (one) => one.annotate({ 'lakeward.dev/abandon': 'true' })],
    ['the end of the definition', (one) => void (one.isDefinitionGoing = true)],
  ])('waits for nothing when it leaves all as it is (%s)', async (_what, leave) => {
    const one = await guarded()
    one.guard.asked = 0
    leave(one)
    expect(await one.pass()).toEqual(gone)
    expect(one.guard.asked).toBe(0)
  })

  it('is not asked about when nothing was ever made', async () => {
    const one = await stage({ metadata: { finalizers: ['lakeward.dev/remote'] } })
    one.guard.why = 'too many'
    one.delete()
    expect(await one.pass()).toEqual(gone)
    expect(one.guard.asked).toBe(0)
  })

  it('waits too when only a search has found what is to go', async () => {
    const one = await stage({ metadata: { finalizers: ['lakeward.dev/remote'] } })
    one.factory.add({ size: 1 }, { mark: mark.value, creator: 'lakeward@example.com' })
    one.guard.why = 'too many'
    one.delete()
    expect(await one.pass()).toMatchObject(waits)
    expect(one.factory.writes).toEqual([])
  })

  it('counts for a retirement as well', async () => {
    const one = await deleted({ deletionPolicy: 'Retire' })
    one.guard.why = 'too many'
    expect(await one.pass()).toMatchObject(waits)
    expect(one.factory.calls).toEqual([])
  })
})
