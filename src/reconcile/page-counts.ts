import type { Clock } from '../clock.ts'

/** Databricks gives no more items on one page, and we ask for no fewer. */
const itemsPerPage = 100

/** Milliseconds after which a count is forgotten: workspaces are tidied up, too. */
const forgottenAfter = 24 * 3_600_000

/** How many pages the listings of this process took, by what they list. Losing it costs one listing that is given up. */
export class PageCounts {
  readonly #clock: Clock
  readonly #known = new Map<string, { pages: number; at: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Undefined when no listing has told lately. */
  get(source: string): number | undefined {
    const known = this.#known.get(source)
    return known === undefined || this.#clock.monotonic() - known.at >= forgottenAfter
      ? undefined
      : known.pages
  }

  /** A listing was read as far as it was needed. */
  learn(source: string, pages: number): void {
    this.#known.set(source, { pages, at: this.#clock.monotonic() })
  }

  /** A complete listing had so many items, so no more pages than that are ever needed. */
  learnAtMost(source: string, items: number): void {
    const pages = Math.max(1, Math.ceil(items / itemsPerPage))
    if (pages < (this.get(source) ?? Number.POSITIVE_INFINITY)) this.learn(source, pages)
  }

  /** A listing went on after so many pages. Twice as many is taken for true, so that the next try is not one page longer. */
  gaveUp(source: string, pages: number): void {
    this.learn(source, pages * 2)
  }
}
