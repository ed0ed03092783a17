import { describe, expect, it } from 'vitest'
import { job } from '../../src/kinds/job/index.ts'
import type { JobSpecSpec } from '../../src/kinds/job/schema.ts'
import { Fleet, many } from './fleet.ts'

const period = 600_000
const list = 'GET /api/2.2/jobs/list'

const aJob = (name: string): JobSpecSpec => ({
  name,
  tasks: [{ taskKey: 'main', notebookTask: { notebookPath: '/Shared/main' } }],
})

const jobs = (count: number) => Fleet.start({ kind: job, specs: many(count, aJob) })

describe('200 jobs at rest', () => {
  it('cost two list pages and no read in each period, and nothing is written on either side', async () => {
    const fleet = await jobs(200)
    fleet.around.api.writes.length = 0
    for (const _ of [1, 2, 3]) expect(await fleet.calls(() => fleet.run(period))).toEqual({ [list]: 2 })
    expect(fleet.around.api.writes).toEqual([])
  })
})
