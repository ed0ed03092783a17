import { pino } from 'pino'
import { beforeEach, describe, expect, it } from 'vitest'
import { Turns, type Paused, type Permit } from '../../src/databricks/budget-turns.ts'
import { mostUnderWay } from '../../src/databricks/budget.ts'
import type { CallLane } from '../../src/databricks/call.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { ManualClock } from '../manual-clock.ts'

let clock: ManualClock
let program: AbortController
let changes: number

beforeEach(() => {
  clock = new ManualClock()
  program = new AbortController()
  changes = 0
})

const turnsOf = (requestsPerSecond = 10) =>
  new Turns({
    clock,
    log: silentLog,
    requestsPerSecond,
    signal: program.signal,
    onThrottled: () => (changes += 1),
  })

const forever = new AbortController().signal

/** Those who ask, in the order in which they got their turns. */
function asking(turns: Turns) {
  const order: string[] = []
  const permits: Permit[] = []
  const ask = (name: string, lane: CallLane = 'edit', signal = forever): Promise<Permit | Paused> =>
    turns.turn({ lane, signal }).then((turn) => {
      order.push(turn.is === 'Permit' ? name : `${name} ${turn.is}`)
      if (turn.is === 'Permit') permits.push(turn)
      return turn
    })
  return { order, permits, ask }
}

describe('a turn', () => {
  it('comes after the time that the rate asks for, the more urgent first', async () => {
    const { order, ask } = asking(turnsOf())
    void ask('check', 'background')
    void ask('edit')
    await clock.advance(99)
    expect(order).toEqual([])
    await clock.advance(1)
    expect(order).toEqual(['edit'])
    await clock.advance(100)
    expect(order).toEqual(['edit', 'check'])
  })

  it('comes at once when there is one, and leaves no timer', async () => {
    const turns = turnsOf()
    await clock.advance(100)
    const { order, ask } = asking(turns)
    void ask('edit')
    await clock.advance(0)
    expect(order).toEqual(['edit'])
    expect(clock.sleeps()).toEqual([])
  })

  it('is for as many as may be under way; the end of one is the turn of the next', async () => {
    const turns = turnsOf(100)
    const { order, permits, ask } = asking(turns)
    for (let index = 0; index <= mostUnderWay; index++) void ask(`${index}`)
    await clock.advance(60_000)
    expect([order.length, clock.sleeps()]).toEqual([mostUnderWay, []])
    permits[0]?.end()
    await clock.advance(0)
    expect(order.at(-1)).toBe(`${mostUnderWay}`)
  })

  it('that is not wanted any more costs nothing, and leaves no timer', async () => {
    const turns = turnsOf()
    const { order, ask } = asking(turns)
    const stop = new AbortController()
    const given = ask('given up', 'edit', stop.signal)
    stop.abort(new Error('enough'))
    await expect(given).rejects.toThrow('enough')
    expect(clock.sleeps()).toEqual([])
    void ask('edit')
    await clock.advance(100)
    expect(order).toEqual(['edit'])
  })

  it('is not given to somebody who gave up before', async () => {
    const turns = turnsOf()
    await clock.advance(1_000)
    await expect(turns.turn({ lane: 'edit', signal: AbortSignal.abort(new Error('over')) })).rejects.toThrow(
      'over',
    )
    expect(turns.standing()).toMatchObject({ underWay: 0, available: 5 })
  })

  it('may cover one more request, for which those behind wait', async () => {
    const turns = turnsOf()
    const { order, permits, ask } = asking(turns)
    void ask('first')
    await clock.advance(100)
    permits[0]?.again()
    void ask('second')
    await clock.advance(199)
    expect(order).toEqual(['first'])
    await clock.advance(1)
    expect(order).toEqual(['first', 'second'])
  })
})

/** Turns that have just seen one. */
async function refusedWith(retryAfter?: number) {
  const turns = turnsOf()
  const asked = asking(turns)
  void asked.ask('refused')
  await clock.advance(100)
  asked.permits[0]?.refused(retryAfter)
  asked.permits[0]?.end()
  return { turns, ...asked }
}

describe('a 429', () => {
  it('makes everybody wait twice as long', async () => {
    const { order, ask } = await refusedWith()
    void ask('next')
    await clock.advance(190)
    expect(order).toEqual(['refused'])
    await clock.advance(10)
    expect(order).toEqual(['refused', 'next'])
  })

  it('with a time makes everybody wait for that, those who wait already too', async () => {
    const turns = turnsOf()
    const { order, permits, ask } = asking(turns)
    void ask('refused')
    void ask('next')
    await clock.advance(100)
    permits[0]?.refused(30_000)
    await clock.advance(30_000)
    expect(order).toEqual(['refused'])
    await clock.advance(200)
    expect(order).toEqual(['refused', 'next'])
  })

  it('with a time that nobody should stand and wait for sends everybody away', async () => {
    const turns = turnsOf()
    const { order, permits, ask } = asking(turns)
    void ask('refused')
    void ask('waits already')
    await clock.advance(100)
    permits[0]?.refused(61_000)
    await clock.advance(0)
    expect(await ask('comes later')).toEqual({ is: 'Paused', milliseconds: 61_000 })
    expect(order).toEqual(['refused', 'waits already Paused', 'comes later Paused'])
    await clock.advance(1_000)
    void ask('minute')
    await clock.advance(60_200)
    expect(order.at(-1)).toBe('minute')
  })

  it('is told once when it begins, and once when it is over', async () => {
    const { turns, permits } = await refusedWith()
    expect([changes, turns.standing().isThrottled]).toEqual([1, true])
    await clock.advance(30_000)
    permits[0]?.refused(undefined)
    await clock.advance(59_999)
    expect([changes, turns.standing().isThrottled]).toEqual([1, true])
    await clock.advance(1)
    expect([changes, turns.standing().isThrottled]).toEqual([2, false])
    expect(clock.sleeps()).toEqual([])
  })

  it('leaves no timer behind when the program ends', async () => {
    await refusedWith()
    program.abort(new Error('the end'))
    await clock.advance(0)
    expect([changes, clock.sleeps()]).toEqual([1, []])
  })
})

describe('turns that are taken over', () => {
  it('go on in the new place: those who wait, those who give up, and what is under way', async () => {
    const old = turnsOf()
    const turns = turnsOf()
    const { order, permits, ask } = asking(old)
    const stop = new AbortController()
    void ask('under way')
    await clock.advance(100)
    void ask('waits')
    const given = ask('gives up', 'edit', stop.signal)
    turns.absorb(old)
    expect(turns.standing()).toMatchObject({ underWay: 1 })
    stop.abort(new Error('enough'))
    await expect(given).rejects.toThrow('enough')
    permits[0]?.refused(1_000)
    permits[0]?.end()
    expect(turns.standing()).toMatchObject({ underWay: 0, isThrottled: true, rate: 0 })
    void ask('comes later')
    await clock.advance(60_000)
    expect(order).toEqual(['under way', 'waits', 'comes later'])
  })

  it('say for themselves that they are throttled, until they no longer are', async () => {
    const old = turnsOf()
    const turns = turnsOf()
    const { permits, ask } = asking(old)
    void ask('refused')
    await clock.advance(100)
    permits[0]?.refused(undefined)
    turns.absorb(old)
    expect([changes, turns.standing().isThrottled]).toEqual([2, true])
    await clock.advance(60_000)
    expect([changes, turns.standing().isThrottled]).toEqual([3, false])
  })
})

describe('a listener', () => {
  it('that fails is heard of, and costs no call', async () => {
    const lines: string[] = []
    const log = pino({ level: 'error' }, { write: (line) => void lines.push(line) })
    const turns = new Turns({
      clock,
      log,
      requestsPerSecond: 10,
      signal: program.signal,
      onThrottled: () => expect.unreachable('a bug'),
    })
    const { order, permits, ask } = asking(turns)
    void ask('refused')
    await clock.advance(100)
    permits[0]?.refused(undefined)
    permits[0]?.end()
    void ask('later')
    await clock.advance(60_000)
    expect(order).toEqual(['refused', 'later'])
    expect(turns.standing().isThrottled).toBe(false)
    expect(lines).toHaveLength(2)
    expect(lines[0]).toContain('a bug')
  })
})

describe('how a budget stands', () => {
  it('is told in numbers', async () => {
    const turns = turnsOf(4)
    const { ask } = asking(turns)
    await clock.advance(10_000)
    for (const lane of ['edit', 'edit', 'edit', 'sweep'] as const) void ask(lane, lane)
    expect(turns.standing()).toEqual({
      rate: 4,
      available: 0,
      underWay: 2,
      waiting: new Map([
        ['edit', 1],
        ['retry', 0],
        ['dependency', 0],
        ['sweep', 1],
        ['background', 0],
      ]),
      isThrottled: false,
    })
  })
})
