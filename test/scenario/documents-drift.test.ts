import { describe } from 'vitest'
import { job, task } from './manifests.ts'
import { idOf, timesPutBack } from './observer.ts'
import { holdPage } from './recorded-pages.ts'
import { move, recordingIn, told } from './recording.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

/*
 * What docs/drift.md shows of kubectl comes from here and from the files beside it: each state is brought about and
 * looked at. `UPDATE=1` writes it into the page; otherwise the page has to show it already.
 */

const it = recordingIn('dr-1')

/** Longer than a job may take to read back what was written. */
const settled = 15_000

const nightly = (more: object = {}) =>
  job('nightly', {
    tags: { team: 'data' },
    schedule: { quartzCronExpression: '0 0 2 * * ?', timezoneId: 'UTC', pauseStatus: 'UNPAUSED' },
    tasks: [task('extract', { maxRetries: 1 }), task('load', { dependsOn: [{ taskKey: 'extract' }] })],
    ...more,
  })

/** Ana changes a job in the web interface. */
const edit = ({ databricks, kubernetes }: World, name: string, settings: object) =>
  databricks.ana.post('/api/2.2/jobs/update', {
    job_id: BigInt(idOf(kubernetes.object('JobSpec', name))),
    new_settings: settings,
  })

const retries = (max_retries: number) => ({
  tasks: [{ task_key: 'extract', notebook_task: { notebook_path: '/Shared/extract' }, max_retries }],
})

const paused = {
  schedule: { quartz_cron_expression: '0 0 2 * * ?', timezone_id: 'UTC', pause_status: 'PAUSED' },
}

/** A job on a cluster of its own of so many workers. */
const sized = (numWorkers: number) => {
  const newCluster = { sparkVersion: '15.4.x-scala2.12', nodeTypeId: 'm5d.large', numWorkers }
  const jobClusters = [{ jobClusterKey: 'main', newCluster }]
  return job('scoring', { jobClusters, tasks: [task('main', { jobClusterKey: 'main' })] })
}

describe('a job', () => {
  it('is in sync', async ({ world: { kubernetes }, transcript }) => {
    await kubernetes.apply(nightly())
    await kubernetes.has('JobSpec', 'nightly', { Ready: 'True Applied', Drifted: 'False NoDrift' })
    await transcript.types('in-sync', 'get jobspec nightly')
    await transcript.types('in-sync', 'get jobspec nightly -o wide')
    await transcript.shows('conditions', 'jobspec/nightly', 'conditions', 'drift')
    await transcript.types('wait', 'wait --for=condition=Drifted=false jobspec/nightly')
  })

  it('is only observed', async ({ world, transcript }) => {
    const { kubernetes, databricks } = world
    const tasks = [{ task_key: 'main', notebook_task: { notebook_path: '/Shared/main' }, max_retries: 5 }]
    const made = await databricks.ana.post('/api/2.2/jobs/create', {
      name: 'report',
      tags: { owner: 'ana' },
      tasks,
    })
    const management = { externalId: made.text('job_id') }
    await kubernetes.apply(job('report', { tags: {}, tasks: [task('main', { maxRetries: 2 })], management }))
    await kubernetes.has('JobSpec', 'report', { Ready: 'True Observed', Drifted: 'True DriftFound' })
    await transcript.types('observed', 'get jobspec report')
    await transcript.shows('changes', 'jobspec/report', 'drift')
  })

  it('is corrected', async ({ world, transcript }) => {
    const { kubernetes } = world
    await edit(world, 'nightly', { ...retries(5), ...paused })
    await kubernetes.recheck('JobSpec', 'nightly')
    await told(world, 'nightly', 'Corrected')
    await transcript.types('corrected', 'events --for jobspec/nightly')
  })

  it('has what the manifest does not mention', async ({ world, transcript }) => {
    const { kubernetes } = world
    await edit(world, 'nightly', { timeout_seconds: 7200 })
    await kubernetes.recheck('JobSpec', 'nightly')
    await transcript.types('unlisted', 'get jobspec nightly')
    await transcript.shows('unlisted', 'jobspec/nightly', 'drift')
  })

  it('has what the manifest puts up with', async ({ world, transcript }) => {
    const { kubernetes } = world
    const ignore = [{ path: 'schedule.pauseStatus', until: '2099-12-01T06:00:00Z', reason: 'incident 7' }]
    await edit(world, 'nightly', { timeout_seconds: 0 })
    await kubernetes.apply(nightly({ management: { ignore } }))
    await edit(world, 'nightly', paused)
    await kubernetes.recheck('JobSpec', 'nightly')
    await transcript.types('tolerated', 'get jobspec nightly')
    await transcript.shows('tolerated', 'jobspec/nightly', 'conditions', 'drift')
    await kubernetes.apply(nightly({ management: { ignore: [{ path: 'tasks[extract].maxRetry' }] } }))
    await kubernetes.has('JobSpec', 'nightly', { Stalled: 'True InvalidSpec' })
    await transcript.explains('misspelled', 'jobspec nightly')
  })

  it('is contested', async ({ world, transcript }) => {
    const { kubernetes } = world
    await kubernetes.apply(job('contested', { maxConcurrentRuns: 1 }))
    await kubernetes.ready('JobSpec', 'contested')
    for (const times of [1, 2, 3]) {
      await edit(world, 'contested', { max_concurrent_runs: 10 })
      await kubernetes.recheck('JobSpec', 'contested')
      await until('it is put back', () => timesPutBack(kubernetes.object('JobSpec', 'contested')) === times)
    }
    await edit(world, 'contested', { max_concurrent_runs: 10 })
    await kubernetes.recheck('JobSpec', 'contested')
    await kubernetes.has('JobSpec', 'contested', { Stalled: 'True Contested' })
    await transcript.explains('contested', 'jobspec contested')
    await transcript.shows('contested', 'jobspec/contested', 'drift')
  })

  it('keeps what left the manifest', async ({ world, transcript }) => {
    const { kubernetes } = world
    await kubernetes.apply(job('billing', { runAs: { userName: 'ana@example.com' } }))
    await kubernetes.ready('JobSpec', 'billing')
    await kubernetes.apply(job('billing'))
    await kubernetes.has('JobSpec', 'billing', { Ready: 'False Settling' })
    await kubernetes.recheck('JobSpec', 'billing')
    await kubernetes.has('JobSpec', 'billing', { Ready: 'True CannotUnset' })
    await transcript.explains('cannot-unset', 'jobspec billing')
  })

  it('does not take what it is told', async ({ world, transcript }) => {
    const { kubernetes, databricks } = world
    await kubernetes.apply(job('fickle'))
    await kubernetes.ready('JobSpec', 'fickle')
    // It says yes, and nothing happens.
    await databricks.fault({ match: 'POST /api/2.2/jobs/update', count: 2, status: 200, body: {} })
    await kubernetes.apply(job('fickle', { maxConcurrentRuns: 5 }))
    await kubernetes.has('JobSpec', 'fickle', { Reconciling: 'True Settling' })
    await transcript.explains('written', 'jobspec fickle')
    await move(world, { jump: settled })
    await kubernetes.recheck('JobSpec', 'fickle')
    await move(world, { jump: settled })
    await kubernetes.recheck('JobSpec', 'fickle')
    await kubernetes.has('JobSpec', 'fickle', { Stalled: 'True DoesNotConverge' })
    await transcript.explains('does-not-converge', 'jobspec fickle')
  })

  it('would lose what nobody can read back', async ({ world, transcript }) => {
    const { kubernetes, databricks } = world
    await kubernetes.apply(sized(2))
    const id = idOf(await kubernetes.ready('JobSpec', 'scoring'))
    const made = (await databricks.job(id))?.at('settings.job_clusters.0.new_cluster') as object
    const docker_image = {
      url: 'registry.example.com/scoring',
      basic_auth: { username: 'ana', password: 'p4ss' },
    }
    const new_cluster = { ...made, docker_image }
    await edit(world, 'scoring', { job_clusters: [{ job_cluster_key: 'main', new_cluster }] })
    await kubernetes.apply(sized(4))
    await kubernetes.has('JobSpec', 'scoring', { Reconciling: 'True HeldForApproval' })
    await transcript.explains('held-for-approval', 'jobspec scoring')
  })

  it('cannot be looked at', async ({ world, transcript }) => {
    const { kubernetes, databricks } = world
    await kubernetes.apply(job('hourly'))
    await kubernetes.ready('JobSpec', 'hourly')
    const fault = { match: 'GET /api/2.2/jobs/get', count: 1000, status: 503, body: 'down for maintenance' }
    await databricks.fault(fault)
    await kubernetes.recheck('JobSpec', 'hourly')
    await kubernetes.recheck('JobSpec', 'hourly')
    await kubernetes.has('JobSpec', 'hourly', { Drifted: 'Unknown CannotLook' })
    await transcript.types('cannot-look', 'get jobspec hourly')
    await transcript.shows('cannot-look', 'jobspec/hourly', 'conditions')
    await databricks.clearFaults()
  })

  it('has vanished', async ({ world, transcript }) => {
    const { kubernetes, databricks } = world
    const { externalId = '' } = kubernetes.object('JobSpec', 'report').status
    const hourly = idOf(kubernetes.object('JobSpec', 'hourly'))
    for (const id of [externalId, hourly])
      await databricks.ana.post('/api/2.2/jobs/delete', { job_id: BigInt(id) })
    await kubernetes.recheck('JobSpec', 'report')
    await kubernetes.has('JobSpec', 'report', { Ready: 'False Vanished' })
    await transcript.types('vanished', 'get jobspec report')
    await transcript.shows('vanished', 'jobspec/report', 'conditions', 'drift')
    await kubernetes.recheck('JobSpec', 'hourly')
    await until('it is made again', () => idOf(kubernetes.object('JobSpec', 'hourly')) !== hourly)
    await told(world, 'hourly', 'Vanished')
    await transcript.types('made-again', 'events --for jobspec/hourly')
  })
})

it('a job that no operator looks at says nothing', async ({
  world: { kubernetes, operator },
  transcript,
}) => {
  await operator.stop()
  await kubernetes.apply(job('early'))
  await transcript.types('unseen', 'get jobspec early')
  await transcript.types('unseen', "get jobspec early -o jsonpath='{.status}'")
})

it('is what docs/drift.md shows', ({ transcript }) => holdPage('drift.md', transcript.blocks))
