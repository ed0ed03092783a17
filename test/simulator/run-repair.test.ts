import { describe, expect, it } from 'vitest'
import { beginning, workspace, type Client } from './harness.ts'
import { after, createJob, getRun, order, runNow, stateOf, task } from './run-steps.ts'

const repair = (client: Client, run_id: bigint, more: object) =>
  client.post('/api/2.2/jobs/runs/repair', { run_id, ...more })

/** A run of a → b → c in which b failed, and d beside them. */
async function brokenRun(client: Client): Promise<{ job: bigint; id: bigint }> {
  await order(client, { taskKey: 'b', result: 'FAILED' })
  const tasks = [task('a'), after('b', ['a']), after('c', ['b']), task('d')]
  const job = await createJob(client, { tasks })
  const id = await runNow(client, job)
  await client.advance(50)
  expect(stateOf(await getRun(client, id))).toBe('INTERNAL_ERROR/FAILED')
  return { job, id }
}

/** The keys of the tasks that were tried again. */
const repaired = async (client: Client, id: bigint): Promise<string[]> =>
  (await getRun(client, id))
    .list('tasks')
    .filter((each) => each.at('attempt_number') === 1)
    .map((each) => each.text('task_key'))

describe('repairing a run', () => {
  it('tries again within the same run, which then succeeds', async () => {
    const client = await workspace()
    const { id } = await brokenRun(client)
    await client.advance(10)
    const answer = await repair(client, id, { rerun_all_failed_tasks: true })
    expect(answer.status).toBe(200)
    expect(await repaired(client, id)).toEqual(['b', 'c'])
    const going = await getRun(client, id)
    expect(stateOf(going)).toBe('RUNNING')
    expect(going.at('end_time')).toBe(0)
    await client.advance(50)
    const run = await getRun(client, id, '&include_history=true')
    expect(stateOf(run)).toBe('TERMINATED/SUCCESS')
    expect(run.at('end_time')).toBe(beginning + 110_000)
    expect(run.at('repair_history')).toMatchObject([
      {
        type: 'ORIGINAL',
        start_time: beginning,
        end_time: beginning + 50_000,
        state: { life_cycle_state: 'INTERNAL_ERROR', result_state: 'FAILED' },
        task_run_ids: { length: 4 },
      },
      {
        type: 'REPAIR',
        id: answer.at('repair_id'),
        start_time: beginning + 60_000,
        end_time: beginning + 110_000,
        state: { life_cycle_state: 'TERMINATED', result_state: 'SUCCESS' },
        status: { state: 'TERMINATED' },
        task_run_ids: { length: 2 },
      },
    ])
    expect((await getRun(client, id)).at('repair_history')).toBeUndefined()
  })

  it.each([
    [{ rerun_tasks: ['a'] }, ['a']],
    [{ rerun_tasks: ['a'], rerun_dependent_tasks: true }, ['a', 'b', 'c']],
    [{ rerun_all_failed_tasks: true, rerun_dependent_tasks: true }, ['b', 'c']],
  ])('tries again what %j means', async (wish, keys) => {
    const client = await workspace()
    const { id } = await brokenRun(client)
    await repair(client, id, wish)
    expect(await repaired(client, id)).toEqual(keys)
  })

  it('wants the latest repair named from the second one on', async () => {
    const client = await workspace()
    const { id } = await brokenRun(client)
    const wish = { rerun_tasks: ['a'] }
    expect((await repair(client, id, { ...wish, latest_repair_id: 7 })).status).toBe(400)
    const first = (await repair(client, id, wish)).at('repair_id')
    await client.advance(100)
    expect((await repair(client, id, wish)).status).toBe(400)
    expect((await repair(client, id, { ...wish, latest_repair_id: first })).status).toBe(200)
  })

  it('takes the tasks as the job has them now, and new values of parameters', async () => {
    const client = await workspace()
    const { job, id } = await brokenRun(client)
    const b = after('b', ['a'], { notebook_task: { notebook_path: '/Shared/mended' } })
    await client.post('/api/2.2/jobs/update', { job_id: job, new_settings: { tasks: [b] } })
    await repair(client, id, { rerun_tasks: ['b'], job_parameters: { day: 'monday' } })
    const run = await getRun(client, id)
    const again = run.list('tasks').find((each) => each.at('attempt_number') === 1)
    expect(again?.at('notebook_task.notebook_path')).toBe('/Shared/mended')
    expect(run.at('job_parameters')).toEqual([{ name: 'day', value: 'monday' }])
  })

  it.each<[string, object, string]>([
    ['both ways to choose', { rerun_tasks: ['a'], rerun_all_failed_tasks: true }, 'Only one of'],
    ['no way to choose', {}, 'no tasks to rerun'],
    ['an unknown task', { rerun_tasks: ['z'] }, "no task 'z'"],
  ])('refuses %s', async (_what, wish, text) => {
    const client = await workspace()
    const { id } = await brokenRun(client)
    const answer = await repair(client, id, wish)
    expect(answer).toMatchObject({ status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE' } })
    expect(answer.text('message')).toContain(text)
  })

  it('refuses a run that goes on, one that was all right, and one that is not there', async () => {
    const client = await workspace()
    const wish = { rerun_all_failed_tasks: true }
    const id = await runNow(client, await createJob(client, { tasks: [task('main')] }))
    expect((await repair(client, id, wish)).at('error_code')).toBe('INVALID_STATE')
    await client.advance(25)
    expect((await repair(client, id, wish)).status).toBe(400)
    expect((await repair(client, 5n, wish)).at('message')).toBe('Run 5 does not exist.')
  })
})
