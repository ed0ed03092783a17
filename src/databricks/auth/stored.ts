import type { Clock } from '../../clock.ts'

/** How a credential is kept. */
export interface Keeping {
  readonly clock: Clock
  /** Milliseconds for which a credential that was read is taken as current. */
  readonly maxAge: number
}

/** A read that is younger than this, in milliseconds, is the same as reading now. */
const sameMoment = 1_000

/**
 * A credential that lies somewhere, in a Secret or a file, where somebody may replace it at any time.
 *
 * The last one that could be read stays in memory: when a namespace is deleted its Secret goes first, and what
 * is left there still has to be deleted in Databricks.
 */
export class Stored {
  readonly #read: () => Promise<string>
  readonly #keeping: Keeping
  #value: string | undefined
  #readAt = Number.NEGATIVE_INFINITY
  #noticed: string | undefined
  #reading: Promise<string> | undefined

  constructor(read: () => Promise<string>, keeping: Keeping) {
    this.#read = read
    this.#keeping = keeping
  }

  /** Reads it now; rejects with what is wrong with it, whatever was read before. */
  async check(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    const value = await this.#reading
    this.#value = value
    this.#readAt = this.#now
  }

  /** Nobody has looked for a while. */
  get isOld(): boolean {
    return this.#now - this.#readAt >= this.#keeping.maxAge
  }

  /** Whether somebody has put another one there since the last one was taken; says so once. */
  noticeChange(): boolean {
    const isNew = this.#value !== this.#noticed
    this.#noticed = this.#value
    return isNew
  }

  /** Reads it now, and leaves the last one that worked when that fails; rejects when there is none. */
  async look(): Promise<void> {
    try {
      await this.check()
    } catch (error) {
      if (this.#value === undefined) throw error
      // It is looked for again after the same time, not with every call.
      this.#readAt = this.#now
    }
  }

  /** The credential as it is now, to be used. */
  async take(): Promise<string> {
    if (this.#value === undefined || this.#now - this.#readAt >= sameMoment) await this.look()
    this.#noticed = this.#value
    return this.#value ?? ''
  }

  /** What it led to was refused: read it again before it is used. */
  forget(): void {
    this.#readAt = Number.NEGATIVE_INFINITY
  }

  get #now(): number {
    return this.#keeping.clock.monotonic()
  }
}
