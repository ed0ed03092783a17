import { describe, expect, it } from 'vitest'
import { stage, type Stage } from './stage.ts'

const hour = 3_600_000
const until = '2026-01-01T01:00:00Z'

/** A stage whose widget was created as wanted, and that ignores something. */
async function ignoring(ignore: object[], more: object = {}): Promise<Stage> {
  const one = await stage({ spec: { size: 1, color: 'red', ...more, management: { ignore } } })
  await one.settle()
  one.factory.calls.length = 0
  one.api.writes.length = 0
  return one
}

const change = (one: Stage, body: Record<string, string | number>) =>
  one.factory.widgets.set('7', { ...one.factory.widgets.get('7'), body })

describe('a difference that the manifest ignores', () => {
  it('is shown, does not count, and is left', async () => {
    const one = await ignoring([{ path: 'size', until, reason: 'incident 7' }])
    change(one, { size: 5, color: 'red' })
    await one.settle()
    expect(one.factory.writes).toEqual([])
    expect(one.conditions).toEqual(['Ready=True/Applied', 'Drifted=False/NoDrift'])
    expect(one.condition('Drifted')?.message).toBe(
      `tolerated: size is 5 instead of 1 (until ${until}, incident 7)`,
    )
    expect(one.status.drift).toMatchObject({
      count: 0,
      tolerated: 1,
      unlisted: 0,
      changes: [{ path: 'size', action: 'Tolerated', wanted: '1', found: '5', until }],
    })
    expect(one.status.drift).not.toHaveProperty('firstSeen')
  })

  it('is written once, and then nothing more', async () => {
    const one = await ignoring([{ path: 'size' }])
    change(one, { size: 5, color: 'red' })
    await one.settle()
    one.api.writes.length = 0
    for (let hours = 1; hours <= 3; hours++) {
      await one.clock.advance(hour)
      await one.settle()
    }
    expect(one.api.writes).toEqual([])
    expect(one.factory.writes).toEqual([])
  })

  it('is looked at right when its time is over, and is put back then', async () => {
    const one = await ignoring([{ path: 'size', until }])
    change(one, { size: 5, color: 'red' })
    await one.clock.advance(hour - 60_000)
    expect(await one.settle()).toEqual({ is: 'Settled', nextCheck: 60_000 })
    await one.clock.advance(60_000)
    await one.settle()
    expect(one.factory.writes).toEqual(['correct size'])
    expect(one.status.drift).toEqual({ count: 0, unlisted: 0 })
    expect(one.status.putBack).toHaveLength(1)
  })

  it('is told as drift in Observe once its time is over', async () => {
    const one = await stage({
      spec: { size: 1, management: { externalId: '7', ignore: [{ path: 'size', until }] } },
    })
    one.factory.add({ size: 5 })
    const outcome = await one.settle()
    expect(outcome).toEqual({ is: 'Settled', nextCheck: 600_000 })
    expect(one.conditions).toEqual(['Ready=True/Observed', 'Drifted=False/NoDrift'])
    await one.clock.advance(hour)
    await one.settle()
    expect(one.conditions).toEqual(['Ready=True/Observed', 'Drifted=True/DriftFound'])
    expect(one.factory.writes).toEqual([])
  })

  it('does not hold up what differs beside it, and is carried by the write', async () => {
    const one = await ignoring([{ path: 'size' }])
    change(one, { size: 5, color: 'blue' })
    await one.settle()
    expect(one.factory.writes).toEqual(['correct color'])
    // Also for a kind whose calls are made from what is wanted as a whole.
    expect(one.factory.goals).toEqual([{ size: 5, color: 'red' }])
    expect(one.factory.widgets.get('7')?.body).toEqual({ size: 5, color: 'red' })
    expect(one.status.drift).toMatchObject({ count: 0, tolerated: 1 })
  })

  it('is overwritten by whoever edits the manifest there', async () => {
    const one = await ignoring([{ path: 'size' }])
    change(one, { size: 5, color: 'red' })
    await one.settle()
    one.edit({ size: 2, color: 'red', management: { ignore: [{ path: 'size' }] } })
    await one.settle()
    expect(one.factory.writes).toEqual(['correct size'])
    expect(one.factory.widgets.get('7')?.body).toEqual({ size: 2, color: 'red' })
    change(one, { size: 5, color: 'red' })
    await one.settle()
    expect(one.factory.writes).toEqual(['correct size'])
  })

  it('is removed by whoever takes it out of the manifest', async () => {
    const one = await ignoring([{ path: 'size' }])
    one.edit({ color: 'red', management: { ignore: [{ path: 'size' }] } })
    await one.settle()
    expect(one.factory.widgets.get('7')?.body).toEqual({ color: 'red' })
  })

  it('is drift like any other once the manifest ignores it no more', async () => {
    const one = await ignoring([{ path: 'size' }])
    change(one, { size: 5, color: 'red' })
    await one.settle()
    one.edit({ size: 1, color: 'red' })
    await one.settle()
    expect(one.factory.widgets.get('7')?.body).toEqual({ size: 1, color: 'red' })
  })

  it('is left by an adoption, whose first pass shows it', async () => {
    const management = { externalId: '7', mode: 'Correct', ignore: [{ path: 'size' }] }
    const one = await stage({ spec: { size: 1, color: 'red', management } })
    one.factory.add({ size: 5, color: 'blue' })
    await one.pass()
    expect(one.factory.writes).toEqual([])
    expect(one.status.drift?.changes?.map(({ path, action }) => `${path} ${action}`)).toEqual([
      'color Report',
      'size Tolerated',
    ])
    await one.settle()
    expect(one.factory.widgets.get('7')?.body).toEqual({ size: 5, color: 'red' })
  })

  it('is named when the path leads nowhere, and nothing is written meanwhile', async () => {
    const one = await ignoring([{ path: 'size' }])
    change(one, { size: 5, color: 'blue' })
    one.edit({ size: 1, color: 'red', management: { ignore: [{ path: 'sizes' }] } })
    expect(await one.settle()).toMatchObject({
      is: 'Stalled',
      reason: 'InvalidSpec',
      message: 'spec.management.ignore[0].path: there is no field sizes; size was meant?',
    })
    expect(one.factory.writes).toEqual([])
  })
})

describe('a setting that the manifest does not mention', () => {
  it('is taken back with unlisted: Correct, after it was shown', async () => {
    const one = await stage({ spec: { size: 1, management: { unlisted: 'Correct' } } })
    await one.settle()
    one.factory.widgets.set('7', { body: { size: 1, color: 'blue' } })
    one.factory.during = (call) => {
      if (call !== 'correct') return
      expect(one.status.drift).toMatchObject({
        count: 1,
        unlisted: 0,
        changes: [{ path: 'color', action: 'Correct' }],
      })
      expect(one.conditions).toContain('Drifted=True/DriftFound')
    }
    await one.settle()
    expect(one.factory.widgets.get('7')?.body).toEqual({ size: 1 })
    expect(one.conditions).toEqual(['Ready=True/Applied', 'Drifted=False/NoDrift'])
    expect(one.factory.writes).toEqual(['create', 'correct color'])
  })

  it('waits like any drift when taking it back would hurt', async () => {
    const one = await stage({ spec: { size: 1, management: { unlisted: 'Correct' } } })
    await one.settle()
    one.factory.impact = () => 'Restart'
    one.factory.widgets.set('7', { body: { size: 1, color: 'blue' } })
    await one.settle()
    expect(one.factory.writes).toEqual(['create'])
    expect(one.status.held).toMatchObject({ impact: 'Restart' })
  })

  it('is only shown by an adoption until its second pass', async () => {
    const management = { externalId: '7', mode: 'Correct', unlisted: 'Correct' }
    const one = await stage({ spec: { size: 1, management } })
    one.factory.add({ size: 1, color: 'blue' })
    await one.pass()
    expect(one.factory.writes).toEqual([])
    expect(one.status.drift).toMatchObject({ count: 1, changes: [{ path: 'color', action: 'Report' }] })
    await one.settle()
    expect(one.factory.widgets.get('7')?.body).toEqual({ size: 1 })
  })
})

describe('a difference of an adopted object that is ignored for a while', () => {
  it('needs approval when that is over as it would have at first', async () => {
    const management = {
      mode: 'Correct',
      onDrift: 'Apply',
      externalId: '7',
      ignore: [{ path: 'size', until }],
    }
    const one = await stage({ spec: { size: 1, color: 'red', management } })
    one.factory.add({ size: 5, color: 'red' })
    one.factory.impact = () => 'Restart'
    await one.settle()
    await one.clock.advance(hour)
    await one.settle()
    expect(one.factory.writes).toEqual([])
    expect(one.status.held?.reason).toContain('the first difference of an adopted object')
    one.annotate({ 'lakeward.dev/approve': one.status.held?.hash ?? '' })
    await one.settle()
    expect(one.factory.writes).toEqual(['correct size'])
    expect(one.status.lastApplied).toBeDefined()
  })
})
