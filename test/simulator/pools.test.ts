import { describe, expect, it } from 'vitest'
import type { Cloud } from '../../src/simulator/clusters/clouds.ts'
import { workspace, type Answer, type Client } from './harness.ts'

const api = '/api/2.0/instance-pools'
const clusters = '/api/2.1/clusters'
const pool = { instance_pool_name: 'warm', node_type_id: 'i3.xlarge' }
const operator = '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50'

const create = async (client: Client, more: object = {}): Promise<string> => {
  const answer = await client.post(`${api}/create`, { ...pool, ...more })
  expect(answer).toMatchObject({ status: 200 })
  return answer.text('instance_pool_id')
}
const read = (client: Client, id: string) => client.get(`${api}/get?instance_pool_id=${id}`)
const stats = async (client: Client, id: string) => (await read(client, id)).at('stats')
const start = (client: Client, instance_pool_id: string, more: object = {}): Promise<Answer> =>
  client.post(`${clusters}/create`, {
    spark_version: '15.4.x-scala2.12',
    num_workers: 2,
    instance_pool_id,
    ...more,
  })
const clusterOf = (client: Client, answer: Answer) =>
  client.get(`${clusters}/get?cluster_id=${answer.text('cluster_id')}`)
const missing = (id: string) => ({
  status: 404,
  body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: `Can't find an instance pool with id: ${id}.` },
})
const refused = (text: string) => ({
  status: 400,
  body: { error_code: 'INVALID_PARAMETER_VALUE', message: expect.stringContaining(text) as string },
})

describe('the life of a pool', () => {
  it('is usable at once and reads back with everything filled', async () => {
    const client = await workspace()
    const id = await create(client, { aws_attributes: { zone_id: 'auto' } })
    expect(id).toMatch(/^0903-101530-[a-z0-9]{6}-pool-[a-z0-9]{8}$/)
    const described = {
      ...pool,
      instance_pool_id: id,
      min_idle_instances: 0,
      idle_instance_autotermination_minutes: 60,
      enable_elastic_disk: true,
      aws_attributes: { availability: 'SPOT', zone_id: 'us-east-1c', spot_bid_price_percent: 100 },
      default_tags: {
        Vendor: 'Databricks',
        InstancePoolCreator: operator,
        InstancePoolName: 'warm',
        InstancePoolId: id,
      },
      state: 'ACTIVE',
      stats: { used_count: 0, idle_count: 0, pending_used_count: 0, pending_idle_count: 0 },
      status: {},
    }
    expect((await read(client, id)).body).toEqual(described)
    expect((await client.get(`${api}/list`)).body).toEqual({ instance_pools: [described] })
  })

  it('changes what can be changed: the rest of it stays, and what is left out goes back to its default', async () => {
    const client = await workspace()
    const id = await create(client, { max_capacity: 9, custom_tags: { a: '1' }, enable_elastic_disk: false })
    const edit = (more: object) => client.post(`${api}/edit`, { ...pool, instance_pool_id: id, ...more })
    expect((await edit({ instance_pool_name: 'hot', min_idle_instances: 2 })).body).toEqual({})
    const after = await read(client, id)
    expect(after.body).toMatchObject({
      instance_pool_name: 'hot',
      min_idle_instances: 2,
      enable_elastic_disk: false,
    })
    expect([after.at('max_capacity'), after.at('custom_tags')]).toEqual([undefined, undefined])
    expect(await edit({ node_type_id: 'm5d.large' })).toMatchObject(refused('cannot be changed'))
  })

  it('is gone after its deletion', async () => {
    const client = await workspace()
    const id = await create(client)
    expect((await client.post(`${api}/delete`, { instance_pool_id: id })).body).toEqual({})
    expect(await read(client, id)).toMatchObject(missing(id))
    expect(await client.post(`${api}/delete`, { instance_pool_id: id })).toMatchObject(missing(id))
    expect((await client.get(`${api}/list`)).body).toEqual({})
  })

  it.each<[string, object, string]>([
    ['an empty name', { instance_pool_name: '' }, '1 to 100 characters'],
    ['a name that is taken', { instance_pool_name: 'taken' }, 'already exists'],
    ['unknown machines', { node_type_id: 'huge' }, 'Node type huge is not supported'],
    [
      'more machines ready than there may be',
      { min_idle_instances: 3, max_capacity: 2 },
      'min_idle_instances',
    ],
    ['two runtimes', { preloaded_spark_versions: ['15.4.x-scala2.12', '16.4.x-scala2.12'] }, 'at most one'],
    ['an unknown runtime', { preloaded_spark_versions: ['1.x'] }, 'Invalid spark version 1.x'],
    ["another cloud's settings", { azure_attributes: {} }, 'azure_attributes cannot be set'],
    [
      '46 tags',
      { custom_tags: Object.fromEntries(Array.from({ length: 46 }, (_, n) => [`t${n}`, 'x'])) },
      'At most 45',
    ],
  ])('is refused with %s', async (_what, more, text) => {
    const client = await workspace()
    await create(client, { instance_pool_name: 'taken' })
    expect(await client.post(`${api}/create`, { ...pool, ...more })).toMatchObject(refused(text))
  })

  it.each<[Cloud, string, object]>([
    ['Azure', 'Standard_DS3_v2', { azure_attributes: { availability: 'ON_DEMAND_AZURE' } }],
    [
      'GCP',
      'n2-standard-4',
      { max_capacity: 1000, gcp_attributes: { gcp_availability: 'ON_DEMAND_GCP', zone_id: 'us-central1-a' } },
    ],
  ])('fills what %s fills', async (cloud, node_type_id, filled) => {
    const client = await workspace({ switches: { cloud } })
    const id = await create(client, { node_type_id })
    expect((await read(client, id)).body).toMatchObject(filled)
    const cluster = await clusterOf(client, await start(client, id))
    expect(cluster.at('node_type_id')).toBe(node_type_id)
  })

  it('is there for administrators and those who were let in', async () => {
    const client = await workspace()
    const id = await create(client)
    const ben = client.as('ben@example.com')
    expect((await ben.post(`${api}/create`, { ...pool, instance_pool_name: 'own' })).status).toBe(403)
    expect((await read(ben, id)).status).toBe(403)
    expect((await ben.get(`${api}/list`)).body).toEqual({})
    expect((await start(ben, id)).status).toBe(403)
    const access_control_list = [{ user_name: 'ben@example.com', permission_level: 'CAN_ATTACH_TO' }]
    await client.patch(`/api/2.0/permissions/instance-pools/${id}`, { access_control_list })
    expect((await start(ben, id)).status).toBe(200)
    expect((await ben.post(`${api}/delete`, { instance_pool_id: id })).status).toBe(403)
  })
})

describe('clusters of a pool', () => {
  it('get their machines from it', async () => {
    const client = await workspace()
    const id = await create(client, { enable_elastic_disk: false })
    const big = await create(client, { instance_pool_name: 'big', node_type_id: 'i3.4xlarge' })
    const aws_attributes = { instance_profile_arn: 'arn:aws:iam::1:instance-profile/x' }
    const answer = await start(client, id, { driver_instance_pool_id: big, aws_attributes })
    const cluster = await clusterOf(client, answer)
    expect(cluster.body).toMatchObject({
      node_type_id: 'i3.xlarge',
      driver_node_type_id: 'i3.4xlarge',
      driver_instance_pool_id: big,
      enable_elastic_disk: false,
      aws_attributes: { ...aws_attributes, availability: 'SPOT', zone_id: 'us-east-1c' },
    })
    expect(cluster.at('spec.node_type_id')).toBeUndefined()
    await client.advance(30)
    expect((await clusterOf(client, answer)).at('cluster_cores')).toBe(16 + 2 * 4)
    const plain = await clusterOf(client, await start(client, id))
    expect(plain.at('driver_instance_pool_id')).toBe(id)
  })

  it.each<[string, object, string]>([
    [
      'machines of their own',
      { node_type_id: 'm5d.large' },
      "The field 'node_type_id' cannot be supplied when an instance pool ID is provided.",
    ],
    ['a driver of its own', { driver_node_type_id: 'm5d.large' }, "The field 'driver_node_type_id' cannot"],
    ['a pool that is not there', { instance_pool_id: 'x' }, "Can't find an instance pool with id: x."],
    [
      'a driver from a pool that is not there',
      { driver_instance_pool_id: 'x' },
      "Can't find an instance pool with id: x.",
    ],
    [
      'a driver from a pool, and no workers from one',
      { instance_pool_id: undefined, driver_instance_pool_id: 'x', node_type_id: 'm5d.large' },
      'together with instance_pool_id',
    ],
  ])('cannot have %s', async (_what, more, text) => {
    const client = await workspace()
    const answer = await start(client, await create(client), more)
    expect(answer).toMatchObject(refused(text))
  })

  it('in jobs read back as they were sent, so that sending that again is legal', async () => {
    const client = await workspace()
    const new_cluster = {
      spark_version: '15.4.x-scala2.12',
      num_workers: 1,
      instance_pool_id: await create(client),
    }
    const settings = {
      name: 'j',
      tasks: [{ task_key: 't', notebook_task: { notebook_path: '/x' }, new_cluster }],
    }
    const created = await client.post('/api/2.2/jobs/create', settings)
    const job_id = created.at('job_id')
    const job = await client.get(`/api/2.2/jobs/get?job_id=${created.text('job_id')}`)
    expect(job.at('settings.tasks.0.new_cluster.node_type_id')).toBeUndefined()
    const again = await client.post('/api/2.2/jobs/reset', { job_id, new_settings: job.at('settings') })
    expect(again.status).toBe(200)
  })

  it('count as used, and what is ready is fetched in a while', async () => {
    const client = await workspace()
    const id = await create(client, { min_idle_instances: 5, max_capacity: 7 })
    const none = { used_count: 0, idle_count: 0, pending_used_count: 0, pending_idle_count: 0 }
    expect(await stats(client, id)).toEqual({ ...none, pending_idle_count: 5 })
    await client.advance(30)
    expect(await stats(client, id)).toEqual({ ...none, idle_count: 5 })
    await start(client, id)
    expect(await stats(client, id)).toEqual({ ...none, pending_used_count: 3, idle_count: 4 })
    await client.advance(30)
    expect(await stats(client, id)).toEqual({ ...none, used_count: 3, idle_count: 4 })
  })

  it('do not start or grow beyond its capacity, and not at all without it', async () => {
    const client = await workspace()
    const id = await create(client, { max_capacity: 4 })
    const first = await start(client, id)
    const second = await start(client, id)
    await client.advance(40)
    const failed = (code: string) => ({
      state: 'TERMINATED',
      termination_reason: { code, type: 'CLIENT_ERROR', parameters: { instance_pool_id: id } },
    })
    expect((await clusterOf(client, second)).body).toMatchObject(failed('INSTANCE_POOL_MAX_CAPACITY_REACHED'))
    const cluster_id = first.text('cluster_id')
    await client.post(`${clusters}/resize`, { cluster_id, num_workers: 4 })
    await client.advance(10)
    expect((await clusterOf(client, first)).body).toMatchObject({ state: 'RUNNING', num_workers: 4 })
    const events = await client.post(`${clusters}/events`, { cluster_id })
    expect(events.texts('events', 'type').slice(0, 2)).toEqual(['ADD_NODES_FAILED', 'RESIZING'])
    await client.post(`${api}/delete`, { instance_pool_id: id })
    await client.post(`${clusters}/start`, { cluster_id: second.text('cluster_id') })
    await client.advance(40)
    expect((await clusterOf(client, second)).body).toMatchObject(failed('INSTANCE_POOL_NOT_FOUND'))
  })
})
