import { Random } from '../../src/simulator/random.ts'

/** What `npm test` runs with. Another one: LAKEWARD_SEED=4711. */
const usualSeed = 1

/** The seed of this run; a failed test prints it. */
export const seedOfRun = (): number => Number(process.env['LAKEWARD_SEED'] ?? usualSeed)

/** Chance that can be repeated: the same seed and name make the same choices. */
export class Chance {
  readonly #random: Random

  /** What is named otherwise chooses otherwise, so that a test more does not change what the others do. */
  constructor(seed: number, name = '') {
    let state = seed
    for (const character of name) state = (Math.imul(state, 31) + character.charCodeAt(0)) | 0
    this.#random = new Random(state)
    // The first numbers of neighbouring seeds are alike.
    for (let turn = 0; turn < 8; turn += 1) this.#random.next()
  }

  /** A whole number, at least 0 and below `bound`. */
  below(bound: number): number {
    return this.#random.below(bound)
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  /** True so many times in a hundred. */
  percent(share: number): boolean {
    return this.below(100) < share
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new Error('there is nothing to choose from')
    return item
  }

  /** So many of them, each once, in their order; all if there are no more. */
  some<Item>(items: readonly Item[], count: number): Item[] {
    const chosen = new Set(this.#random.shuffled(items.map((_, index) => index)).slice(0, count))
    return items.filter((_, index) => chosen.has(index))
  }

  /** A copy in another order. */
  shuffled<Item>(items: readonly Item[]): Item[] {
    return this.#random.shuffled(items)
  }

  text(length: number): string {
    return this.#random.text(length)
  }

  /** Each member is there or not. */
  optional<Members extends object>(makers: {
    [Name in keyof Members]: () => Members[Name]
  }): Partial<Members> {
    const made: Partial<Members> = {}
    for (const name of Object.keys(makers) as (keyof Members)[])
      if (this.percent(50)) made[name] = makers[name]()
    return made
  }
}
