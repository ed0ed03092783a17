import type { Random } from '../random.ts'

/** One of several, each as likely as the others. */
export function oneOf<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[random.below(items.length)]
  if (item === undefined) throw new Error('There is nothing to choose from')
  return item
}

/** One of several, by weight. */
export function weighted<const Item>(
  random: Random,
  items: readonly (readonly [item: Item, weight: number])[],
): Item {
  let rest = random.next() * items.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [item, weight] of items) {
    rest -= weight
    if (rest < 0) return item
  }
  return oneOf(random, items)[0]
}

/** Whether something of this probability happens. */
export const happens = (random: Random, probability: number): boolean => random.next() < probability

/** A whole number from the first to the second, both included. */
export const between = (random: Random, least: number, most: number): number =>
  least + random.below(most - least + 1)
