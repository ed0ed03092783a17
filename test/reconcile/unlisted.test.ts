import { describe, expect, it } from 'vitest'
import { cluster } from '../../src/kinds/cluster/index.ts'
import type { DatabricksClusterSpec } from '../../src/kinds/cluster/schema.ts'
import { grant } from '../../src/kinds/grant/index.ts'
import { job } from '../../src/kinds/job/index.ts'
import type { JobSpecSpec } from '../../src/kinds/job/schema.ts'
import type { ManagedSpec } from '../../src/kinds/kind.ts'
import { Fleet } from './fleet.ts'

const ana = 'ana@example.com'
const period = 600_000
const management = { unlisted: 'Correct' as const }

const aJob: JobSpecSpec & ManagedSpec = {
  name: 'one',
  management,
  schedule: { quartzCronExpression: '0 0 2 * * ?', timezoneId: 'UTC' },
  emailNotifications: { onFailure: ['oncall@example.com'] },
  tasks: [{ taskKey: 'main', notebookTask: { notebookPath: '/Shared/main' } }],
}

async function settingsOf(fleet: Fleet): Promise<unknown> {
  const answer = await fleet.simulator.as(ana).get(`/api/2.2/jobs/get?job_id=${fleet.idOf('one')}`)
  return answer.at('settings')
}

const shown = (fleet: Fleet) =>
  fleet.status('one').drift?.changes?.map(({ path, action }) => `${path} ${action}`)

describe('with unlisted: Correct', () => {
  it('a job that nobody touched is at rest: what Databricks fills in is no setting of anybody', async () => {
    const fleet = await Fleet.start({ kind: job, specs: { one: aJob } })
    expect(fleet.status('one').drift).toEqual({ count: 0, unlisted: 0 })
    expect(await fleet.calls(() => fleet.run(3 * period))).toEqual({ 'GET /api/2.2/jobs/get': 3 })
  })

  it('a job loses at every depth what somebody added to it, but for a pause', async () => {
    const fleet = await Fleet.start({ kind: job, specs: { one: aJob } })
    const made = await settingsOf(fleet)
    await fleet.simulator.as(ana).post('/api/2.2/jobs/update', {
      job_id: BigInt(fleet.idOf('one')),
      new_settings: {
        description: 'by hand',
        queue: { enabled: false },
        max_concurrent_runs: 7,
        timeout_seconds: 3600,
        parameters: [{ name: 'day', default: 'today' }],
        schedule: { quartz_cron_expression: '0 0 2 * * ?', timezone_id: 'UTC', pause_status: 'PAUSED' },
        email_notifications: { on_failure: ['oncall@example.com'], on_start: [ana] },
        tasks: [
          {
            task_key: 'main',
            notebook_task: { notebook_path: '/Shared/main', base_parameters: { day: 'x' } },
            timeout_seconds: 600,
            max_retries: 4,
          },
        ],
      },
    })
    await fleet.run(period)
    expect(shown(fleet)).toEqual(['schedule.pauseStatus Report'])
    expect(fleet.status('one').drift).toMatchObject({ count: 0, unlisted: 1 })
    expect(fleet.status('one').conditions?.map(({ reason }) => reason)).toEqual(['Applied', 'NoDrift'])
    const paused = { quartz_cron_expression: '0 0 2 * * ?', timezone_id: 'UTC', pause_status: 'PAUSED' }
    expect(await settingsOf(fleet)).toEqual({
      ...(made as object),
      schedule: paused,
      parameters: [],
      email_notifications: { on_failure: ['oncall@example.com'], on_start: [] },
    })
    expect(await fleet.calls(() => fleet.run(period))).not.toHaveProperty('POST /api/2.2/jobs/update')
  })

  it('a cluster loses what somebody added to it, and keeps what the workspace gave it', async () => {
    const aCluster: DatabricksClusterSpec & ManagedSpec = {
      clusterName: 'one',
      sparkVersion: '15.4.x-scala2.12',
      nodeTypeId: 'm5d.large',
      numWorkers: 1,
      sparkConf: { 'spark.a': '1' },
      management: { ...management, onDrift: 'Apply' },
    }
    const fleet = await Fleet.start({ kind: cluster, specs: { one: aCluster } })
    await fleet.simulator.advance(3_000)
    await fleet.run(period)
    expect(fleet.status('one').drift).toEqual({ count: 0, unlisted: 0 })
    const cluster_id = fleet.idOf('one')
    const read = async () =>
      await fleet.simulator.as(ana).get(`/api/2.0/clusters/get?cluster_id=${cluster_id}`)
    const before = await read()
    await fleet.simulator.as(ana).post('/api/2.1/clusters/update', {
      cluster_id,
      update_mask: 'autotermination_minutes,spark_conf,spark_env_vars,cluster_log_conf',
      cluster: {
        autotermination_minutes: 600,
        spark_conf: { 'spark.a': '1', 'spark.b': '2' },
        spark_env_vars: { STAGE: 'test' },
        cluster_log_conf: { dbfs: { destination: 'dbfs:/logs' } },
      },
    })
    await fleet.simulator.advance(600)
    await fleet.run(period)
    await fleet.simulator.advance(600)
    await fleet.run(period)
    const after = await read()
    for (const name of [
      'autotermination_minutes',
      'spark_conf',
      'spark_env_vars',
      'cluster_log_conf',
      'custom_tags',
    ])
      expect([name, after.at(name)]).toEqual([name, before.at(name)])
    expect(fleet.status('one').drift).toEqual({ count: 0, unlisted: 0 })
  })

  it('is no word of a grant', () => {
    expect(
      grant.definition.spec.safeParse({
        securables: [{ type: 'catalog', name: 'main' }],
        grants: [{ principal: 'analysts', privileges: ['USE_CATALOG'] }],
        management,
      }).success,
    ).toBe(false)
  })
})
