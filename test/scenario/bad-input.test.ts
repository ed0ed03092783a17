import { describe, expect } from 'vitest'
import { seedContent } from '../../src/simulator/seed-content.ts'
import { Databricks } from './databricks.ts'
import { inWorld } from './in-world.ts'
import { cluster, grant, job, secret, task, token, within, workspace } from './manifests.ts'
import { conditions, idOf, messageOf } from './observer.ts'
import { until } from './until.ts'

const it = inWorld()

/** How often a stalled object may at most be tried by the time a test has looked at it and asked once more. */
const fewTries = 3

describe('a wrong manifest is refused by the server, which names the field', () => {
  it.for([
    ['a misspelt field', job('wrong', { maxConcurentRuns: 2 }), 'maxConcurentRuns'],
    ['a number in quotes', job('wrong', { maxConcurrentRuns: '2' }), 'spec.maxConcurrentRuns'],
    [
      'two types in one task',
      job('wrong', { tasks: [task('main', { sparkPythonTask: { pythonFile: '/Shared/main.py' } })] }),
      'spec.tasks[0]',
    ],
    [
      'a job cluster that is not there',
      job('wrong', { tasks: [task('main', { jobClusterKey: 'big' })] }),
      'spec.tasks',
    ],
    [
      'two sizes',
      cluster('wrong', { numWorkers: 2, autoscale: { minWorkers: 1, maxWorkers: 2 } }),
      'numWorkers',
    ],
    [
      'an outdated privilege',
      grant('wrong', 'main', { analysts: ['USAGE'] }),
      'spec.grants[0].privileges[0]',
    ],
  ] as const)('%s', async ([, manifest, field], { world: { kubernetes } }) => {
    const { code, stderr } = await kubernetes.tryKubectl(['apply', '-f', '-'], JSON.stringify(manifest))
    expect(code).toBe(1)
    expect(stderr).toContain(field)
  })
})

const schedule = (quartzCronExpression: string) => ({
  schedule: { quartzCronExpression, timezoneId: 'UTC' },
})

describe('what only Databricks can refuse', () => {
  it('stalls with its words, is not tried again and again, and goes on once corrected', async ({ world }) => {
    const { kubernetes, databricks } = world
    const { calls } = await databricks.during(async () => {
      await kubernetes.apply(cluster('huge', { nodeTypeId: 'm99.colossal' }))
      const object = await kubernetes.has('DatabricksCluster', 'huge', {
        Ready: 'False Refused',
        Stalled: 'True Refused',
        Reconciling: undefined,
      })
      expect(messageOf(object, 'Stalled')).toContain('INVALID_PARAMETER_VALUE')
      expect(messageOf(object, 'Stalled')).toContain('Node type m99.colossal is not supported')
      expect(object.status.attempt).toBeUndefined()
      await kubernetes.recheck('DatabricksCluster', 'huge')
      await kubernetes.has('DatabricksCluster', 'huge', { Stalled: 'True Refused' })
    })
    const creates = calls.filter(({ path }) => path === '/api/2.1/clusters/create')
    expect(creates.length).toBeLessThanOrEqual(fewTries)

    await kubernetes.apply(cluster('huge'))
    const ready = await kubernetes.has('DatabricksCluster', 'huge', {
      Ready: 'True Applied',
      Stalled: undefined,
    })
    expect(await databricks.clustersNamed('huge')).toEqual([idOf(ready)])
    expect(kubernetes.seen.events('DatabricksCluster', 'huge').join('\n')).toContain('Refused: ')
  })

  it('leaves what is there as it was', async ({ world: { kubernetes, databricks } }) => {
    await kubernetes.apply(job('nightly', schedule('0 0 2 * * ?')))
    const id = idOf(await kubernetes.ready('JobSpec', 'nightly'))
    const { writes } = await databricks.during(async () => {
      await kubernetes.apply(job('nightly', schedule('0 0 2 * *')))
      const object = await kubernetes.has('JobSpec', 'nightly', {
        Ready: 'False Refused',
        Stalled: 'True Refused',
      })
      expect(messageOf(object, 'Stalled')).toContain('Invalid quartz cron expression')
      expect(object.status.externalId).toBe(id)
      await kubernetes.recheck('JobSpec', 'nightly')
    })
    expect(writes.length).toBeLessThanOrEqual(fewTries)
    expect((await databricks.job(id))?.at('settings.schedule.quartz_cron_expression')).toBe('0 0 2 * * ?')

    await kubernetes.apply(job('nightly', schedule('0 0 3 * * ?')))
    await kubernetes.has('JobSpec', 'nightly', { Ready: 'True Applied', Stalled: undefined })
    expect((await databricks.job(id))?.at('settings.schedule.quartz_cron_expression')).toBe('0 0 3 * * ?')
  })

  it('a privilege that its securable does not have stalls, and counts as given to nobody', async ({
    world,
  }) => {
    const { kubernetes, databricks } = world
    await kubernetes.apply(grant('odd', 'main.silver', { analysts: ['READ_FILES'] }))
    const object = await kubernetes.has('CatalogGrant', 'odd', {
      Ready: 'False Refused',
      Stalled: 'True Refused',
    })
    expect(messageOf(object, 'Stalled')).toContain('Privilege READ_FILES is not applicable to this entity')
    expect(object.status.added ?? []).toEqual([])
    await kubernetes.delete('CatalogGrant', 'odd')
    expect((await databricks.grants('schema/main.silver'))['analysts']).toBeUndefined()
  })

  it('a principal that nobody knows is said to be missing', async ({ world: { kubernetes } }) => {
    await kubernetes.apply(grant('ghosts', 'main.silver', { ghosts: ['SELECT'] }))
    const object = await kubernetes.has('CatalogGrant', 'ghosts', {
      Ready: 'False PrincipalMissing',
      Stalled: 'True PrincipalMissing',
    })
    expect(messageOf(object, 'Stalled')).toContain('ghosts')
    expect(object.status.added ?? []).toEqual([])
  })
})

describe('what is not there yet is named, and waited for', () => {
  it('a securable', async ({ world }) => {
    const { kubernetes } = world
    const other = await world.anotherDatabricks()
    await kubernetes.apply(workspace('growing', other.url))
    await kubernetes.apply(within('growing', grant('early', 'main.platinum', { analysts: ['SELECT'] })))
    const object = await kubernetes.has('CatalogGrant', 'early', {
      Ready: 'False SecurableMissing',
      Reconciling: 'True SecurableMissing',
      Stalled: undefined,
    })
    expect(messageOf(object, 'Ready')).toContain('main.platinum')
    const schema = { type: 'schema', name: 'main.platinum', owner: 'ana@example.com' } as const
    await other.replaceBy({ content: { ...seedContent, securables: [...seedContent.securables, schema] } })
    await kubernetes.recheck('CatalogGrant', 'early')
    await kubernetes.has('CatalogGrant', 'early', { Ready: 'True Applied', Drifted: 'False NoDrift' })
    expect(await other.grants('schema/main.platinum')).toEqual({ analysts: ['SELECT'] })
  })

  it.concurrent('a cluster that a task refers to', async ({ world: { kubernetes, databricks } }) => {
    const waiting = job('on-cluster', { tasks: [task('main', { clusterRef: { name: 'late' } })] })
    await kubernetes.apply(waiting)
    const object = await kubernetes.has('JobSpec', 'on-cluster', {
      Ready: 'False ReferenceMissing',
      Reconciling: 'True ReferenceMissing',
    })
    expect(messageOf(object, 'Ready')).toContain('tasks[main].clusterRef: DatabricksCluster late')
    await kubernetes.apply(cluster('late'))
    const id = idOf(await kubernetes.ready('JobSpec', 'on-cluster'))
    expect((await databricks.job(id))?.at('settings.tasks.0.existing_cluster_id')).toBe(
      idOf(kubernetes.object('DatabricksCluster', 'late')),
    )
  })

  it.concurrent('a workspace', async ({ world: { kubernetes, databricks, namespace } }) => {
    await kubernetes.apply(within('later', job('homeless')))
    const object = await kubernetes.has('JobSpec', 'homeless', {
      Ready: 'False WorkspaceMissing',
      Reconciling: 'True WorkspaceMissing',
    })
    expect(messageOf(object, 'Ready')).toContain(`${namespace}/later`)
    await kubernetes.apply(workspace('later', databricks.url))
    await kubernetes.ready('JobSpec', 'homeless')
  })
})

describe('a workspace that cannot be used', () => {
  it.concurrent('because its Secret or the key in it is missing says which, and waits for it', async ({
    world: { kubernetes, databricks, namespace },
  }) => {
    await kubernetes.apply(
      secret('half', { password: 'no token' }),
      workspace('no-secret', databricks.url, { secret: 'nowhere' }),
      workspace('no-key', databricks.url, { secret: 'half' }),
      within('no-secret', job('without-secret')),
      within('no-key', job('without-key')),
    )
    const missing = await kubernetes.has('DatabricksWorkspace', 'no-secret', {
      Ready: 'False SecretMissing',
      Reconciling: 'True SecretMissing',
    })
    expect(messageOf(missing, 'Ready')).toContain(`${namespace}/nowhere`)
    const keyless = await kubernetes.has('DatabricksWorkspace', 'no-key', { Ready: 'False SecretKeyMissing' })
    expect(messageOf(keyless, 'Ready')).toContain('has no key token; it has password')
    for (const name of ['without-secret', 'without-key']) {
      const object = await kubernetes.has('JobSpec', name, {
        Ready: 'False WorkspaceNotReady',
        Reconciling: 'True WorkspaceNotReady',
      })
      expect(messageOf(object, 'Ready')).toMatch(/Secret/)
    }
    await kubernetes.apply(secret('nowhere', { token }), secret('half', { token }))
    await kubernetes.ready('JobSpec', 'without-secret')
    await kubernetes.ready('JobSpec', 'without-key')
    await kubernetes.has('DatabricksWorkspace', 'no-secret', {
      Ready: 'True Connected',
      Reconciling: undefined,
    })
  })

  it.concurrent('because its token is wrong says so, costs few calls, and wakes who waits', async ({
    world,
  }) => {
    const { kubernetes } = world
    const other = await world.anotherDatabricks()
    await kubernetes.apply(
      secret('wrong', { token: 'dapi-not-this-one' }),
      workspace('locked', other.url, { secret: 'wrong' }),
      within('locked', job('locked-out')),
      within('locked', cluster('locked-out')),
    )
    const object = await kubernetes.has('DatabricksWorkspace', 'locked', {
      Ready: 'False CredentialsRejected',
      Stalled: 'True CredentialsRejected',
      Reconciling: undefined,
    })
    expect(messageOf(object, 'Stalled')).not.toContain('dapi-not-this-one')
    const waiting = await kubernetes.has('JobSpec', 'locked-out', { Ready: 'False WorkspaceNotReady' })
    expect(messageOf(waiting, 'Ready')).toContain('CredentialsRejected')
    await kubernetes.recheck('JobSpec', 'locked-out')
    // Only the workspace itself asks; those who depend on it do not.
    const refused = await other.calls()
    expect(refused.map(({ path }) => path)).not.toContainEqual(expect.not.stringContaining('/scim/v2/Me'))
    expect(refused.length).toBeLessThanOrEqual(fewTries)

    await kubernetes.apply(secret('wrong', { token }))
    await kubernetes.ready('JobSpec', 'locked-out')
    await kubernetes.ready('DatabricksCluster', 'locked-out')
  })

  it.concurrent('any more, because its token was revoked, leaves Ready as it was', async ({ world }) => {
    const { kubernetes } = world
    const identity = { 'old-token': 'robot@example.com', 'new-token': 'robot@example.com' }
    const other = await world.anotherDatabricks({ tokens: identity })
    await kubernetes.apply(
      secret('rotating', { token: 'old-token' }),
      workspace('rotating', other.url, { secret: 'rotating' }),
      within('rotating', job('rotated')),
    )
    await kubernetes.ready('JobSpec', 'rotated')
    await other.revokeToken('old-token')
    await kubernetes.recheck('JobSpec', 'rotated')
    await kubernetes.has('DatabricksWorkspace', 'rotating', { Stalled: 'True CredentialsRejected' })
    await kubernetes.recheck('JobSpec', 'rotated')
    await kubernetes.has('JobSpec', 'rotated', {
      Ready: 'True Applied',
      Reconciling: undefined,
      Drifted: 'Unknown CannotLook',
    })
    await kubernetes.apply(secret('rotating', { token: 'new-token' }))
    await kubernetes.has('DatabricksWorkspace', 'rotating', { Ready: 'True Connected', Stalled: undefined })
    await kubernetes.has('JobSpec', 'rotated', { Ready: 'True Applied', Drifted: 'False NoDrift' })
  })

  it.concurrent('because nobody answers is tried until somebody does', async ({ world }) => {
    const { kubernetes } = world
    const port = await freePort()
    await kubernetes.apply(workspace('silent', `http://127.0.0.1:${port}`), within('silent', job('unheard')))
    const object = await kubernetes.has('DatabricksWorkspace', 'silent', {
      Ready: 'False Unreachable',
      Reconciling: 'True Unreachable',
      Stalled: undefined,
    })
    expect(messageOf(object, 'Ready')).toContain('ECONNREFUSED')
    await kubernetes.has('JobSpec', 'unheard', { Ready: 'False WorkspaceNotReady' })
    await world.anotherDatabricks({ port })
    await kubernetes.ready('DatabricksWorkspace', 'silent')
    await kubernetes.ready('JobSpec', 'unheard')
  })

  it.concurrent.for([
    ['metadata', 'http://169.254.169.254'],
    ['elsewhere', 'https://databricks.example.com'],
  ] as const)(
    'because its host is not allowed is never called: %s',
    async ([name, host], { world: { kubernetes } }) => {
      await kubernetes.apply(workspace(name, host), within(name, job(name)))
      const object = await kubernetes.has('DatabricksWorkspace', name, {
        Ready: 'False HostRefused',
        Stalled: 'True HostRefused',
      })
      expect(messageOf(object, 'Stalled')).toContain('spec.host')
      await kubernetes.has('JobSpec', name, { Ready: 'False WorkspaceNotReady' })
    },
  )
})

describe('Databricks in trouble', () => {
  it('leaves Ready of what is applied, and says after two checks that nobody could look', async ({
    world,
  }) => {
    const { kubernetes } = world
    const other = await world.anotherDatabricks()
    await kubernetes.apply(workspace('shaky', other.url), within('shaky', job('steady')))
    const before = await kubernetes.ready('JobSpec', 'steady')
    await other.fault({
      match: 'GET /api/2.2/jobs/get',
      count: 1000,
      status: 503,
      body: 'down for maintenance',
    })
    await kubernetes.recheck('JobSpec', 'steady')
    await kubernetes.recheck('JobSpec', 'steady')
    await kubernetes.has('JobSpec', 'steady', {
      Ready: 'True Applied',
      Reconciling: undefined,
      Stalled: undefined,
      Drifted: 'Unknown CannotLook',
    })
    await other.clearFaults()
    await kubernetes.recheck('JobSpec', 'steady')
    const after = await kubernetes.has('JobSpec', 'steady', { Drifted: 'False NoDrift' })
    const readiness = ({ status }: typeof before) => status.conditions?.find(({ type }) => type === 'Ready')
    expect(readiness(after)?.lastTransitionTime).toBe(readiness(before)?.lastTransitionTime)
  })

  it('that takes a change and does not keep it is asked twice and no more', async ({ world }) => {
    const { kubernetes } = world
    const other = await world.anotherDatabricks()
    await kubernetes.apply(workspace('forgetful', other.url), within('forgetful', job('fickle')))
    await kubernetes.ready('JobSpec', 'fickle')
    // It says yes, and nothing happens.
    await other.fault({ match: 'POST /api/2.2/jobs/update', count: 100, status: 200, body: {} })
    const { writes } = await other.during(async () => {
      await kubernetes.apply(within('forgetful', job('fickle', { maxConcurrentRuns: 5 })))
      const object = await kubernetes.has('JobSpec', 'fickle', {
        Ready: 'False DoesNotConverge',
        Stalled: 'True DoesNotConverge',
        Reconciling: undefined,
      })
      expect(messageOf(object, 'Stalled')).toContain('maxConcurrentRuns')
      await kubernetes.recheck('JobSpec', 'fickle')
    })
    expect(writes).toHaveLength(2)
  })

  it('by a proxy that answers with a web page is tried again', async ({
    world: { kubernetes, databricks },
  }) => {
    const page = { status: 200, body: '<html>please log in</html>' }
    await databricks.fault({ match: 'GET /api/2.2/jobs/list', count: 1, ...page })
    await kubernetes.apply(job('behind-proxy'))
    await until('the page was not taken for an empty list', () =>
      kubernetes.seen
        .versions('JobSpec', 'behind-proxy')
        .some((version) => conditions(version)['Ready'] === 'False UnexpectedAnswer'),
    )
    const id = idOf(await kubernetes.ready('JobSpec', 'behind-proxy'))
    expect(await databricks.jobsNamed('behind-proxy')).toEqual([id])
  })
})

/** A port at which nobody listens. */
async function freePort(): Promise<number> {
  const databricks = await Databricks.start()
  const { port } = databricks
  await databricks.stop()
  return port
}
