import { describe, expect, onTestFinished } from 'vitest'
import { join } from 'node:path'
import { Watchdog } from '../../src/control-plane/watchdog.ts'
import { inWorld } from './in-world.ts'
import { job } from './manifests.ts'
import { Operator } from './operator.ts'
import { OwnCluster } from './own-cluster.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

/*
 * Two operators, of which one works. Witnesses are the audit log, which knows each by its token, and the log of the
 * simulated workspace.
 */

const it = inWorld({ flags: ['--health-port=0', '--lease-duration=3s'] })

const create = 'POST /api/2.2/jobs/create'

/** A second operator that stands by. It ends with the test, and the first one of the world leads again. */
async function replicaIn(world: World): Promise<Operator> {
  const replica = await world.anotherOperator()
  onTestFinished(async () => {
    await replica.stop()
    if (!world.operator.isRunning) await world.operator.start()
    await until('the first one leads', async () => (await metricOf(world.operator)) === '1' || undefined)
  })
  await replica.startReplica()
  return replica
}

/** What an operator says of itself: 1 when it leads. */
const metricOf = async (operator: Operator): Promise<string | undefined> =>
  /^lakeward_leader (\d)$/m.exec(await operator.metrics())?.[1]

/** Resolves once it works, which it has not before. */
const works = (operator: Operator, since = 0): Promise<true> =>
  until('the other one works', () => operator.hasSaid('working', since) || undefined)

/** What stands in the lease. */
async function holder({ kubernetes }: World): Promise<string> {
  return kubernetes.kubectl(['get', 'lease', 'lakeward', '-o', 'jsonpath={.spec.holderIdentity}'])
}

const isWork = (asked: string): boolean => asked.startsWith('patch ') || asked.startsWith('create ')

describe('a second operator', () => {
  it('stands by and asks nothing but who leads, besides the watches that it has', async ({ world }) => {
    const { kubernetes, audit } = world
    await kubernetes.apply(job('alone'))
    await kubernetes.ready('JobSpec', 'alone')
    const replica = await replicaIn(world)
    const before = (await audit.of(replica)).length
    const { writes } = await world.databricks.during(async () => {
      await kubernetes.apply(job('both-there'))
      await kubernetes.ready('JobSpec', 'both-there')
    })
    expect(writes.map(({ path }) => path)).toEqual(['/api/2.2/jobs/create'])
    const asked = await until('it looks who leads', async () => {
      const all = (await audit.of(replica)).slice(before).filter((one) => !one.startsWith('watch '))
      return all.length > 0 && all
    })
    expect(new Set(asked)).toEqual(new Set(['get leases lakeward']))
    expect((await replica.visit('/readyz')).status).toBe(200)
    expect([await metricOf(replica), await metricOf(world.operator)]).toEqual(['0', '1'])
  })

  it('takes over when the first is killed, and lists nothing first: its caches are warm', async ({
    world,
  }) => {
    const { kubernetes, audit, operator } = world
    const replica = await replicaIn(world)
    await kubernetes.apply(job('before-the-kill'))
    await kubernetes.ready('JobSpec', 'before-the-kill')
    const before = (await audit.of(replica)).length
    await operator.kill()
    await kubernetes.apply(job('after-the-kill'))
    await kubernetes.ready('JobSpec', 'after-the-kill')
    const asked = (await audit.of(replica)).slice(before)
    const untilWork = asked.slice(0, asked.findIndex(isWork))
    expect(untilWork.filter((one) => one.startsWith('list '))).toEqual([])
    expect(untilWork).toContain('update leases lakeward')
  })

  it('takes over when the first has finished what it was at and given the lease back', async ({ world }) => {
    const { kubernetes, audit, operator, databricks } = world
    const replica = await replicaIn(world)
    await databricks.fault({ match: create, when: 'after', delaySeconds: 1 })
    await kubernetes.apply(job('finished'))
    await until('the create is on its way', async () => (await databricks.faultsLeft()) === 0)
    expect(await operator.stop()).toBe(0)
    expect(kubernetes.object('JobSpec', 'finished').status.externalId).toBeDefined()
    expect(operator.hasSaid('gave the lease back')).toBe(true)
    expect((await audit.of(operator)).findLast((one) => !one.startsWith('watch '))).toBe(
      'update leases lakeward',
    )
    await works(replica)
    await kubernetes.ready('JobSpec', 'finished')
    expect(await databricks.jobsNamed('finished')).toHaveLength(1)
  })
})

describe('an operator that freezes in the middle of its work', () => {
  const names = Array.from({ length: 8 }, (_, index) => `frozen-${index}`)

  it('is replaced, and sends nothing more on either side when it wakes', async ({ world }) => {
    const { kubernetes, audit, operator, databricks } = world
    const replica = await replicaIn(world)
    await databricks.fault({ match: create, when: 'after', delaySeconds: 1 })
    await kubernetes.apply(...names.map((name) => job(name)))
    await until('the first create is on its way', async () => (await databricks.faultsLeft()) === 0)
    operator.freeze()
    for (const name of names) await kubernetes.ready('JobSpec', name)
    expect(replica.hasSaid('working')).toBe(true)

    // So that whatever comes now comes from the one that wakes.
    replica.freeze()
    const asked = (await audit.of(operator)).length
    const said = operator.log.length
    const { calls } = await databricks.during(async () => {
      operator.thaw()
      await until('it stands by', () => operator.hasSaid('standing by', said) || undefined)
      await until('it has looked at the lease twice', async () => {
        const looks = (await audit.of(operator)).slice(asked).filter((one) => one === 'get leases lakeward')
        return looks.length > 1 || undefined
      })
    })
    replica.thaw()
    expect(calls).toEqual([])
    expect(operator.hasSaid('lost the lease', said)).toBe(true)
    const since = (await audit.of(operator)).slice(asked).filter((one) => !/^(watch|list) /.test(one))
    expect(new Set(since)).toEqual(new Set(['get leases lakeward']))
    for (const name of names) expect(await databricks.jobsNamed(name)).toHaveLength(1)
  })

  it('is warm again: it takes over from the one that replaced it', async ({ world }) => {
    const { kubernetes, databricks } = world
    await kubernetes.apply(job('after-the-frost'))
    await kubernetes.ready('JobSpec', 'after-the-frost')
    const { writes } = await databricks.during(async () => {
      for (const name of names) await kubernetes.recheck('JobSpec', name)
    })
    expect(writes).toEqual([])
  })
})

describe('the lease', () => {
  it('that somebody deletes is made again, and the work goes on', async ({ world }) => {
    const { kubernetes, operator } = world
    const said = operator.log.length
    await kubernetes.kubectl(['delete', 'lease', 'lakeward'])
    await until('it has noticed', () => operator.hasSaid('lost the lease', said) || undefined)
    await works(operator, said)
    await kubernetes.apply(job('lease-deleted'))
    await kubernetes.ready('JobSpec', 'lease-deleted')
  })

  it('that somebody takes stops the work until nobody is heard of', async ({ world }) => {
    const { kubernetes, operator, audit } = world
    const said = operator.log.length
    const patch = { spec: { holderIdentity: 'somebody', leaseDurationSeconds: 3 } }
    await kubernetes.kubectl(['patch', 'lease', 'lakeward', '--type=merge', '-p', JSON.stringify(patch)])
    await until('it stands by', () => operator.hasSaid('standing by', said) || undefined)
    const before = await audit.of(operator)
    expect(before.findLast((one) => !/^(watch|list) /.test(one))).toBe('get leases lakeward')
    await works(operator, said)
    expect(await holder(world)).not.toBe('somebody')
    await kubernetes.apply(job('lease-taken'))
    await kubernetes.ready('JobSpec', 'lease-taken')
  })
})

describe('two operators started by hand on one kubeconfig', () => {
  it('become leader and warm replica without a flag', async ({ world }) => {
    await using cluster = await OwnCluster.start()
    const watchdog = new Watchdog(join(world.folder, 'by-hand'))
    onTestFinished(() => watchdog.dismiss())
    const [first, second] = [0, 1].map(
      () => new Operator([`--kubeconfig=${cluster.kubeconfig}`], { watchdog, environment: {} }),
    ) as [Operator, Operator]
    await first.start()
    await second.startReplica()
    expect(first.hasSaid('standing by')).toBe(false)
    expect(await first.stop()).toBe(0)
    await works(second)
    expect(await second.stop()).toBe(0)
  })
})
