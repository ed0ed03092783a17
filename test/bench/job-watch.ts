import { EventEmitter, once } from 'node:events'
import { z } from 'zod'
import { systemClock } from '../../src/clock.ts'
import type { BareClient } from './bare-client.ts'

/** What is known of one JobSpec. */
export interface WatchedJob {
  readonly name: string
  readonly uid: string
  /** When it was first seen and when it was first Ready, on the monotonic clock. */
  readonly seenAt: number
  readonly readyAt: number | undefined
  readonly lastHandledReconcileAt: string | undefined
  readonly status: Readonly<Record<string, unknown>>
}

const objectSchema = z.object({
  metadata: z.object({ name: z.string(), uid: z.string(), generation: z.int() }),
  status: z.looseObject({
    lastHandledReconcileAt: z.string().optional(),
    conditions: z
      .array(z.looseObject({ type: z.string(), status: z.string(), observedGeneration: z.int() }))
      .default([]),
  }),
})

const eventSchema = z.object({ type: z.enum(['ADDED', 'MODIFIED', 'DELETED']), object: objectSchema })
const listSchema = z.object({ metadata: z.object({ resourceVersion: z.string() }) })

/** The JobSpecs of one namespace that was empty, as the API server tells of them. */
export class JobWatch {
  readonly #jobs = new Map<string, WatchedJob>()
  readonly #client: BareClient
  readonly #onNew: (job: WatchedJob) => void
  readonly #ended = new AbortController()
  readonly #news = new EventEmitter<{ news: [] }>()
  #failure: Error | undefined

  /** `onNew` is called for each, when it is first seen. */
  constructor(client: BareClient, onNew: (job: WatchedJob) => void = () => undefined) {
    this.#client = client
    this.#onNew = onNew
  }

  get jobs(): readonly WatchedJob[] {
    return [...this.#jobs.values()]
  }

  /** Returns once the watch is open; nothing made after that is missed. */
  async open(namespace: string, signal: AbortSignal): Promise<void> {
    const path = `/apis/lakeward.dev/v1beta1/namespaces/${namespace}/jobspecs`
    const list = listSchema.parse(await this.#client.call({ method: 'GET', path: `${path}?limit=1`, signal }))
    const query = `watch=1&timeoutSeconds=3600&resourceVersion=${list.metadata.resourceVersion}`
    const until = AbortSignal.any([signal, this.#ended.signal])
    this.#follow(`${path}?${query}`, until).catch((cause: unknown) => {
      if (until.aborted) return
      this.#failure = new Error('the watch has failed', { cause })
      this.#news.emit('news')
    })
  }

  /** Resolves when so many jobs answer yes. */
  async until(
    isDone: (job: WatchedJob) => boolean,
    { count, within, signal }: { count: number; within: number; signal: AbortSignal },
  ): Promise<void> {
    const both = AbortSignal.any([signal, AbortSignal.timeout(within)])
    for (;;) {
      const done = this.jobs.filter(isDone).length
      if (done >= count) return
      try {
        if (this.#failure !== undefined) throw this.#failure
        await once(this.#news, 'news', { signal: both })
      } catch (error) {
        throw new Error(`only ${done} of ${count} jobs got there`, { cause: error })
      }
    }
  }

  close(): void {
    this.#ended.abort()
  }

  async #follow(path: string, signal: AbortSignal): Promise<void> {
    for await (const line of this.#client.lines({ method: 'GET', path, signal })) {
      this.#take(eventSchema.parse(line).object)
      this.#news.emit('news')
    }
    throw new Error(`${path} has ended`)
  }

  #take({ metadata: { name, uid, generation }, status }: z.output<typeof objectSchema>): void {
    const known = this.#jobs.get(name)
    const now = systemClock.monotonic()
    const isReady = status.conditions.some(
      (one) => one.type === 'Ready' && one.status === 'True' && one.observedGeneration === generation,
    )
    const job: WatchedJob = {
      name,
      uid,
      seenAt: known?.seenAt ?? now,
      readyAt: known?.readyAt ?? (isReady ? now : undefined),
      lastHandledReconcileAt: status.lastHandledReconcileAt,
      status,
    }
    this.#jobs.set(name, job)
    if (known === undefined) this.#onNew(job)
  }
}
