import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/databricks/json.ts'
import type { Called } from './door.ts'
import { aCondition, anObject, workspaceId } from './fixtures.ts'
import { forRed, me, refusedUnseen, tenant, type Tenancy } from './tenant.ts'

const ana = { userName: 'ana@example.com' }
const notebookTask = { notebookPath: '/Shared/a' }
const job = (spec: object = {}) => ({
  name: 'x',
  runAs: ana,
  tasks: [{ taskKey: 'a', notebookTask, ...spec }],
})
const cluster = (spec: object = {}) => ({
  clusterName: 'x',
  sparkVersion: '15.4.x-scala2.12',
  nodeTypeId: 'm5d.large',
  numWorkers: 1,
  dataSecurityMode: 'USER_ISOLATION',
  ...spec,
})
const runsAsAna = forRed({ runAs: [ana] })

/** A Databricks in which a job is made of what was sent, or of `settings`, and runs as `runAs`. */
const jobs = (settings: JsonObject = {}, runAs = 'ana@example.com') => {
  let sent: JsonObject = settings
  return ({ call, body }: Called): JsonObject => {
    if (call.endsWith('jobs/create')) {
      sent = body ?? {}
      return { job_id: 7 }
    }
    return call.endsWith('jobs/get') ? { job_id: 7, settings: sent, run_as_user_name: runAs } : {}
  }
}

describe('an object of another namespace', () => {
  it('is made when the workspace lends what it wants', async () => {
    const { pass, writes, stalled } = await tenant({
      kind: 'JobSpec',
      spec: job(),
      access: [runsAsAna],
      answer: jobs(),
    })
    await pass()
    expect(stalled()).toBeUndefined()
    expect(writes()).toMatchObject([
      { call: 'POST /api/2.2/jobs/create', body: { run_as: { user_name: 'ana@example.com' } } },
    ])
  })

  it('is made when its namespace has the label', async () => {
    const access = [{ namespaces: { selector: { matchLabels: { lake: 'yes' } } }, runAs: [ana] }]
    const wants = { kind: 'JobSpec', spec: job(), access, answer: jobs() }
    expect(await refusedUnseen({ ...wants, labels: { lake: 'no' } })).toContain('AccessDenied: ')
    const { pass, writes } = await tenant({ ...wants, labels: { lake: 'yes' } })
    await pass()
    expect(writes()).toHaveLength(1)
  })

  it.each<[string, Omit<Tenancy, 'access'> & { access?: object[] }, RegExp]>([
    [
      'that nobody gave access',
      { kind: 'JobSpec', spec: job(), access: [] },
      /^AccessDenied: .*namespace red/,
    ],
    [
      'whose kind is not listed',
      {
        kind: 'CatalogGrant',
        spec: {
          securables: [{ type: 'catalog', name: 'main' }],
          grants: [{ principal: 'red', privileges: ['SELECT'] }],
        },
      },
      /^AccessDenied: .*CatalogGrant/,
    ],
    [
      'that names nobody to run as',
      { kind: 'JobSpec', spec: { ...job(), runAs: undefined } },
      /^RunAsRequired: runAs/,
    ],
    [
      'that runs as us',
      { kind: 'JobSpec', spec: { ...job(), runAs: { userName: me } } },
      /^RunAsRequired: runAs/,
    ],
    [
      'that runs as us in capitals',
      { kind: 'JobSpec', spec: { ...job(), runAs: { userName: me.toUpperCase() } } },
      /^RunAsRequired: runAs/,
    ],
    [
      'that runs as us although we are listed',
      {
        kind: 'JobSpec',
        spec: { ...job(), runAs: { servicePrincipalName: me } },
        access: [forRed({ runAs: [{ servicePrincipalName: me }] })],
      },
      /^RunAsRequired: runAs/,
    ],
    [
      'that runs as somebody else',
      { kind: 'JobSpec', spec: { ...job(), runAs: { userName: 'ben@example.com' } } },
      /^AccessDenied: runAs: ben@example\.com/,
    ],
    [
      'whose cluster is dedicated to nobody',
      { kind: 'DatabricksCluster', spec: cluster({ dataSecurityMode: 'SINGLE_USER' }) },
      /^RunAsRequired: dataSecurityMode SINGLE_USER/,
    ],
    [
      'whose cluster Databricks may dedicate',
      { kind: 'DatabricksCluster', spec: cluster({ dataSecurityMode: undefined }) },
      /^RunAsRequired: a manifest without dataSecurityMode and singleUserName/,
    ],
    [
      'whose cluster is dedicated to us',
      {
        kind: 'DatabricksCluster',
        spec: cluster({ dataSecurityMode: 'DATA_SECURITY_MODE_DEDICATED', singleUserName: me }),
      },
      /^RunAsRequired: singleUserName/,
    ],
    [
      'that takes up what exists',
      { kind: 'JobSpec', spec: { ...job(), management: { externalId: '7' } } },
      /^AccessDenied: management\.externalId/,
    ],
    [
      'that runs on a cluster of others',
      { kind: 'JobSpec', spec: job({ existingClusterId: '0923-1' }) },
      /^AccessDenied: tasks\[a\]\.existingClusterId: 0923-1/,
    ],
    [
      'that reads secrets of others',
      { kind: 'DatabricksCluster', spec: cluster({ sparkConf: { a: '{{ secrets/blue/k }}' } }) },
      /^AccessDenied: sparkConf\.a: blue/,
    ],
    [
      'that grants where nothing is listed',
      {
        kind: 'CatalogGrant',
        spec: {
          securables: [{ type: 'schema', name: 'main.silver' }],
          grants: [{ principal: 'red', privileges: ['SELECT'] }],
        },
        access: [forRed({ kinds: ['CatalogGrant'] })],
      },
      /^AccessDenied: .*schema main\.silver/,
    ],
  ])('%s is refused before anything is asked', async (_what, tenancy, says) => {
    expect(await refusedUnseen({ access: [runsAsAna], ...tenancy })).toMatch(says)
  })

  it('is told nothing of a workspace that is not for it', async () => {
    const { pass, stalled } = await tenant({ kind: 'JobSpec', spec: job(), access: [] })
    await pass()
    expect(stalled()?.message).not.toMatch(/dbc-1|databricks\.com|token/)
  })
})

const shared = (status: object = {}) =>
  anObject(
    { name: 'shared', namespace: 'red' },
    {
      spec: { workspaceRef: { name: 'default', namespace: 'data' } },
      status: { externalId: '0923-1', ...status },
    },
  )
describe('a reference to an object of the own namespace', () => {
  const wants = (target: KubeTarget): Tenancy => ({
    kind: 'JobSpec',
    spec: job({ clusterRef: { name: 'shared' } }),
    access: [runsAsAna],
    others: { DatabricksCluster: [target] },
    answer: jobs(),
  })
  type KubeTarget = ReturnType<typeof shared>

  it('borrows nothing', async () => {
    const { pass, writes } = await tenant(wants(shared()))
    await pass()
    expect(writes()).toMatchObject([{ body: { tasks: [{ existing_cluster_id: '0923-1' }] } }])
  })

  it('is no way around the gates of what it refers to', async () => {
    const denied = [aCondition('Stalled', { reason: 'AccessDenied' })]
    const { pass, calls } = await tenant(wants(shared({ conditions: denied })))
    expect(await pass()).toMatchObject({ is: 'Waiting', reason: 'ReferenceNotReady' })
    expect(calls).toEqual([])
  })
})

const adopts = (settings: JsonObject, runAs?: string): Tenancy => ({
  kind: 'JobSpec',
  spec: { ...job(), management: { externalId: '7', mode: 'Correct' } },
  access: [forRed({ runAs: [ana], adopt: true })],
  answer: jobs(settings, runAs),
})

describe('what is adopted', () => {
  it('is taken up when it borrows nothing that is not lent', async () => {
    const { pass, stalled, object } = await tenant(adopts({ name: 'old' }))
    await pass()
    expect(stalled()).toBeUndefined()
    expect(object().status).toMatchObject({ externalId: '7', origin: 'Adopted' })
  })

  it.each<{ what: string; settings?: JsonObject; runAs?: string; says: RegExp }>([
    { what: 'runs as us', runAs: me, says: /^RunAsRequired: .*runAs/ },
    { what: 'runs as somebody else', runAs: 'ben@example.com', says: /^AccessDenied: .*ben@example\.com/ },
    { what: 'runs as nobody whom we know', runAs: '', says: /^RunAsRequired: / },
    {
      what: 'uses what is not lent',
      settings: { tasks: [{ task_key: 'old', existing_cluster_id: '0923-1' }] },
      says: /^AccessDenied: .*tasks\[old\]\.existingClusterId: 0923-1/,
    },
  ])('is left alone when it $what', async ({ settings = {}, runAs, says }) => {
    const { pass, writes, stalled, object } = await tenant(adopts(settings, runAs))
    await pass()
    expect(`${stalled()?.reason}: ${stalled()?.message}`).toMatch(says)
    expect(writes()).toEqual([])
    expect(object().status).not.toHaveProperty('externalId')
  })
})

describe('a correction', () => {
  it('does not carry along what somebody else has set and the workspace does not lend', async () => {
    const settings = {
      name: 'x',
      run_as: { user_name: 'ana@example.com' },
      tasks: [{ task_key: 'a', existing_cluster_id: '0923-1', max_retries: 5 }],
    }
    const { pass, writes, stalled } = await tenant({
      kind: 'JobSpec',
      spec: job({ maxRetries: 1 }),
      access: [runsAsAna],
      status: { observedGeneration: 1, externalId: '7', origin: 'Created', workspaceId },
      answer: jobs(settings),
    })
    await pass()
    expect(stalled()).toMatchObject({
      reason: 'AccessDenied',
      message: expect.stringContaining('existingClusterId: 0923-1') as string,
    })
    expect(writes()).toEqual([])
  })
})

/** A Databricks in which a cluster is on its way. */
const clusters: Tenancy['answer'] = ({ call }) => {
  if (call.endsWith('clusters/create')) return { cluster_id: '1' }
  return call.endsWith('clusters/get') ? { state: 'PENDING', cluster_source: 'API' } : {}
}

describe('the policy that a workspace gives to every new cluster', () => {
  const wants: Tenancy = {
    kind: 'DatabricksCluster',
    spec: cluster(),
    access: [forRed()],
    terms: { defaults: { policyId: 'ABC' } },
    answer: clusters,
  }

  it('comes without being listed', async () => {
    const { pass, writes, stalled } = await tenant(wants)
    await pass()
    expect(stalled()).toBeUndefined()
    expect(writes()).toMatchObject([{ body: { policy_id: 'ABC' } }])
  })

  it('is not for a manifest to name', async () => {
    expect(await refusedUnseen({ ...wants, spec: cluster({ policyId: 'ABC' }) })).toMatch(
      /^AccessDenied: policyId: ABC/,
    )
  })
})

describe('access that is withdrawn', () => {
  const wants: Tenancy = { kind: 'JobSpec', spec: job(), access: [runsAsAna], answer: jobs() }

  it('stops every call for what exists, from the moment it is', async () => {
    const { pass, lend, calls, stalled } = await tenant(wants)
    await pass()
    lend([])
    calls.length = 0
    await pass()
    expect(calls).toEqual([])
    expect(stalled()).toMatchObject({ reason: 'AccessDenied' })
    lend([runsAsAna])
    await pass()
    expect(stalled()).toBeUndefined()
  })

  it('does not keep what exists from being deleted', async () => {
    const { pass, lend, writes, delete: remove, object } = await tenant(wants)
    await pass()
    lend([])
    await pass()
    remove()
    await pass()
    expect(writes().map(({ call }) => call)).toEqual([
      'POST /api/2.2/jobs/create',
      'POST /api/2.2/jobs/delete',
    ])
    expect(object().metadata.finalizers).toEqual([])
  })
})

const rival = (namespace: string) =>
  anObject(
    { name: 'rival', namespace, creationTimestamp: '2025-01-01T00:00:00Z' },
    { spec: { workspaceRef: { name: 'default', namespace: 'data' }, management: { externalId: '7' } } },
  )

describe('an object that may not use the workspace', () => {
  it('keeps nobody from taking up what it names', async () => {
    const wants: Tenancy = {
      kind: 'JobSpec',
      spec: { ...job(), management: { externalId: '7' } },
      access: [forRed({ runAs: [ana], adopt: true })],
      answer: jobs(),
    }
    const blocked = await tenant({ ...wants, others: { JobSpec: [rival('data')] } })
    await blocked.pass()
    expect(blocked.stalled()).toMatchObject({ reason: 'AlreadyClaimed' })
    const free = await tenant({ ...wants, others: { JobSpec: [rival('green')] } })
    await free.pass()
    expect(free.stalled()).toBeUndefined()
  })
})
