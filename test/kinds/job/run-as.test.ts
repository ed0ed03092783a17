import { describe, expect, it } from 'vitest'
import { job } from '../../../src/kinds/job/index.ts'
import type { JobSpecSpec } from '../../../src/kinds/job/schema.ts'
import type { LoggedRequest } from '../../../src/simulator/http/request-log.ts'
import { Fleet } from '../../reconcile/fleet.ts'
import { workspace } from '../../simulator/harness.ts'

const period = 600_000
const update = 'POST /api/2.2/jobs/update'

const tasks = [{ taskKey: 'main', notebookTask: { notebookPath: '/Shared/main' } }]
const nightly = (userName?: string): JobSpecSpec => ({
  name: 'nightly',
  tasks,
  ...(userName === undefined ? {} : { runAs: { userName } }),
})

const asAna = () => Fleet.start({ kind: job, specs: { nightly: nightly('ana@example.com') } })

const conditions = (fleet: Fleet) =>
  fleet.status('nightly').conditions?.map(({ type, status, reason }) => `${type}=${status}/${reason}`)

describe('runAs that leaves the manifest', () => {
  it('and is kept by Databricks is written once: then it is said, however long', async () => {
    const fleet = await asAna()
    expect(conditions(fleet)).toEqual(['Ready=True/Applied', 'Drifted=False/NoDrift'])
    const calls = await fleet.calls(async () => {
      fleet.apply('nightly', nightly())
      await fleet.run(10 * period)
    })
    expect(calls[update]).toBe(1)
    expect(conditions(fleet)).toEqual(['Ready=True/CannotUnset', 'Drifted=False/NoDrift'])
    expect(fleet.status('nightly').conditions?.[0]?.message).toBe(
      'no longer in the manifest, and kept by Databricks: runAs {"userName":"ana@example.com"}. ' +
        'Write into the manifest what it is to be instead, or leave it as it is.',
    )
    expect(fleet.status('nightly').drift).toMatchObject({
      count: 0,
      changes: [{ path: 'runAs', action: 'Report' }],
    })
    expect(fleet.around.api.events.filter(({ reason }) => reason === 'CannotUnset')).toHaveLength(1)
  })

  it('is over when the manifest names somebody again', async () => {
    const fleet = await asAna()
    fleet.apply('nightly', nightly())
    await fleet.run(period)
    fleet.apply('nightly', nightly('ben@example.com'))
    await fleet.run(10_000)
    expect(conditions(fleet)).toEqual(['Ready=True/Applied', 'Drifted=False/NoDrift'])
    const { body } = await fleet.simulator.get(`/api/2.2/jobs/get?job_id=${fleet.idOf('nightly')}`)
    expect(body).toMatchObject({ run_as_user_name: 'ben@example.com' })
  })

  it('is nobody’s any more when somebody changes it by hand', async () => {
    const fleet = await asAna()
    fleet.apply('nightly', nightly())
    await fleet.run(period)
    await fleet.simulator.post('/api/2.2/jobs/update', {
      job_id: BigInt(fleet.idOf('nightly')),
      new_settings: { run_as: { user_name: 'ben@example.com' } },
    })
    await fleet.run(2 * period)
    expect(conditions(fleet)).toEqual(['Ready=True/Applied', 'Drifted=False/NoDrift'])
    expect(fleet.status('nightly').drift).toEqual({ count: 0, unlisted: 0 })
  })
})

describe('runAs that Databricks tells beside the settings only', () => {
  it.each([false, true])('is taken away like any other, removable %s', async (removableRunAs) => {
    const simulator = await workspace({ switches: { echoRunAs: false, removableRunAs } })
    const specs = { nightly: nightly('ana@example.com') }
    const fleet = await Fleet.start({ kind: job, specs }, { simulator })
    expect(conditions(fleet)).toEqual(['Ready=True/Applied', 'Drifted=False/NoDrift'])
    await simulator.control('DELETE', 'requests')
    fleet.apply('nightly', nightly())
    await fleet.run(10 * period)
    const { body } = await simulator.control('GET', 'requests')
    const sent = (body as unknown as LoggedRequest[]).filter(({ path }) => path.endsWith('/jobs/update'))
    expect(sent).toMatchObject([{ body: { new_settings: {}, fields_to_remove: ['run_as'] } }])
    expect(conditions(fleet)?.[0]).toBe(`Ready=True/${removableRunAs ? 'Applied' : 'CannotUnset'}`)
  })
})
