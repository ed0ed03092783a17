import type { Clock } from '../clock.ts'
import { inLane } from '../databricks/in-lane.ts'
import type { JsonObject } from '../databricks/json.ts'
import type { ManagedSpec, Session, Shown, Sweep } from '../kinds/kind.ts'
import type { Log } from '../telemetry/log.ts'
import { outcomeOfFailure } from './failure.ts'
import { Listing } from './listing.ts'
import { PageCounts } from './page-counts.ts'
import { RestingObjects, type Resting } from './resting.ts'
import { isElsewhere } from './session.ts'
import { isListCheaper } from './slots.ts'

/** What a listing says about an object whose check is due. */
export type Asked =
  /** No listing answers: read it. `doubt` tells why one should have. */
  | { is: 'Read'; doubt?: string }
  /** A listing is under way. It wakes the object, which may ask again after so many milliseconds in any case. */
  | { is: 'Later'; after: number }
  | { is: 'Listed'; item: JsonObject }

/** What answered a check: a listing, a read, or a read that a listing gave reason to. */
export type Answer = 'Listing' | 'Read' | 'Doubt'

/** Who lists, and how. */
export interface Lister {
  session: Session
  sweep: Sweep<ManagedSpec>
}

/** How soon an object asks again that waits for a listing, in milliseconds: only a net below the waking. */
const untilWoken = 60_000

/**
 * Checks by listing: in each slot one listing stands in for a read of every object that is due, if it has fewer
 * pages than there are objects.
 *
 * - It answers only for objects that this process looked at and left at rest, and only with what was listed after
 *   that and in the object's slot. Whoever comes earlier or for another reason is read.
 * - No worker waits for a listing: an object that comes before its item did is woken.
 * - A listing that fails or is given up is no check that anybody missed: whom it did not show is read.
 * - All of it may be forgotten at any time, as at a restart: then each object is read once.
 */
export class Sweeps {
  readonly counts: PageCounts
  readonly #clock: Clock
  readonly #log: Log
  readonly #signal: AbortSignal
  readonly #wake: (kind: string, key: string) => void
  readonly #count: (kind: string, answer: Answer) => void
  readonly #resting: RestingObjects
  /** The last listing of each source. */
  readonly #listings = new Map<string, Listing>()
  readonly #running = new Set<Promise<void>>()

  constructor(options: {
    clock: Clock
    random: () => number
    log: Log
    /** Falls when the program ends: what is thrown then is no bug. */
    signal: AbortSignal
    /** Asks for an object to be looked at. */
    wake: (kind: string, key: string) => void
    /** Hears of every check. */
    count: (kind: string, answer: Answer) => void
  }) {
    this.counts = new PageCounts(options.clock)
    this.#clock = options.clock
    this.#log = options.log
    this.#signal = options.signal
    this.#wake = options.wake
    this.#count = options.count
    this.#resting = new RestingObjects(options.clock, options.random)
  }

  /** An object was left at rest; returns how many milliseconds until it is looked at again. */
  rest(object: Resting, period: number): number {
    return this.#resting.enter(object, period)
  }

  /** An object is looked at without asking here. */
  leave(uid: string): void {
    this.#resting.leave(uid)
  }

  /** What the listing of an object's slot says about it. Unless that comes later, the object is at rest no more. */
  ask(object: Resting, lister: Lister): Asked {
    const slot = this.#resting.slotOf(object)
    const asked: Asked = slot === undefined ? { is: 'Read' } : this.#answer(object, slot, lister)
    if (asked.is !== 'Later') this.leave(object.uid)
    return asked
  }

  /** A listing did not show an object as the read did that followed and found nothing new. */
  doubt({ kind, key, uid }: Resting, why: string): void {
    const isOnlyRead = this.#resting.doubt(uid)
    this.#log.debug({ kind, key, why, isOnlyRead }, 'a listing does not show what a read does')
  }

  /** A check is about to be answered. */
  answered({ kind, uid }: Resting, answer: Answer): void {
    if (answer === 'Listing') this.#resting.trust(uid)
    this.#count(kind, answer)
  }

  /** The object does not exist any more. */
  forget(uid: string): void {
    this.#resting.forget(uid)
  }

  /** Resolves when no listing is under way. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  #answer(object: Resting, slot: number, lister: Lister): Asked {
    const { source, id } = object
    const last = this.#listings.get(source)
    // An older one that still goes on is waited for: two at a time would cost more than they save.
    const listing =
      last !== undefined && (last.isOpen || last.began >= slot) ? last : this.#begin(source, lister)
    if (listing.began >= slot) {
      const item = listing.take(id)
      if (item !== undefined) return { is: 'Listed', item }
      if (listing.lacks(id)) return { is: 'Read', doubt: 'it was not listed' }
      if (!listing.isOpen) return { is: 'Read' }
    }
    listing.wakes(object.uid, id, () => this.#wake(object.kind, object.key))
    return { is: 'Later', after: untilWoken }
  }

  #begin(source: string, lister: Lister): Listing {
    const due = this.#resting.due(source)
    const isWorthIt = isListCheaper(due.size, this.counts.get(source))
    const means = { clock: this.#clock, signal: this.#signal }
    const listing = isWorthIt ? new Listing(means, due) : Listing.none(means)
    this.#listings.set(source, listing)
    if (isWorthIt) {
      const run = this.#run(listing, source, lister).finally(() => this.#running.delete(run))
      this.#running.add(run)
    }
    return listing
  }

  async #run(listing: Listing, source: string, { session, sweep }: Lister): Promise<void> {
    const began = this.#clock.monotonic()
    try {
      const { end, pages, shown } = await listing.read(pagesOf(sweep, session))
      if (shown > pages || end === 'Complete') this.counts.learn(source, pages)
      else this.counts.gaveUp(source, pages)
      const milliseconds = Math.round(this.#clock.monotonic() - began)
      this.#log.debug({ source, end, pages, shown, milliseconds }, 'listed')
    } catch (error) {
      if (this.#signal.aborted) return
      const isBug = !(error instanceof ElsewhereError) && outcomeOfFailure(error) === undefined
      this.#log[isBug ? 'error' : 'debug'](
        { source, err: error },
        'listing failed; whom it did not show is read',
      )
    }
  }
}

/** The host answered as another workspace in the middle of a listing: the reads that follow will say so. */
class ElsewhereError extends Error {
  override readonly name = 'ElsewhereError'
}

async function* pagesOf(sweep: Sweep<ManagedSpec>, session: Session): AsyncGenerator<readonly Shown[]> {
  const bulk = { ...session, databricks: inLane(session.databricks, 'sweep') }
  for await (const page of sweep.pages(bulk)) {
    if (isElsewhere(session)) throw new ElsewhereError('the host answers as another workspace')
    yield page
  }
}
