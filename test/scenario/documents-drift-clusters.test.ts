import { describe } from 'vitest'
import { cluster } from './manifests.ts'
import { changes, idOf } from './observer.ts'
import { holdPage } from './recorded-pages.ts'
import { move, recordingIn, told } from './recording.ts'
import { runningCluster } from './running-cluster.ts'
import { until } from './until.ts'

/* What docs/drift.md shows of clusters: what is held while one runs, what waits until one is up, and its health. */

const it = recordingIn('dr-2')

const hour = 3_600_000

const health = (member: string) => `.status.conditions[?(@.type=="Healthy")].${member}`

/** What the health of clusters is, as columns of a table. */
const healthColumns = `HEALTHY:${health('status')},REASON:${health('reason')},MESSAGE:${health('message')}`

const conf = (partitions: string) => ({ 'spark.sql.shuffle.partitions': partitions })

const policies = '/api/2.0/policies/clusters'

/** A policy that has a rule for how long a cluster may be idle. */
const allowing = (rule: object) => ({
  name: 'capped',
  definition: JSON.stringify({ autotermination_minutes: rule }),
})

describe('a running cluster', () => {
  it('has drift that is held', async ({ world, transcript }) => {
    const { kubernetes, databricks } = world
    const id = await runningCluster(world, 'shared', { sparkConf: conf('200') })
    await databricks.ana.post('/api/2.1/clusters/edit', {
      cluster_id: id,
      cluster_name: 'shared',
      spark_version: '15.4.x-scala2.12',
      node_type_id: 'm5d.large',
      num_workers: 2,
      spark_conf: conf('400'),
    })
    await databricks.advance(60)
    await kubernetes.recheck('DatabricksCluster', 'shared')
    await until('it is held', () => kubernetes.object('DatabricksCluster', 'shared').status.held)
    await transcript.types('held', 'get databrickscluster shared')
    await transcript.types('held', "get databrickscluster shared -o jsonpath='{.status.held.reason}'")
    await transcript.shows('held-yaml', 'databrickscluster/shared', 'drift', 'held')
  })

  it('is reminded of after a day', async ({ world, transcript }) => {
    const { kubernetes } = world
    await move(world, { jump: 25 * hour })
    await kubernetes.recheck('DatabricksCluster', 'shared')
    await told(world, 'shared', 'HeldLong')
    await transcript.types('held-long', 'events --for databrickscluster/shared --types=Warning')
  })

  it('is corrected once that is approved', async ({ world, transcript }) => {
    const { kubernetes } = world
    const { hash = '' } = kubernetes.object('DatabricksCluster', 'shared').status.held ?? {}
    const approval = `lakeward.dev/approve=${transcript.standsFor(hash)}`
    await transcript.types('approved', `annotate databrickscluster shared --overwrite ${approval}`)
    await kubernetes.has('DatabricksCluster', 'shared', { Drifted: 'False NoDrift' })
    await told(world, 'shared', 'Corrected')
    await transcript.types('approved', 'events --for databrickscluster/shared --types=Normal')
  })

  it('waits for a change of its manifest', async ({ world, transcript }) => {
    const { kubernetes, databricks } = world
    await databricks.advance(60)
    await kubernetes.recheck('DatabricksCluster', 'shared')
    await kubernetes.has('DatabricksCluster', 'shared', { Healthy: 'True Running' })
    await kubernetes.apply(cluster('shared', { sparkConf: conf('800') }))
    await kubernetes.has('DatabricksCluster', 'shared', { Reconciling: 'True HeldRestart' })
    await until(
      'it is shown',
      () => Object.keys(changes(kubernetes.object('DatabricksCluster', 'shared'))).length === 1,
    )
    await transcript.types('held-change', 'get databrickscluster shared')
    await transcript.shows('held-change', 'databrickscluster/shared', 'conditions')
  })

  it('keeps its workers until it stops', async ({ world, transcript }) => {
    const { kubernetes, databricks } = world
    const management = { onSpecChange: 'WhenStopped' }
    const id = await runningCluster(world, 'etl', { numWorkers: 4, management })
    await kubernetes.apply(cluster('etl', { numWorkers: 2, management }))
    await kubernetes.has('DatabricksCluster', 'etl', { Reconciling: 'True HeldShrink' })
    await transcript.explains('held-shrink', 'databrickscluster etl')
    await databricks.ana.post('/api/2.1/clusters/delete', { cluster_id: id })
    await databricks.advance(30)
    await kubernetes.recheck('DatabricksCluster', 'etl')
    await kubernetes.has('DatabricksCluster', 'etl', { Ready: 'True Applied', Healthy: 'True Stopped' })
    await told(world, 'etl', 'Updated')
    await transcript.types('let-go', 'events --for databrickscluster/etl')
  })
})

describe('a cluster', () => {
  it('is of a policy that allows another value only', async ({ world, transcript }) => {
    const { kubernetes, databricks } = world
    const made = await databricks.ana.post(`${policies}/create`, allowing({ type: 'unlimited' }))
    const policyId = made.text('policy_id')
    const cluster_id = await runningCluster(world, 'capped', { policyId, autoterminationMinutes: 60 })
    const fixed = { policy_id: policyId, ...allowing({ type: 'fixed', value: 30 }) }
    await databricks.ana.post(`${policies}/edit`, fixed)
    await databricks.ana.post(`${policies}/enforce-compliance`, { cluster_id })
    await databricks.advance(60)
    await kubernetes.recheck('DatabricksCluster', 'capped')
    await kubernetes.has('DatabricksCluster', 'capped', { Stalled: 'True PolicyEnforced' })
    await transcript.explains('policy', 'databrickscluster capped')
  })

  it('that starts takes no change yet', async ({ world, transcript }) => {
    const { kubernetes, databricks } = world
    const failure = { code: 'CLOUD_PROVIDER_LAUNCH_FAILURE', type: 'CLOUD_FAILURE' }
    await databricks.control('POST', 'cluster-start-failures', failure)
    await kubernetes.apply(cluster('big'))
    await kubernetes.ready('DatabricksCluster', 'big')
    await databricks.advance(60)
    await kubernetes.recheck('DatabricksCluster', 'big')
    await kubernetes.has('DatabricksCluster', 'big', { Healthy: 'False StartFailed' })

    // It starts for as long as it is looked at.
    await databricks.control('POST', 'clock', { speed: 0 })
    await kubernetes.apply(cluster('fresh', { numWorkers: 2 }))
    await kubernetes.ready('DatabricksCluster', 'fresh')
    await kubernetes.apply(cluster('fresh', { numWorkers: 4 }))
    await kubernetes.has('DatabricksCluster', 'fresh', { Reconciling: 'True RemoteBusy' })
    await transcript.types('busy', 'get databrickscluster fresh')
    await transcript.shows('busy', 'databrickscluster/fresh', 'conditions')
  })

  it('is well, or not', async ({ transcript }) => {
    await transcript.types(
      'health',
      `get databrickscluster shared etl fresh big -o custom-columns='NAME:.metadata.name,${healthColumns}'`,
    )
  })
})

it('a cluster that Databricks forgot is gone', async ({ world: { kubernetes, databricks }, transcript }) => {
  await databricks.control('POST', `clusters/${idOf(kubernetes.object('DatabricksCluster', 'etl'))}/purge`)
  await kubernetes.recheck('DatabricksCluster', 'etl')
  await kubernetes.has('DatabricksCluster', 'etl', { Ready: 'False Vanished' })
  await transcript.explains('forgotten', 'databrickscluster etl')
})

it('is what docs/drift.md shows', ({ transcript }) => holdPage('drift.md', transcript.blocks, 'clusters'))
