import type { Cluster } from '../clusters/cluster.ts'
import { eventsOf } from '../clusters/events.ts'
import type { Parts } from '../parts.ts'
import type { Policies } from '../policies/policies.ts'
import { restoreAll, snapshotOfList, snapshotOfMap, type Restore } from '../snapshot.ts'
import { keyOf, packageOf, type Library } from './library.ts'
import { statusOf, type Entry, type LibraryStatus } from './status.ts'

/** The libraries of clusters: which are to be there, and how far they are. */
export class Libraries {
  readonly #parts: Parts
  readonly #policies: Policies
  /** Lists are replaced, never changed in place. */
  readonly #entries = new Map<string, readonly Entry[]>()
  /** By cluster, the boot in which it took over the libraries of its policy. */
  readonly #boots = new Map<string, bigint>()
  readonly #failures: string[] = []

  constructor(parts: Parts, policies: Policies) {
    this.#parts = parts
    this.#policies = policies
  }

  /** Asks for libraries. One that is there already, and did not fail, stays as it is. */
  install(cluster: Cluster, libraries: readonly Library[]): void {
    const entries = new Map(this.#entriesOf(cluster).map((entry) => [keyOf(entry.library), entry]))
    const moment = this.#momentOf(cluster)
    for (const library of libraries) {
      const former = entries.get(keyOf(library))
      if (former !== undefined && former.leavesAfter === undefined && former.failure === undefined) continue
      const failure = this.#failureOf(library, cluster, [...entries.values()])
      entries.set(keyOf(library), { library, requestedAt: moment.now, leavesAfter: undefined, failure })
    }
    this.#entries.set(cluster.id, [...entries.values()])
  }

  /** Lets libraries go with the next restart; one that is not there is nobody's business. */
  uninstall(cluster: Cluster, libraries: readonly Library[]): void {
    const keys = new Set(libraries.map(keyOf))
    const leavesAfter = cluster.contextId
    const entries = this.#entriesOf(cluster).map((entry) =>
      keys.has(keyOf(entry.library)) ? { ...entry, leavesAfter } : entry,
    )
    this.#entries.set(cluster.id, entries)
  }

  /** How far the libraries of a cluster are. */
  statusesOf(cluster: Cluster): LibraryStatus[] {
    const moment = this.#momentOf(cluster)
    return this.#entriesOf(cluster).map((entry) => statusOf(entry, moment))
  }

  /** Ids of the clusters that have libraries, or had. */
  clusterIds(): Iterable<string> {
    return this.#entries.keys()
  }

  /** Gives a new cluster the libraries of another one. */
  copy(from: Cluster, to: Cluster): void {
    const stays = this.#entriesOf(from).filter(({ leavesAfter }) => leavesAfter === undefined)
    this.install(
      to,
      stays.map(({ library }) => library),
    )
  }

  /** Forgets a cluster. */
  forget({ id }: Cluster): void {
    this.#entries.delete(id)
    this.#boots.delete(id)
  }

  /** Lets the next library that anybody asks for fail. */
  failNext(message: string): void {
    this.#failures.push(message)
  }

  snapshot(): Restore {
    return restoreAll([
      snapshotOfMap(this.#entries),
      snapshotOfMap(this.#boots),
      snapshotOfList(this.#failures),
    ])
  }

  /** What is to be on a cluster now: without what left with a restart, with what its policy brought along. */
  #entriesOf(cluster: Cluster): readonly Entry[] {
    const stays = (this.#entries.get(cluster.id) ?? []).filter(
      ({ leavesAfter }) => leavesAfter === undefined || leavesAfter === cluster.contextId,
    )
    const { policy_id: policy = '' } = cluster.settings
    const brought = this.#policies.find(policy)?.settings.libraries ?? []
    if (brought.length === 0 || this.#boots.get(cluster.id) === cluster.contextId) return stays
    this.#boots.set(cluster.id, cluster.contextId)
    const known = new Set(stays.map(({ library }) => keyOf(library)))
    const added = brought
      .filter((library) => !known.has(keyOf(library)))
      .map((library) => ({
        library,
        requestedAt: cluster.startedAt,
        leavesAfter: undefined,
        failure: undefined,
      }))
    this.#entries.set(cluster.id, [...stays, ...added])
    return this.#entries.get(cluster.id) ?? []
  }

  #momentOf(cluster: Cluster): { now: number; upSince: number | undefined; boot: bigint } {
    const isUp = cluster.state === 'RUNNING' || cluster.state === 'RESIZING'
    const up = isUp ? eventsOf(cluster).findLast(({ type }) => type === 'RUNNING') : undefined
    return { now: this.#parts.clock.now(), upSince: up?.timestamp, boot: cluster.contextId }
  }

  /** Ordered by a test, or because another version of the same package is there until the next restart. */
  #failureOf(library: Library, cluster: Cluster, others: readonly Entry[]): Entry['failure'] {
    const ordered = this.#failures.shift()
    if (ordered !== undefined) return { message: ordered, boot: undefined }
    const name = packageOf(library)
    const { upSince, boot } = this.#momentOf(cluster)
    const other = others.find(
      (entry) => packageOf(entry.library) === name && keyOf(entry.library) !== keyOf(library),
    )
    return name === undefined || other === undefined || upSince === undefined
      ? undefined
      : { message: `${name} is already installed in another version; restart the cluster.`, boot }
  }
}
