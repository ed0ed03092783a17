import type { JsonObject } from '../databricks/json.ts'
import type { Shown } from '../kinds/kind.ts'

/** How a listing ended. `GivenUp`: what it has not shown may be there all the same. */
export type End = 'Complete' | 'GivenUp'

/**
 * One listing, for the objects that are due when it begins. An item is kept until its object was answered, and
 * nothing is kept of whatever else is listed: that may be fifty thousand things.
 */
export class Listing {
  /** When it began, on the monotonic clock. */
  readonly began: number
  readonly #missing: Set<string>
  readonly #items = new Map<string, JsonObject>()
  readonly #waiting = new Map<string, { id: string; wake: () => void }>()
  #end: End | undefined

  constructor(began: number, due: ReadonlySet<string>) {
    this.began = began
    this.#missing = new Set(due)
  }

  /** One that nobody reads, because reading each object is cheaper. */
  static none(began: number): Listing {
    const listing = new Listing(began, new Set())
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
        if (inVain < this.#missing.size) continue
        end = 'GivenUp'
        break
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

  #finish(end: End): void {
    this.#end ??= end
    for (const { wake } of this.#waiting.values()) wake()
    this.#waiting.clear()
  }
}
