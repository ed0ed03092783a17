import { setImmediate as turn } from 'node:timers/promises'
import { backoff } from './backoff.ts'
import { Complaint } from './complaint.ts'
import type { Following } from './following.ts'
import { askedPause } from './kube-error.ts'
import type { ListPage } from './list-page.ts'
import { Listing } from './listing.ts'
import { keyOf, resourcePath, type KubeObject } from './object.ts'
import type { Change } from './store.ts'
import { watchOnce, type WatchEnd, type WatchEvent } from './watch.ts'
import { isDoubtful, needsList } from './watch-end.ts'

const pageSize = 250
/** So many of a page's objects are compared at a time: what else is due may come in between. */
const atOnce = 50
const firstWait = 1_000
/** The longest wait between two tries; a watch that lasted longer than this was a good one. */
const longestWait = 30_000
/** Where watches bring nothing, whatever the reason, every so manieth turn lists: late is better than never. */
const patience = 10
/** A routine list that failed is due again after so long. */
const routineRetry = 300_000

/** The list and watch of one namespace, or of all in one. `list-watch.ts` says what it guarantees. */
export class Scope<T extends KubeObject> {
  readonly #options: Following<T>
  readonly #namespace: string | undefined
  readonly #path: string
  readonly #complaint: Complaint
  /** About routine lists, which keep nobody from following. */
  readonly #routineComplaint: Complaint
  readonly #synced = Promise.withResolvers<void>()
  /** Where a watch goes on; undefined = only a list will do. */
  #version: string | undefined
  /** The newest version heard of. A server that has not got there yet was restored to older data. */
  #reached = -1n
  /** The last watch was cut off, so that another server, or another history, may answer the next one. */
  #isDoubtful = false
  #hasListFailed = false
  /** Whether this turn's watch brought news or lasted. */
  #wasFruitful = false
  /** Turns in a row that did not. */
  #fruitless = 0
  #lastHeard: number
  #routineDue: number
  /** Lists whenever that is due, across watches: one that these end would never be done where they are cut early. */
  #routine: { stop: AbortController; done: Promise<void> } | undefined
  #watchOver = new AbortController()

  constructor(options: Following<T>, namespace: string | undefined) {
    this.#options = options
    this.#namespace = namespace
    this.#path = resourcePath(options.resource, namespace)
    this.#complaint = new Complaint(options.log, options.resource, namespace)
    this.#routineComplaint = new Complaint(options.log, options.resource, namespace)
    this.#lastHeard = options.clock.monotonic()
    this.#routineDue = this.#lastHeard + this.#untilRoutine()
  }

  /** The first list is in the store; rejects when the signal falls before. */
  get synced(): Promise<void> {
    return this.#synced.promise
  }

  /** When the API server last said something here, on the monotonic clock. */
  get lastHeard(): number {
    return this.#lastHeard
  }

  /** What keeps us from following, for a person; undefined when nothing does. */
  get trouble(): string | undefined {
    return this.#complaint.current
  }

  /** Lists and watches until the signal falls. */
  async run(): Promise<void> {
    const { signal, clock } = this.#options
    while (!signal.aborted) {
      const wait = this.#waitAfter(await this.#turn())
      // Aborted in its sleep, the loop ends by its own condition.
      if (wait > 0) await clock.sleep(wait, signal).catch(() => undefined)
    }
    await this.#endRoutine()
    this.#synced.reject(signal.reason)
  }

  /** One list, if only that will do, and one watch. */
  async #turn(): Promise<WatchEnd> {
    const { signal } = this.#options
    this.#wasFruitful = false
    try {
      if (this.#isDoubtful && this.#version !== undefined) await this.#compareHistories()
      if (this.#version === undefined) await this.#endRoutine()
      this.#version ??= (await this.#list(signal)).version
      this.#isDoubtful = false
    } catch (error) {
      this.#hasListFailed = true
      return { is: 'Failed', error }
    }
    return this.#watch(this.#version)
  }

  /** A watch from a version that the server has yet to reach is not refused but deaf, so it is asked first. */
  async #compareHistories(): Promise<void> {
    const { client, signal } = this.#options
    for await (const page of client.pages<T>(this.#path, { limit: 1, signal })) {
      if (BigInt(page.resourceVersion) < this.#reached) this.#version = undefined
      break
    }
  }

  /** Reads everything and brings the store in line. */
  async #list(signal: AbortSignal): Promise<Listing<T>> {
    const { client, clock, resource, store } = this.#options
    const listing = new Listing<T>({ resource, store, namespace: this.#namespace, reached: this.#reached })
    for await (const page of client.pages<T>(this.#path, { limit: pageSize, signal })) {
      // Also of a list that breaks off: what it showed is in the store.
      this.#heard(page.resourceVersion)
      await this.#takeIn(page, listing)
    }
    this.#tell(listing.end())
    if (this.#hasListFailed) this.#complaint.settle()
    this.#routineComplaint.settle()
    this.#hasListFailed = false
    if (listing.isBackwards) this.#reached = BigInt(listing.version)
    this.#routineDue = clock.monotonic() + this.#untilRoutine()
    this.#synced.resolve()
    return listing
  }

  /** To parse a page takes its time already. An empty one counts, too: it names the list's version. */
  async #takeIn({ items, resourceVersion }: ListPage<T>, listing: Listing<T>): Promise<void> {
    for (let from = 0; from === 0 || from < items.length; from += atOnce) {
      await turn()
      this.#tell(listing.take({ items: items.slice(from, from + atOnce), resourceVersion }))
    }
  }

  /** Follows one watch. The list of every few hours goes on beside it, so that neither waits for the other. */
  async #watch(version: string): Promise<WatchEnd> {
    const { client, clock, signal } = this.#options
    const over = new AbortController()
    this.#watchOver = over
    this.#beginRoutine()
    const either = AbortSignal.any([signal, over.signal])
    const began = clock.monotonic()
    const onEvent = (event: WatchEvent) => {
      if (!over.signal.aborted) this.#take(event)
    }
    const onOpen = () => this.#complaint.ease()
    const hear = { onOpen, onEvent }
    const end = await watchOnce({ client, path: this.#path, version, clock, signal: either, ...hear })
    if (over.signal.aborted) return { is: 'Ended' }
    const lasted = clock.monotonic() - began
    if (lasted > longestWait) this.#wasFruitful = true
    if (isDoubtful(end)) this.#isDoubtful = true
    if (needsList(end, lasted)) this.#version = undefined
    return end
  }

  #beginRoutine(): void {
    if (this.#routine !== undefined) return
    const stop = new AbortController()
    const signal = AbortSignal.any([this.#options.signal, stop.signal])
    this.#routine = { stop, done: this.#listRoutinely(signal) }
  }

  /** Gives up what it reads: a list that a watch waits for does the same, and one at a time is enough. */
  async #endRoutine(): Promise<void> {
    this.#routine?.stop.abort()
    await this.#routine?.done
    this.#routine = undefined
  }

  /** Where the server was restored to older data, an open watch must be deaf: the next goes on from the list. */
  async #listRoutinely(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options
    while (!signal.aborted) {
      try {
        await clock.sleep(this.#routineDue - clock.monotonic(), signal)
        const { isBackwards, version } = await this.#list(signal)
        if (!isBackwards) continue
        this.#version = version
        this.#watchOver.abort()
      } catch (error) {
        if (signal.aborted) return
        this.#routineComplaint.raise(error)
        this.#routineDue = clock.monotonic() + Math.max(routineRetry, askedPause(error))
      }
    }
  }

  #take(event: WatchEvent): void {
    const { store } = this.#options
    if (event.version !== this.#version) this.#wasFruitful = true
    this.#version = event.version
    this.#heard(event.version)
    this.#complaint.settle()
    switch (event.is) {
      case 'Bookmark':
        return
      case 'Put':
        return this.#tell(store.observe(event.object as unknown as T))
      case 'Deleted': {
        const object = event.object as unknown as T
        return this.#tell(store.delete(keyOf(object), object.metadata.uid, event.version))
      }
    }
  }

  /** The API server has spoken, and is this far. */
  #heard(version: string): void {
    this.#lastHeard = this.#options.clock.monotonic()
    const now = BigInt(version)
    if (now > this.#reached) this.#reached = now
  }

  #untilRoutine(): number {
    const { relistEvery, random } = this.#options
    return (relistEvery / 2) * (1 + random())
  }

  #tell(changes: Change<T>[]): void {
    for (const change of changes) {
      try {
        this.#options.onChange(change)
      } catch (error) {
        const key = keyOf(change.object)
        this.#options.log.error({ err: error, key }, 'a listener failed on a change; the others go on')
      }
    }
  }

  /** Draws the conclusion from how a turn ended, and says how long to wait before the next one. */
  #waitAfter(end: WatchEnd): number {
    if (this.#options.signal.aborted) return 0
    const error = end.is === 'Failed' || end.is === 'Garbled' ? end.error : undefined
    if (error !== undefined) this.#complaint.raise(error)
    if (this.#wasFruitful) this.#fruitless = 0
    if (this.#fruitless % patience === patience - 1) this.#version = undefined
    if (this.#wasFruitful && error === undefined) return 0
    // What is no failure goes on at once, but not again and again.
    const attempt = error === undefined ? this.#fruitless : this.#fruitless + 1
    this.#fruitless += 1
    if (attempt === 0) return 0
    const { random } = this.#options
    return Math.max(askedPause(error), backoff({ base: firstWait, cap: longestWait, attempt, random }))
  }
}
