import { describe, expect } from 'vitest'
import { seedContent } from '../../src/simulator/seed-content.ts'
import { inWorld } from './in-world.ts'
import { cluster, grant, job, secret, task, token, within, workspace } from './manifests.ts'
import { conditions, idOf, messageOf } from './observer.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

const it = inWorld()

describe('kubectl delete', () => {
  it('removes the job and the cluster that we made', async ({ world: { kubernetes, databricks } }) => {
    await kubernetes.apply(job('made'), cluster('made'))
    const jobId = idOf(await kubernetes.ready('JobSpec', 'made'))
    const clusterId = idOf(await kubernetes.ready('DatabricksCluster', 'made'))
    const { writes } = await databricks.during(async () => {
      await kubernetes.delete('JobSpec', 'made')
      await kubernetes.delete('DatabricksCluster', 'made')
    })
    expect(writes.map(({ path, body }) => ({ path, body }))).toEqual([
      { path: '/api/2.2/jobs/delete', body: expect.anything() },
      { path: '/api/2.1/clusters/permanent-delete', body: { cluster_id: clusterId } },
    ])
    expect(await databricks.job(jobId)).toBeUndefined()
    expect(await databricks.cluster(clusterId)).toBeUndefined()
  })

  it('takes back the privileges that we added and no other', async ({
    world: { kubernetes, databricks },
  }) => {
    // Analysts may use the catalog already; data engineers get something by hand meanwhile.
    const privileges = { analysts: ['USE_CATALOG'], 'data engineers': ['USE_CATALOG', 'CREATE_SCHEMA'] }
    await kubernetes.apply(grant('shared', 'main', privileges))
    const object = await kubernetes.ready('CatalogGrant', 'shared')
    expect(
      object.status.added?.map(({ principal, privilege }) => `${principal}: ${privilege}`).toSorted(),
    ).toEqual(['data engineers: CREATE_SCHEMA', 'data engineers: USE_CATALOG'])
    await databricks.changeGrants('catalog/main', { principal: 'data engineers', add: ['BROWSE'] })
    await kubernetes.delete('CatalogGrant', 'shared')
    expect(await databricks.grants('catalog/main')).toEqual({
      analysts: ['USE_CATALOG'],
      'data engineers': ['BROWSE'],
    })
  })

  it('of what is gone already is done', async ({ world: { kubernetes, databricks } }) => {
    await kubernetes.apply(
      job('gone'),
      cluster('gone'),
      grant('gone', 'main.bronze', { analysts: ['SELECT'] }),
    )
    const jobId = idOf(await kubernetes.ready('JobSpec', 'gone'))
    const clusterId = idOf(await kubernetes.ready('DatabricksCluster', 'gone'))
    await kubernetes.ready('CatalogGrant', 'gone')
    await databricks.ana.post('/api/2.2/jobs/delete', { job_id: BigInt(jobId) })
    await databricks.ana.post('/api/2.1/clusters/permanent-delete', { cluster_id: clusterId })
    await databricks.changeGrants('schema/main.bronze', { principal: 'analysts', remove: ['SELECT'] })
    await kubernetes.delete('JobSpec', 'gone')
    await kubernetes.delete('DatabricksCluster', 'gone')
    await kubernetes.delete('CatalogGrant', 'gone')
  })

  it('in the middle of a create, and twice, leaves nothing behind', async ({
    world: { kubernetes, databricks },
  }) => {
    await databricks.fault({ match: 'POST /api/2.2/jobs/create', when: 'after', delaySeconds: 1 })
    await kubernetes.apply(job('hardly-made'))
    await until('it is made', async () => (await databricks.jobsNamed('hardly-made')).length === 1)
    await kubernetes.beginDelete('JobSpec', 'hardly-made')
    await kubernetes.tryKubectl(['delete', 'JobSpec', 'hardly-made', '--wait=false'])
    await until('it is gone', () => kubernetes.isGone('JobSpec', 'hardly-made'))
    expect(await databricks.jobsNamed('hardly-made')).toEqual([])
  })

  it('of what was never made makes no call that changes anything', async ({ world }) => {
    const { kubernetes, databricks } = world
    const { writes } = await databricks.during(async () => {
      await kubernetes.apply(within('nowhere', job('unmade')))
      await kubernetes.has('JobSpec', 'unmade', { Ready: 'False WorkspaceMissing' })
      await kubernetes.delete('JobSpec', 'unmade')
    })
    expect(writes).toEqual([])
  })
})

describe('the remote object stays', () => {
  it.for([
    ['with deletionPolicy Retain', { deletionPolicy: 'Retain' }, 'deletionPolicy Retain'],
    ['when the manifest is suspended', { suspend: true }, 'deleted while suspended'],
    ['when it is only observed', { mode: 'Observe' }, 'mode Observe never deletes'],
  ] as const)('%s', async ([, management, why], { world: { kubernetes, databricks } }) => {
    const name = `kept-${Object.keys(management).join('-').toLowerCase()}`
    await kubernetes.apply(job(name))
    const id = idOf(await kubernetes.ready('JobSpec', name))
    await kubernetes.apply(job(name, { management }))
    await until('the change was seen', () => {
      const { status, metadata } = kubernetes.object('JobSpec', name)
      return status.observedGeneration === metadata.generation
    })
    const { calls } = await databricks.during(() => kubernetes.delete('JobSpec', name))
    expect(calls).toEqual([])
    expect(await databricks.jobsNamed(name)).toEqual([id])
    await until('an event says why', () =>
      kubernetes.seen
        .events('JobSpec', name)
        .some((event) => event.startsWith('Retained: ') && event.includes(why)),
    )
  })

  it('when it was adopted', async ({ world: { kubernetes, databricks } }) => {
    await kubernetes.apply(
      job('legacy-report', { management: { externalId: '901234567890123457', mode: 'Correct' } }),
    )
    await kubernetes.ready('JobSpec', 'legacy-report')
    await kubernetes.delete('JobSpec', 'legacy-report')
    expect(await databricks.jobsNamed('legacy-report')).toEqual(['901234567890123457'])
  })
})

describe('a job that is retired', () => {
  const schedule = { quartzCronExpression: '0 0 2 * * ?', timezoneId: 'UTC' }
  const retiring = (pauseStatus?: string) =>
    job('retiring', {
      schedule: { ...schedule, ...(pauseStatus !== undefined && { pauseStatus }) },
      management: { deletionPolicy: 'Retire' },
    })

  it('is paused and kept, and taken up again with its manifest, which says whether it runs', async ({
    world: { kubernetes, databricks },
  }) => {
    await kubernetes.apply(retiring())
    const id = idOf(await kubernetes.ready('JobSpec', 'retiring'))
    const paused = async () => (await databricks.job(id))?.at('settings.schedule.pause_status')
    expect(await paused()).toBe('UNPAUSED')
    const { writes } = await databricks.during(() => kubernetes.delete('JobSpec', 'retiring'))
    expect(writes.map(({ path }) => path)).toEqual(['/api/2.2/jobs/update'])
    expect(await paused()).toBe('PAUSED')
    await until('an event says so', () =>
      kubernetes.seen
        .events('JobSpec', 'retiring')
        .includes(`Retired: retired job ${id}: nothing starts it any more, and it stays with its history`),
    )

    await kubernetes.apply(retiring())
    expect(idOf(await kubernetes.ready('JobSpec', 'retiring'))).toBe(id)
    await kubernetes.has('JobSpec', 'retiring', { Drifted: 'False NoDrift' })
    expect(await paused()).toBe('PAUSED')
    await kubernetes.apply(retiring('UNPAUSED'))
    await kubernetes.ready('JobSpec', 'retiring')
    expect(await paused()).toBe('UNPAUSED')
    expect(await databricks.jobsNamed('retiring')).toEqual([id])
  })
})

describe('a cluster that Databricks has forgotten', () => {
  it('comes back for a job that refers to it, and not before', async ({
    world: { kubernetes, databricks },
  }) => {
    await kubernetes.apply(cluster('forgotten'))
    const id = idOf(await kubernetes.ready('DatabricksCluster', 'forgotten'))
    await databricks.control('POST', `clusters/${id}/purge`)
    await kubernetes.recheck('DatabricksCluster', 'forgotten')
    await kubernetes.recheck('DatabricksCluster', 'forgotten')
    await kubernetes.has('DatabricksCluster', 'forgotten', { Ready: 'False Vanished' })
    expect(await databricks.clustersNamed('forgotten')).toEqual([])
    const { writes } = await databricks.during(async () => {
      await kubernetes.apply(job('asking', { tasks: [task('main', { clusterRef: { name: 'forgotten' } })] }))
      await kubernetes.ready('DatabricksCluster', 'forgotten')
      await kubernetes.ready('JobSpec', 'asking')
    })
    // The job waits for it: it is never made with an id that leads nowhere.
    expect(writes.map(({ path }) => path)).toEqual(['/api/2.1/clusters/create', '/api/2.2/jobs/create'])
    const again = idOf(kubernetes.object('DatabricksCluster', 'forgotten'))
    expect(await databricks.clustersNamed('forgotten')).toEqual([again])
    const made = await databricks.job(idOf(kubernetes.object('JobSpec', 'asking')))
    expect(made?.at('settings.tasks.0.existing_cluster_id')).toBe(again)
    // It is looked at as long as it starts, and other stories count calls.
    await kubernetes.delete('JobSpec', 'asking')
    await kubernetes.delete('DatabricksCluster', 'forgotten')
  })
})

describe('a suspended manifest', () => {
  it('costs no call at all until it is let go', async ({ world: { kubernetes, databricks } }) => {
    await kubernetes.apply(job('paused', { maxConcurrentRuns: 1 }))
    const id = idOf(await kubernetes.ready('JobSpec', 'paused'))
    const { calls } = await databricks.during(async () => {
      await kubernetes.apply(job('paused', { maxConcurrentRuns: 2, management: { suspend: true } }))
      await kubernetes.has('JobSpec', 'paused', { Ready: 'Unknown Suspended', Drifted: 'Unknown Suspended' })
      await kubernetes.recheck('JobSpec', 'paused')
    })
    expect(calls).toEqual([])
    await kubernetes.apply(job('paused', { maxConcurrentRuns: 2 }))
    await kubernetes.has('JobSpec', 'paused', { Ready: 'True Applied', Drifted: 'False NoDrift' })
    expect((await databricks.job(id))?.at('settings.max_concurrent_runs')).toBe(2)
  })

  it('may be suspended by annotation too', async ({ world: { kubernetes, databricks } }) => {
    await kubernetes.apply(job('annotated'))
    await kubernetes.ready('JobSpec', 'annotated')
    await kubernetes.annotate('JobSpec', 'annotated', { suspend: 'true' })
    const { calls } = await databricks.during(() => kubernetes.recheck('JobSpec', 'annotated'))
    expect(calls).toEqual([])
    // What was applied stays applied.
    await kubernetes.has('JobSpec', 'annotated', { Ready: 'True Applied', Drifted: 'Unknown Suspended' })
    await kubernetes.annotate('JobSpec', 'annotated', { suspend: null })
    await kubernetes.has('JobSpec', 'annotated', { Ready: 'True Applied', Drifted: 'False NoDrift' })
  })
})

describe('everything at once', () => {
  it('goes in Databricks and in Kubernetes, whatever goes first', async ({ world }) => {
    const { kubernetes } = world
    const other = await world.anotherDatabricks()
    const ref = 'team'
    const manifests = [
      secret('team', { token }),
      workspace('team', other.url, { secret: 'team' }),
      within(ref, cluster('team')),
      within(ref, job('team', { tasks: [task('main', { clusterRef: { name: 'team' } })] })),
      within(ref, grant('team', 'main.silver', { analysts: ['SELECT'] })),
    ]
    await kubernetes.apply(...manifests)
    const jobId = idOf(await kubernetes.ready('JobSpec', 'team'))
    const clusterId = idOf(await kubernetes.ready('DatabricksCluster', 'team'))
    await kubernetes.ready('CatalogGrant', 'team')
    const text = manifests.map((manifest) => JSON.stringify(manifest)).join('\n')
    await kubernetes.kubectl(['delete', '--timeout=40s', '-f', '-'], text)
    expect(await other.job(jobId)).toBeUndefined()
    expect(await other.cluster(clusterId)).toBeUndefined()
    expect(await other.grants('schema/main.silver')).toEqual({})
  })

  it('goes too when the Secret was long gone', async ({ world }) => {
    const { kubernetes } = world
    const other = await world.anotherDatabricks()
    const ref = 'dissolved'
    await kubernetes.apply(
      secret('dissolved', { token }),
      workspace('dissolved', other.url, { secret: 'dissolved' }),
      within(ref, job('dissolved')),
    )
    const id = idOf(await kubernetes.ready('JobSpec', 'dissolved'))
    await kubernetes.kubectl(['delete', 'secret', 'dissolved'])
    await kubernetes.recheck('DatabricksWorkspace', 'dissolved')
    await kubernetes.has('DatabricksWorkspace', 'dissolved', { Ready: 'False SecretMissing' })
    await kubernetes.delete('JobSpec', 'dissolved')
    expect(await other.job(id)).toBeUndefined()
    await kubernetes.delete('DatabricksWorkspace', 'dissolved')
  })
})

describe('a deletion that cannot go on', () => {
  it('says why and how to let go, and lets go when told', async ({ world }) => {
    const { kubernetes } = world
    const other = await world.anotherDatabricks({ tokens: { 'short-lived': 'robot@example.com' } })
    const ref = 'closed'
    await kubernetes.apply(
      secret('closed', { token: 'short-lived' }),
      workspace('closed', other.url, { secret: 'closed' }),
      within(ref, job('stuck')),
    )
    const id = idOf(await kubernetes.ready('JobSpec', 'stuck'))
    await other.revokeToken('short-lived')
    await kubernetes.beginDelete('JobSpec', 'stuck')
    const object = await kubernetes.has('JobSpec', 'stuck', { Reconciling: 'True DeletionWaits' })
    expect(messageOf(object, 'Reconciling')).toContain('Invalid access token')
    expect(messageOf(object, 'Reconciling')).toContain('lakeward.dev/abandon=true')
    expect(await other.job(id)).toBeDefined()
    await kubernetes.annotate('JobSpec', 'stuck', { abandon: 'true' })
    await until('it is let go', () => kubernetes.isGone('JobSpec', 'stuck'))
    expect(await other.job(id)).toBeDefined()
    expect(kubernetes.seen.events('JobSpec', 'stuck').join('\n')).toContain('Retained: abandoned')
  })

  it('of a workspace names who still needs it', async ({ world }) => {
    const { kubernetes, databricks } = world
    await kubernetes.apply(workspace('needed', databricks.url), within('needed', job('needs-it')))
    await kubernetes.ready('JobSpec', 'needs-it')
    await kubernetes.beginDelete('DatabricksWorkspace', 'needed')
    const object = await kubernetes.has('DatabricksWorkspace', 'needed', {
      Reconciling: 'True DependantsRemain',
    })
    expect(messageOf(object, 'Reconciling')).toContain('needs-it')
    await kubernetes.delete('JobSpec', 'needs-it')
    await until('it is gone', () => kubernetes.isGone('DatabricksWorkspace', 'needed'))
  })
})

describe('another workspace behind the same address', () => {
  const granted = { type: 'schema', name: 'main.bronze', principal: 'analysts', privileges: ['SELECT'] }
  /** What the host leads to later: somebody else's workspace, where the same privilege was granted by hand. */
  const foreign = { content: { ...seedContent, workspaceId: '1111111111111111', grants: [granted] } }
  const both = ['JobSpec', 'CatalogGrant'] as const

  async function bound({ kubernetes }: World, ref: string, url: string): Promise<void> {
    await kubernetes.apply(
      workspace(ref, url),
      within(ref, job(ref)),
      within(ref, grant(ref, 'main.bronze', { analysts: ['SELECT'] })),
    )
    for (const kind of both) await kubernetes.ready(kind, ref)
  }

  async function deletionWaits({ kubernetes }: World, ref: string): Promise<void> {
    for (const kind of both) {
      const object = await kubernetes.has(kind, ref, { Reconciling: 'True DeletionWaits' })
      expect(messageOf(object, 'Reconciling')).toContain('lakeward.dev/abandon=true')
    }
  }

  it('gets nothing written and nothing deleted', async ({ world }) => {
    const { kubernetes, operator } = world
    const other = await world.anotherDatabricks()
    await bound(world, 'moving', other.url)
    await other.replaceBy(foreign)
    await kubernetes.recheck('DatabricksWorkspace', 'moving')
    const object = await kubernetes.has('DatabricksWorkspace', 'moving', {
      Ready: 'False WorkspaceChanged',
      Stalled: 'True WorkspaceChanged',
    })
    expect(messageOf(object, 'Stalled')).toContain('1111111111111111')
    expect(messageOf(object, 'Stalled')).toContain('7405611111111111')
    await kubernetes.apply(within('moving', job('moving', { maxConcurrentRuns: 3 })))
    await kubernetes.has('JobSpec', 'moving', { Ready: 'False WorkspaceNotReady' })
    await kubernetes.recheck('CatalogGrant', 'moving')

    for (const kind of both) await kubernetes.beginDelete(kind, 'moving')
    await deletionWaits(world, 'moving')
    await operator.restart()
    await kubernetes.recheck('JobSpec', 'moving')
    await deletionWaits(world, 'moving')
    expect(await other.writes()).toEqual([])
    expect(await other.grants('schema/main.bronze')).toEqual({ analysts: ['SELECT'] })
  })

  it('is noticed by whoever looks first, and its lack of a job is not taken for a deletion', async ({
    world,
  }) => {
    const { kubernetes } = world
    const other = await world.anotherDatabricks()
    await bound(world, 'unnoticed', other.url)
    const { length } = kubernetes.seen.versions('JobSpec', 'unnoticed')
    await other.replaceBy(foreign)
    await kubernetes.recheck('JobSpec', 'unnoticed')
    await kubernetes.recheck('CatalogGrant', 'unnoticed')
    await kubernetes.has('DatabricksWorkspace', 'unnoticed', { Stalled: 'True WorkspaceChanged' })
    const told = kubernetes.seen.versions('JobSpec', 'unnoticed').slice(length)
    expect(told.map((version) => conditions(version)['Ready'])).not.toContain('False Vanished')
    expect(await other.writes()).toEqual([])
  })

  it('is noticed by a deletion that comes first', async ({ world }) => {
    const { kubernetes } = world
    const other = await world.anotherDatabricks()
    await bound(world, 'replaced', other.url)
    await other.replaceBy(foreign)
    for (const kind of both) await kubernetes.beginDelete(kind, 'replaced')
    await deletionWaits(world, 'replaced')
    expect(await other.writes()).toEqual([])
  })
})
