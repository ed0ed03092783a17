import { describe, expect } from 'vitest'
import { inWorld } from './in-world.ts'
import { cluster, grant, job, task } from './manifests.ts'
import { changes, conditions, idOf, messageOf } from './observer.ts'
import { runningCluster } from './running-cluster.ts'
import { until } from './until.ts'

const it = inWorld()

/** The bodies that were sent to one call. */
const sentTo = (path: string, writes: readonly { path: string; body: unknown }[]) =>
  writes.filter((write) => write.path === path).map(({ body }) => body)

const update = '/api/2.2/jobs/update'

describe('a change of a job’s manifest', () => {
  const schedule = { quartzCronExpression: '0 0 2 * * ?', timezoneId: 'UTC', pauseStatus: 'UNPAUSED' }
  const load = task('load', { dependsOn: [{ taskKey: 'extract' }] })

  it('is one update with only what changed', async ({ world: { kubernetes, databricks } }) => {
    const spec = { description: 'first', tags: { team: 'data' }, schedule }
    await kubernetes.apply(job('nightly', { ...spec, tasks: [task('extract', { maxRetries: 1 }), load] }))
    const id = idOf(await kubernetes.ready('JobSpec', 'nightly'))
    const { writes } = await databricks.during(async () => {
      const next = { ...spec, description: 'second', tasks: [task('extract', { maxRetries: 3 }), load] }
      await kubernetes.apply(job('nightly', next))
      await kubernetes.has('JobSpec', 'nightly', { Ready: 'True Applied', Drifted: 'False NoDrift' })
    })
    expect(writes).toHaveLength(1)
    const [body] = sentTo(update, writes) as [{ new_settings: { tasks: object[] }; fields_to_remove?: [] }]
    expect(Object.keys(body.new_settings).toSorted()).toEqual(['description', 'tasks'])
    expect(body.new_settings.tasks).toEqual([
      expect.objectContaining({ task_key: 'extract', max_retries: 3 }),
    ])
    expect(body.fields_to_remove ?? []).toEqual([])
    const after = await databricks.job(id)
    expect(after?.at('settings.description')).toBe('second')
    expect(after?.texts('settings.tasks', 'task_key').toSorted()).toEqual(['extract', 'load'])
    // What the manifest's author did is not somebody's drift.
    expect(
      kubernetes.seen.versions('JobSpec', 'nightly').map((version) => conditions(version)['Drifted']),
    ).not.toContain('True DriftFound')
  })

  it('takes away what left it: a tag, a task, the schedule', async ({
    world: { kubernetes, databricks },
  }) => {
    const spec = { description: 'second', tags: { team: 'data', cost: 'x' }, schedule }
    const tasks = [task('extract', { maxRetries: 3 }), load]
    await kubernetes.apply(job('nightly', { ...spec, tasks }))
    const id = idOf(await kubernetes.ready('JobSpec', 'nightly'))
    expect((await databricks.job(id))?.at('settings.tags')).toMatchObject({ cost: 'x' })
    const { writes } = await databricks.during(async () => {
      const next = {
        description: 'second',
        tags: { team: 'data' },
        tasks: [task('extract', { maxRetries: 3 })],
      }
      await kubernetes.apply(job('nightly', next))
      await kubernetes.has('JobSpec', 'nightly', { Ready: 'True Applied', Drifted: 'False NoDrift' })
    })
    expect(writes.map(({ path }) => path)).toEqual([update])
    const [body] = sentTo(update, writes) as [{ fields_to_remove: string[] }]
    expect(body.fields_to_remove.toSorted()).toEqual(['schedule', 'tasks/load'])
    const after = await databricks.job(id)
    expect(after?.at('settings.schedule')).toBeUndefined()
    expect(after?.texts('settings.tasks', 'task_key')).toEqual(['extract'])
    expect(after?.at('settings.tags')).toEqual({ team: 'data', 'lakeward-owner': expect.any(String) })
  })

  it('that is followed by others before it is out ends with the last one', async ({ world }) => {
    const { kubernetes, databricks } = world
    await kubernetes.apply(job('restless', { maxConcurrentRuns: 1 }))
    const id = idOf(await kubernetes.ready('JobSpec', 'restless'))
    for (const maxConcurrentRuns of [2, 3, 4, 5, 6])
      await kubernetes.apply(job('restless', { maxConcurrentRuns }))
    await kubernetes.has('JobSpec', 'restless', { Ready: 'True Applied', Drifted: 'False NoDrift' })
    expect((await databricks.job(id))?.at('settings.max_concurrent_runs')).toBe(6)
    expect(await databricks.jobsNamed('restless')).toEqual([id])
  })

  it('respects a pause by hand that it does not mention', async ({ world: { kubernetes, databricks } }) => {
    const { pauseStatus: _unsaid, ...silent } = schedule
    await kubernetes.apply(job('paused', { schedule: silent }))
    const id = idOf(await kubernetes.ready('JobSpec', 'paused'))
    const paused = { quartz_cron_expression: '0 0 2 * * ?', timezone_id: 'UTC', pause_status: 'PAUSED' }
    await databricks.ana.post(update, { job_id: BigInt(id), new_settings: { schedule: paused } })
    await kubernetes.apply(job('paused', { schedule: { ...silent, quartzCronExpression: '0 0 5 * * ?' } }))
    await kubernetes.has('JobSpec', 'paused', { Ready: 'True Applied', Drifted: 'False NoDrift' })
    expect((await databricks.job(id))?.at('settings.schedule')).toEqual({
      quartz_cron_expression: '0 0 5 * * ?',
      timezone_id: 'UTC',
      pause_status: 'PAUSED',
    })
  })
})

describe('a change of a running cluster’s manifest', () => {
  it('that would restart it is held until it is approved', async ({ world }) => {
    const { kubernetes, databricks } = world
    const id = await runningCluster(world, 'shared', { sparkConf: { 'spark.a': '1' } })
    const { writes } = await databricks.during(async () => {
      await kubernetes.apply(cluster('shared', { sparkConf: { 'spark.a': '2' } }))
      await kubernetes.has('DatabricksCluster', 'shared', {
        Ready: 'False HeldRestart',
        Reconciling: 'True HeldRestart',
        Stalled: undefined,
        Drifted: 'False NoDrift',
        Healthy: 'True Running',
      })
    })
    expect(writes).toEqual([])
    const waiting = kubernetes.object('DatabricksCluster', 'shared')
    const hash = waiting.status.held?.hash ?? 'none'
    expect(changes(waiting)).toEqual({ 'sparkConf["spark.a"]': 'SpecChanged Restart Hold' })
    expect(messageOf(waiting, 'Ready')).toContain(`lakeward.dev/approve=${hash}`)

    await kubernetes.annotate('DatabricksCluster', 'shared', { approve: hash })
    const ready = await kubernetes.has('DatabricksCluster', 'shared', {
      Ready: 'True Applied',
      Reconciling: undefined,
      Drifted: 'False NoDrift',
    })
    expect(ready.status.held).toBeUndefined()
    expect((await databricks.cluster(id))?.at('spark_conf')).toEqual({ 'spark.a': '2' })
  })

  it('back to what it was lets the hold go without a call', async ({ world }) => {
    const { kubernetes, databricks } = world
    await runningCluster(world, 'undecided', { sparkConf: { 'spark.a': '1' } })
    const { writes } = await databricks.during(async () => {
      await kubernetes.apply(cluster('undecided', { sparkConf: { 'spark.a': '2' } }))
      await kubernetes.has('DatabricksCluster', 'undecided', { Ready: 'False HeldRestart' })
      await kubernetes.apply(cluster('undecided', { sparkConf: { 'spark.a': '1' } }))
      const object = await kubernetes.has('DatabricksCluster', 'undecided', {
        Ready: 'True Applied',
        Reconciling: undefined,
      })
      expect(object.status.held).toBeUndefined()
    })
    expect(writes).toEqual([])
  })

  it('of its size alone is a resize, between a number and autoscaling too', async ({ world }) => {
    const { kubernetes, databricks } = world
    const id = await runningCluster(world, 'elastic', { numWorkers: 2 })
    const sizes: [object, object][] = [
      [{ numWorkers: 4 }, { num_workers: 4 }],
      [{ autoscale: { minWorkers: 1, maxWorkers: 6 } }, { autoscale: { min_workers: 1, max_workers: 6 } }],
      [{ autoscale: { minWorkers: 2, maxWorkers: 6 } }, { autoscale: { min_workers: 2, max_workers: 6 } }],
      [{ numWorkers: 3 }, { num_workers: 3 }],
    ]
    for (const [wanted, sent] of sizes) {
      const { writes } = await databricks.during(async () => {
        await kubernetes.apply(cluster('elastic', wanted))
        await kubernetes.has('DatabricksCluster', 'elastic', {
          Ready: 'True Applied',
          Drifted: 'False NoDrift',
        })
      })
      expect(writes.map(({ path, body }) => ({ path, body }))).toEqual([
        { path: '/api/2.1/clusters/resize', body: { cluster_id: id, ...sent } },
      ])
      expect((await databricks.cluster(id))?.body).toMatchObject(sent)
      await databricks.advance(20)
    }
  })
})

describe('a privilege that leaves the manifest', () => {
  const gold = 'schema/main.gold'

  it('is revoked when we added it', async ({ world: { kubernetes, databricks } }) => {
    await kubernetes.apply(grant('engineers', 'main.gold', { 'data engineers': ['SELECT', 'MODIFY'] }))
    const before = await kubernetes.ready('CatalogGrant', 'engineers')
    expect(before.status.added).toHaveLength(2)
    await kubernetes.apply(grant('engineers', 'main.gold', { 'data engineers': ['SELECT'] }))
    const after = await kubernetes.has('CatalogGrant', 'engineers', {
      Ready: 'True Applied',
      Drifted: 'False NoDrift',
    })
    expect((await databricks.grants(gold))['data engineers']).toEqual(['SELECT'])
    expect(after.status.added).toEqual([
      { type: 'schema', name: 'main.gold', principal: 'data engineers', privilege: 'SELECT' },
    ])
  })

  it('is held, with the reason, when it was there before us', async ({
    world: { kubernetes, databricks },
  }) => {
    // Analysts hold SELECT from somebody else; only the other privilege is added.
    await kubernetes.apply(grant('analysts', 'main.gold', { analysts: ['SELECT', 'USE_SCHEMA'] }))
    await kubernetes.ready('CatalogGrant', 'analysts')
    expect(kubernetes.object('CatalogGrant', 'analysts').status.added).toEqual([
      { type: 'schema', name: 'main.gold', principal: 'analysts', privilege: 'USE_SCHEMA' },
    ])
    const { writes } = await databricks.during(async () => {
      await kubernetes.apply(grant('analysts', 'main.gold', { analysts: ['USE_SCHEMA'] }))
      await kubernetes.has('CatalogGrant', 'analysts', {
        Ready: 'False HeldRevoke',
        Reconciling: 'True HeldRevoke',
      })
    })
    expect(writes).toEqual([])
    const held = kubernetes.object('CatalogGrant', 'analysts')
    expect(messageOf(held, 'Ready')).toContain('Lakeward did not grant it')
    await kubernetes.annotate('CatalogGrant', 'analysts', { approve: held.status.held?.hash ?? '' })
    await kubernetes.has('CatalogGrant', 'analysts', { Ready: 'True Applied', Drifted: 'False NoDrift' })
    expect((await databricks.grants(gold))['analysts']).toEqual(['USE_SCHEMA'])
  })

  it('stays as long as another manifest needs it, and goes with the last one', async ({ world }) => {
    const { kubernetes, databricks } = world
    const silver = async () => (await databricks.grants('schema/main.silver'))['analysts'] ?? []
    await kubernetes.apply(grant('first', 'main.silver', { analysts: ['SELECT', 'USE_SCHEMA'] }))
    await kubernetes.ready('CatalogGrant', 'first')
    await kubernetes.apply(grant('second', 'main.silver', { analysts: ['SELECT'] }))
    await kubernetes.ready('CatalogGrant', 'second')
    // The first one added it; the second found it there.
    expect(kubernetes.object('CatalogGrant', 'second').status.added).toBeUndefined()

    await kubernetes.apply(grant('first', 'main.silver', { analysts: ['USE_SCHEMA'] }))
    await kubernetes.has('CatalogGrant', 'first', { Ready: 'True Applied', Drifted: 'False NoDrift' })
    expect(await silver()).toEqual(['SELECT', 'USE_SCHEMA'])
    await until('the second one is heir', () => kubernetes.object('CatalogGrant', 'second').status.added)
    expect(kubernetes.object('CatalogGrant', 'second').status.added).toEqual([
      { type: 'schema', name: 'main.silver', principal: 'analysts', privilege: 'SELECT' },
    ])

    await kubernetes.delete('CatalogGrant', 'second')
    expect(await silver()).toEqual(['USE_SCHEMA'])
    await kubernetes.delete('CatalogGrant', 'first')
    expect(await silver()).toEqual([])
  })
})
