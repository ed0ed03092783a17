import { beforeEach, describe, expect, it } from 'vitest'
import { inLane } from '../../src/databricks/in-lane.ts'
import type { Identity, Listed, ManagedSpec, Session } from '../../src/kinds/kind.ts'
import { PageCounts } from '../../src/reconcile/page-counts.ts'
import { manifestOf, Search, Sightings } from '../../src/reconcile/search.ts'
import { sourceOf } from '../../src/reconcile/session.ts'
import { ManualClock } from '../manual-clock.ts'
import { aDoor } from './door.ts'
import { aSession, beginning, mark } from './fixtures.ts'

const session = aSession()
const manifest = manifestOf(mark.value)
const mine: Listed = { id: '7', name: 'one', mark: mark.value }

/** Listings that a test answers by hand. */
class Listings {
  readonly begun: PromiseWithResolvers<Listed[]>[] = []

  identity(noun = 'widget'): Identity<ManagedSpec> {
    return {
      noun,
      markedAs: 'jobs',
      nameOf: () => 'one',
      additions: () => Promise.resolve({}),
      list: () => this.#list(),
      create: () => Promise.reject(new Error('not here')),
      remove: () => Promise.reject(new Error('not here')),
    }
  }

  answer(listed: Listed[]): void {
    this.begun.at(-1)?.resolve(listed)
  }

  async *#list(): AsyncGenerator<Listed> {
    const listing = Promise.withResolvers<Listed[]>()
    this.begun.push(listing)
    yield* await listing.promise
  }
}

let clock: ManualClock
let search: Search
let listings: Listings

beforeEach(() => {
  clock = new ManualClock()
  search = new Search(clock)
  listings = new Listings()
})

const find = (since: number, { identity = listings.identity(), what = manifest, at = session } = {}) =>
  search.find({ session: at, identity }, { manifest: what, since, markKey: mark.key, name: 'one' })

describe('the search', () => {
  it('finds what carries the mark of the manifest, whichever installation made it', async () => {
    const elsewhere: Listed = { ...mine, id: '8', mark: `00000000-${manifest}` }
    const other: Listed = { ...mine, id: '9', mark: `${mark.value.slice(0, 9)}${'0'.repeat(24)}` }
    const found = find(0)
    listings.answer([{ id: '1', name: 'one' }, mine, other, elsewhere])
    expect(await found).toEqual([mine, elsewhere])
  })

  it('finds by name and creator only where there are no marks', async () => {
    const ours: Listed = { id: '1', name: 'one', creator: session.me }
    const all = [mine, ours, { ...ours, id: '2', name: 'two' }, { ...ours, id: '3', creator: 'eve' }]
    const identity = listings.identity()
    const wanted = { manifest, since: 0, name: 'one' }
    const unmarked = search.find({ session, identity }, { ...wanted, markKey: undefined })
    listings.answer(all)
    expect(await unmarked).toEqual([mine, ours])
    const marked = search.find({ session, identity }, { ...wanted, markKey: mark.key })
    listings.answer(all)
    expect(await marked).toEqual([mine])
  })

  it('takes no listing for another whose marks stand under another key', async () => {
    const identity = listings.identity()
    const wanted = { manifest, since: 0, name: 'one' }
    void search.find({ session, identity }, { ...wanted, markKey: 'made-by' })
    void search.find({ session, identity }, { ...wanted, markKey: mark.key })
    expect(listings.begun).toHaveLength(2)
  })

  it('lists in a lane of its own, whoever asks', async () => {
    const { databricks, lanes } = aDoor()
    const at = aSession(inLane(databricks, 'edit'))
    const list = async function* ({ databricks }: Session): AsyncGenerator<Listed> {
      await databricks.call({ method: 'GET', path: '/list', effect: 'read' })
      yield mine
    }
    expect(await find(0, { at, identity: { ...listings.identity(), list } })).toEqual([mine])
    expect(lanes).toEqual(['sweep'])
  })

  it('begins at once for the first, and then keeps listings apart so that many share the next', async () => {
    search = new Search(clock, 500)
    const first = find(0)
    expect(listings.begun).toHaveLength(1)
    listings.answer([mine])
    expect(await first).toEqual([mine])
    await clock.advance(1)
    const [second, third] = [find(1), find(Number.POSITIVE_INFINITY)]
    await clock.advance(498)
    expect(listings.begun).toHaveLength(1)
    await clock.advance(1)
    expect(listings.begun).toHaveLength(2)
    listings.answer([])
    expect(await Promise.all([second, third])).toEqual([[], []])
  })

  it('says that there is nothing only after the whole listing', async () => {
    const found = find(0)
    let isSaid = false
    void found.then(() => (isSaid = true))
    await clock.advance(1_000)
    expect(isSaid).toBe(false)
    listings.answer([])
    expect(await found).toEqual([])
  })

  it('takes one listing for everybody who was seen before it began', async () => {
    await clock.advance(100)
    const all = [0, 50, 100].map((since) => find(since))
    listings.answer([mine])
    expect(await Promise.all(all)).toEqual([[mine], [mine], [mine]])
    await clock.advance(60_000)
    expect(await find(100, { what: 'another manifest' })).toEqual([])
    expect(listings.begun).toHaveLength(1)
  })

  it('takes another listing for whom it saw only after the last one began', async () => {
    const first = find(0)
    await clock.advance(10)
    const second = find(10)
    expect(listings.begun).toHaveLength(2)
    listings.answer([mine])
    listings.begun[0]?.resolve([])
    expect(await first).toEqual([])
    expect(await second).toEqual([mine])
  })

  it('takes a new listing each time for whom nothing that began earlier proves anything', async () => {
    for (const count of [1, 2, 3]) {
      const found = find(Number.POSITIVE_INFINITY)
      expect(listings.begun).toHaveLength(count)
      listings.answer([])
      await found
    }
  })

  it('keeps workspaces and kinds apart', async () => {
    const all = [
      find(0),
      find(0, { at: { ...session, workspaceId: '2' } }),
      find(0, { identity: listings.identity('gadget') }),
    ]
    expect(listings.begun).toHaveLength(3)
    for (const [index, one] of listings.begun.entries()) one.resolve(index === 0 ? [mine] : [])
    expect(await Promise.all(all)).toEqual([[mine], [], []])
  })

  it('does not take what another identity of the workspace may see for all there is', async () => {
    const mineOnly = find(0)
    const theirs = find(0, { at: { ...session, me: 'ana@example.com' } })
    expect(listings.begun).toHaveLength(2)
    listings.begun[0]?.resolve([mine])
    listings.begun[1]?.resolve([])
    expect(await Promise.all([mineOnly, theirs])).toEqual([[mine], []])
  })

  it('tells how long the list is', async () => {
    const counts = new PageCounts(clock)
    search = new Search(clock, 0, counts)
    const found = find(0)
    listings.answer(Array.from({ length: 250 }, (_, index) => ({ id: String(index), name: 'other' })))
    await found
    expect(counts.get(sourceOf(session, 'widget'))).toBe(3)
  })

  it('fails for those who waited for a listing that failed, and for nobody after', async () => {
    const [one, two] = [find(0), find(0)]
    listings.begun[0]?.reject(new Error('cut'))
    await expect(one).rejects.toThrow('cut')
    await expect(two).rejects.toThrow('cut')
    const again = find(0)
    listings.answer([mine])
    expect(await again).toEqual([mine])
  })

  it('does not let an old failure take a newer listing away', async () => {
    const old = find(0)
    await clock.advance(10)
    const newer = find(10)
    listings.answer([mine])
    listings.begun[0]?.reject(new Error('cut'))
    await expect(old).rejects.toThrow('cut')
    expect(await newer).toEqual([mine])
    expect(await find(10)).toEqual([mine])
    expect(listings.begun).toHaveLength(2)
  })

  it('does not poison those who come after a gathered listing that failed either', async () => {
    search = new Search(clock, 500)
    const failed = find(0).catch((error: unknown) => error)
    await clock.advance(500)
    listings.begun[0]?.reject(new Error('cut'))
    expect(await failed).toEqual(new Error('cut'))
    const again = find(0)
    await clock.advance(500)
    listings.answer([mine])
    expect(await again).toEqual([mine])
  })

  it('still tells two from one when a thousand carry one mark, and keeps few of them', async () => {
    const found = find(0)
    listings.answer(Array.from({ length: 1_000 }, (_, index) => ({ ...mine, id: String(index) })))
    expect((await found).length).toBe(10)
  })
})

describe('what this process remembers of an object', () => {
  const attempt = { at: beginning, name: 'one', mark: mark.value }

  it('is when it first saw it, whatever the machine’s clock says later', async () => {
    const sightings = new Sightings(clock)
    await clock.advance(5)
    expect(sightings.firstSeen('a')).toBe(5)
    clock.jump(3_600_000)
    await clock.advance(10)
    expect(sightings.firstSeen('a')).toBe(5)
    expect(sightings.firstSeen('b')).toBe(15)
  })

  it('is when it last searched for it, so that the next search sees what people mended', async () => {
    const sightings = new Sightings(clock)
    sightings.firstSeen('a')
    sightings.firstSeen('b')
    await clock.advance(10)
    sightings.searched('a')
    await clock.advance(10)
    expect([sightings.firstSeen('a'), sightings.firstSeen('b')]).toEqual([10, 0])
  })

  it('counts an attempt from when it first read it, however old its instant is', async () => {
    const sightings = new Sightings(clock)
    clock.jump(24 * 3_600_000)
    expect(sightings.attemptAge('a', attempt)).toBe(0)
    clock.jump(24 * 3_600_000)
    await clock.advance(40)
    expect(sightings.attemptAge('a', attempt)).toBe(40)
    clock.jump(-48 * 3_600_000)
    await clock.advance(2)
    expect(sightings.attemptAge('a', attempt)).toBe(42)
  })

  it('starts again with another attempt, and with another object', async () => {
    const sightings = new Sightings(clock)
    sightings.attemptAge('a', attempt)
    await clock.advance(40)
    expect(sightings.attemptAge('b', attempt)).toBe(0)
    expect(sightings.attemptAge('a', { ...attempt, mark: 'another' })).toBe(0)
    expect(sightings.attemptAge('a', { ...attempt, at: '2026-01-01T00:00:40Z' })).toBe(0)
    await clock.advance(1)
    expect(sightings.attemptAge('a', { ...attempt, at: '2026-01-01T00:00:40Z' })).toBe(1)
  })

  it('is forgotten with the object', async () => {
    const sightings = new Sightings(clock)
    sightings.firstSeen('a')
    sightings.attemptAge('a', attempt)
    await clock.advance(40)
    sightings.forget('a')
    expect(sightings.firstSeen('a')).toBe(40)
    expect(sightings.attemptAge('a', attempt)).toBe(0)
  })
})
