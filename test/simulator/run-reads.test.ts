import { describe, expect, it } from 'vitest'
import { beginning, workspace, type Answer, type Client } from './harness.ts'
import { createJob, getRun, order, runNow, stateOf, task } from './run-steps.ts'

const list = (client: Client, query = ''): Promise<Answer> => client.get(`/api/2.2/jobs/runs/list?${query}`)
const ids = (answer: Answer): bigint[] => answer.texts('runs', 'run_id').map(BigInt)

describe('listing runs', () => {
  it('goes by their end, the latest first; one that goes on counts with its start', async () => {
    const client = await workspace()
    const job = await createJob(client, { max_concurrent_runs: 9, tasks: [task('main')] })
    await order(client, { seconds: 1000 })
    const long = await runNow(client, job)
    await client.advance(10)
    const short = await runNow(client, job)
    expect(ids(await list(client, `job_id=${job}`))).toEqual([short, long])
    await client.advance(30)
    expect(ids(await list(client, `job_id=${job}`))).toEqual([short, long])
    await client.advance(1000)
    expect(ids(await list(client, `job_id=${job}`))).toEqual([long, short])
  })

  it('pages forth and back', async () => {
    const client = await workspace()
    const job = await createJob(client, { max_concurrent_runs: 100, tasks: [task('main')] })
    const all: bigint[] = []
    for (let count = 0; count < 30; count += 1) all.unshift(await runNow(client, job))
    const first = await list(client)
    expect(ids(first)).toEqual(all.slice(0, 20))
    expect(first.at('has_more')).toBe(true)
    expect(first.at('prev_page_token')).toBeUndefined()
    const second = await list(client, `page_token=${first.text('next_page_token')}`)
    expect(ids(second)).toEqual(all.slice(20))
    expect(second.at('has_more')).toBe(false)
    expect(second.at('next_page_token')).toBeUndefined()
    const back = await list(client, `page_token=${second.text('prev_page_token')}`)
    expect(ids(back)).toEqual(all.slice(0, 20))
    expect(ids(await list(client, 'limit=0'))).toEqual(all.slice(0, 24))
    expect(ids(await list(client, 'limit=2&offset=3'))).toEqual(all.slice(3, 5))
  })

  it('filters', async () => {
    const client = await workspace()
    const job = await createJob(client, { tasks: [task('main')] })
    const done = await runNow(client, job)
    await client.advance(100)
    const active = await runNow(client, job)
    const queued = await runNow(client, job)
    const submitted = BigInt(
      (await client.post('/api/2.2/jobs/runs/submit', { tasks: [task('x')] })).text('run_id'),
    )
    const found = async (query: string) => new Set(ids(await list(client, query)))
    expect(await found('')).toEqual(new Set([done, active, queued, submitted]))
    expect(await found(`job_id=${job}`)).toEqual(new Set([done, active, queued]))
    expect(await found('active_only=true')).toEqual(new Set([active, queued, submitted]))
    expect(await found('completed_only=true')).toEqual(new Set([done]))
    expect(await found('run_type=SUBMIT_RUN')).toEqual(new Set([submitted]))
    expect(await found(`start_time_to=${beginning}`)).toEqual(new Set([done]))
    expect(await found(`start_time_from=${beginning + 1}`)).toEqual(new Set([active, queued, submitted]))
  })

  it('shows tasks on demand, the first hundred', async () => {
    const client = await workspace()
    const tasks = Array.from({ length: 101 }, (_, index) => task(`t${index}`))
    await runNow(client, await createJob(client, { tasks }))
    const [plain] = (await list(client)).list('runs')
    expect(plain?.at('tasks')).toBeUndefined()
    const [expanded] = (await list(client, 'expand_tasks=true')).list('runs')
    expect(expanded?.list('tasks')).toHaveLength(100)
    expect(expanded?.at('has_more')).toBe(true)
    expect(expanded?.at('next_page_token')).toBeUndefined()
  })

  it.each([
    'limit=25',
    'limit=-1',
    'limit=x',
    'offset=-1',
    'page_token=bogus',
    'active_only=true&completed_only=true',
    'run_type=OTHER',
    'job_id=x',
    'job_id=5',
    'start_time_from=x',
  ])('refuses %s', async (query) => {
    const answer = await list(await workspace(), query)
    expect(answer).toMatchObject({ status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE' } })
  })
})

describe('reading a run', () => {
  it('pages its tasks and parameters by 100', async () => {
    const client = await workspace()
    const tasks = Array.from({ length: 250 }, (_, index) => task(`t${index}`))
    const parameters = Array.from({ length: 120 }, (_, index) => ({ name: `p${index}`, default: '' }))
    const id = await runNow(client, await createJob(client, { tasks, parameters }))
    const pages = [await getRun(client, id)]
    for (let token = pages[0]?.at('next_page_token'); typeof token === 'string';) {
      const page = await getRun(client, id, `&page_token=${token}`)
      pages.push(page)
      token = page.at('next_page_token')
    }
    expect(pages.map((page) => page.list('tasks').length)).toEqual([100, 100, 50])
    expect(pages.map((page) => page.list('job_parameters').length)).toEqual([100, 20, 0])
    expect(pages.map((page) => page.at('run_id'))).toEqual([id, id, id])
    expect((await getRun(client, id, '&page_token=bogus')).status).toBe(400)
  })

  it('takes the id of a task run for that task alone', async () => {
    const client = await workspace()
    const id = await runNow(client, await createJob(client, { tasks: [task('a'), task('b')] }))
    const b = (await getRun(client, id)).text('tasks.1.run_id')
    expect((await getRun(client, b)).body).toMatchObject({
      run_id: BigInt(b),
      job_run_id: id,
      run_name: 'b',
      attempt_number: 0,
      original_attempt_run_id: BigInt(b),
      state: { life_cycle_state: 'PENDING' },
      tasks: [{ task_key: 'b', run_id: BigInt(b) }],
    })
  })

  it('shows with a single task where it runs', async () => {
    const client = await workspace()
    const more = { existing_cluster_id: '0903-101530-k3v9x2ab', libraries: [{ jar: 'j' }] }
    const id = await runNow(client, await createJob(client, { tasks: [task('a', more)] }))
    await client.advance(5)
    const run = await getRun(client, id)
    expect(run.at('tasks.0.cluster_instance')).toEqual({ cluster_id: more.existing_cluster_id })
    expect((await getRun(client, run.text('tasks.0.run_id'))).at('cluster_spec')).toEqual(more)
  })

  it.each(['', 'run_id=', 'run_id=x'])('refuses %j', async (query) => {
    const { get } = await workspace()
    expect((await get(`/api/2.2/jobs/runs/get?${query}`)).status).toBe(400)
  })
})

const output = (client: Client, id: string) => client.get(`/api/2.2/jobs/runs/get-output?run_id=${id}`)

const taskRuns = async (client: Client, tasks: object[]): Promise<{ run: string; tasks: string[] }> => {
  const id = await runNow(client, await createJob(client, { tasks }))
  await client.advance(25)
  return { run: String(id), tasks: (await getRun(client, id)).texts('tasks', 'run_id') }
}

describe('the output of a run', () => {
  it('is what a notebook returned', async () => {
    const client = await workspace()
    await order(client, { output: '42' })
    const { tasks } = await taskRuns(client, [task('main')])
    const answer = await output(client, tasks[0] ?? '')
    expect(answer.at('notebook_output')).toEqual({ result: '42', truncated: false })
    expect(answer.at('metadata')).toMatchObject({
      run_name: 'main',
      state: { result_state: 'SUCCESS' },
      tasks: [{ task_key: 'main' }],
    })
  })

  it('is what a program printed, and its error', async () => {
    const client = await workspace()
    await order(client, { result: 'FAILED', output: 'so far', error: 'ValueError: no' })
    const program = { task_key: 'main', spark_python_task: { python_file: '/x.py' }, environment_key: 'e' }
    const environments = [{ environment_key: 'e', spec: { client: '1' } }]
    const id = await runNow(client, await createJob(client, { tasks: [program], environments }))
    await client.advance(25)
    const answer = await output(client, (await getRun(client, id)).text('tasks.0.run_id'))
    expect(answer.body).toMatchObject({
      logs: 'so far',
      logs_truncated: false,
      error: 'ValueError: no',
      error_trace: expect.stringContaining('ValueError: no'),
    })
  })

  it('is cut at five megabytes', async () => {
    const client = await workspace()
    await order(client, { output: 'x'.repeat(5 * 1024 * 1024 + 1) })
    const { tasks } = await taskRuns(client, [task('main')])
    const answer = await output(client, tasks[0] ?? '')
    expect(answer.at('notebook_output.truncated')).toBe(true)
    expect(answer.text('notebook_output.result')).toHaveLength(5 * 1024 * 1024)
  })

  it('is not that of the whole run', async () => {
    const client = await workspace()
    const { run } = await taskRuns(client, [task('a')])
    expect(await output(client, run)).toMatchObject({
      status: 400,
      body: { error_code: 'INVALID_PARAMETER_VALUE', message: expect.stringContaining('multiple tasks') },
    })
  })

  it('is that of the only task where that is switched on', async () => {
    const client = await workspace({ switches: { outputOfRunWithOneTask: 'Given' } })
    const { run } = await taskRuns(client, [task('a')])
    expect((await output(client, run)).status).toBe(200)
  })

  it('can be exported as a page', async () => {
    const client = await workspace()
    await order(client, { output: '<b>' })
    const { run, tasks } = await taskRuns(client, [task('main')])
    const answer = await client.get(`/api/2.2/jobs/runs/export?run_id=${tasks[0]}`)
    expect(answer.at('views')).toMatchObject([
      { name: 'main', type: 'NOTEBOOK', content: expect.stringContaining('&lt;b&gt;') },
    ])
    expect((await client.get(`/api/2.2/jobs/runs/export?run_id=${run}`)).status).toBe(400)
  })
})

const submit = (client: Client, more: object = {}) =>
  client.post('/api/2.2/jobs/runs/submit', { tasks: [task('main')], ...more })

describe('a one-time run', () => {
  it('belongs to no job', async () => {
    const client = await workspace()
    const answer = await submit(client)
    expect(answer.body).toEqual({ run_id: BigInt(answer.text('run_id')) })
    await client.advance(25)
    const run = await getRun(client, answer.text('run_id'))
    expect(run.body).toMatchObject({ run_name: 'Untitled', run_type: 'SUBMIT_RUN', trigger: 'ONE_TIME' })
    expect(stateOf(run)).toBe('TERMINATED/SUCCESS')
    expect((await client.get(`/api/2.2/jobs/get?job_id=${run.text('job_id')}`)).status).toBe(400)
    expect((await client.get('/api/2.2/jobs/list')).list('jobs')).toHaveLength(1)
  })

  it('is the same one for the same token', async () => {
    const client = await workspace()
    const first = (await submit(client, { idempotency_token: 't' })).at('run_id')
    expect((await submit(client, { idempotency_token: 't' })).at('run_id')).toBe(first)
    expect((await submit(client, { idempotency_token: 'u' })).at('run_id')).not.toBe(first)
  })

  it('can be shared', async () => {
    const client = await workspace()
    const access_control_list = [{ user_name: 'ben@example.com', permission_level: 'CAN_VIEW' }]
    const shared = await submit(client, { access_control_list })
    const own = await submit(client)
    const ben = client.as('ben@example.com')
    expect((await getRun(ben, shared.text('run_id'))).status).toBe(200)
    expect((await getRun(ben, own.text('run_id'))).status).toBe(403)
  })

  it.each<[string, object]>([
    ['no tasks', { tasks: [] }],
    ['a task without a type', { tasks: [{ task_key: 'x' }] }],
    ['a cluster that cannot be', { tasks: [task('x', { new_cluster: {} })] }],
    ['an unknown identity', { run_as: { user_name: 'no@example.com' } }],
    [
      'nobody to share with',
      { access_control_list: [{ user_name: 'no@example.com', permission_level: 'CAN_VIEW' }] },
    ],
  ])('is refused with %s', async (_what, more) => {
    const client = await workspace()
    const { status } = await submit(client, more)
    expect([400, 404]).toContain(status)
    expect((await list(client)).at('runs')).toBeUndefined()
  })
})

describe('orders for coming attempts', () => {
  it('hold for the job and the task they name, as often as they say', async () => {
    const client = await workspace()
    const first = await createJob(client, { max_concurrent_runs: 5, tasks: [task('a'), task('b')] })
    const second = await createJob(client, { tasks: [task('a')] })
    await order(client, { jobId: String(first), taskKey: 'a', result: 'FAILED', count: 2 })
    expect((await client.control('GET', 'run-outcomes')).body).toMatchObject([{ taskKey: 'a', count: 2 }])
    const other = await runNow(client, second)
    const runs = [await runNow(client, first), await runNow(client, first), await runNow(client, first)]
    await client.advance(25)
    expect(stateOf(await getRun(client, other))).toBe('TERMINATED/SUCCESS')
    const results = await Promise.all(
      runs.map(async (id) => (await getRun(client, id)).texts('tasks', 'state.result_state')),
    )
    expect(results).toEqual([
      ['FAILED', 'SUCCESS'],
      ['FAILED', 'SUCCESS'],
      ['SUCCESS', 'SUCCESS'],
    ])
    expect((await client.control('GET', 'run-outcomes')).body).toEqual([])
  })

  it('say how long it takes, and why it fails', async () => {
    const client = await workspace()
    const job = await createJob(client, { tasks: [task('a')] })
    const cause = { code: 'CLUSTER_ERROR', type: 'CLOUD_FAILURE', message: 'No machines' }
    await order(client, { result: 'FAILED', seconds: 7.5, setupSeconds: 0, ...cause })
    const id = await runNow(client, job)
    await client.advance(8)
    expect((await getRun(client, id)).body).toMatchObject({
      end_time: beginning + 7500,
      tasks: [{ setup_duration: 0, execution_duration: 7500, status: { termination_details: cause } }],
    })
  })

  it('can be taken back, and are refused when they are wrong', async () => {
    const client = await workspace()
    await order(client, { result: 'FAILED' })
    await client.control('DELETE', 'run-outcomes')
    expect((await client.control('GET', 'run-outcomes')).body).toEqual([])
    for (const wrong of [{ result: 'MAYBE' }, { jobId: 5 }, { second: 5 }, { seconds: -1 }]) {
      expect((await client.control('POST', 'run-outcomes', wrong)).status).toBe(400)
    }
  })
})
