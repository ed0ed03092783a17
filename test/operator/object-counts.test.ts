import { beforeEach, describe, expect, it } from 'vitest'
import { kinds } from '../../src/kinds/index.ts'
import type { Condition } from '../../src/kinds/status.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import { Store } from '../../src/kube/store.ts'
import { countObjects } from '../../src/operator/object-counts.ts'
import { Metrics } from '../../src/telemetry/metrics.ts'
import { ManualClock } from '../manual-clock.ts'
import { aCondition, anObject } from '../reconcile/fixtures.ts'

const ready = aCondition('Ready')
const refused = [
  aCondition('Ready', { status: 'False', reason: 'Refused' }),
  aCondition('Stalled', { reason: 'Refused' }),
]

/** What is counted in a cluster with one workspace, by someone who leads until told otherwise. */
class Counted {
  leads = true
  readonly workspaces = { kind: 'DatabricksWorkspace', store: new Store<KubeObject>() }
  readonly #populations = kinds.map((kind) => ({ kind, store: new Store<KubeObject>() }))
  readonly #metrics = new Metrics()

  constructor() {
    countObjects(this.#metrics, {
      clock: new ManualClock(),
      work: () => (this.leads ? {} : undefined),
      workspaces: this.workspaces,
      populations: this.#populations,
    })
  }

  get jobs(): Store<KubeObject> {
    const jobs = this.#populations.find(({ kind }) => kind.definition.kind === 'JobSpec')
    if (jobs === undefined) throw new Error('there are no JobSpecs')
    return jobs.store
  }

  /** The rows of one metric: labels and value. */
  async rows(name: string): Promise<string[]> {
    const lines = (await this.#metrics.text()).split('\n')
    return lines.filter((line) => line.startsWith(`${name}{`)).map((line) => line.slice(name.length))
  }
}

const job = (name: string, conditions: Condition[], spec: object = {}) =>
  anObject({ name }, { spec, status: { conditions } })

describe('what is not ready', () => {
  let counted = new Counted()
  beforeEach(() => {
    counted = new Counted()
    counted.workspaces.store.observe(anObject({ name: 'default' }, { status: { conditions: [ready] } }))
  })

  it('is counted by its reason, and what is stalled again', async () => {
    counted.jobs.observe(job('fine', [ready]))
    for (const name of ['one', 'two']) counted.jobs.observe(job(name, refused))
    counted.jobs.observe(job('away', [aCondition('Ready', { status: 'False', reason: 'Unreachable' })]))
    counted.jobs.observe(job('new', []))
    expect(await counted.rows('lakeward_objects_not_ready')).toEqual([
      '{kind="JobSpec",manifest="data/default",reason="Refused"} 2',
      '{kind="JobSpec",manifest="data/default",reason="Unreachable"} 1',
      '{kind="JobSpec",manifest="data/default",reason="NotLookedYet"} 1',
    ])
    expect(await counted.rows('lakeward_objects_stalled')).toEqual([
      '{kind="JobSpec",manifest="data/default",reason="Refused"} 2',
    ])
  })

  it('is a workspace, too', async () => {
    const conditions = [aCondition('Ready', { status: 'False', reason: 'CredentialsRejected' })]
    counted.workspaces.store.observe(anObject({ name: 'prod' }, { status: { conditions } }))
    expect(await counted.rows('lakeward_objects_not_ready')).toEqual([
      '{kind="DatabricksWorkspace",manifest="data/prod",reason="CredentialsRejected"} 1',
    ])
  })

  it('is apart from what is not healthy', async () => {
    const failed = aCondition('Healthy', { status: 'False', reason: 'StartFailed' })
    counted.jobs.observe(job('ended', [ready, failed]))
    counted.jobs.observe(job('fine', [ready, aCondition('Healthy', { reason: 'Running' })]))
    counted.jobs.observe(
      job('early', [ready, aCondition('Healthy', { status: 'Unknown', reason: 'Starting' })]),
    )
    expect(await counted.rows('lakeward_objects_unhealthy')).toEqual([
      '{kind="JobSpec",manifest="data/default",reason="StartFailed"} 1',
    ])
    expect(await counted.rows('lakeward_objects_not_ready')).toEqual([])
  })

  it('is told no more when it goes or is mended', async () => {
    counted.jobs.observe(job('gone', refused))
    counted.jobs.observe(job('mended', refused))
    expect(await counted.rows('lakeward_objects_stalled')).toHaveLength(1)
    counted.jobs.delete('data/gone')
    counted.jobs.observe(
      anObject({ name: 'mended', resourceVersion: '11' }, { status: { conditions: [ready] } }),
    )
    expect(await counted.rows('lakeward_objects_not_ready')).toEqual([])
    expect(await counted.rows('lakeward_objects_stalled')).toEqual([])
  })

  it('makes no row for each word or workspace that somebody thinks of', async () => {
    for (const name of ['a', 'b', 'toString'])
      counted.jobs.observe(
        job(name, [aCondition('Stalled', { reason: name })], { workspaceRef: { name: `no-${name}` } }),
      )
    expect(await counted.rows('lakeward_objects_stalled')).toEqual([
      '{kind="JobSpec",manifest="none",reason="Other"} 3',
    ])
  })

  it('is told by who leads alone', async () => {
    counted.jobs.observe(job('one', refused))
    counted.leads = false
    expect(await counted.rows('lakeward_objects_not_ready')).toEqual([])
    expect(await counted.rows('lakeward_objects')).toEqual([])
  })
})
