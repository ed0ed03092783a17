import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { Listing } from '../../src/kube/listing.ts'
import { keyOf } from '../../src/kube/object.ts'
import { Store, type Change } from '../../src/kube/store.ts'
import { widget, widgets, type Widget } from './widget.ts'

type Step = 'put' | 'delete' | 'hear' | 'cut off' | 'list' | 'answer'

/** A server, what its watch has still to tell, and a store that follows it by whatever comes when. */
class Following {
  readonly #server = new Map<string, Widget>()
  readonly #store = new Store<Widget>()
  readonly #told = new Map<string, Widget>()
  #stream: { is: 'Put' | 'Deleted'; object: Widget; version: number }[] = []
  /** What our own writes returned, and nobody has taken in. */
  readonly #answers: Widget[] = []
  #version = 10
  #isCutOff = false
  #list: { listing: Listing<Widget>; items: Widget[]; version: string } | undefined

  take(step: Step, which: number): void {
    if (step === 'put') this.#put(`x${which % 3}`)
    else if (step === 'delete') this.#delete(`a/x${which % 3}`)
    else if (step === 'hear') this.#hear()
    else if (step === 'answer') this.#answer(which)
    else if (step === 'list') this.#listOn()
    else this.#isCutOff = true
  }

  /** Everything arrives, and a list that nobody is in the midst of. */
  settle(): void {
    do this.#listOn()
    while (this.#list !== undefined)
    if (this.#isCutOff) return this.settle()
    while (this.#stream.length > 0) this.#hear()
    while (this.#answers.length > 0) this.#answer(0)
    const truth = signs(this.#server.values())
    expect(signs(this.#store.values())).toEqual(truth)
    expect(signs(this.#told.values())).toEqual(truth)
  }

  #put(name: string): void {
    this.#version += 1
    const uid = this.#server.get(`a/${name}`)?.metadata.uid ?? `uid ${this.#version}`
    const object = widget(name, this.#version, { uid })
    this.#server.set(keyOf(object), object)
    this.#stream.push({ is: 'Put', object, version: this.#version })
    // Only what is known is written to by us.
    if (this.#store.get(keyOf(object))?.metadata.uid === uid) this.#answers.push(object)
  }

  #delete(key: string): void {
    const object = this.#server.get(key)
    if (object === undefined) return
    this.#version += 1
    this.#server.delete(key)
    const { name, uid } = object.metadata
    const last = widget(name, this.#version, { uid })
    this.#stream.push({ is: 'Deleted', object: last, version: this.#version })
  }

  #hear(): void {
    const event = this.#isCutOff ? undefined : this.#stream.shift()
    if (event === undefined) return
    const { is, object, version } = event
    const { uid } = object.metadata
    this.#tell(
      is === 'Put' ? this.#store.observe(object) : this.#store.delete(keyOf(object), uid, String(version)),
    )
  }

  #answer(which: number): void {
    const [answer] = this.#answers.splice(which % Math.max(1, this.#answers.length), 1)
    if (answer !== undefined) this.#store.upsert(answer)
  }

  /** One more object of the list that is under way, or its end, or the beginning of another. */
  #listOn(): void {
    if (this.#list === undefined) {
      const of = { resource: widgets, store: this.#store, namespace: undefined, reached: 0n }
      const [items, version] = [structuredClone([...this.#server.values()]), String(this.#version)]
      this.#list = { listing: new Listing<Widget>(of), items, version }
      this.#tell(this.#list.listing.take({ items: [], resourceVersion: version }))
      return
    }
    const { listing, items, version } = this.#list
    if (items.length > 0)
      return this.#tell(listing.take({ items: items.splice(0, 1), resourceVersion: version }))
    this.#tell(listing.end())
    this.#list = undefined
    if (!this.#isCutOff) return
    // The next watch goes on from there.
    this.#isCutOff = false
    this.#stream = this.#stream.filter((event) => event.version > Number(version))
  }

  #tell(changes: Change<Widget>[]): void {
    for (const change of changes) {
      const key = keyOf(change.object)
      const before = this.#told.get(key)
      expect(change.type === 'Added').toBe(before === undefined)
      if (change.type === 'Modified') expect(change.previous).toBe(before)
      if (change.type === 'Deleted') this.#told.delete(key)
      else this.#told.set(key, change.object)
    }
  }
}

const signs = (objects: Iterable<Widget>): string[] =>
  [...objects]
    .map(({ metadata: { name, uid, resourceVersion } }) => `${name} ${uid}@${resourceVersion}`)
    .toSorted()

it('a store is as the server is once all has come, and each difference was told once, whatever comes when', () => {
  const step = fc.constantFrom<Step>(
    ...(['put', 'put', 'delete', 'hear', 'hear', 'list', 'list', 'answer', 'cut off'] as const),
  )
  const steps = fc.array(fc.tuple(step, fc.nat(8)), { maxLength: 60, size: 'max' })
  fc.assert(
    fc.property(steps, (story) => {
      const following = new Following()
      for (const [step, which] of story) following.take(step, which)
      following.settle()
    }),
    { numRuns: 3_000 },
  )
})
