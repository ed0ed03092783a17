import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/databricks/json.ts'
import type { Called } from './door.ts'
import { aFailure, workspaceId } from './fixtures.ts'
import { me, tenant, type Tenancy } from './tenant.ts'

const tags = { 'managed-by': 'lakeward' }
const permissions = {
  clusters: [{ groupName: 'users', permissionLevel: 'CAN_ATTACH_TO' }],
  jobs: [{ userName: 'ana@example.com', permissionLevel: 'CAN_VIEW' }],
}
const cluster = { clusterName: 'x', sparkVersion: '15.4.x-scala2.12', nodeTypeId: 'm5d.large', numWorkers: 1 }

interface Remote {
  /** Rules of the policy that is asked for; absent: it may not be read. */
  policy?: JsonObject
  /** What answers a change of permissions. */
  share?: () => JsonObject | Error
}

/** A Databricks that keeps the one thing that it is sent. */
function keeping({ policy, share = () => ({}) }: Remote = {}) {
  let sent: JsonObject | undefined
  return ({ call, body }: Called): JsonObject | Error => {
    if (call.endsWith('/create')) {
      const { access_control_list: _list, idempotency_token: _token, ...kept } = body ?? {}
      sent = kept
      return { cluster_id: '1', job_id: 7 }
    }
    if (call.includes('/policies/'))
      return policy === undefined
        ? aFailure({ kind: 'Forbidden', status: 403 })
        : { definition: JSON.stringify(policy) }
    if (call.startsWith('PATCH /api/2.0/permissions/')) return share()
    if (call.endsWith('clusters/get')) return { ...sent, state: 'RUNNING', cluster_source: 'API' }
    if (call.endsWith('jobs/get')) return { settings: sent ?? {}, run_as_user_name: me }
    return {}
  }
}

type Answer = NonNullable<Tenancy['answer']>

const own = (
  kind: string,
  spec: object,
  { answer = keeping(), ...defaults }: { answer?: Answer; [name: string]: unknown },
): Tenancy => ({
  kind,
  spec,
  access: [],
  terms: { defaults },
  metadata: { namespace: 'data' },
  answer,
})

const created = async (tenancy: Tenancy): Promise<JsonObject> => {
  const { pass, writes } = await tenant(tenancy)
  await pass()
  return writes()[0]?.body ?? {}
}

describe('a new cluster', () => {
  it('gets what the workspace says where its manifest says nothing', async () => {
    const body = await created(own('DatabricksCluster', cluster, { tags, autoterminationMinutes: 30 }))
    expect(body).toMatchObject({ autotermination_minutes: 30, custom_tags: tags })
  })

  it('stops after an hour unless somebody says otherwise', async () => {
    expect(await created(own('DatabricksCluster', cluster, {}))).toMatchObject({
      autotermination_minutes: 60,
    })
    const never = { ...cluster, autoterminationMinutes: 0 }
    expect(await created(own('DatabricksCluster', never, {}))).toMatchObject({ autotermination_minutes: 0 })
  })

  it('keeps what its manifest says', async () => {
    const spec = {
      ...cluster,
      autoterminationMinutes: 10,
      customTags: { 'managed-by': 'me', a: 'b' },
      policyId: 'OWN',
    }
    const defaults = { tags, autoterminationMinutes: 30, policyId: 'ABC' }
    expect(await created(own('DatabricksCluster', spec, defaults))).toMatchObject({
      autotermination_minutes: 10,
      custom_tags: { 'managed-by': 'me', a: 'b' },
      policy_id: 'OWN',
    })
  })

  it('keeps what its policy says, where that can be read', async () => {
    const rules = {
      autotermination_minutes: { type: 'fixed', value: 20 },
      'custom_tags.managed-by': { type: 'fixed', value: 'policy' },
    }
    const defaults = { tags: { ...tags, a: 'b' }, policyId: 'ABC' }
    const read = await created(
      own('DatabricksCluster', cluster, { ...defaults, answer: keeping({ policy: rules }) }),
    )
    expect(read).toMatchObject({ policy_id: 'ABC', custom_tags: { a: 'b' } })
    expect(read).not.toHaveProperty('autotermination_minutes')
    expect(read['custom_tags']).not.toHaveProperty('managed-by')
    const unread = await created(own('DatabricksCluster', cluster, defaults))
    expect(unread).toMatchObject({ autotermination_minutes: 60, custom_tags: { ...tags, a: 'b' } })
  })

  it('shows no drift of what a default put there, and no write follows', async () => {
    const { pass, writes, object } = await tenant(
      own(
        'DatabricksCluster',
        { ...cluster, customTags: { own: '1' } },
        { tags, autoterminationMinutes: 30 },
      ),
    )
    await pass()
    await pass()
    expect(writes()).toHaveLength(1)
    expect(object().status).toMatchObject({
      defaults: JSON.stringify({ autoterminationMinutes: 30, customTags: tags }),
      drift: { count: 0, unlisted: 0 },
    })
    expect(object().spec).not.toHaveProperty('autoterminationMinutes')
  })
})

const wants = (share?: Remote['share']) =>
  own('DatabricksCluster', cluster, {
    permissions,
    answer: keeping(share === undefined ? {} : { share }),
  })

describe('permissions of a new cluster', () => {
  it('are given right after it is made', async () => {
    const { pass, writes, object } = await tenant(wants())
    await pass()
    expect(writes().map(({ call }) => call)).toEqual([
      'POST /api/2.1/clusters/create',
      'PATCH /api/2.0/permissions/clusters/1',
    ])
    expect(writes()[1]?.body).toEqual({
      access_control_list: [{ group_name: 'users', permission_level: 'CAN_ATTACH_TO' }],
    })
    expect(object().status).not.toHaveProperty('attempt')
  })

  it('that could not be given leave the create unfinished, and are given by a later pass', async () => {
    const trouble = { answer: aFailure({ kind: 'Forbidden', status: 403 }) as JsonObject | Error }
    const { pass, writes, object, stalled } = await tenant(wants(() => trouble.answer))
    await pass()
    expect(stalled()).toMatchObject({ reason: 'Forbidden' })
    expect(object().status).toMatchObject({ externalId: '1', attempt: { name: 'x' } })
    trouble.answer = {}
    await pass()
    expect(object().status).toMatchObject({ externalId: '1' })
    expect(object().status).not.toHaveProperty('attempt')
    expect(writes().map(({ call }) => call.split('/').at(-2))).toEqual(['clusters', 'clusters', 'clusters'])
    await pass()
    expect(writes()).toHaveLength(3)
  })

  it('are never given to what existed', async () => {
    const { pass, writes } = await tenant({
      ...wants(),
      status: { observedGeneration: 1, externalId: '1', origin: 'Created', workspaceId },
    })
    await pass()
    expect(writes().filter(({ call }) => call.includes('permissions'))).toEqual([])
  })
})

describe('a new job', () => {
  it('gets tags, an identity and permissions, in the one call that makes it', async () => {
    const runAs = { servicePrincipalName: '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50' }
    const spec = { name: 'x', tags: { own: '1' } }
    expect(await created(own('JobSpec', spec, { tags, runAs, permissions }))).toMatchObject({
      tags: { own: '1', 'managed-by': 'lakeward' },
      run_as: { service_principal_name: runAs.servicePrincipalName },
      access_control_list: [{ user_name: 'ana@example.com', permission_level: 'CAN_VIEW' }],
    })
  })

  it('keeps whom its manifest names', async () => {
    const spec = { name: 'x', runAs: { userName: 'ben@example.com' } }
    const defaults = { runAs: { userName: 'ana@example.com' } }
    expect(await created(own('JobSpec', spec, defaults))).toMatchObject({
      run_as: { user_name: 'ben@example.com' },
    })
  })
})

describe('the default deletion policy', () => {
  it.each([
    ['Retain', undefined, 'Created', 'Retain'],
    ['Retain', 'Delete', 'Created', 'Delete'],
    [undefined, undefined, 'Created', 'Delete'],
    ['Delete', undefined, 'Adopted', 'Retain'],
  ] as const)(
    '%s, with %s in the manifest of what was %s, is %s',
    async (...[deletionPolicy, mine, origin, expected]) => {
      const defaults = deletionPolicy === undefined ? {} : { deletionPolicy }
      const spec = { name: 'x', ...(mine === undefined ? {} : { management: { deletionPolicy: mine } }) }
      const { pass, object } = await tenant({
        ...own('JobSpec', spec, defaults),
        status: { observedGeneration: 1, externalId: '7', origin, workspaceId },
      })
      await pass()
      expect(object().status).toMatchObject({ deletionPolicy: expected })
    },
  )
})
