import { beforeEach, describe, expect, it } from 'vitest'
import { Budgets, defaultRequestsPerSecond } from '../../src/databricks/budgets.ts'
import type { Permit } from '../../src/databricks/budget-turns.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { ManualClock } from '../manual-clock.ts'

const one = 'https://dbc-1.cloud.databricks.com'
const vanity = 'https://acme.cloud.databricks.com'
const other = 'https://dbc-2.cloud.databricks.com'

let clock: ManualClock
let budgets: Budgets
let told: string[]
const forever = new AbortController().signal

beforeEach(() => {
  clock = new ManualClock()
  budgets = new Budgets({ clock, log: silentLog, signal: forever })
  told = []
  budgets.onThrottled((manifest) => told.push(manifest))
})

/** Asks for turns at a host; those that came so far. */
function ask(host: string, count = 1): Permit[] {
  const permits: Permit[] = []
  for (let index = 0; index < count; index++)
    void budgets
      .at(host)
      .turn({ lane: 'edit', signal: forever })
      .then((turn) => turn.is === 'Permit' && permits.push(turn))
  return permits
}

const rates = () => Object.fromEntries(budgets.standings().map(({ workspace, rate }) => [workspace, rate]))

describe('the budget of a workspace', () => {
  it('is that of its host as long as nobody knows which workspace it is', () => {
    ask(one)
    ask(other)
    expect(rates()).toEqual({ [one]: defaultRequestsPerSecond, [other]: defaultRequestsPerSecond })
  })

  it('goes by its id from then on', () => {
    const permits = ask(one)
    budgets.at(one).leadsTo('7')
    expect(rates()).toEqual({ 7: defaultRequestsPerSecond })
    expect(budgets.standings()[0]?.waiting.get('edit')).toBe(1)
    expect(permits).toEqual([])
  })

  it('is one, however many hosts lead there', async () => {
    budgets.at(one).leadsTo('7')
    budgets.at(vanity).leadsTo('7')
    const permits = [ask(one, 20), ask(vanity, 20)]
    await clock.advance(1_000)
    expect(permits.map(({ length }) => length)).toEqual([10, 0])
  })

  it('takes over those who wait at a host that turns out to lead there', async () => {
    budgets.at(one).leadsTo('7')
    const before = ask(one, 10)
    const early = ask(vanity, 10)
    budgets.at(vanity).leadsTo('7')
    await clock.advance(1_000)
    expect(before.length + early.length).toBe(10)
    expect(Object.keys(rates())).toEqual(['7'])
  })

  it('is another one when the host leads elsewhere, and brings nothing along', async () => {
    budgets.at(one).leadsTo('7')
    const waiting = ask(one, 3)
    budgets.at(one).leadsTo('8')
    expect(budgets.standings().map(({ workspace, waiting }) => [workspace, waiting.get('edit')])).toEqual([
      ['7', 3],
      ['8', 0],
    ])
    await clock.advance(1_000)
    expect(waiting).toHaveLength(3)
  })

  it('is that of the last id believed when a host tells ever new ones', () => {
    const ids = Array.from({ length: 100 }, (_, index) => String(index + 1))
    const stands = ids.map((id) => budgets.at(one).leadsTo(id))
    expect(Object.keys(rates())).toEqual(['1', '2', '3', '4'])
    expect(stands.slice(0, 6)).toEqual(['1', '2', '3', '4', '4', '4'])
    expect(budgets.at(one).leadsTo('2')).toBe('2')
    expect(budgets.at(one).leadsTo('101')).toBe('2')
    expect(budgets.at(other).leadsTo('101')).toBe('101')
  })

  it('is that of any id again once no manifest named the host', () => {
    budgets.agree('data/a', { host: one })
    for (const id of ['1', '2', '3', '4', '5']) budgets.at(one).leadsTo(id)
    budgets.forget('data/a')
    expect(budgets.at(one).leadsTo('5')).toBe('5')
  })

  it('is not held up by that of another', async () => {
    budgets.at(one).leadsTo('7')
    budgets.at(other).leadsTo('8')
    const slow = ask(one, 1_000)
    await clock.advance(5_000)
    const fast = ask(other)
    await clock.advance(0)
    expect([fast.length, slow.length]).toEqual([1, 16])
  })
})

describe('the rate', () => {
  it('is the lowest of what the manifests of one workspace allow', () => {
    budgets.agree('data/a', { host: one, requestsPerSecond: 30 })
    budgets.at(one).leadsTo('7')
    expect(rates()).toEqual({ 7: 30 })
    budgets.agree('data/b', { host: vanity })
    expect(rates()).toEqual({ 7: 30 })
    budgets.at(vanity).leadsTo('7')
    expect(rates()).toEqual({ 7: defaultRequestsPerSecond })
    budgets.agree('data/b', { host: vanity, requestsPerSecond: 40 })
    expect(rates()).toEqual({ 7: 30 })
    budgets.forget('data/a')
    expect(rates()).toEqual({ 7: 40 })
  })

  it('that was agreed on before the first call holds from the first call on', () => {
    budgets.agree('data/a', { host: one, requestsPerSecond: 2 })
    ask(one)
    expect(rates()).toEqual({ [one]: 2 })
    budgets.at(one).leadsTo('7')
    expect(rates()).toEqual({ 7: 2 })
  })

  it('of a workspace that no manifest names any more is forgotten', () => {
    budgets.agree('data/a', { host: one })
    budgets.agree('data/b', { host: other })
    budgets.at(one).leadsTo('7')
    budgets.at(other).leadsTo('8')
    budgets.agree('data/a', { host: other })
    expect(Object.keys(rates())).toEqual(['8'])
    budgets.forget('data/a')
    budgets.forget('data/b')
    budgets.forget('data/b')
    expect(rates()).toEqual({})
  })
})

describe('a workspace that throttles', () => {
  it('is told to every manifest that names it, at its beginning and its end', async () => {
    budgets.agree('data/a', { host: one })
    budgets.agree('red/b', { host: vanity })
    budgets.agree('red/c', { host: other })
    for (const host of [one, vanity]) budgets.at(host).leadsTo('7')
    budgets.at(other).leadsTo('8')
    const [permit] = await turnAt(one)
    permit?.refused(undefined)
    expect(told).toEqual(['data/a', 'red/b'])
    expect([one, vanity, other].map((host) => budgets.isThrottled(host))).toEqual([true, true, false])
    await clock.advance(60_000)
    expect(told).toEqual(['data/a', 'red/b', 'data/a', 'red/b'])
    expect(budgets.isThrottled(one)).toBe(false)
  })

  it('that nobody has called is none', () => {
    expect(budgets.isThrottled(one)).toBe(false)
  })
})

async function turnAt(host: string): Promise<Permit[]> {
  const permits = ask(host)
  await clock.advance(1_000)
  return permits
}
