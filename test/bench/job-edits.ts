import { EventEmitter, once } from 'node:events'
import { z } from 'zod'
import { systemClock } from '../../src/clock.ts'
import type { Stage } from './stage.ts'

/** One change of a manifest; times in milliseconds since the epoch. */
export interface Edit {
  /** The remote job. */
  readonly jobId: string
  /** When it was sent to the API server. */
  readonly sentAt: number
  /** When a watch that is not the operator's heard of it. */
  readonly seenAt: number
}

const objectSchema = z.object({
  metadata: z.object({ name: z.string(), generation: z.int(), resourceVersion: z.string() }),
  status: z.looseObject({
    externalId: z.string().default(''),
    conditions: z
      .array(z.looseObject({ type: z.string(), status: z.string(), observedGeneration: z.int() }))
      .default([]),
  }),
})
const eventSchema = z.object({ object: objectSchema })
const listSchema = z.object({ metadata: z.object({ resourceVersion: z.string() }) })

/** Long enough for whatever the operator does besides. */
const patience = 60_000
/** Between two edits, up to so long, by chance: they must not fall into step with what goes on besides. */
const longestPause = 40

const now = (): number => performance.timeOrigin + performance.now()

/** Changes jobs one after the other, each when the one before is Ready again. */
export class JobEdits {
  readonly #stage: Pick<Stage, 'kubernetes' | 'signal'>
  readonly #collection: string
  /** When each generation was first seen, and first seen Ready, by `name@generation`. */
  readonly #seen = new Map<string, number>()
  readonly #ready = new Map<string, number>()
  readonly #news = new EventEmitter<{ news: [] }>()
  readonly #ended = new AbortController()

  constructor(stage: Pick<Stage, 'kubernetes' | 'signal'>, namespace: string) {
    this.#stage = stage
    this.#collection = `/apis/lakeward.dev/v1beta1/namespaces/${namespace}/jobspecs`
  }

  /** Nothing that is edited after this is missed. */
  async open(): Promise<void> {
    const { kubernetes, signal } = this.#stage
    const first = `${this.#collection}?limit=1`
    const { metadata } = listSchema.parse(await kubernetes.call({ method: 'GET', path: first, signal }))
    const path = `${this.#collection}?watch=1&timeoutSeconds=3600&resourceVersion=${metadata.resourceVersion}`
    this.#follow(path).catch((error: unknown) => this.#ended.abort(error))
  }

  async edit(name: string): Promise<Edit> {
    const { kubernetes, signal } = this.#stage
    const path = `${this.#collection}/${name}`
    const { metadata, status } = objectSchema.parse(await kubernetes.call({ method: 'GET', path, signal }))
    const sign = `${name}@${metadata.generation + 1}`
    const body = { spec: { timeoutSeconds: 10_000 + metadata.generation } }
    const contentType = 'application/merge-patch+json'
    const sentAt = now()
    const [, seenAt] = await Promise.all([
      kubernetes.call({ method: 'PATCH', path, contentType, body, signal }),
      this.#until(this.#seen, sign),
    ])
    await this.#until(this.#ready, sign)
    await systemClock.sleep(Math.random() * longestPause, signal)
    return { jobId: status.externalId, sentAt, seenAt }
  }

  close(): void {
    this.#ended.abort()
  }

  async #until(moments: ReadonlyMap<string, number>, sign: string): Promise<number> {
    const signal = AbortSignal.any([this.#stage.signal, this.#ended.signal, AbortSignal.timeout(patience)])
    for (;;) {
      const moment = moments.get(sign)
      if (moment !== undefined) return moment
      await once(this.#news, 'news', { signal })
    }
  }

  async #follow(path: string): Promise<void> {
    const signal = AbortSignal.any([this.#stage.signal, this.#ended.signal])
    for await (const line of this.#stage.kubernetes.lines({ method: 'GET', path, signal })) {
      const at = now()
      this.#take(eventSchema.parse(line).object, at)
      this.#news.emit('news')
    }
    throw new Error(`${path} has ended`)
  }

  #take({ metadata: { name, generation }, status }: z.output<typeof objectSchema>, at: number): void {
    const sign = `${name}@${generation}`
    if (!this.#seen.has(sign)) this.#seen.set(sign, at)
    const isReady = status.conditions.some(
      (one) => one.type === 'Ready' && one.status === 'True' && one.observedGeneration === generation,
    )
    if (isReady && !this.#ready.has(sign)) this.#ready.set(sign, at)
  }
}
