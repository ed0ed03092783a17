/** What a heap holds: it writes down each item's place, so that an item can be moved without a search. */
export interface HeapItem {
  /** Owned by the heap; -1 while the item is in none. */
  position: number
}

/** A binary heap of items that may change their rank. Everything but `first` and `has` is O(log n). */
export class Heap<T extends HeapItem> {
  readonly #items: T[] = []
  readonly #before: (a: T, b: T) => boolean

  /** `before` tells whether the first item leaves the heap before the second. */
  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before
  }

  get size(): number {
    return this.#items.length
  }

  /** The item that leaves next. */
  first(): T | undefined {
    return this.#items[0]
  }

  /** All items, in no order. */
  items(): Iterable<T> {
    return this.#items
  }

  /** Whether the item is in this heap. */
  has(item: T): boolean {
    return this.#items[item.position] === item
  }

  /** Puts an item in, or finds its new place after its rank changed. */
  put(item: T): void {
    if (!this.has(item)) {
      item.position = this.#items.length
      this.#items.push(item)
    }
    this.#rise(item)
    this.#sink(item)
  }

  /** Takes an item out. */
  remove(item: T): void {
    if (!this.has(item)) return
    const last = this.#items.pop()
    if (last !== undefined && last !== item) {
      this.#place(last, item.position)
      this.#rise(last)
      this.#sink(last)
    }
    item.position = -1
  }

  #rise(item: T): void {
    for (;;) {
      const parent = item.position === 0 ? undefined : this.#items[(item.position - 1) >> 1]
      if (parent === undefined || !this.#before(item, parent)) return
      this.#swap(item, parent)
    }
  }

  #sink(item: T): void {
    for (;;) {
      const child = this.#firstChild(item)
      if (child === undefined || !this.#before(child, item)) return
      this.#swap(item, child)
    }
  }

  #firstChild({ position }: T): T | undefined {
    const left = this.#items[2 * position + 1]
    const right = this.#items[2 * position + 2]
    if (left === undefined || right === undefined) return left
    return this.#before(right, left) ? right : left
  }

  #swap(a: T, b: T): void {
    const position = a.position
    this.#place(a, b.position)
    this.#place(b, position)
  }

  #place(item: T, position: number): void {
    this.#items[position] = item
    item.position = position
  }
}
