import type { Databricks, Fault } from '../scenario/databricks.ts'
import type { Operator } from '../scenario/operator.ts'
import { until } from '../scenario/until.ts'
import type { Arena } from './arena.ts'
import type { Chance } from './chance.ts'
import type { Churn } from './churn.ts'

/** Where a request to Databricks is when its sender is gone. `Frozen`: the sender comes back after others took over. */
export const moments = ['BeforeEffect', 'AfterEffect', 'LateEffect', 'Frozen'] as const
export type Moment = (typeof moments)[number]

/** Calls that change something, and any call. */
const writes = ['POST /api/2.*', 'PATCH /api/2.*'] as const
const anything = ['* /api/2.*'] as const

/** How long a request is waited for that fits. Whoever sends none is killed wherever it is. */
const patience = 2_500

/** Ends the operator at random requests, and starts it again. */
export class Killing {
  /** How often it was ended at which moment. */
  readonly counts: Record<Moment, number> = { BeforeEffect: 0, AfterEffect: 0, LateEffect: 0, Frozen: 0 }
  readonly #arena: Arena
  readonly #chance: Chance
  readonly #churn: Churn
  #leader: Operator
  /** Stands by when the leader freezes, and leads from then on. */
  #spare: Operator

  private constructor(parts: { arena: Arena; chance: Chance; churn: Churn; spare: Operator }) {
    this.#arena = parts.arena
    this.#chance = parts.chance
    this.#churn = parts.churn
    this.#leader = parts.arena.world.operator
    this.#spare = parts.spare
  }

  static async in(arena: Arena, chance: Chance, churn: Churn): Promise<Killing> {
    const spare = await arena.world.anotherOperator()
    return new Killing({ arena, chance, churn, spare })
  }

  get total(): number {
    return moments.reduce((sum, moment) => sum + this.counts[moment], 0)
  }

  /** Changes manifests, ends the operator at one of the requests that this leads to, and starts it again. */
  async once(moment: Moment): Promise<void> {
    if (moment === 'Frozen') await this.#spare.startReplica()
    await this.#order(moment)
    await this.#churn.stir(this.#chance.between(1, 4))
    await this.#untilHit()
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

  async #order(moment: Moment): Promise<void> {
    const isWrite = this.#chance.percent(70)
    for (const workspace of this.#all)
      for (const match of isWrite ? writes : anything)
        await workspace.fault({
          match,
          offset: this.#chance.below(isWrite ? 3 : 12),
          ...this.#trouble(moment),
        })
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

  async #untilHit(): Promise<void> {
    const ordered = await this.#left()
    const end = performance.now() + patience
    await until(
      'a request is on its way',
      async () => (await this.#left()) < ordered || performance.now() > end,
    )
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
    for (const workspace of this.#all) await workspace.clearFaults()
  }

  get #all(): readonly Databricks[] {
    return Object.values(this.#arena.workspaces)
  }
}
