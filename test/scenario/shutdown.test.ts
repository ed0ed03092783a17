import { describe, expect } from 'vitest'
import { inWorld } from './in-world.ts'
import { job } from './manifests.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

/*
 * Told to stop while a call hangs at Databricks: what runs gets its grace, and no more.
 */

const grace = 4_000
const it = inWorld({ flags: [`--grace=${grace}ms`, '--request-timeout=60s'] })

/** Brings the operator into a call that is never answered. */
async function hang({ kubernetes, databricks }: World, name: string): Promise<void> {
  await kubernetes.apply(job(name))
  await kubernetes.ready('JobSpec', name)
  await databricks.fault({ match: 'GET /api/2.2/jobs/get', hang: 'BeforeHeaders' })
  await kubernetes.annotate('JobSpec', name, { 'reconcile-at': 'now' })
  await until('the call hangs', async () => (await databricks.faultsLeft()) === 0)
}

describe('an operator that is told to stop', () => {
  it('waits for a call that hangs no longer than its grace, and ends with 0', async ({ world }) => {
    const { operator, kubernetes } = world
    await hang(world, 'waited-for')
    const asked = performance.now()
    expect(await operator.stop()).toBe(0)
    const took = performance.now() - asked
    expect(took).toBeGreaterThan(grace - 100)
    expect(took).toBeLessThan(grace + 3_000)
    expect(operator.log.join('\n')).toContain(`"unfinished":["JobSpec/${world.namespace}/waited-for"]`)

    await operator.start()
    await kubernetes.recheck('JobSpec', 'waited-for')
    expect(await world.databricks.jobsNamed('waited-for')).toHaveLength(1)
  })

  it('ends at once when told a second time', async ({ world }) => {
    const { operator, kubernetes } = world
    await hang(world, 'not-waited-for')
    const before = operator.log.length
    const asked = performance.now()
    operator.beginStop()
    await until('it is stopping', () =>
      operator.log.slice(before).some((line) => line.includes('"msg":"stopping"')),
    )
    expect(await operator.stop()).toBe(128 + 15)
    expect(performance.now() - asked).toBeLessThan(grace)

    await operator.start()
    await kubernetes.recheck('JobSpec', 'not-waited-for')
  })
})
