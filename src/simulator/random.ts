const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** Chance that can be repeated: the same seed gives the same ids and the same orders. Not for secrets. */
export class Random {
  #state: number

  constructor(seed: number) {
    // A xorshift state must not be zero; the product spreads small seeds over all 32 bits.
    this.#state = Math.imul(seed + 1, 0x9e3779b1) >>> 0 || 1
  }

  /** The next number, at least 0 and below 1. */
  next(): number {
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state >>> 0
    return this.#state / 0x1_0000_0000
  }

  /** A whole number, at least 0 and below `bound`. */
  below(bound: number): number {
    return Math.floor(this.next() * bound)
  }

  /** A copy in another order. */
  shuffled<Item>(items: readonly Item[]): Item[] {
    return items
      .map((item) => ({ item, rank: this.next() }))
      .toSorted((left, right) => left.rank - right.rank)
      .map(({ item }) => item)
  }

  /** Lower-case letters and digits. */
  text(length: number): string {
    return Array.from({ length }, () => alphabet.charAt(this.below(alphabet.length))).join('')
  }

  /**
   * An id of 18 digits. It is odd, and doubles of that size are all even, so a client that reads it as
   * a JavaScript number gets another id back.
   */
  id(): bigint {
    return (
      100_000_000_000_000_000n +
      BigInt(this.below(0x8000_0000)) * 400_000_000n +
      BigInt(this.below(200_000_000)) * 2n +
      1n
    )
  }

  /** Text in the form of a UUID. */
  uuid(): string {
    const digits = Array.from({ length: 32 }, () => this.below(16).toString(16)).join('')
    return [
      [0, 8],
      [8, 12],
      [12, 16],
      [16, 20],
      [20, 32],
    ]
      .map(([from, to]) => digits.slice(from, to))
      .join('-')
  }
}
