import { describe, expect, it } from 'vitest'
import { formatJson } from '../../src/databricks/json.ts'
import type { Cloud } from '../../src/simulator/clusters/clouds.ts'
import { beginning, workspace, type Answer, type Client } from './harness.ts'

const api = '/api/2.1/clusters'
const spec = { spark_version: '15.4.x-scala2.12', node_type_id: 'm5d.large', num_workers: 2 }
const operator = '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50'
const day = 86_400
const place = { destination: '/Volumes/main/bronze/landing/x' }
const script = { volumes: place }

const create = async (client: Client, more: object = {}): Promise<string> => {
  const answer = await client.post(`${api}/create`, { ...spec, ...more })
  expect(answer).toMatchObject({ status: 200 })
  return answer.text('cluster_id')
}
const read = (client: Client, id: string): Promise<Answer> => client.get(`${api}/get?cluster_id=${id}`)
const state = async (client: Client, id: string) => (await read(client, id)).at('state')
const act = (client: Client, verb: string, body: object) => client.post(`${api}/${verb}`, body)
const types = (answer: Answer) => answer.texts('events', 'type')
const missing = (id: string) => ({
  error_code: 'INVALID_PARAMETER_VALUE',
  message: `Cluster ${id} does not exist`,
})

async function running(client: Client, more: object = {}): Promise<string> {
  const id = await create(client, more)
  await client.advance(30)
  expect(await state(client, id)).toBe('RUNNING')
  return id
}

async function terminated(client: Client, more: object = {}): Promise<string> {
  const id = await create(client, more)
  await act(client, 'delete', { cluster_id: id })
  await client.advance(10)
  expect(await state(client, id)).toBe('TERMINATED')
  return id
}

const unexpected = (id: string, title: string) => ({
  status: 400,
  body: { error_code: 'INVALID_STATE', message: `Cluster ${id} is in unexpected state ${title}.` },
})

describe('creating and reading a cluster', () => {
  it('fills in what was left out, and keeps apart what was sent', async () => {
    const client = await workspace()
    const sent = {
      ...spec,
      cluster_name: 'etl',
      data_security_mode: 'DATA_SECURITY_MODE_DEDICATED',
      apply_policy_default_values: true,
    }
    const id = await create(client, sent)
    expect(id).toMatch(/^0903-101530-[a-z0-9]{8}$/)
    expect((await read(client, id)).body).toEqual({
      cluster_id: id,
      cluster_name: 'etl',
      creator_user_name: operator,
      cluster_source: 'API',
      spark_version: '15.4.x-scala2.12',
      node_type_id: 'm5d.large',
      driver_node_type_id: 'm5d.large',
      num_workers: 2,
      autotermination_minutes: 0,
      enable_elastic_disk: false,
      enable_local_disk_encryption: false,
      disk_spec: {},
      init_scripts_safe_mode: false,
      data_security_mode: 'SINGLE_USER',
      single_user_name: operator,
      aws_attributes: {
        first_on_demand: 1,
        availability: 'SPOT_WITH_FALLBACK',
        zone_id: 'us-east-1c',
        spot_bid_price_percent: 100,
        ebs_volume_count: 0,
      },
      default_tags: { Vendor: 'Databricks', Creator: operator, ClusterName: 'etl', ClusterId: id },
      state: 'PENDING',
      state_message: 'Finding instances for new nodes, acquiring more instances if necessary',
      start_time: beginning,
      last_state_loss_time: 0,
      spec: sent,
    })
  })

  it('tells the runtime that the ML flag leads to, where that is switched on', async () => {
    const flags = { kind: 'CLASSIC_PREVIEW', use_ml_runtime: true }
    const client = await workspace()
    const version = async (at: Client, more: object) =>
      (await read(at, await create(at, { ...flags, ...more }))).at('effective_spark_version')
    expect(await version(client, {})).toBe('15.4.x-cpu-ml-scala2.12')
    expect(await version(client, { node_type_id: 'g5.xlarge' })).toBe('15.4.x-gpu-ml-scala2.12')
    const silent = await workspace({ switches: { showEffectiveSparkVersion: false } })
    expect(await version(silent, {})).toBeUndefined()
  })

  it('fills a workload type, and the log status of a cluster that runs', async () => {
    const client = await workspace()
    const more = {
      workload_type: { clients: { jobs: false } },
      cluster_log_conf: { volumes: place },
    }
    const cluster = await read(client, await running(client, more))
    expect(cluster.at('workload_type')).toEqual({ clients: { jobs: false, notebooks: true } })
    expect(cluster.at('cluster_log_status')).toEqual({ last_attempted: beginning + 30_000 })
  })

  it.each<[Cloud, object, object]>([
    ['AWS', {}, { enable_elastic_disk: false, aws_attributes: { availability: 'SPOT_WITH_FALLBACK' } }],
    [
      'Azure',
      { node_type_id: 'Standard_DS3_v2', azure_attributes: { spot_bid_max_price: 0.25 } },
      {
        enable_elastic_disk: true,
        azure_attributes: { availability: 'ON_DEMAND_AZURE', first_on_demand: 1, spot_bid_max_price: 0.25 },
      },
    ],
    [
      'GCP',
      { node_type_id: 'n2-standard-4', remote_disk_throughput: 100 },
      {
        enable_elastic_disk: false,
        gcp_attributes: { zone_id: 'HA', use_preemptible_executors: false, first_on_demand: 1 },
      },
    ],
  ])('fills what %s fills, with its machines and zones', async (cloud, more, filled) => {
    const client = await workspace({ switches: { cloud } })
    const id = await running(client, more)
    const cluster = await read(client, id)
    expect(cluster.body).toMatchObject(filled)
    const blocks = Object.keys(cluster.body as object).filter((name) => name.endsWith('_attributes'))
    expect(blocks).toEqual([`${cloud.toLowerCase()}_attributes`])
    expect(cluster.at('driver.node_aws_attributes') !== undefined).toBe(cloud === 'AWS')
    const zones = await client.get(`${api}/list-zones`)
    expect(zones.at('zones')).toContain(zones.at('default_zone'))
  })

  it('resolves mode aliases at the top level only', async () => {
    const client = await workspace()
    const cluster = await read(
      client,
      await create(client, { data_security_mode: 'DATA_SECURITY_MODE_STANDARD' }),
    )
    expect(cluster.at('data_security_mode')).toBe('USER_ISOLATION')
    expect(cluster.at('single_user_name')).toBeUndefined()
    expect(cluster.at('spec.data_security_mode')).toBe('DATA_SECURITY_MODE_STANDARD')
  })

  it.each([
    ['USER_ISOLATION', {}],
    ['SINGLE_USER', { spark_version: '15.4.x-cpu-ml-scala2.12' }],
    ['SINGLE_USER', { node_type_id: 'g5.xlarge' }],
    ['SINGLE_USER', { use_ml_runtime: true }],
  ])('chooses %s by itself for %j', async (mode, more) => {
    const client = await workspace()
    const auto = { kind: 'CLASSIC_PREVIEW', data_security_mode: 'DATA_SECURITY_MODE_AUTO' }
    const cluster = await read(client, await create(client, { ...auto, ...more }))
    expect(cluster.at('data_security_mode')).toBe(mode)
    expect(cluster.at('spec.data_security_mode')).toBe('DATA_SECURITY_MODE_AUTO')
  })

  it('leaves a zone that was asked for as it is', async () => {
    const client = await workspace()
    const cluster = await read(client, await create(client, { aws_attributes: { zone_id: 'auto' } }))
    expect(cluster.at('aws_attributes')).toMatchObject({
      zone_id: 'auto',
      availability: 'SPOT_WITH_FALLBACK',
    })
  })

  it('sets a tag apart that is named like a default tag', async () => {
    const client = await workspace()
    const custom_tags = { Creator: 'me', team: 'red' }
    const cluster = await read(client, await create(client, { custom_tags }))
    expect(cluster.at('custom_tags')).toEqual({ x_Creator: 'me', team: 'red' })
    expect(cluster.at('spec.custom_tags')).toEqual(custom_tags)
  })

  it('has no number of workers at the top when it scales by itself', async () => {
    const client = await workspace()
    const autoscale = { min_workers: 1, max_workers: 4 }
    const cluster = await read(client, await create(client, { num_workers: undefined, autoscale }))
    expect(cluster.at('autoscale')).toEqual(autoscale)
    expect(cluster.at('num_workers')).toBeUndefined()
  })

  it('shows nodes, cores and context only while they are there', async () => {
    const client = await workspace()
    const id = await running(client)
    const up = await read(client, id)
    expect(up.body).toMatchObject({
      state_message: '',
      jdbc_port: 10_000,
      cluster_cores: 6,
      cluster_memory_mb: 24_576,
    })
    expect(up.list('executors')).toHaveLength(2)
    expect(typeof up.at('spark_context_id')).toBe('bigint')
    expect((await read(client, id)).body).toEqual(up.body)
    await act(client, 'delete', { cluster_id: id })
    const down = await read(client, id)
    expect(['driver', 'executors', 'spark_context_id', 'cluster_cores'].map((name) => down.at(name))).toEqual(
      Array.from({ length: 4 }),
    )
  })

  it('never gives a registry password back', async () => {
    const client = await workspace()
    const docker_image = { url: 'registry/x', basic_auth: { username: 'u', password: 'p4ss' } }
    const id = await create(client, { docker_image })
    const answers = [
      await read(client, id),
      await client.get(`${api}/list`),
      await act(client, 'events', { cluster_id: id }),
    ]
    for (const { body } of answers) expect(formatJson(body)).not.toContain('p4ss')
  })

  it('makes another cluster when create is repeated, with or without a token', async () => {
    const client = await workspace()
    expect(await create(client, { idempotency_token: 't' })).not.toBe(
      await create(client, { idempotency_token: 't' }),
    )
  })

  it('honours a token while its cluster lives, where that is switched on', async () => {
    const client = await workspace({ switches: { clusterIdempotencyToken: 'Honoured' } })
    const id = await create(client, { idempotency_token: 't' })
    expect(await create(client, { idempotency_token: 't' })).toBe(id)
    await act(client, 'delete', { cluster_id: id })
    await client.advance(10)
    expect(await create(client, { idempotency_token: 't' })).not.toBe(id)
  })

  it.each<[string, object, string]>([
    [
      'no size',
      { num_workers: undefined },
      'Cluster validation error: Missing required field: settings.cluster_spec.new_cluster.size',
    ],
    ['two sizes', { autoscale: { min_workers: 1, max_workers: 2 } }, 'Only one of num_workers and autoscale'],
    ['no workers', { num_workers: 0 }, 'NumWorkers could be 0 only for SingleNode clusters'],
    [
      'an empty range',
      { num_workers: undefined, autoscale: { min_workers: 2, max_workers: 2 } },
      'must be greater',
    ],
    ['no runtime', { spark_version: undefined }, 'spark_version'],
    [
      'a runtime that only policies can name so',
      { spark_version: 'auto:latest-lts' },
      'Invalid spark version',
    ],
    ['an unknown runtime', { spark_version: '1.0.x-scala2.11' }, 'Invalid spark version 1.0.x-scala2.11'],
    ['no node type', { node_type_id: undefined }, 'node_type_id'],
    ['an unknown node type', { node_type_id: 'huge' }, 'Node type huge is not supported'],
    [
      'an early end',
      { autotermination_minutes: 5 },
      'autotermination_minutes must be 0 or between 10 and 10000',
    ],
    [
      'an engine named twice',
      { spark_version: '15.4.x-photon-scala2.12', runtime_engine: 'PHOTON' },
      'runtime_engine',
    ],
    [
      '46 tags',
      { custom_tags: Object.fromEntries(Array.from({ length: 46 }, (_, n) => [`t${n}`, 'x'])) },
      'At most 45 custom tags',
    ],
    [
      'a tag with characters that the cloud does not take',
      { custom_tags: { team: 'a;b' } },
      "custom tag 'team'",
    ],
    ['a tag whose value is too long', { custom_tags: { team: 'x'.repeat(256) } }, 'longer than'],
    [
      '11 init scripts',
      { init_scripts: Array.from({ length: 11 }, () => script) },
      'At most 10 init scripts',
    ],
    ['an init script in two places', { init_scripts: [{ ...script, dbfs: place }] }, 'init_scripts.0 needs'],
    ['logs to nowhere', { cluster_log_conf: {} }, 'cluster_log_conf needs exactly one'],
    ['logs to a bucket without a region', { cluster_log_conf: { s3: place } }, 'region or an endpoint'],
    ['11 volumes', { aws_attributes: { ebs_volume_count: 11 } }, 'ebs_volume_count'],
    [
      'a small slow volume',
      { aws_attributes: { ebs_volume_type: 'THROUGHPUT_OPTIMIZED_HDD', ebs_volume_size: 100 } },
      'between 500 and 4096',
    ],
    [
      'an absurd spot price',
      { aws_attributes: { spot_bid_price_percent: 10_001 } },
      'spot_bid_price_percent',
    ],
    ["another cloud's settings", { gcp_attributes: { zone_id: 'HA' } }, 'gcp_attributes cannot be set'],
    [
      "another cloud's disks",
      { remote_disk_throughput: 100 },
      'remote_disk_throughput is only supported on GCP',
    ],
    [
      'a legacy mode on a new runtime',
      { data_security_mode: 'LEGACY_TABLE_ACL' },
      'LEGACY_TABLE_ACL is not supported',
    ],
    [
      'a single user of a shared cluster',
      { data_security_mode: 'USER_ISOLATION', single_user_name: 'ana@example.com' },
      'single_user_name cannot be set',
    ],
    [
      'an ML runtime without kind',
      { use_ml_runtime: true },
      'use_ml_runtime can only be set together with kind',
    ],
    [
      'a single node with workers',
      { kind: 'CLASSIC_PREVIEW', is_single_node: true, num_workers: 1 },
      'is_single_node has no workers',
    ],
    ['11 SSH keys', { ssh_public_keys: Array.from({ length: 11 }, () => 'k') }, 'At most 10 SSH'],
    ['single node without kind', { num_workers: 1, is_single_node: true }, 'together with kind'],
  ])('refuses %s', async (_what, more, text) => {
    const client = await workspace()
    const answer = await client.post(`${api}/create`, { ...spec, ...more })
    expect(answer).toMatchObject({ status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE' } })
    expect(answer.text('message')).toContain(text)
    expect((await client.get(`${api}/list`)).at('clusters')).toBeUndefined()
  })

  it('takes no workers with the three settings of a single node, or with the flag that sets them', async () => {
    const client = await workspace()
    const conf = { 'spark.databricks.cluster.profile': 'singleNode', 'spark.master': 'local[*]' }
    const byHand = { num_workers: 0, spark_conf: conf, custom_tags: { ResourceClass: 'SingleNode' } }
    expect((await read(client, await create(client, byHand))).at('num_workers')).toBe(0)
    const byFlag = { num_workers: undefined, kind: 'CLASSIC_PREVIEW', is_single_node: true }
    const cluster = await read(client, await create(client, byFlag))
    expect(cluster.body).toMatchObject({
      num_workers: 0,
      spark_conf: conf,
      custom_tags: { ResourceClass: 'SingleNode' },
    })
    expect(cluster.at('spec.spark_conf')).toBeUndefined()
  })
})

describe('the states of a cluster', () => {
  it('PENDING becomes RUNNING after 30 seconds, not before', async () => {
    const client = await workspace()
    const id = await create(client)
    await client.advance(29)
    expect(await state(client, id)).toBe('PENDING')
    await client.advance(1)
    expect(await state(client, id)).toBe('RUNNING')
  })

  it('an edit restarts a running cluster at once, changed or not', async () => {
    const client = await workspace()
    const id = await running(client)
    const context = (await read(client, id)).at('spark_context_id')
    expect((await act(client, 'edit', { cluster_id: id, ...spec })).body).toEqual({})
    expect(await state(client, id)).toBe('RESTARTING')
    await client.advance(20)
    const cluster = await read(client, id)
    expect(cluster.at('state')).toBe('RUNNING')
    expect(cluster.at('spark_context_id')).not.toBe(context)
    expect(cluster.at('last_state_loss_time')).toBe(beginning + 30_000)
  })

  it('an edit of a terminated cluster leaves it so', async () => {
    const client = await workspace()
    const id = await terminated(client)
    await act(client, 'edit', { cluster_id: id, ...spec, cluster_name: 'other' })
    await client.advance(3600)
    const cluster = await read(client, id)
    expect([cluster.at('state'), cluster.at('cluster_name')]).toEqual(['TERMINATED', 'other'])
  })

  it('a resize passes through RESIZING without losing the context', async () => {
    const client = await workspace()
    const id = await running(client)
    const context = (await read(client, id)).at('spark_context_id')
    await act(client, 'resize', { cluster_id: id, num_workers: 5 })
    expect((await read(client, id)).body).toMatchObject({
      state: 'RESIZING',
      num_workers: 5,
      spark_context_id: context,
    })
    await client.advance(10)
    expect((await read(client, id)).body).toMatchObject({
      state: 'RUNNING',
      num_workers: 5,
      spec: { num_workers: 2 },
    })
  })

  it('a resize shows in the spec where that is switched on', async () => {
    const client = await workspace({ switches: { resizeChangesSpec: true } })
    const id = await running(client)
    await act(client, 'resize', { cluster_id: id, autoscale: { min_workers: 1, max_workers: 3 } })
    expect((await read(client, id)).at('spec')).toEqual({
      ...spec,
      num_workers: undefined,
      autoscale: { min_workers: 1, max_workers: 3 },
    })
  })

  it('delete only terminates, says who did it, and start brings the same cluster back', async () => {
    const client = await workspace()
    const id = await running(client)
    expect((await act(client, 'delete', { cluster_id: id })).body).toEqual({})
    expect((await read(client, id)).body).toMatchObject({
      state: 'TERMINATING',
      termination_reason: { code: 'USER_REQUEST', type: 'SUCCESS', parameters: { username: operator } },
    })
    await client.advance(10)
    expect((await read(client, id)).at('terminated_time')).toBe(beginning + 40_000)
    expect((await act(client, 'delete', { cluster_id: id })).status).toBe(200)
    expect((await act(client, 'start', { cluster_id: id })).body).toEqual({})
    await client.advance(30)
    const again = await read(client, id)
    expect(again.at('state')).toBe('RUNNING')
    expect(again.at('termination_reason')).toBeUndefined()
  })

  it('ends a start that fails in TERMINATED with its reason, never in ERROR', async () => {
    const client = await workspace()
    const failure = { code: 'INIT_SCRIPT_FAILURE', type: 'CLIENT_ERROR', parameters: { instance_id: 'i-1' } }
    await client.control('POST', 'cluster-start-failures', failure)
    const id = await create(client)
    await client.advance(40)
    expect((await read(client, id)).body).toMatchObject({ state: 'TERMINATED', termination_reason: failure })
    await act(client, 'start', { cluster_id: id })
    await client.advance(30)
    expect(await state(client, id)).toBe('RUNNING')
  })

  it('terminates an idle cluster after its minutes, counted from the last start', async () => {
    const client = await workspace()
    const id = await running(client, { autotermination_minutes: 30 })
    await client.advance(29 * 60)
    await act(client, 'restart', { cluster_id: id })
    await client.advance(20 + 30 * 60 - 1)
    expect(await state(client, id)).toBe('RUNNING')
    await client.advance(1 + 10)
    expect((await read(client, id)).body).toMatchObject({
      state: 'TERMINATED',
      state_message: 'Inactive cluster terminated (inactive for 30 minutes).',
      termination_reason: {
        code: 'INACTIVITY',
        type: 'SUCCESS',
        parameters: { inactivity_duration_min: '30' },
      },
    })
  })

  it('dates what happened while nobody looked to when it happened', async () => {
    const client = await workspace()
    const id = await create(client, { autotermination_minutes: 10 })
    await client.advance(day)
    expect((await read(client, id)).at('terminated_time')).toBe(beginning + (30 + 600 + 10) * 1000)
  })

  const verbs = ['edit', 'update', 'resize', 'start', 'restart'] as const
  const bodies: Record<(typeof verbs)[number], object> = {
    edit: spec,
    update: { update_mask: 'cluster_name', cluster: { cluster_name: 'x' } },
    resize: { num_workers: 3 },
    start: {},
    restart: {},
  }
  const reach: Record<string, (client: Client) => Promise<string>> = {
    Pending: (client) => create(client),
    Running: (client) => running(client),
    Resizing: async (client) => {
      const id = await running(client)
      await act(client, 'resize', { cluster_id: id, num_workers: 9 })
      return id
    },
    Restarting: async (client) => {
      const id = await running(client)
      await act(client, 'restart', { cluster_id: id })
      return id
    },
    Terminating: async (client) => {
      const id = await running(client)
      await act(client, 'delete', { cluster_id: id })
      return id
    },
    Terminated: (client) => terminated(client),
  }
  const allowed: Record<string, readonly string[]> = {
    Running: ['edit', 'update', 'resize', 'restart'],
    Terminated: ['edit', 'update', 'start'],
  }

  it.each(Object.keys(reach).flatMap((title) => verbs.map((verb) => [title, verb] as const)))(
    'while %s, %s is done or refused as recorded',
    async (title, verb) => {
      const client = await workspace()
      const id = (await reach[title]?.(client)) ?? ''
      const answer = await act(client, verb, { cluster_id: id, ...bodies[verb] })
      expect(answer).toMatchObject(
        allowed[title]?.includes(verb) ? { status: 200, body: {} } : unexpected(id, title),
      )
    },
  )

  it('does nothing on a restart in the wrong state where that is switched on', async () => {
    const client = await workspace({ switches: { restartWhenNotRunning: 'Nothing' } })
    const id = await terminated(client)
    expect((await act(client, 'restart', { cluster_id: id })).body).toEqual({})
    expect(await state(client, id)).toBe('TERMINATED')
  })
})

describe('changing a cluster', () => {
  it('edit replaces everything: what is left out goes back to its default', async () => {
    const client = await workspace()
    const id = await terminated(client, {
      autotermination_minutes: 20,
      custom_tags: { a: '1' },
      spark_conf: { b: '2' },
    })
    await act(client, 'edit', { cluster_id: id, ...spec })
    const cluster = await read(client, id)
    expect(cluster.at('autotermination_minutes')).toBe(0)
    expect([cluster.at('custom_tags'), cluster.at('spark_conf')]).toEqual([undefined, undefined])
    expect(cluster.at('spec')).toEqual(spec)
  })

  it('edit sets the size back that a resize changed', async () => {
    const client = await workspace()
    const id = await running(client)
    await act(client, 'resize', { cluster_id: id, num_workers: 7 })
    await client.advance(10)
    await act(client, 'edit', { cluster_id: id, ...spec })
    expect((await read(client, id)).at('num_workers')).toBe(2)
  })

  it('update changes what its mask names and clears what the mask names in vain', async () => {
    const client = await workspace()
    const id = await terminated(client, {
      custom_tags: { a: '1' },
      spark_conf: { b: '2' },
      cluster_name: 'x',
    })
    const update_mask = 'custom_tags,spark_conf,aws_attributes.zone_id'
    const cluster = {
      custom_tags: { c: '3' },
      cluster_name: 'not in the mask',
      aws_attributes: { zone_id: 'us-east-1a' },
    }
    expect((await act(client, 'update', { cluster_id: id, update_mask, cluster })).body).toEqual({})
    const after = await read(client, id)
    expect(after.body).toMatchObject({
      cluster_name: 'x',
      custom_tags: { c: '3' },
      aws_attributes: { zone_id: 'us-east-1a' },
    })
    expect(after.at('spark_conf')).toBeUndefined()
  })

  it('update keeps a size that it does not name, and changes the one it names', async () => {
    const client = await workspace()
    const id = await running(client)
    await act(client, 'resize', { cluster_id: id, num_workers: 7 })
    await client.advance(10)
    await act(client, 'update', {
      cluster_id: id,
      update_mask: 'custom_tags',
      cluster: { custom_tags: { a: '1' } },
    })
    await client.advance(20)
    expect((await read(client, id)).at('num_workers')).toBe(7)
    const autoscale = { min_workers: 1, max_workers: 3 }
    await act(client, 'update', { cluster_id: id, update_mask: 'autoscale', cluster: { autoscale } })
    const after = await read(client, id)
    expect([after.at('autoscale'), after.at('num_workers')]).toEqual([autoscale, undefined])
  })

  it.each([
    'custom_tags.team',
    'nonsense',
    'cluster_name, custom_tags',
    '',
    'apply_policy_default_values',
    'aws_attributes.nonsense',
    'aws_attributes.__proto__.x',
    'init_scripts.0',
    'autoscale.min_workers',
  ])('refuses the mask "%s"', async (update_mask) => {
    const client = await workspace()
    const id = await terminated(client)
    const answer = await act(client, 'update', {
      cluster_id: id,
      update_mask,
      cluster: { custom_tags: { team: 'x' } },
    })
    expect(answer).toMatchObject({ status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE' } })
  })

  it('update reaches what lies deeper, and leaves what lies beside it', async () => {
    const client = await workspace()
    const id = await terminated(client, {
      aws_attributes: { zone_id: 'us-east-1a', first_on_demand: 2 },
      apply_policy_default_values: true,
    })
    const update_mask = 'aws_attributes.zone_id,workload_type.clients.jobs'
    const cluster = { workload_type: { clients: { jobs: false } }, apply_policy_default_values: false }
    expect((await act(client, 'update', { cluster_id: id, update_mask, cluster })).body).toEqual({})
    expect((await read(client, id)).at('spec')).toEqual({
      ...spec,
      aws_attributes: { first_on_demand: 2 },
      workload_type: { clients: { jobs: false } },
      apply_policy_default_values: true,
    })
  })

  it('update with a star replaces the whole spec', async () => {
    const client = await workspace()
    const id = await terminated(client, { custom_tags: { a: '1' } })
    await act(client, 'update', { cluster_id: id, update_mask: '*', cluster: spec })
    expect((await read(client, id)).at('spec')).toEqual(spec)
  })

  it('changes hands only when it is down, only by an administrator, only to somebody there', async () => {
    const client = await workspace()
    const id = await running(client)
    const give = (to: string, by = client) => act(by, 'change-owner', { cluster_id: id, owner_username: to })
    expect(await give('ben@example.com')).toMatchObject(unexpected(id, 'Running'))
    await act(client, 'delete', { cluster_id: id })
    await client.advance(10)
    expect((await give('nobody@example.com')).status).toBe(400)
    expect((await give('analysts')).status).toBe(400)
    expect((await give('ben@example.com')).body).toEqual({})
    const ben = client.as('ben@example.com')
    expect((await read(ben, id)).body).toMatchObject({
      creator_user_name: 'ben@example.com',
      default_tags: { Creator: 'ben@example.com' },
    })
    expect((await give(operator, ben)).status).toBe(403)
    expect((await give(operator)).status).toBe(200)
  })

  it('a refused edit changes nothing', async () => {
    const client = await workspace()
    const id = await running(client)
    const before = (await read(client, id)).body
    expect((await act(client, 'edit', { cluster_id: id, ...spec, spark_version: 'x' })).status).toBe(400)
    expect((await read(client, id)).body).toEqual(before)
  })
})

describe('clusters that are gone', () => {
  it('answers 400 for a cluster that never was, whatever the call', async () => {
    const client = await workspace()
    for (const verb of [
      'edit',
      'start',
      'restart',
      'resize',
      'delete',
      'permanent-delete',
      'pin',
      'events',
    ]) {
      const answer = await act(client, verb, { cluster_id: 'nope', ...(verb === 'edit' ? spec : {}) })
      expect([verb, answer.status, answer.body]).toEqual([verb, 400, missing('nope')])
    }
    expect((await read(client, 'nope')).body).toEqual(missing('nope'))
  })

  it('answers the same after a permanent delete', async () => {
    const client = await workspace()
    const id = await running(client)
    expect((await act(client, 'permanent-delete', { cluster_id: id })).body).toEqual({})
    expect((await read(client, id)).body).toEqual(missing(id))
    expect((await client.get(`${api}/list`)).at('clusters')).toBeUndefined()
  })

  it('forgets a cluster 30 days after its end, with INVALID_STATE', async () => {
    const client = await workspace()
    const id = await terminated(client)
    await client.advance(30 * day)
    expect(await state(client, id)).toBe('TERMINATED')
    await client.advance(1)
    const purged = {
      error_code: 'INVALID_STATE',
      message: `Cannot access cluster ${id} that was terminated or unpinned more than 30 days ago.`,
    }
    expect(await read(client, id)).toMatchObject({ status: 400, body: purged })
    expect((await act(client, 'start', { cluster_id: id })).body).toEqual(purged)
    expect((await client.get(`${api}/list`)).at('clusters')).toBeUndefined()
    expect((await client.get(`/api/2.0/permissions/clusters/${id}`)).body).toEqual(purged)
  })

  it('keeps a pinned cluster, protects it, and counts 30 days from the unpinning', async () => {
    const client = await workspace()
    const id = await terminated(client)
    await act(client, 'pin', { cluster_id: id })
    expect((await act(client, 'pin', { cluster_id: id })).body).toEqual({})
    await client.advance(90 * day)
    expect((await read(client, id)).at('pinned_by_user_name')).toBe('4471002')
    const refused = await act(client, 'permanent-delete', { cluster_id: id })
    expect(refused.text('message')).toContain('unpin the cluster first')
    await act(client, 'unpin', { cluster_id: id })
    await client.advance(30 * day)
    expect((await read(client, id)).at('pinned_by_user_name')).toBeUndefined()
    expect(await state(client, id)).toBe('TERMINATED')
    await client.advance(1)
    expect(await state(client, id)).toBeUndefined()
  })

  it('pins 100 clusters and no more', async () => {
    const client = await workspace()
    for (let count = 0; count < 100; count += 1)
      await act(client, 'pin', { cluster_id: await create(client) })
    expect((await act(client, 'pin', { cluster_id: await create(client) })).status).toBe(400)
  })
})

describe('listing clusters', () => {
  it('shows everything but the spec', async () => {
    const client = await workspace()
    const id = await create(client, { cluster_name: 'x' })
    const [listed] = (await client.get(`${api}/list`)).list('clusters')
    expect(listed?.at('cluster_id')).toBe(id)
    expect(listed?.at('spec')).toBeUndefined()
    const { spec: _spec, ...rest } = (await read(client, id)).body as { spec: unknown }
    expect(listed?.body).toEqual(rest)
  })

  it('is empty without a list, and with empty tokens', async () => {
    expect((await (await workspace()).get(`${api}/list`)).body).toEqual({
      next_page_token: '',
      prev_page_token: '',
    })
  })

  it('filters by source, state, pin and policy', async () => {
    const client = await workspace()
    const policy = await client.post('/api/2.0/policies/clusters/create', { name: 'P1', definition: '{}' })
    const policy_id = policy.text('policy_id')
    const mine = await create(client, { policy_id })
    const byHand = await create(client.as('ana@example.com'))
    await act(client, 'delete', { cluster_id: byHand })
    await act(client, 'pin', { cluster_id: mine })
    const ids = async (query: string) =>
      (await client.get(`${api}/list?${query}`)).texts('clusters', 'cluster_id')
    expect(await ids('filter_by.cluster_sources=UI')).toEqual([byHand])
    expect(await ids('filter_by.cluster_sources=API&filter_by.cluster_sources=UI')).toHaveLength(2)
    expect(await ids('filter_by.cluster_sources=JOB')).toEqual([])
    expect(await ids('filter_by.cluster_states=PENDING')).toEqual([mine])
    expect(await ids('filter_by.is_pinned=true')).toEqual([mine])
    expect(await ids('filter_by.is_pinned=false')).toEqual([byHand])
    expect(await ids(`filter_by.policy_id=${policy_id}`)).toEqual([mine])
  })

  it('pages and sorts', async () => {
    const client = await workspace()
    for (const cluster_name of ['c', 'a', 'b']) await create(client, { cluster_name })
    const first = await client.get(
      `${api}/list?page_size=2&sort_by.field=CLUSTER_NAME&sort_by.direction=DESC`,
    )
    expect(first.texts('clusters', 'cluster_name')).toEqual(['c', 'b'])
    const query = `page_size=2&sort_by.field=CLUSTER_NAME&sort_by.direction=DESC&page_token=${first.text('next_page_token')}`
    const second = await client.get(`${api}/list?${query}`)
    expect(second.texts('clusters', 'cluster_name')).toEqual(['a'])
    expect(second.at('next_page_token')).toBe('')
    expect(second.at('prev_page_token')).not.toBe('')
    expect((await client.get(`${api}/list?page_token=bogus`)).status).toBe(400)
  })

  it('puts what lives first, then what is pinned', async () => {
    const client = await workspace()
    const names = ['dead', 'plain', 'pinned']
    const ids = await Promise.all(names.map((cluster_name) => create(client, { cluster_name })))
    await act(client, 'delete', { cluster_id: ids[0] ?? '' })
    await act(client, 'pin', { cluster_id: ids[2] ?? '' })
    await client.advance(10)
    const listed = (await client.get(`${api}/list`))
      .list('clusters')
      .map((cluster) => cluster.text('cluster_name'))
    expect(listed).toEqual(['pinned', 'plain', 'dead'])
  })
})

describe('cluster events', () => {
  it('tell who edited what into what', async () => {
    const client = await workspace()
    const id = await terminated(client, { cluster_name: 'before' })
    await act(client.as('ana@example.com'), 'edit', { cluster_id: id, ...spec, cluster_name: 'after' })
    const answer = await act(client, 'events', { cluster_id: id, event_types: ['EDITED'] })
    expect(answer.body).toMatchObject({
      total_count: 1,
      next_page_token: '',
      events: [
        {
          cluster_id: id,
          type: 'EDITED',
          timestamp: beginning + 10_000,
          details: {
            user: 'ana@example.com',
            previous_attributes: { cluster_name: 'before' },
            attributes: { cluster_name: 'after' },
          },
        },
      ],
    })
  })

  it('follow the life of a cluster, the newest first, in pages', async () => {
    const client = await workspace()
    const id = await running(client)
    await act(client, 'resize', { cluster_id: id, num_workers: 3 })
    await client.advance(10)
    const all = await act(client, 'events', { cluster_id: id })
    expect(types(all)).toEqual(['UPSIZE_COMPLETED', 'RESIZING', 'DRIVER_HEALTHY', 'RUNNING', 'CREATING'])
    expect(types(await act(client, 'events', { cluster_id: id, order: 'ASC', limit: 2, offset: 1 }))).toEqual(
      ['RUNNING', 'DRIVER_HEALTHY'],
    )
    const first = await act(client, 'events', { cluster_id: id, page_size: 3 })
    expect(first.at('next_page.offset')).toBe(3)
    const second = await act(client, 'events', {
      cluster_id: id,
      page_size: 3,
      page_token: first.text('next_page_token'),
    })
    expect(types(second)).toEqual(['RUNNING', 'CREATING'])
    expect(second.at('next_page')).toBeUndefined()
    const late = await act(client, 'events', { cluster_id: id, start_time: beginning + 1 })
    expect(late.at('total_count')).toBe(4)
  })
})

describe('who may do what with a cluster', () => {
  it('hides it from people without a right to it', async () => {
    const client = await workspace()
    const id = await create(client)
    const ben = client.as('ben@example.com')
    expect(await read(ben, id)).toMatchObject({ status: 403, body: { error_code: 'PERMISSION_DENIED' } })
    expect((await ben.get(`${api}/list`)).at('clusters')).toBeUndefined()
    const own = await create(ben)
    expect((await read(ben, own)).status).toBe(200)
    expect((await act(ben, 'pin', { cluster_id: own })).status).toBe(403)
  })

  it('shows its creator and what administrators inherit', async () => {
    const client = await workspace()
    const id = await create(client)
    const answer = await client.get(`/api/2.0/permissions/clusters/${id}`)
    expect(answer.at('access_control_list.0')).toEqual({
      service_principal_name: operator,
      display_name: 'lakeward-demo',
      all_permissions: [{ permission_level: 'CAN_MANAGE', inherited: false }],
    })
    expect(answer.at('access_control_list.1.all_permissions.0.inherited_from_object')).toEqual(['/clusters/'])
  })
})

describe('what a cluster can be made of', () => {
  it('lists node types and runtimes, and takes each of them', async () => {
    const client = await workspace()
    const types = (await client.get(`${api}/list-node-types`))
      .list('node_types')
      .map((type) => type.text('node_type_id'))
    const versions = (await client.get(`${api}/spark-versions`))
      .list('versions')
      .map((version) => version.text('key'))
    expect(types).toContain('i3.xlarge')
    expect(versions).toContain('16.4.x-photon-scala2.13')
    for (const node_type_id of types) await create(client, { node_type_id })
    expect(versions.filter((key) => !/^\d+\.\d+\.x-([a-z-]+-)?scala2\.1[23]$/.test(key))).toEqual([])
  })

  it('answers the older 2.0 paths too', async () => {
    const client = await workspace()
    const id = await create(client)
    expect((await client.get(`/api/2.0/clusters/get?cluster_id=${id}`)).at('cluster_id')).toBe(id)
  })
})
