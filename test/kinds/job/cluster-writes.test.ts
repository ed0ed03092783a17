import { describe, expect, it } from 'vitest'
import { formatJson, isObject, type Json, type JsonObject } from '../../../src/databricks/json.ts'
import { job } from '../../../src/kinds/job/index.ts'
import type { JobSpecSpec } from '../../../src/kinds/job/schema.ts'
import { Fleet } from '../../reconcile/fleet.ts'
import { workspace, type Client } from '../../simulator/harness.ts'

/*
 * jobs/update replaces a job cluster whole, so all of it is sent; but what Databricks or a policy filled in must not
 * be sent back as if somebody had wanted it.
 */

type Cluster = NonNullable<JobSpecSpec['jobClusters']>[number]['newCluster']

const plain: Cluster = { sparkVersion: '15.4.x-scala2.12', nodeTypeId: 'm5d.large', numWorkers: 2 }

const manifest = (newCluster: Cluster): JobSpecSpec => ({
  name: 'nightly',
  tasks: [{ taskKey: 'a', jobClusterKey: 'main', notebookTask: { notebookPath: '/Shared/a' } }],
  jobClusters: [{ jobClusterKey: 'main', newCluster }],
})

interface Sent {
  body: { new_settings?: JsonObject } | null
  method: string
  path: string
}

/** The job cluster as the operator last sent it. */
async function lastSent(client: Client): Promise<JsonObject> {
  const { body } = await client.control('GET', 'requests')
  const updates = (body as unknown as Sent[]).filter(({ path }) => path.endsWith('/jobs/update'))
  const sent: Json | undefined = updates.at(-1)?.body?.new_settings?.['job_clusters']
  const [entry] = Array.isArray(sent) ? sent : []
  const cluster = isObject(entry) ? entry['new_cluster'] : undefined
  return isObject(cluster) ? cluster : {}
}

/** A job with the one cluster, and then with the other. */
async function change(from: Cluster, to: Cluster, simulator?: Client) {
  const at = simulator ?? (await workspace())
  const fleet = await Fleet.start<JobSpecSpec>(
    { kind: job, specs: { one: manifest(from) } },
    { simulator: at },
  )
  await fleet.run(10_000, () => fleet.apply('one', manifest(to)))
  expect(fleet.status('one').conditions).toMatchObject([
    { type: 'Ready', status: 'True', reason: 'Applied' },
    { type: 'Drifted', status: 'False' },
  ])
  return { fleet, sent: await lastSent(at) }
}

const readCluster = async (fleet: Fleet): Promise<Json | undefined> =>
  (await fleet.simulator.get(`/api/2.2/jobs/get?job_id=${fleet.idOf('one')}`)).at(
    'settings.job_clusters.0.new_cluster',
  )

/** The rule of a policy that fills in a value and allows any other. */
const usually = (value: string) => ({ type: 'unlimited', isOptional: true, defaultValue: value })

describe('a job cluster with a policy', () => {
  const definition = { 'custom_tags.team': usually('red'), 'spark_conf.a': usually('policy') }

  async function policed() {
    const simulator = await workspace()
    const made = await simulator.post('/api/2.0/policies/clusters/create', {
      name: 'defaults',
      definition: formatJson(definition),
    })
    const policyId = made.text('policy_id')
    return { simulator, cluster: { ...plain, policyId, applyPolicyDefaultValues: true } }
  }

  it('that fills in its defaults is sent as the manifest has it, and gets the defaults of today', async () => {
    const { simulator, cluster } = await policed()
    const { fleet, sent } = await change(cluster, { ...cluster, numWorkers: 4 }, simulator)
    expect(sent).toEqual({
      spark_version: '15.4.x-scala2.12',
      node_type_id: 'm5d.large',
      num_workers: 4,
      policy_id: cluster.policyId,
      apply_policy_default_values: true,
    })
    expect(await readCluster(fleet)).toMatchObject({
      custom_tags: { team: 'red' },
      spark_conf: { a: 'policy' },
    })
    await simulator.post('/api/2.0/policies/clusters/edit', {
      policy_id: cluster.policyId,
      name: 'defaults',
      definition: formatJson({
        ...definition,
        'custom_tags.team': usually('blue'),
      }),
    })
    await fleet.run(10_000, () => fleet.apply('one', manifest({ ...cluster, numWorkers: 5 })))
    expect(await readCluster(fleet)).toMatchObject({ num_workers: 5, custom_tags: { team: 'blue' } })
  })

  it('whose defaults the manifest takes no longer is told so, although nobody can read whether it does', async () => {
    const { simulator, cluster } = await policed()
    const { applyPolicyDefaultValues: _flag, ...limited } = cluster
    const { sent } = await change(cluster, limited, simulator)
    expect(sent).toMatchObject({ policy_id: cluster.policyId, apply_policy_default_values: false })
  })

  it('that only limits is sent with what people set', async () => {
    const { simulator, cluster } = await policed()
    const { applyPolicyDefaultValues: _flag, ...limited } = cluster
    const { fleet } = await change(limited, { ...limited, numWorkers: 4 }, simulator)
    const current = (await readCluster(fleet)) as JsonObject
    await simulator.as('ana@example.com').post('/api/2.2/jobs/update', {
      job_id: BigInt(fleet.idOf('one')),
      new_settings: {
        job_clusters: [
          { job_cluster_key: 'main', new_cluster: { ...current, ssh_public_keys: ['ssh-ed25519 AAAA ana'] } },
        ],
      },
    })
    await fleet.run(10_000, () => fleet.apply('one', manifest({ ...limited, numWorkers: 5 })))
    expect(await readCluster(fleet)).toMatchObject({
      num_workers: 5,
      ssh_public_keys: ['ssh-ed25519 AAAA ana'],
    })
  })
})

/** A policy whose fixed values are others for another cost. */
const fixing = (cost: string) =>
  formatJson({
    'custom_tags.cost': { type: 'fixed', value: cost },
    'aws_attributes.zone_id': { type: 'fixed', value: cost === '7' ? 'us-east-1a' : 'us-east-1b' },
  })

describe('what a policy fixes in a job cluster', () => {
  it('goes out as the policy says today, and what people set goes along', async () => {
    const simulator = await workspace()
    const policy = { name: 'fixing', definition: fixing('7') }
    const made = await simulator.post('/api/2.0/policies/clusters/create', policy)
    const cluster = { ...plain, policyId: made.text('policy_id'), customTags: { team: 'red' } }
    const { fleet } = await change(cluster, { ...cluster, numWorkers: 4 }, simulator)
    const edit = { policy_id: cluster.policyId, name: 'fixing', definition: fixing('8') }
    await simulator.post('/api/2.0/policies/clusters/edit', edit)
    await fleet.run(10_000, () => fleet.apply('one', manifest({ ...cluster, numWorkers: 5 })))
    expect(fleet.status('one').conditions).toMatchObject([{ type: 'Ready', status: 'True' }, {}])
    expect(await readCluster(fleet)).toMatchObject({
      num_workers: 5,
      custom_tags: { team: 'red', cost: '8' },
      aws_attributes: { zone_id: 'us-east-1b' },
    })
  })
})

/** A policy that fixes settings beside the maps and blocks, each another for another type of node. */
const sizing = (node: string) =>
  formatJson({
    node_type_id: { type: 'fixed', value: node },
    enable_elastic_disk: { type: 'fixed', value: node === 'm5d.large' },
    runtime_engine: { type: 'fixed', value: node === 'm5d.large' ? 'PHOTON' : 'STANDARD' },
    data_security_mode: { type: 'fixed', value: 'SINGLE_USER' },
    single_user_name: { type: 'fixed', value: node === 'm5d.large' ? 'ana@example.com' : 'ben@example.com' },
    'aws_attributes.instance_profile_arn': {
      type: 'fixed',
      value: `arn:aws:iam::1:instance-profile/${node}`,
    },
  })

describe('a setting of a job cluster that its policy decides alone', () => {
  it('follows the policy with what is written next', async () => {
    const simulator = await workspace()
    const policy = { name: 'sizing', definition: sizing('m5d.large') }
    const made = await simulator.post('/api/2.0/policies/clusters/create', policy)
    const { nodeTypeId: _node, ...rest } = plain
    const cluster = { ...rest, policyId: made.text('policy_id') }
    const { fleet } = await change(cluster, { ...cluster, numWorkers: 4 }, simulator)
    const edit = { policy_id: cluster.policyId, name: 'sizing', definition: sizing('m5d.xlarge') }
    await simulator.post('/api/2.0/policies/clusters/edit', edit)
    await fleet.run(10_000, () => fleet.apply('one', manifest({ ...cluster, numWorkers: 5 })))
    expect(fleet.status('one').conditions).toMatchObject([{ type: 'Ready', status: 'True' }, {}])
    expect(await readCluster(fleet)).toMatchObject({
      num_workers: 5,
      node_type_id: 'm5d.xlarge',
      enable_elastic_disk: false,
      runtime_engine: 'STANDARD',
      single_user_name: 'ben@example.com',
      aws_attributes: { instance_profile_arn: 'arn:aws:iam::1:instance-profile/m5d.xlarge' },
    })
    // What borrows a right is the policy's to give.
    const sent = await lastSent(simulator)
    expect(sent).not.toHaveProperty('single_user_name')
    expect(sent['aws_attributes']).not.toHaveProperty('instance_profile_arn')
  })
})

const pooling = (value: string) => ({
  name: 'pooling',
  definition: formatJson({ instance_pool_id: { type: 'fixed', value } }),
})

describe('a pool that a policy gives to a job cluster', () => {
  it('follows the policy with what is written next', async () => {
    const simulator = await workspace()
    const poolOf = async (instance_pool_name: string) => {
      const pool = { instance_pool_name, node_type_id: 'm5d.large' }
      return (await simulator.post('/api/2.0/instance-pools/create', pool)).text('instance_pool_id')
    }
    const [former, now] = [await poolOf('former'), await poolOf('now')]
    const made = await simulator.post('/api/2.0/policies/clusters/create', pooling(former))
    const { nodeTypeId: _node, ...rest } = plain
    const cluster = { ...rest, policyId: made.text('policy_id') }
    const { fleet } = await change(cluster, { ...cluster, numWorkers: 4 }, simulator)
    expect(await readCluster(fleet)).toMatchObject({ instance_pool_id: former })
    const edit = { policy_id: cluster.policyId, ...pooling(now) }
    await simulator.post('/api/2.0/policies/clusters/edit', edit)
    await fleet.run(10_000, () => fleet.apply('one', manifest({ ...cluster, numWorkers: 5 })))
    expect(fleet.status('one').conditions).toMatchObject([{ type: 'Ready', status: 'True' }, {}])
    expect(await readCluster(fleet)).toMatchObject({ num_workers: 5, instance_pool_id: now })
  })
})

/** A job whose cluster says two things that its policy fixes by now, one of them otherwise. */
async function imposedOn() {
  const simulator = await workspace()
  const made = await simulator.post('/api/2.0/policies/clusters/create', { name: 'p', definition: '{}' })
  const policyId = made.text('policy_id')
  const cluster = { ...plain, policyId, customTags: { team: 'red', own: 'x' }, runtimeEngine: 'STANDARD' }
  const fleet = await Fleet.start<JobSpecSpec>(
    { kind: job, specs: { one: manifest(cluster) } },
    { simulator },
  )
  const definition = formatJson({
    'custom_tags.team': { type: 'fixed', value: 'red' },
    runtime_engine: { type: 'fixed', value: 'PHOTON' },
  })
  await simulator.post('/api/2.0/policies/clusters/edit', { policy_id: policyId, name: 'p', definition })
  const current = (await readCluster(fleet)) as JsonObject
  await simulator.as('ana@example.com').post('/api/2.2/jobs/update', {
    job_id: BigInt(fleet.idOf('one')),
    new_settings: {
      job_clusters: [
        { job_cluster_key: 'main', new_cluster: { ...current, runtime_engine: 'PHOTON', num_workers: 7 } },
      ],
    },
  })
  return { fleet, cluster }
}

describe('what a policy imposes on a job cluster', () => {
  it('is told as that and not fought, and what stands beside it is put back', async () => {
    const { fleet } = await imposedOn()
    for (const _look of [1, 2]) {
      await fleet.run(600_000)
      expect(fleet.status('one').drift?.changes).toMatchObject([
        { path: 'jobClusters[main].newCluster.runtimeEngine', cause: 'PolicyEnforced', action: 'Blocked' },
      ])
      expect(await readCluster(fleet)).toMatchObject({ num_workers: 2, runtime_engine: 'PHOTON' })
    }
  })

  it('stays the policy’s when it leaves the manifest', async () => {
    const { fleet, cluster } = await imposedOn()
    await fleet.run(600_000)
    const { runtimeEngine: _engine, ...rest } = cluster
    const calls = await fleet.calls(() =>
      fleet.run(1_200_000, () => fleet.apply('one', manifest({ ...rest, customTags: { own: 'x' } }))),
    )
    expect(calls).not.toHaveProperty('POST /api/2.2/jobs/update')
    expect(fleet.status('one').conditions).toMatchObject([{ reason: 'Applied' }, { reason: 'NoDrift' }])
  })
})

describe('a policy of many clusters of a job', () => {
  it('is read once for a write', async () => {
    const simulator = await workspace()
    const policy = { name: 'fixing', definition: fixing('7') }
    const made = await simulator.post('/api/2.0/policies/clusters/create', policy)
    const policyId = made.text('policy_id')
    const task = (numWorkers: number) => (index: number) => ({
      taskKey: `t${index}`,
      newCluster: { ...plain, policyId, numWorkers },
      notebookTask: { notebookPath: '/Shared/a' },
    })
    const spec = (workers: number) => ({ name: 'many', tasks: [1, 2, 3].map(task(workers)) })
    const fleet = await Fleet.start<JobSpecSpec>({ kind: job, specs: { one: spec(2) } }, { simulator })
    const calls = await fleet.calls(() => fleet.run(10_000, () => fleet.apply('one', spec(3))))
    expect(calls).toMatchObject({ 'POST /api/2.2/jobs/update': 1, 'GET /api/2.0/policies/clusters/get': 1 })
  })
})

describe('a job cluster whose form changes', () => {
  it('scales from a fixed size, without the fixed size', async () => {
    const autoscale = { minWorkers: 1, maxWorkers: 3 }
    const { numWorkers: _size, ...rest } = plain
    const { sent } = await change(plain, { ...rest, autoscale })
    expect(sent).toMatchObject({ autoscale: { min_workers: 1, max_workers: 3 } })
    expect(sent).not.toHaveProperty('num_workers')
    const back = await change({ ...rest, autoscale }, plain)
    expect(back.sent).toMatchObject({ num_workers: 2 })
    expect(back.sent).not.toHaveProperty('autoscale')
  })

  it('says that it has no workers', async () => {
    const sparkConf = { 'spark.databricks.cluster.profile': 'singleNode', 'spark.master': 'local[*]' }
    const single = { ...plain, sparkConf, customTags: { ResourceClass: 'SingleNode' }, numWorkers: 0 }
    const { sent } = await change(single, { ...single, nodeTypeId: 'm5d.xlarge' })
    expect(sent).toMatchObject({ num_workers: 0, node_type_id: 'm5d.xlarge' })
  })

  it('comes from a pool, without what the pool decides', async () => {
    const simulator = await workspace()
    const pool = await simulator.post('/api/2.0/instance-pools/create', {
      instance_pool_name: 'p',
      node_type_id: 'm5d.large',
    })
    const instancePoolId = pool.text('instance_pool_id')
    const { nodeTypeId: _type, ...rest } = plain
    const pooled = { ...rest, instancePoolId }
    const { sent } = await change(plain, pooled, simulator)
    expect(sent).toMatchObject({ instance_pool_id: instancePoolId })
    for (const name of ['node_type_id', 'driver_node_type_id', 'enable_elastic_disk'])
      expect(sent).not.toHaveProperty(name)
    const back = await change(pooled, plain, simulator)
    expect(back.sent).toMatchObject({ node_type_id: 'm5d.large' })
    for (const name of ['instance_pool_id', 'driver_instance_pool_id'])
      expect(back.sent).not.toHaveProperty(name)
  })

  it('has another type of node, and the driver follows', async () => {
    const { fleet, sent } = await change(plain, { ...plain, nodeTypeId: 'm5d.xlarge' })
    expect(sent).not.toHaveProperty('driver_node_type_id')
    expect(await readCluster(fleet)).toMatchObject({
      node_type_id: 'm5d.xlarge',
      driver_node_type_id: 'm5d.xlarge',
    })
  })

  it('keeps the choice of a zone open', async () => {
    const auto = { ...plain, awsAttributes: { zoneId: 'auto' } }
    const { sent } = await change(auto, { ...auto, numWorkers: 4 })
    expect(sent).toMatchObject({ aws_attributes: { zone_id: 'auto' } })
  })
})

describe('a job cluster with a private Docker image', () => {
  const docker_image = { url: 'registry/x', basic_auth: { username: 'u', password: 'p4ss' } }
  const image = (current: Json | undefined) => ({
    job_clusters: [{ job_cluster_key: 'main', new_cluster: { ...(current as JsonObject), docker_image } }],
  })

  it('is not sent whole unasked: its password cannot be sent along', async () => {
    const { fleet } = await change(plain, { ...plain, numWorkers: 4 })
    const updated = await fleet.simulator.as('ana@example.com').post('/api/2.2/jobs/update', {
      job_id: BigInt(fleet.idOf('one')),
      new_settings: image(await readCluster(fleet)),
    })
    expect(updated.status).toBe(200)
    expect(formatJson((await readCluster(fleet)) ?? null)).not.toContain('p4ss')
    const calls = await fleet.calls(() =>
      fleet.run(10_000, () =>
        fleet.apply('one', { ...manifest({ ...plain, numWorkers: 5 }), name: 'other' }),
      ),
    )
    // What lies elsewhere goes out.
    expect(calls['POST /api/2.2/jobs/update']).toBe(1)
    expect(await readCluster(fleet)).toMatchObject({ num_workers: 4 })
    const { held, conditions } = fleet.status('one')
    expect(held?.reason).toContain('the password of its Docker image cannot be read back and would be lost')
    expect(conditions).toContainEqual(
      expect.objectContaining({ type: 'Ready', status: 'False', reason: 'HeldForApproval' }),
    )
    await fleet.run(10_000, () => fleet.annotate('one', { 'lakeward.dev/approve': held?.hash ?? '' }))
    expect(await readCluster(fleet)).toMatchObject({ num_workers: 5 })
  })
})
