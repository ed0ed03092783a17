import type { KubeObject } from './object.ts'

/** What is told. */
export interface Happening {
  type: 'Normal' | 'Warning'
  /** Why, as one word: `Created`, `DriftFound`. */
  reason: string
  /** What happened, as a sentence. */
  note: string
  /** What was done or tried, as one word. */
  action: string
}

/** One thing that was told about one object, and how often it happened. */
export interface Told {
  readonly what: string
  readonly namespace: string
  /** Of the event. */
  readonly name: string
  /** The event as long as it has not been sent. */
  unsent: object | undefined
  count: number
  /** When it happened last, as the clock on the wall said. */
  lastAt: number
  /** The same, monotonic. */
  heardAt: number
  /** When the count was last sent, monotonic. */
  patchedAt: number | undefined
}

/** What is the same thing told about the same object. */
export const whatOf = ({ metadata }: KubeObject, { reason, note }: Happening): string =>
  `${metadata.uid}\n${reason}\n${note}`

/** So long may pass between two of one series; what comes later is told anew. Milliseconds. */
const quietFor = 600_000
/** So many things are remembered; the one that has been quiet longest is forgotten first. */
const longestMemory = 4_096

/** What was told lately. */
export class Memory {
  /** The one that has been quiet longest first. */
  readonly #told = new Map<string, Told>()

  /** The same thing, if it was told not long ago; it has then happened once more. */
  again(what: string, at: { now: number; monotonic: number }): Told | undefined {
    for (const [old, { heardAt }] of this.#told) {
      if (at.monotonic - heardAt < quietFor) break
      this.#told.delete(old)
    }
    const told = this.#told.get(what)
    if (told === undefined) return undefined
    told.count += 1
    told.lastAt = at.now
    told.heardAt = at.monotonic
    this.keep(told)
    return told
  }

  keep(told: Told): void {
    this.#told.delete(told.what)
    for (const [old] of this.#told) {
      if (this.#told.size < longestMemory) break
      this.#told.delete(old)
    }
    this.#told.set(told.what, told)
  }

  delete(told: Told): void {
    if (this.#told.get(told.what) === told) this.#told.delete(told.what)
  }
}
