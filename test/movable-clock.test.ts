import { expect, it } from 'vitest'
import { MovableClock } from './movable-clock.ts'

const hour = 3_600_000

it('a leap wakes whoever sleeps through it, in the order of their times, and nobody else', async () => {
  const clock = new MovableClock()
  const woken: string[] = []
  const stop = new AbortController()
  const all = [
    clock.sleep(2 * hour).then(() => woken.push('second')),
    clock.sleep(hour).then(() => woken.push('first')),
    clock.sleep(4 * hour, stop.signal).catch(() => woken.push('stopped')),
  ]
  const before = { now: clock.now(), monotonic: clock.monotonic() }
  clock.obey({ leap: 3 * hour })
  await Promise.all(all.slice(0, 2))
  expect(clock.now() - before.now).toBeGreaterThanOrEqual(3 * hour)
  expect(clock.monotonic() - before.monotonic).toBeGreaterThanOrEqual(3 * hour)
  expect(woken).toEqual(['first', 'second'])
  stop.abort(new Error('enough'))
  await Promise.all(all)
  expect(woken).toEqual(['first', 'second', 'stopped'])
})

it('a jump sets the time of day and lets no time pass', async () => {
  const clock = new MovableClock()
  const before = { now: clock.now(), monotonic: clock.monotonic() }
  clock.obey({ jump: -hour })
  expect(clock.now()).toBeLessThan(before.now)
  expect(clock.monotonic() - before.monotonic).toBeLessThan(hour)
  const began = clock.monotonic()
  await clock.sleep(20)
  expect(clock.monotonic() - began).toBeGreaterThanOrEqual(20)
})
