import { describe, expect, it } from 'vitest'
import { beginning, workspace } from './harness.ts'
import { after, createJob, getRun, order, runNow, stateOf, task } from './run-steps.ts'

const run_ = (id: bigint) => ({ run_id: id })
const forBen = (level: string) => [{ user_name: 'ben@example.com', permission_level: level }]

describe('a run', () => {
  it('is prepared, goes on and ends, and a read says so in the old words and the new', async () => {
    const client = await workspace()
    const job = await createJob(client, { name: 'nightly', tasks: [task('main')] })
    const answer = await client.post('/api/2.2/jobs/run-now', { job_id: job })
    expect(answer.at('number_in_job')).toBe(answer.at('run_id'))
    const id = BigInt(answer.text('run_id'))

    const pending = await getRun(client, id)
    expect(pending.body).toMatchObject({
      job_id: job,
      run_id: id,
      job_run_id: id,
      number_in_job: id,
      run_name: 'nightly',
      run_type: 'JOB_RUN',
      trigger: 'ONE_TIME',
      creator_user_name: '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50',
      start_time: beginning,
      end_time: 0,
      run_page_url: `${client.url}/?o=7405611111111111#job/${job}/run/${id}`,
      state: { life_cycle_state: 'PENDING', user_cancelled_or_timedout: false },
      status: { state: 'PENDING' },
      tasks: [
        {
          task_key: 'main',
          attempt_number: 0,
          run_if: 'ALL_SUCCESS',
          notebook_task: { notebook_path: '/Shared/main', source: 'WORKSPACE' },
          start_time: beginning,
          state: { life_cycle_state: 'PENDING' },
        },
      ],
    })
    expect(pending.at('tasks.0.run_id')).not.toBe(id)

    await client.advance(5)
    const running = await getRun(client, id)
    expect(running.at('state')).toEqual({
      life_cycle_state: 'RUNNING',
      state_message: 'In run',
      user_cancelled_or_timedout: false,
    })
    expect(running.at('tasks.0.status.state')).toBe('RUNNING')

    await client.advance(20)
    expect((await getRun(client, id)).body).toMatchObject({
      end_time: beginning + 25_000,
      run_duration: 25_000,
      setup_duration: 0,
      execution_duration: 0,
      state: { life_cycle_state: 'TERMINATED', result_state: 'SUCCESS' },
      status: { state: 'TERMINATED', termination_details: { code: 'SUCCESS', type: 'SUCCESS' } },
      tasks: [{ setup_duration: 5000, execution_duration: 20_000, end_time: beginning + 25_000 }],
    })
  })

  it('dates what was missed to the instants at which it was due', async () => {
    const client = await workspace()
    const job = await createJob(client, { tasks: [task('a'), after('b', ['a'])] })
    const id = await runNow(client, job)
    await client.advance(100_000)
    const run = await getRun(client, id)
    expect(run.at('end_time')).toBe(beginning + 50_000)
    expect(run.at('tasks.1.start_time')).toBe(beginning + 25_000)
  })

  it('has ids that a double cannot hold', async () => {
    const client = await workspace()
    const job = await createJob(client, { tasks: [task('main')], max_concurrent_runs: 5 })
    for (let count = 0; count < 5; count += 1) {
      const id = await runNow(client, job)
      expect(BigInt(Number(id))).not.toBe(id)
    }
  })

  it('shows a failed task as an INTERNAL_ERROR of the run', async () => {
    const client = await workspace()
    const job = await createJob(client, { tasks: [task('main')] })
    await order(client, { result: 'FAILED' })
    const id = await runNow(client, job)
    await client.advance(25)
    const message = 'Task main failed with message: Workload failed, see run output for details.'
    expect((await getRun(client, id)).body).toMatchObject({
      state: { life_cycle_state: 'INTERNAL_ERROR', result_state: 'FAILED', state_message: message },
      status: {
        state: 'TERMINATED',
        termination_details: { code: 'RUN_EXECUTION_ERROR', type: 'CLIENT_ERROR', message },
      },
      tasks: [
        {
          state: {
            life_cycle_state: 'TERMINATED',
            result_state: 'FAILED',
            state_message: 'Workload failed, see run output for details',
          },
        },
      ],
    })
  })

  it('shows it as TERMINATED where classic compute is presumed to', async () => {
    const client = await workspace({ switches: { failedRun: 'TERMINATED' } })
    await order(client, { result: 'FAILED' })
    const id = await runNow(client, await createJob(client, { tasks: [task('main')] }))
    await client.advance(25)
    expect(stateOf(await getRun(client, id))).toBe('TERMINATED/FAILED')
  })

  it('shows how fast serverless compute is to be, if it uses any', async () => {
    const client = await workspace()
    const more = { max_concurrent_runs: 5 }
    const serverless = await createJob(client, { ...more, tasks: [task('main')] })
    const classic = await createJob(client, { tasks: [task('main', { existing_cluster_id: 'c' })] })
    const target = async (id: bigint) => (await getRun(client, id)).at('effective_performance_target')
    expect(await target(await runNow(client, serverless))).toBe('PERFORMANCE_OPTIMIZED')
    expect(await target(await runNow(client, serverless, { performance_target: 'STANDARD' }))).toBe(
      'STANDARD',
    )
    expect(await target(await runNow(client, classic))).toBeUndefined()
  })

  it('can be started as if the time had come', async () => {
    const client = await workspace()
    const id = await createJob(client, { tasks: [task('main')] })
    const started = await client.control('POST', `jobs/${id}/trigger`, { trigger: 'FILE_ARRIVAL' })
    expect((await getRun(client, started.text('runId'))).at('trigger')).toBe('FILE_ARRIVAL')
    expect((await client.control('POST', 'jobs/5/trigger')).status).toBe(404)
    const empty = await createJob(client, {})
    expect((await client.control('POST', `jobs/${empty}/trigger`)).status).toBe(400)
  })

  it('fails when the principal it would act as is not there', async () => {
    const client = await workspace({ switches: { refuseUnknownRunAs: false } })
    const run_as = { user_name: 'gone@example.com' }
    const id = await runNow(client, await createJob(client, { run_as, tasks: [task('main')] }))
    await client.advance(25)
    expect((await getRun(client, id)).at('tasks.0.status.termination_details.code')).toBe(
      'UNAUTHORIZED_ERROR',
    )
  })

  it('is gone after 60 days', async () => {
    const client = await workspace()
    const id = await runNow(client, await createJob(client, { tasks: [task('main')] }))
    await client.advance(60 * 86_400 + 25)
    expect((await getRun(client, id)).status).toBe(200)
    await client.advance(1)
    expect((await getRun(client, id)).body).toEqual({
      error_code: 'INVALID_PARAMETER_VALUE',
      message: `Run ${id} does not exist.`,
    })
    expect((await client.get('/api/2.2/jobs/runs/list')).body).toEqual({ has_more: false })
  })

  it('keeps the settings that its job had when it started', async () => {
    const client = await workspace()
    const job = await createJob(client, { tasks: [task('before')] })
    const id = await runNow(client, job)
    await client.post('/api/2.2/jobs/reset', { job_id: job, new_settings: { tasks: [task('later')] } })
    expect((await getRun(client, id)).texts('tasks', 'task_key')).toEqual(['before'])
  })
})

describe('starting a run', () => {
  it('gives the same run for the same token, and an error once that run is deleted', async () => {
    const client = await workspace()
    const job = await createJob(client, { tasks: [task('main')] })
    const other = await createJob(client, { tasks: [task('main')] })
    const token = { idempotency_token: 'once' }
    const id = await runNow(client, job, token)
    expect(await runNow(client, job, token)).toBe(id)
    expect(await runNow(client, other, token)).not.toBe(id)
    await client.advance(25)
    expect(await runNow(client, job, token)).toBe(id)
    await client.post('/api/2.2/jobs/runs/delete', run_(id))
    const refused = await client.post('/api/2.2/jobs/run-now', { job_id: job, ...token })
    expect(refused).toMatchObject({ status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE' } })
  })

  it('shows the parameters of the job with the values of the run', async () => {
    const client = await workspace()
    const parameters = [
      { name: 'day', default: 'today' },
      { name: 'size', default: 'small' },
    ]
    const job = await createJob(client, { parameters, tasks: [task('main')] })
    const id = await runNow(client, job, { job_parameters: { size: 'large', extra: 'x' } })
    expect((await getRun(client, id)).at('job_parameters')).toEqual([
      { name: 'day', default: 'today', value: 'today' },
      { name: 'size', default: 'small', value: 'large' },
      { name: 'extra', value: 'x' },
    ])
  })

  it('keeps the older parameters as they were sent', async () => {
    const client = await workspace()
    const job = await createJob(client, { tasks: [task('main')] })
    const id = await runNow(client, job, { notebook_params: { a: '1' } })
    expect((await getRun(client, id)).at('overriding_parameters')).toEqual({ notebook_params: { a: '1' } })
  })

  it('resolves references to what is only known in the run', async () => {
    const client = await workspace()
    const base_parameters = { day: '{{job.parameters.day}}', id: '{{ job.id }}', odd: '{{tasks.x.values.y}}' }
    const job = await createJob(client, {
      parameters: [{ name: 'day', default: 'today' }],
      tasks: [task('main', { notebook_task: { notebook_path: '/x', base_parameters } })],
    })
    const run = await getRun(client, await runNow(client, job), '&include_resolved_values=true')
    expect(run.at('tasks.0.resolved_values')).toEqual({
      notebook_task: { base_parameters: { day: 'today', id: String(job), odd: '{{tasks.x.values.y}}' } },
    })
    expect((await getRun(client, run.text('run_id'))).at('tasks.0.resolved_values')).toBeUndefined()
  })

  it.each([
    [['b'], ['b']],
    [['+b'], ['a', 'b']],
    [['b+'], ['b', 'c']],
    [
      ['+b+', 'd'],
      ['a', 'b', 'c', 'd'],
    ],
  ])('runs only %j', async (only, keys) => {
    const client = await workspace()
    const tasks = [task('a'), after('b', ['a']), after('c', ['b']), task('d')]
    const id = await runNow(client, await createJob(client, { tasks }), { only })
    expect((await getRun(client, id)).texts('tasks', 'task_key')).toEqual(keys)
    await client.advance(100)
    expect(stateOf(await getRun(client, id))).toBe('TERMINATED/SUCCESS')
  })

  it.each<[string, object, string]>([
    ['a token of 65 characters', { idempotency_token: 'x'.repeat(65) }, 'idempotency_token'],
    ['an unknown task', { only: ['z'] }, "The task 'z'"],
    ['two older parameters that exclude each other', { jar_params: [], notebook_params: {} }, 'Only one of'],
    ['older and newer parameters', { python_params: [], job_parameters: {} }, 'cannot both'],
    ['long parameters', { python_params: ['x'.repeat(10_000)] }, 'exceeds 10000 bytes'],
  ])('refuses %s', async (_what, more, text) => {
    const client = await workspace()
    const job = await createJob(client, { parameters: [{ name: 'p', default: '' }], tasks: [task('main')] })
    const answer = await client.post('/api/2.2/jobs/run-now', { job_id: job, ...more })
    expect(answer.status).toBe(400)
    expect(answer.text('message')).toContain(text)
    expect((await client.get(`/api/2.2/jobs/runs/list?job_id=${job}`)).at('runs')).toBeUndefined()
  })

  it('refuses a job without tasks and a job that is not there', async () => {
    const client = await workspace()
    const job = await createJob(client, { name: 'empty' })
    expect((await client.post('/api/2.2/jobs/run-now', { job_id: job })).status).toBe(400)
    expect((await client.post('/api/2.2/jobs/run-now', { job_id: 5 })).body).toEqual({
      error_code: 'INVALID_PARAMETER_VALUE',
      message: 'Job 5 does not exist.',
    })
  })

  it('refuses to start a continuous job that is just being started', async () => {
    const client = await workspace()
    const job = await createJob(client, { continuous: {}, tasks: [task('main')] })
    await runNow(client, job)
    const answer = await client.post('/api/2.2/jobs/run-now', { job_id: job })
    expect(answer).toMatchObject({ status: 409, body: { error_code: 'CONFLICT' } })
    expect(answer.text('message')).toContain(
      'A concurrent request to run the continuous job is already in progress',
    )
    await client.advance(5)
    expect((await client.post('/api/2.2/jobs/run-now', { job_id: job })).status).toBe(200)
  })
})

describe('several runs of one job', () => {
  it('wait for each other in the queue', async () => {
    const client = await workspace()
    const job = await createJob(client, { tasks: [task('main')] })
    const [first, second, third] = [
      await runNow(client, job),
      await runNow(client, job),
      await runNow(client, job),
    ]
    expect((await getRun(client, second)).body).toMatchObject({
      state: { life_cycle_state: 'QUEUED', queue_reason: expect.stringContaining('maximum concurrent runs') },
      status: { state: 'QUEUED', queue_details: { code: 'MAX_CONCURRENT_RUNS_REACHED' } },
      tasks: [{ state: { life_cycle_state: 'BLOCKED' } }],
    })
    await client.advance(25)
    expect(stateOf(await getRun(client, first))).toBe('TERMINATED/SUCCESS')
    expect(stateOf(await getRun(client, second))).toBe('PENDING')
    expect(stateOf(await getRun(client, third))).toBe('QUEUED')
    await client.advance(50)
    const last = await getRun(client, third)
    expect(stateOf(last)).toBe('TERMINATED/SUCCESS')
    expect(last.at('queue_duration')).toBe(50_000)
    expect(last.at('end_time')).toBe(beginning + 75_000)
  })

  it('are skipped where the job does not queue', async () => {
    const client = await workspace()
    const job = await createJob(client, { queue: { enabled: false }, tasks: [task('main')] })
    await runNow(client, job)
    const answer = await getRun(client, await runNow(client, job))
    expect(answer.at('state')).toEqual({
      life_cycle_state: 'SKIPPED',
      state_message: 'Skipped because the maximum number of concurrent runs was reached',
      user_cancelled_or_timedout: false,
    })
    expect(answer.at('status.termination_details.code')).toBe('MAX_CONCURRENT_RUNS_EXCEEDED')
    expect(answer.at('tasks')).toEqual([])
  })

  it('are skipped with a result where that is switched on', async () => {
    const client = await workspace({ switches: { skippedRunResult: 'MAXIMUM_CONCURRENT_RUNS_REACHED' } })
    const job = await createJob(client, { max_concurrent_runs: 0, tasks: [task('main')] })
    expect(stateOf(await getRun(client, await runNow(client, job)))).toBe(
      'SKIPPED/MAXIMUM_CONCURRENT_RUNS_REACHED',
    )
  })

  it('queue or not as run-now itself says', async () => {
    const client = await workspace()
    const job = await createJob(client, { tasks: [task('main')] })
    await runNow(client, job)
    const skipped = await runNow(client, job, { queue: { enabled: false } })
    expect(stateOf(await getRun(client, skipped))).toBe('SKIPPED')
  })

  it('go on side by side as far as max_concurrent_runs allows', async () => {
    const client = await workspace()
    const job = await createJob(client, { max_concurrent_runs: 2, tasks: [task('main')] })
    const ids = [await runNow(client, job), await runNow(client, job), await runNow(client, job)]
    const states = await Promise.all(ids.map(async (id) => stateOf(await getRun(client, id))))
    expect(states).toEqual(['PENDING', 'PENDING', 'QUEUED'])
  })

  it('leave the queue after two days', async () => {
    const client = await workspace()
    const job = await createJob(client, { tasks: [task('main')] })
    await order(client, { seconds: 10 * 86_400 })
    await runNow(client, job)
    const second = await runNow(client, job)
    await client.advance(48 * 3600 - 1)
    expect(stateOf(await getRun(client, second))).toBe('QUEUED')
    await client.advance(1)
    expect(stateOf(await getRun(client, second))).toBe('SKIPPED')
  })

  it('wait when too many tasks go on in the workspace', async () => {
    const client = await workspace({ switches: { mostTaskRuns: 2 } })
    const wide = await createJob(client, { tasks: [task('a'), task('b')] })
    const other = await createJob(client, { tasks: [task('main')] })
    await runNow(client, wide)
    const queued = await runNow(client, other)
    expect((await getRun(client, queued)).at('status.queue_details.code')).toBe('ACTIVE_RUNS_LIMIT_REACHED')
    await client.advance(25)
    expect(stateOf(await getRun(client, queued))).toBe('PENDING')
    await runNow(client, wide)
    const skipped = await getRun(client, await runNow(client, other, { queue: { enabled: false } }))
    expect(skipped.at('status.termination_details.code')).toBe('MAX_CONCURRENT_RUNS_EXCEEDED')
  })
})

describe('stopping', () => {
  it('takes a while', async () => {
    const client = await workspace()
    const id = await runNow(client, await createJob(client, { tasks: [task('a'), after('b', ['a'])] }))
    await client.advance(10)
    expect((await client.post('/api/2.2/jobs/runs/cancel', run_(id))).body).toEqual({})
    expect(stateOf(await getRun(client, id))).toBe('TERMINATING')
    await client.advance(5)
    const run = await getRun(client, id)
    expect(run.body).toMatchObject({
      state: {
        life_cycle_state: 'TERMINATED',
        result_state: 'CANCELED',
        state_message: 'Run cancelled.',
        user_cancelled_or_timedout: true,
      },
      status: { termination_details: { code: 'USER_CANCELED' } },
      tasks: [
        { state: { result_state: 'CANCELED' } },
        { state: { result_state: 'CANCELED' }, end_time: beginning + 10_000 },
      ],
    })
  })

  it('is nothing for a run that is over', async () => {
    const client = await workspace()
    const id = await runNow(client, await createJob(client, { tasks: [task('main')] }))
    await client.advance(25)
    const before = (await getRun(client, id)).body
    expect((await client.post('/api/2.2/jobs/runs/cancel', run_(id))).body).toEqual({})
    expect((await getRun(client, id)).body).toEqual(before)
  })

  it('can mean one task alone', async () => {
    const client = await workspace()
    const id = await runNow(client, await createJob(client, { tasks: [task('a'), task('b')] }))
    const [a] = (await getRun(client, id)).list('tasks')
    await client.post('/api/2.2/jobs/runs/cancel', run_(BigInt(a?.text('run_id') ?? '')))
    await client.advance(25)
    const run = await getRun(client, id)
    expect(run.texts('tasks', 'state.result_state')).toEqual(['CANCELED', 'SUCCESS'])
    expect(stateOf(run)).toBe('TERMINATED/CANCELED')
  })

  it('means all runs of a job, also those in the queue, or those alone', async () => {
    const client = await workspace()
    const job = await createJob(client, { tasks: [task('main')] })
    const ids = [await runNow(client, job), await runNow(client, job), await runNow(client, job)]
    const states = async () => Promise.all(ids.map(async (id) => stateOf(await getRun(client, id))))
    await client.post('/api/2.2/jobs/runs/cancel', run_(ids[2] ?? 0n))
    expect(await states()).toEqual(['PENDING', 'QUEUED', 'TERMINATED/CANCELED'])
    await client.post('/api/2.2/jobs/runs/cancel-all', { all_queued_runs: true })
    expect(await states()).toEqual(['PENDING', 'TERMINATED/CANCELED', 'TERMINATED/CANCELED'])
    ids.push(await runNow(client, job))
    await client.post('/api/2.2/jobs/runs/cancel-all', { job_id: job })
    await client.advance(5)
    expect(new Set(await states())).toEqual(new Set(['TERMINATED/CANCELED']))
    expect((await client.post('/api/2.2/jobs/runs/cancel-all', {})).status).toBe(400)
  })

  it('comes with the deletion of the job; its runs stay', async () => {
    const client = await workspace()
    const job = await createJob(client, { tasks: [task('main')] })
    const [active, queued] = [await runNow(client, job), await runNow(client, job)]
    await client.post('/api/2.2/jobs/delete', { job_id: job })
    expect(stateOf(await getRun(client, active))).toBe('TERMINATING')
    await client.advance(5)
    expect(stateOf(await getRun(client, active))).toBe('TERMINATED/CANCELED')
    expect(stateOf(await getRun(client, queued))).toBe('TERMINATED/CANCELED')
    expect((await client.get(`/api/2.2/jobs/runs/list?job_id=${job}`)).list('runs')).toHaveLength(2)
  })

  it('is due when the time limit of the job is over, also one that was set since', async () => {
    const client = await workspace()
    const settings = { timeout_seconds: 15, tasks: [task('main')] }
    const job = await createJob(client, settings)
    const first = await runNow(client, job)
    await client.advance(15)
    expect(stateOf(await getRun(client, first))).toBe('TERMINATING')
    await client.advance(5)
    expect((await getRun(client, first)).body).toMatchObject({
      end_time: beginning + 20_000,
      state: { life_cycle_state: 'TERMINATED', result_state: 'TIMEDOUT', user_cancelled_or_timedout: true },
      status: { termination_details: { code: 'CANCELED' } },
    })
    const second = await runNow(client, job)
    await client.advance(10)
    await client.post('/api/2.2/jobs/reset', {
      job_id: job,
      new_settings: { ...settings, timeout_seconds: 0 },
    })
    await client.advance(15)
    expect(stateOf(await getRun(client, second))).toBe('TERMINATED/SUCCESS')
  })
})

describe('deleting a run', () => {
  it('is refused while it goes on', async () => {
    const client = await workspace()
    const id = await runNow(client, await createJob(client, { tasks: [task('main')] }))
    expect(await client.post('/api/2.2/jobs/runs/delete', run_(id))).toMatchObject({
      status: 400,
      body: { error_code: 'INVALID_STATE' },
    })
    await client.advance(25)
    const taskRun = (await getRun(client, id)).text('tasks.0.run_id')
    expect((await client.post('/api/2.2/jobs/runs/delete', run_(id))).body).toEqual({})
    expect((await getRun(client, id)).status).toBe(400)
    expect((await getRun(client, taskRun)).status).toBe(400)
  })
})

describe('who may do what with runs', () => {
  it('is what they may do with the job', async () => {
    const client = await workspace()
    const hidden = await createJob(client, { tasks: [task('main')] })
    const seen = await createJob(client, { tasks: [task('main')], access_control_list: forBen('CAN_VIEW') })
    const own = await createJob(client, {
      tasks: [task('main')],
      access_control_list: forBen('CAN_MANAGE_RUN'),
    })
    const ben = client.as('ben@example.com')
    const hiddenRun = await runNow(client, hidden)
    const seenRun = await runNow(client, seen)
    expect(await getRun(ben, hiddenRun)).toMatchObject({
      status: 403,
      body: { error_code: 'PERMISSION_DENIED' },
    })
    expect((await getRun(ben, seenRun)).status).toBe(200)
    expect((await ben.post('/api/2.2/jobs/runs/cancel', run_(seenRun))).status).toBe(403)
    expect((await ben.post('/api/2.2/jobs/run-now', { job_id: seen })).status).toBe(403)
    const ownRun = await runNow(ben, own)
    expect((await ben.post('/api/2.2/jobs/runs/cancel', run_(ownRun))).status).toBe(200)
    const listed = (await ben.get('/api/2.2/jobs/runs/list'))
      .list('runs')
      .map((run) => BigInt(run.text('run_id')))
    expect(new Set(listed)).toEqual(new Set([seenRun, ownRun]))
    expect((await ben.get(`/api/2.2/jobs/runs/list?job_id=${hidden}`)).status).toBe(403)
    expect((await getRun(ben, 5n)).body).toMatchObject({ message: 'Run 5 does not exist.' })
  })
})
