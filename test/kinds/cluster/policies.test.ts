import { describe, expect, it } from 'vitest'
import { Scene } from '../../drift/fixtures/cluster/scene.ts'
import type { Client } from '../../simulator/harness.ts'

/*
 * What a policy of the workspace decides beside a manifest, and what becomes of it when the policy is another one.
 */

const policies = '/api/2.0/policies/clusters'
const fixed = (value: string | number) => ({ type: 'fixed', value })

async function policy(simulator: Client, name: string, rules: object): Promise<string> {
  const definition = JSON.stringify(rules)
  return (await simulator.post(`${policies}/create`, { name, definition })).text('policy_id')
}

const told = (scene: Scene) =>
  scene.fleet
    .status('one')
    .conditions?.slice(0, 2)
    .map(({ type, reason, message }) => `${type} ${reason} ${message}`)

const asWanted = [expect.stringContaining('Ready Applied'), expect.stringContaining('Drifted NoDrift')]

describe('a cluster that somebody moved to another policy', () => {
  it('is put back whole, also what the other policy imposed', async () => {
    let mine = ''
    let theirs = ''
    const scene = await Scene.start({ sparkVersion: '15.4.x-scala2.12' }, async (simulator) => {
      mine = await policy(simulator, 'mine', { spark_version: fixed('15.4.x-scala2.12') })
      theirs = await policy(simulator, 'theirs', { spark_version: fixed('14.3.x-scala2.12') })
      return { policyId: mine }
    })
    await scene.editByHand({ policy_id: theirs, spark_version: '14.3.x-scala2.12' })
    await scene.settle()
    await scene.settle()
    expect(told(scene)).toEqual(asWanted)
    expect(await scene.details()).toMatchObject({ policy_id: mine, spark_version: '15.4.x-scala2.12' })
  })

  it('gets what its own policy wants also where the manifest leaves the policy that imposed something else', async () => {
    let mine = ''
    let former = ''
    const scene = await Scene.start({}, async (simulator) => {
      mine = await policy(simulator, 'mine', { spark_version: fixed('15.4.x-scala2.12') })
      former = await policy(simulator, 'former', {})
      return { policyId: former }
    })
    await scene.fleet.simulator.post(`${policies}/edit`, {
      policy_id: former,
      name: 'former',
      definition: JSON.stringify({ spark_version: fixed('14.3.x-scala2.12') }),
    })
    await scene.byHand('../2.0/policies/clusters/enforce-compliance')
    await scene.settle()
    expect(told(scene)?.[0]).toContain('Ready PolicyEnforced')
    await scene.apply({ policyId: mine })
    expect(told(scene)).toEqual(asWanted)
    expect(await scene.details()).toMatchObject({ policy_id: mine, spark_version: '15.4.x-scala2.12' })
  })

  it('is left there where the manifest says so, and what that imposes is told', async () => {
    let theirs = ''
    const management = { onDrift: 'Apply' as const, ignore: [{ path: 'policyId', reason: 'theirs' }] }
    const scene = await Scene.start({ management }, async (simulator) => {
      theirs = await policy(simulator, 'theirs', { spark_version: fixed('14.3.x-scala2.12') })
      return { policyId: await policy(simulator, 'mine', {}) }
    })
    await scene.editByHand({ policy_id: theirs, spark_version: '14.3.x-scala2.12' })
    expect(await scene.writes(() => scene.settle())).toEqual([])
    expect(told(scene)?.[0]).toContain('Ready PolicyEnforced')
  })
})

describe.each([true, false])('where an update refills what a policy fixes: %s', (updateRefillsPolicy) => {
  it('the instance profile that a policy gives stays when its block changes', async () => {
    const profile = 'arn:aws:iam::1:instance-profile/a'
    let policyId = ''
    const scene = await Scene.start(
      {},
      async (simulator) => {
        policyId = await policy(simulator, 'p', { 'aws_attributes.instance_profile_arn': fixed(profile) })
        return { policyId }
      },
      { updateRefillsPolicy },
    )
    await scene.apply({ policyId, awsAttributes: { availability: 'ON_DEMAND' } })
    expect(told(scene)).toEqual(asWanted)
    expect(await scene.details()).toMatchObject({
      aws_attributes: { availability: 'ON_DEMAND', instance_profile_arn: profile },
    })
  })

  it('a node type that a policy decides follows the policy', async () => {
    let policyId = ''
    const scene = await Scene.start(
      { nodeTypeId: undefined },
      async (simulator) => {
        policyId = await policy(simulator, 'p', { node_type_id: fixed('m5d.large') })
        return { policyId }
      },
      { updateRefillsPolicy },
    )
    await scene.fleet.simulator.post(`${policies}/edit`, {
      policy_id: policyId,
      name: 'p',
      definition: JSON.stringify({ node_type_id: fixed('m5d.xlarge') }),
    })
    await scene.apply({ policyId, nodeTypeId: undefined, sparkConf: { a: '1' } })
    expect(told(scene)).toEqual(asWanted)
    expect(await scene.details()).toMatchObject({ node_type_id: 'm5d.xlarge', spark_conf: { a: '1' } })
  })
})

describe('the pool of a cluster that a policy decides', () => {
  it('follows the policy, and its driver with it', async () => {
    let policyId = ''
    let pools: string[] = []
    const scene = await Scene.start({ nodeTypeId: undefined }, async (simulator) => {
      const poolOf = async (name: string) => {
        const pool = { instance_pool_name: name, node_type_id: 'm5d.large' }
        return (await simulator.post('/api/2.0/instance-pools/create', pool)).text('instance_pool_id')
      }
      pools = [await poolOf('former'), await poolOf('now')]
      policyId = await policy(simulator, 'p', { instance_pool_id: fixed(pools[0] ?? '') })
      return { policyId }
    })
    await scene.fleet.simulator.post(`${policies}/edit`, {
      policy_id: policyId,
      name: 'p',
      definition: JSON.stringify({ instance_pool_id: fixed(pools[1] ?? '') }),
    })
    await scene.apply({ policyId, nodeTypeId: undefined, sparkConf: { a: '1' } })
    expect(told(scene)).toEqual(asWanted)
    expect(await scene.details()).toMatchObject({
      instance_pool_id: pools[1],
      driver_instance_pool_id: pools[1],
      spark_conf: { a: '1' },
    })
    expect(await scene.writes(() => scene.settle())).toEqual([])
  })
})

describe('what left a manifest', () => {
  it('together with the policy that fixes it is taken away, in one write', async () => {
    const scene = await Scene.start({ sparkConf: { a: '1', b: '2' } }, async (simulator) => ({
      policyId: await policy(simulator, 'p', { 'spark_conf.a': fixed('1') }),
    }))
    const writes = await scene.writes(() => scene.apply({ sparkConf: { b: '2' } }))
    expect(writes).toMatchObject([{ verb: 'clusters/update' }])
    expect(told(scene)).toEqual(asWanted)
    const { policy_id: policyId, spark_conf: conf } = await scene.details()
    expect([policyId, conf]).toEqual([undefined, { b: '2' }])
  })
})
