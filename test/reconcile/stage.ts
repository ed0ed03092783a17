import { expect } from 'vitest'
import { z } from 'zod'
import type { JsonObject } from '../../src/databricks/json.ts'
import type { Impact } from '../../src/drift/change.ts'
import type { Difference } from '../../src/drift/compare.ts'
import { compileRules } from '../../src/drift/rules.ts'
import { isValueObject, type Value, type ValueObject } from '../../src/drift/value.ts'
import type { Correction, Found, Kind, ManagedSpec, Observation } from '../../src/kinds/kind.ts'
import { managementSchema } from '../../src/kinds/management.ts'
import { defineResource } from '../../src/kinds/resource.ts'
import type { Condition, Status } from '../../src/kinds/status.ts'
import type { Directory } from '../../src/kinds/workspace/directory.ts'
import { keyOf, type KubeObject, type ObjectMeta } from '../../src/kube/object.ts'
import { Store } from '../../src/kube/store.ts'
import { Memory } from '../../src/reconcile/environment.ts'
import { usualSettling } from '../../src/reconcile/history.ts'
import type { Outcome } from '../../src/reconcile/outcome.ts'
import { reconcile } from '../../src/reconcile/reconcile.ts'
import { statusOf } from '../../src/reconcile/writer.ts'
import { lint, lintChange, type Linted } from '../kstatus-lint.ts'
import type { ManualClock } from '../manual-clock.ts'
import { aDoor, type Called } from './door.ts'
import { aFound, anObject } from './fixtures.ts'
import type { LiveApi } from './live-api.ts'
import { surroundings, type Surroundings } from './surroundings.ts'

/** A kind made up for tests: a remote object with a size, and whatever else a test gives it. */
const widgets = defineResource({
  kind: 'Widget',
  plural: 'widgets',
  shortNames: [],
  description: 'A widget.',
  spec: z.looseObject({
    size: z.number().optional(),
    color: z.string().optional(),
    management: managementSchema.optional(),
  }),
  status: z.object({}),
  rules: [],
  columns: [],
})

/** What stands on the other side. */
export interface Remote {
  body: ValueObject
  mark?: string
  creator?: string
}

/** The other side, and what was asked of it. */
class Factory {
  readonly widgets = new Map<string, Remote>()
  /** Calls in their order; reads have the prefix `read`. */
  readonly calls: string[] = []
  /** What each correction was to bring about. */
  readonly goals: Value[] = []
  /** What of a found widget the kind says besides its body. */
  facts: Partial<Found> = {}
  purged = false
  /** What a read of a widget ends in. */
  refusal: Error | undefined
  impact: (difference: Difference) => Impact = () => 'InPlace'
  /** Runs in the middle of a call that writes; what it throws is the answer. */
  during: (call: string) => void = () => undefined
  /** Writes have no effect although they are answered. */
  deaf = false
  /** Reads of single widgets do not show yet what listings do. */
  isReadStale = false
  /** What the defaults of the workspace add to a widget that is made. */
  additions: ValueObject = {}
  /** Whether something is left to do after a widget was made. */
  completes = false
  /** Putting back must never stop. */
  persists = false
  /** How long a read may lag behind a write, in milliseconds, where the kind says. */
  settles: number | undefined
  /** Who changed a widget last, as far as the other side tells. */
  editor: string | undefined
  #next = 7

  add(body: ValueObject, rest: Omit<Remote, 'body'> = {}): string {
    const id = String(this.#next++)
    this.widgets.set(id, { body, ...rest })
    return id
  }

  get writes(): string[] {
    return this.calls.filter((call) => !call.startsWith('read'))
  }

  observe(id: string): Observation {
    this.calls.push(`read ${id}`)
    if (this.refusal !== undefined) throw this.refusal
    const remote = this.widgets.get(id)
    if (remote === undefined || this.isReadStale)
      return { is: 'Missing', what: `widget ${id} is gone`, purged: this.purged }
    return aFound({
      found: remote.body,
      ...(remote.mark === undefined ? {} : { mark: remote.mark }),
      ...this.facts,
    })
  }

  correct(id: string, { differences, wanted }: Correction): void {
    this.goals.push(wanted)
    this.calls.push(`correct ${differences.map(({ text }) => text).join()}`)
    this.during('correct')
    const remote = this.widgets.get(id)
    if (remote === undefined || this.deaf) return
    for (const { text, wanted } of differences)
      remote.body = { ...remote.body, ...(wanted === undefined ? {} : { [text]: wanted }) }
    for (const { text } of differences.filter(({ wanted }) => wanted === undefined))
      remote.body = Object.fromEntries(Object.entries(remote.body).filter(([name]) => name !== text))
  }

  remove(id: string): void {
    this.calls.push(`remove ${id}`)
    this.during('remove')
    this.widgets.delete(id)
  }

  retire(id: string): void {
    this.calls.push(`retire ${id}`)
    this.during('retire')
  }

  complete(id: string): void {
    this.calls.push(`complete ${id}`)
    this.during('complete')
  }

  create(wanted: Value, mark: string): string {
    this.calls.push('create')
    const id = this.add(isValueObject(wanted) ? wanted : {}, { mark, creator: 'lakeward@example.com' })
    this.during('create')
    return id
  }
}

const kindOf = (factory: Factory): Kind => ({
  get settles() {
    return factory.settles ?? usualSettling
  },
  persists: () => factory.persists,
  definition: widgets,
  rules: compileRules([]),
  references: () => [],
  parts: () => [''],
  wanted: (spec) => {
    const { management: _management, ...wanted } = spec as ManagedSpec & ValueObject
    return wanted
  },
  body: (wanted) => wanted as JsonObject,
  observe: ({ externalId = '' }) => new Promise((resolve) => resolve(factory.observe(externalId))),
  impact: (difference) => factory.impact(difference),
  verb: () => 'widgets/update',
  removal: { verb: 'widgets/delete', impact: 'Delete' },
  changedBy: () => {
    factory.calls.push('read editor')
    return Promise.resolve(factory.editor)
  },
  correct: ({ externalId = '' }, correction) =>
    new Promise((resolve) => resolve(factory.correct(externalId, correction))),
  identity: {
    noun: 'widget',
    markedAs: 'jobs',
    nameOf: () => 'widget',
    additions: () => Promise.resolve(factory.additions),
    completion: () => (factory.completes ? (id) => Promise.resolve(factory.complete(id)) : undefined),
    async *list() {
      factory.calls.push('read all')
      yield* [...factory.widgets].map(([id, remote]) => ({ id, name: 'widget', ...remote }))
    },
    create: async ({ session }, wanted, { value }) => {
      await session.databricks.call({ method: 'POST', path: '/widgets', effect: 'create' })
      return factory.create(wanted, value)
    },
    remove: (_session, id) => new Promise((resolve) => resolve(factory.remove(id))),
    retire: (_subject, id) => new Promise((resolve) => resolve(factory.retire(id))),
  },
})

interface Given {
  spec?: object
  status?: object
  metadata?: Partial<ObjectMeta>
}

/** What the definition of our kinds gives to an object that nobody has looked at. */
const unseen = { observedGeneration: -1 }

/** One loop over widgets with everything around it, and the object `data/one`. */
export class Stage {
  readonly factory = new Factory()
  readonly api: LiveApi
  readonly clock: ManualClock
  readonly directory: Directory
  readonly path: string
  /** What went through the door. */
  readonly sent: readonly Called[]
  isDefinitionGoing = false
  /** Another manifest needs the remote object. */
  isAskedFor = false
  /** Why nothing of the workspace may be deleted, as the guard says, and how often it was asked. */
  guard: { why?: string; asked: number } = { asked: 0 }
  #around: Surroundings
  readonly #store = new Store<KubeObject>()
  readonly #kind = kindOf(this.factory)
  /** The workspaces that were told that something is wrong with them. */
  readonly troubles: string[] = []
  /** What tools would misread in the statuses so far. */
  readonly #problems: string[] = []

  constructor(
    around: Surroundings & { calls: readonly Called[] },
    { spec = {}, status = unseen, metadata }: Given,
  ) {
    this.#around = around
    this.api = around.api
    this.clock = around.clock
    this.directory = around.directory
    this.sent = around.calls
    this.path = this.api.put(anObject(metadata, { spec, status }))
    this.api.onReport = (before, after) =>
      this.#problems.push(...lint(linted(after)), ...lintChange(linted(before), linted(after)))
  }

  /** One pass over the object as the watch shows it now. Every status on the way is held to kstatus. */
  async pass(): Promise<Outcome> {
    this.see()
    const isDefinitionGoing = () => Promise.resolve(this.isDefinitionGoing)
    const isAskedFor = () => this.isAskedFor
    const reportTrouble = (key: string) => void this.troubles.push(key)
    const deletions = { ask: () => Promise.resolve(this.#ask()) }
    const environment = {
      ...this.#around.environment,
      deletions,
      isAskedFor,
      isDefinitionGoing,
      reportTrouble,
    }
    const loop = { kind: this.#kind, store: this.#store, environment }
    const outcome = await reconcile(loop, keyOf(this.object), 'edit')
    await this.#around.events.idle()
    expect(this.#problems).toEqual([])
    return outcome
  }

  #ask(): string | undefined {
    this.guard.asked += 1
    return this.guard.why
  }

  /** Passes until one asks for no more at once; returns its outcome. */
  async settle(): Promise<Outcome> {
    for (let passes = 1; passes <= 10; passes++) {
      const outcome = await this.pass()
      if (outcome.is !== 'Settled' || outcome.nextCheck > 0) return outcome
    }
    throw new Error('ten passes, and the next one is due at once')
  }

  /** Another process takes over: of what is only in memory it knows nothing. */
  restart(): void {
    this.#around = { ...this.#around, environment: { ...this.#around.environment, memory: new Memory() } }
  }

  /** The watch shows what the API server has. */
  see(): void {
    this.#store.observe(this.object)
  }

  /** Somebody edits the manifest. */
  edit(spec: object): void {
    const { metadata } = this.object
    this.api.change(this.path, {
      spec,
      metadata: { ...metadata, generation: (metadata.generation ?? 0) + 1 },
    })
  }

  annotate(annotations: Record<string, string>): void {
    this.api.change(this.path, { metadata: { ...this.object.metadata, annotations } })
  }

  /** Somebody deletes the manifest. */
  delete(): void {
    const { metadata } = this.object
    this.api.change(this.path, {
      metadata: {
        ...metadata,
        deletionTimestamp: '2026-01-01T00:00:00Z',
        generation: (metadata.generation ?? 0) + 1,
      },
    })
  }

  get object(): KubeObject {
    const object = this.api.objects.get(this.path)
    if (object === undefined) throw new Error('the object is gone')
    return object
  }

  get status(): Status {
    return statusOf(this.object)
  }

  /** `Type=Status/Reason` of each condition. */
  get conditions(): string[] {
    return (this.status.conditions ?? []).map(({ type, status, reason }) => `${type}=${status}/${reason}`)
  }

  condition(type: string): Condition | undefined {
    return this.status.conditions?.find((condition) => condition.type === type)
  }
}

const linted = (object: KubeObject): Linted => object as Linted

/** A stage that is cleared when the test ends. */
export async function stage(given: Given = {}): Promise<Stage> {
  const { databricks, calls } = aDoor(() => ({ userName: 'lakeward@example.com' }))
  return new Stage({ ...(await surroundings({ databricks })), calls }, given)
}
