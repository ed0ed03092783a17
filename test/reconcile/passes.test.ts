import { isConflict } from '../../src/reconcile/writer.ts'
import { describe, expect, it } from 'vitest'
import { CredentialProblem } from '../../src/reconcile/credential-problem.ts'
import type { Found } from '../../src/kinds/kind.ts'
import { stalledCheck } from '../../src/reconcile/outcome.ts'
import { aFailure, mark, workspaceId } from './fixtures.ts'
import { stage, type Remote, type Stage } from './stage.ts'
import { attemptSettle, createsWithin } from './surroundings.ts'

const silence = aFailure({ kind: 'Unavailable', status: 0, code: 'RESET', answered: false })
const down = aFailure({ kind: 'Unavailable', status: 503, code: 'TEMPORARILY_UNAVAILABLE' })

/** A stage whose widget was created and reads back as wanted. */
async function created(spec: object = { size: 1 }): Promise<Stage> {
  const one = await stage({ spec })
  await one.pass()
  expect(one.conditions).toEqual(['Ready=True/Applied', 'Drifted=False/NoDrift'])
  one.factory.calls.length = 0
  one.api.writes.length = 0
  return one
}

describe('a first pass', () => {
  it('writes down each step before the next: finalizer, intent, create, id', async () => {
    const one = await stage({ spec: { size: 1 } })
    let atCreate: unknown
    one.factory.during = () =>
      (atCreate = { writes: [...one.api.writes], attempt: one.status.attempt, id: one.status.externalId })
    await one.pass()
    expect(atCreate).toEqual({
      writes: ['finalizers', 'status lakeward-identity'],
      attempt: { at: '2026-01-01T00:00:00Z', name: 'widget', mark: mark.value },
      id: undefined,
    })
    expect(one.status).toMatchObject({ externalId: '7', workspaceId, origin: 'Created', mode: 'Correct' })
    expect(one.status).not.toHaveProperty('attempt')
    expect(one.factory.calls).toEqual(['read all', 'create', 'read 7'])
    expect(one.object.metadata.finalizers).toEqual(['lakeward.dev/remote'])
  })

  it('creates nothing in Observe, and adds no finalizer', async () => {
    const one = await stage({ spec: { size: 1, management: { mode: 'Observe' } } })
    const outcome = await one.pass()
    expect(outcome).toMatchObject({ is: 'Stalled', reason: 'NothingToObserve', nextCheck: stalledCheck })
    expect(one.factory.writes).toEqual([])
    expect(one.api.writes).toEqual(['status lakeward'])
  })
})

describe('a pass over what is in sync', () => {
  it('writes nothing on either side, however often', async () => {
    const one = await created()
    for (const hours of [1, 2, 3]) {
      await one.clock.advance(hours * 3_600_000)
      expect(await one.pass()).toEqual({ is: 'Settled', nextCheck: 600_000 })
    }
    expect(one.factory.calls).toEqual(['read 7', 'read 7', 'read 7'])
    expect(one.api.writes).toEqual([])
  })
})

describe('a create', () => {
  it('is sent within its time from when its record was begun, or not at all', async () => {
    const one = await stage({ spec: { size: 1 } })
    await one.clock.advance(1_000)
    // The process is held up while the attempt is being written.
    one.api.before = (write) => {
      if (write === 'status lakeward-identity' && one.sent.length === 0) one.clock.stall(50_000)
    }
    await one.pass()
    expect(one.clock.monotonic()).toBe(51_000)
    const sent = one.sent.filter(({ effect }) => effect === 'create')
    expect(sent.map(({ sentBy }) => sentBy)).toEqual([1_000 + createsWithin])
  })
})

describe('a create that was decided on an old copy', () => {
  it('is not sent beside one that another process sent before it lost the lease', async () => {
    const one = await stage({ spec: { size: 1 } })
    const attempt = { at: '2025-12-31T23:59:59Z', name: 'widget', mark: mark.value }
    one.api.before = (write) => {
      if (write !== 'status lakeward-identity') return
      one.api.before = () => undefined
      one.api.change(one.path, { status: { attempt } })
    }
    await expect(one.pass()).rejects.toMatchObject({ name: 'KubeError', status: 409 })
    expect(one.status.attempt).toEqual(attempt)
    await one.pass()
    expect(one.factory.writes).toEqual([])
    // Only when that one can take effect no more.
    await one.clock.advance(attemptSettle)
    await one.settle()
    expect(one.factory.writes).toEqual(['create'])
  })
})

describe('a create whose answer never came', () => {
  it('is taken up when it made something, and never made twice', async () => {
    const one = await stage({ spec: { size: 1 } })
    one.factory.during = () => {
      throw silence
    }
    expect(await one.pass()).toMatchObject({ is: 'Retry', reason: 'Unreachable' })
    expect(one.status.attempt?.mark).toBe(mark.value)
    await one.settle()
    expect(one.status).toMatchObject({ externalId: '7', origin: 'Created' })
    expect(one.status).not.toHaveProperty('attempt')
    expect(one.factory.writes).toEqual(['create'])
  })

  it('is not made a second time when a listing shows it and a read does not yet', async () => {
    const one = await stage({ spec: { size: 1 } })
    one.factory.during = () => {
      throw silence
    }
    await one.pass()
    one.factory.isReadStale = true
    await one.pass()
    await one.clock.advance(attemptSettle)
    await one.pass()
    one.factory.isReadStale = false
    await one.settle()
    expect(one.factory.writes).toEqual(['create'])
    expect(one.status).toMatchObject({ externalId: '7', origin: 'Created' })
  })

  it('is tried again only when it can take effect no more, and a listing after that shows nothing', async () => {
    const one = await stage({ spec: { size: 1 } })
    one.factory.during = () => {
      one.factory.widgets.clear()
      throw silence
    }
    await one.pass()
    one.factory.during = () => undefined
    // Only from here on does this process know of the attempt.
    expect(await one.pass()).toMatchObject({ is: 'Waiting', reason: 'CreateUnfinished' })
    await one.clock.advance(attemptSettle - 1)
    expect(await one.pass()).toMatchObject({ is: 'Waiting', reason: 'CreateUnfinished' })
    expect(one.factory.writes).toEqual(['create'])
    await one.clock.advance(1)
    await one.pass()
    expect(one.factory.writes).toEqual(['create', 'create'])
    expect(one.factory.widgets.size).toBe(1)
  })

  it('is not settled by somebody who sets the clock forward', async () => {
    const one = await stage({ spec: { size: 1 } })
    one.factory.during = () => {
      one.factory.widgets.clear()
      throw silence
    }
    await one.pass()
    await one.pass()
    one.clock.jump(24 * 3_600_000)
    expect(await one.pass()).toMatchObject({ reason: 'CreateUnfinished' })
    expect(one.factory.writes).toEqual(['create'])
  })

  it('leaves no intent when Databricks refused it in its own words', async () => {
    const one = await stage({ spec: { size: 1 } })
    one.factory.during = () => {
      one.factory.widgets.clear()
      throw aFailure()
    }
    expect(await one.pass()).toMatchObject({ is: 'Stalled', reason: 'Refused' })
    expect(one.status).not.toHaveProperty('attempt')
  })

  it('leaves no intent when there was no token to send it with', async () => {
    const one = await stage({ spec: { size: 1 } })
    one.factory.during = () => {
      one.factory.widgets.clear()
      throw aFailure({ kind: 'Unavailable', status: 503, answered: false, sent: false })
    }
    expect(await one.pass()).toMatchObject({ is: 'Retry', reason: 'Unavailable' })
    expect(one.status).not.toHaveProperty('attempt')
  })

  it('keeps a deletion waiting until what it made shows up, and removes that', async () => {
    const one = await stage({ spec: { size: 1 } })
    let made: [string, Remote] | undefined
    one.factory.during = () => {
      made = [...one.factory.widgets][0]
      one.factory.widgets.clear()
      throw silence
    }
    await one.pass()
    one.delete()
    expect(await one.pass()).toMatchObject({ is: 'Waiting', reason: 'DeletionWaits' })
    expect(one.object.metadata.finalizers).toEqual(['lakeward.dev/remote'])
    if (made === undefined) throw new Error('nothing was made')
    one.factory.widgets.set(...made)
    one.factory.during = () => undefined
    await one.pass()
    expect(one.factory.writes).toEqual(['create', 'remove 7'])
    expect(one.object.metadata.finalizers).toEqual([])
  })
})

describe('a manifest without a status', () => {
  it('takes up what it made in an earlier life, and writes nothing in that pass', async () => {
    const one = await stage({ spec: { size: 1 } })
    one.factory.add({ size: 2 }, { mark: mark.value, creator: 'lakeward@example.com' })
    expect(await one.pass()).toMatchObject({ is: 'Settled', nextCheck: 0 })
    expect(one.factory.writes).toEqual([])
    expect(one.status.drift).toMatchObject({ count: 1, changes: [{ path: 'size', wanted: '1', found: '2' }] })
    await one.settle()
    expect(one.factory.writes).toEqual(['correct size'])
  })
})

describe('an edit that comes in the middle of a pass', () => {
  it('is not reported as applied before it is', async () => {
    const one = await stage({ spec: { size: 1 } })
    one.factory.during = () => one.edit({ size: 2 })
    // The report of this pass may lose against the edit, which ends it with a conflict.
    await one.pass().catch((error: unknown) => expect(isConflict(error)).toBe(true))
    expect(one.factory.widgets.get('7')?.body).toEqual({ size: 1 })
    // The id is kept, whatever becomes of the report.
    expect(one.status.externalId).toBe('7')
    expect(one.status.observedGeneration).not.toBe(2)
    one.factory.during = () => undefined
    await one.settle()
    expect(one.factory.writes).toEqual(['create', 'correct size'])
    expect(one.status.observedGeneration).toBe(2)
  })

  it('is not reported as applied either when the watch has shown it already', async () => {
    const one = await created()
    one.edit({ size: 2 })
    one.factory.during = () => {
      one.edit({ size: 3 })
      one.see()
    }
    // The report of this pass may lose against the edit, which ends it with a conflict.
    await one.pass().catch((error: unknown) => expect(isConflict(error)).toBe(true))
    expect(one.factory.widgets.get('7')?.body).toEqual({ size: 2 })
    expect(one.condition('Ready')).not.toMatchObject({ status: 'True', observedGeneration: 3 })
  })
})

const drifted = async (): Promise<Stage> => {
  const one = await created()
  await one.clock.advance(60_000)
  one.factory.widgets.set('7', { body: { size: 5 } })
  return one
}

describe('drift', () => {
  it('stands in the status before it is put back, and is told', async () => {
    const one = await drifted()
    let atWrite: unknown
    one.factory.during = () => (atWrite = { drift: one.status.drift, conditions: one.conditions })
    await one.pass()
    expect(atWrite).toMatchObject({
      drift: {
        count: 1,
        changes: [
          {
            path: 'size',
            wanted: '1',
            found: '5',
            cause: 'ChangedRemotely',
            action: 'Correct',
            firstSeen: '2026-01-01T00:01:00.000Z',
          },
        ],
      },
      conditions: ['Ready=True/Applied', 'Drifted=True/DriftFound'],
    })
    expect(one.factory.widgets.get('7')?.body).toEqual({ size: 1 })
    expect(one.conditions).toEqual(['Ready=True/Applied', 'Drifted=False/NoDrift'])
    expect(one.status).toMatchObject({
      putBack: [{ path: 'size', at: ['2026-01-01T00:01:00Z'] }],
      drift: { count: 0 },
    })
    expect(one.api.events.map(({ reason }) => reason)).toEqual(['Created', 'DriftFound', 'Corrected'])
  })

  it('is only shown in Observe', async () => {
    const one = await drifted()
    one.edit({ size: 1, management: { mode: 'Observe' } })
    await one.pass()
    expect(one.factory.writes).toEqual([])
    expect(one.conditions).toEqual(['Ready=True/Observed', 'Drifted=True/DriftFound'])
    expect(one.status.drift).toMatchObject({ count: 1, changes: [{ action: 'Report' }] })
  })

  it('is told once, as long as nothing new differs, with who made it', async () => {
    const one = await drifted()
    one.edit({ size: 1, management: { mode: 'Observe' } })
    one.factory.editor = 'ana@example.com'
    await one.pass()
    for (const _ of [1, 2]) {
      await one.clock.advance(3_600_000)
      await one.pass()
    }
    expect(one.api.events.filter(({ reason }) => reason === 'DriftFound')).toEqual([
      { type: 'Warning', reason: 'DriftFound', note: 'size is 5 instead of 1 (by ana@example.com)' },
    ])
    expect(one.status.drift?.changes).toMatchObject([{ path: 'size', by: 'ana@example.com' }])
    // Asking who did it costs a call: once is enough.
    expect(one.factory.calls).toEqual(['read 7', 'read editor', 'read 7', 'read 7'])
  })

  it('is told again when something else differs, too', async () => {
    const one = await created({ size: 1, colour: 'red' })
    one.edit({ size: 1, colour: 'red', management: { mode: 'Observe' } })
    one.factory.widgets.set('7', { body: { size: 5, colour: 'red' } })
    await one.pass()
    one.factory.widgets.set('7', { body: { size: 5, colour: 'blue' } })
    one.factory.editor = 'ben@example.com'
    await one.pass()
    expect(one.factory.calls).toEqual(['read 7', 'read editor', 'read 7', 'read editor'])
  })

  it('waits while the object takes no change', async () => {
    const one = await drifted()
    one.factory.facts = { busy: 'the widget is RESIZING' }
    expect(await one.pass()).toMatchObject({ is: 'Waiting', reason: 'RemoteBusy' })
    expect(one.factory.writes).toEqual([])
    expect(one.conditions).toEqual(['Ready=True/Applied', 'Drifted=True/DriftFound'])
    one.factory.facts = {}
    await one.pass()
    expect(one.factory.writes).toEqual(['correct size'])
  })
})

describe('an object that vanished', () => {
  it('is reported by one pass and made again by the next, once', async () => {
    const one = await created()
    one.factory.widgets.clear()
    expect(await one.pass()).toEqual({ is: 'Settled', nextCheck: 5_000 })
    expect(one.factory.writes).toEqual([])
    expect(one.conditions).toEqual(['Ready=False/Vanished', 'Drifted=True/DriftFound'])
    expect(one.status.drift).toMatchObject({ count: 1, changes: [{ cause: 'RemovedRemotely' }] })
    await one.settle()
    expect(one.factory.writes).toEqual(['create'])
    expect(one.status.externalId).toBe('8')
    expect(one.conditions).toEqual(['Ready=True/Applied', 'Drifted=False/NoDrift'])
  })

  it('is only reported in Observe', async () => {
    const one = await created()
    one.edit({ size: 1, management: { mode: 'Observe' } })
    one.factory.widgets.clear()
    for (const _ of [1, 2, 3]) expect(await one.pass()).toEqual({ is: 'Settled', nextCheck: 600_000 })
    expect(one.factory.writes).toEqual([])
    expect(one.conditions).toEqual(['Ready=False/Vanished', 'Drifted=True/DriftFound'])
  })

  it('is not made again when the read after the report is refused: 403 may come before 404', async () => {
    const one = await created()
    one.factory.widgets.clear()
    await one.pass()
    expect(one.conditions).toContain('Ready=False/Vanished')
    one.factory.refusal = aFailure({ kind: 'Forbidden', status: 403 })
    for (const _ of [1, 2, 3]) expect(await one.pass()).toMatchObject({ is: 'Stalled', reason: 'Forbidden' })
    expect(one.factory.writes).toEqual([])
    one.factory.refusal = undefined
    // It is reported once more first.
    await one.pass()
    expect(one.factory.writes).toEqual([])
    await one.settle()
    expect(one.factory.writes).toEqual(['create'])
  })

  it('because Databricks forgot it is not looked for every few seconds', async () => {
    const one = await created()
    one.factory.widgets.clear()
    one.factory.purged = true
    await one.pass()
    expect(await one.pass()).toMatchObject({ is: 'Settled', nextCheck: 600_000 })
    expect(one.factory.writes).toEqual([])
  })

  it('because Databricks forgot it is made again when another manifest comes to need it', async () => {
    const one = await created()
    one.factory.widgets.clear()
    one.factory.purged = true
    await one.pass()
    expect(one.factory.writes).toEqual([])
    one.isAskedFor = true
    await one.settle()
    expect(one.factory.writes).toEqual(['create'])
    expect(one.conditions).toEqual(['Ready=True/Applied', 'Drifted=False/NoDrift'])
  })

  it('because Databricks forgot it is made again when the manifest changes', async () => {
    const one = await created()
    one.factory.widgets.clear()
    one.factory.purged = true
    await one.pass()
    one.edit({ size: 2 })
    await one.settle()
    expect(one.factory.writes).toEqual(['create'])
  })
})

const isSize = (text: string) => (text === 'size' ? 'Restart' : 'InPlace')

const held = async (): Promise<Stage> => {
  const one = await created({ size: 1, colour: 'red' })
  one.factory.impact = ({ text }) => isSize(text)
  one.edit({ size: 2, colour: 'red' })
  await one.pass()
  expect(one.conditions).toEqual([
    'Ready=False/HeldRestart',
    'Drifted=False/NoDrift',
    'Reconciling=True/HeldRestart',
  ])
  return one
}

const hashOf = (one: Stage): string => one.status.held?.hash ?? 'nothing is held'

const approve = (one: Stage, hash = hashOf(one)) => one.annotate({ 'lakeward.dev/approve': hash })

const many = (value: number) =>
  Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`field${index}`, value]))

describe('a held change', () => {
  it('goes on being held, under the same hash, as a change of the manifest', async () => {
    const one = await held()
    const before = one.status
    one.api.writes.length = 0
    for (const _ of [1, 2, 3]) {
      await one.clock.advance(600_000)
      await one.pass()
    }
    expect(one.status).toEqual(before)
    expect(one.api.writes).toEqual([])
    expect(one.factory.writes).toEqual([])
    expect(one.api.events.filter(({ reason }) => reason === 'HeldRestart')).toHaveLength(1)
  })

  it('keeps its hash also when something else went out beside it', async () => {
    const one = await created({ size: 1, colour: 'red' })
    one.factory.impact = ({ text }) => isSize(text)
    // The write takes its time.
    one.factory.during = () => one.clock.jump(1_500)
    one.edit({ size: 2, colour: 'blue' })
    await one.pass()
    expect(one.factory.writes).toEqual(['correct colour'])
    const shown = hashOf(one)
    await one.pass()
    expect(hashOf(one)).toBe(shown)
  })

  it('keeps its hash also when it has more differences than the status lists', async () => {
    const one = await created(many(1))
    one.factory.impact = () => 'Restart'
    one.edit(many(2))
    await one.pass()
    const shown = hashOf(one)
    await one.clock.advance(600_000)
    await one.pass()
    expect(hashOf(one)).toBe(shown)
  })

  it('goes out when its hash is approved, and the approval is used up', async () => {
    const one = await held()
    approve(one)
    await one.settle()
    expect(one.factory.writes).toEqual(['correct size'])
    expect(one.conditions).toEqual(['Ready=True/Applied', 'Drifted=False/NoDrift'])
    expect(one.status).not.toHaveProperty('held')
    expect(one.status).not.toHaveProperty('approved')
  })

  it.each(['spec', 'drift'])('is not asked for again where it does not read back (%s)', async (cause) => {
    const one = await held()
    if (cause === 'drift') {
      one.edit({ size: 1, management: { onDrift: 'Hold' } })
      await one.settle()
      one.factory.widgets.set('7', { body: { size: 5, colour: 'red' } })
      await one.pass()
    }
    approve(one)
    one.factory.deaf = true
    one.factory.calls.length = 0
    expect(await one.settle()).toMatchObject({ reason: 'Settling' })
    await one.clock.advance(60_000)
    for (const _ of [1, 2, 3]) {
      expect(await one.pass()).toMatchObject({ is: 'Stalled', reason: 'DoesNotConverge' })
      expect(one.status).not.toHaveProperty('held')
      await one.clock.advance(3_600_000)
    }
    expect(one.factory.writes).toEqual(['correct size'])
    expect(one.condition('Stalled')?.message).toContain('although it was written once')
  })

  it('is not sent twice on one approval, also when nobody can read what came of it', async () => {
    const one = await held()
    approve(one)
    one.factory.deaf = true
    one.factory.during = () => void (one.factory.refusal = down)
    await one.pass()
    one.factory.refusal = undefined
    await one.clock.advance(60_000)
    expect(await one.settle()).toMatchObject({ is: 'Stalled', reason: 'DoesNotConverge' })
    expect(one.factory.writes).toEqual(['correct size'])
  })

  it('does not go out for another hash, and says once which one is held now', async () => {
    const one = await held()
    approve(one, '0123456789')
    await one.settle()
    expect(one.factory.writes).toEqual([])
    expect(one.status.held?.reason).toMatch(
      new RegExp(
        `approve=${hashOf(one)}\\. The approval that it carries, "0123456789", is for another change$`,
      ),
    )
    one.api.writes.length = 0
    for (const _ of [1, 2]) {
      await one.clock.advance(600_000)
      await one.settle()
    }
    expect(one.api.writes).toEqual([])
    const told = one.api.events.filter(({ reason }) => reason === 'ApprovedOther')
    expect(told).toEqual([expect.objectContaining({ note: one.status.held?.reason })])
  })

  it('cuts an approval that is none', async () => {
    const one = await held()
    approve(one, `"${'x'.repeat(10_000)}`)
    await one.settle()
    expect(one.status.held?.reason.length).toBeLessThan(400)
  })

  it('asks again when the same drift happens again, although the annotation is still there', async () => {
    const one = await created()
    one.factory.impact = () => 'Restart'
    one.factory.widgets.set('7', { body: { size: 5 } })
    await one.pass()
    approve(one)
    await one.settle()
    expect(one.factory.writes).toEqual(['correct size'])
    await one.clock.advance(60_000)
    one.factory.widgets.set('7', { body: { size: 5 } })
    await one.settle()
    expect(one.factory.writes).toEqual(['correct size'])
    expect(one.status.held?.impact).toBe('Restart')
  })

  it('remembers an approval while the object is busy, also when the annotation is taken away', async () => {
    const one = await held()
    approve(one)
    one.factory.facts = { busy: 'the widget is RESIZING' }
    expect(await one.pass()).toMatchObject({ is: 'Waiting', reason: 'RemoteBusy' })
    one.annotate({})
    one.factory.facts = {}
    await one.settle()
    expect(one.factory.writes).toEqual(['correct size'])
  })

  it('remembers an approval when the write fails, also when the annotation is taken away', async () => {
    const one = await held()
    approve(one)
    one.factory.during = () => {
      throw down
    }
    expect(await one.pass()).toMatchObject({ is: 'Retry', reason: 'Unavailable' })
    one.annotate({})
    one.factory.during = () => undefined
    await one.settle()
    expect(one.factory.widgets.get('7')?.body).toMatchObject({ size: 2 })
  })

  it('goes out by itself when it would hurt nobody any more', async () => {
    const one = await held()
    one.factory.impact = () => 'InPlace'
    await one.settle()
    expect(one.factory.writes).toEqual(['correct size'])
  })

  it('is gone when the manifest goes back', async () => {
    const one = await held()
    one.edit({ size: 1, colour: 'red' })
    await one.settle()
    expect(one.factory.writes).toEqual([])
    expect(one.status).not.toHaveProperty('held')
    expect(one.conditions).toEqual(['Ready=True/Applied', 'Drifted=False/NoDrift'])
  })
})

const adopting = async (management: object): Promise<Stage> => {
  const one = await stage({ spec: { size: 1, management: { externalId: '7', ...management } } })
  one.factory.add({ size: 5, colour: 'red' })
  one.factory.impact = () => 'Restart'
  return one
}

/** What the first pass over an adopted object shows. */
const firstShown = async (management: object) => {
  const one = await adopting(management)
  await one.pass()
  expect(one.factory.calls).toEqual(['read 7'])
  expect(one.status).toMatchObject({ externalId: '7', origin: 'Adopted' })
  return one.status.drift?.changes?.map(({ path, action }) => `${path} ${action}`)
}

describe('an adopted object', () => {
  it('is only read by the first pass, whatever the mode, and its whole difference is shown', async () => {
    const whole = ['size Report', 'colour Report']
    expect(await firstShown({})).toEqual(whole)
    expect(await firstShown({ mode: 'Observe' })).toEqual(whole)
    expect(await firstShown({ mode: 'Correct', onDrift: 'Apply', onSpecChange: 'Apply' })).toEqual(whole)
    expect(await firstShown({ mode: 'Correct', takeOver: true })).toEqual(whole)
    expect((await firstShown({ mode: 'Correct', unlisted: 'Correct' }))?.toSorted()).toEqual(whole.toSorted())
    expect(await firstShown({ mode: 'Correct', ignore: [{ path: 'size' }] })).toEqual([
      'size Tolerated',
      'colour Report',
    ])
  })

  it('is observed unless the manifest says otherwise, and keeps no finalizer', async () => {
    const one = await adopting({})
    for (const _ of [1, 2, 3]) await one.pass()
    expect(one.factory.writes).toEqual([])
    expect(one.conditions).toEqual(['Ready=True/Observed', 'Drifted=True/DriftFound'])
    expect(one.object.metadata.finalizers).toBeUndefined()
  })

  it('is never restarted by its first difference without approval, in no later pass either', async () => {
    const one = await adopting({ mode: 'Correct', onDrift: 'Apply', onSpecChange: 'Apply' })
    for (const _ of [1, 2, 3, 4]) {
      await one.pass()
      await one.clock.advance(600_000)
    }
    expect(one.factory.writes).toEqual([])
    expect(one.status.held).toMatchObject({ impact: 'Restart' })
  })

  it('is corrected after approval, and then like any other', async () => {
    const one = await adopting({ mode: 'Correct', onDrift: 'Apply' })
    await one.settle()
    one.annotate({ 'lakeward.dev/approve': one.status.held?.hash ?? '' })
    await one.settle()
    expect(one.factory.writes).toEqual(['correct size'])
    one.factory.widgets.set('7', { body: { size: 6 } })
    await one.settle()
    expect(one.factory.writes).toEqual(['correct size', 'correct size'])
  })

  it('that does not exist is never made', async () => {
    const one = await stage({ spec: { size: 1, management: { externalId: '7', mode: 'Correct' } } })
    expect(await one.pass()).toMatchObject({ is: 'Stalled', reason: 'ExternalIdMissing' })
    expect(one.factory.writes).toEqual([])
  })

  it('with the mark of another manifest is left alone', async () => {
    const one = await stage({ spec: { size: 1, management: { externalId: '7', mode: 'Correct' } } })
    one.factory.add({ size: 5 }, { mark: `${mark.value.slice(0, 9)}${'0'.repeat(24)}` })
    for (const _ of [1, 2]) expect(await one.pass()).toMatchObject({ reason: 'ManagedElsewhere' })
    expect(one.factory.writes).toEqual([])
    expect(one.status).not.toHaveProperty('externalId')
  })
})

const takingOver = async (facts: Partial<Found>, remote: Partial<Remote> = {}) => {
  const management = { externalId: '7', mode: 'Correct', takeOver: true }
  const one = await stage({ spec: { size: 1, management } })
  one.factory.add({ size: 5 }, remote)
  one.factory.facts = facts
  await one.settle()
  return one
}

const bundle = { managedElsewhere: { what: 'deployed by a bundle', yields: true } }

describe('an object that something else manages', () => {
  it('is not written, and nobody claims that it is as the manifest wants', async () => {
    const one = await created()
    one.factory.widgets.set('7', { body: { size: 5 } })
    one.factory.facts = { managedElsewhere: { what: 'deployed by a bundle', yields: true } }
    expect(await one.pass()).toMatchObject({ is: 'Stalled', reason: 'ManagedElsewhere' })
    expect(one.factory.writes).toEqual([])
    expect(one.condition('Drifted')).not.toMatchObject({ status: 'False' })
  })

  it('tells an operator whose --instance is another one than before how to get back', async () => {
    const one = await created()
    one.factory.widgets.set('7', { body: { size: 5 }, mark: `00000000${mark.value.slice(8)}` })
    expect(await one.pass()).toMatchObject({
      reason: 'ManagedElsewhere',
      message: expect.stringMatching(/of this manifest, made by .* give it that one again/) as string,
    })
    expect(one.factory.writes).toEqual([])
  })

  it('is taken over from a bundle by a manifest that says so', async () => {
    const one = await takingOver(bundle)
    expect(one.factory.writes).toEqual(['correct size'])
    expect(one.conditions).toEqual(['Ready=True/Applied', 'Drifted=False/NoDrift'])
  })

  it('is the bundle’s again as soon as the manifest does not say so any more', async () => {
    const one = await takingOver(bundle)
    one.edit({ size: 2, management: { externalId: '7', mode: 'Correct' } })
    expect(await one.settle()).toMatchObject({
      reason: 'ManagedElsewhere',
      message: expect.stringContaining('spec.management.takeOver: true beside externalId'),
    })
    expect(one.factory.writes).toEqual(['correct size'])
  })

  it.each([
    ['what a job made', { managedElsewhere: { what: 'made by JOB', yields: false } }, {}],
    ['what another manifest marked', {}, { mark: `${mark.value.slice(0, 9)}${'0'.repeat(24)}` }],
    ['what another installation marked', {}, { mark: `00000000${mark.value.slice(8)}` }],
    ['what is both a bundle’s and marked', bundle, { mark: `00000000-${'0'.repeat(24)}` }],
  ])('is never taken over when it is %s', async (_, facts, remote) => {
    const one = await takingOver(facts, remote)
    expect(one.factory.writes).toEqual([])
    expect(one.conditions).toContain('Stalled=True/ManagedElsewhere')
    expect(one.condition('Stalled')?.message).not.toContain('takeOver')
  })
})

describe('an outage', () => {
  it('leaves what was seen last and since when, but no number that would look like now', async () => {
    const one = await created()
    one.edit({ size: 1, management: { mode: 'Observe' } })
    one.factory.widgets.set('7', { body: { size: 5 } })
    await one.pass()
    const seen = one.status.drift
    expect(seen).toMatchObject({ count: 1, changes: [{ path: 'size' }] })
    const ready = one.directory.get('data/default')
    one.directory.set('data/default', { is: 'NotReady', reason: 'Unreachable', message: 'no answer' })
    await one.pass()
    expect(one.status.drift).toEqual(seen)
    await one.pass()
    const { count: _count, ...rest } = seen ?? {}
    expect(one.status.drift).toEqual(rest)
    one.directory.set('data/default', ready)
    await one.pass()
    expect(one.status.drift).toEqual(seen)
  })

  it('leaves Ready, and after two missed checks says that nothing is known of drift', async () => {
    const one = await created()
    one.directory.set('data/default', { is: 'NotReady', reason: 'Unreachable', message: 'no answer' })
    await one.pass()
    expect(one.conditions).toEqual(['Ready=True/Applied', 'Drifted=False/NoDrift'])
    await one.pass()
    expect(one.conditions).toEqual(['Ready=True/Applied', 'Drifted=Unknown/CannotLook'])
    expect(one.status.drift).toEqual({ unlisted: 0 })
    one.api.writes.length = 0
    await one.pass()
    expect(one.api.writes).toEqual([])
    expect(one.factory.calls).toEqual([])
  })
})

/** The host answers as another workspace, and nobody has noticed yet. */
const moved = async (): Promise<Stage> => {
  const one = await created()
  const connection = one.directory.get('data/default')
  if (connection.is !== 'Ready') throw new Error('not connected')
  const databricks = { ...connection.session.databricks, workspaceId: () => '2' }
  one.directory.set('data/default', { ...connection, session: { ...connection.session, databricks } })
  return one
}

describe('another workspace behind the same host', () => {
  it('is never written to', async () => {
    const one = await created()
    const connection = one.directory.get('data/default')
    if (connection.is !== 'Ready') throw new Error('not connected')
    const session = { ...connection.session, workspaceId: '2' }
    one.directory.set('data/default', { ...connection, session })
    one.edit({ size: 2 })
    expect(await one.pass()).toMatchObject({ is: 'Stalled', reason: 'WorkspaceChanged' })
    one.delete()
    expect(await one.pass()).toMatchObject({ is: 'Waiting', reason: 'DeletionWaits' })
    expect(one.factory.calls).toEqual([])
  })

  it('is never written to either when only its answer tells', async () => {
    const one = await moved()
    one.edit({ size: 2 })
    const message = expect.stringContaining('nothing is written. Point the host back; or') as string
    expect(await one.pass()).toMatchObject({ is: 'Stalled', reason: 'WorkspaceChanged', message })
    expect(one.factory.writes).toEqual([])
  })

  it('is never deleted from when only its answer tells', async () => {
    const one = await moved()
    one.delete()
    expect(await one.pass()).toMatchObject({ is: 'Waiting', reason: 'DeletionWaits' })
    expect(one.factory.writes).toEqual([])
    expect(one.object.metadata.finalizers).toEqual(['lakeward.dev/remote'])
  })
})

describe('a bug of ours', () => {
  it('is said by the object, without quoting what it met, and tried again', async () => {
    const one = await created()
    one.edit({ size: 2 })
    one.factory.during = () => {
      throw new TypeError('cannot read dapi0123456789 of undefined')
    }
    expect(await one.pass()).toMatchObject({ is: 'Retry', reason: 'OperatorError' })
    expect(JSON.stringify(one.object)).not.toContain('dapi')
    one.factory.during = () => undefined
    await one.settle()
    expect(one.factory.widgets.get('7')?.body).toEqual({ size: 2 })
  })
})

describe('a report that loses a race', () => {
  it('is the queue’s matter, not a bug: the next pass makes a new one', async () => {
    const one = await created()
    one.factory.widgets.set('7', { body: { size: 5 } })
    one.api.before = () => {
      one.api.before = () => undefined
      one.annotate({ 'example.com/somebody': 'was faster' })
    }
    await expect(one.pass()).rejects.toMatchObject({ name: 'KubeError', status: 409 })
    expect(one.status.drift?.count).toBe(0)
    await one.settle()
    expect(one.factory.writes).toEqual(['correct size'])
  })
})

describe('a suspended object', () => {
  it('costs no call, and goes on when it is let go', async () => {
    const one = await created()
    one.edit({ size: 2, management: { suspend: true } })
    await one.pass()
    expect(one.factory.calls).toEqual([])
    expect(one.conditions).toEqual(['Ready=Unknown/Suspended', 'Drifted=Unknown/Suspended'])
    expect(one.status.drift).not.toHaveProperty('count')
    one.edit({ size: 2 })
    await one.settle()
    expect(one.factory.writes).toEqual(['correct size'])
  })
})

describe('a check that somebody asked for', () => {
  it('is echoed', async () => {
    const one = await created()
    one.annotate({ 'lakeward.dev/reconcile-at': 'now' })
    await one.pass()
    expect(one.status.lastHandledReconcileAt).toBe('now')
    expect(one.factory.writes).toEqual([])
  })
})

describe('deleting the manifest', () => {
  it('removes the remote object and then lets go', async () => {
    const one = await created()
    one.delete()
    expect(await one.pass()).toEqual({ is: 'Settled', nextCheck: Number.POSITIVE_INFINITY })
    expect(one.factory.calls).toEqual(['remove 7'])
    expect(one.object.metadata.finalizers).toEqual([])
    expect(one.api.events.at(-1)).toEqual({ type: 'Normal', reason: 'Deleted', note: 'deleted widget 7' })
  })

  it('finds what was made although the status is lost', async () => {
    const one = await stage({ metadata: { finalizers: ['lakeward.dev/remote'] } })
    one.factory.add({ size: 1 }, { mark: mark.value, creator: 'lakeward@example.com' })
    one.delete()
    await one.pass()
    expect(one.factory.writes).toEqual(['remove 7'])
  })

  it('lets go at once when nothing was ever made', async () => {
    const one = await stage({ metadata: { finalizers: ['lakeward.dev/remote'] } })
    one.delete()
    await one.pass()
    expect(one.factory.calls).toEqual(['read all'])
    expect(one.object.metadata.finalizers).toEqual([])
  })

  const leaves: { it: string; before: (one: Stage) => void; note: string }[] = [
    {
      it: 'Retain',
      before: (one) => one.edit({ size: 1, management: { deletionPolicy: 'Retain' } }),
      note: 'deletionPolicy Retain',
    },
    {
      it: 'mode Observe, also with deletionPolicy Delete',
      before: (one) => one.edit({ size: 1, management: { mode: 'Observe', deletionPolicy: 'Delete' } }),
      note: 'mode Observe never deletes',
    },
    {
      it: 'suspend',
      before: (one) => one.edit({ size: 1, management: { suspend: true } }),
      note: 'deleted while suspended',
    },
    {
      it: 'abandon',
      before: (one) => one.annotate({ 'lakeward.dev/abandon': 'true' }),
      note: 'abandoned',
    },
    {
      it: 'the deletion of the definition itself',
      before: (one) => (one.isDefinitionGoing = true),
      note: 'the CustomResourceDefinition itself',
    },
  ]

  it.each(leaves)('leaves the remote object with $it, and says so', async ({ before, note }) => {
    const one = await created()
    before(one)
    one.delete()
    await one.pass()
    expect(one.factory.calls).toEqual([])
    expect(one.factory.widgets.size).toBe(1)
    expect(one.object.metadata.finalizers).toEqual([])
    expect(one.api.events.at(-1)).toMatchObject({ reason: 'Retained' })
    expect(one.api.events.at(-1)?.note).toContain(note)
    expect(one.api.events.at(-1)?.note).toContain('7 was left in Databricks')
  })

  it('touches nothing remote as long as its management cannot be read, and names the field', async () => {
    const one = await created()
    one.edit({ size: 1, management: { deletionPolicy: 'Archive' } })
    one.delete()
    expect(await one.pass()).toMatchObject({ is: 'Waiting', reason: 'DeletionWaits' })
    expect(one.condition('Ready')?.message).toMatch(/^spec\.management\.deletionPolicy: .*abandon=true$/)
    expect(one.factory.calls).toEqual([])
    one.annotate({ 'lakeward.dev/abandon': 'true' })
    await one.pass()
    expect(one.factory.calls).toEqual([])
    expect(one.object.metadata.finalizers).toEqual([])
  })

  it('waits without a connection, and names the way out', async () => {
    const one = await created()
    one.directory.set('data/default', { is: 'NotReady', reason: 'Unreachable', message: 'no answer' })
    one.delete()
    expect(await one.pass()).toMatchObject({ is: 'Waiting', reason: 'DeletionWaits' })
    expect(one.condition('Ready')?.message).toBe(
      'DatabricksWorkspace data/default is not connected (Unreachable): no answer. ' +
        'To leave the remote side as it is: kubectl annotate widget one -n data --overwrite lakeward.dev/abandon=true',
    )
    expect(one.object.metadata.finalizers).toEqual(['lakeward.dev/remote'])
  })

  it('still works with the last connection of a workspace whose Secret went first', async () => {
    const one = await created()
    const connection = one.directory.get('data/default')
    if (connection.is !== 'Ready') throw new Error('not connected')
    const { session } = connection
    one.directory.set('data/default', { is: 'NotReady', reason: 'SecretMissing', message: 'gone', session })
    one.delete()
    await one.pass()
    expect(one.factory.calls).toEqual(['remove 7'])
  })

  it.each(['Unauthenticated', 'Forbidden', 'Invalid'] as const)(
    'waits when it is refused, and names the way out (%s)',
    async (kind) => {
      const one = await created()
      one.factory.during = () => {
        throw aFailure({ kind })
      }
      one.delete()
      expect(await one.pass()).toMatchObject({ is: 'Waiting', reason: 'DeletionWaits' })
      expect(one.condition('Ready')?.message).toContain('lakeward.dev/abandon=true')
      expect(one.object.metadata.finalizers).toEqual(['lakeward.dev/remote'])
    },
  )

  it.each(['Throttled', 'Unavailable', 'Unknown'] as const)(
    'is tried again when it failed (%s)',
    async (kind) => {
      const one = await created()
      one.factory.during = () => {
        throw aFailure({ kind, status: 429, retryAfter: 7_000 })
      }
      one.delete()
      expect(await one.pass()).toMatchObject({ is: 'Retry', reason: 'DeletionWaits', atLeast: 7_000 })
      one.factory.during = () => undefined
      await one.pass()
      expect(one.object.metadata.finalizers).toEqual([])
    },
  )
})

describe('a call that fails for all', () => {
  it.each([
    ['credentials that are refused', aFailure({ kind: 'Unauthenticated', status: 401 }), true],
    ['no credentials', new CredentialProblem('TokenRequestForbidden', 'it may not'), true],
    ['a token endpoint that is down', aFailure({ kind: 'Unavailable', status: 503, sent: false }), true],
    ['a host out of reach', aFailure({ kind: 'Unavailable', status: 0 }), true],
    ['a service that is down', aFailure({ kind: 'Unavailable', status: 503 }), false],
    ['a missing right', aFailure({ kind: 'Forbidden', status: 403 }), false],
  ])('is told to the workspace when it is one: %s', async (_name, failure, isToldTo) => {
    const one = await stage({ spec: { size: 1 } })
    one.factory.during = () => {
      throw failure
    }
    await one.pass()
    expect(one.troubles).toEqual(isToldTo ? ['data/default'] : [])
    const { reason, message = '' } = one.condition('Ready') ?? {}
    expect(message).toContain(failure.message)
    expect(message.includes('DatabricksWorkspace data/default: ')).toBe(reason === 'WorkspaceNotReady')
    expect(message.includes('kubectl describe databricksworkspace default -n data')).toBe(
      reason === 'WorkspaceNotReady',
    )
  })
})
