import { describe, expect, it } from 'vitest'
import { keyOf } from '../../src/kube/object.ts'
import { Listing } from '../../src/kube/listing.ts'
import { Store, type Change } from '../../src/kube/store.ts'
import { widget, widgets, type Widget } from './widget.ts'

/** Takes in a complete list; returns what is told. */
function list(
  store: Store<Widget>,
  objects: Widget[],
  { version, reached = 0, namespace }: { version: number; reached?: number; namespace?: string },
): Change<Widget>[] {
  const listing = new Listing<Widget>({ resource: widgets, store, namespace, reached: BigInt(reached) })
  const told = listing.take({ items: objects, resourceVersion: String(version) })
  return [...told, ...listing.end()]
}

const storeOf = (...objects: Widget[]) => {
  const store = new Store<Widget>()
  list(store, objects, { version: 10 })
  return store
}

/** Changes as short words: `Modified a/x@11`. */
const words = (changes: Change<Widget>[]) =>
  changes.map(({ type, object }) => `${type} ${keyOf(object)}@${object.metadata.resourceVersion}`)

const versions = (store: Store<Widget>) =>
  [...store.values()].map((object) => `${keyOf(object)}@${object.metadata.resourceVersion}`).toSorted()

describe('what a watch says', () => {
  it('replaces the known copy when it is newer by number, not by letters', () => {
    const store = storeOf(widget('x', 9))
    expect(words(store.observe(widget('x', 10)))).toEqual(['Modified a/x@10'])
    expect(words(store.observe(widget('x', 9)))).toEqual([])
    expect(store.get('a/x')?.metadata.resourceVersion).toBe('10')
  })

  it('is compared beyond what a number holds', () => {
    const store = new Store<Widget>()
    store.observe(widget('x', 0, { resourceVersion: '9007199254740993' }))
    expect(store.observe(widget('x', 0, { resourceVersion: '9007199254740992' }))).toEqual([])
  })

  it('of an object made again under the same name is a delete and an add', () => {
    const store = storeOf(widget('x', 5))
    const changes = store.observe(widget('x', 12, { uid: 'another' }))
    expect(words(changes)).toEqual(['Deleted a/x@5', 'Added a/x@12'])
  })

  it('of an earlier incarnation is too late', () => {
    const store = storeOf(widget('x', 9, { uid: 'second' }))
    expect(store.observe(widget('x', 8, { uid: 'first' }))).toEqual([])
  })

  it('comes with the previous copy for those who compare', () => {
    const store = storeOf(widget('x', 5))
    const [change] = store.observe(widget('x', 6))
    expect(change?.type === 'Modified' && change.previous.metadata.resourceVersion).toBe('5')
  })

  it('loses what costs memory only', () => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', mine: 'stays' }
    const store = storeOf(widget('x', 5, { managedFields: [{ manager: 'kubectl' }], annotations }))
    expect(store.get('a/x')?.metadata).toEqual({ ...widget('x', 5).metadata, annotations: { mine: 'stays' } })
  })
})

describe('what a call of ours returned', () => {
  it('is never overwritten by an older watch event', () => {
    const store = storeOf(widget('x', 5))
    store.upsert(widget('x', 12))
    store.observe(widget('x', 11))
    expect(versions(store)).toEqual(['a/x@12'])
  })

  it('is told by the first event that follows, with the newest copy, and only once', () => {
    const store = storeOf(widget('x', 5))
    store.upsert(widget('x', 12, { generation: 2 }))
    const [change] = store.observe(widget('x', 11, { generation: 2 }))
    expect(change).toMatchObject({
      type: 'Modified',
      object: { metadata: { resourceVersion: '12' } },
      previous: { metadata: { resourceVersion: '5' } },
    })
    expect(store.observe(widget('x', 12, { generation: 2 }))).toEqual([])
    expect(words(store.observe(widget('x', 13)))).toEqual(['Modified a/x@13'])
  })

  it('does not hide a new object that it saw before the watch did', () => {
    const store = storeOf()
    store.upsert(widget('x', 12))
    expect(versions(store)).toEqual(['a/x@12'])
    expect(words(store.observe(widget('x', 11)))).toEqual(['Added a/x@12'])
  })

  it('does not hide that the object was deleted and made again', () => {
    const store = storeOf(widget('x', 5))
    store.upsert(widget('x', 14, { uid: 'second' }))
    expect(words(store.delete('a/x', 'uid-of-x', '13'))).toEqual(['Deleted a/x@5'])
    expect(words(store.observe(widget('x', 14, { uid: 'second' })))).toEqual(['Added a/x@14'])
  })
})

describe('deleting', () => {
  it('takes out only the incarnation that was deleted', () => {
    const store = storeOf(widget('x', 9, { uid: 'second' }))
    expect(store.delete('a/x', 'first', '8')).toEqual([])
    expect(words(store.delete('a/x', 'second', '11'))).toEqual(['Deleted a/x@9'])
    expect(store.size).toBe(0)
  })

  it('is final: the answer to a write that was under way does not bring the object back', () => {
    const store = storeOf(widget('x', 5))
    store.delete('a/x', 'uid-of-x', '12')
    store.upsert(widget('x', 11))
    expect(store.get('a/x')).toBeUndefined()
  })

  it('is final also where only the successor was seen, and that is gone, too', () => {
    const store = storeOf(widget('x', 5))
    expect(words(list(store, [widget('x', 20, { uid: 'second' })], { version: 20, reached: 20 }))).toEqual([
      'Deleted a/x@5',
      'Added a/x@20',
    ])
    store.delete('a/x', 'second', '22')
    store.upsert(widget('x', 15))
    expect(store.size).toBe(0)
  })

  it('does not stand in the way of a successor', () => {
    const store = storeOf(widget('x', 5))
    store.delete('a/x', 'uid-of-x', '12')
    expect(words(store.observe(widget('x', 13, { uid: 'second' })))).toEqual(['Added a/x@13'])
  })
})

describe('a list', () => {
  it('of the same version is taken in when it reads otherwise, under another definition', () => {
    const store = storeOf(widget('x', 5))
    const reads = { ...widget('x', 5), spec: { size: 2 } }
    expect(words(list(store, [reads], { version: 10, reached: 10 }))).toEqual(['Modified a/x@5'])
    expect(store.get('a/x')?.spec.size).toBe(2)
    expect(list(store, [structuredClone(reads)], { version: 11, reached: 11 })).toEqual([])
  })

  it('removes what it lacks, adds what is new and keeps what it already knew', () => {
    const store = storeOf(widget('gone', 1), widget('same', 2), widget('old', 3))
    const changes = list(store, [widget('same', 2), widget('old', 14), widget('new', 15)], { version: 20 })
    expect(words(changes).toSorted()).toEqual(['Added a/new@15', 'Deleted a/gone@1', 'Modified a/old@14'])
  })

  it('does not undo a write of ours that is newer than it', () => {
    const store = storeOf(widget('x', 5))
    store.upsert(widget('x', 25))
    expect(list(store, [widget('x', 5)], { version: 20 })).toEqual([])
    expect(versions(store)).toEqual(['a/x@25'])
  })

  it('does not take out an object that was made after it', () => {
    const store = storeOf()
    store.upsert(widget('x', 25))
    expect(list(store, [], { version: 20 })).toEqual([])
    expect(versions(store)).toEqual(['a/x@25'])
  })

  it('buries what it lacks', () => {
    const store = storeOf(widget('x', 5))
    list(store, [], { version: 20 })
    store.upsert(widget('x', 19))
    expect(store.size).toBe(0)
  })

  it('is the truth when versions went backwards', () => {
    const store = storeOf(widget('x', 5), widget('y', 9))
    store.upsert(widget('x', 95))
    store.delete('a/y', 'uid-of-y', '97')
    const changes = list(store, [widget('x', 5), widget('y', 9)], { version: 40, reached: 100 })
    expect(words(changes).toSorted()).toEqual(['Added a/y@9', 'Modified a/x@5'])
    expect(versions(store)).toEqual(['a/x@5', 'a/y@9'])
  })

  it('of one namespace leaves the others alone, and their versions too', () => {
    const store = new Store<Widget>()
    list(store, [widget('x', 5)], { version: 10, namespace: 'a' })
    list(store, [widget('x', 50, { namespace: 'b', uid: 'other' })], { version: 100, namespace: 'b' })
    expect(list(store, [widget('x', 5)], { version: 60, namespace: 'a' })).toEqual([])
    expect(words(list(store, [], { version: 70, namespace: 'a' }))).toEqual(['Deleted a/x@5'])
    expect(versions(store)).toEqual(['b/x@50'])
  })
})
