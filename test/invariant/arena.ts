import { expect } from 'vitest'
import type { JsonObject } from '../../src/databricks/json.ts'
import type { Databricks } from '../scenario/databricks.ts'
import type { Kubernetes } from '../scenario/kubernetes.ts'
import { conditions, idOf, type Observed } from '../scenario/observer.ts'
import { until } from '../scenario/until.ts'
import type { World } from '../scenario/world.ts'
import { Chance, seedOfRun } from './chance.ts'
import { layGround } from './ground.ts'
import { unmet } from './leaves.ts'
import { manifestOf, Pool, SecretsOfRun, type Entry, type Size, type WorkspaceName } from './pool.ts'
import { callText, pathOf, sortedText } from './texts.ts'

/** The namespaces that are lent the workspace of the world. */
export const tenants = ['red', 'blue']

/** Longer than anything in a pool takes, also on a busy machine. */
const patience = 60_000

/** Milliseconds after which everything is checked once more, and how often that may be. */
const timeToCheck = 8_000
const mostChecks = 3

/** A pool of manifests in a world with two workspaces, and what is done with all of them. */
export class Arena {
  readonly world: World
  readonly pool: Pool
  readonly secrets: SecretsOfRun
  readonly workspaces: Readonly<Record<WorkspaceName, Databricks>>
  /** The privileges that somebody took away by hand, in each workspace. */
  readonly taken: Readonly<Record<WorkspaceName, Set<string>>>
  #rechecks = 0

  private constructor(parts: Pick<Arena, 'world' | 'pool' | 'secrets' | 'workspaces' | 'taken'>) {
    this.world = parts.world
    this.pool = parts.pool
    this.secrets = parts.secrets
    this.workspaces = parts.workspaces
    this.taken = parts.taken
  }

  /** Both workspaces are ready; nothing of the pool is applied yet. */
  static async in(world: World, name: string, size: Size): Promise<Arena> {
    const chance = new Chance(seedOfRun(), name)
    const secrets = new SecretsOfRun(chance)
    const places = {
      home: world.namespace,
      tenants: tenants.map((tenant) => world.tenant(tenant).namespace),
    }
    const workspaces = await layGround(world, places, secrets.make())
    const taken = { default: new Set<string>(), second: new Set<string>() }
    return new Arena({ world, workspaces, secrets, taken, pool: new Pool({ chance, places, secrets, size }) })
  }

  /** The same manifests and workspaces in another world, which has the same namespaces. */
  movedTo(world: World): Arena {
    const { pool, secrets, workspaces, taken } = this
    return new Arena({ world, pool, secrets, workspaces, taken })
  }

  /** The namespace that owns the workspaces. */
  get home(): string {
    return this.world.namespace
  }

  get entries(): readonly Entry[] {
    return this.pool.entries
  }

  /** `kubectl apply` of several manifests, wherever they belong. */
  async apply(entries: readonly Entry[] = this.entries): Promise<void> {
    await this.#kubectl(['apply', '-f', '-'], entries)
    await this.#seen(entries)
  }

  /** `kubectl delete`, without waiting. */
  async beginDelete(entries: readonly Entry[]): Promise<void> {
    await this.#kubectl(['delete', '--wait=false', '--ignore-not-found', '-f', '-'], entries)
  }

  /** Waits until they are gone in Kubernetes. */
  async gone(entries: readonly Entry[]): Promise<void> {
    await until(
      'all is deleted',
      () => {
        const left = entries.filter((entry) => this.find(entry) !== undefined)
        if (left.length === 0) return true
        throw new Error(left.map((entry) => this.#told(entry)).join('\n'))
      },
      patience,
    )
  }

  /** Waits until each is as its manifest says and nothing is left to do. */
  async settled(entries: readonly Entry[] = this.entries, within = patience): Promise<void> {
    await until(
      'all is settled',
      () => {
        const left = entries.filter((entry) => !this.#isSettled(entry))
        if (left.length === 0) return true
        throw new Error(left.map((entry) => this.#told(entry)).join('\n'))
      },
      within,
    )
  }

  /** The same, where some may have to wait for their next check, which then comes sooner than in ten minutes. */
  async settledInTime(): Promise<void> {
    for (let check = 0; check < mostChecks; check += 1) {
      const isSettled = await this.settled(this.entries, timeToCheck).then(
        () => true,
        () => false,
      )
      if (isSettled) return
      await this.recheck()
    }
    await this.settled()
  }

  /** Asks for a check of each now, and returns how that is echoed. */
  async ask(entries: readonly Entry[] = this.entries): Promise<string> {
    this.#rechecks += 1
    const token = `pool-${this.#rechecks}`
    await Promise.all(
      entries.map((entry) =>
        this.world.server.send('PATCH', pathOf(entry), {
          metadata: { annotations: { 'lakeward.dev/reconcile-at': token } },
        }),
      ),
    )
    return token
  }

  /** Asks for a check of each now, and waits for one that began afterwards. */
  async recheck(entries: readonly Entry[] = this.entries): Promise<void> {
    const token = await this.ask(entries)
    await until(
      'all is checked again',
      () => {
        const left = entries.filter((entry) => this.object(entry).status.lastHandledReconcileAt !== token)
        if (left.length === 0) return true
        throw new Error(left.map((entry) => this.#told(entry)).join('\n'))
      },
      patience,
    )
  }

  find({ namespace, kind, name }: Entry): Observed | undefined {
    return this.#in(namespace).seen.latest(kind, name)
  }

  object(entry: Entry): Observed {
    return this.#in(entry.namespace).object(entry.kind, entry.name)
  }

  versions({ namespace, kind, name }: Entry): readonly Observed[] {
    return this.#in(namespace).seen.versions(kind, name)
  }

  /** What the operator said of it, in every version. */
  statuses(entry: Entry): string[] {
    return this.versions(entry).map(({ status }) => JSON.stringify(status))
  }

  /** What was told about it, as `Reason: note`. */
  events({ namespace, kind, name }: Entry): string[] {
    return this.#in(namespace).seen.events(kind, name)
  }

  /** What Databricks has for a job or a cluster, as Ana sees it. */
  async remote(entry: Entry): Promise<JsonObject> {
    const { ana } = this.workspaces[entry.workspace]
    const id = idOf(this.object(entry))
    const answer =
      entry.kind === 'JobSpec'
        ? await ana.get(`/api/2.2/jobs/get?job_id=${id}`)
        : await ana.get(`/api/2.1/clusters/get?cluster_id=${id}`)
    return (entry.kind === 'JobSpec' ? answer.at('settings') : answer.body) as JsonObject
  }

  /** Databricks has what the manifests say, field by field. */
  async expectApplied(entries: readonly Entry[] = this.entries): Promise<void> {
    const wrong: string[] = []
    for (const entry of entries.filter(({ kind }) => kind !== 'CatalogGrant'))
      for (const problem of unmet(entry.spec, await this.remote(entry)))
        wrong.push(`${entry.name} ${problem}`)
    expect(wrong).toEqual([])
  }

  /** Calls that changed something in either workspace so far. */
  async writes(): Promise<string[]> {
    const all = await Promise.all(Object.values(this.workspaces).map((one) => one.writes()))
    return all.flat().map(callText)
  }

  /** Every call of the operator. */
  async calls(): Promise<string[]> {
    const all = await Promise.all(Object.values(this.workspaces).map((one) => one.calls()))
    return all.flat().map(callText)
  }

  #isSettled(entry: Entry): boolean {
    const object = this.find(entry)
    if (object === undefined || object.status.observedGeneration !== object.metadata.generation) return false
    const { Ready, Drifted, Reconciling, Stalled } = conditions(object)
    return (
      Ready?.startsWith('True ') === true &&
      Drifted?.startsWith('False ') === true &&
      Reconciling === undefined &&
      Stalled === undefined
    )
  }

  #told(entry: Entry): string {
    const object = this.find(entry)
    return `${entry.namespace}/${entry.name}: ${JSON.stringify(object?.status.conditions ?? 'not there')}`
  }

  #in(namespace: string): Kubernetes {
    const all = [this.world.kubernetes, ...tenants.map((tenant) => this.world.tenant(tenant))]
    const found = all.find((one) => one.namespace === namespace)
    if (found === undefined) throw new Error(`there is no namespace ${namespace}`)
    return found
  }

  async #kubectl(args: readonly string[], entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return
    const text = entries.map((entry) => JSON.stringify(manifestOf(entry))).join('\n')
    await this.world.kubernetes.kubectl(['--namespace=', ...args], text)
  }

  /** Waits until the watches have shown the manifests that were applied last. */
  async #seen(entries: readonly Entry[]): Promise<void> {
    const specs = entries.map((entry) => [entry, sortedText(entry.spec)] as const)
    await until('the manifests are seen', () =>
      specs.every(([entry, spec]) => sortedText(this.find(entry)?.spec ?? {}) === spec),
    )
  }
}
