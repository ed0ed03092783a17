import { describe, expect } from 'vitest'
import type { LoggedRequest } from '../../src/simulator/http/request-log.ts'
import { inWorld } from './in-world.ts'
import { job, workspace } from './manifests.ts'
import { idOf, timesPutBack } from './observer.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

const it = inWorld({ flags: ['--health-port=0'] })

const count = 200
const names = Array.from({ length: count }, (_, index) => `steady-${index}`)
const minute = 60_000

/** How often each call for jobs was made. */
function counted(calls: readonly LoggedRequest[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { method, path } of calls.filter((call) => call.path.startsWith('/api/2.2/jobs/')))
    counts[`${method} ${path}`] = (counts[`${method} ${path}`] ?? 0) + 1
  return counts
}

/** How many listings that showed all of them the operator says to have made. */
const sweeps = ({ operator }: World) =>
  operator.log.filter((line) => line.includes('"msg":"listed"') && line.includes(`"shown":${count},`)).length

/** Waits until so many more periods have gone by, each with its listing. */
async function periods(world: World, more: number): Promise<void> {
  const before = sweeps(world)
  await until(`${more} more listings`, () => sweeps(world) >= before + more, 3 * minute)
}

describe('200 jobs at rest', () => {
  it('are applied', { timeout: 4 * minute }, async ({ world }) => {
    const { kubernetes, databricks } = world
    const usual = workspace('default', databricks.url)
    await kubernetes.apply({ ...usual, spec: { ...usual.spec, interval: '30s' } } as typeof usual)
    await kubernetes.apply(...names.map((name) => job(name)))
    for (const name of names) await kubernetes.ready('JobSpec', name)
  })

  it(
    'cost two list pages and no read in each period, and no write on either side',
    { timeout: 4 * minute },
    async ({ world }) => {
      const { databricks, audit, operator } = world
      await periods(world, 1)
      const writes = (await audit.writes()).length
      const { calls } = await databricks.during(() => periods(world, 2))
      expect(counted(calls)).toEqual({ 'GET /api/2.2/jobs/list': 4 })
      expect((await audit.writes()).slice(writes)).toEqual([])
      const answered = /^lakeward_checks_total{kind="JobSpec",answer="Listing"} (\d+)/m
      expect(Number(answered.exec(await operator.metrics())?.[1])).toBeGreaterThanOrEqual(2 * count)
    },
  )

  it('show within a period what somebody changed, after one read of that job', async ({ world }) => {
    const { kubernetes, databricks } = world
    const name = 'steady-7'
    const id = idOf(kubernetes.object('JobSpec', name))
    const { calls } = await databricks.during(async () => {
      const new_settings = { name: 'renamed by hand' }
      await databricks.ana.post('/api/2.2/jobs/update', { job_id: BigInt(id), new_settings })
      await until(
        'the name is put back',
        () => timesPutBack(kubernetes.object('JobSpec', name)) === 1,
        minute,
      )
    })
    expect((await databricks.job(id))?.at('settings.name')).toBe(name)
    expect(counted(calls)).toEqual({
      'GET /api/2.2/jobs/list': 2,
      // The second reads back what was written.
      'GET /api/2.2/jobs/get': 2,
      'POST /api/2.2/jobs/update': 1,
    })
  })
})
