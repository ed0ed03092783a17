import type { JsonObject } from '../../../src/databricks/json.ts'
import { grant } from '../../../src/kinds/grant/index.ts'
import type { KubeClient } from '../../../src/kube/client.ts'
import { KubeError } from '../../../src/kube/kube-error.ts'
import { keyOf, type KubeObject } from '../../../src/kube/object.ts'
import { Store } from '../../../src/kube/store.ts'
import { Memory, type Environment } from '../../../src/reconcile/environment.ts'
import { reconcile } from '../../../src/reconcile/reconcile.ts'
import { Sightings } from '../../../src/reconcile/search.ts'
import { ReplacedError } from '../../../src/reconcile/writer.ts'
import { aDoor, type Called } from '../../reconcile/door.ts'
import { aFailure, aSession } from '../../reconcile/fixtures.ts'
import { attemptSettle, type Surroundings } from '../../reconcile/surroundings.ts'
import { Catalog } from './catalog.ts'
import { Manifests, principal, type Treatment } from './manifests.ts'

const path = 'schema/main.silver'

/** What somebody does. */
export type Act =
  | { is: 'apply'; name: string; privileges: string[] }
  | { is: 'treat'; name: string; how: Treatment }
  | { is: 'delete'; name: string }
  | { is: 'pass'; name: string }

/** What happens to one request of the operator, to either side. */
export type Trouble =
  /** The operator ends before it. */
  | { is: 'Killed' }
  /** The operator ends before it is answered, and it takes effect after so many more passes. */
  | { is: 'KilledLate'; passes: number }
  /** It is refused in Databricks' own words. */
  | { is: 'Refused' }
  /** It is not answered, and took effect, or does after so many more passes. */
  | { is: 'Unanswered'; passes: number }
  /** Other work of the same operator comes first. */
  | { is: 'Meanwhile' }

/** One way in which a story may go. */
export interface Turn {
  /** Which request it happens to, counted from the first. */
  at: number
  trouble: Trouble
  /** What is done at that moment. */
  acts?: readonly Act[]
}

/** What a catalog was asked to do and does later. */
interface Late {
  passes: number
  happens: () => unknown
}

/** What ends a pass that another one follows. */
function expected(error: unknown): void {
  if (!(error instanceof KubeError || error instanceof ReplacedError)) throw error
}

const never = new Promise<never>(() => undefined)

/** Several manifests about one schema, and the operator, which may live more than once. */
export class Lives {
  readonly catalog = new Catalog()
  /** Requests so far, as `PATCH databricks` or `PATCH kubernetes`. */
  readonly requests: string[] = []
  /** Who is to be looked at again, by the name that the API server knows. */
  readonly woken: string[] = []
  readonly #around: Surroundings
  readonly #manifests: Manifests
  #turn: Turn | undefined
  #late: Late[] = []
  #killed = Promise.withResolvers<'killed'>()
  #life: { environment: Environment; store: Store<KubeObject> }
  #told = 0
  /** Nobody is looked at twice at the same time. */
  readonly #busy = new Set<string>()

  constructor(around: Surroundings, run: number, holds: readonly string[]) {
    this.#around = around
    this.#manifests = new Manifests(around.api, run)
    this.catalog.on(path, { [principal]: [...holds] })
    this.#life = this.#begin()
  }

  /** Plays a story in which one thing may go otherwise, and waits until all has come to rest. */
  async play(story: readonly Act[], turn?: Turn): Promise<void> {
    this.#turn = turn
    for (const act of story) await this.#act(act)
    this.#told = this.requests.length
    await this.#calm()
  }

  /** The requests that the story itself led to. */
  get told(): readonly string[] {
    return this.requests.slice(0, this.#told)
  }

  get holds(): string[] {
    return [...(this.catalog.grants.get(path)?.get(principal) ?? [])].toSorted()
  }

  get wanted(): string[] {
    return this.#manifests.wanted
  }

  /** Deletes whatever is left, and waits until it is gone. */
  async end(): Promise<void> {
    for (const name of this.names) await this.#act({ is: 'delete', name })
    await this.#calm()
  }

  /** Of the manifests that are there. */
  get names(): string[] {
    return this.#manifests.names
  }

  #begin() {
    const { environment, clock, directory } = this.#around
    const { databricks } = aDoor()
    const door = { ...databricks, call: async (call: never) => this.#throughDoor(call) }
    directory.set('data/default', { is: 'Ready', session: aSession(door), interval: 600_000 })
    return {
      store: new Store<KubeObject>(),
      environment: {
        ...environment,
        client: this.#hooked(environment.client),
        memory: new Memory(),
        sightings: new Sightings(clock),
        lookAgain: (_kind: string, key: string) => void this.woken.push(key),
      },
    }
  }

  /** The same client, whose requests pass by what happens to them. */
  #hooked(client: KubeClient): KubeClient {
    const ask = async (method: 'get' | 'patch', args: unknown[]) => {
      const send = client[method].bind(client) as (...args: unknown[]) => Promise<unknown>
      const happens = () => send(...args).finally(() => this.#manifests.collectGarbage())
      await this.#before(`${method.toUpperCase()} kubernetes`, () => happens().catch(() => undefined))
      return happens()
    }
    const get = (...args: unknown[]) => ask('get', args)
    const patch = (...args: unknown[]) => ask('patch', args)
    return { get, patch } as unknown as KubeClient
  }

  async #throughDoor({ method, path, body, effect }: Called & { method: string; path: string }) {
    const called = { call: `${method} ${path}`, body, effect }
    if (path.includes('scim')) return {}
    const trouble = await this.#before(`${method} databricks`, () => void this.catalog.answer(called))
    if (trouble?.is === 'Refused') throw aFailure({ kind: 'Forbidden', status: 403 })
    if (trouble?.is === 'Unanswered') throw aFailure({ kind: 'Unavailable', status: 0, answered: false })
    const answered: JsonObject | Error = this.catalog.answer(called)
    if (answered instanceof Error) throw answered
    return answered
  }

  /** Counts a request; the trouble that its sender has to tell it of. */
  async #before(request: string, happens: () => unknown = () => undefined): Promise<Trouble | undefined> {
    const at = this.requests.push(request) - 1
    const turn = this.#turn
    if (turn?.at !== at) return undefined
    const { trouble, acts = [] } = turn
    if (trouble.is === 'KilledLate' || trouble.is === 'Unanswered')
      this.#late.push({ passes: trouble.passes, happens })
    await this.#happen()
    if (trouble.is === 'Killed' || trouble.is === 'KilledLate') {
      const { resolve } = this.#killed
      this.#killed = Promise.withResolvers<'killed'>()
      this.#life = this.#begin()
      this.#busy.clear()
      for (const act of acts) await this.#act(act)
      resolve('killed')
      return never
    }
    const life = this.#life
    for (const act of acts) await this.#act(act)
    return life === this.#life ? trouble : never
  }

  async #act(act: Act): Promise<void> {
    switch (act.is) {
      case 'apply':
        return this.#manifests.apply(act.name, act.privileges)
      case 'treat':
        return this.#manifests.treat(act.name, act.how)
      case 'delete':
        return this.#manifests.delete(act.name)
      case 'pass':
        return this.#pass(act.name)
      default:
        return act satisfies never
    }
  }

  async #pass(name: string): Promise<void> {
    const { store, environment } = this.#life
    const objects = this.#manifests.objects
    const keys = new Set(objects.map(keyOf))
    for (const known of Array.from(store.values(), keyOf)) if (!keys.has(known)) store.delete(known)
    for (const one of objects) store.observe(one)
    const object = this.#manifests.object(name)
    if (object === undefined || this.#busy.has(name)) return
    const killed = this.#killed.promise
    this.#busy.add(name)
    const pass = reconcile({ kind: grant, store, environment }, keyOf(object), 'edit')
    const end = await Promise.race([pass.catch(expected), killed])
    if (end !== 'killed') this.#busy.delete(name)
    await this.#happen()
  }

  /** What is late is so by one pass less. */
  async #happen(): Promise<void> {
    const due = this.#late.filter(({ passes }) => passes <= 0)
    this.#late = this.#late.filter(({ passes }) => passes > 0)
    for (const { happens } of due) await happens()
    for (const late of this.#late) late.passes -= 1
  }

  /** Looks at everything as often as it takes, and longer than anything may be late. */
  async #calm(): Promise<void> {
    for (const wait of [0, 5_000, attemptSettle, 5_000, 600_000]) {
      if (wait >= attemptSettle) for (const late of this.#late) late.passes = 0
      await this.#happen()
      await this.#around.clock.advance(wait)
      for (const name of this.names) await this.#pass(name)
    }
  }
}
