import { describe, expect, it } from 'vitest'
import { formatJson } from '../../src/databricks/json.ts'
import { workspace, type Answer, type Client } from './harness.ts'

const spec = { spark_version: '15.4.x-scala2.12', node_type_id: 'm5d.large', num_workers: 1 }
const scim = '/api/2.0/preview/scim/v2'
const catalog = '/api/2.1/unity-catalog'
const library = { pypi: { package: 'simplejson' } }

/** Ids of one thing of every kind. */
interface World {
  readonly job: bigint
  readonly run: bigint
  readonly cluster: string
  readonly policy: string
  readonly pool: string
  readonly user: string
  readonly group: string
}

const id = async (answer: Promise<Answer>, member: string) => (await answer).text(member)

async function furnish({ post }: Client): Promise<World> {
  const task = { task_key: 'a', notebook_task: { notebook_path: '/a' } }
  const job = BigInt(await id(post('/api/2.2/jobs/create', { name: 'before', tasks: [task] }), 'job_id'))
  const cluster = await id(post('/api/2.1/clusters/create', spec), 'cluster_id')
  await post('/api/2.0/libraries/install', { cluster_id: cluster, libraries: [library] })
  const pool = { instance_pool_name: 'before', node_type_id: 'm5d.large' }
  return {
    job,
    run: BigInt(await id(post('/api/2.2/jobs/run-now', { job_id: job }), 'run_id')),
    cluster,
    policy: await id(
      post('/api/2.0/policies/clusters/create', { name: 'before', definition: '{}' }),
      'policy_id',
    ),
    pool: await id(post('/api/2.0/instance-pools/create', pool), 'instance_pool_id'),
    user: await id(post(`${scim}/Users`, { userName: 'eve@example.com' }), 'id'),
    group: await id(post(`${scim}/Groups`, { displayName: 'before' }), 'id'),
  }
}

/** What shows the state of each part. */
const reads = ({ job, run, cluster, policy, pool, user, group }: World): string[] => [
  `/api/2.2/jobs/get?job_id=${job}`,
  `/api/2.2/jobs/list?name=before`,
  `/api/2.2/jobs/runs/get?run_id=${run}`,
  `/api/2.0/permissions/jobs/${job}`,
  `/api/2.1/clusters/get?cluster_id=${cluster}`,
  '/api/2.1/clusters/list',
  `/api/2.0/libraries/cluster-status?cluster_id=${cluster}`,
  `/api/2.0/policies/clusters/get?policy_id=${policy}`,
  `/api/2.0/instance-pools/get?instance_pool_id=${pool}`,
  `${scim}/Users/${user}`,
  `${scim}/Groups/${group}`,
  `${catalog}/permissions/schema/main.silver`,
  `${catalog}/catalogs/main`,
]

/** Something that changes each of them. */
async function change(
  client: Client,
  { job, run, cluster, policy, pool, user, group }: World,
): Promise<void> {
  const { post, put, patch } = client
  await put(`/api/2.0/permissions/jobs/${job}`, {
    access_control_list: [{ user_name: 'ben@example.com', permission_level: 'IS_OWNER' }],
  })
  await post('/api/2.2/jobs/runs/cancel', { run_id: run })
  await post('/api/2.2/jobs/update', { job_id: job, new_settings: { name: 'after' } })
  await post('/api/2.1/clusters/delete', { cluster_id: cluster })
  await post('/api/2.1/clusters/create', spec)
  await post('/api/2.0/libraries/uninstall', { cluster_id: cluster, libraries: [library] })
  await post('/api/2.0/policies/clusters/delete', { policy_id: policy })
  await post('/api/2.0/instance-pools/delete', { instance_pool_id: pool })
  const renamed = {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'replace', path: 'displayName', value: 'Eve' }],
  }
  await patch(`${scim}/Users/${user}`, renamed)
  await client.delete(`${scim}/Groups/${group}`)
  await patch(`${catalog}/permissions/schema/main.silver`, {
    changes: [{ principal: 'analysts', add: ['SELECT'] }],
  })
  await patch(`${catalog}/catalogs/main`, { owner: 'ben@example.com' })
}

describe('a state that is put back', () => {
  it('is the former one for every API', async () => {
    const client = await workspace()
    const world = await furnish(client)
    const paths = reads(world)
    const look = () =>
      Promise.all(paths.map(async (path) => `${path} ${formatJson((await client.get(path)).body)}`))
    const before = await look()
    await client.control('PUT', 'snapshots/before')
    await change(client, world)
    const after = await look()
    expect(after.filter((text) => before.includes(text))).toEqual([])
    await client.control('POST', 'snapshots/before/restore')
    expect(await look()).toEqual(before)
  })

  it('goes on in time as it would have', async () => {
    const client = await workspace()
    const { run, cluster } = await furnish(client)
    await client.control('PUT', 'snapshots/before')
    const states = async () => {
      const running = await client.get(`/api/2.1/clusters/get?cluster_id=${cluster}`)
      const ran = await client.get(`/api/2.2/jobs/runs/get?run_id=${run}`)
      return [running.at('state'), ran.at('state.life_cycle_state')]
    }
    await client.advance(60)
    const later = await states()
    await client.post('/api/2.1/clusters/delete', { cluster_id: cluster })
    await client.control('POST', 'snapshots/before/restore')
    expect(later).toEqual(['RUNNING', 'TERMINATED'])
    expect(await states()).toEqual(later)
  })
})
