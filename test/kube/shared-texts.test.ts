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

describe('objects whose texts are shared', () => {
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
