import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/databricks/json.ts'
import { readPolicy } from '../../../src/kinds/cluster/policy.ts'
import { wholeOf } from '../../../src/kinds/cluster/whole.ts'
import { aDoor } from '../../reconcile/door.ts'

const spec: JsonObject = {
  cluster_name: 'etl',
  spark_version: '15.4.x-scala2.12',
  node_type_id: 'm5d.large',
  num_workers: 2,
  policy_id: 'P',
  spark_conf: { a: '1' },
}

/** What a read shows beside that of a cluster that nobody has touched since. */
const filled: JsonObject = {
  creator_user_name: 'us',
  driver_node_type_id: 'm5d.large',
  data_security_mode: 'SINGLE_USER',
  single_user_name: 'us',
  enable_elastic_disk: false,
  enable_local_disk_encryption: false,
  runtime_engine: 'STANDARD',
  aws_attributes: { availability: 'SPOT_WITH_FALLBACK', zone_id: 'us-east-1c', first_on_demand: 1 },
  disk_spec: {},
  state: 'RUNNING',
}

/** The body of an edit, for a policy of these rules. */
async function whole(details: JsonObject, rules: JsonObject = {}) {
  const { databricks } = aDoor(() => ({ definition: JSON.stringify(rules) }))
  const policy = await readPolicy(databricks, 'P')
  const edit = { fields: new Map([['spark_conf', { a: '2' }]]), goal: { apply_policy_default_values: true } }
  return wholeOf({ ...spec, ...filled, spec, ...details }, edit, policy)
}

const usual: JsonObject = { ...spec, spark_conf: { a: '2' }, apply_policy_default_values: true }

describe('all settings of a cluster', () => {
  it('are what was last sent, with the changes, and nothing that was filled in', async () => {
    expect(await whole({})).toEqual(usual)
  })

  it('have the present size, which may be another form than was sent', async () => {
    expect(await whole({ num_workers: 5 })).toEqual({ ...usual, num_workers: 5 })
    const autoscale = { min_workers: 1, max_workers: 4 }
    const { num_workers: _workers, ...rest } = usual
    expect(await whole({ autoscale, num_workers: 3 })).toEqual({ ...rest, autoscale })
  })

  it.each<[string, JsonObject]>([
    ['a leaf of a block', { aws_attributes: { ebs_volume_count: 2 } }],
    ['a variable', { spark_env_vars: { BY_HAND: 'x' } }],
    ['a whole block', { cluster_log_conf: { volumes: { destination: '/Volumes/a' } } }],
    ['another value than was sent', { spark_version: '16.4.x-scala2.12' }],
    ['another user', { single_user_name: 'ana@example.com' }],
    ['another mode', { data_security_mode: 'USER_ISOLATION' }],
    ['another driver', { driver_node_type_id: 'm5d.xlarge' }],
    ['what no manifest can say', { ssh_public_keys: ['ssh-ed25519 AAAA ana'] }],
    ['a script', { init_scripts: [{ dbfs: { destination: 'dbfs:/a.sh' } }] }],
  ])('have what somebody set and was not sent: %s', async (_what, details) => {
    expect(await whole(details)).toMatchObject(details)
  })

  it('have nothing of what the policy has a say in, in whatever words', async () => {
    const details = {
      spark_env_vars: { STAGE: 'dev' },
      cluster_log_conf: { volumes: { destination: '/Volumes/a' } },
      aws_attributes: { ebs_volume_count: 2, availability: 'ON_DEMAND' },
    }
    const rules = {
      'spark_env_vars.STAGE': { type: 'unlimited', defaultValue: 'dev' },
      'cluster_log_conf.type': { type: 'fixed', value: 'VOLUMES' },
      'aws_attributes.availability': { type: 'fixed', value: 'ON_DEMAND' },
    }
    expect(await whole(details, rules)).toEqual({ ...usual, aws_attributes: { ebs_volume_count: 2 } })
  })

  it('have nothing of what a pool decides', async () => {
    const { node_type_id: _node, ...unpooled } = spec
    const pooled: JsonObject = { ...unpooled, instance_pool_id: 'p' }
    const details = {
      ...pooled,
      spec: pooled,
      driver_instance_pool_id: 'p',
      driver_node_type_id: 'm5d.xlarge',
      enable_elastic_disk: true,
      aws_attributes: { availability: 'ON_DEMAND', instance_profile_arn: 'arn:a' },
    }
    expect(await whole(details)).toEqual({
      ...pooled,
      spark_conf: { a: '2' },
      aws_attributes: { instance_profile_arn: 'arn:a' },
      apply_policy_default_values: true,
    })
  })

  it('cannot be told where Databricks does not say what was last sent', async () => {
    await expect(whole({ spec: null })).rejects.toThrow('last sent')
  })
})
