import { Agent } from 'undici'
import { onTestFinished } from 'vitest'
import type { Clock } from '../../src/clock.ts'
import { personalAccessToken } from '../../src/databricks/auth/personal-token.ts'
import { createDatabricks } from '../../src/databricks/client.ts'
import { whoAmI } from '../../src/databricks/identity.ts'
import type { Kind, ManagedSpec } from '../../src/kinds/kind.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import { Store } from '../../src/kube/store.ts'
import { WorkQueue } from '../../src/kube/queue.ts'
import type { Lane } from '../../src/lane.ts'
import type { Status } from '../../src/kinds/status.ts'
import { queueKey, workerOf } from '../../src/operator/worker.ts'
import type { Outcome } from '../../src/reconcile/outcome.ts'
import { reconcile } from '../../src/reconcile/reconcile.ts'
import type { Answer } from '../../src/reconcile/sweeps.ts'
import { statusOf } from '../../src/reconcile/writer.ts'
import type { LoggedRequest } from '../../src/simulator/http/request-log.ts'
import { demoApplicationId } from '../../src/simulator/seed-content.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { freeBudgets } from '../databricks/free-budgets.ts'
import { workspace, type Client } from '../simulator/harness.ts'
import { ManualClock } from '../manual-clock.ts'
import { anObject } from './fixtures.ts'
import { surroundings, type Surroundings } from './surroundings.ts'

/** The manifests of one kind in one workspace, and what each of them says. */
export interface Manifests<Spec> {
  kind: Kind<Spec & ManagedSpec>
  specs: Record<string, Spec & ManagedSpec>
}

/** Lets everything that is ready to run (promises, finished input and output) run once. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

/**
 * Many objects of one kind, the queue and the loop over them, and a simulated workspace on the other side. Time
 * is moved by hand, and stands still as long as anybody is at work.
 */
export class Fleet {
  readonly simulator: Client
  readonly around: Surroundings
  /** What answered routine checks so far. */
  readonly answers: Answer[]
  readonly #kind: Kind
  readonly #queue: WorkQueue
  readonly #store = new Store<KubeObject>()
  #working = 0

  private constructor(
    simulator: Client,
    around: Surroundings,
    { kind, queue, answers }: { kind: Kind; queue: WorkQueue; answers: Answer[] },
  ) {
    this.simulator = simulator
    this.around = around
    this.#kind = kind
    this.#queue = queue
    this.answers = answers
    const loops = new Map([[kind.definition.kind, (key: string, lane: Lane) => this.#pass(key, lane)]])
    const { clock, environment } = around
    const { random, signal } = environment
    const worker = workerOf({ queue, clock, random, log: silentLog, signal }, loops)
    void queue.run(worker, { concurrency: 4 })
    onTestFinished(async () => void (await queue.shutdown({ grace: 0 })))
  }

  /** Its objects have been created on the other side and have come to rest when this returns. */
  static async start<Spec>(
    { kind, specs }: Manifests<Spec>,
    { simulator, interval = 600_000 }: { simulator?: Client; interval?: number } = {},
  ): Promise<Fleet> {
    const at = simulator ?? (await workspace())
    const clock = new ManualClock()
    const queue = new WorkQueue({ clock, random: () => 0.5, log: silentLog })
    const wake = (of: string, key: string) => queue.add(queueKey(of, key), { lane: 'background' })
    const answers: Answer[] = []
    const count = (_kind: string, answer: Answer) => void answers.push(answer)
    const around = await surroundings({ clock, wake, count })
    const databricks = clientOf(at.url, around)
    const { workspaceId = '', userName } = await whoAmI(databricks)
    const session = { databricks, workspaceId, me: userName, origin: at.url }
    around.directory.set('data/default', { is: 'Ready', session, interval })
    const fleet = new Fleet(at, around, { kind, queue, answers })
    for (const [name, spec] of Object.entries(specs)) fleet.apply(name, spec)
    await fleet.run(10_000)
    return fleet
  }

  /** Somebody applies a manifest, for the first time or again. */
  apply(name: string, spec: object): void {
    const { kind, plural } = this.#kind.definition
    const before = this.around.api.objects.get(this.#path(name))
    if (before === undefined)
      this.around.api.put(
        { ...anObject({ name }, { spec, status: { observedGeneration: -1 } }), kind },
        plural,
      )
    else {
      const generation = (before.metadata.generation ?? 0) + 1
      this.around.api.change(this.#path(name), { spec, metadata: { ...before.metadata, generation } })
    }
    this.ask(name, 'edit')
  }

  annotate(name: string, annotations: Record<string, string>): void {
    const { metadata } = this.object(name)
    this.around.api.change(this.#path(name), { metadata: { ...metadata, annotations } })
    this.ask(name, 'edit')
  }

  /** Somebody deletes a manifest. */
  delete(name: string): void {
    const { metadata } = this.object(name)
    this.around.api.change(this.#path(name), {
      metadata: { ...metadata, deletionTimestamp: '2026-01-02T00:00:00Z' },
    })
    this.ask(name, 'edit')
  }

  /** An object is to be looked at. */
  ask(name: string, lane: Lane): void {
    this.#queue.add(queueKey(this.#kind.definition.kind, `data/${name}`), { lane })
  }

  object(name: string): KubeObject {
    const object = this.around.api.objects.get(this.#path(name))
    if (object === undefined) throw new Error(`${name} is gone`)
    return object
  }

  status(name: string): Status {
    return statusOf(this.object(name))
  }

  /** Of the remote object. */
  idOf(name: string): string {
    return this.status(name).externalId ?? ''
  }

  /** Lets so many milliseconds pass after something happened, with all that falls into them. */
  async run(milliseconds: number, act: () => void = () => undefined): Promise<void> {
    act()
    const { clock } = this.around
    const end = clock.monotonic() + milliseconds
    for (;;) {
      await this.#quiet()
      const left = end - clock.monotonic()
      if (left <= 0) return
      await clock.advance(Math.min(left, clock.sleeps()[0] ?? left))
    }
  }

  /** How often the operator made each call while something happened, as `GET /api/2.2/jobs/list`. */
  async calls(during: () => Promise<unknown>): Promise<Record<string, number>> {
    await this.simulator.control('DELETE', 'requests')
    await during()
    const { body } = await this.simulator.control('GET', 'requests')
    const counts: Record<string, number> = {}
    for (const { identity, method, path } of body as unknown as LoggedRequest[]) {
      const call = `${method} ${path}`
      if (identity === demoApplicationId) counts[call] = (counts[call] ?? 0) + 1
    }
    return counts
  }

  async #pass(key: string, lane: Lane): Promise<Outcome> {
    this.#working += 1
    try {
      this.#store.observe(this.object(key.slice('data/'.length)))
      return await reconcile(
        { kind: this.#kind, store: this.#store, environment: this.around.environment },
        key,
        lane,
      )
    } finally {
      this.#working -= 1
    }
  }

  /** Until nobody is at work any more. */
  async #quiet(): Promise<void> {
    for (let rests = 0; rests < 3; rests += 1) {
      await settle()
      await this.around.environment.sweeps.idle()
      await this.around.events.idle()
      if (this.#working > 0) rests = 0
    }
  }

  #path(name: string): string {
    return `/apis/lakeward.dev/v1beta1/namespaces/data/${this.#kind.definition.plural}/${name}`
  }
}

const token = () => Promise.resolve('lakeward-demo')
const requestTimeout = 60_000

/** What a client sees of a time that stands still while it works: no call is late, and waits between tries take no time. */
const patient = (clock: ManualClock): Clock => ({
  now: () => clock.now(),
  monotonic: () => clock.monotonic(),
  sleep: (milliseconds, signal) =>
    milliseconds < requestTimeout
      ? settle()
      : new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error))),
})

function clientOf(host: string, { clock }: Surroundings) {
  const dispatcher = new Agent()
  onTestFinished(() => dispatcher.close())
  return createDatabricks({
    host,
    credentials: personalAccessToken(token, { clock, maxAge: Number.POSITIVE_INFINITY }),
    dispatcher,
    budgets: freeBudgets(),
    requestTimeout,
    clock: patient(clock),
    random: () => 0.5,
    log: silentLog,
  })
}

/** So many manifests, named one after the other. */
export const many = <Spec>(count: number, spec: (name: string) => Spec): Record<string, Spec> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`one-${index}`, spec(`one-${index}`)] as const),
  )
