import { describe, expect, it } from 'vitest'
import type { Shown } from '../../src/kinds/kind.ts'
import { Listing } from '../../src/reconcile/listing.ts'
import { ManualClock } from '../manual-clock.ts'

const shown = (id: string): Shown => ({ id, item: { name: `item ${id}` } })
const page = (...ids: string[]): Shown[] => ids.map(shown)

/** Pages that are counted as they are taken; `fails` is thrown after the last. */
function source(pages: Shown[][], fails?: Error) {
  const taken = { count: 0 }
  const all = async function* () {
    for (const one of pages) {
      taken.count += 1
      yield await Promise.resolve(one)
    }
    if (fails !== undefined) throw fails
  }
  return { taken, pages: all() }
}

const strangers = (pages: number): Shown[][] =>
  Array.from({ length: pages }, (_, index) => page(`x${index}`, `y${index}`))

/** As many as a page of jobs has. */
const ids = (prefix: string) => Array.from({ length: 100 }, (_, index) => `${prefix}${index}`)

const means = (clock = new ManualClock()) => ({ clock, signal: new AbortController().signal })
const due = (...ids: string[]) => new Listing(means(), new Set(ids))

/** A listing of three pages, everything in which is due. */
const begun = () => {
  const clock = new ManualClock()
  const end = new AbortController()
  const all = [...ids('a'), ...ids('b'), ...ids('c')]
  const listing = new Listing({ clock, signal: end.signal }, new Set(all))
  return { clock, end, listing, ...source([page(...ids('a')), page(...ids('b')), page(...ids('c'))]) }
}

describe('a listing', () => {
  it('keeps what is due, once, and nothing else', async () => {
    const listing = due('a', 'b')
    await listing.read(source([page('x', 'a'), page('b', 'y')]).pages)
    expect(listing.take('a')).toEqual({ name: 'item a' })
    expect(listing.take('a')).toBeUndefined()
    expect(listing.take('x')).toBeUndefined()
    expect(listing.take('b')).toEqual({ name: 'item b' })
  })

  it('ends as soon as it has shown all that is due', async () => {
    const { taken, pages } = source([page('a'), page('b'), ...strangers(90)])
    expect(await due('a', 'b').read(pages)).toEqual({ end: 'Complete', pages: 2, shown: 2 })
    expect(taken.count).toBe(2)
  })

  it.each([
    { size: 3, some: 0, read: 3 },
    { size: 50, some: 0, read: 50 },
    // One that is gone costs one page, not all that are left.
    { size: 3, some: 2, read: 3 },
    { size: 50, some: 49, read: 50 },
  ])('of $some that show one of $size each is given up after $read pages', async ({ size, some, read }) => {
    const ids = Array.from({ length: size }, (_, index) => String(index))
    const { taken, pages } = source([...ids.slice(0, some).map((id) => page(id)), ...strangers(90)])
    const listing = due(...ids)
    expect(await listing.read(pages)).toEqual({ end: 'GivenUp', pages: read, shown: some })
    expect(taken.count).toBe(read)
    expect(ids.filter((id) => listing.lacks(id))).toEqual([])
    expect(ids.filter((id) => listing.take(id) !== undefined)).toHaveLength(some)
  })

  it('goes on as long as each page shows something', async () => {
    const pages = [...strangers(1), page('a'), ...strangers(1), page('b'), page('c')]
    expect(await due('a', 'b', 'c').read(source(pages).pages)).toMatchObject({ end: 'Complete', shown: 3 })
  })

  it('says that something was not listed only when it came to its end', async () => {
    const listing = due('a', 'b')
    expect(listing.lacks('b')).toBe(false)
    await listing.read(source([page('a', 'x')]).pages)
    expect([listing.lacks('a'), listing.lacks('b'), listing.lacks('x')]).toEqual([false, true, false])
  })

  it('keeps what it showed before it failed', async () => {
    const cut = new Error('cut')
    const listing = due('a', 'b')
    await expect(listing.read(source([page('a')], cut).pages)).rejects.toBe(cut)
    expect(listing.isOpen).toBe(false)
    expect(listing.take('a')).toEqual({ name: 'item a' })
    expect(listing.lacks('b')).toBe(false)
  })

  it('wakes each object when its item is there, and the others when it ends', async () => {
    const woken: string[] = []
    const listing = due('a', 'b', 'c')
    for (const id of ['a', 'b', 'c']) listing.wakes(`uid ${id}`, id, () => woken.push(id))
    const first = Promise.withResolvers<void>()
    const second = Promise.withResolvers<void>()
    const reading = listing.read(
      (async function* () {
        await first.promise
        yield page('b')
        await second.promise
        yield page('a')
      })(),
    )
    expect(woken).toEqual([])
    first.resolve()
    await expect.poll(() => woken).toEqual(['b'])
    second.resolve()
    await reading
    expect(woken).toEqual(['b', 'a', 'c'])
    expect(listing.isOpen).toBe(false)
  })

  describe('whose pages show many', () => {
    it('asks for the next one once most of what the last one shows was taken', async () => {
      const { clock, listing, taken, pages } = begun()
      const reading = listing.read(pages)
      await clock.advance(0)
      for (const id of ids('a').slice(0, 49)) listing.take(id)
      await clock.advance(4_999)
      expect(taken.count).toBe(1)
      listing.take('a49')
      await clock.advance(0)
      expect(taken.count).toBe(2)
      for (const id of ids('b')) listing.take(id)
      expect(await reading).toMatchObject({ end: 'Complete', shown: 300 })
    })

    it('does not wait for long for those who do not come, and once', async () => {
      const { clock, listing, taken, pages } = begun()
      const reading = listing.read(pages)
      await clock.advance(5_000)
      expect(taken.count).toBe(2)
      for (const id of ids('b').slice(50)) listing.take(id)
      expect(await reading).toMatchObject({ end: 'Complete', shown: 300 })
    })

    it('ends with the program', async () => {
      const { clock, end, listing, pages } = begun()
      const reading = expect(listing.read(pages)).rejects.toThrow()
      await clock.advance(0)
      end.abort()
      await reading
      expect(listing.isOpen).toBe(false)
    })
  })

  it('that nobody reads has ended and shows nothing', () => {
    const none = Listing.none(means())
    expect(none).toMatchObject({ began: 0, isOpen: false })
    expect([none.take('a'), none.lacks('a')]).toEqual([undefined, false])
  })
})
