/** What arrives from outside, to be awaited in order. */
export class Inbox<T> {
  readonly #items: T[] = []
  readonly #readers: ((item: T) => void)[] = []

  readonly put = (item: T): void => {
    const reader = this.#readers.shift()
    if (reader === undefined) this.#items.push(item)
    else reader(item)
  }

  /** The oldest item nobody has taken yet; waits for one. */
  next(): Promise<T> {
    const item = this.#items.shift()
    if (item !== undefined) return Promise.resolve(item)
    return new Promise((resolve) => this.#readers.push(resolve))
  }

  /** Takes so many items, in order. */
  async take(count: number): Promise<T[]> {
    const taken: T[] = []
    while (taken.length < count) taken.push(await this.next())
    return taken
  }

  /** How many items nobody has taken yet. */
  get waiting(): number {
    return this.#items.length
  }
}
