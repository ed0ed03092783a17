import { describe, expect } from 'vitest'
import { resources } from '../../src/kinds/resources.ts'
import { inTrouble, move, untilFollowed } from './in-trouble.ts'
import { job } from './manifests.ts'
import { idOf } from './observer.ts'
import { OwnCluster } from './own-cluster.ts'
import { rightTo } from './rights-in-use.ts'
import { Survival, untilReadyz } from './survival.ts'
import { until } from './until.ts'

/*
 * What happens to the API server itself: this file has a Kubernetes of its own, which it kills, sets back and
 * empties.
 */

const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch']
const rightsTo = (group: string, resource: string) => verbs.map((verb) => rightTo(verb, group, resource))

const started = Promise.withResolvers<OwnCluster>()
/** An API server that has just started does not know all roles yet, and refuses what they allow. */
const refused = [
  ...['namespaces', 'secrets'].flatMap((plural) => rightsTo('core', plural)),
  ...rightsTo('apiextensions.k8s.io', 'customresourcedefinitions'),
  ...rightsTo('coordination.k8s.io', 'leases'),
  ...rightsTo('events.k8s.io', 'events'),
  ...resources.flatMap(({ group, plural }) =>
    [plural, `${plural}/status`].flatMap((resource) => rightsTo(group, resource)),
  ),
]

const it = inTrouble({
  refused,
  cluster: async () => {
    const cluster = await OwnCluster.start()
    started.resolve(cluster)
    return cluster
  },
}).extend('cluster', { scope: 'file' }, async ({ world }) => {
  expect(world.namespace).toBeDefined()
  return started.promise
})

/** Longer than a server may be silent that is not away. */
const silence = 181_000

describe('an API server', () => {
  it('that is killed and comes back is followed again, and /readyz says when', async ({
    world,
    proxy,
    cluster,
    task,
  }) => {
    const story = await Survival.begin(world, task, 'killed')
    await cluster.kill()
    await move(world, { leap: silence })
    await untilReadyz(world, 503)
    await story.look()
    const { length } = proxy.exchanges
    await cluster.startAgain()
    await untilFollowed(world, proxy, length)
    await untilReadyz(world, 200)
    await story.edit()
    await story.end()
  })

  it('that comes back with older data is believed, and nothing is made twice', async ({
    world,
    proxy,
    cluster,
    task,
  }) => {
    const { kubernetes, databricks } = world
    const startAgain = async () => {
      const { length } = proxy.exchanges
      await cluster.startAgain()
      await untilFollowed(world, proxy, length)
    }
    await kubernetes.apply(job('older', { maxConcurrentRuns: 3 }))
    const { metadata } = await kubernetes.ready('JobSpec', 'older')
    await cluster.kill()
    await cluster.backUp()
    await startAgain()

    const { writes } = await databricks.during(async () => {
      await kubernetes.apply(job('older', { maxConcurrentRuns: 9 }), job('forgotten'))
      await kubernetes.ready('JobSpec', 'older')
      const id = idOf(await kubernetes.ready('JobSpec', 'forgotten'))
      await cluster.kill()
      await cluster.restore()
      await startAgain()
      const over = performance.now()

      // The edit is forgotten, and so the job goes back to what the manifest says now.
      const jobId = await until('the older manifest counts', async () => {
        const { metadata: now, status } = kubernetes.object('JobSpec', 'older')
        expect(now).toMatchObject({ uid: metadata.uid, generation: metadata.generation })
        const settings = await databricks.job(status.externalId ?? '')
        return settings?.at('settings.max_concurrent_runs') === 3 && status.externalId
      })
      task.meta.convergedIn = performance.now() - over
      await kubernetes.has('JobSpec', 'older', { Ready: 'True Applied', Drifted: 'False NoDrift' })
      expect(await databricks.jobsNamed('older')).toEqual([jobId])

      // What was made since has lost its manifest. It is left alone, and whoever applies it again finds it.
      expect(kubernetes.isGone('JobSpec', 'forgotten')).toBe(true)
      expect(await databricks.jobsNamed('forgotten')).toEqual([id])
      await kubernetes.apply(job('forgotten'))
      expect(idOf(await kubernetes.ready('JobSpec', 'forgotten'))).toBe(id)
    })
    expect(writes.map(({ path }) => path).toSorted()).toEqual([
      '/api/2.2/jobs/create',
      '/api/2.2/jobs/update',
      '/api/2.2/jobs/update',
    ])
  })

  it('whose store has forgotten what we missed is listed anew', async ({ world, proxy, cluster, task }) => {
    const { kubernetes } = world
    const story = await Survival.begin(world, task, 'compacted')
    proxy.goAway()
    await story.edit()
    await cluster.compact()
    // Only then it has nothing of it in its own memory either.
    await cluster.kill()
    await cluster.startAgain()
    await until('it serves our kinds', () => kubernetes.kubectl(['get', 'jobspecs']))
    const { length } = proxy.exchanges
    proxy.comeBack()
    await untilFollowed(world, proxy, length)
    await story.end()
    const asked = proxy.exchanges.slice(length).filter(({ resource }) => resource === 'jobspecs')
    expect(asked.map(({ error }) => error)).toContain(410)
  })
})

describe('our kinds', () => {
  it('may be deleted and installed again: nothing remote is deleted, and all is found again', async ({
    world,
    proxy,
    task,
  }) => {
    const { kubernetes, databricks } = world
    const kept = job('kept', { management: { deletionPolicy: 'Delete' } })
    await kubernetes.apply(kept)
    const id = idOf(await kubernetes.ready('JobSpec', 'kept'))
    const crd = 'crd/jobspecs.lakeward.dev'
    const { apiVersion, kind, spec } = JSON.parse(
      await kubernetes.kubectl(['get', crd, '-o', 'json']),
    ) as Record<'apiVersion' | 'kind' | 'spec', unknown>
    const { writes } = await databricks.during(async () => {
      // Returns when all objects are gone, which takes that nobody's finalizer holds them.
      await kubernetes.kubectl(['delete', crd, '--timeout=30s'])
      const manifest = { apiVersion, kind, metadata: { name: 'jobspecs.lakeward.dev' }, spec }
      await kubernetes.kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(manifest))
      const { length } = proxy.exchanges
      await untilFollowed(world, proxy, length)
      await until('it can be applied again', async () => {
        await kubernetes.apply(kept)
        return true
      })
      const over = performance.now()
      expect(idOf(await kubernetes.ready('JobSpec', 'kept'))).toBe(id)
      task.meta.convergedIn = performance.now() - over
    })
    expect(writes).toEqual([])
    expect(await databricks.jobsNamed('kept')).toEqual([id])
  })
})
