import { describe, expect, it } from 'vitest'
import { beginning, workspace, type Answer, type Client } from './harness.ts'
import { after, createJob, getRun, order, runNow, stateOf, task } from './run-steps.ts'

/** The results of the latest attempts at a run's tasks, by key. */
function resultsOf(run: Answer): Record<string, string> {
  const attempts = run.list('tasks')
  const inTime = attempts.toSorted(
    (left, right) => Number(left.at('attempt_number')) - Number(right.at('attempt_number')),
  )
  return Object.fromEntries(inTime.map((each) => [each.text('task_key'), each.text('state.result_state')]))
}

/** A finished run of a new job with these tasks. */
async function finished(client: Client, tasks: object[], more: object = {}): Promise<Answer> {
  const id = await runNow(client, await createJob(client, { tasks, ...more }))
  await client.advance(1000)
  return getRun(client, id)
}

const onBranch = (key: string, outcome: string) => task(key, { depends_on: [{ task_key: 'if', outcome }] })

const loop = (inputs: string, more: object = {}) => ({
  task_key: 'loop',
  for_each_task: { inputs, task: task('each'), ...more },
})

describe('the order of tasks', () => {
  it('is that of their dependencies, side by side where it can be', async () => {
    const client = await workspace()
    const tasks = [after('d', ['b', 'c']), task('a'), after('b', ['a']), after('c', ['a'])]
    const id = await runNow(client, await createJob(client, { tasks }))
    const states = async () => (await getRun(client, id)).texts('tasks', 'state.life_cycle_state')
    expect(await states()).toEqual(['BLOCKED', 'PENDING', 'BLOCKED', 'BLOCKED'])
    await client.advance(30)
    expect(await states()).toEqual(['BLOCKED', 'TERMINATED', 'RUNNING', 'RUNNING'])
    await client.advance(45)
    const run = await getRun(client, id)
    expect(run.at('end_time')).toBe(beginning + 75_000)
    expect(stateOf(run)).toBe('TERMINATED/SUCCESS')
  })

  it('skips what depends on a failure, and says so in the run', async () => {
    const client = await workspace()
    await order(client, { taskKey: 'a', result: 'FAILED', message: 'No such table' })
    const run = await finished(client, [task('a'), after('b', ['a']), after('c', ['b']), task('d')])
    expect(resultsOf(run)).toEqual({
      a: 'FAILED',
      b: 'UPSTREAM_FAILED',
      c: 'UPSTREAM_FAILED',
      d: 'SUCCESS',
    })
    expect(run.at('tasks.1.status.termination_details.code')).toBe('SKIPPED')
    expect(stateOf(run)).toBe('INTERNAL_ERROR/FAILED')
    expect(run.at('state.state_message')).toBe(
      'Task a failed with message: No such table. This caused all downstream tasks to get skipped.',
    )
  })

  it('is a success with failures when the leaves outlived a failure', async () => {
    const client = await workspace()
    await order(client, { taskKey: 'a', result: 'FAILED' })
    const run = await finished(client, [task('a'), after('b', ['a'], { run_if: 'ALL_DONE' })])
    expect(stateOf(run)).toBe('TERMINATED/SUCCESS_WITH_FAILURES')
    expect(run.at('status.termination_details.code')).toBe('SUCCESS_WITH_FAILURES')
  })

  // Which of s (succeeds), f (fails), x (excluded) and d (disabled) a task waits for, and what becomes of it.
  it.each([
    ['ALL_SUCCESS', ['s', 'x'], 'SUCCESS'],
    ['ALL_SUCCESS', ['s', 'f'], 'UPSTREAM_FAILED'],
    ['ALL_SUCCESS', ['s', 'd'], 'DISABLED'],
    ['ALL_DONE', ['f', 'd', 'x'], 'SUCCESS'],
    ['NONE_FAILED', ['s', 'd'], 'SUCCESS'],
    ['NONE_FAILED', ['s', 'f'], 'UPSTREAM_FAILED'],
    ['NONE_FAILED', ['d'], 'DISABLED'],
    ['AT_LEAST_ONE_SUCCESS', ['s', 'f'], 'SUCCESS'],
    ['AT_LEAST_ONE_SUCCESS', ['f'], 'UPSTREAM_FAILED'],
    ['AT_LEAST_ONE_FAILED', ['s', 'f'], 'SUCCESS'],
    ['AT_LEAST_ONE_FAILED', ['s'], 'EXCLUDED'],
    ['ALL_FAILED', ['f'], 'SUCCESS'],
    ['ALL_FAILED', ['s', 'f'], 'EXCLUDED'],
    ['ALL_DONE', ['x'], 'EXCLUDED'],
  ])('%s after %j ends as %s', async (run_if, keys, result) => {
    const client = await workspace()
    await order(client, { taskKey: 'f', result: 'FAILED' })
    const tasks = [
      task('s'),
      task('f'),
      task('d', { disabled: true }),
      after('x', ['s'], { run_if: 'ALL_FAILED' }),
      after('last', keys, { run_if }),
    ]
    expect(resultsOf(await finished(client, tasks))).toMatchObject({ x: 'EXCLUDED', last: result })
  })

  it.each([
    ['GREATER_THAN', '{{job.parameters.size}}', '9', 'true'],
    ['EQUAL_TO', '12.0', '12', 'false'],
    ['NOT_EQUAL', 'a', 'b', 'true'],
    ['GREATER_THAN_OR_EQUAL', '12.0', '12', 'true'],
    ['LESS_THAN', '10', '9', 'false'],
    ['LESS_THAN_OR_EQUAL', '9', '10', 'true'],
  ])('branches at a condition: %s %s %s is %s', async (...[op, left, right, outcome]) => {
    const client = await workspace()
    const run = await finished(
      client,
      [
        { task_key: 'if', condition_task: { op, left, right } },
        onBranch('yes', 'true'),
        onBranch('no', 'false'),
      ],
      { parameters: [{ name: 'size', default: '10' }] },
    )
    expect(run.at('tasks.0.condition_task.outcome')).toBe(outcome)
    expect(resultsOf(run)).toEqual({
      if: 'SUCCESS',
      yes: outcome === 'true' ? 'SUCCESS' : 'EXCLUDED',
      no: outcome === 'true' ? 'EXCLUDED' : 'SUCCESS',
    })
    expect(stateOf(run)).toBe('TERMINATED/SUCCESS')
  })
})

describe('trying again', () => {
  it('makes a new attempt after the interval, as often as allowed', async () => {
    const client = await workspace()
    await order(client, { result: 'FAILED', count: 5 })
    const retrying = task('main', { max_retries: 2, min_retry_interval_millis: 60_000 })
    const id = await runNow(client, await createJob(client, { tasks: [retrying] }))
    await client.advance(25)
    const waiting = await getRun(client, id)
    expect(stateOf(waiting)).toBe('RUNNING')
    expect(new Set(waiting.texts('tasks', 'state.life_cycle_state'))).toEqual(
      new Set(['TERMINATED', 'WAITING_FOR_RETRY']),
    )
    expect(waiting.texts('tasks', 'status.state')).toContain('WAITING')
    await client.advance(1000)
    const run = await getRun(client, id)
    expect(run.texts('tasks', 'attempt_number').toSorted()).toEqual(['0', '1', '2'])
    expect(stateOf(run)).toBe('INTERNAL_ERROR/FAILED')
    expect(run.at('end_time')).toBe(beginning + 3 * 25_000 + 2 * 60_000)
  })

  it('is over with the first success, without limit if that is wished', async () => {
    const client = await workspace()
    await order(client, { result: 'FAILED', count: 4 })
    const run = await finished(client, [task('main', { max_retries: -1 })])
    expect(run.list('tasks')).toHaveLength(5)
    expect(stateOf(run)).toBe('TERMINATED/SUCCESS')
  })

  it('comes to an end even when the clock is moved by years', async () => {
    const client = await workspace()
    await order(client, { result: 'FAILED', count: 1_000_000 })
    const id = await runNow(client, await createJob(client, { tasks: [task('main', { max_retries: -1 })] }))
    await client.advance(50 * 86_400)
    expect(stateOf(await getRun(client, id))).toBe('INTERNAL_ERROR/FAILED')
  })

  it.each([
    [false, 1],
    [true, 2],
  ])('happens after a time limit only with retry_on_timeout: %s', async (retry_on_timeout, attempts) => {
    const client = await workspace()
    await order(client, { seconds: 100 })
    const run = await finished(client, [
      task('main', { timeout_seconds: 30, max_retries: 1, retry_on_timeout }),
    ])
    expect(run.list('tasks')).toHaveLength(attempts)
    expect(stateOf(run)).toBe(attempts === 1 ? 'INTERNAL_ERROR/FAILED' : 'TERMINATED/SUCCESS')
    expect(run.texts('tasks', 'state.result_state')).toContain('TIMEDOUT')
  })
})

describe('tasks made of others', () => {
  it('go through a list, a number of turns at a time', async () => {
    const client = await workspace()
    const tasks = [loop('{{job.parameters.items}}', { concurrency: 2 })]
    const parameters = [{ name: 'items', default: '["a", "b", "c"]' }]
    const id = await runNow(client, await createJob(client, { tasks, parameters }))
    await client.advance(5 + 25)
    const run = await getRun(client, id)
    expect(run.at('tasks.0.for_each_task.stats.task_run_stats')).toEqual({
      total_iterations: 3,
      scheduled_iterations: 0,
      active_iterations: 1,
      completed_iterations: 2,
      succeeded_iterations: 2,
      failed_iterations: 0,
    })
    const read = await getRun(client, run.text('tasks.0.run_id'))
    expect(read.texts('iterations', 'state.life_cycle_state')).toEqual([
      'TERMINATED',
      'TERMINATED',
      'RUNNING',
    ])
    expect(read.texts('tasks', 'task_key')).toEqual(['loop'])
    await client.advance(15)
    expect((await getRun(client, id)).at('end_time')).toBe(beginning + 45_000)
  })

  it('show their turns in pages of 100', async () => {
    const client = await workspace()
    const inputs = JSON.stringify(Array.from({ length: 150 }, (_, index) => index))
    const run = await finished(client, [loop(inputs)])
    const first = await getRun(client, run.text('tasks.0.run_id'))
    const token = `&page_token=${first.text('next_page_token')}`
    const second = await getRun(client, run.text('tasks.0.run_id'), token)
    const ids = [...first.texts('iterations', 'run_id'), ...second.texts('iterations', 'run_id')]
    expect(new Set(ids).size).toBe(150)
    expect(second.at('next_page_token')).toBeUndefined()
  })

  it('fail when there is nothing to go through', async () => {
    const client = await workspace()
    const run = await finished(client, [loop('{{tasks.a.values.b}}')])
    expect(run.at('tasks.0.status.termination_details.code')).toBe('INVALID_RUN_CONFIGURATION')
  })

  it('run another job, and end as it does', async () => {
    const client = await workspace()
    const parameters = [{ name: 'day', default: 'today' }]
    const inner = await createJob(client, { parameters, tasks: [task('inner')] })
    const call = { task_key: 'call', run_job_task: { job_id: inner, job_parameters: { day: 'monday' } } }
    const outer = await createJob(client, { tasks: [call, after('next', ['call'])] })
    const id = await runNow(client, outer)
    await client.advance(10)
    const [child] = (await client.get(`/api/2.2/jobs/runs/list?job_id=${inner}`)).list('runs')
    const taskRun = (await getRun(client, id)).text('tasks.0.run_id')
    expect(child?.body).toMatchObject({
      trigger: 'RUN_JOB_TASK',
      trigger_info: { run_id: BigInt(taskRun) },
      job_parameters: [{ name: 'day', value: 'monday' }],
      start_time: beginning + 5000,
    })
    await client.advance(45)
    expect((await getRun(client, id)).at('end_time')).toBe(beginning + 55_000)
    const output = await client.get(`/api/2.2/jobs/runs/get-output?run_id=${taskRun}`)
    expect(output.at('run_job_output.run_id')).toBe(child?.at('run_id'))
  })

  it.each([
    ['fails', async (client: Client) => order(client, { taskKey: 'inner', result: 'FAILED' }), 'FAILED'],
    [
      'was deleted',
      async (client: Client, job: bigint) => {
        await client.post('/api/2.2/jobs/delete', { job_id: job })
      },
      'FAILED',
    ],
    [
      'is skipped',
      async (client: Client, job: bigint) => {
        await client.post('/api/2.2/jobs/update', { job_id: job, new_settings: { max_concurrent_runs: 0 } })
      },
      'FAILED',
    ],
  ])('fail when the other job %s', async (_what, prepare, result) => {
    const client = await workspace()
    const inner = await createJob(client, { tasks: [task('inner')] })
    const outer = await createJob(client, { tasks: [{ task_key: 'call', run_job_task: { job_id: inner } }] })
    await prepare(client, inner)
    const id = await runNow(client, outer)
    await client.advance(100)
    expect(resultsOf(await getRun(client, id))).toEqual({ call: result })
  })

  it('stop the other job when they are stopped', async () => {
    const client = await workspace()
    const inner = await createJob(client, { tasks: [task('inner')] })
    const outer = await createJob(client, { tasks: [{ task_key: 'call', run_job_task: { job_id: inner } }] })
    const id = await runNow(client, outer)
    await client.advance(10)
    await client.post('/api/2.2/jobs/runs/cancel', { run_id: id })
    await client.advance(5)
    const [child] = (await client.get(`/api/2.2/jobs/runs/list?job_id=${inner}`)).list('runs')
    expect(child && stateOf(child)).toBe('TERMINATED/CANCELED')
    expect(stateOf(await getRun(client, id))).toBe('TERMINATED/CANCELED')
  })
})
