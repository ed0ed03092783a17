import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { Deadline } from '../../src/kube/deadline.ts'
import { Silence, silenceLimit } from '../../src/kube/silence.ts'
import { ManualClock } from '../manual-clock.ts'

const late = () => new Error('late')

describe('a deadline', () => {
  it('falls when its time is over, with its reason', async () => {
    const clock = new ManualClock()
    using deadline = new Deadline({ clock, milliseconds: 100, reason: late })
    await clock.advance(99)
    expect(deadline.signal.aborted).toBe(false)
    await clock.advance(1)
    expect(deadline.signal.reason).toEqual(late())
  })

  it('falls with the caller, also with one that has given up before', () => {
    const clock = new ManualClock()
    const caller = new AbortController()
    using before = new Deadline({ clock, milliseconds: 100, signals: [caller.signal], reason: late })
    caller.abort('enough')
    using after = new Deadline({ clock, milliseconds: 100, signals: [caller.signal], reason: late })
    expect([before.signal.reason, after.signal.reason]).toEqual(['enough', 'enough'])
  })

  it('that was lifted falls with the caller only', async () => {
    const clock = new ManualClock()
    const caller = new AbortController()
    using deadline = new Deadline({ clock, milliseconds: 100, signals: [caller.signal], reason: late })
    deadline.lift()
    await clock.advance(1_000)
    expect(deadline.signal.aborted).toBe(false)
    caller.abort('enough')
    expect(deadline.signal.reason).toBe('enough')
  })
})

describe('a silence', () => {
  it('is too long only when nothing broke it', async () => {
    const clock = new ManualClock()
    using silence = new Silence(clock, new AbortController().signal)
    await clock.advance(silenceLimit - 1)
    silence.broken()
    await clock.advance(silenceLimit - 1)
    expect(silence.isTooLong).toBe(false)
    await clock.advance(1)
    expect([silence.isTooLong, silence.signal.aborted]).toEqual([true, true])
  })
})

it('deadlines and silences leave nothing on a signal that outlives them, and no timer', () => {
  const clock = new ManualClock()
  const { signal } = new AbortController()
  for (let call = 0; call < 100; call++) {
    using _deadline = new Deadline({ clock, milliseconds: 100, signals: [signal], reason: late })
    using _silence = new Silence(clock, signal)
  }
  expect(getEventListeners(signal, 'abort')).toEqual([])
  expect(clock.sleeps()).toEqual([])
})
