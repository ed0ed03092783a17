import { describe, expect, it } from 'vitest'
import { stage, type Stage } from './stage.ts'

const hour = 3_600_000

/** A change of the manifest that would restart a running widget. */
async function held(): Promise<Stage> {
  const one = await stage({ spec: { size: 1 } })
  await one.pass()
  one.factory.impact = () => 'Restart'
  one.factory.facts = { stops: 'which it does by itself after 60 minutes without use' }
  await one.clock.advance(hour)
  one.edit({ size: 2 })
  await one.pass()
  return one
}

const reminders = (one: Stage) => one.api.events.filter(({ reason }) => reason === 'HeldLong')

describe('a held change', () => {
  it('says what it would do, to what, when it may go out, and since when it waits', async () => {
    const one = await held()
    expect(one.status.held).toEqual({
      hash: expect.stringMatching(/^[0-9a-f]{10}$/),
      verb: 'widgets/update',
      impact: 'Restart',
      since: '2026-01-01T01:00:00.000Z',
      reason:
        'widgets/update of size would restart the running cluster. It goes out when the cluster stops, which it ' +
        'does by itself after 60 minutes without use, or after: kubectl annotate widget one -n data --overwrite ' +
        `lakeward.dev/approve=${one.status.held?.hash ?? ''}`,
    })
  })

  it('reminds of itself after a day, once, also when another process has taken over', async () => {
    const one = await held()
    await one.clock.advance(24 * hour - 1_000)
    await one.pass()
    expect(reminders(one)).toEqual([])
    expect(one.status.held).not.toHaveProperty('remindedAt')
    await one.clock.advance(1_000)
    await one.pass()
    expect(reminders(one)).toEqual([
      { type: 'Warning', reason: 'HeldLong', note: expect.stringContaining('2026-01-01T01:00:00.000Z') },
    ])
    expect(one.status.held?.remindedAt).toBe('2026-01-02T01:00:00Z')
    one.api.writes.length = 0
    for (const _ of [1, 2, 3]) {
      one.restart()
      await one.clock.advance(24 * hour)
      await one.pass()
    }
    expect(reminders(one)).toHaveLength(1)
    expect(one.api.writes).toEqual([])
  })

  it('has waited as long when the manifest changes the same field once more, under another hash', async () => {
    const one = await held()
    const before = one.status.held
    await one.clock.advance(20 * hour)
    one.edit({ size: 3 })
    await one.pass()
    expect(one.status.held).toMatchObject({ since: before?.since })
    expect(one.status.held?.hash).not.toBe(before?.hash)
    await one.clock.advance(4 * hour)
    await one.pass()
    expect(reminders(one)).toHaveLength(1)
  })

  it('that comes back later waits anew', async () => {
    const one = await held()
    one.edit({ size: 1 })
    await one.pass()
    await one.clock.advance(48 * hour)
    one.edit({ size: 2 })
    await one.pass()
    expect(one.status.held).toMatchObject({ since: '2026-01-03T01:00:00.000Z' })
    expect(reminders(one)).toEqual([])
  })
})
