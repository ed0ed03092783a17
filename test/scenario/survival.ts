import { expect, type TestContext } from 'vitest'
import { job } from './manifests.ts'
import { idOf } from './observer.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** Milliseconds from the end of the trouble until everything was as it should be. */
    convergedIn?: number
  }
}

/** What an undisturbed operator writes to Kubernetes for a job. */
export const calm = {
  /** The finalizer; the attempt, the id, the report. */
  create: (name: string) => [
    `patch jobspecs ${name} 200`,
    ...Array.from({ length: 3 }, () => `patch jobspecs/status ${name} 200`),
  ],
  report: (name: string) => [`patch jobspecs/status ${name} 200`],
}

/** What was written more often than expected. Less is well: one write may say what two would have. */
export function beyond(written: readonly string[], expected: readonly string[]): string[] {
  const left = [...expected]
  return written.filter((write) => {
    const index = left.indexOf(write)
    if (index === -1) return true
    left.splice(index, 1)
    return false
  })
}

/**
 * People go on working while there is trouble: a job that was there is edited, another one is made. Whatever
 * happened to the operator meanwhile, it has to end as if nothing had: both are what their manifests say, each
 * write to Databricks was sent once, none to Kubernetes was more than in quiet times.
 */
export class Survival {
  readonly name: string
  readonly #world: World
  readonly #task: TestContext['task']
  #audited = 0
  #sent = 0
  #health = new Set<number>()

  private constructor(world: World, task: TestContext['task'], name: string) {
    this.#world = world
    this.#task = task
    this.name = name
  }

  /** The name of the job that is made amid the trouble. */
  get next(): string {
    return `${this.name}-next`
  }

  /** The job `name` is there and as it should be; now trouble may be ordered. */
  static async begin(world: World, task: TestContext['task'], name: string): Promise<Survival> {
    const { kubernetes } = world
    await kubernetes.apply(job(name))
    await kubernetes.ready('JobSpec', name)
    await kubernetes.ready('DatabricksWorkspace', 'default')
    const survival = new Survival(world, task, name)
    survival.#audited = (await world.audit.writes()).length
    survival.#sent = (await world.databricks.writes()).length
    return survival
  }

  /** What people do meanwhile. */
  async edit(): Promise<void> {
    await this.#world.kubernetes.apply(job(this.name, { maxConcurrentRuns: 2 }), job(this.next))
  }

  /** The trouble is over, and all is well soon. `also` is what this trouble gives reason to write besides. */
  async end({ also = [] }: { also?: readonly string[] } = {}): Promise<void> {
    const { kubernetes, databricks, audit } = this.#world
    const over = performance.now()
    const names = [this.name, this.next]
    for (const name of names)
      await kubernetes.has('JobSpec', name, { Ready: 'True Applied', Drifted: 'False NoDrift' })
    this.#task.meta.convergedIn = performance.now() - over
    await this.look()
    // A look of its own at each shows that nothing was left to do; its echo is the only write.
    for (const name of names) await kubernetes.recheck('JobSpec', name)

    const id = idOf(kubernetes.object('JobSpec', this.name))
    expect((await databricks.job(id))?.at('settings.max_concurrent_runs')).toBe(2)
    expect(await databricks.jobsNamed(this.next)).toEqual([idOf(kubernetes.object('JobSpec', this.next))])
    const sent = (await databricks.writes()).slice(this.#sent).map(({ path }) => path)
    expect(sent.toSorted()).toEqual(['/api/2.2/jobs/create', '/api/2.2/jobs/update'])
    const written = (await audit.writes()).slice(this.#audited).filter((write) => write.endsWith(' 200'))
    const expected = [
      ...calm.report(this.name),
      ...calm.create(this.next),
      ...names.flatMap(calm.report),
      ...also,
    ]
    expect(beyond(written, expected), 'written without need').toEqual([])
    expect([...this.#health], '/healthz fails only for what a restart mends').toEqual([200])
  }

  /** Notes what /healthz says. */
  async look(): Promise<void> {
    this.#health.add((await this.#world.operator.visit('/healthz')).status)
  }
}

/** Waits until /readyz answers so. */
export const untilReadyz = ({ operator }: World, status: number): Promise<unknown> =>
  until(`/readyz answers ${status}`, async () => (await operator.visit('/readyz')).status === status)
