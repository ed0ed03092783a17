import { describe, expect, it } from 'vitest'
import type { Cluster, ClusterSource } from '../../src/simulator/clusters/cluster.ts'
import { pageOfClusters, type ClusterPage } from '../../src/simulator/clusters/list.ts'
import { Shelves } from '../../src/simulator/clusters/shelves.ts'

const texts = (count: number, of: (index: number) => string) => Array.from({ length: count }, (_, n) => of(n))

/** A cluster that counts how often somebody asks for its state or its name. */
class Counted {
  static looks = 0
  readonly id: string
  readonly source: ClusterSource
  readonly settings = {}
  readonly spec = {}
  readonly pinnedBy: string | undefined
  readonly #name: string
  readonly #state: string

  constructor(name: string, { source = 'API', state = 'RUNNING', pinned = false } = {}) {
    this.id = `id-${name}`
    this.#name = name
    this.#state = state
    this.source = source as ClusterSource
    this.pinnedBy = pinned ? '1' : undefined
  }

  get givenName(): string {
    Counted.looks += 1
    return this.#name
  }

  get state(): string {
    Counted.looks += 1
    return this.#state
  }
}

const counted = (...how: ConstructorParameters<typeof Counted>) => new Counted(...how) as unknown as Cluster

function shelvesWith(clusters: readonly Cluster[]): Shelves {
  const shelves = new Shelves()
  shelves.add(clusters)
  return shelves
}

function page(shelves: Shelves, query: Record<string, string>): ClusterPage {
  const answer = pageOfClusters((walk) => shelves.walk(walk), new URLSearchParams(query))
  return answer as ClusterPage
}
const names = ({ clusters }: ClusterPage) => clusters.map(({ givenName }) => givenName)

/** All pages one after the other, forwards and then back again. */
function thereAndBack(shelves: Shelves, query: Record<string, string>): [string[][], string[][]] {
  const there: string[][] = []
  const back: string[][] = []
  let current = page(shelves, query)
  there.push(names(current) as string[])
  while (current.next !== '') {
    current = page(shelves, { ...query, page_token: current.next })
    there.push(names(current) as string[])
  }
  back.push(names(current) as string[])
  while (current.previous !== '') {
    current = page(shelves, { ...query, page_token: current.previous })
    back.push(names(current) as string[])
  }
  return [there, back]
}

describe('the order of clusters', () => {
  const clusters = [
    counted('b-dead', { state: 'TERMINATED' }),
    counted('a-dead-pinned', { state: 'TERMINATED', pinned: true }),
    counted('c-job', { source: 'JOB' }),
    counted('d-alive', { state: 'PENDING' }),
    counted('e-pinned', { pinned: true }),
  ]
  const byState = ['e-pinned', 'c-job', 'd-alive', 'a-dead-pinned', 'b-dead']
  const byName = ['a-dead-pinned', 'b-dead', 'c-job', 'd-alive', 'e-pinned']

  it.each([
    ['by state, pin and name', {}, byState],
    ['the other way round', { 'sort_by.direction': 'DESC' }, byState.toReversed()],
    ['by name', { 'sort_by.field': 'CLUSTER_NAME' }, byName],
    [
      'by name, from the end',
      { 'sort_by.field': 'CLUSTER_NAME', 'sort_by.direction': 'DESC' },
      byName.toReversed(),
    ],
  ])('is %s, in pages of every size, forwards and back', (_what, query, expected) => {
    const shelves = shelvesWith(clusters)
    for (const size of [1, 2, 3, 5, 6]) {
      const [there, back] = thereAndBack(shelves, { ...query, page_size: String(size) })
      expect(there.flat()).toEqual(expected)
      expect(there.length).toBe(Math.ceil(5 / size))
      expect(back.toReversed().flat()).toEqual(expected)
    }
  })

  it('loses none when the one at the edge of a page is gone before the next is read', () => {
    const shelves = shelvesWith(clusters)
    const first = page(shelves, { page_size: '2' })
    shelves.remove(first.clusters)
    expect(names(page(shelves, { page_size: '2', page_token: first.next }))).toEqual([
      'd-alive',
      'a-dead-pinned',
    ])
  })
})

describe('the work that a page of 100 takes among 50,000 finished job clusters', () => {
  const shelves = shelvesWith([
    ...texts(50_000, (n) => `job-${String(n).padStart(5, '0')}`).map((name) =>
      counted(name, { source: 'JOB', state: 'TERMINATED' }),
    ),
    ...texts(500, (n) => `own-${n}`).map((name) => counted(name, { state: 'TERMINATED' })),
    ...texts(500, (n) => `up-${n}`).map((name) => counted(name, { pinned: Number(name.slice(3)) < 10 })),
  ])
  const deep = (query: Record<string, string>, pages: number): Record<string, string> => {
    let token = ''
    for (let count = 0; count < pages; count += 1) token = page(shelves, { ...query, page_token: token }).next
    return { ...query, page_token: token }
  }

  it.each<[string, Record<string, string>]>([
    ['the first', {}],
    ['a deep one', deep({}, 400)],
    ['a filtered one', { 'filter_by.cluster_sources': 'API' }],
    ['a deep filtered one', deep({ 'filter_by.cluster_sources': 'API' }, 8)],
    ['one by name from the end', { 'sort_by.field': 'CLUSTER_NAME', 'sort_by.direction': 'DESC' }],
    ['the pinned ones', { 'filter_by.is_pinned': 'true' }],
    ['one that finds nothing', { 'filter_by.policy_id': 'none' }],
  ])('%s: some looks per cluster shown, not one per cluster there is', (_what, query) => {
    Counted.looks = 0
    page(shelves, query)
    expect(Counted.looks).toBeLessThan(1500)
  })
})
