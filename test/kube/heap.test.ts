import { expect, it } from 'vitest'
import { Heap } from '../../src/kube/heap.ts'

/** A small generator of chance that gives the same numbers every time. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

it('gives items in order after any mixture of puts, moves and removals', () => {
  const random = seeded(7)
  const heap = new Heap<{ position: number; rank: number }>((a, b) => a.rank < b.rank)
  const items = Array.from({ length: 500 }, () => ({ position: -1, rank: random() }))
  for (let step = 0; step < 5_000; step++) {
    const item = items[Math.floor(random() * items.length)]
    if (item === undefined) continue
    if (random() < 0.3) heap.remove(item)
    else {
      item.rank = random()
      heap.put(item)
    }
  }
  const expected = items.filter((item) => heap.has(item)).map(({ rank }) => rank)
  const given: number[] = []
  for (let first = heap.first(); first !== undefined; first = heap.first()) {
    given.push(first.rank)
    heap.remove(first)
  }
  expect(given.length).toBeGreaterThan(100)
  expect(given).toEqual(expected.toSorted((a, b) => a - b))
  expect(heap.size).toBe(0)
})
