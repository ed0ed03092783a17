import { describe, expect, it } from 'vitest'
import type { Listed } from '../../src/kinds/kind.ts'
import { markKey } from '../../src/kinds/mark.ts'
import { type Marked, markOf, markTold, ownerOf } from '../../src/reconcile/mark.ts'
import { judgeSearch, judgeUnmarked, stateOf } from '../../src/reconcile/state.ts'
import { aDifference, aFound, mark } from './fixtures.ts'

describe('the state of a known part', () => {
  const owned = aDifference('name')
  const unlisted = aDifference('timeout', { owned: false })

  it('is Missing when it is gone, and remembers whether Databricks forgot it by itself', () => {
    expect(stateOf({ is: 'Missing', what: 'widget 7' }, [])).toEqual({
      is: 'Missing',
      what: 'widget 7',
      purged: false,
    })
    expect(stateOf({ is: 'Missing', what: 'widget 7', purged: true }, [])).toMatchObject({ purged: true })
  })

  it('is InSync without a difference, or with only such as no manifest mentions', () => {
    const found = aFound()
    expect(stateOf(found, [])).toEqual({ is: 'InSync', found, accepted: [] })
    expect(stateOf(found, [unlisted])).toEqual({ is: 'InSync', found, accepted: [unlisted] })
  })

  it('is Differs with every difference as soon as one is ours', () => {
    const found = aFound()
    expect(stateOf(found, [unlisted, owned])).toEqual({
      is: 'Differs',
      found,
      differences: [unlisted, owned],
    })
  })

  it('is Blocked when something else manages it, different or not', () => {
    const found = aFound({ managedElsewhere: { what: 'made by a job', yields: false } })
    for (const differences of [[], [owned]])
      expect(stateOf(found, differences)).toEqual({
        is: 'Blocked',
        reason: 'ManagedElsewhere',
        message: 'made by a job',
      })
  })
})

const of = (instance: string, marked: Partial<Marked> = {}) =>
  markOf(instance, { kind: 'Widget', namespace: 'data', name: 'one', ...marked }, markKey)
const elsewhere = of('there')
const another = of('here', { name: 'two' })
const listed = (id: string, changes: Partial<Listed> = {}): Listed => ({
  id,
  name: 'one',
  mark: mark.value,
  creator: 'me',
  ...changes,
})

interface Row {
  it: string
  listed: Listed[]
  /** Nobody named this installation. */
  isUnnamed?: true
  gives: object
}

const says = (text: string) => expect.stringContaining(text) as string

const rows: Row[] = [
  { it: 'says Nothing of an empty listing', listed: [], gives: { is: 'Nothing' } },
  {
    it: 'passes over objects without a mark, however they are called',
    listed: [{ id: '1', name: 'one', creator: 'me' }],
    gives: { is: 'Nothing' },
  },
  {
    it: 'passes over the marks of other manifests',
    listed: [listed('1', { mark: another.value }), listed('2', { mark: 'made-by-hand' })],
    gives: { is: 'Nothing' },
  },
  {
    it: 'finds the one with our mark among others',
    listed: [listed('1', { mark: another.value }), listed('2'), { id: '3', name: 'one' }],
    gives: { is: 'One', id: '2' },
  },
  {
    it: 'finds ours also where the listing does not say who made it',
    listed: [{ id: '2', name: 'one', mark: mark.value }],
    gives: { is: 'One', id: '2' },
  },
  {
    it: 'never guesses between two, and names both',
    listed: [listed('1'), listed('2')],
    gives: { is: 'Blocked', reason: 'DuplicatesFound', message: says('1, 2') },
  },
  {
    it: 'takes another installation for a foreign one once this one has a name',
    listed: [listed('1', { mark: elsewhere.value })],
    gives: { is: 'Nothing' },
  },
  {
    it: 'finds ours beside that of another installation once this one has a name',
    listed: [listed('1', { mark: elsewhere.value }), listed('2')],
    gives: { is: 'One', id: '2' },
  },
  {
    it: 'without a name may be that other installation itself, and names the flag',
    listed: [listed('1', { mark: elsewhere.value })],
    isUnnamed: true,
    gives: { is: 'Blocked', reason: 'ManagedElsewhere', message: says('--instance') },
  },
  {
    it: 'without a name is blocked also when there is one of ours',
    listed: [listed('1'), listed('2', { mark: elsewhere.value })],
    isUnnamed: true,
    gives: { is: 'Blocked', reason: 'ManagedElsewhere', message: says('2 carries the mark') },
  },
  {
    it: 'without a name still passes over other manifests, of whichever installation',
    listed: [listed('1', { mark: another.value }), listed('2', { mark: 'made-by-hand' })],
    isUnnamed: true,
    gives: { is: 'Nothing' },
  },
  {
    it: 'is blocked by our mark on what somebody else made, and names who',
    listed: [listed('1', { creator: 'eve@example.com' })],
    gives: {
      is: 'Blocked',
      reason: 'ManagedElsewhere',
      message: says('1 carries the mark of this manifest but was created by eve@example.com'),
    },
  },
]

describe('a search', () => {
  it.each(rows)('$it', ({ listed, isUnnamed = false, gives }) => {
    expect(judgeSearch(listed, { mark, me: 'me', isUnnamed })).toEqual(gives)
  })
})

describe('a mark', () => {
  it('is 8 hex digits of the installation and 24 of the manifest, legal as a tag everywhere', () => {
    expect(mark.key).toBe('lakeward-owner')
    expect(mark.value).toMatch(/^[0-9a-f]{8}-[0-9a-f]{24}$/)
  })

  it('is the same for the same names, and another one for any other', () => {
    expect(of('here')).toEqual(mark)
    const others = [
      of('there'),
      of('here', { kind: 'Gadget' }),
      of('here', { namespace: 'red' }),
      of('here', { name: 'two' }),
      // Joined without a boundary these two would be one.
      of('here', { namespace: 'dat', name: 'aone' }),
    ]
    expect(new Set([mark, ...others].map(({ value }) => value)).size).toBe(6)
  })

  it('tells whose it is', () => {
    expect(ownerOf(mark.value, mark)).toBe('Us')
    expect(ownerOf(elsewhere.value, mark)).toBe('SameManifestElsewhere')
    expect(ownerOf(another.value, mark)).toBe('Other')
    expect(ownerOf('', mark)).toBe('Other')
    expect(ownerOf(mark.value.slice(9), mark)).toBe('Other')
  })
})

describe('what the status says of a mark', () => {
  it('is nothing of the usual one', () => {
    expect(markTold(mark)).toBeUndefined()
    expect(markTold({ ...mark, key: 'made-by' })).toBe('made-by')
    expect(markTold({ ...mark, key: undefined })).toMatch(/^None: .*name, the creator and the time/)
  })
})

const attempt = { at: '2026-01-01T12:00:00Z', name: 'one', mark: mark.value }
const at = (time: string) => ({ createdAt: Date.parse(`2026-01-01T${time}Z`) })

describe('what was listed without a mark', () => {
  it.each<[string, Listed[], object]>([
    ['nothing', [], { is: 'Nothing' }],
    ['what was made after the attempt', [listed('7', at('12:00:01'))], { is: 'One', id: '7' }],
    [
      'what was made a little before it, by another clock',
      [listed('7', at('11:56:00'))],
      { is: 'One', id: '7' },
    ],
    ['what was made long before it', [listed('7', at('11:54:00'))], { is: 'Nothing' }],
    ['what does not say when it was made', [listed('7')], { is: 'One', id: '7' }],
    [
      'two of them',
      [listed('7', at('12:00:01')), listed('8', at('12:00:02'))],
      { is: 'Blocked', reason: 'DuplicatesFound', message: says('7, 8') },
    ],
    ['one of two', [listed('7', at('09:00:00')), listed('8', at('12:00:02'))], { is: 'One', id: '8' }],
  ])('%s, seen from a recorded attempt', (_what, all, expected) => {
    expect(judgeUnmarked(all, attempt)).toEqual(expected)
  })

  it('belongs to nobody as far as anybody knows when no attempt is recorded', () => {
    expect(judgeUnmarked([], undefined)).toEqual({ is: 'Nothing' })
    expect(judgeUnmarked([listed('7', at('12:00:01'))], undefined)).toEqual({
      is: 'Blocked',
      reason: 'UnmarkedFound',
      message: says('7 under the name one'),
    })
  })
})
