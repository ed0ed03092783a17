import { describe, expect, it } from 'vitest'
import type { Value } from '../../src/drift/value.ts'
import { aFailure } from './fixtures.ts'
import { stage, type Stage } from './stage.ts'

const minute = 60_000
const hour = 60 * minute
const outage = { kind: 'Unavailable', status: 503, answered: false } as const

/** A stage whose widget was created and reads back as wanted. */
async function created(spec: object = { size: 1, colour: 'red' }): Promise<Stage> {
  const one = await stage({ spec })
  await one.pass()
  one.factory.calls.length = 0
  one.api.events.length = 0
  return one
}

/** Somebody changes the widget after a while, and a check follows. */
async function meddle(one: Stage, body: Record<string, Value>, after = 10 * minute) {
  await one.clock.advance(after)
  one.factory.widgets.set('7', { body: { size: 1, colour: 'red', ...body } })
  return one.pass()
}

/** Somebody has changed the size once more than we put it back. */
async function contested(): Promise<Stage> {
  const one = await created()
  one.factory.editor = 'ana@example.com'
  for (const _ of [1, 2, 3, 4]) await meddle(one, { size: 5 })
  return one
}

const events = (one: Stage, reason: string) => one.api.events.filter((event) => event.reason === reason)

describe('a field that somebody changes again and again', () => {
  it('is put back three times in an hour, and then left and told with both values and who', async () => {
    const one = await contested()
    expect(one.factory.writes).toEqual(['correct size', 'correct size', 'correct size'])
    expect(one.conditions).toEqual([
      'Ready=False/Contested',
      'Drifted=True/DriftFound',
      'Stalled=True/Contested',
    ])
    expect(one.condition('Stalled')?.message).toContain(
      'size is 5 instead of 1 (by ana@example.com), although it was put back 3 times since 2026-01-01T00:10:00Z',
    )
    expect(one.status.drift).toMatchObject({ count: 1, changes: [{ path: 'size', action: 'Blocked' }] })
    expect(events(one, 'Contested')).toHaveLength(1)
  })

  it('is looked at on, and nothing is written on either side', async () => {
    const one = await contested()
    one.api.writes.length = 0
    one.factory.calls.length = 0
    for (const _ of [1, 2, 3]) {
      await one.clock.advance(24 * hour)
      expect(await one.pass()).toMatchObject({ is: 'Stalled', reason: 'Contested' })
    }
    expect(one.factory.calls).toEqual(['read 7', 'read 7', 'read 7'])
    expect(one.api.writes).toEqual([])
  })

  it('leaves everything else to be corrected', async () => {
    const one = await contested()
    one.factory.calls.length = 0
    await meddle(one, { size: 5, colour: 'blue' })
    expect(one.factory.writes).toEqual(['correct colour'])
    expect(one.factory.widgets.get('7')?.body).toEqual({ size: 5, colour: 'red' })
    expect(one.condition('Stalled')).toMatchObject({ reason: 'Contested' })
  })

  it('is over when it is as the manifest wants it, and the next change is put back', async () => {
    const one = await contested()
    await meddle(one, {})
    expect(one.conditions).toEqual(['Ready=True/Applied', 'Drifted=False/NoDrift'])
    one.factory.calls.length = 0
    await meddle(one, { size: 6 })
    expect(one.factory.writes).toEqual(['correct size'])
  })

  it('is over when the manifest changes', async () => {
    const one = await contested()
    one.factory.calls.length = 0
    one.edit({ size: 2, colour: 'red' })
    await one.settle()
    expect(one.factory.writes).toEqual(['correct size'])
    expect(one.conditions).toEqual(['Ready=True/Applied', 'Drifted=False/NoDrift'])
    expect(one.status).not.toHaveProperty('putBack')
  })

  it('is tried again after a quiet week', async () => {
    const one = await contested()
    one.factory.calls.length = 0
    await one.clock.advance(8 * 24 * hour)
    await one.pass()
    expect(one.factory.writes).toEqual(['correct size'])
  })

  it('is counted also when the report of having put it back loses a race', async () => {
    const one = await created()
    let reports = 0
    one.api.before = (write) => {
      if (write !== 'status lakeward' || ++reports !== 2) return
      one.annotate({ 'example.com/somebody': 'was faster' })
    }
    await expect(meddle(one, { size: 5 })).rejects.toMatchObject({ status: 409 })
    expect(one.status).not.toHaveProperty('putBack')
    await one.settle()
    await one.settle()
    expect(one.factory.writes).toEqual(['correct size'])
    expect(one.status.putBack).toMatchObject([{ path: 'size', at: [expect.any(String)] }])
  })

  it.each<[string, (one: Stage) => void]>([
    ['nobody can read that it was put back', (one) => void (one.factory.refusal = aFailure(outage))],
    [
      'nobody answers that it was put back',
      ({ factory }) => {
        factory.widgets.set('7', { body: { size: 1, colour: 'red' } })
        throw aFailure(outage)
      },
    ],
  ])('is counted also when %s', async (_what, happens) => {
    const one = await created()
    for (const _ of [1, 2, 3]) {
      one.factory.during = () => happens(one)
      await meddle(one, { size: 5 })
      one.factory.during = () => undefined
      one.factory.refusal = undefined
      await one.clock.advance(minute)
      await one.settle()
      expect(one.conditions).toEqual(['Ready=True/Applied', 'Drifted=False/NoDrift'])
    }
    expect(one.factory.writes).toHaveLength(3)
    expect(await meddle(one, { size: 5 })).toMatchObject({ is: 'Stalled', reason: 'Contested' })
    expect(one.factory.writes).toHaveLength(3)
  })

  it('is not counted as long as it is not put back, however often nobody answers', async () => {
    const one = await created()
    one.factory.during = () => {
      throw aFailure(outage)
    }
    for (const _ of [1, 2, 3, 4, 5]) await meddle(one, { size: 5 }, minute)
    expect(one.status).not.toHaveProperty('putBack')
    one.factory.during = () => undefined
    await one.settle()
    expect(one.conditions).toEqual(['Ready=True/Applied', 'Drifted=False/NoDrift'])
    expect(one.status.putBack).toMatchObject([{ path: 'size', at: [expect.any(String)] }])
  })

  it('is a fight also when it comes every day, and for the operator that comes next', async () => {
    const one = await created()
    for (const _ of [1, 2, 3, 4, 5]) {
      await meddle(one, { size: 5 }, 24 * hour)
      // Nothing of it is in memory only.
      one.restart()
    }
    expect(one.factory.writes).toHaveLength(5)
    expect(await meddle(one, { size: 5 }, 24 * hour)).toMatchObject({ is: 'Stalled', reason: 'Contested' })
    expect(one.factory.writes).toHaveLength(5)
  })
})

describe('an object that somebody removes again and again', () => {
  it('is made again three times in an hour, and then left until the manifest changes', async () => {
    const one = await created({ size: 1 })
    const remove = async () => {
      await one.clock.advance(10 * minute)
      one.factory.widgets.clear()
      return one.settle()
    }
    for (const _ of [1, 2, 3]) {
      await remove()
      await one.pass()
      expect(one.conditions).toEqual(['Ready=True/Applied', 'Drifted=False/NoDrift'])
    }
    expect(one.factory.writes).toEqual(['create', 'create', 'create'])
    for (const _ of [1, 2, 3]) {
      expect(await remove()).toMatchObject({ is: 'Stalled', reason: 'Contested' })
      expect(one.conditions).toEqual([
        'Ready=False/Contested',
        'Drifted=True/DriftFound',
        'Stalled=True/Contested',
      ])
    }
    expect(one.condition('Stalled')?.message).toContain('spec is gone, although it was put back 3 times')
    expect(one.factory.writes).toHaveLength(3)
    one.edit({ size: 2 })
    await one.pass()
    await one.settle()
    expect(one.factory.writes).toHaveLength(4)
    expect(one.conditions).toEqual(['Ready=True/Applied', 'Drifted=False/NoDrift'])
  })

  it('is counted as made again also when nobody can read that it is', async () => {
    const one = await created({ size: 1 })
    one.factory.during = () => void (one.factory.refusal = aFailure(outage))
    for (const _ of [1, 2, 3]) {
      await one.clock.advance(10 * minute)
      one.factory.widgets.clear()
      await one.settle()
      expect(await one.pass()).toMatchObject({ is: 'Retry', reason: 'Unavailable' })
      one.factory.refusal = undefined
      await one.pass()
    }
    await one.clock.advance(10 * minute)
    one.factory.widgets.clear()
    expect(await one.settle()).toMatchObject({ is: 'Stalled', reason: 'Contested' })
    expect(one.factory.writes).toHaveLength(3)
  })
})

describe('what must not stop, such as a privilege that is taken away', () => {
  it('is put back once an hour, and told as contested, without Stalled', async () => {
    const one = await created()
    one.factory.persists = true
    for (const _ of [1, 2, 3, 4]) await meddle(one, { size: 5 }, minute)
    expect(one.factory.writes).toHaveLength(3)
    expect(one.conditions).toEqual(['Ready=True/Applied', 'Drifted=True/Contested'])
    expect(one.condition('Drifted')?.message).toContain('next after 2026-01-01T01:03:00Z')
    expect(one.status.drift).toMatchObject({ count: 1, changes: [{ action: 'Correct' }] })
    expect(events(one, 'Contested')).toHaveLength(1)
    one.factory.calls.length = 0
    for (const _ of Array.from({ length: 24 * 6 })) await meddle(one, { size: 5 }, 10 * minute)
    expect(one.factory.writes.length).toBeGreaterThanOrEqual(20)
    expect(one.factory.writes.length).toBeLessThanOrEqual(25)
  })

  it('is written once an hour also when it never reads back, which only a person can mend', async () => {
    const one = await created()
    one.factory.persists = true
    one.factory.deaf = true
    for (const _ of [1, 2, 3]) await meddle(one, { size: 5 })
    const stalled = ['Ready=False/DoesNotConverge', 'Drifted=True/DriftFound', 'Stalled=True/DoesNotConverge']
    for (const _ of Array.from({ length: 6 * 6 })) {
      await meddle(one, { size: 5 })
      // It does not look better for the moment of a write.
      expect(one.conditions).toEqual(stalled)
    }
    expect(one.condition('Ready')?.lastTransitionTime).toBe('2026-01-01T00:30:00Z')
    expect(one.factory.writes.length).toBeGreaterThanOrEqual(7)
    expect(one.factory.writes.length).toBeLessThanOrEqual(8)
  })

  it('is looked at again when it may be put back', async () => {
    const one = await created()
    one.factory.persists = true
    for (const _ of [1, 2, 3]) await meddle(one, { size: 5 }, minute)
    expect(await meddle(one, { size: 5 }, 56 * minute)).toEqual({
      is: 'Waiting',
      reason: 'Contested',
      message: expect.any(String),
      after: 4 * minute,
    })
  })
})

const late = async (edit: (one: Stage) => void) => {
  const one = await created()
  one.factory.settles = minute
  one.factory.deaf = true
  await one.clock.advance(hour)
  edit(one)
  return one
}
const drift = (one: Stage) => void one.factory.widgets.set('7', { body: { size: 5, colour: 'red' } })

describe('a write that reads back late', () => {
  it('is no drift and no reason to write again as long as it may settle', async () => {
    const one = await late(drift)
    for (const _ of [1, 2, 3, 4, 5, 6]) {
      expect(await one.pass()).toMatchObject({ is: 'Waiting', reason: 'Settling', after: 5_000 })
      expect(one.conditions).toEqual(['Ready=True/Applied', 'Drifted=Unknown/Settling'])
      expect(one.status.drift).toEqual({ unlisted: 0 })
      await one.clock.advance(5_000)
    }
    expect(one.factory.writes).toEqual(['correct size'])
    one.factory.widgets.set('7', { body: { size: 1, colour: 'red' } })
    await one.pass()
    expect(one.conditions).toEqual(['Ready=True/Applied', 'Drifted=False/NoDrift'])
    expect(one.status).not.toHaveProperty('unconfirmed')
    expect(one.factory.writes).toEqual(['correct size'])
  })

  it('of a change of the manifest is what it is: in progress', async () => {
    const one = await late((stage) => stage.edit({ size: 2, colour: 'red' }))
    await one.pass()
    expect(one.conditions).toEqual([
      'Ready=False/Settling',
      'Drifted=False/NoDrift',
      'Reconciling=True/Settling',
    ])
  })

  it('is written once more and then never again, whoever leads', async () => {
    const one = await late(drift)
    for (const _ of [1, 2, 3, 4]) {
      await one.pass()
      await one.clock.advance(minute)
      one.restart()
    }
    expect(await one.pass()).toMatchObject({ is: 'Stalled', reason: 'DoesNotConverge' })
    expect(one.factory.writes).toEqual(['correct size', 'correct size'])
    expect(one.condition('Stalled')?.message).toContain(
      'size is 5 instead of 1, although it was written 2 times',
    )
    expect(one.status.drift).toMatchObject({ count: 1, changes: [{ path: 'size', action: 'Blocked' }] })
    // Once the cause is gone, nobody has to be asked.
    one.factory.widgets.set('7', { body: { size: 1, colour: 'red' } })
    await one.pass()
    expect(one.conditions).toEqual(['Ready=True/Applied', 'Drifted=False/NoDrift'])
  })

  it('stops nothing else', async () => {
    const one = await late(drift)
    for (const _ of [1, 2, 3]) {
      await one.pass()
      await one.clock.advance(minute)
    }
    one.factory.deaf = false
    one.factory.calls.length = 0
    await meddle(one, { size: 5, colour: 'blue' })
    expect(one.factory.writes).toEqual(['correct colour'])
  })

  it('is a change of the manifest also when it does not converge, and applied only when it does', async () => {
    const one = await late((stage) => stage.edit({ size: 2, colour: 'red' }))
    for (const _ of [1, 2, 3]) {
      await one.pass()
      await one.clock.advance(minute)
    }
    expect(one.conditions).toEqual([
      'Ready=False/DoesNotConverge',
      'Drifted=False/NoDrift',
      'Stalled=True/DoesNotConverge',
    ])
    expect(one.factory.writes).toEqual(['correct size', 'correct size'])
  })
})

describe('what was created and reads back otherwise', () => {
  it('is given its time, too', async () => {
    const one = await stage({ spec: { size: 1 } })
    one.factory.facts = { found: { size: 0.5 } }
    expect(await one.pass()).toMatchObject({ is: 'Waiting', reason: 'Settling' })
    one.factory.facts = {}
    await one.settle()
    expect(one.factory.writes).toEqual(['create'])
    expect(one.conditions).toEqual(['Ready=True/Applied', 'Drifted=False/NoDrift'])
  })
})
