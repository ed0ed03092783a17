import type { KubeProxy } from '../kube-faults/proxy.ts'
import type { Databricks, Fault } from '../scenario/databricks.ts'
import type { Operator } from '../scenario/operator.ts'
import { until } from '../scenario/until.ts'
import type { Arena } from './arena.ts'
import type { Chance } from './chance.ts'
import type { Churn } from './churn.ts'

/** Where a request is when its sender is gone. `Frozen`: the sender comes back after others took over. */
export const moments = ['BeforeEffect', 'AfterEffect', 'LateEffect', 'Frozen'] as const
export type Moment = (typeof moments)[number]

/** Calls that change something, and any call. */
const writes = ['POST /api/2.*', 'PATCH /api/2.*'] as const
const anything = ['* /api/2.*'] as const

/** How long a request is waited for that fits. Whoever sends none is killed wherever it is. */
const patience = 2_500

/** What a killing needs. */
interface Means {
  chance: Chance
  churn: Churn
  /** Between the operator and the API server. */
  proxy: KubeProxy
}

/** Ends the operator at random requests to either side, and starts it again. */
export class Killing {
  /** How often it was ended at which moment, and how often that was at a request of the wanted kind. */
  readonly counts = {
    BeforeEffect: 0,
    AfterEffect: 0,
    LateEffect: 0,
    Frozen: 0,
    atDatabricks: 0,
    atKubernetes: 0,
  }
  readonly #arena: Arena
  readonly #chance: Chance
  readonly #churn: Churn
  readonly #proxy: KubeProxy
  #leader: Operator
  /** Stands by when the leader freezes, and leads from then on. */
  #spare: Operator

  private constructor(arena: Arena, spare: Operator, { chance, churn, proxy }: Means) {
    this.#arena = arena
    this.#chance = chance
    this.#churn = churn
    this.#proxy = proxy
    this.#leader = arena.world.operator
    this.#spare = spare
  }

  static async in(arena: Arena, means: Means): Promise<Killing> {
    return new Killing(arena, await arena.world.anotherOperator(), means)
  }

  get total(): number {
    return moments.reduce((sum, moment) => sum + this.counts[moment], 0)
  }

  /** Changes manifests, ends the operator at one of the requests that this leads to, and starts it again. */
  async once(moment: Moment): Promise<void> {
    if (moment === 'Frozen') await this.#spare.startReplica()
    const isHit = this.#chance.percent(60) ? await this.#atDatabricks(moment) : this.#atKubernetes(moment)
    await this.#churn.stir(this.#chance.between(1, 4))
    const end = performance.now() + patience
    await until('a request is on its way', async () => (await isHit()) || performance.now() > end)
    if (moment === 'Frozen') await this.#freeze()
    else await this.#kill()
    this.counts[moment] += 1
  }

  /** The world gets its own operator back. */
  async handBack(): Promise<void> {
    const { operator } = this.#arena.world
    if (operator === this.#leader) return
    await this.#leader.stop()
    await operator.start()
    this.#spare = this.#leader
    this.#leader = operator
  }

  /** Holds a call to Databricks; returns what tells whether there is one. */
  async #atDatabricks(moment: Moment): Promise<() => Promise<boolean>> {
    const isWrite = this.#chance.percent(70)
    for (const workspace of this.#all)
      for (const match of isWrite ? writes : anything)
        await workspace.fault({
          match,
          offset: this.#chance.below(isWrite ? 3 : 12),
          ...this.#trouble(moment),
        })
    const ordered = await this.#left()
    return async () => {
      if ((await this.#left()) === ordered) return false
      this.counts.atDatabricks += 1
      return true
    }
  }

  /** Holds what the operator writes down about an object. */
  #atKubernetes(moment: Moment): () => Promise<boolean> {
    const isBefore = moment === 'BeforeEffect' || (moment === 'Frozen' && this.#chance.percent(50))
    const order = this.#proxy.order({
      on: { verb: 'patch' },
      after: this.#chance.below(8),
      fault:
        moment === 'LateEffect'
          ? { is: 'Delayed', milliseconds: this.#chance.between(300, 800) }
          : { is: 'Stalled', when: isBefore ? 'BeforeServer' : 'AfterServer' },
    })
    return () => {
      if (order.happened > 0) this.counts.atKubernetes += 1
      return Promise.resolve(order.happened > 0)
    }
  }

  /** No answer comes in any case; what differs is whether, and when, the call takes effect. */
  #trouble(moment: Moment): Omit<Fault, 'match'> {
    switch (moment) {
      case 'BeforeEffect':
        return { when: 'before', hang: 'BeforeHeaders' }
      case 'AfterEffect':
        return { when: 'after', hang: 'BeforeHeaders' }
      case 'LateEffect':
        return { when: 'before', delaySeconds: this.#chance.between(3, 8) / 10 }
      case 'Frozen':
        return { when: this.#chance.pick(['before', 'after']), hang: 'BeforeHeaders' }
      default:
        return moment satisfies never
    }
  }

  async #left(): Promise<number> {
    const left = await Promise.all(this.#all.map((workspace) => workspace.faultsLeft()))
    return left.reduce((sum, one) => sum + one, 0)
  }

  async #kill(): Promise<void> {
    await this.#leader.kill()
    await this.#quiet()
    await this.#leader.start()
  }

  /** The one that stood by takes over; the frozen one then wakes amid what it was at. */
  async #freeze(): Promise<void> {
    const [frozen, spare] = [this.#leader, this.#spare]
    const since = spare.log.length
    frozen.freeze()
    await this.#quiet()
    await until('the other one leads', () => spare.hasSaid('working', since))
    if (this.#chance.percent(50)) await this.#churn.calm()
    frozen.thaw()
    this.#leader = spare
    this.#spare = frozen
    await this.#churn.stir(1)
    await this.#churn.calm()
    await frozen.stop()
  }

  async #quiet(): Promise<void> {
    this.#proxy.clear()
    for (const workspace of this.#all) await workspace.clearFaults()
  }

  get #all(): readonly Databricks[] {
    return Object.values(this.#arena.workspaces)
  }
}
