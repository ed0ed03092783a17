import type { KubeObject } from '../../src/kube/object.ts'
import { FakeApi, type Exchange } from '../kube/fake-api.ts'

type Step = { op: string; path: string; value?: unknown }
type Status = Record<string, unknown>

/** What an event says. */
interface Told {
  type: string
  reason: string
  note: string
}

/**
 * An API server that remembers: objects with a resourceVersion, a status that each field manager owns a part of,
 * JSON patches of the metadata, and events. It keeps the rules that the loop relies on and knows no others.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export class LiveApi implements AsyncDisposable {
  /** By path. */
  readonly objects = new Map<string, KubeObject>()
  /** Every change that was asked for, refused ones too: `status` and its manager, or `finalizers`. */
  readonly writes: string[] = []
  readonly events: Told[] = []
  /** Runs before a change is answered: somebody else is faster. */
  before: (write: string) => void = () => undefined
  /** How much a status may say was added, as the schema of a CatalogGrant has it. */
  room = 5_000
  /** Hears of every report that was written, with the copy before it. */
  onReport: (before: KubeObject, after: KubeObject) => void = () => undefined
  readonly #api: FakeApi
  readonly #owned = new Map<string, Map<string, string[]>>()

  private constructor(api: FakeApi) {
    this.#api = api
  }

  static async start(): Promise<LiveApi> {
    const live = new LiveApi(await FakeApi.start())
    void live.#serve()
    return live
  }

  get access() {
    return this.#api.access
  }

  /** Puts an object there, and names its path. */
  put(object: KubeObject, plural = 'widgets'): string {
    const { namespace = '', name } = object.metadata
    const path = `/apis/lakeward.dev/v1beta1/namespaces/${namespace}/${plural}/${name}`
    this.objects.set(path, object)
    return path
  }

  /** Somebody else changes an object; returns its new copy. */
  change(path: string, change: Partial<KubeObject>): KubeObject {
    const before = this.objects.get(path)
    if (before === undefined) throw new Error(`there is no ${path}`)
    const metadata = { ...before.metadata, ...change.metadata, resourceVersion: next(before) }
    const after = { ...before, ...change, metadata }
    this.objects.set(path, after)
    return after
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#api[Symbol.asyncDispose]()
  }

  async #serve(): Promise<void> {
    for (;;) this.#answer(await this.#api.next())
  }

  #answer(exchange: Exchange): void {
    if (exchange.method === 'POST') {
      const { type, reason, note } = JSON.parse(exchange.body) as Told
      this.events.push({ type, reason, note })
      return exchange.json({}, 201)
    }
    const path = exchange.path.replace(/\/status$/, '')
    const { fieldManager } = exchange.query
    const write = path === exchange.path ? 'finalizers' : `status ${fieldManager ?? ''}`
    if (exchange.method === 'PATCH') {
      this.writes.push(write)
      this.before(write)
    }
    const object = this.objects.get(path)
    if (object === undefined) return exchange.refuse(404, 'NotFound')
    if (exchange.method === 'GET') return exchange.json(object)
    const after =
      path === exchange.path
        ? patched(object, JSON.parse(exchange.body) as Step[])
        : this.#applied(path, object, exchange)
    if (after === undefined) return exchange.refuse(409, 'Conflict')
    if (((after.status ?? {}) as { added?: unknown[] }).added?.[this.room] !== undefined)
      return exchange.refuse(422, 'Invalid')
    this.objects.set(path, after)
    if (write === 'status lakeward') this.onReport(object, after)
    exchange.json(after)
  }

  #applied(path: string, object: KubeObject, { body, query }: Exchange): KubeObject | undefined {
    const { metadata, status } = JSON.parse(body) as KubeObject
    if (metadata.resourceVersion !== object.metadata.resourceVersion) return undefined
    const managers = this.#owned.get(path) ?? new Map<string, string[]>()
    const manager = query['fieldManager'] ?? ''
    const owned = managers.get(manager) ?? []
    const kept = Object.entries((object.status ?? {}) as Status).filter(([name]) => !owned.includes(name))
    const merged = { ...Object.fromEntries(kept), ...(status as Status) }
    this.#owned.set(path, managers.set(manager, Object.keys(status as Status)))
    return { ...object, status: merged, metadata: { ...object.metadata, resourceVersion: next(object) } }
  }
}

const next = ({ metadata }: KubeObject): string => String(Number(metadata.resourceVersion) + 1)

/** The object after a patch of its finalizers; undefined when it was decided on another copy. */
function patched(object: KubeObject, steps: Step[]): KubeObject | undefined {
  const { metadata } = object
  const finalizers = [...(metadata.finalizers ?? [])]
  for (const { op, path, value } of steps) {
    if (path === '/metadata/resourceVersion' && value !== metadata.resourceVersion) return undefined
    if (path === '/metadata/uid' && value !== metadata.uid) return undefined
    if (op === 'add') finalizers.push(...[value].flat().map(String))
    if (op === 'remove') finalizers.splice(Number(path.split('/').at(-1)), 1)
  }
  return { ...object, metadata: { ...metadata, finalizers, resourceVersion: next(object) } }
}
