import { describe, expect } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { inWorld } from './in-world.ts'
import { cluster, grant, job, within, workspace } from './manifests.ts'
import { changes, conditions, idOf } from './observer.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

const it = inWorld({ flags: ['--lease-duration=3s'] })

/** Longer than the operator waits for an answer. */
const tooLate = 3

/** How a kind is created, and found by its name. */
const made = {
  JobSpec: {
    create: 'POST /api/2.2/jobs/create',
    manifest: (name: string) => job(name),
    named: ({ databricks }: World, name: string) => databricks.jobsNamed(name),
  },
  DatabricksCluster: {
    create: 'POST /api/2.1/clusters/create',
    manifest: (name: string) => cluster(name),
    named: ({ databricks }: World, name: string) => databricks.clustersNamed(name),
  },
} as const

const both = ['JobSpec', 'DatabricksCluster'] as const

/** How often a create of this name was sent; a call is counted once it has ended. */
async function creates({ databricks }: World, name: string): Promise<number> {
  const calls = await databricks.calls()
  return calls.filter(
    ({ path, body }) => path.endsWith('/create') && JSON.stringify(body).includes(`name":"${name}"`),
  ).length
}

/** A create that was answered late, or to somebody who was gone, ends after the story. */
async function expectCreates(world: World, name: string, times: number): Promise<void> {
  await until('the creates have ended', async () => (await creates(world, name)) >= times)
  expect(await creates(world, name)).toBe(times)
}

describe('killed and started again', () => {
  it('while nothing is to do, it comes back without a write', async ({
    world: { kubernetes, databricks, operator },
  }) => {
    await kubernetes.apply(job('calm'))
    await kubernetes.ready('JobSpec', 'calm')
    const { writes } = await databricks.during(async () => {
      await operator.kill()
      await operator.start()
      await kubernetes.recheck('JobSpec', 'calm')
    })
    expect(writes).toEqual([])
    expect(await operator.stop()).toBe(0)
    await operator.start()
  })
})

describe('killed between the create and its record', () => {
  it.for(both)('it takes up what it made: %s', async (kind, { world }) => {
    const { kubernetes, databricks, operator } = world
    const { create, manifest, named } = made[kind]
    const name = `killed-${kind.toLowerCase()}`
    await databricks.fault({ match: create, when: 'after', delaySeconds: tooLate })
    await kubernetes.apply(manifest(name))
    const [id] = await until('it is made', async () => {
      const ids = await named(world, name)
      return ids.length > 0 && ids
    })
    await operator.kill()
    expect(kubernetes.object(kind, name).status.externalId).toBeUndefined()
    expect(kubernetes.object(kind, name).status.attempt).toMatchObject({ name })

    await operator.start()
    const object = await kubernetes.ready(kind, name)
    expect(object.status).toMatchObject({ externalId: id, origin: 'Created' })
    expect(object.status.attempt).toBeUndefined()
    expect(await named(world, name)).toEqual([id])
    await expectCreates(world, name, 1)
  })

  it('it waits for a create that takes effect when its sender is long gone', async ({ world }) => {
    const { kubernetes, operator } = world
    const arrival = Promise.withResolvers<void>()
    const databricks = await world.anotherDatabricks({
      clock: { ...systemClock, sleep: () => arrival.promise },
    })
    const named = () => databricks.jobsNamed('in-flight')
    await databricks.fault({ match: made.JobSpec.create, when: 'before', delaySeconds: tooLate })
    await kubernetes.apply(workspace('slow', databricks.url), within('slow', job('in-flight')))
    await until('the create is on its way', async () => (await databricks.faultsLeft()) === 0)
    await operator.kill()
    const { length } = kubernetes.seen.versions('JobSpec', 'in-flight')
    await operator.start()
    await until('the new operator waits for it', () =>
      kubernetes.seen
        .versions('JobSpec', 'in-flight')
        .slice(length)
        .some((version) => conditions(version)['Reconciling'] === 'True CreateUnfinished'),
    )
    expect(await named()).toEqual([])
    arrival.resolve()
    await until('it has taken effect', async () => (await named()).length > 0)
    const object = await kubernetes.ready('JobSpec', 'in-flight')
    expect(await named()).toEqual([idOf(object)])
    expect((await databricks.writes()).map(({ path }) => path)).toEqual(['/api/2.2/jobs/create'])
  })

  it('it creates once more when nothing came of it', async ({ world }) => {
    const { kubernetes, databricks, operator } = world
    await databricks.fault({ match: made.JobSpec.create, when: 'before', delaySeconds: 1, reset: true })
    await kubernetes.apply(job('lost'))
    await until('the create is on its way', async () => (await databricks.faultsLeft()) === 0)
    await operator.kill()
    await operator.start()
    const object = await kubernetes.ready('JobSpec', 'lost')
    expect(await databricks.jobsNamed('lost')).toEqual([idOf(object)])
    await expectCreates(world, 'lost', 2)
  })
})

describe('a create without a true answer', () => {
  it.for([
    ['cut off', { reset: true }],
    ['answered with 503', { status: 503, body: { error_code: 'TEMPORARILY_UNAVAILABLE', message: 'later' } }],
    ['answered by a proxy', { status: 502, body: '<html>Bad Gateway</html>' }],
    ['answered too late', { delaySeconds: 3 }],
  ] as const)('that made the job and was %s is not repeated', async ([how, trouble], { world }) => {
    const { kubernetes, databricks } = world
    const name = `job ${how}`
    await databricks.fault({ match: made.JobSpec.create, when: 'after', ...trouble })
    await kubernetes.apply({ ...job(name), metadata: { name: how.replaceAll(' ', '-') } })
    const object = await kubernetes.ready('JobSpec', how.replaceAll(' ', '-'))
    expect(object.status.origin).toBe('Created')
    expect(await databricks.jobsNamed(name)).toEqual([idOf(object)])
    await expectCreates(world, name, 1)
  })

  it('that was throttled is sent again, and makes one', async ({ world }) => {
    const { kubernetes, databricks } = world
    const throttled = { error_code: 'REQUEST_LIMIT_EXCEEDED', message: 'slow down' }
    const answer = { status: 429, body: throttled, headers: { 'Retry-After': '1' } }
    await databricks.fault({ match: made.DatabricksCluster.create, ...answer })
    await kubernetes.apply(cluster('throttled'))
    const object = await kubernetes.ready('DatabricksCluster', 'throttled')
    expect(await databricks.clustersNamed('throttled')).toEqual([idOf(object)])
    await expectCreates(world, 'throttled', 2)
    expect(
      kubernetes.seen
        .versions('DatabricksCluster', 'throttled')
        .some((version) => conditions(version)['Reconciling'] === 'True Throttled'),
    ).toBe(true)
  })
})

const remove = ({ databricks }: World, id: string) =>
  databricks.ana.post('/api/2.2/jobs/delete', { job_id: BigInt(id) })

describe('a job deleted by hand', () => {
  it('is reported first, and then made again once', async ({ world }) => {
    const { kubernetes, databricks } = world
    await kubernetes.apply(job('vanishing'))
    const id = idOf(await kubernetes.ready('JobSpec', 'vanishing'))
    await remove(world, id)
    await kubernetes.recheck('JobSpec', 'vanishing')
    const gone = kubernetes.object('JobSpec', 'vanishing')
    expect(conditions(gone)).toMatchObject({ Ready: 'False Vanished', Drifted: 'True DriftFound' })
    expect(changes(gone)).toEqual({ spec: expect.stringMatching(/^RemovedRemotely .* Correct$/) })
    expect(await databricks.jobsNamed('vanishing')).toEqual([])

    await kubernetes.recheck('JobSpec', 'vanishing')
    const object = await kubernetes.has('JobSpec', 'vanishing', {
      Ready: 'True Applied',
      Drifted: 'False NoDrift',
    })
    expect(idOf(object)).not.toBe(id)
    expect(await databricks.jobsNamed('vanishing')).toEqual([idOf(object)])
  })

  it('is only reported in mode Observe', async ({ world }) => {
    const { kubernetes, databricks } = world
    await kubernetes.apply(job('watched'))
    const id = idOf(await kubernetes.ready('JobSpec', 'watched'))
    await kubernetes.apply(job('watched', { management: { mode: 'Observe' } }))
    await kubernetes.has('JobSpec', 'watched', { Ready: 'True Observed' })
    await remove(world, id)
    const { writes } = await databricks.during(async () => {
      await kubernetes.recheck('JobSpec', 'watched')
      await kubernetes.recheck('JobSpec', 'watched')
    })
    expect(writes).toEqual([])
    const object = kubernetes.object('JobSpec', 'watched')
    expect(conditions(object)).toMatchObject({ Ready: 'False Vanished', Drifted: 'True DriftFound' })
    expect(changes(object)).toEqual({ spec: expect.stringMatching(/^RemovedRemotely .* Report$/) })
  })
})

describe('manifests without their status', () => {
  it('restored from a backup take up what they made before', async ({ world }) => {
    const { kubernetes, databricks, operator } = world
    const manifests = [job('restored'), cluster('restored')]
    await kubernetes.apply(...manifests)
    const ids = await Promise.all(
      both.map(async (kind) => [kind, idOf(await kubernetes.ready(kind, 'restored'))] as const),
    )
    // A cluster lost and rebuilt: the objects go without anybody seeing to their remote side.
    await operator.stop()
    for (const kind of both) {
      await kubernetes.beginDelete(kind, 'restored')
      const patch = '{"metadata":{"finalizers":null}}'
      await kubernetes.kubectl(['patch', kind, 'restored', '--type=merge', '-p', patch])
      await until('it is gone', () => kubernetes.isGone(kind, 'restored'))
    }
    await kubernetes.apply(...manifests)
    const { writes } = await databricks.during(async () => {
      await operator.start()
      for (const [kind, id] of ids) {
        const object = await kubernetes.ready(kind, 'restored')
        expect(object.status).toMatchObject({ externalId: id, origin: 'Created' })
        await kubernetes.recheck(kind, 'restored')
        await kubernetes.has(kind, 'restored', { Ready: 'True Applied', Drifted: 'False NoDrift' })
      }
    })
    expect(writes).toEqual([])
  })

  it('deleted with Retain and applied again take up what stayed', async ({
    world: { kubernetes, databricks },
  }) => {
    const retained = job('retained', { management: { deletionPolicy: 'Retain' } })
    await kubernetes.apply(retained)
    const id = idOf(await kubernetes.ready('JobSpec', 'retained'))
    await kubernetes.delete('JobSpec', 'retained')
    expect(await databricks.jobsNamed('retained')).toEqual([id])
    await kubernetes.apply(retained)
    expect(idOf(await kubernetes.ready('JobSpec', 'retained'))).toBe(id)
    expect(await databricks.jobsNamed('retained')).toEqual([id])
  })
})

describe('killed in other places', () => {
  it('between the remote deletion and its record, it finishes the deletion', async ({ world }) => {
    const { kubernetes, databricks, operator } = world
    await kubernetes.apply(job('dying'))
    const id = idOf(await kubernetes.ready('JobSpec', 'dying'))
    await databricks.fault({ match: 'POST /api/2.2/jobs/delete', when: 'after', delaySeconds: tooLate })
    await kubernetes.beginDelete('JobSpec', 'dying')
    await until('it is gone in Databricks', async () => (await databricks.job(id)) === undefined)
    await operator.kill()
    expect(kubernetes.isGone('JobSpec', 'dying')).toBe(false)
    await operator.start()
    await until('it is gone', () => kubernetes.isGone('JobSpec', 'dying'))
  })

  it('between a grant and its record, it still knows what it added', async ({ world }) => {
    const { kubernetes, databricks, operator } = world
    const match = 'PATCH /api/2.1/unity-catalog/permissions/*'
    await databricks.fault({ match, when: 'after', delaySeconds: tooLate })
    await kubernetes.apply(grant('halfway', 'main.bronze', { analysts: ['SELECT'] }))
    await until('it is granted', async () => 'analysts' in (await databricks.grants('schema/main.bronze')))
    await operator.kill()
    await operator.start()
    const object = await kubernetes.ready('CatalogGrant', 'halfway')
    expect(object.status.added).toEqual([
      { type: 'schema', name: 'main.bronze', principal: 'analysts', privilege: 'SELECT' },
    ])
    await kubernetes.delete('CatalogGrant', 'halfway')
    expect(await databricks.grants('schema/main.bronze')).toEqual({})
  })
})
