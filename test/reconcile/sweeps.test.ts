import { beforeEach, describe, expect, it } from 'vitest'
import type { ManagedSpec, Session, Shown, Sweep } from '../../src/kinds/kind.ts'
import type { Resting } from '../../src/reconcile/resting.ts'
import { sourceOf } from '../../src/reconcile/session.ts'
import { Sweeps, type Answer } from '../../src/reconcile/sweeps.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { ManualClock } from '../manual-clock.ts'
import { aDoor } from './door.ts'
import { aFound, aSession } from './fixtures.ts'

const period = 600_000
const session = aSession()
const source = sourceOf(session, 'widget')

const widget = (id: string, changes: Partial<Resting> = {}): Resting => ({
  kind: 'Widget',
  key: `data/${id}`,
  uid: `uid of ${id}`,
  id,
  source,
  ...changes,
})

const shown = (...ids: string[]): Shown[] => ids.map((id) => ({ id, item: { id } }))

/** Listings whose pages a test gives by hand. */
class Lists implements Sweep<ManagedSpec> {
  readonly begun: { session: Session; pages: PromiseWithResolvers<Shown[] | undefined>[] }[] = []
  readonly found = () => aFound()

  async *pages(by: Session): AsyncGenerator<Shown[]> {
    const pages = [Promise.withResolvers<Shown[] | undefined>()]
    this.begun.push({ session: by, pages })
    for (let next = pages[0]; next !== undefined; next = pages.at(-1)) {
      const page = await next.promise
      if (page === undefined) return
      pages.push(Promise.withResolvers())
      yield page
    }
  }

  /** Answers the page that the last listing asks for; undefined: there is none. */
  answer(page: Shown[] | undefined): void {
    this.begun.at(-1)?.pages.at(-1)?.resolve(page)
  }

  fail(error: Error): void {
    this.begun.at(-1)?.pages.at(-1)?.reject(error)
  }
}

let clock: ManualClock
let sweeps: Sweeps
let lists: Lists
let woken: string[]
let counted: string[]
let stop: AbortController

beforeEach(() => {
  clock = new ManualClock()
  lists = new Lists()
  woken = []
  stop = new AbortController()
  const wake = (kind: string, key: string) => void woken.push(`${kind} ${key}`)
  counted = []
  const count = (kind: string, answer: Answer) => void counted.push(`${kind} ${answer}`)
  sweeps = new Sweeps({ clock, random: () => 0, log: silentLog, signal: stop.signal, wake, count })
})

const ask = (id: string, at = session) => sweeps.ask(widget(id), { session: at, sweep: lists })
const rest = (...ids: string[]) => ids.map((id) => sweeps.rest(widget(id), period))
/** Until the slot of those that rest begins. */
const untilSlot = async (...ids: string[]) => clock.advance(rest(...ids)[0] ?? 0)

const later = { is: 'Later', after: 60_000 }
const read = { is: 'Read' }
const listed = (id: string) => ({ is: 'Listed', item: { id } })

describe('objects at rest', () => {
  it('are due together, within a period', () => {
    const [first, second] = rest('a', 'b')
    expect(first).toBe(second)
    expect(first).toBeLessThanOrEqual(period)
  })

  it('begin one listing with the first that asks, and nobody waits for it', async () => {
    await untilSlot('a', 'b', 'c')
    expect([ask('a'), ask('b')]).toEqual([later, later])
    expect(lists.begun).toHaveLength(1)
    lists.answer(shown('x', 'b', 'a', 'c'))
    await clock.advance(0)
    expect(woken).toEqual(['Widget data/a', 'Widget data/b'])
    expect([ask('a'), ask('b'), ask('c')]).toEqual([listed('a'), listed('b'), listed('c')])
    expect(lists.begun).toHaveLength(1)
  })

  it('are answered while the listing goes on', async () => {
    await untilSlot('a', 'b', 'c')
    ask('a')
    lists.answer(shown('a', 'x'))
    await clock.advance(0)
    expect([ask('a'), ask('b')]).toEqual([listed('a'), later])
    lists.answer(shown('b', 'c'))
    await clock.advance(0)
    expect([ask('b'), ask('c')]).toEqual([listed('b'), listed('c')])
  })

  it('that come before their slot are read', async () => {
    const [wait = 0] = rest('a', 'b', 'c')
    await clock.advance(wait - 1)
    expect(ask('a')).toEqual(read)
    expect(lists.begun).toEqual([])
  })

  it('are answered once: whoever does not come to rest again is read', async () => {
    await untilSlot('a', 'b')
    ask('a')
    lists.answer(shown('a', 'b'))
    await clock.advance(0)
    ask('a')
    expect(ask('a')).toEqual(read)
  })

  it('are never answered by what was listed before they came to rest', async () => {
    await untilSlot('a', 'b', 'c')
    ask('a')
    lists.answer(shown('a', 'b', 'c'))
    await clock.advance(0)
    // Somebody edits b in the middle of the slot; c is late.
    sweeps.leave('uid of b')
    const [wait = 0] = rest('b')
    expect(ask('c')).toEqual(listed('c'))
    rest('a', 'c')
    await clock.advance(wait)
    expect(ask('b')).toEqual(later)
    expect(lists.begun).toHaveLength(2)
  })

  it('are not answered by a listing of an earlier slot that still goes on, and wait for its end', async () => {
    await untilSlot('a', 'b', 'c')
    ask('a')
    lists.answer(shown('a', 'b'))
    await clock.advance(0)
    expect([ask('a'), ask('b')]).toEqual([listed('a'), listed('b')])
    await untilSlot('a', 'b')
    expect(ask('a')).toEqual(later)
    expect(lists.begun).toHaveLength(1)
    lists.answer(undefined)
    await clock.advance(0)
    expect(woken).toContain('Widget data/a')
    expect(ask('a')).toEqual(later)
    expect(lists.begun).toHaveLength(2)
  })

  it('are read when a listing is no cheaper', async () => {
    sweeps.counts.learn(source, 2)
    await untilSlot('a', 'b')
    expect([ask('a'), ask('b')]).toEqual([read, read])
    expect(lists.begun).toEqual([])
  })

  it('are read when they now stand for another remote object, or are reached as somebody else', async () => {
    await untilSlot('a', 'b', 'c')
    expect(sweeps.ask(widget('a', { id: '9' }), { session, sweep: lists })).toEqual(read)
    const other = widget('b', { source: sourceOf({ ...session, me: 'ana@example.com' }, 'widget') })
    expect(sweeps.ask(other, { session, sweep: lists })).toEqual(read)
  })

  it('are listed in the lane of whole listings', async () => {
    const { databricks, lanes } = aDoor()
    await untilSlot('a', 'b')
    ask('a', aSession(databricks))
    await lists.begun[0]?.session.databricks.call({ method: 'GET', path: '/', effect: 'read' })
    expect(lanes).toEqual(['sweep'])
  })
})

describe('what a listing does not show', () => {
  it('is read, and doubted only if all there is was listed', async () => {
    await untilSlot('a', 'b', 'c')
    ask('a')
    lists.answer(shown('a'))
    await clock.advance(0)
    lists.answer(undefined)
    await clock.advance(0)
    expect([ask('a'), ask('b')]).toEqual([listed('a'), { ...read, doubt: 'it was not listed' }])
  })

  it('is read when it fails, and what it showed before counts', async () => {
    await untilSlot('a', 'b', 'c')
    ask('b')
    lists.answer(shown('a'))
    await clock.advance(0)
    lists.fail(new Error('cut'))
    await sweeps.idle()
    expect(woken).toEqual(['Widget data/b'])
    expect([ask('a'), ask('b'), ask('c')]).toEqual([listed('a'), read, read])
    expect(lists.begun).toHaveLength(1)
  })

  it('is everything, when the host begins to answer as another workspace', async () => {
    const { databricks } = aDoor()
    const at = aSession({ ...databricks, workspaceId: () => '2' })
    await untilSlot('a', 'b')
    ask('a', at)
    lists.answer(shown('a', 'b'))
    await sweeps.idle()
    expect([ask('a', at), ask('b', at)]).toEqual([read, read])
  })

  it('is read alone after two doubts, until a day has passed', async () => {
    const doubted = widget('a')
    for (const _ of [1, 2]) {
      rest('a')
      sweeps.doubt(doubted, 'why')
    }
    expect(rest('a')).toEqual([period * 0.9])
    await clock.advance(24 * 3_600_000 - 1)
    expect(rest('a')).toEqual([period * 0.9])
    await clock.advance(1)
    expect(rest('a')).toEqual(rest('b'))
  })

  it('is forgiven when the next listing is right', () => {
    sweeps.doubt(widget('a'), 'why')
    sweeps.answered(widget('a'), 'Listing')
    sweeps.doubt(widget('a'), 'why')
    expect(rest('a')).toEqual(rest('b'))
  })

  it('is forgotten with the object', () => {
    for (const _ of [1, 2]) sweeps.doubt(widget('a'), 'why')
    sweeps.forget('uid of a')
    expect(rest('a')).toEqual(rest('b'))
  })
})

describe('each check', () => {
  it('is counted by what answered it', () => {
    for (const answer of ['Listing', 'Read', 'Doubt'] as const) sweeps.answered(widget('a'), answer)
    expect(counted).toEqual(['Widget Listing', 'Widget Read', 'Widget Doubt'])
  })
})

describe('the end of the program', () => {
  it('waits for the listings that are under way', async () => {
    await untilSlot('a', 'b')
    ask('a')
    let isIdle = false
    const idle = sweeps.idle().then(() => (isIdle = true))
    await clock.advance(0)
    expect(isIdle).toBe(false)
    stop.abort(new Error('the operator is stopping'))
    lists.fail(new Error('the operator is stopping'))
    await idle
  })
})
