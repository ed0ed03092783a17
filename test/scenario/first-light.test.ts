import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect } from 'vitest'
import { inWorld } from './in-world.ts'
import { conditions, type Observed } from './observer.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

const it = inWorld()
const folder = fileURLToPath(new URL('../../examples/', import.meta.url))

/** The examples as they are, but for where the workspace and the namespace are. */
async function examples({ namespace, databricks }: World): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).toSorted()
  const texts = await Promise.all(names.map((name) => readFile(folder + name, 'utf8')))
  return texts
    .join('\n---\n')
    .replaceAll('http://127.0.0.1:8642', databricks.url)
    .replaceAll('namespace: default', `namespace: ${namespace}`)
}

const managed = [
  ['DatabricksCluster', 'shared'],
  ['JobSpec', 'nightly'],
  ['JobSpec', 'legacy-report'],
  ['CatalogGrant', 'engineers-on-silver'],
] as const

describe('the examples', () => {
  it('are applied as they are and become ready', async ({ world }) => {
    const { kubernetes, databricks } = world
    await kubernetes.applyText(await examples(world))
    for (const [kind, name] of managed) await kubernetes.ready(kind, name)
    await kubernetes.has('DatabricksWorkspace', 'default', { Ready: 'True Connected' })
    // The cluster starts meanwhile; somebody looks again when it is up.
    await databricks.advance(40)
    await kubernetes.recheck('DatabricksCluster', 'shared')

    expect(conditions(kubernetes.object('DatabricksCluster', 'shared'))).toEqual({
      Ready: 'True Applied',
      Drifted: 'False NoDrift',
      Healthy: 'True Running',
    })
    expect(conditions(kubernetes.object('JobSpec', 'nightly'))).toEqual({
      Ready: 'True Applied',
      Drifted: 'False NoDrift',
    })
    expect(conditions(kubernetes.object('JobSpec', 'legacy-report'))).toEqual({
      Ready: 'True Observed',
      Drifted: 'False NoDrift',
    })
    expect(conditions(kubernetes.object('CatalogGrant', 'engineers-on-silver'))).toEqual({
      Ready: 'True Applied',
      Drifted: 'False NoDrift',
    })
  })

  it('are in Databricks as they say', async ({ world: { kubernetes, databricks } }) => {
    const clusterId = kubernetes.object('DatabricksCluster', 'shared').status.externalId
    const jobId = kubernetes.object('JobSpec', 'nightly').status.externalId
    expect(await databricks.clustersNamed('shared')).toEqual([clusterId])
    expect(await databricks.jobsNamed('nightly')).toEqual([jobId])

    const job = await databricks.job(jobId ?? '')
    expect(job?.at('settings.tasks.2.existing_cluster_id')).toBe(clusterId)
    expect(job?.at('settings.tags')).toEqual({
      team: 'data',
      'lakeward-owner': expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{24}$/),
    })
    const cluster = await databricks.cluster(clusterId ?? '')
    expect(cluster?.at('spark_conf')).toEqual({ 'spark.sql.shuffle.partitions': '200' })
    expect(cluster?.at('autoscale')).toEqual({ min_workers: 1, max_workers: 4 })
    expect((await databricks.grants('schema/main.silver'))['data engineers']).toEqual([
      'MODIFY',
      'SELECT',
      'USE_SCHEMA',
    ])
  })

  it('say in the status who and where they are', ({ world: { kubernetes, databricks, namespace } }) => {
    const workspace = kubernetes.object('DatabricksWorkspace', 'default').status
    expect(workspace).toMatchObject({ workspaceId: '7405611111111111', host: databricks.url })
    expect(workspace.identity?.userName).toBe('3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50')

    const made = kubernetes.object('JobSpec', 'nightly').status
    expect(made).toMatchObject({
      workspace: `${namespace}/default`,
      workspaceId: '7405611111111111',
      origin: 'Created',
      mode: 'Correct',
      deletionPolicy: 'Delete',
      state: 'UNPAUSED',
      url: `${databricks.url}/jobs/${made.externalId ?? ''}?o=7405611111111111`,
      drift: { count: 0, unlisted: 0 },
    })
    expect(made.attempt).toBeUndefined()
    expect(kubernetes.object('JobSpec', 'legacy-report').status).toMatchObject({
      origin: 'Adopted',
      mode: 'Observe',
      deletionPolicy: 'Retain',
      externalId: '901234567890123457',
    })
  })

  it.for([
    [
      'databrickscluster',
      'shared',
      ['default', 'True', 'Applied', '0', 'RUNNING', 'Correct', 'compute/clusters'],
    ],
    ['jobspec', 'nightly', ['default', 'True', 'Applied', '0', 'UNPAUSED', 'Correct', '/jobs/']],
    ['jobspec', 'legacy-report', ['default', 'True', 'Observed', '0', '901234567890123457', 'Observe']],
    ['cataloggrant', 'engineers-on-silver', ['default', 'True', 'Applied', '0', 'Correct']],
    ['databricksworkspace', 'default', ['True', 'Connected', '127.0.0.1']],
  ] as const)(
    'kubectl get %s %s fills its columns',
    async ([kind, name, cells], { world: { kubernetes } }) => {
      const [, row = ''] = (await kubernetes.kubectl(['get', kind, name, '-o', 'wide'])).split('\n')
      expect(row.startsWith(name)).toBe(true)
      for (const cell of cells) expect(row).toContain(cell)
    },
  )
})

/** How often a remote object was read. */
const readsOf = (calls: readonly { query: object }[], { status }: Observed): number =>
  calls.filter(({ query }) => Object.values(query).includes(status.externalId)).length

describe('when nothing differs', () => {
  it('a second pass over everything writes nothing anywhere', async ({ world }) => {
    const { kubernetes, databricks, operator, audit } = world
    const before = managed.map(([kind, name]) => kubernetes.object(kind, name))
    const auditedBefore = (await audit.writes()).length

    // A new process looks at everything once, and the second word of each object's check is ours.
    const { writes } = await databricks.during(async () => {
      const { calls } = await databricks.during(async () => {
        await operator.restart()
        const from = (await databricks.calls()).length
        await until('everything has been looked at', async () => {
          const calls = (await databricks.calls()).slice(from)
          const grants = calls.filter(({ path }) => path.endsWith('permissions/schema/main.silver')).length
          return (
            before
              .filter(({ kind }) => kind !== 'CatalogGrant')
              .every((object) => readsOf(calls, object) > 0) && grants > 0
          )
        })
      })
      expect(calls.every(({ method }) => method === 'GET')).toBe(true)
      for (const [kind, name] of managed) await kubernetes.recheck(kind, name)
    })
    expect(writes).toEqual([])

    // Each object got one patch: the echo of the annotation that asked for the check.
    const patches = (await audit.writes()).slice(auditedBefore).toSorted()
    expect(patches).toEqual([
      'patch cataloggrants/status engineers-on-silver 200',
      'patch databricksclusters/status shared 200',
      'patch jobspecs/status legacy-report 200',
      'patch jobspecs/status nightly 200',
    ])
    for (const { kind, metadata, status } of before) {
      const { lastHandledReconcileAt: _before, ...then } = status
      const { lastHandledReconcileAt: _now, ...now } = kubernetes.object(kind, metadata.name).status
      expect(now).toEqual(then)
    }
  })
})

describe('what an example ignores', () => {
  it('is shown as tolerated, and left', async ({ world: { kubernetes, databricks } }) => {
    const cluster_id = kubernetes.object('DatabricksCluster', 'shared').status.externalId ?? ''
    const { writes } = await databricks.during(async () => {
      const autoscale = { min_workers: 1, max_workers: 8 }
      await databricks.ana.post('/api/2.1/clusters/resize', { cluster_id, autoscale })
      await databricks.advance(20)
      await kubernetes.recheck('DatabricksCluster', 'shared')
    })
    expect(writes).toEqual([])
    expect((await databricks.cluster(cluster_id))?.at('autoscale.max_workers')).toBe(8)
    const object = kubernetes.object('DatabricksCluster', 'shared')
    expect(object.status.drift).toMatchObject({
      count: 0,
      tolerated: 1,
      changes: [{ path: 'autoscale.maxWorkers', wanted: '4', found: '8', action: 'Tolerated' }],
    })
    expect(conditions(object)).toMatchObject({ Ready: 'True Applied', Drifted: 'False NoDrift' })
  })
})
