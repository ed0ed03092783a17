/**
 * Telling people by Kubernetes events what happened to an object.
 *
 * Guarantees: never holds up who records, never fails them. What happens again within ten minutes is counted in the
 * event that there is, as a series, whose count is sent at once the first time and then once in five minutes. The rate
 * is bounded, of new events about one object as in all; memory is bounded, and so is what is under way: events go out
 * one after the other. What is too much is left out.
 *
 * Assumes: events are a courtesy. Everything that matters stands in the object's status. So an event that the API
 * server refuses is not sent again, and what it was about is told anew when it happens again.
 */
import { microInstant, type Clock } from '../clock.ts'
import type { Log } from '../telemetry/log.ts'
import { Allowance } from './allowance.ts'
import type { Random } from './backoff.ts'
import type { KubeClient } from './client.ts'
import { resourcePath, type KubeObject } from './object.ts'
import { Memory, whatOf, type Happening, type Told } from './told.ts'

/** New events about one object. */
const ofObject = { burst: 25, every: 300_000 }
/** New events in all. */
const inAll = { burst: 1_000, every: 50 }
/** For so many objects it is known how much was told about them; whoever was told about longest ago is forgotten. */
const mostObjects = 4_096
/** Between two counts of a series, in milliseconds. */
const seriesEvery = 300_000
const longestLine = 256
const longestNote = 1_024
const ellipsis = '…'
const timeout = 10_000

const events = { group: 'events.k8s.io', version: 'v1', plural: 'events', kind: 'Event' }

/** What a recorder is made of. */
export interface RecorderOptions {
  readonly client: KubeClient
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Names the program. */
  readonly controller: string
  /** Names this one process of it. */
  readonly instance: string
  /** Falls when nothing more is to be waited for. */
  readonly signal: AbortSignal
}

/** See the head of the file. */
export class EventRecorder {
  readonly #options: RecorderOptions
  readonly #memory = new Memory()
  readonly #allowances = new Map<string, Allowance>()
  readonly #inAll: Allowance
  /** What is to be sent now. */
  readonly #line = new Set<Told>()
  /** Whose count is to be sent in its time. */
  readonly #later = new Set<Told>()
  #sending: Promise<void> | undefined

  constructor(options: RecorderOptions) {
    this.#options = options
    this.#inAll = new Allowance(inAll, options.clock.monotonic())
  }

  /** Writes an event about an object, soon. */
  record(object: KubeObject, happening: Happening): void {
    const at = { now: this.#options.clock.now(), monotonic: this.#options.clock.monotonic() }
    const what = whatOf(object, happening)
    const again = this.#memory.again(what, at)
    if (again !== undefined) return this.#countSoon(again)
    if (!this.#isAllowed(object.metadata.uid, at.monotonic)) {
      this.#options.log.debug({ reason: happening.reason }, 'too many events; this one is left out')
      return
    }
    const name = `${stem(object.metadata.name)}.${this.#unique()}`
    const namespace = object.metadata.namespace ?? 'default'
    const told: Told = {
      what,
      namespace,
      name,
      unsent: this.#eventOf(object, happening, { name, namespace }),
      count: 1,
      lastAt: at.now,
      heardAt: at.monotonic,
      patchedAt: undefined,
    }
    this.#memory.keep(told)
    this.#sendSoon(told)
  }

  /** Resolves when everything recorded so far has been sent or refused, the counts of series too. */
  async idle(): Promise<void> {
    for (const told of this.#later) this.#sendSoon(told)
    await this.#sending
  }

  #isAllowed(uid: string, now: number): boolean {
    const its = this.#allowances.get(uid) ?? new Allowance(ofObject, now)
    if (this.#line.size >= longestLine || !this.#inAll.has(now) || !its.has(now)) return false
    this.#inAll.take()
    its.take()
    this.#allowances.delete(uid)
    for (const [oldest] of this.#allowances) {
      if (this.#allowances.size < mostObjects) break
      this.#allowances.delete(oldest)
    }
    this.#allowances.set(uid, its)
    return true
  }

  #countSoon(told: Told): void {
    // While the event itself is in the line, it goes out with the count that it has then.
    if (told.unsent !== undefined || this.#later.has(told)) return
    const { clock, signal } = this.#options
    const { patchedAt = Number.NEGATIVE_INFINITY } = told
    const wait = patchedAt + seriesEvery - clock.monotonic()
    if (wait <= 0) return this.#sendSoon(told)
    this.#later.add(told)
    const ring = () => {
      if (this.#later.has(told)) this.#sendSoon(told)
    }
    // Ends early only with everything.
    clock.sleep(wait, signal).then(ring, () => undefined)
  }

  #sendSoon(told: Told): void {
    this.#later.delete(told)
    this.#line.add(told)
    this.#sending ??= this.#send()
  }

  async #send(): Promise<void> {
    for (const told of this.#line) {
      this.#line.delete(told)
      try {
        await this.#write(told)
      } catch (error) {
        // A namespace that is being deleted refuses new events, and so may a role; an old event may be gone.
        this.#options.log.debug({ err: error }, 'an event was not written')
        for (const place of [this.#memory, this.#line, this.#later]) place.delete(told)
      }
    }
    this.#sending = undefined
  }

  async #write(told: Told): Promise<void> {
    const { client, clock } = this.#options
    const { namespace, name, count, unsent } = told
    const series = { count, lastObservedTime: microInstant(told.lastAt) }
    told.unsent = undefined
    if (unsent !== undefined) {
      const body = count === 1 ? unsent : { ...unsent, series }
      if (count > 1) told.patchedAt = clock.monotonic()
      await client.request({ method: 'POST', path: resourcePath(events, namespace), body, timeout })
      return
    }
    told.patchedAt = clock.monotonic()
    const path = resourcePath(events, namespace, name)
    await client.patch({ type: 'merge', path, body: { series }, timeout })
  }

  /** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ */
  #eventOf(
    object: KubeObject,
    { type, reason, note, action }: Happening,
    metadata: { name: string; namespace: string },
  ): object {
    const { name, namespace, uid, resourceVersion } = object.metadata
    const { apiVersion, kind } = object
    const regarding = { apiVersion, kind, name, namespace, uid, resourceVersion }
    return {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata,
      eventTime: microInstant(this.#options.clock.now()),
      reportingController: this.#options.controller,
      reportingInstance: this.#options.instance,
      type,
      reason,
      action,
      regarding,
      note: shortened(note),
    }
  }

  #unique(): string {
    const chance = Math.floor(this.#options.random() * 2 ** 32).toString(16)
    return this.#options.clock.now().toString(16) + chance.padStart(8, '0')
  }
}

/** So much of a name as leaves room for the rest within 253 characters, and still ends as a name must. */
const stem = (name: string): string => name.slice(0, 220).replace(/[^a-z0-9]+$/, '')

/** A note within its limit, of which the API server counts the bytes, cut between characters. */
function shortened(note: string): string {
  if (Buffer.byteLength(note) <= longestNote) return note
  const room = new Uint8Array(longestNote - Buffer.byteLength(ellipsis))
  return note.slice(0, new TextEncoder().encodeInto(note, room).read) + ellipsis
}
