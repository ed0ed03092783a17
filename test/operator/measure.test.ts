import { describe, expect, it } from 'vitest'
import { Budgets } from '../../src/databricks/budgets.ts'
import { kinds } from '../../src/kinds/index.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import { WorkQueue } from '../../src/kube/queue.ts'
import { Store } from '../../src/kube/store.ts'
import {
  countingChecks,
  countingCalls,
  countingIn,
  countingTokens,
  measuredLoops,
  measuredWorker,
  readGauges,
} from '../../src/operator/measure.ts'
import type { Reconcile } from '../../src/operator/worker.ts'
import { stalled } from '../../src/reconcile/outcome.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { Metrics } from '../../src/telemetry/metrics.ts'
import { ManualClock } from '../manual-clock.ts'
import { aCondition, anObject } from '../reconcile/fixtures.ts'

/** Samples with a value, without buckets, comments, and what tells of the process. */
async function samples(metrics: Metrics): Promise<string[]> {
  const lines = (await metrics.text()).split('\n')
  return lines.filter((line) => line.startsWith('lakeward_') && !line.includes('_bucket{'))
}

const turn = { lane: 'retry', lateness: 2_500 } as const

describe('a pass', () => {
  it('is counted by its end, and timed, and ends as it would without', async () => {
    const metrics = new Metrics()
    const clock = new ManualClock()
    const slow: Reconcile = async () => {
      await clock.sleep(3_000)
      return stalled('Refused', 'no')
    }
    const loops = new Map<string, Reconcile>([
      ['JobSpec', slow],
      ['CatalogGrant', () => Promise.reject(new Error('a bug'))],
    ])
    const measured = measuredLoops(loops, { metrics, clock })
    const pass = measured.get('JobSpec')?.('data/one', 'edit')
    await clock.advance(3_000)
    expect(await pass).toMatchObject({ is: 'Stalled' })
    await expect(measured.get('CatalogGrant')?.('data/one', 'edit')).rejects.toThrow('a bug')
    expect(await samples(metrics)).toEqual(
      expect.arrayContaining([
        'lakeward_reconcile_total{kind="JobSpec",outcome="Stalled"} 1',
        'lakeward_reconcile_total{kind="CatalogGrant",outcome="Failed"} 1',
        'lakeward_reconcile_duration_seconds_sum{kind="JobSpec"} 3',
      ]),
    )
  })

  it('tells how late it came', async () => {
    const metrics = new Metrics()
    const keys: string[] = []
    await measuredWorker((key) => Promise.resolve(void keys.push(key)), metrics)('JobSpec/data/one', turn)
    expect(keys).toEqual(['JobSpec/data/one'])
    expect(await samples(metrics)).toContain('lakeward_queue_lateness_seconds_sum{lane="retry"} 2.5')
  })
})

describe('a routine check', () => {
  it('is counted by what answered it', async () => {
    const metrics = new Metrics()
    countingChecks(metrics)('JobSpec', 'Listing')
    expect(await samples(metrics)).toContain('lakeward_checks_total{kind="JobSpec",answer="Listing"} 1')
  })
})

describe('a request to Databricks', () => {
  it('is counted and timed, a refused one also by its workspace', async () => {
    const metrics = new Metrics()
    const call = 'GET /api/2.2/jobs/get'
    let progress = 0
    const count = countingIn(metrics, { progressed: () => void (progress += 1) })
    count({ call, outcome: 'Success', seconds: 0.25, workspace: '7' })
    count({ call, outcome: 'Throttled', seconds: 0.25, workspace: '7' })
    expect(progress).toBe(2)
    expect(await samples(metrics)).toEqual(
      expect.arrayContaining([
        `lakeward_databricks_requests_total{call="${call}",outcome="Success"} 1`,
        `lakeward_databricks_requests_total{call="${call}",outcome="Throttled"} 1`,
        `lakeward_databricks_request_duration_seconds_sum{call="${call}"} 0.5`,
        'lakeward_databricks_throttled_total{workspace="7"} 1',
      ]),
    )
  })
})

describe('a request about tokens', () => {
  it('is counted and timed by the kind of credentials', async () => {
    const metrics = new Metrics()
    countingTokens(metrics)('oauth-m2m', { outcome: 'Unauthenticated', seconds: 0.5 })
    expect(await samples(metrics)).toEqual(
      expect.arrayContaining([
        'lakeward_token_requests_total{credentials="oauth-m2m",outcome="Unauthenticated"} 1',
        'lakeward_token_request_duration_seconds_sum{credentials="oauth-m2m"} 0.5',
      ]),
    )
  })
})

describe('a request to Kubernetes', () => {
  it('is counted and timed', async () => {
    const metrics = new Metrics()
    countingCalls(metrics)({ verb: 'patch', resource: 'jobspecs/status', outcome: '409', seconds: 0.5 })
    expect(await samples(metrics)).toEqual(
      expect.arrayContaining([
        'lakeward_kubernetes_requests_total{verb="patch",resource="jobspecs/status",outcome="409"} 1',
        'lakeward_kubernetes_request_duration_seconds_sum{verb="patch",resource="jobspecs/status"} 0.5',
      ]),
    )
  })
})

describe('the state of the operator', () => {
  it('is read from where it is', async () => {
    const metrics = new Metrics()
    const clock = new ManualClock()
    const signal = new AbortController().signal
    const budgets = new Budgets({ clock, log: silentLog, signal })
    const host = 'https://dbc-1.cloud.databricks.com'
    budgets.agree('data/default', { host, requestsPerSecond: 1 })
    budgets.at(host).leadsTo('7')
    for (const lane of ['edit', 'edit', 'sweep'] as const) void budgets.at(host).turn({ lane, signal })
    const queue = new WorkQueue({ clock, random: () => 0, log: silentLog })
    const running = queue.run(() => new Promise(() => undefined), { concurrency: 1 })
    for (const key of ['a', 'b', 'c']) queue.add(key, { lane: 'background' })
    const populations = kinds.map((kind) => ({ kind, store: new Store<KubeObject>() }))
    const drifted = { conditions: [aCondition('Drifted')], held: { since: '2025-12-31T23:59:00Z' } }
    const jobs = populations.find(({ kind }) => kind.definition.kind === 'JobSpec')?.store
    jobs?.observe(anObject({ name: 'one' }, { status: drifted }))
    const leaving = { conditions: [aCondition('Reconciling', { reason: 'DeletionWaits' })] }
    jobs?.observe(anObject({ name: 'two' }, { status: leaving }))
    jobs?.observe(anObject({ name: 'three' }, { spec: { workspaceRef: { name: 'prod' } } }))
    for (const name of ['nobody', 'made-up'])
      jobs?.observe(anObject({ name }, { spec: { workspaceRef: { name } } }))
    const workspaces = { kind: 'DatabricksWorkspace', store: new Store<KubeObject>() }
    for (const name of ['default', 'prod']) workspaces.store.observe(anObject({ name }))
    readGauges(metrics, {
      workspaces,
      clock,
      work: () => ({ queue, budgets }),
      populations,
      lastHeard: () => new Map([['JobSpec', 0]]),
      liveness: { longest: () => 500 },
    })
    await clock.advance(1_000)
    expect(await samples(metrics)).toEqual([
      'lakeward_databricks_budget_rate{workspace="7"} 1',
      'lakeward_databricks_budget_available{workspace="7"} 0',
      'lakeward_databricks_budget_waiting{workspace="7",lane="edit"} 1',
      'lakeward_databricks_budget_waiting{workspace="7",lane="retry"} 0',
      'lakeward_databricks_budget_waiting{workspace="7",lane="dependency"} 0',
      'lakeward_databricks_budget_waiting{workspace="7",lane="sweep"} 1',
      'lakeward_databricks_budget_waiting{workspace="7",lane="background"} 0',
      'lakeward_databricks_budget_under_way{workspace="7"} 1',
      'lakeward_databricks_budget_throttled{workspace="7"} 0',
      'lakeward_queue_due{lane="edit"} 0',
      'lakeward_queue_due{lane="retry"} 0',
      'lakeward_queue_due{lane="dependency"} 0',
      'lakeward_queue_due{lane="background"} 2',
      'lakeward_queue_longest_wait_seconds 1',
      'lakeward_reconcile_longest_seconds 0.5',
      'lakeward_objects{kind="JobSpec",manifest="data/default"} 2',
      'lakeward_objects{kind="JobSpec",manifest="data/prod"} 1',
      'lakeward_objects{kind="JobSpec",manifest="none"} 2',
      'lakeward_objects_not_ready{kind="DatabricksWorkspace",manifest="data/default",reason="NotLookedYet"} 1',
      'lakeward_objects_not_ready{kind="DatabricksWorkspace",manifest="data/prod",reason="NotLookedYet"} 1',
      'lakeward_objects_not_ready{kind="JobSpec",manifest="data/default",reason="NotLookedYet"} 2',
      'lakeward_objects_not_ready{kind="JobSpec",manifest="data/prod",reason="NotLookedYet"} 1',
      'lakeward_objects_not_ready{kind="JobSpec",manifest="none",reason="NotLookedYet"} 2',
      'lakeward_objects_drifted{kind="JobSpec",manifest="data/default"} 1',
      'lakeward_objects_drifted{kind="JobSpec",manifest="data/prod"} 0',
      'lakeward_objects_drifted{kind="JobSpec",manifest="none"} 0',
      'lakeward_objects_held{kind="JobSpec",manifest="data/default"} 1',
      'lakeward_objects_held{kind="JobSpec",manifest="data/prod"} 0',
      'lakeward_objects_held{kind="JobSpec",manifest="none"} 0',
      'lakeward_objects_held_age_seconds{kind="JobSpec",manifest="data/default"} 61',
      'lakeward_objects_deletion_waits{kind="JobSpec",manifest="data/default"} 1',
      'lakeward_objects_deletion_waits{kind="JobSpec",manifest="data/prod"} 0',
      'lakeward_objects_deletion_waits{kind="JobSpec",manifest="none"} 0',
      'lakeward_leader 1',
      'lakeward_kubernetes_last_event_age_seconds{kind="JobSpec"} 1',
      'lakeward_event_loop_delay_seconds_sum 0',
      'lakeward_event_loop_delay_seconds_count 0',
    ])
    await Promise.all([queue.shutdown({ grace: 0 }), clock.advance(1), running])
  })
})
