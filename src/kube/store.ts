/**
 * The newest known copy of every object of one resource.
 *
 * Guarantees: a copy is only ever replaced by a newer one, so the answer to a call of ours, put in at once, is
 * never overwritten by a watch event from before it; what was deleted does not come back by a late answer; a
 * list is the truth about everything up to its version, whatever was known, so that data restored from a
 * backup is seen as it is now, also where nobody noticed the restoring; so is what the same version reads as since its
 * definition changed.
 *
 * Lists and watches return what has to be told, which is the way from the copy told last to the newest one:
 * nothing is told twice, nothing is left out (an edit is told also when an answer to us happened to show it
 * first), and an object made again under the same name is a delete and an add. Our own status writes are told
 * like everybody's, since others may wait for them: who need not hear of them looks at the generation.
 *
 * Assumes: resourceVersions of one resource are integers that grow with every change
 * (https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions).
 */
import { isDeepStrictEqual } from 'node:util'
import { keyOf, type KubeObject } from './object.ts'
import { slim } from './slim.ts'

/** One difference between what was told before and what is. */
export type Change<T> =
  | { type: 'Added'; object: T }
  | { type: 'Modified'; object: T; previous: T }
  | { type: 'Deleted'; object: T }

interface Entry<T> {
  object: T
  /** The copy that listeners know; undefined while only an answer to us has shown the object. */
  told: T | undefined
}

/** Deletions remembered. A late answer arrives within seconds, so far fewer would do. */
const graves = 4_096

const versionOf = ({ metadata }: KubeObject): bigint => BigInt(metadata.resourceVersion)

/** A server that was told of another definition shows the same version with other fields. */
const readsTheSame = (known: KubeObject, listed: KubeObject): boolean =>
  isDeepStrictEqual({ ...known, metadata: undefined }, { ...listed, metadata: undefined })

/** See the head of the file. */
export class Store<T extends KubeObject> {
  readonly #entries = new Map<string, Entry<T>>()
  /** The deletion's version by uid, oldest first. */
  readonly #deleted = new Map<string, bigint>()

  get size(): number {
    return this.#entries.size
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)?.object
  }

  *values(): Generator<T, void, undefined> {
    for (const { object } of this.#entries.values()) yield object
  }

  /** Takes in what a call of ours returned, unless the known copy is as new. Its watch event comes later. */
  upsert(answer: T): void {
    if (this.#isNews(answer)) this.#put(answer)
  }

  /** Takes in what a watch says; returns what has to be told. */
  observe(incoming: T): Change<T>[] {
    if (this.#isNews(incoming)) return this.#tell(this.#put(incoming))
    const entry = this.#entries.get(keyOf(incoming))
    if (entry === undefined) return []
    const isTold = entry.told !== undefined && versionOf(incoming) <= versionOf(entry.told)
    return isTold ? [] : this.#tell(entry)
  }

  /**
   * Takes an object out; with a uid only that incarnation. `version` is the deletion's: an answer that was
   * under way meanwhile is older and cannot bring the object back.
   */
  delete(key: string, uid?: string, version?: string): Change<T>[] {
    if (uid !== undefined && version !== undefined) this.#bury(uid, BigInt(version))
    const entry = this.#entries.get(key)
    if (entry === undefined) return []
    if (uid === undefined || entry.object.metadata.uid === uid) return this.#remove(key, entry)
    if (entry.told?.metadata.uid !== uid) return []
    // An answer to us has shown the successor already; its own event is still to come.
    const gone = entry.told
    entry.told = undefined
    return [{ type: 'Deleted', object: gone }]
  }

  /**
   * Takes in a copy from a list, which is the truth about everything up to its version, if one is named, else
   * about everything; returns what has to be told. A known copy that ought to be in such a list, and is not,
   * is of a history that is no more.
   */
  settle(listed: T, upTo?: bigint): Change<T>[] {
    const { uid } = listed.metadata
    const known = this.#entries.get(keyOf(listed))?.object
    if (upTo !== undefined) {
      const isSame = known?.metadata.uid === uid && versionOf(known) === versionOf(listed)
      const isOvertaken = known !== undefined && versionOf(known) > upTo
      const isDeletedSince = (this.#deleted.get(uid) ?? -1n) > upTo
      if ((isSame && readsTheSame(known, listed)) || isOvertaken || isDeletedSince)
        return this.observe(listed)
    }
    this.#deleted.delete(uid)
    return this.#tell(this.#put(listed))
  }

  /**
   * Takes out what a complete list (of one namespace, if named) lacks, except what is newer than the version
   * up to which it is the truth; returns what has to be told. `version` is the list's.
   */
  retain(
    listed: ReadonlySet<string>,
    {
      version,
      upTo,
      namespace,
    }: { version: bigint; upTo: bigint | undefined; namespace: string | undefined },
  ): Change<T>[] {
    const changes: Change<T>[] = []
    for (const [key, entry] of this.#entries) {
      const { object } = entry
      if (listed.has(key) || (namespace !== undefined && object.metadata.namespace !== namespace)) continue
      if (upTo !== undefined && versionOf(object) > upTo) continue
      this.#bury(object.metadata.uid, version)
      changes.push(...this.#remove(key, entry))
    }
    return changes
  }

  #isNews(incoming: T): boolean {
    const known = this.#entries.get(keyOf(incoming))
    const version = versionOf(incoming)
    const isDead = version <= (this.#deleted.get(incoming.metadata.uid) ?? -1n)
    return !isDead && (known === undefined || version > versionOf(known.object))
  }

  #put(incoming: T): Entry<T> {
    const key = keyOf(incoming)
    const known = this.#entries.get(key)
    // Its own end was not seen, and the successor may be gone when a late answer shows it once more.
    if (known !== undefined && known.object.metadata.uid !== incoming.metadata.uid)
      this.#bury(known.object.metadata.uid, versionOf(incoming))
    const entry = { object: slim(incoming), told: known?.told }
    this.#entries.set(key, entry)
    return entry
  }

  #tell(entry: Entry<T>): Change<T>[] {
    const { object, told: previous } = entry
    entry.told = object
    if (previous === undefined) return [{ type: 'Added', object }]
    if (previous.metadata.uid === object.metadata.uid) return [{ type: 'Modified', object, previous }]
    return [
      { type: 'Deleted', object: previous },
      { type: 'Added', object },
    ]
  }

  #remove(key: string, { told }: Entry<T>): Change<T>[] {
    this.#entries.delete(key)
    return told === undefined ? [] : [{ type: 'Deleted', object: told }]
  }

  #bury(uid: string, version: bigint): void {
    this.#deleted.set(uid, version)
    const oldest = this.#deleted.size > graves ? this.#deleted.keys().next().value : undefined
    if (oldest !== undefined) this.#deleted.delete(oldest)
  }
}
