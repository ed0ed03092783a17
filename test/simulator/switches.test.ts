import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/databricks/json.ts'
import { usualSwitches, type Switches } from '../../src/simulator/switches.ts'
import { workspace, type Answer, type Client } from './harness.ts'
import { after, getRun, order, runNow, stateOf, task } from './run-steps.ts'

const cluster = { spark_version: '15.4.x-scala2.12', node_type_id: 'm5d.large', num_workers: 1 }
const catalog = '/api/2.1/unity-catalog'

async function createCluster({ post, get }: Client, more: object = {}): Promise<Answer> {
  const created = await post('/api/2.1/clusters/create', { ...cluster, ...more })
  if (created.status !== 200) return created
  return get(`/api/2.1/clusters/get?cluster_id=${created.text('cluster_id')}`)
}

async function createJob({ post, get }: Client, settings: object): Promise<Answer> {
  const created = await post('/api/2.2/jobs/create', settings)
  return get(`/api/2.2/jobs/get?job_id=${created.text('job_id')}`)
}

/** What an update of a cluster answers under a policy that fixes a tag. */
async function updateUnderPolicy(client: Client, update: object): Promise<{ id: string; status: number }> {
  const definition = JSON.stringify({ 'custom_tags.cost': { type: 'fixed', value: '7' } })
  const policy = await client.post('/api/2.0/policies/clusters/create', { name: 'p', definition })
  const policed = { policy_id: policy.text('policy_id'), apply_policy_default_values: true }
  const id = (await createCluster(client, policed)).text('cluster_id')
  await client.advance(60)
  const { status } = await client.post('/api/2.1/clusters/update', { cluster_id: id, ...update })
  return { id, status }
}

/** The settings of a job that runs another one. */
const calling = (job: Answer): object => ({
  tasks: [{ task_key: 'a', run_job_task: { job_id: job.at('job_id') } }],
})

/** One switch in another position, and what a client then sees of it that it does not see otherwise. */
interface Case {
  /** What must hold in both positions for a client to see a difference. */
  readonly given?: Partial<Switches>
  readonly other: Partial<Switches>
  readonly look: (client: Client) => Promise<unknown>
  readonly usual: unknown
  readonly seen: unknown
}

const cases: Case[] = [
  {
    other: { removableRunAs: true },
    look: async (client) => {
      const job = await createJob(client, { run_as: { user_name: 'ana@example.com' } })
      const job_id = job.at('job_id')
      await client.post('/api/2.2/jobs/update', { job_id, fields_to_remove: ['run_as'] })
      return (await client.get(`/api/2.2/jobs/get?job_id=${job.text('job_id')}`)).at('settings.run_as')
    },
    usual: { user_name: 'ana@example.com' },
    seen: undefined,
  },
  {
    other: { showWorkersWhileScaling: true },
    look: async (client) => {
      const size = { num_workers: undefined, autoscale: { min_workers: 2, max_workers: 4 } }
      return (await createCluster(client, size)).at('num_workers')
    },
    usual: undefined,
    seen: 2,
  },
  {
    other: { allPrivilegesRead: 'Each' },
    look: async (client) => {
      const path = `${catalog}/permissions/table/main.silver.orders`
      const changes = [{ principal: 'data engineers', add: ['ALL_PRIVILEGES', 'MANAGE'] }]
      await client.patch(path, { changes })
      const all = (await client.get(path)).list('privilege_assignments')
      return all.find((one) => one.at('principal') === 'data engineers')?.at('privileges')
    },
    usual: ['ALL_PRIVILEGES', 'MANAGE'],
    seen: ['APPLY_TAG', 'MANAGE', 'MODIFY', 'SELECT'],
  },
  {
    other: { specShowsOthersEdits: false },
    look: async (client) => {
      const id = (await createCluster(client)).text('cluster_id')
      await client.advance(60)
      const edit = { cluster_id: id, ...cluster, autotermination_minutes: 30 }
      await client.as('ana@example.com').post('/api/2.1/clusters/edit', edit)
      const { body } = await client.get(`/api/2.1/clusters/get?cluster_id=${id}`)
      return body
    },
    usual: expect.objectContaining({
      autotermination_minutes: 30,
      spec: expect.objectContaining({ autotermination_minutes: 30 }),
    }),
    seen: expect.objectContaining({
      autotermination_minutes: 30,
      spec: expect.not.objectContaining({ autotermination_minutes: 30 }),
    }),
  },
  {
    other: { updateRefillsPolicy: false },
    look: async (client) => {
      const update = { update_mask: 'custom_tags', cluster: { custom_tags: { team: 'red' } } }
      return (await updateUnderPolicy(client, update)).status
    },
    usual: 200,
    seen: 400,
  },
  {
    other: { updateKeepsPolicyFlag: false },
    look: async (client) => {
      const { id } = await updateUnderPolicy(client, { update_mask: 'autotermination_minutes' })
      const { body } = await client.get(`/api/2.1/clusters/get?cluster_id=${id}`)
      return (body as { spec: JsonObject }).spec['apply_policy_default_values']
    },
    usual: true,
    seen: undefined,
  },
  {
    other: { echoRunAs: false },
    look: async (client) => {
      const { body } = await createJob(client, { run_as: { user_name: 'ana@example.com' } })
      return body
    },
    usual: expect.objectContaining({
      run_as_user_name: 'ana@example.com',
      settings: expect.objectContaining({ run_as: { user_name: 'ana@example.com' } }),
    }),
    seen: expect.objectContaining({
      run_as_user_name: 'ana@example.com',
      settings: expect.not.objectContaining({ run_as: expect.anything() }),
    }),
  },
  {
    other: { takenNameCode: 'RESOURCE_ALREADY_EXISTS' },
    look: async ({ post }) => {
      const policy = { name: 'same', definition: '{}' }
      await post('/api/2.0/policies/clusters/create', policy)
      return (await post('/api/2.0/policies/clusters/create', policy)).at('error_code')
    },
    usual: 'INVALID_PARAMETER_VALUE',
    seen: 'RESOURCE_ALREADY_EXISTS',
  },
  {
    other: { limitTagTexts: false },
    look: async (client) => (await createCluster(client, { custom_tags: { 'a;b': 'c' } })).status,
    usual: 400,
    seen: 200,
  },
  {
    other: { limitInitScripts: false },
    look: async (client) => {
      const script = { workspace: { destination: '/a.sh' } }
      return (await createCluster(client, { init_scripts: Array.from({ length: 11 }, () => script) })).status
    },
    usual: 400,
    seen: 200,
  },
  {
    other: { fillDeltaPreview: true },
    look: async (client) => (await createCluster(client)).at('spark_conf'),
    usual: undefined,
    seen: { 'spark.databricks.delta.preview.enabled': 'true' },
  },
  {
    other: { fillRuntimeEngine: true },
    look: async (client) => (await createCluster(client)).at('runtime_engine'),
    usual: undefined,
    seen: 'STANDARD',
  },
  {
    other: { showDockerUser: false },
    look: async (client) => {
      const docker_image = { url: 'registry/x', basic_auth: { username: 'u', password: 'p' } }
      return (await createCluster(client, { docker_image })).at('docker_image.basic_auth')
    },
    usual: { username: 'u' },
    seen: undefined,
  },
  {
    other: { fillTaskWebhookNotifications: true },
    look: async (client) => {
      return (await createJob(client, { tasks: [task('a')] })).at('settings.tasks.0.webhook_notifications')
    },
    usual: undefined,
    seen: {},
  },
  {
    other: { namelessJob: 'New job' },
    look: async (client) => (await createJob(client, {})).at('settings.name'),
    usual: 'Untitled',
    seen: 'New job',
  },
  {
    other: { unknownPrincipalStatus: 400 },
    look: async ({ patch }) => {
      const changes = [{ principal: 'nobody@example.com', add: ['SELECT'] }]
      return (await patch(`${catalog}/permissions/schema/main.silver`, { changes })).status
    },
    usual: 404,
    seen: 400,
  },
  {
    other: { unknownSecurableCode: 'RESOURCE_DOES_NOT_EXIST' },
    look: async ({ get }) => (await get(`${catalog}/schemas/main.nope`)).at('error_code'),
    usual: 'SCHEMA_DOES_NOT_EXIST',
    seen: 'RESOURCE_DOES_NOT_EXIST',
  },
  {
    other: { notEmptyStatus: 409 },
    look: async (client) => (await client.delete(`${catalog}/schemas/main.silver`)).status,
    usual: 400,
    seen: 409,
  },
  {
    other: { pinnedClusterCode: 'INVALID_STATE' },
    look: async (client) => {
      const cluster_id = (await createCluster(client)).text('cluster_id')
      await client.post('/api/2.1/clusters/pin', { cluster_id })
      return (await client.post('/api/2.1/clusters/permanent-delete', { cluster_id })).at('error_code')
    },
    usual: 'INVALID_PARAMETER_VALUE',
    seen: 'INVALID_STATE',
  },
  {
    other: { mostJobs: 1, jobQuotaStatus: 429 },
    look: async ({ post }) => (await post('/api/2.2/jobs/create', {})).status,
    usual: 200,
    seen: 429,
  },
  {
    other: { inapplicablePrivilegeCode: 'BAD_REQUEST' },
    look: async ({ patch }) => {
      const changes = [{ principal: 'ben@example.com', add: ['EXECUTE_SOMETHING'] }]
      return (await patch(`${catalog}/permissions/schema/main.silver`, { changes })).at('error_code')
    },
    usual: 'INVALID_PARAMETER_VALUE',
    seen: 'BAD_REQUEST',
  },
  {
    given: { unityCatalog: 'NoMetastore' },
    other: { noMetastoreStatus: 400 },
    look: async ({ get }) => {
      const refused = await get(`${catalog}/schemas/main.silver`)
      return [refused.status, refused.at('error_code')]
    },
    usual: [404, 'METASTORE_DOES_NOT_EXIST'],
    seen: [400, 'METASTORE_DOES_NOT_EXIST'],
  },
  {
    other: { policyViolationCode: 'BAD_REQUEST' },
    look: async (client) => {
      const definition = JSON.stringify({ num_workers: { type: 'range', maxValue: 0 } })
      const policy = await client.post('/api/2.0/policies/clusters/create', { name: 'small', definition })
      const refused = await createCluster(client, { policy_id: policy.text('policy_id') })
      return [refused.status, refused.at('error_code')]
    },
    usual: [400, 'INVALID_PARAMETER_VALUE'],
    seen: [400, 'BAD_REQUEST'],
  },
  {
    other: { clusterQuotaCode: 'INVALID_PARAMETER_VALUE' },
    look: async (client) => {
      const policy = { name: 'none', definition: '{}', max_clusters_per_user: 0 }
      const created = await client.post('/api/2.0/policies/clusters/create', policy)
      return (await createCluster(client, { policy_id: created.text('policy_id') })).at('error_code')
    },
    usual: 'QUOTA_EXCEEDED',
    seen: 'INVALID_PARAMETER_VALUE',
  },
  {
    other: { refuseResizeWhileResizing: false },
    look: async (client) => {
      const cluster_id = (await createCluster(client)).text('cluster_id')
      await client.advance(30)
      const resize = (num_workers: number) =>
        client.post('/api/2.1/clusters/resize', { cluster_id, num_workers })
      return [(await resize(2)).status, (await resize(3)).status]
    },
    usual: [200, 400],
    seen: [200, 200],
  },
  {
    other: { deletedJobStopsRuns: false },
    look: async (client) => {
      const job_id = BigInt((await createJob(client, { tasks: [task('a')] })).text('job_id'))
      const run = await runNow(client, job_id)
      await client.post('/api/2.2/jobs/delete', { job_id })
      await client.advance(60)
      return stateOf(await getRun(client, run))
    },
    usual: 'TERMINATED/CANCELED',
    seen: 'TERMINATED/SUCCESS',
  },
  {
    other: { updatedParameters: 'MergedByName' },
    look: async (client) => {
      const old = [
        { name: 'a', default: '1' },
        { name: 'b', default: '1' },
      ]
      const job_id = BigInt((await createJob(client, { parameters: old })).text('job_id'))
      const new_settings = {
        parameters: [
          { name: 'b', default: '2' },
          { name: 'c', default: '2' },
        ],
      }
      await client.post('/api/2.2/jobs/update', { job_id, new_settings })
      const read = await client.get(`/api/2.2/jobs/get?job_id=${job_id}`)
      return read.list('settings.parameters').map((one) => `${one.text('name')}=${one.text('default')}`)
    },
    usual: ['b=2', 'c=2'],
    seen: ['a=1', 'b=2', 'c=2'],
  },
  {
    other: { limitTaskKeys: false },
    look: async ({ post }) => {
      const keys = ['a b.c', 'x'.repeat(101)]
      const answers = keys.map((key) => post('/api/2.2/jobs/create', { tasks: [task(key)] }))
      return (await Promise.all(answers)).map(({ status }) => status)
    },
    usual: [400, 400],
    seen: [200, 400],
  },
  {
    other: { unknownObjectTypeCode: 'BAD_REQUEST' },
    look: async ({ get }) => (await get('/api/2.0/permissions/nonsense/1')).at('error_code'),
    usual: 'INVALID_PARAMETER_VALUE',
    seen: 'BAD_REQUEST',
  },
  {
    given: { cloud: 'Azure' },
    other: { azureEnvironmentTag: true },
    look: async (client) => {
      const created = await createCluster(client, { node_type_id: 'Standard_DS3_v2' })
      return created.at('default_tags.DatabricksEnvironment')
    },
    usual: undefined,
    seen: expect.stringMatching(/^workerenv-\d+$/),
  },
  {
    given: { cloud: 'Azure' },
    other: { azureZones: 'Nothing' },
    look: async ({ get }) => (await get('/api/2.1/clusters/list-zones')).body,
    usual: { default_zone: '1', zones: ['1', '2', '3'] },
    seen: {},
  },
  {
    other: { runtimeAliases: 'Everywhere' },
    look: async (client) => {
      const answer = await createCluster(client, { spark_version: 'auto:latest-lts' })
      return [answer.status, answer.at('spark_version'), answer.at('spec.spark_version')]
    },
    usual: [400, undefined, undefined],
    seen: [200, '17.3.x-scala2.13', 'auto:latest-lts'],
  },
  {
    other: { restartWhenNotRunning: 'Nothing' },
    look: async (client) => {
      const created = await createCluster(client)
      const cluster_id = created.text('cluster_id')
      const { status } = await client.post('/api/2.1/clusters/restart', { cluster_id })
      return [created.at('state'), status]
    },
    usual: ['PENDING', 400],
    seen: ['PENDING', 200],
  },
  {
    other: { mostNestedJobs: 1 },
    look: async (client) => {
      const inner = await createJob(client, { tasks: [task('a')] })
      const middle = await createJob(client, calling(inner))
      return (await client.post('/api/2.2/jobs/create', calling(middle))).status
    },
    usual: 200,
    seen: 400,
  },
  {
    other: { passedOverTask: 'SKIPPED' },
    look: async (client) => {
      const job = await createJob(client, { tasks: [task('a'), after('b', ['a'])] })
      await order(client, { taskKey: 'a', result: 'FAILED' })
      const run = await runNow(client, BigInt(job.text('job_id')))
      await client.advance(60)
      return stateOf(await getRun(client, run), 'tasks.1.state')
    },
    usual: 'TERMINATED/UPSTREAM_FAILED',
    seen: 'SKIPPED/UPSTREAM_FAILED',
  },
  {
    other: { hoursInQueue: 1 },
    look: async (client) => {
      await order(client, { result: 'SUCCESS', seconds: 7200 })
      const job = await createJob(client, { tasks: [task('a')], max_concurrent_runs: 1 })
      const job_id = BigInt(job.text('job_id'))
      await runNow(client, job_id)
      const second = await runNow(client, job_id)
      await client.advance(3600)
      return stateOf(await getRun(client, second))
    },
    usual: 'QUEUED',
    seen: 'SKIPPED',
  },
]

describe('a switch in another position', () => {
  it.each(cases)('shows: $other', async ({ given, other, look, usual, seen }) => {
    const switches = { ...usualSwitches, ...given }
    expect(await look(await workspace({ switches }))).toEqual(usual)
    expect(await look(await workspace({ switches: { ...switches, ...other } }))).toEqual(seen)
  })
})

it('a table of a type that does not exist is no table', async () => {
  const { put, get } = await workspace()
  expect((await put('/simulator/tables/main.silver.odd', { tableType: 'VEIW' })).status).toBe(400)
  expect((await get(`${catalog}/tables/main.silver.odd/exists`)).at('table_exists')).toBe(false)
})
