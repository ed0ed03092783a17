import { Agenda } from '../agenda.ts'
import type { Parts } from '../parts.ts'
import { snapshotOfRecords, type Restore } from '../snapshot.ts'
import type { Cluster } from './cluster.ts'
import { Shelves, type Label, type Walk } from './shelves.ts'
import { isPurged, nextChange, settle } from './state-machine.ts'

/**
 * The clusters that the workspace remembers, each in the state that it has now. Only what is due is
 * brought up to date when somebody looks, and only what changes is sorted anew.
 */
export class Roster {
  readonly #parts: Pick<Parts, 'clock' | 'random'>
  readonly #clusters = new Map<string, Cluster>()
  readonly #shelves = new Shelves()
  readonly #agenda = new Agenda<Cluster>()

  constructor(parts: Pick<Parts, 'clock' | 'random'>) {
    this.#parts = parts
  }

  /** Takes clusters in. */
  add(clusters: readonly Cluster[]): void {
    for (const cluster of clusters) this.#clusters.set(cluster.id, cluster)
    this.#place(clusters)
  }

  /** The cluster with this id, also one that has been purged. */
  find(id: string): Cluster | undefined {
    this.#tend()
    return this.#clusters.get(id)
  }

  /** Does something to a cluster, whose place in lists may be another one afterwards. */
  change(cluster: Cluster, act: () => void): void {
    this.#shelves.remove([cluster])
    act()
    this.#place([cluster])
  }

  /** Forgets a cluster as if it had never been. */
  remove(cluster: Cluster): void {
    this.#shelves.remove([cluster])
    this.#clusters.delete(cluster.id)
  }

  /** How many clusters are pinned. */
  pinned(): number {
    return this.#shelves.pinned()
  }

  /** The clusters that lists show, in the order of a walk. */
  walk(walk: Walk): Iterable<Cluster> {
    this.#tend()
    return this.#shelves.walk(walk)
  }

  /** The clusters that are not terminated, or those of them that stand on some shelves. */
  alive(fits: (label: Label) => boolean = () => true): Iterable<Cluster> {
    const isAlive = (label: Label) => label.state !== 'TERMINATED' && fits(label)
    return this.walk({ fits: isAlive, byName: true, backwards: false, from: undefined })
  }

  snapshot(): Restore {
    const restore = snapshotOfRecords(this.#clusters)
    return () => {
      restore()
      this.#shelves.clear()
      this.#agenda.clear()
      this.#place([...this.#clusters.values()])
    }
  }

  /** Gives clusters their places in lists, and notes when to look at them again. The purged have none. */
  #place(clusters: readonly Cluster[]): void {
    const now = this.#parts.clock.now()
    const shown = clusters.filter((cluster) => !isPurged(cluster, now))
    for (const cluster of shown) {
      const due = nextChange(cluster)
      if (due !== undefined) this.#agenda.add(due, cluster)
    }
    this.#shelves.add(shown)
  }

  /** Brings up to date what is due. */
  #tend(): void {
    const { clock, random } = this.#parts
    const now = clock.now()
    const due = new Set<Cluster>()
    for (let next = this.#agenda.takeDue(now); next !== undefined; next = this.#agenda.takeDue(now)) {
      if (this.#clusters.get(next.id) === next) due.add(next)
    }
    if (due.size === 0) return
    this.#shelves.remove([...due])
    for (const cluster of due) settle(cluster, now, random)
    this.#place([...due])
  }
}
