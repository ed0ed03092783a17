/**
 * Processes that take part in an election, in a world whose time, delays and losses a test decides: an API server that
 * holds one Lease, and processes that may be frozen or killed. Everything that happens is an event with its moment.
 */
import type { Clock } from '../../src/clock.ts'
import type { KubeCall } from '../../src/kube/call.ts'
import { KubeError } from '../../src/kube/kube-error.ts'
import { Lease } from '../../src/kube/lease.ts'
import type { LeaseObject } from '../../src/kube/lease-record.ts'
import type { Term } from '../../src/kube/term.ts'
import { silentLog } from '../../src/telemetry/log.ts'

/** Of every process, in milliseconds. */
const duration = 10_000

/** What happens on the way of one call. */
export interface Way {
  /** Milliseconds to the server and back; undefined: it is lost there. */
  readonly there: number | undefined
  readonly back: number | undefined
}

/** Lets whatever is ready run, as far as it gets without the world. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 25; turn += 1) await Promise.resolve()
}

const error = (status: number, reason: string) => new KubeError(reason, { status, reason })

/** See the head of the file. */
export class Election {
  #now = 0
  #order = 0
  #version = 1
  #lease: LeaseObject | undefined
  #events: { at: number; order: number; of: Process | undefined; run: () => void }[] = []
  readonly processes: Process[] = []
  readonly #way: (of: Process) => Way

  constructor(way: (of: Process) => Way) {
    this.#way = way
  }

  get now(): number {
    return this.#now
  }

  start(): void {
    this.processes.push(new Process(this, `process ${this.processes.length}`))
  }

  /** Something happens after a while; to a process only while that is not frozen, and never once it was killed. */
  after(milliseconds: number, run: () => void, of?: Process): void {
    this.#order += 1
    this.#events.push({ at: this.#now + Math.max(0, milliseconds), order: this.#order, of, run })
  }

  /** Lets everything happen in its order up to a moment; `check` is called after each thing that did. */
  async until(end: number, check: () => void): Promise<void> {
    await settle()
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#now = Math.max(this.#now, next.at)
      next.run()
      await settle()
      check()
    }
  }

  /** The names of those who would be let through by their fence. */
  leading(): string[] {
    return this.processes.filter((one) => !one.isFrozen && one.mayAct()).map(({ name }) => name)
  }

  #next(end: number) {
    const ready = this.#events.filter(({ at, of }) => at <= end && of?.isFrozen !== true)
    const [next] = ready.toSorted((a, b) => a.at - b.at || a.order - b.order)
    this.#events = this.#events.filter((one) => one !== next && one.of?.isKilled !== true)
    return next?.of?.isKilled === true ? { ...next, run: () => undefined } : next
  }

  /** One call of a process, on the way that this one takes. */
  call(of: Process, { signal, timeout = 0, ...call }: KubeCall): Promise<LeaseObject> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
      this.after(timeout, () => reject(error(0, 'TimedOut')), of)
      const { there, back } = this.#way(of)
      const body = structuredClone(call.body) as LeaseObject
      const arrive = () => {
        const answer = this.#answered(() => this.#serve(call.method, body))
        if (back !== undefined) this.after(back, () => answer(resolve, reject), of)
      }
      if (there !== undefined) this.after(there, arrive)
    })
  }

  #answered(
    serve: () => LeaseObject,
  ): (resolve: (lease: LeaseObject) => void, reject: (e: unknown) => void) => void {
    try {
      const lease = structuredClone(serve())
      return (resolve) => resolve(lease)
    } catch (error) {
      return (_resolve, reject) => reject(error)
    }
  }

  #serve(method: KubeCall['method'], body: LeaseObject): LeaseObject {
    if (method === 'POST' && this.#lease !== undefined) throw error(409, 'AlreadyExists')
    if (method !== 'POST' && this.#lease === undefined) throw error(404, 'NotFound')
    if (method === 'GET' && this.#lease !== undefined) return this.#lease
    const known = this.#lease?.metadata ?? { ...body.metadata, uid: 'u' }
    if (method === 'PUT' && body.metadata.resourceVersion !== known.resourceVersion)
      throw error(409, 'Conflict')
    this.#version += 1
    this.#lease = { ...body, metadata: { ...known, resourceVersion: String(this.#version) } }
    return this.#lease
  }
}

/** One that takes part, and works as long as it leads. */
export class Process {
  readonly name: string
  isFrozen = false
  isKilled = false
  readonly #world: Election
  readonly #stop = new AbortController()
  #term: Term | undefined

  constructor(world: Election, name: string) {
    this.name = name
    this.#world = world
    const client = { request: <T>(call: KubeCall) => world.call(this, call) as Promise<T> }
    const at = { namespace: 'home', name: 'lakeward', identity: name, duration }
    const lease = new Lease({ client, ...at, clock: this.#clock(), random: () => 0.5, log: silentLog })
    void lease.run((term) => this.#work(term), this.#stop.signal)
  }

  /** Whether a request of its work would be sent now. */
  mayAct(): boolean {
    if (this.isKilled || this.#term === undefined) return false
    try {
      this.#term.check()
      return true
    } catch {
      return false
    }
  }

  stop(): void {
    this.#stop.abort(new Error('stopped'))
  }

  #clock(): Clock {
    const world = this.#world
    return {
      now: () => world.now,
      monotonic: () => world.now,
      sleep: (milliseconds, signal) =>
        new Promise((resolve, reject) => {
          if (signal?.aborted) return reject(signal.reason as Error)
          signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
          world.after(milliseconds, resolve, this)
        }),
    }
  }

  async #work(term: Term): Promise<void> {
    this.#term = term
    const end = Promise.withResolvers<void>()
    for (const signal of [term.signal, this.#stop.signal])
      signal.addEventListener('abort', () => end.resolve())
    await end.promise
    // What runs comes to its end, unless the term is over.
    await this.#clock()
      .sleep(3_000, term.signal)
      .catch(() => undefined)
  }
}
