import { describe, expect } from 'vitest'
import { inWorld } from './in-world.ts'
import type { Kubernetes } from './kubernetes.ts'
import { grant, job, task } from './manifests.ts'
import { type Observed, changes, conditions, idOf, messageOf, timesPutBack } from './observer.ts'
import { runningCluster } from './running-cluster.ts'
import { until } from './until.ts'

const it = inWorld()

/** The versions of an object since one of them, that one left out. */
const since = (kubernetes: Kubernetes, { kind, metadata }: Observed): readonly Observed[] =>
  kubernetes.seen
    .versions(kind, metadata.name)
    .filter((version) => Number(version.metadata.resourceVersion) > Number(metadata.resourceVersion))

describe('an edit of a job by hand', () => {
  it('is shown path by path, and then put back with one call', async ({ world }) => {
    const { kubernetes, databricks } = world
    const schedule = { quartzCronExpression: '0 0 2 * * ?', timezoneId: 'UTC', pauseStatus: 'UNPAUSED' }
    const tasks = [task('extract', { maxRetries: 1 }), task('load', { dependsOn: [{ taskKey: 'extract' }] })]
    await kubernetes.apply(job('nightly', { tags: { team: 'data' }, schedule, tasks }))
    const before = await kubernetes.ready('JobSpec', 'nightly')
    const id = idOf(before)
    const made = await databricks.job(id)

    await databricks.ana.post('/api/2.2/jobs/update', {
      job_id: BigInt(id),
      new_settings: {
        tags: { ...(made?.at('settings.tags') as object), cost: 'nobody' },
        schedule: { quartz_cron_expression: '0 0 2 * * ?', timezone_id: 'UTC', pause_status: 'PAUSED' },
        tasks: [{ task_key: 'extract', notebook_task: { notebook_path: '/Shared/extract' }, max_retries: 5 }],
      },
    })
    const { writes } = await databricks.during(async () => {
      await kubernetes.recheck('JobSpec', 'nightly')
      await until('it is put back', () => timesPutBack(kubernetes.object('JobSpec', 'nightly')) === 1)
    })

    // Nothing is undone that nobody could have seen.
    const told = since(kubernetes, before)
    const shown = told.find((version) => conditions(version)['Drifted'] === 'True DriftFound')
    expect(shown && changes(shown)).toEqual({
      'schedule.pauseStatus': 'ChangedRemotely Schedule Correct',
      'tags.cost': 'AddedRemotely InPlace Correct',
      'tasks[extract].maxRetries': 'ChangedRemotely InPlace Correct',
    })
    expect(shown?.status.drift).toMatchObject({ count: 3, unlisted: 0 })
    expect(shown?.status.drift?.changes).toContainEqual(
      expect.objectContaining({ path: 'tasks[extract].maxRetries', wanted: '1', found: '5' }),
    )
    // Somebody else's edit makes the manifest no less applied.
    expect(told.map((version) => conditions(version)['Ready'])).not.toContainEqual(
      expect.not.stringMatching('True Applied'),
    )
    expect(told.flatMap((version) => conditions(version)['Reconciling'] ?? [])).toEqual([])

    const after = kubernetes.object('JobSpec', 'nightly')
    expect(conditions(after)).toEqual({ Ready: 'True Applied', Drifted: 'False NoDrift' })
    expect(after.status.drift).toEqual({ count: 0, unlisted: 0 })
    expect((await databricks.job(id))?.at('settings')).toEqual(made?.at('settings'))
    expect(writes.map(({ path }) => path)).toEqual(['/api/2.2/jobs/update'])
  })

  it('is told by events, before and after', async ({ world: { kubernetes } }) => {
    const events = await until('two events', () => {
      const events = kubernetes.seen.events('JobSpec', 'nightly')
      return events.some((event) => event.startsWith('Corrected: ')) && events
    })
    const drift = events.findIndex((event) => event.startsWith('DriftFound: '))
    expect(events[drift]).toContain('tasks[extract].maxRetries is 5 instead of 1')
    expect(drift).toBeLessThan(events.findIndex((event) => event.startsWith('Corrected: ')))
  })

  it('is only reported in mode Observe, as long as it differs', async ({
    world: { kubernetes, databricks },
  }) => {
    const made = await databricks.ana.post('/api/2.2/jobs/create', {
      name: 'report',
      tags: { team: 'finance' },
      tasks: [{ task_key: 'main', notebook_task: { notebook_path: '/Shared/main' }, max_retries: 4 }],
    })
    const id = made.text('job_id')
    const { writes } = await databricks.during(async () => {
      await kubernetes.apply(
        job('report', {
          tags: { team: 'finance' },
          tasks: [task('main', { maxRetries: 2 })],
          management: { externalId: id, mode: 'Observe' },
        }),
      )
      const first = await kubernetes.ready('JobSpec', 'report')
      expect(conditions(first)).toEqual({ Ready: 'True Observed', Drifted: 'True DriftFound' })
      expect(changes(first)).toEqual({ 'tasks[main].maxRetries': expect.stringMatching(/InPlace Report$/) })

      await databricks.ana.post('/api/2.2/jobs/update', {
        job_id: BigInt(id),
        new_settings: { tags: { team: 'sales' }, name: 'monthly report' },
      })
      await kubernetes.recheck('JobSpec', 'report')
      const second = kubernetes.object('JobSpec', 'report')
      expect(Object.keys(changes(second)).toSorted()).toEqual(['name', 'tags.team', 'tasks[main].maxRetries'])
      expect(messageOf(second, 'Drifted')).toContain('instead of')

      await databricks.ana.post('/api/2.2/jobs/update', {
        job_id: BigInt(id),
        new_settings: {
          name: 'report',
          tags: { team: 'finance' },
          tasks: [{ task_key: 'main', notebook_task: { notebook_path: '/Shared/main' }, max_retries: 2 }],
        },
      })
      await kubernetes.recheck('JobSpec', 'report')
      await kubernetes.has('JobSpec', 'report', { Ready: 'True Observed', Drifted: 'False NoDrift' })
    })
    expect(writes).toEqual([])
    expect(kubernetes.object('JobSpec', 'report').metadata.finalizers).toBeUndefined()
  })

  it('of what the manifest does not mention is shown and survives our writes', async ({ world }) => {
    const { kubernetes, databricks } = world
    await kubernetes.apply(
      job('careful', {
        emailNotifications: { onFailure: ['oncall@example.com'] },
        tasks: [task('main', { maxRetries: 1 })],
      }),
    )
    const id = idOf(await kubernetes.ready('JobSpec', 'careful'))
    const health = { rules: [{ metric: 'RUN_DURATION_SECONDS', op: 'GREATER_THAN', value: 3600 }] }
    await databricks.ana.post('/api/2.2/jobs/update', {
      job_id: BigInt(id),
      new_settings: {
        // One of the two is the manifest's, so the block is written.
        email_notifications: { on_failure: ['nobody@example.com'], on_start: ['ana@example.com'] },
        // The schema knows none of the following.
        health,
        edit_mode: 'UI_LOCKED',
        tasks: [
          {
            task_key: 'main',
            notebook_task: { notebook_path: '/Shared/main' },
            max_retries: 9,
            timeout_seconds: 600,
            disable_auto_optimization: true,
          },
        ],
      },
    })
    await kubernetes.recheck('JobSpec', 'careful')
    const after = await until('the retries are put back', async () => {
      const job = await databricks.job(id)
      return job?.at('settings.tasks.0.max_retries') === 1 && job
    })
    expect(after.at('settings.health')).toEqual(health)
    expect(after.at('settings.edit_mode')).toBe('UI_LOCKED')
    expect(after.at('settings.email_notifications')).toEqual({
      on_failure: ['oncall@example.com'],
      on_start: ['ana@example.com'],
    })
    expect(after.at('settings.tasks.0')).toMatchObject({
      timeout_seconds: 600,
      disable_auto_optimization: true,
    })

    const object = await kubernetes.has('JobSpec', 'careful', { Drifted: 'False NoDrift' })
    expect(object.status.drift).toMatchObject({ count: 0, unlisted: 2 })
    expect(changes(object)).toEqual({
      'emailNotifications.onStart[ana@example.com]': 'AddedRemotely InPlace Report',
      'tasks[main].timeoutSeconds': 'AddedRemotely InPlace Report',
    })
  })
})

describe('a pause by hand that the manifest ignores for a while', () => {
  const schedule = { quartzCronExpression: '0 0 2 * * ?', timezoneId: 'UTC', pauseStatus: 'UNPAUSED' }
  const paused = { quartz_cron_expression: '0 0 2 * * ?', timezone_id: 'UTC', pause_status: 'PAUSED' }
  const ignoring = (end: string, more: object = {}) => {
    const ignore = [{ path: 'schedule.pauseStatus', until: end, reason: 'incident 7' }]
    return job('incident', { schedule, ...more, management: { ignore } })
  }

  it('is shown and left, survives our writes, and is drift once its time is over', async ({ world }) => {
    const { kubernetes, databricks } = world
    await kubernetes.apply(ignoring('2099-01-01T00:00:00Z'))
    const id = idOf(await kubernetes.ready('JobSpec', 'incident'))
    await databricks.ana.post('/api/2.2/jobs/update', {
      job_id: BigInt(id),
      new_settings: { schedule: paused },
    })
    const { writes } = await databricks.during(() => kubernetes.recheck('JobSpec', 'incident'))
    expect(writes).toEqual([])
    const shown = await kubernetes.has('JobSpec', 'incident', {
      Ready: 'True Applied',
      Drifted: 'False NoDrift',
    })
    expect(changes(shown)).toEqual({ 'schedule.pauseStatus': 'ChangedRemotely Schedule Tolerated' })
    expect(shown.status.drift).toMatchObject({ count: 0, tolerated: 1 })
    expect(messageOf(shown, 'Drifted')).toContain('(until 2099-01-01T00:00:00Z, incident 7)')

    const end = new Date(Date.now() + 4_000).toISOString()
    await kubernetes.apply(ignoring(end, { maxConcurrentRuns: 3 }))
    await kubernetes.ready('JobSpec', 'incident')
    const edited = await databricks.job(id)
    expect(edited?.at('settings.max_concurrent_runs')).toBe(3)
    expect(edited?.at('settings.schedule')).toEqual(paused)

    // Nobody asks for a look, and the next check would be in ten minutes.
    const back = await until('the job runs again', async () => {
      const job = await databricks.job(id)
      return job?.at('settings.schedule.pause_status') === 'UNPAUSED' && Date.now()
    })
    expect(back).toBeGreaterThanOrEqual(Date.parse(end))
  })

  it('is not ignored where the path leads nowhere: that is told, and nothing is written', async ({
    world,
  }) => {
    const { kubernetes, databricks } = world
    const ignore = [{ path: 'schedule.pausedStatus' }]
    const { writes } = await databricks.during(async () => {
      await kubernetes.apply(job('incident', { schedule, maxConcurrentRuns: 4, management: { ignore } }))
      const object = await kubernetes.has('JobSpec', 'incident', { Stalled: 'True InvalidSpec' })
      expect(messageOf(object, 'Stalled')).toContain(
        'spec.management.ignore[0].path: there is no field schedule.pausedStatus; schedule.pauseStatus was meant?',
      )
    })
    expect(writes).toEqual([])
  })
})

/** What Ana sends when she changes one spark setting in the form: everything. */
const edited = (id: string, name: string) => ({
  cluster_id: id,
  cluster_name: name,
  spark_version: '15.4.x-scala2.12',
  node_type_id: 'm5d.large',
  num_workers: 2,
  spark_conf: { 'spark.sql.shuffle.partitions': '8' },
})

describe('an edit of a running cluster by hand', () => {
  const sparkConf = { 'spark.sql.shuffle.partitions': '200' }
  const path = 'sparkConf["spark.sql.shuffle.partitions"]'

  it('that only a restart puts back is held, says who and how, and goes out once approved', async ({
    world,
  }) => {
    const { kubernetes, databricks } = world
    const id = await runningCluster(world, 'shared', { sparkConf })
    await databricks.ana.post('/api/2.1/clusters/edit', edited(id, 'shared'))
    await databricks.advance(30)

    let held: Observed['status']['held']
    const waiting = await databricks.during(async () => {
      await kubernetes.recheck('DatabricksCluster', 'shared')
      const object = await kubernetes.has('DatabricksCluster', 'shared', { Drifted: 'True DriftFound' })
      expect(conditions(object)).toEqual({
        Ready: 'True Applied',
        Drifted: 'True DriftFound',
        Healthy: 'True Running',
      })
      expect(changes(object)).toEqual({ [path]: 'ChangedRemotely Restart Hold' })
      expect(object.status.drift?.changes?.[0]).toMatchObject({
        wanted: '"200"',
        found: '"8"',
        by: 'ana@example.com',
      })
      held = object.status.held
      expect(held).toMatchObject({ verb: 'clusters/update', impact: 'Restart' })
      expect(messageOf(object, 'Drifted')).toContain(`lakeward.dev/approve=${held?.hash ?? 'HASH'}`)
      // A hold is no reason to write, however often somebody looks.
      await kubernetes.recheck('DatabricksCluster', 'shared')
      expect(kubernetes.object('DatabricksCluster', 'shared').status.held).toEqual(held)
    })
    expect(waiting.writes).toEqual([])

    const mistaken = await databricks.during(async () => {
      await kubernetes.annotate('DatabricksCluster', 'shared', { approve: 'another-hash' })
      await kubernetes.recheck('DatabricksCluster', 'shared')
    })
    expect(mistaken.writes).toEqual([])
    expect(kubernetes.object('DatabricksCluster', 'shared').status.held).toMatchObject({
      hash: held?.hash,
      reason: expect.stringContaining('"another-hash", is for another change'),
    })
    await until('that is told', () =>
      kubernetes.seen
        .events('DatabricksCluster', 'shared')
        .some((event) => event.startsWith('ApprovedOther: ')),
    )

    const { writes } = await databricks.during(async () => {
      await kubernetes.annotate('DatabricksCluster', 'shared', { approve: held?.hash ?? '' })
      await kubernetes.has('DatabricksCluster', 'shared', { Ready: 'True Applied', Drifted: 'False NoDrift' })
    })
    expect(writes).toEqual([
      expect.objectContaining({
        path: '/api/2.1/clusters/update',
        body: {
          cluster_id: id,
          update_mask: expect.stringContaining('spark_conf'),
          cluster: expect.objectContaining({ spark_conf: sparkConf }),
        },
      }),
    ])
    expect(kubernetes.object('DatabricksCluster', 'shared').status.held).toBeUndefined()
    expect((await databricks.cluster(id))?.at('spark_conf')).toEqual(sparkConf)
  })

  it('asks again when the very same edit happens again', async ({ world: { kubernetes, databricks } }) => {
    const before = kubernetes.object('DatabricksCluster', 'shared')
    const id = idOf(before)
    await databricks.advance(30)
    await databricks.ana.post('/api/2.1/clusters/edit', edited(id, 'shared'))
    await databricks.advance(30)
    const { writes } = await databricks.during(async () => {
      // The approval of the first time still stands on the object.
      await kubernetes.recheck('DatabricksCluster', 'shared')
      await kubernetes.has('DatabricksCluster', 'shared', { Drifted: 'True DriftFound' })
    })
    expect(writes).toEqual([])
    const { held } = kubernetes.object('DatabricksCluster', 'shared').status
    expect(held?.hash).not.toBe(before.metadata.annotations?.['lakeward.dev/approve'])
  })

  it('stays approved when the annotation is gone before the cluster can take the change', async ({
    world,
  }) => {
    const { kubernetes, databricks } = world
    const id = await runningCluster(world, 'gitops', { sparkConf })
    await databricks.ana.post('/api/2.1/clusters/edit', edited(id, 'gitops'))
    await databricks.advance(30)
    await kubernetes.recheck('DatabricksCluster', 'gitops')
    const { status } = await kubernetes.has('DatabricksCluster', 'gitops', { Drifted: 'True DriftFound' })

    await databricks.ana.post('/api/2.1/clusters/restart', { cluster_id: id })
    await kubernetes.annotate('DatabricksCluster', 'gitops', { approve: status.held?.hash ?? '' })
    await kubernetes.recheck('DatabricksCluster', 'gitops')
    // GitOps tools take away whatever Git does not have.
    await kubernetes.annotate('DatabricksCluster', 'gitops', { approve: null })
    await databricks.advance(30)
    await kubernetes.recheck('DatabricksCluster', 'gitops')
    await kubernetes.has('DatabricksCluster', 'gitops', { Ready: 'True Applied', Drifted: 'False NoDrift' })
    expect((await databricks.cluster(id))?.at('spark_conf')).toEqual(sparkConf)
  })

  it('goes out by itself when the cluster stops', async ({ world }) => {
    const { kubernetes, databricks } = world
    const id = await runningCluster(world, 'evening', { sparkConf })
    await databricks.ana.post('/api/2.1/clusters/edit', edited(id, 'evening'))
    await databricks.advance(30)
    await kubernetes.recheck('DatabricksCluster', 'evening')
    await kubernetes.has('DatabricksCluster', 'evening', { Drifted: 'True DriftFound' })
    await databricks.ana.post('/api/2.1/clusters/delete', { cluster_id: id })
    await databricks.advance(20)
    const { writes } = await databricks.during(async () => {
      await kubernetes.recheck('DatabricksCluster', 'evening')
      await kubernetes.has('DatabricksCluster', 'evening', { Drifted: 'False NoDrift' })
    })
    expect(writes.map(({ path }) => path)).toEqual(['/api/2.1/clusters/update'])
    const object = kubernetes.object('DatabricksCluster', 'evening')
    expect(object.status.held).toBeUndefined()
    expect(object.status.state).toBe('TERMINATED')
    expect(conditions(object)['Healthy']).toBe('True Stopped')
    expect((await databricks.cluster(id))?.at('spark_conf')).toEqual(sparkConf)
  })

  it('that took workers away is put back by a resize, without a restart', async ({ world }) => {
    const { kubernetes, databricks } = world
    const id = await runningCluster(world, 'small', { numWorkers: 3 })
    await databricks.ana.post('/api/2.1/clusters/resize', { cluster_id: id, num_workers: 1 })
    await databricks.advance(20)
    const { writes } = await databricks.during(async () => {
      await kubernetes.recheck('DatabricksCluster', 'small')
      await kubernetes.has('DatabricksCluster', 'small', { Drifted: 'False NoDrift' })
    })
    expect(writes.map(({ path, body }) => ({ path, body }))).toEqual([
      { path: '/api/2.1/clusters/resize', body: { cluster_id: id, num_workers: 3 } },
    ])
    expect(kubernetes.object('DatabricksCluster', 'small').status.putBack).toHaveLength(1)
  })

  it('that added workers is held, as putting it back would take them from somebody', async ({ world }) => {
    const { kubernetes, databricks } = world
    const id = await runningCluster(world, 'large', { numWorkers: 3 })
    await databricks.ana.post('/api/2.1/clusters/resize', { cluster_id: id, num_workers: 8 })
    await databricks.advance(20)
    const { writes } = await databricks.during(async () => {
      await kubernetes.recheck('DatabricksCluster', 'large')
      const object = await kubernetes.has('DatabricksCluster', 'large', { Drifted: 'True DriftFound' })
      expect(changes(object)).toEqual({ numWorkers: 'ChangedRemotely Shrink Hold' })
      expect(object.status.held).toMatchObject({ verb: 'clusters/resize', impact: 'Shrink' })
    })
    expect(writes).toEqual([])
  })
})

describe('an edit of privileges by hand', () => {
  it('is put back for the pairs of the manifest, and left alone for everybody else', async ({ world }) => {
    const { kubernetes, databricks } = world
    await kubernetes.apply(
      grant('engineers', 'main.bronze', { 'data engineers': ['USE_SCHEMA', 'SELECT', 'MODIFY'] }),
    )
    await kubernetes.ready('CatalogGrant', 'engineers')
    const change = (principal: string, edit: { add?: string[]; remove?: string[] }) =>
      databricks.changeGrants('schema/main.bronze', { principal, ...edit })
    await change('data engineers', { remove: ['SELECT'], add: ['CREATE_TABLE'] })
    await change('analysts', { add: ['SELECT'] })

    const { writes } = await databricks.during(async () => {
      await kubernetes.recheck('CatalogGrant', 'engineers')
      await until('it is put back', () => timesPutBack(kubernetes.object('CatalogGrant', 'engineers')) === 1)
    })
    expect(writes).toEqual([
      expect.objectContaining({
        method: 'PATCH',
        body: { changes: [{ principal: 'data engineers', add: ['SELECT'] }] },
      }),
    ])
    expect(await databricks.grants('schema/main.bronze')).toEqual({
      analysts: ['SELECT'],
      'data engineers': ['CREATE_TABLE', 'MODIFY', 'SELECT', 'USE_SCHEMA'],
    })
    const object = await kubernetes.has('CatalogGrant', 'engineers', {
      Ready: 'True Applied',
      Drifted: 'False NoDrift',
    })
    expect(object.status.drift).toMatchObject({ count: 0, unlisted: 1 })
    const [path = '', ...others] = Object.keys(changes(object))
    expect(others).toEqual([])
    expect(path).toContain('CREATE_TABLE')
    const shown = kubernetes.seen
      .versions('CatalogGrant', 'engineers')
      .find((version) => conditions(version)['Drifted'] === 'True DriftFound')
    expect(shown && Object.values(changes(shown))).toContain('RemovedRemotely InPlace Correct')
  })
})

describe('a setting that somebody changes again and again', () => {
  it('is put back three times, and then left and told, until it is as the manifest wants it', async ({
    world: { kubernetes, databricks },
  }) => {
    await kubernetes.apply(job('fought', { maxConcurrentRuns: 1, tags: { team: 'data' } }))
    const id = idOf(await kubernetes.ready('JobSpec', 'fought'))
    const change = (settings: object) =>
      databricks.ana.post('/api/2.2/jobs/update', { job_id: BigInt(id), new_settings: settings })
    for (const times of [1, 2, 3]) {
      await change({ max_concurrent_runs: 7 })
      await kubernetes.recheck('JobSpec', 'fought')
      await until('it is put back', () => timesPutBack(kubernetes.object('JobSpec', 'fought')) === times)
    }
    await change({ max_concurrent_runs: 7, tags: { team: 'sales' } })
    const { writes } = await databricks.during(async () => {
      await kubernetes.recheck('JobSpec', 'fought')
      await kubernetes.has('JobSpec', 'fought', {
        Ready: 'False Contested',
        Drifted: 'True DriftFound',
        Stalled: 'True Contested',
      })
      await until(
        'the rest is put back',
        async () => (await databricks.job(id))?.at('settings.tags.team') === 'data',
      )
    })
    expect(writes).toHaveLength(1)
    expect((await databricks.job(id))?.at('settings.max_concurrent_runs')).toBe(7)
    await kubernetes.recheck('JobSpec', 'fought')
    const fought = kubernetes.object('JobSpec', 'fought')
    expect(changes(fought)).toEqual({ maxConcurrentRuns: 'ChangedRemotely InPlace Blocked' })
    expect(messageOf(fought, 'Stalled')).toContain(
      'maxConcurrentRuns is 7 instead of 1, although it was put back 3 times since 20',
    )

    await change({ max_concurrent_runs: 1 })
    await kubernetes.recheck('JobSpec', 'fought')
    await kubernetes.kubectl(['wait', 'jobspec/fought', '--for=condition=Drifted=false', '--timeout=20s'])
    await kubernetes.has('JobSpec', 'fought', { Ready: 'True Applied', Stalled: undefined })
  })
})

describe('privileges that read back late', () => {
  it('are settling and no drift, and written once', async ({ world: { kubernetes, databricks } }) => {
    await kubernetes.apply(grant('late', 'main.gold', { analysts: ['USE_SCHEMA', 'SELECT'] }))
    await kubernetes.ready('CatalogGrant', 'late')
    await databricks.changeGrants('schema/main.gold', { principal: 'analysts', remove: ['SELECT'] })
    const before = kubernetes.object('CatalogGrant', 'late')
    const match = 'GET /api/2.1/unity-catalog/permissions/schema/main.gold'
    // The read right after a write does not see it yet.
    await databricks.control('POST', 'stale', { match, count: 1, afterEachWrite: true })
    const { writes } = await databricks.during(async () => {
      await kubernetes.recheck('CatalogGrant', 'late')
      await kubernetes.has('CatalogGrant', 'late', { Drifted: 'Unknown Settling' })
      await kubernetes.has('CatalogGrant', 'late', { Ready: 'True Applied', Drifted: 'False NoDrift' })
    })
    await databricks.control('DELETE', 'stale')
    expect(writes).toHaveLength(1)
    const told = since(kubernetes, before).map((version) => conditions(version)['Drifted'])
    expect(told.slice(told.indexOf('Unknown Settling'))).not.toContain('True DriftFound')
  })
})
