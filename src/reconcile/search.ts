import type { Clock } from '../clock.ts'
import { inLane } from '../databricks/in-lane.ts'
import type { Identity, Listed, ManagedSpec, Session } from '../kinds/kind.ts'
import type { Attempt } from '../kinds/status.ts'
import type { Mark } from './mark.ts'
import { PageCounts } from './page-counts.ts'
import { sourceOf } from './session.ts'

/** A mark names one manifest, so more finds than this are never needed to say "more than one". */
const manyFinds = 10

/** A complete listing, taken once and shared. */
interface Listing {
  /** When it began; undefined while it waits for its turn. */
  startedAt: number | undefined
  found: Promise<Findings>
}

/** What a complete listing had that may be ours. */
interface Findings {
  /** By the second half of the mark: the manifest's. */
  marked: Map<string, Listed[]>
  /** Where there is no mark: what we made ourselves, by name. */
  unmarked: Map<string, Listed[]>
}

/** What somebody looks for. */
export interface Wanted {
  /** The manifest's half of its mark. */
  manifest: string
  /** The moment (monotonic) after which the listing must have begun. */
  since: number
  /** The tag that holds marks; undefined where the workspace wants none. */
  markKey: Mark['key']
  /** The name of what is looked for, which counts only where there is no mark. */
  name: string
}

/**
 * The search for what an object without a recorded id may have on the other side already.
 *
 * - "Not there" is only ever said after one complete listing that began after this process first saw the object:
 *   whatever an earlier life of the manifest left behind was there by then.
 * - One listing serves every object that was seen before it began, and they begin `pace` milliseconds apart:
 *   kubectl applies manifests one by one, and without this each would start its own.
 */
export class Search {
  readonly #clock: Clock
  readonly #pace: number
  readonly #counts: PageCounts
  readonly #listings = new Map<string, Listing>()
  readonly #begun = new Map<string, number>()

  /** `counts` are told how long each listing was. */
  constructor(clock: Clock, pace = 0, counts = new PageCounts(clock)) {
    this.#clock = clock
    this.#pace = pace
    this.#counts = counts
  }

  /**
   * Everything that carries the mark of the manifest, whichever installation made it; where there are no marks,
   * also everything that we made under the name.
   */
  async find<Spec extends ManagedSpec>(
    { session, identity }: { session: Session; identity: Identity<Spec> },
    { manifest, since, markKey, name }: Wanted,
  ): Promise<Listed[]> {
    const source = sourceOf(session, identity.noun)
    const key = `${source} ${markKey ?? ''}`
    const bulk = { ...session, databricks: inLane(session.databricks, 'sweep') }
    const maker = markKey === undefined ? session.me : undefined
    const list = () => this.#collect(source, identity.list(bulk, markKey), maker)
    let listing = this.#listings.get(key)
    if (listing === undefined || (listing.startedAt !== undefined && listing.startedAt < since)) {
      listing = this.#begin(key, list)
      this.#listings.set(key, listing)
    }
    try {
      const { marked, unmarked } = await listing.found
      return [...(marked.get(manifest) ?? []), ...(unmarked.get(name) ?? [])]
    } catch (error) {
      // A listing that failed says nothing about anybody: the next object starts a new one.
      if (this.#listings.get(key) === listing) this.#listings.delete(key)
      throw error
    }
  }

  /** A listing that begins now, or as soon as the last one is `pace` ago; until then everybody may join. */
  #begin(key: string, list: () => Listing['found']): Listing {
    const now = this.#clock.monotonic()
    const turn = (this.#begun.get(key) ?? Number.NEGATIVE_INFINITY) + this.#pace
    const start = () => {
      const startedAt = this.#clock.monotonic()
      this.#begun.set(key, startedAt)
      return startedAt
    }
    if (turn <= now) return { startedAt: start(), found: list() }
    const none: Findings = { marked: new Map(), unmarked: new Map() }
    const listing: Listing = { startedAt: undefined, found: Promise.resolve(none) }
    listing.found = this.#clock.sleep(turn - now).then(() => {
      listing.startedAt = start()
      return list()
    })
    return listing
  }

  /** `maker`: what he made and carries no mark counts too. */
  async #collect(
    source: string,
    listed: AsyncIterable<Listed>,
    maker: string | undefined,
  ): Promise<Findings> {
    const found: Findings = { marked: new Map(), unmarked: new Map() }
    let items = 0
    for await (const one of listed) {
      items += 1
      if (one.mark !== undefined) keep(found.marked, manifestOf(one.mark), one)
      else if (maker !== undefined && one.creator === maker) keep(found.unmarked, one.name, one)
    }
    this.#counts.learnAtMost(source, items)
    return found
  }
}

function keep(found: Map<string, Listed[]>, key: string, one: Listed): void {
  const before = found.get(key) ?? []
  if (before.length < manyFinds) found.set(key, [...before, one])
}

/** The half of a mark that names the manifest. */
export const manifestOf = (mark: string): string => mark.slice(9)

/** What this process remembers of an object it has seen, by uid; on the monotonic clock. */
export class Sightings {
  readonly #clock: Clock
  readonly #seen = new Map<string, number>()
  readonly #attempts = new Map<string, { attempt: Attempt; read: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** When this process first saw the object, or last searched for what it has. */
  firstSeen(uid: string): number {
    const before = this.#seen.get(uid)
    if (before !== undefined) return before
    const now = this.#clock.monotonic()
    this.#seen.set(uid, now)
    return now
  }

  /** A search was judged: the next one for this object wants a listing of its own, to see what people mended. */
  searched(uid: string): void {
    this.#seen.set(uid, this.#clock.monotonic())
  }

  /**
   * How long this process has known of this attempt. Counted here and not from the attempt's own instant,
   * because a clock set forward while we were away would make an unanswered call look long settled.
   */
  attemptAge(uid: string, attempt: Attempt): number {
    const now = this.#clock.monotonic()
    const before = this.#attempts.get(uid)
    if (before?.attempt.at === attempt.at && before.attempt.mark === attempt.mark) return now - before.read
    this.#attempts.set(uid, { attempt, read: now })
    return 0
  }

  forget(uid: string): void {
    this.#seen.delete(uid)
    this.#attempts.delete(uid)
  }
}
