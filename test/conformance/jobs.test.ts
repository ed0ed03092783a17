import { describe, expect } from 'vitest'
import { benName, place, robotName, type Caller, type Got } from './client.ts'
import { fact } from './fact.ts'

const api = '/api/2.2/jobs'

const task = (task_key: string, more: object = {}) => ({
  task_key,
  notebook_task: { notebook_path: `/Shared/${task_key}` },
  ...more,
})
const tasks = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, index) => task(`t${String(index).padStart(3, '0')}`, more))

const create = async (caller: Caller, settings: object = {}): Promise<bigint> =>
  BigInt((await caller.ok('POST', `${api}/create`, { tasks: [task('main')], ...settings })).text('job_id'))
const get = (caller: Caller, id: bigint, more = ''): Promise<Got> =>
  caller.get(`${api}/get?job_id=${id}${more}`)
const runNow = async (caller: Caller, job_id: bigint, more: object = {}): Promise<bigint> =>
  BigInt((await caller.ok('POST', `${api}/run-now`, { job_id, ...more })).text('run_id'))
const run = (caller: Caller, id: bigint): Promise<Got> => caller.get(`${api}/runs/get?run_id=${id}`)

describe('the settings of a job', () => {
  fact('13.1', 'a job of one task reads back with its defaults', async () => {
    const { robot } = await place()
    const id = await create(robot)
    expect((await get(robot, id)).json).toMatchObject({
      job_id: id,
      creator_user_name: robotName,
      run_as_user_name: robotName,
      settings: {
        name: 'Untitled',
        format: 'MULTI_TASK',
        email_notifications: {},
        webhook_notifications: {},
        timeout_seconds: 0,
        max_concurrent_runs: 1,
        queue: { enabled: true },
        tasks: [
          {
            task_key: 'main',
            run_if: 'ALL_SUCCESS',
            timeout_seconds: 0,
            email_notifications: {},
            notebook_task: { notebook_path: '/Shared/main', source: 'WORKSPACE' },
          },
        ],
      },
    })
  })

  fact('13.2', 'queueing is on by default, in create and in reset, and stays off when told', async () => {
    const { robot } = await place()
    const off = await create(robot, { queue: { enabled: false } })
    expect((await get(robot, off)).at('settings.queue.enabled')).toBe(false)
    await robot.ok('POST', `${api}/reset`, { job_id: off, new_settings: { tasks: [task('main')] } })
    expect((await get(robot, off)).at('settings.queue.enabled')).toBe(true)
  })

  fact('13.3', 'a reset without run_as keeps the former one, and replaces everything else', async () => {
    const { robot } = await place()
    const id = await create(robot, { run_as: { user_name: benName }, tags: { team: 'red' } })
    await robot.ok('POST', `${api}/reset`, {
      job_id: id,
      new_settings: { name: 'new', tasks: [task('main')] },
    })
    const after = await get(robot, id)
    expect(after.text('run_as_user_name')).toBe(benName)
    expect(after.text('settings.name')).toBe('new')
    expect(after.at('settings.tags')).toBeUndefined()
  })

  fact('13.4', 'dependencies and lists of webhooks come back in another order', async () => {
    const { robot } = await place()
    const depends_on = ['a3', 'a1', 'a2'].map((task_key) => ({ task_key }))
    const on_failure = ['3', '1', '2'].map((id) => ({ id }))
    const id = await create(robot, {
      tasks: [...['a1', 'a2', 'a3'].map((key) => task(key)), task('b', { depends_on })],
      webhook_notifications: { on_failure },
    })
    const keys = (await get(robot, id)).list('settings.tasks').at(-1)?.texts('depends_on', 'task_key')
    expect(keys).toEqual(['a1', 'a2', 'a3'])
    const orders = new Set<string>()
    for (let count = 0; count < 40; count += 1)
      orders.add((await get(robot, id)).texts('settings.webhook_notifications.on_failure', 'id').join())
    expect(orders.size).toBeGreaterThan(1)
  })

  fact('13.5', 'arrays come a hundred at a time, and each page repeats the plain values', async () => {
    const { robot } = await place()
    const job_clusters = Array.from({ length: 100 }, (_, index) => ({
      job_cluster_key: `k${index}`,
      new_cluster: { spark_version: '15.4.x-scala2.12', node_type_id: 'm5d.large', num_workers: 1 },
    }))
    const id = await create(robot, { name: 'big', tasks: tasks(250), job_clusters })
    const sizes: [number, number][] = []
    const keys: string[] = []
    for (let token: string | undefined = ''; token !== undefined;) {
      const page: Got = await get(robot, id, token === '' ? '' : `&page_token=${encodeURIComponent(token)}`)
      expect(page.text('settings.name')).toBe('big')
      keys.push(...page.texts('settings.tasks', 'task_key'))
      sizes.push([page.list('settings.tasks').length, page.list('settings.job_clusters').length])
      token = page.at('next_page_token') === undefined ? undefined : page.text('next_page_token')
    }
    expect(sizes).toEqual([
      [100, 100],
      [100, 0],
      [50, 0],
    ])
    expect(new Set(keys).size).toBe(250)
  })

  fact('13.6', 'the access list of a create is not shown with the job, but in its permissions', async () => {
    const { robot } = await place()
    const access_control_list = [{ user_name: benName, permission_level: 'CAN_VIEW' }]
    const id = await create(robot, { access_control_list })
    const shown = await get(robot, id)
    expect(shown.body).not.toContain(benName)
    expect((await robot.ok('GET', `/api/2.0/permissions/jobs/${id}`)).body).toContain(benName)
  })

  fact('13.7', 'the same create twice makes two jobs', async () => {
    const { robot } = await place()
    const [first, second] = [await create(robot, { name: 'twin' }), await create(robot, { name: 'twin' })]
    expect(first).not.toBe(second)
    const listed = await robot.ok('GET', `${api}/list?name=TWIN`)
    expect(listed.texts('jobs', 'job_id')).toEqual([second, first].map(String))
  })

  fact(
    '13.8',
    'an update merges tasks by key, replaces other fields whole, and removes what is named',
    async () => {
      const { robot } = await place()
      const id = await create(robot, {
        tasks: [task('a', { max_retries: 1 }), task('b'), task('c')],
        tags: { team: 'red' },
        timeout_seconds: 60,
      })
      await robot.ok('POST', `${api}/update`, {
        job_id: id,
        new_settings: { tasks: [task('a')], email_notifications: { on_failure: [benName] } },
        fields_to_remove: ['tags', 'tasks/b'],
      })
      const after = await get(robot, id)
      expect(after.texts('settings.tasks', 'task_key').toSorted()).toEqual(['a', 'c'])
      expect(after.list('settings.tasks').some((one) => one.at('max_retries') !== undefined)).toBe(false)
      expect(after.at('settings.tags')).toBeUndefined()
      expect(after.at('settings.timeout_seconds')).toBe(60)
      expect(after.at('settings.email_notifications')).toEqual({ on_failure: [benName] })
    },
  )

  fact('13.9', 'a list shows tasks only when they are asked for, and at most a hundred of them', async () => {
    const { robot } = await place()
    const id = await create(robot, { name: 'listed', tasks: tasks(130) })
    const plain = await robot.ok('GET', `${api}/list?name=listed`)
    expect(plain.at('jobs.0.settings.tasks')).toBeUndefined()
    const expanded = await robot.ok('GET', `${api}/list?name=listed&expand_tasks=true`)
    expect(expanded.text('jobs.0.job_id')).toBe(String(id))
    expect(expanded.list('jobs.0.settings.tasks')).toHaveLength(100)
    expect(expanded.at('jobs.0.has_more')).toBe(true)
    expect(expanded.at('jobs.0.run_as_user_name')).toBeUndefined()
  })

  fact('13.10', 'a job that Git serves needs to say which provider', async () => {
    const { robot } = await place()
    const git_source = { git_url: 'https://example.com/x.git', git_branch: 'main' }
    const refused = await robot.post(`${api}/create`, { tasks: [task('main')], git_source })
    expect(refused.refusal).toBe(
      '400 INVALID_PARAMETER_VALUE git_source.git_provider must be one of: github,gitlab,bitbucketcloud,gitlabenterpriseedition,bitbucketserver,azuredevopsservices,githubenterprise,awscodecommit',
    )
  })
})

describe('a run', () => {
  fact('14.1', 'takes its time, and both forms of its state tell how it goes', async () => {
    const { robot, advance } = await place()
    const id = await runNow(robot, await create(robot))
    const begun = await run(robot, id)
    expect(begun.text('run_id')).toBe(String(id))
    expect(begun.text('number_in_job')).toBe(String(id))
    expect(['PENDING', 'RUNNING']).toContain(begun.text('state.life_cycle_state'))
    expect(begun.at('state.result_state')).toBeUndefined()
    expect(begun.at('end_time')).toBe(0)
    await advance(3600)
    const done = await run(robot, id)
    expect(done.json).toMatchObject({
      state: { life_cycle_state: 'TERMINATED', result_state: 'SUCCESS' },
      status: { state: 'TERMINATED', termination_details: { code: 'SUCCESS', type: 'SUCCESS' } },
      run_type: 'JOB_RUN',
      trigger: 'ONE_TIME',
    })
    expect(done.list('tasks')).toHaveLength(1)
    expect(done.text('tasks.0.run_id')).not.toBe(String(id))
  })

  fact('14.2', 'beyond max_concurrent_runs it is queued if the job queues, else skipped', async () => {
    const { robot, advance } = await place()
    for (const [enabled, expected] of [
      [true, 'QUEUED'],
      [false, 'SKIPPED'],
    ] as const) {
      const job = await create(robot, { max_concurrent_runs: 1, queue: { enabled } })
      await runNow(robot, job)
      const second = await runNow(robot, job)
      expect((await run(robot, second)).text('state.life_cycle_state')).toBe(expected)
      await advance(7200)
      const after = await run(robot, second)
      if (enabled) expect(after.text('state.result_state')).toBe('SUCCESS')
      else expect(after.at('state.result_state')).toBeUndefined()
    }
  })

  fact('14.3', 'whose task failed is an INTERNAL_ERROR with result FAILED, and the task is not', async () => {
    const { robot, advance, control } = await place()
    const job = await create(robot)
    await control('POST', 'run-outcomes', { jobId: String(job), result: 'FAILED' })
    const id = await runNow(robot, job)
    await advance(7200)
    expect((await run(robot, id)).json).toMatchObject({
      state: {
        life_cycle_state: 'INTERNAL_ERROR',
        result_state: 'FAILED',
        state_message: 'Task main failed with message: Workload failed, see run output for details.',
      },
      status: {
        state: 'TERMINATED',
        termination_details: { code: 'RUN_EXECUTION_ERROR', type: 'CLIENT_ERROR' },
      },
      tasks: [{ state: { life_cycle_state: 'TERMINATED', result_state: 'FAILED' } }],
    })
  })

  fact('14.4', 'is started once for one idempotency token', async () => {
    const { robot } = await place()
    const job = await create(robot, { max_concurrent_runs: 5 })
    const first = await runNow(robot, job, { idempotency_token: 'once' })
    expect(await runNow(robot, job, { idempotency_token: 'once' })).toBe(first)
    expect(await runNow(robot, job, { idempotency_token: 'twice' })).not.toBe(first)
  })

  fact(
    '14.5',
    'is listed: the active ones, the completed ones, never both, fewer than 25 at a time',
    async () => {
      const { robot, advance } = await place()
      const job = await create(robot, { max_concurrent_runs: 5 })
      const done = await runNow(robot, job)
      await advance(7200)
      const going = await runNow(robot, job)
      const list = async (query: string) =>
        (await robot.ok('GET', `${api}/runs/list?job_id=${job}&${query}`)).texts('runs', 'run_id')
      expect(await list('active_only=true')).toEqual([String(going)])
      expect(await list('completed_only=true')).toEqual([String(done)])
      expect((await robot.get(`${api}/runs/list?active_only=true&completed_only=true`)).status).toBe(400)
      expect((await robot.get(`${api}/runs/list?limit=26`)).status).toBe(400)
    },
  )

  fact('14.6', 'that nobody knows is a 400, and an active one cannot be deleted', async () => {
    const { robot, advance } = await place()
    expect((await robot.get(`${api}/runs/get?run_id=5`)).refusal).toBe(
      '400 INVALID_PARAMETER_VALUE Run 5 does not exist.',
    )
    const run_id = await runNow(robot, await create(robot))
    expect((await robot.post(`${api}/runs/delete`, { run_id })).status).toBe(400)
    await robot.ok('POST', `${api}/runs/cancel`, { run_id })
    await advance(600)
    expect((await run(robot, run_id)).text('state.result_state')).toBe('CANCELED')
    await robot.ok('POST', `${api}/runs/delete`, { run_id })
  })

  fact('14.7', 'is forgotten after sixty days', async () => {
    const { robot, advance } = await place()
    const id = await runNow(robot, await create(robot))
    await advance(61 * 86_400)
    expect((await run(robot, id)).status).toBe(400)
  })
})

describe('who may see a job', () => {
  fact('15.1', 'the right is checked first: who may not look does not learn whether it exists', async () => {
    const { robot, ben } = await place()
    const id = await create(robot)
    for (const one of [id, id + 2n])
      expect((await get(ben, one)).refusal).toBe(
        `403 PERMISSION_DENIED User ${benName} does not have View or Admin or Manage Run or Owner permissions on job ${one}`,
      )
  })

  fact('15.2', 'an administrator learns with a 400 that there is no such job', async () => {
    const { robot } = await place()
    expect((await get(robot, 123n)).refusal).toBe('400 INVALID_PARAMETER_VALUE Job 123 does not exist.')
  })

  fact('15.3', 'nobody sets run_as to somebody else without the right to', async () => {
    const { ben } = await place()
    const mine = await ben.post(`${api}/create`, { tasks: [task('main')], run_as: { user_name: benName } })
    expect(mine.status).toBe(200)
    const job_id = BigInt(mine.text('job_id'))
    const new_settings = { run_as: { service_principal_name: robotName } }
    expect((await ben.post(`${api}/update`, { job_id, new_settings })).status).toBe(403)
  })
})
