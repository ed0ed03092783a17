import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SharedTexts } from '../../src/kube/shared-texts.ts'

/** Values with few texts, many long ones, and names that objects treat specially. */
const anyObjects = fc.array(
  fc.dictionary(
    fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', '0')),
    fc.jsonValue({ maxDepth: 4 }),
  ),
)

/** What is alive of so many objects that were parsed one by one and say the same, in bytes. */
function bytesOf(count: number, take: (value: object) => void): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const text = JSON.stringify({ says: 'the same '.repeat(25) })
  collect()
  const before = process.memoryUsage().heapUsed
  const objects = Array.from({ length: count }, () => JSON.parse(text) as object)
  for (const one of objects) take(one)
  collect()
  const bytes = process.memoryUsage().heapUsed - before
  expect(objects).toHaveLength(count)
  return bytes
}

describe('objects whose texts are shared', () => {
  it('hold one copy of what they all say', () => {
    const texts = new SharedTexts()
    const each = bytesOf(20_000, () => undefined)
    expect(bytesOf(20_000, (one) => texts.share(one))).toBeLessThan(each / 2)
  })

  it('stay what they are, in any order and however often', () => {
    fc.assert(
      fc.property(anyObjects, (objects) => {
        const before = structuredClone(objects)
        const texts = new SharedTexts()
        for (const one of [...objects, ...objects.toReversed()]) texts.share(one)
        expect(objects).toEqual(before)
      }),
    )
  })

  it('stay what they are when more texts have come than are kept', () => {
    const texts = new SharedTexts()
    const names = Array.from({ length: 40_000 }, (_, index) => `a name of its own ${index % 30_000}`)
    const object = { names: [...names], again: names.toReversed(), long: 'x'.repeat(1_000) }
    texts.share(object)
    expect(object).toEqual({ names, again: names.toReversed(), long: 'x'.repeat(1_000) })
  })
})
