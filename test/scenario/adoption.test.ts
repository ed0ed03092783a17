import { describe, expect } from 'vitest'
import { inWorld } from './in-world.ts'
import { job, task } from './manifests.ts'
import { changes, conditions, idOf, messageOf } from './observer.ts'
import { runningCluster } from './running-cluster.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

const it = inWorld()

/** A job that Ana made by hand; returns its id. */
async function byHand({ databricks }: World, settings: object): Promise<string> {
  const tasks = [{ task_key: 'main', notebook_task: { notebook_path: '/Shared/main' } }]
  return (await databricks.ana.post('/api/2.2/jobs/create', { tasks, ...settings })).text('job_id')
}

const adopting = (name: string, externalId: string, more: object = {}) =>
  job(name, { management: { externalId }, ...more })

describe('a job that somebody made by hand', () => {
  it('is only observed when the manifest names it', async ({ world }) => {
    const { kubernetes, databricks } = world
    const id = await byHand(world, { name: 'careful', max_concurrent_runs: 7 })
    const { writes } = await databricks.during(async () => {
      await kubernetes.apply(adopting('careful', id, { maxConcurrentRuns: 1 }))
      const object = await kubernetes.has('JobSpec', 'careful', {
        Ready: 'True Observed',
        Drifted: 'True DriftFound',
      })
      expect(object.status).toMatchObject({ origin: 'Adopted', mode: 'Observe', deletionPolicy: 'Retain' })
      expect(Object.values(changes(object))).toEqual([expect.stringMatching(/InPlace Report$/)])
      await kubernetes.delete('JobSpec', 'careful')
    })
    expect(writes).toEqual([])
    expect(await databricks.jobsNamed('careful')).toEqual([id])
  })

  it('is shown with its whole difference before the first write, also in mode Correct', async ({ world }) => {
    const { kubernetes, databricks } = world
    const id = await byHand(world, { name: 'taken', max_concurrent_runs: 7, tags: { team: 'sales' } })
    const management = { externalId: id, mode: 'Correct' }
    await kubernetes.apply(job('taken', { maxConcurrentRuns: 1, tags: { team: 'data' }, management }))
    await kubernetes.has('JobSpec', 'taken', { Ready: 'True Applied', Drifted: 'False NoDrift' })
    const shown = kubernetes.seen
      .versions('JobSpec', 'taken')
      .find((version) => conditions(version)['Drifted'] === 'True DriftFound')
    expect(shown && Object.keys(changes(shown)).toSorted()).toEqual(['maxConcurrentRuns', 'tags.team'])
    const after = await databricks.job(id)
    expect(after?.at('settings.max_concurrent_runs')).toBe(1)
    // The mark rides along, so that the job is known as ours from now on.
    expect(after?.at('settings.tags')).toEqual({ team: 'data', 'lakeward-owner': expect.any(String) })
  })

  it('that a bundle deploys is left alone, with a word about who has it', async ({ world }) => {
    const { kubernetes, databricks } = world
    const id = await byHand(world, {
      name: 'bundled',
      deployment: { kind: 'BUNDLE' },
      max_concurrent_runs: 7,
    })
    const { writes } = await databricks.during(async () => {
      await kubernetes.apply(job('bundled', { management: { externalId: id, mode: 'Correct' } }))
      const object = await kubernetes.has('JobSpec', 'bundled', { Stalled: 'True ManagedElsewhere' })
      expect(messageOf(object, 'Stalled')).toContain('bundle')
    })
    expect(writes).toEqual([])
  })

  it('that a bundle deploys is taken over by a manifest that says so, once it has shown the difference', async ({
    world,
  }) => {
    const { kubernetes, databricks } = world
    const [id = ''] = await databricks.jobsNamed('bundled')
    const management = { externalId: id, mode: 'Correct', takeOver: true }
    await kubernetes.apply(job('bundled', { maxConcurrentRuns: 1, management }))
    await kubernetes.has('JobSpec', 'bundled', { Ready: 'True Applied', Drifted: 'False NoDrift' })
    const shown = kubernetes.seen.versions('JobSpec', 'bundled').map((version) => changes(version))
    expect(shown).toContainEqual(
      expect.objectContaining({ maxConcurrentRuns: 'ChangedRemotely InPlace Report' }),
    )
    expect((await databricks.job(id))?.at('settings.max_concurrent_runs')).toBe(1)
    expect((await databricks.job(id))?.at('settings.deployment')).toEqual({ kind: 'BUNDLE' })
  })

  it('that does not exist is not made instead', async ({ world: { kubernetes, databricks } }) => {
    const { writes } = await databricks.during(async () => {
      await kubernetes.apply(job('missing', { management: { externalId: '12345', mode: 'Correct' } }))
      const object = await kubernetes.has('JobSpec', 'missing', { Stalled: 'True ExternalIdMissing' })
      expect(messageOf(object, 'Stalled')).toContain('12345')
    })
    expect(writes).toEqual([])
  })
})

describe('one remote object and two manifests', () => {
  it('belongs to the one that made it', async ({ world: { kubernetes, databricks } }) => {
    await kubernetes.apply(job('first'))
    const id = idOf(await kubernetes.ready('JobSpec', 'first'))
    const { writes } = await databricks.during(async () => {
      await kubernetes.apply(
        job('second', { maxConcurrentRuns: 9, management: { externalId: id, mode: 'Correct' } }),
      )
      await until('the second one is refused', () => {
        const { Stalled } = conditions(kubernetes.object('JobSpec', 'second'))
        return Stalled === 'True AlreadyClaimed' || Stalled === 'True ManagedElsewhere'
      })
      expect(messageOf(kubernetes.object('JobSpec', 'second'), 'Stalled')).not.toBe('')
      await kubernetes.delete('JobSpec', 'second')
    })
    expect(writes).toEqual([])
    expect(await databricks.jobsNamed('first')).toEqual([id])
  })

  it('is nobody’s when it carries the mark of one manifest twice', async ({ world }) => {
    const { kubernetes, databricks, operator } = world
    await kubernetes.apply(job('twin'))
    const id = idOf(await kubernetes.ready('JobSpec', 'twin'))
    const tags = (await databricks.job(id))?.at('settings.tags')
    await operator.stop()
    await kubernetes.beginDelete('JobSpec', 'twin')
    await kubernetes.kubectl([
      'patch',
      'jobspec',
      'twin',
      '--type=merge',
      '-p',
      '{"metadata":{"finalizers":null}}',
    ])
    // Somebody cloned the job in the web interface, with its tags.
    const copy = await byHand(world, { name: 'twin', tags })
    await kubernetes.apply(job('twin'))
    const { writes } = await databricks.during(async () => {
      await operator.start()
      const object = await kubernetes.has('JobSpec', 'twin', { Stalled: 'True DuplicatesFound' })
      expect(messageOf(object, 'Stalled')).toContain(id)
      expect(messageOf(object, 'Stalled')).toContain(copy)
    })
    expect(writes).toEqual([])
    await databricks.ana.post('/api/2.2/jobs/delete', { job_id: BigInt(copy) })
    await kubernetes.recheck('JobSpec', 'twin')
    expect(idOf(await kubernetes.ready('JobSpec', 'twin'))).toBe(id)
  })
})

describe('a cluster that somebody made by hand', () => {
  it('is not restarted by the first difference without approval, whatever the policy', async ({ world }) => {
    const { kubernetes, databricks } = world
    const body = {
      cluster_name: 'adopted',
      spark_version: '15.4.x-scala2.12',
      node_type_id: 'm5d.large',
      num_workers: 2,
      spark_conf: { 'spark.a': '1' },
    }
    const id = (await databricks.ana.post('/api/2.1/clusters/create', body)).text('cluster_id')
    await databricks.advance(40)
    const management = { externalId: id, mode: 'Correct', onDrift: 'Apply', onSpecChange: 'Apply' }
    const { writes } = await databricks.during(async () => {
      expect(await runningCluster(world, 'adopted', { sparkConf: { 'spark.a': '2' }, management })).toBe(id)
      const object = await kubernetes.has('DatabricksCluster', 'adopted', { Drifted: 'True DriftFound' })
      expect(Object.values(changes(object))).toEqual([expect.stringMatching(/Restart Hold$/)])
    })
    expect(writes).toEqual([])
    const { held } = kubernetes.object('DatabricksCluster', 'adopted').status
    await kubernetes.annotate('DatabricksCluster', 'adopted', { approve: held?.hash ?? '' })
    await kubernetes.has('DatabricksCluster', 'adopted', { Ready: 'True Applied', Drifted: 'False NoDrift' })
    expect((await databricks.cluster(id))?.at('spark_conf')).toEqual({ 'spark.a': '2' })
  })
})

describe('the task that a manifest lists', () => {
  it('keeps what Ana added to it when the job is adopted', async ({ world }) => {
    const { kubernetes, databricks } = world
    const id = await byHand(world, {
      name: 'tuned',
      tasks: [
        {
          task_key: 'main',
          notebook_task: { notebook_path: '/Shared/main', base_parameters: { day: 'today' } },
          timeout_seconds: 900,
          max_retries: 3,
        },
      ],
    })
    const tasks = [task('main', { maxRetries: 1 })]
    await kubernetes.apply(job('tuned', { tasks, management: { externalId: id, mode: 'Correct' } }))
    await kubernetes.has('JobSpec', 'tuned', { Ready: 'True Applied', Drifted: 'False NoDrift' })
    expect((await databricks.job(id))?.at('settings.tasks.0')).toMatchObject({
      timeout_seconds: 900,
      max_retries: 1,
      notebook_task: { notebook_path: '/Shared/main', base_parameters: { day: 'today' } },
    })
  })
})
