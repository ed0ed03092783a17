import type { Clock } from '../clock.ts'
import type { Log } from '../telemetry/log.ts'
import { backoff, type Random } from './backoff.ts'
import type { KubeClient } from './client.ts'
import { Complaint } from './complaint.ts'
import { hasStatus, KubeError } from './kube-error.ts'
import { apiVersionOf, keyOf, resourcePath, type KubeObject, type Resource } from './object.ts'
import { slim } from './slim.ts'
import type { Change, Store } from './store.ts'
import { watchOnce, type WatchEnd, type WatchEvent } from './watch.ts'

const pageSize = 250
const firstWait = 1_000
/** The longest wait between two tries; a watch that lasted longer than this was a good one. */
const longestWait = 30_000

/** What is followed, and who is told. */
export interface Following<T extends KubeObject> {
  client: KubeClient
  resource: Resource
  store: Store<T>
  onChange: (change: Change<T>) => void
  clock: Clock
  random: Random
  log: Log
  signal: AbortSignal
}

/** The list and watch of one namespace, or of all in one. `list-watch.ts` says what it guarantees. */
export class Scope<T extends KubeObject> {
  readonly #options: Following<T>
  readonly #namespace: string | undefined
  readonly #path: string
  readonly #complaint: Complaint
  readonly #synced = Promise.withResolvers<void>()
  /** How far we have come; undefined = only a list will do. */
  #version: string | undefined
  /** Whether this turn's watch brought news or lasted. */
  #wasFruitful = false
  /** Turns in a row that did not. */
  #fruitless = 0
  #lastHeard: number

  constructor(options: Following<T>, namespace: string | undefined) {
    this.#options = options
    this.#namespace = namespace
    this.#path = resourcePath(options.resource, namespace)
    this.#complaint = new Complaint(options.log, options.resource, namespace)
    this.#lastHeard = options.clock.monotonic()
  }

  /** The first list is in the store; rejects when the signal falls before. */
  get synced(): Promise<void> {
    return this.#synced.promise
  }

  /** When the API server last said something here, on the monotonic clock. */
  get lastHeard(): number {
    return this.#lastHeard
  }

  /** Lists and watches until the signal falls. */
  async run(): Promise<void> {
    const { signal, clock } = this.#options
    while (!signal.aborted) {
      const wait = this.#waitAfter(await this.#turn())
      // Aborted in its sleep, the loop ends by its own condition.
      if (wait > 0) await clock.sleep(wait, signal).catch(() => undefined)
    }
    this.#synced.reject(signal.reason)
  }

  /** One list, if due, and one watch. */
  async #turn(): Promise<WatchEnd> {
    const { client, clock, signal } = this.#options
    this.#wasFruitful = false
    try {
      this.#version ??= await this.#list()
    } catch (error) {
      return { is: 'Failed', error }
    }
    const began = clock.monotonic()
    const onEvent = (event: WatchEvent) => this.#take(event)
    const end = await watchOnce({ client, path: this.#path, version: this.#version, clock, signal, onEvent })
    if (clock.monotonic() - began > longestWait) this.#wasFruitful = true
    return end
  }

  /** Reads everything, brings the store in line and returns the version from which a watch goes on. */
  async #list(): Promise<string> {
    const { client, resource, store, signal } = this.#options
    // Built-in kinds come without these two in a list.
    const type = { apiVersion: apiVersionOf(resource), kind: resource.kind }
    const objects: T[] = []
    let version = ''
    for await (const page of client.pages<T>(this.#path, { limit: pageSize, signal })) {
      for (const item of page.items) objects.push(slim({ ...type, ...item }))
      version = page.resourceVersion
      this.#lastHeard = this.#options.clock.monotonic()
    }
    this.#tell(store.replaceAll(objects, version, this.#namespace))
    this.#complaint.settle()
    this.#synced.resolve()
    return version
  }

  #take(event: WatchEvent): void {
    const { store, clock } = this.#options
    this.#lastHeard = clock.monotonic()
    if (event.version !== this.#version) this.#wasFruitful = true
    this.#version = event.version
    store.reached(event.version, this.#namespace)
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
    if (needsList(end)) this.#version = undefined
    if (this.#wasFruitful) this.#fruitless = 0
    if (this.#wasFruitful && error === undefined) return 0
    // What is no failure goes on at once, but not again and again.
    const attempt = error === undefined ? this.#fruitless : this.#fruitless + 1
    this.#fruitless += 1
    if (attempt === 0) return 0
    const { random } = this.#options
    return Math.max(retryAfter(error), backoff({ base: firstWait, cap: longestWait, attempt, random }))
  }
}

/** Whether the next turn must start from the truth. A kind that vanished may come back with another history. */
const needsList = (end: WatchEnd): boolean =>
  end.is === 'Failed' ? hasStatus(end.error, 404) : end.is !== 'Ended'

const retryAfter = (error: unknown): number =>
  error instanceof KubeError ? (error.retryAfterSeconds ?? 0) * 1_000 : 0
