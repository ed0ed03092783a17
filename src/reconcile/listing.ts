import type { Clock } from '../clock.ts'
import type { JsonObject } from '../databricks/json.ts'
import type { Shown } from '../kinds/kind.ts'

/** How a listing ended. `GivenUp`: what it has not shown may be there all the same. */
export type End = 'Complete' | 'GivenUp'

/** So many items may wait for their objects when another page is asked for. */
const mostHeld = 50
/** Milliseconds that the objects are waited for: some may be gone. */
const longestWait = 5_000

interface Means {
  readonly clock: Clock
  /** Falls when the program ends. */
  readonly signal: AbortSignal
}

/**
 * One listing, for the objects that are due when it begins. An item is kept until its object was answered, and
 * nothing is kept of whatever else is listed: that may be fifty thousand things. Of what is due little is kept at a
 * time: another page is asked for once most of what the last has shown was taken.
 */
export class Listing {
  /** When it began, on the monotonic clock. */
  readonly began: number
  readonly #missing: Set<string>
  readonly #items = new Map<string, JsonObject>()
  readonly #waiting = new Map<string, { id: string; wake: () => void }>()
  readonly #clock: Clock
  readonly #signal: AbortSignal
  /** So many items nobody has come for in time. */
  #left = 0
  #taken: (() => void) | undefined
  #end: End | undefined

  constructor({ clock, signal }: Means, due: ReadonlySet<string>) {
    this.#clock = clock
    this.#signal = signal
    this.began = clock.monotonic()
    this.#missing = new Set(due)
  }

  /** One that nobody reads, because reading each object is cheaper. */
  static none(means: Means): Listing {
    const listing = new Listing(means, new Set())
    listing.#finish('GivenUp')
    return listing
  }

  get isOpen(): boolean {
    return this.#end === undefined
  }

  /** The item of an object, once. */
  take(id: string): JsonObject | undefined {
    const item = this.#items.get(id)
    this.#items.delete(id)
    if (!this.#isFull) this.#taken?.()
    return item
  }

  /** The object was due, and all there is was listed without it. */
  lacks(id: string): boolean {
    return this.#end === 'Complete' && this.#missing.has(id)
  }

  /** Wakes an object when its item is there, or when there is nothing more to wait for. */
  wakes(uid: string, id: string, wake: () => void): void {
    this.#waiting.set(uid, { id, wake })
  }

  /**
   * Reads pages until every object that is due was shown, or until as many in a row showed none of them as there
   * are reads to be saved by going on. Throws what a page throws; what was shown until then counts.
   */
  async read(pages: AsyncIterable<readonly Shown[]>): Promise<{ end: End; pages: number; shown: number }> {
    const due = this.#missing.size
    let count = 0
    let inVain = 0
    let end: End = 'Complete'
    try {
      for await (const page of pages) {
        count += 1
        inVain = this.#add(page) ? 0 : inVain + 1
        if (this.#missing.size === 0) break
        if (inVain >= this.#missing.size) {
          end = 'GivenUp'
          break
        }
        await this.#room()
      }
      this.#finish(end)
    } finally {
      this.#finish('GivenUp')
    }
    return { end, pages: count, shown: due - this.#missing.size }
  }

  /** Whether the page showed anything that is due. */
  #add(page: readonly Shown[]): boolean {
    const before = this.#missing.size
    for (const { id, item } of page) if (this.#missing.delete(id)) this.#items.set(id, item)
    for (const [uid, { id, wake }] of this.#waiting) {
      if (!this.#items.has(id)) continue
      this.#waiting.delete(uid)
      wake()
    }
    return this.#missing.size < before
  }

  get #isFull(): boolean {
    return this.#items.size > this.#left + mostHeld
  }

  /** Resolves once most items were taken, or soon: then nobody waits for the others any more. Rejects with the signal. */
  async #room(): Promise<void> {
    if (!this.#isFull) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#taken = resolve
    const over = new AbortController()
    const overdue = this.#clock.sleep(longestWait, AbortSignal.any([this.#signal, over.signal]))
    try {
      await Promise.race([promise, overdue])
    } finally {
      over.abort()
    }
    if (this.#isFull) this.#left = this.#items.size
  }

  #finish(end: End): void {
    this.#end ??= end
    for (const { wake } of this.#waiting.values()) wake()
    this.#waiting.clear()
  }
}
