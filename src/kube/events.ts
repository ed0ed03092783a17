/**
 * Telling people by Kubernetes events what happened to an object.
 *
 * Guarantees: never holds up who records, never fails them; the same note about the same object is written
 * once in ten minutes; memory is bounded, and so is what is under way: events go out one after the other,
 * and what comes while too many wait is dropped.
 *
 * Assumes: events are a courtesy. Everything that matters stands in the object's status.
 */
import type { Clock } from '../clock.ts'
import type { Log } from '../telemetry/log.ts'
import type { Random } from './backoff.ts'
import type { KubeClient } from './client.ts'
import { resourcePath, type KubeObject } from './object.ts'

const quietFor = 600_000
const longestMemory = 4_096
const longestLine = 256
/** The API server counts bytes. */
const longestNote = 1_024
const ellipsis = '…'

/** What is told. */
export interface Happening {
  type: 'Normal' | 'Warning'
  /** Why, as one word: `Created`, `DriftFound`. */
  reason: string
  /** What happened, as a sentence. */
  note: string
  /** What was done or tried, as one word. */
  action: string
}

const events = { group: 'events.k8s.io', version: 'v1', plural: 'events', kind: 'Event' }

/** See the head of the file. */
export class EventRecorder {
  readonly #client: KubeClient
  readonly #clock: Clock
  readonly #random: Random
  readonly #log: Log
  readonly #controller: string
  readonly #instance: string
  /** When each note was last recorded, oldest first. */
  readonly #told = new Map<string, number>()
  readonly #line: { namespace: string; event: unknown }[] = []
  #sending: Promise<void> | undefined

  /** `controller` names the program, `instance` this one process of it. */
  constructor(options: {
    client: KubeClient
    clock: Clock
    random: Random
    log: Log
    controller: string
    instance: string
  }) {
    this.#client = options.client
    this.#clock = options.clock
    this.#random = options.random
    this.#log = options.log
    this.#controller = options.controller
    this.#instance = options.instance
  }

  /** Writes an event about an object, soon. */
  record(object: KubeObject, happening: Happening): void {
    if (this.#wasToldLately(`${object.metadata.uid}\n${happening.reason}\n${happening.note}`)) return
    if (this.#line.length >= longestLine) {
      this.#log.debug({ reason: happening.reason }, 'too many events are waiting; this one is dropped')
      return
    }
    const namespace = object.metadata.namespace ?? 'default'
    this.#line.push({ namespace, event: this.#eventOf(object, happening) })
    this.#sending ??= this.#send()
  }

  /** Resolves when everything recorded so far has been sent or refused. */
  async idle(): Promise<void> {
    await this.#sending
  }

  async #send(): Promise<void> {
    for (let next = this.#line.shift(); next !== undefined; next = this.#line.shift()) {
      const path = resourcePath(events, next.namespace)
      try {
        await this.#client.request({ method: 'POST', path, body: next.event, timeout: 10_000 })
      } catch (error) {
        // A namespace that is being deleted refuses new events, and so may a role.
        this.#log.debug({ err: error }, 'an event was not written')
      }
    }
    this.#sending = undefined
  }

  #wasToldLately(what: string): boolean {
    const now = this.#clock.monotonic()
    for (const [old, at] of this.#told) {
      if (now - at < quietFor && this.#told.size < longestMemory) break
      this.#told.delete(old)
    }
    if (this.#told.has(what)) return true
    this.#told.set(what, now)
    return false
  }

  /** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ */
  #eventOf(object: KubeObject, { type, reason, note, action }: Happening): unknown {
    const { name, namespace, uid, resourceVersion } = object.metadata
    const { apiVersion, kind } = object
    const regarding = { apiVersion, kind, name, namespace, uid, resourceVersion }
    return {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: `${stem(name)}.${this.#unique()}`, namespace: namespace ?? 'default' },
      // A MicroTime: the API server refuses any other number of digits than six.
      eventTime: new Date(this.#clock.now()).toISOString().replace('Z', '000Z'),
      reportingController: this.#controller,
      reportingInstance: this.#instance,
      type,
      reason,
      action,
      regarding,
      note: shortened(note),
    }
  }

  #unique(): string {
    const chance = Math.floor(this.#random() * 2 ** 32).toString(16)
    return this.#clock.now().toString(16) + chance.padStart(8, '0')
  }
}

/** So much of a name as leaves room for the rest within 253 characters, and still ends as a name must. */
const stem = (name: string): string => name.slice(0, 220).replace(/[^a-z0-9]+$/, '')

/** A note within its limit, cut between characters. */
function shortened(note: string): string {
  if (Buffer.byteLength(note) <= longestNote) return note
  const room = new Uint8Array(longestNote - Buffer.byteLength(ellipsis))
  return note.slice(0, new TextEncoder().encodeInto(note, room).read) + ellipsis
}
