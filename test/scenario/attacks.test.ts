import { describe, expect } from 'vitest'
import type { LoggedRequest } from '../../src/simulator/http/request-log.ts'
import { demoApplicationId } from '../../src/simulator/seed-content.ts'
import { ana, jobOf, legacyReport, runsAsAna, shared, ways } from './attack-ways.ts'
import { inWorld } from './in-world.ts'
import type { Kubernetes, Manifest } from './kubernetes.ts'
import { cluster, grant, inThatOf, job, lending, token } from './manifests.ts'
import { changes, idOf, messageOf, type Observed } from './observer.ts'
import type { World } from './world.ts'

/*
 * Every way by which somebody may try to use rights that are not his through a workspace of another namespace.
 * Each is tried as he would, with kubectl, and judged by what arrived at Databricks. Each has its good
 * counterpart, which does arrive.
 */

const it = inWorld({ tenants: ['red'] })

/** The owner of the workspace `default` gives this to namespace red; it is in force when this returns. */
async function lends(world: World, ...entries: object[]): Promise<void> {
  const names = [world.tenant('red').namespace]
  await lendsTo(
    world,
    entries.map((entry) => ({ namespaces: { names }, ...entry })),
  )
}

async function lendsTo({ kubernetes, databricks }: World, access: object[]): Promise<void> {
  await kubernetes.apply(lending('default', databricks.url, access))
  await kubernetes.ready('DatabricksWorkspace', 'default')
}

/** What was called for the sake of objects: all but the check of a workspace itself. */
const forObjects = (calls: readonly LoggedRequest[]): string[] =>
  calls.filter(({ path }) => !path.endsWith('/scim/v2/Me')).map(({ method, path }) => `${method} ${path}`)

/** The cluster that the workspace's owner has of an earlier story is looked at by itself while it starts. */
const isOfOwner = (call: string): boolean => call.startsWith('GET /api/2.1/clusters/')

describe('what a tenant wants and was not given is never sent, and is once it was', () => {
  it.for(ways)('$way', async (way, { world }) => {
    const { databricks } = world
    const red = world.tenant('red')
    const { kind, metadata } = way.manifest
    await lends(world, way.given ?? runsAsAna)
    const { calls } = await databricks.during(async () => {
      await red.apply(inThatOf(world.namespace, way.manifest))
      const object = await red.has(kind, metadata.name, {
        Ready: `False ${way.refused}`,
        Stalled: `True ${way.refused}`,
        Reconciling: undefined,
      })
      expect(messageOf(object, 'Stalled')).toMatch(way.says)
      await red.recheck(kind, metadata.name)
    })
    expect(forObjects(calls)).toEqual([])

    const { writes } = await databricks.during(async () => {
      await lends(world, way.lent)
      await red.ready(kind, metadata.name)
    })
    expect(writes).toMatchObject([way.arrives])
    await red.delete(kind, metadata.name)
  })
})

describe('what has an id of its own in each workspace is lent by it', () => {
  it('a cluster policy', async ({ world }) => {
    const { databricks } = world
    const made = await databricks.ana.post('/api/2.0/policies/clusters/create', {
      name: 'of the finance team',
      definition: JSON.stringify({ autotermination_minutes: { type: 'fixed', value: 20 } }),
    })
    const policyId = made.text('policy_id')
    await lends(world, { policies: ['another'] })
    const manifest = cluster('unlisted-policy', { ...shared, policyId, autoterminationMinutes: 20 })
    expect(await comesToNothing(world, manifest, 'AccessDenied')).toMatch(
      new RegExp(`^policyId: ${policyId} is not lent.*spec\\.access\\[\\]\\.policies`),
    )
    await lends(world, { policies: [policyId] })
    const id = idOf(await world.tenant('red').ready('DatabricksCluster', 'unlisted-policy'))
    expect((await databricks.cluster(id))?.text('policy_id')).toBe(policyId)
  })

  it('a Google service account', async ({ world }) => {
    const google = await world.anotherDatabricks({ switches: { cloud: 'GCP' } })
    const red = world.tenant('red')
    const account = 'crown-jewels@project.iam.gserviceaccount.com'
    const access = { namespaces: { names: [red.namespace] } }
    await world.kubernetes.apply(lending('google', google.url, [access]))
    await world.kubernetes.ready('DatabricksWorkspace', 'google')
    const manifest = cluster('googled', {
      ...shared,
      nodeTypeId: 'n2-highmem-4',
      gcpAttributes: { googleServiceAccount: account },
      workspaceRef: { name: 'google', namespace: world.namespace },
    })
    await red.apply(manifest)
    const refused = await isRefused(red, manifest, 'AccessDenied')
    expect(messageOf(refused, 'Stalled')).toMatch(/^gcpAttributes\.googleServiceAccount: crown-jewels@/)
    expect(forObjects(await google.calls())).toEqual([])
    const lent = { ...access, serviceAccounts: [account] }
    await world.kubernetes.apply(lending('google', google.url, [lent]))
    const id = idOf(await red.ready('DatabricksCluster', 'googled'))
    expect((await google.cluster(id))?.text('gcp_attributes.google_service_account')).toBe(account)
  })
})

/** A tenant's object that is refused for this reason, however often it asks. */
async function isRefused(
  red: Kubernetes,
  { kind, metadata: { name } }: Manifest,
  reason: string,
): Promise<Observed> {
  await red.has(kind, name, { Ready: `False ${reason}`, Stalled: `True ${reason}`, Reconciling: undefined })
  await red.recheck(kind, name)
  return red.has(kind, name, { Ready: `False ${reason}`, Stalled: `True ${reason}` })
}

/** What a tenant applies is refused for this reason, and nothing is asked of Databricks for it. */
async function comesToNothing(
  world: World,
  manifest: Manifest & { spec: object },
  reason: string,
): Promise<string> {
  const red = world.tenant('red')
  const { calls } = await world.databricks.during(async () => {
    await red.apply(inThatOf(world.namespace, manifest))
    await isRefused(red, manifest, reason)
  })
  expect(forObjects(calls)).toEqual([])
  return messageOf(red.object(manifest.kind, manifest.metadata.name), 'Stalled')
}

describe('a namespace', () => {
  it('that is not listed gets nothing, and is told nothing', async ({ world }) => {
    const red = world.tenant('red')
    await lendsTo(world, [{ namespaces: { names: ['somebody-else'] }, ...runsAsAna }])
    const message = await comesToNothing(world, jobOf('stranger'), 'AccessDenied')
    expect(message).toContain(`not for namespace ${red.namespace}`)
    expect(message).not.toMatch(/somebody-else|127\.0\.0\.1|ana@/)
    await lends(world, runsAsAna)
    await red.ready('JobSpec', 'stranger')
    expect(await world.databricks.jobsNamed('stranger')).toHaveLength(1)
  })

  it('that is not selected gets something only from when it has the label, and until it loses it', async ({
    world,
  }) => {
    const red = world.tenant('red')
    const label = (value: string) =>
      world.kubernetes.kubectl(['label', 'namespace', red.namespace, '--overwrite', value])
    await lendsTo(world, [{ namespaces: { selector: { matchLabels: { lake: 'team' } } }, ...runsAsAna }])
    await comesToNothing(world, jobOf('unlabelled'), 'AccessDenied')
    await label('lake=other')
    await isRefused(red, jobOf('unlabelled'), 'AccessDenied')
    await label('lake=team')
    await red.ready('JobSpec', 'unlabelled')
    await label('lake-')
    await red.has('JobSpec', 'unlabelled', { Stalled: 'True AccessDenied' })
  })
})

describe('Lakeward itself', () => {
  it('runs no job of others that names nobody, also when the workspace has a default', async ({ world }) => {
    const red = world.tenant('red')
    const { kubernetes, databricks } = world
    const access = [{ namespaces: { names: [red.namespace] }, ...runsAsAna }]
    const manifest = lending('default', databricks.url, access)
    await kubernetes.apply({ ...manifest, spec: { ...manifest.spec, defaults: { runAs: ana } } } as Manifest)
    await kubernetes.ready('DatabricksWorkspace', 'default')
    const message = await comesToNothing(world, job('nameless'), 'RunAsRequired')
    expect(message).toMatch(/^runAs names nobody/)
    await red.apply(inThatOf(world.namespace, jobOf('nameless')))
    const id = idOf(await red.ready('JobSpec', 'nameless'))
    expect((await databricks.job(id))?.text('run_as_user_name')).toBe('ana@example.com')
  })

  it.for([
    ['as it is', demoApplicationId],
    ['in capitals', demoApplicationId.toUpperCase()],
  ] as const)('is nobody whom a job of others runs as, even if listed: %s', async ([, id], { world }) => {
    const us = { servicePrincipalName: id }
    await lends(world, { runAs: [us, ana] })
    const name = `as-us-${id === demoApplicationId ? 1 : 2}`
    const message = await comesToNothing(world, job(name, { runAs: us }), 'RunAsRequired')
    expect(message).toContain('is Lakeward itself')
    const red = world.tenant('red')
    await red.apply(inThatOf(world.namespace, jobOf(name)))
    await red.ready('JobSpec', name)
  })

  it('gets no cluster of others dedicated to it, asked for or chosen by Databricks', async ({ world }) => {
    const red = world.tenant('red')
    await lends(world, { runAs: [{ servicePrincipalName: demoApplicationId }] })
    const dedicated = { dataSecurityMode: 'SINGLE_USER' }
    await comesToNothing(world, cluster('mine'), 'RunAsRequired')
    await comesToNothing(world, cluster('mine', dedicated), 'RunAsRequired')
    await comesToNothing(
      world,
      cluster('mine', { ...dedicated, singleUserName: demoApplicationId }),
      'RunAsRequired',
    )
    await red.apply(inThatOf(world.namespace, cluster('mine', shared)))
    const id = idOf(await red.ready('DatabricksCluster', 'mine'))
    expect((await world.databricks.cluster(id))?.at('single_user_name')).toBeUndefined()
  })
})

const adopting = (name: string, externalId: string, more: object = {}) =>
  jobOf(name, {}, { management: { externalId, ...more } })

describe('a job of another team', () => {
  it('is not even looked at unless the entry says adopt', async ({ world }) => {
    const red = world.tenant('red')
    await lends(world, runsAsAna)
    const message = await comesToNothing(world, adopting('thief', legacyReport), 'AccessDenied')
    expect(message).toMatch(/^management\.externalId .*spec\.access\[\]\.adopt/)
    expect(red.object('JobSpec', 'thief').status.drift).toBeUndefined()
    await lends(world, { ...runsAsAna, adopt: true })
    await red.has('JobSpec', 'thief', { Ready: 'True Observed', Drifted: 'True DriftFound' })
  })

  it('that runs as Lakeward is not taken up by anybody: it would go on running so', async ({ world }) => {
    const { databricks } = world
    const red = world.tenant('red')
    const response = await fetch(`${databricks.url}/api/2.2/jobs/create`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ name: 'powerful', tasks: [] }),
    })
    const id = /\d+/.exec(await response.text())?.[0] ?? ''
    await lends(world, { ...runsAsAna, adopt: true })
    const { writes } = await databricks.during(async () => {
      await red.apply(inThatOf(world.namespace, adopting('heir', id, { mode: 'Correct' })))
      expect(messageOf(await isRefused(red, adopting('heir', id), 'RunAsRequired'), 'Stalled')).toContain(
        'runAs',
      )
    })
    expect(writes).toEqual([])
    expect(red.object('JobSpec', 'heir').status.externalId).toBeUndefined()
    expect((await databricks.job(id))?.text('run_as_user_name')).toBe(demoApplicationId)
  })
})

describe('a reference', () => {
  it('does not reach into another namespace', async ({ world }) => {
    const { kubernetes, databricks } = world
    const red = world.tenant('red')
    await kubernetes.apply(cluster('of-the-owner', shared))
    await kubernetes.ready('DatabricksCluster', 'of-the-owner')
    await lends(world, runsAsAna)
    const manifest = jobOf('reaching', { clusterRef: { name: 'of-the-owner' } })
    const { calls } = await databricks.during(async () => {
      await red.apply(inThatOf(world.namespace, manifest))
      await red.has('JobSpec', 'reaching', { Ready: 'False ReferenceMissing' })
      await red.recheck('JobSpec', 'reaching')
    })
    expect(forObjects(calls)).toEqual([])
    const far = jobOf('reaching', { clusterRef: { name: 'of-the-owner', namespace: world.namespace } })
    const { code, stderr } = await red.tryKubectl(
      ['apply', '-f', '-'],
      JSON.stringify(inThatOf(world.namespace, far)),
    )
    expect(code).toBe(1)
    expect(stderr).toContain('clusterRef.namespace')

    await red.apply(inThatOf(world.namespace, cluster('of-the-owner', shared)))
    const own = idOf(await red.ready('DatabricksCluster', 'of-the-owner'))
    const id = idOf(await red.ready('JobSpec', 'reaching'))
    expect((await databricks.job(id))?.at('settings.tasks.0.existing_cluster_id')).toBe(own)
  })
})

describe('what somebody else has put into a tenant’s job', () => {
  it('is not sent again by a correction unless it is lent', async ({ world }) => {
    const { databricks } = world
    const red = world.tenant('red')
    await lends(world, runsAsAna)
    await red.apply(inThatOf(world.namespace, jobOf('corrected', { maxRetries: 1 })))
    const id = idOf(await red.ready('JobSpec', 'corrected'))
    const { writes } = await databricks.during(async () => {
      await databricks.ana.post('/api/2.2/jobs/update', {
        job_id: BigInt(id),
        new_settings: {
          tasks: [
            {
              task_key: 'main',
              notebook_task: { notebook_path: '/Shared/main' },
              existing_cluster_id: '0923-164208-meows279',
              max_retries: 5,
            },
          ],
        },
      })
      await red.recheck('JobSpec', 'corrected')
      const object = await red.has('JobSpec', 'corrected', { Stalled: 'True AccessDenied' })
      expect(messageOf(object, 'Stalled')).toContain('existingClusterId: 0923-164208-meows279')
      expect(changes(object)['tasks[main].maxRetries']).toBe('ChangedRemotely InPlace Correct')
    })
    expect(writes).toEqual([])
    await lends(world, { ...runsAsAna, clusters: ['0923-164208-meows279'] })
    await red.has('JobSpec', 'corrected', { Ready: 'True Applied', Drifted: 'False NoDrift' })
    expect((await databricks.job(id))?.at('settings.tasks.0')).toMatchObject({
      max_retries: 1,
      existing_cluster_id: '0923-164208-meows279',
    })
  })
})

describe('access that is withdrawn', () => {
  it('stops every call for what exists, and does not keep it from being deleted', async ({ world }) => {
    const { databricks } = world
    const red = world.tenant('red')
    await lends(world, {
      ...runsAsAna,
      kinds: ['JobSpec', 'CatalogGrant'],
      securables: [{ type: 'catalog', name: 'main' }],
    })
    await red.apply(
      inThatOf(world.namespace, jobOf('outcast')),
      inThatOf(world.namespace, grant('outcast', 'main.silver', { analysts: ['SELECT'] })),
    )
    const id = idOf(await red.ready('JobSpec', 'outcast'))
    await red.ready('CatalogGrant', 'outcast')
    await lends(world)
    const { calls } = await databricks.during(async () => {
      await isRefused(red, job('outcast'), 'AccessDenied')
      await red.apply(inThatOf(world.namespace, jobOf('outcast', { maxRetries: 3 })))
      await isRefused(red, job('outcast'), 'AccessDenied')
      await isRefused(red, grant('outcast', 'main.silver', {}), 'AccessDenied')
    })
    expect(forObjects(calls).filter((call) => !isOfOwner(call))).toEqual([])
    await red.delete('JobSpec', 'outcast')
    await red.delete('CatalogGrant', 'outcast')
    expect(await databricks.job(id)).toBeUndefined()
    expect((await databricks.grants('schema/main.silver'))['analysts']).toBeUndefined()
  })
})
