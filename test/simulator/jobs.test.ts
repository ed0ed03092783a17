import { describe, expect, it } from 'vitest'
import { pageOfJobs } from '../../src/simulator/jobs/list.ts'
import { pageToken } from '../../src/simulator/page-token.ts'
import { workspace, type Answer, type Client } from './harness.ts'

const newCluster = { spark_version: '15.4.x-scala2.12', node_type_id: 'm5d.large', num_workers: 1 }
const task = (task_key: string, more: object = {}) => ({
  task_key,
  notebook_task: { notebook_path: `/Shared/${task_key}` },
  ...more,
})

const tasks = (count: number) => ({ tasks: Array.from({ length: count }, (_, index) => task(`t${index}`)) })
const owner = (user_name: string) => ({ user_name, permission_level: 'IS_OWNER' })
const cron = (quartz_cron_expression: string, timezone_id = 'UTC') => ({
  schedule: { quartz_cron_expression, timezone_id },
})
const git = (more: object) => ({ git_source: { git_url: 'https://example.com/x.git', ...more } })

const create = async (client: Client, settings: object): Promise<string> => {
  const answer = await client.post('/api/2.2/jobs/create', settings)
  expect(answer).toMatchObject({ status: 200 })
  return answer.text('job_id')
}
const read = (client: Client, id: string, more = ''): Promise<Answer> =>
  client.get(`/api/2.2/jobs/get?job_id=${id}${more}`)

describe('creating and reading a job', () => {
  it('fills in what was left out', async () => {
    const client = await workspace()
    const id = await create(client, { tasks: [task('main')] })
    expect((await read(client, id)).body).toEqual({
      job_id: BigInt(id),
      creator_user_name: '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50',
      run_as_user_name: '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50',
      created_time: Date.parse('2026-09-03T10:15:30Z'),
      settings: {
        name: 'Untitled',
        format: 'MULTI_TASK',
        email_notifications: {},
        webhook_notifications: {},
        timeout_seconds: 0,
        max_concurrent_runs: 1,
        queue: { enabled: true },
        performance_target: 'PERFORMANCE_OPTIMIZED',
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

  it('gives ids that a double cannot hold', async () => {
    const client = await workspace()
    for (let count = 0; count < 20; count += 1) {
      const id = BigInt(await create(client, { name: 'x' }))
      expect(BigInt(Number(id))).not.toBe(id)
      expect(id).toBeLessThan(2n ** 63n)
    }
  })

  it('makes a second job of the same name when create is repeated', async () => {
    const client = await workspace()
    const first = await create(client, { name: 'twin' })
    expect(await create(client, { name: 'twin' })).not.toBe(first)
    expect((await client.get('/api/2.2/jobs/list?name=TWIN')).list('jobs')).toHaveLength(2)
  })

  it('queues by default since 2.2, not when told otherwise and not in 2.1', async () => {
    const client = await workspace()
    const off = await create(client, { queue: { enabled: false } })
    expect((await read(client, off)).at('settings.queue.enabled')).toBe(false)
    const older = (await client.post('/api/2.1/jobs/create', {})).text('job_id')
    expect((await read(client, older)).at('settings.queue')).toBeUndefined()
  })

  it('gives dependencies and notification lists back in another order', async () => {
    const client = await workspace()
    const ids = ['a', 'b', 'c'].map((id) => ({ id }))
    const id = await create(client, {
      webhook_notifications: { on_failure: ids },
      tasks: [task('a1'), task('a2'), task('b', { depends_on: [{ task_key: 'a2' }, { task_key: 'a1' }] })],
    })
    expect((await read(client, id)).at('settings.tasks.2.depends_on')).toEqual([
      { task_key: 'a1' },
      { task_key: 'a2' },
    ])
    const orders = new Set<string>()
    for (let count = 0; count < 30; count += 1) {
      const list = (await read(client, id)).at('settings.webhook_notifications.on_failure')
      expect(list).toHaveLength(3)
      orders.add(JSON.stringify(list))
    }
    expect(orders.size).toBeGreaterThan(1)
  })

  it('fills the new clusters of a job, and never gives the policy flag back', async () => {
    const client = await workspace()
    const new_cluster = { ...newCluster, apply_policy_default_values: true, autotermination_minutes: 20 }
    const id = await create(client, { job_clusters: [{ job_cluster_key: 'main', new_cluster }] })
    expect((await read(client, id)).at('settings.job_clusters.0.new_cluster')).toEqual({
      ...newCluster,
      driver_node_type_id: 'm5d.large',
      data_security_mode: 'SINGLE_USER',
      enable_elastic_disk: false,
      aws_attributes: { availability: 'SPOT_WITH_FALLBACK', zone_id: 'us-east-1c' },
    })
  })

  it('fills the pause status of a schedule and the source of code from Git', async () => {
    const client = await workspace()
    const id = await create(client, {
      schedule: { quartz_cron_expression: '0 0 2 * * ?', timezone_id: 'Europe/Berlin' },
      git_source: { git_url: 'https://example.com/x.git', git_provider: 'gitHub', git_branch: 'main' },
      tasks: [task('main')],
    })
    const { settings } = (await read(client, id)).body as { settings: object }
    expect(settings).toMatchObject({
      schedule: { pause_status: 'UNPAUSED' },
      tasks: [{ notebook_task: { source: 'GIT' } }],
    })
  })

  it('does not echo the access list', async () => {
    const client = await workspace()
    const access_control_list = [{ user_name: 'ben@example.com', permission_level: 'CAN_VIEW' }]
    const id = await create(client, { name: 'shared', access_control_list })
    expect((await read(client, id)).at('settings.access_control_list')).toBeUndefined()
    const ben = client.as('ben@example.com')
    expect((await read(ben, id)).status).toBe(200)
    expect((await ben.post('/api/2.2/jobs/delete', { job_id: BigInt(id) })).status).toBe(403)
  })

  it('pages the arrays inside one job by 100', async () => {
    const client = await workspace()
    const tasks = Array.from({ length: 150 }, (_, index) => task(`t${index}`))
    const id = await create(client, { name: 'big', tasks, parameters: [{ name: 'p', default: '1' }] })
    const first = await read(client, id)
    expect(first.list('settings.tasks')).toHaveLength(100)
    expect(first.at('has_more')).toBe(true)
    const second = await read(client, id, `&page_token=${first.text('next_page_token')}`)
    expect(second.texts('settings.tasks', 'task_key')).toEqual(
      tasks.slice(100).map(({ task_key }) => task_key),
    )
    expect(second.at('settings.name')).toBe('big')
    expect(second.at('settings.parameters')).toEqual([])
    expect(second.at('next_page_token')).toBeUndefined()
    expect((await read(client, id, '&page_token=bogus')).status).toBe(400)
  })
})

describe('listing jobs', () => {
  it('goes from the newest to the oldest in pages, forth and back', async () => {
    const client = await workspace()
    for (let index = 0; index < 5; index += 1) await create(client, { name: `job-${index}` })
    const first = await client.get('/api/2.2/jobs/list?limit=2')
    expect(first.texts('jobs', 'settings.name')).toEqual(['job-4', 'job-3'])
    expect(first.at('has_more')).toBe(true)
    expect(first.at('prev_page_token')).toBeUndefined()
    const second = await client.get(`/api/2.2/jobs/list?limit=2&page_token=${first.text('next_page_token')}`)
    expect(second.texts('jobs', 'settings.name')).toEqual(['job-2', 'job-1'])
    const third = await client.get(`/api/2.2/jobs/list?limit=2&page_token=${second.text('next_page_token')}`)
    expect(third.texts('jobs', 'settings.name')).toEqual(['job-0', 'legacy-report'])
    expect(third.at('has_more')).toBe(false)
    const back = await client.get(`/api/2.2/jobs/list?limit=2&page_token=${third.text('prev_page_token')}`)
    expect(back.texts('jobs', 'settings.name')).toEqual(['job-2', 'job-1'])
  })

  it('misses no job when another one is deleted between two pages', async () => {
    const client = await workspace()
    const ids: string[] = []
    for (let index = 0; index < 4; index += 1) ids.push(await create(client, { name: `job-${index}` }))
    const first = await client.get('/api/2.2/jobs/list?limit=2')
    await client.post('/api/2.2/jobs/delete', { job_id: BigInt(ids[3] ?? '') })
    const second = await client.get(`/api/2.2/jobs/list?limit=2&page_token=${first.text('next_page_token')}`)
    expect(second.texts('jobs', 'settings.name')).toEqual(['job-1', 'job-0'])
  })

  it('skips the newest ones where an older client counts', async () => {
    const client = await workspace()
    for (let index = 0; index < 4; index += 1) await create(client, { name: `job-${index}` })
    const page = await client.get('/api/2.1/jobs/list?limit=2&offset=1')
    expect(page.texts('jobs', 'settings.name')).toEqual(['job-2', 'job-1'])
    const next = await client.get(
      `/api/2.1/jobs/list?limit=2&offset=1&page_token=${page.text('next_page_token')}`,
    )
    expect(next.texts('jobs', 'settings.name')).toEqual(['job-0', 'legacy-report'])
  })

  it('looks only at the jobs around the page, however many there are', () => {
    const jobs = Array.from({ length: 10_000 }, (_, index) => ({
      id: BigInt(index),
      creator: 'ana@example.com',
      createdAt: 0,
      settings: {},
      serial: index * 3,
    }))
    let looks = 0
    const isShown = () => (looks += 1) > 0
    for (const place of [{}, { before: 15_000 }, { after: 15_000 }]) {
      looks = 0
      const query = new URLSearchParams({ limit: '100', page_token: pageToken(place) })
      expect(pageOfJobs({ jobs, isShown }, query)).toMatchObject({ jobs: { length: 100 } })
      expect(looks).toBeLessThanOrEqual(102)
    }
  })

  it('shows tasks on demand, and never who a job runs as', async () => {
    const client = await workspace()
    await create(client, { name: 'big', tasks: Array.from({ length: 101 }, (_, index) => task(`t${index}`)) })
    const [plain] = (await client.get('/api/2.2/jobs/list')).list('jobs')
    expect(plain?.at('settings.tasks')).toBeUndefined()
    expect(plain?.at('run_as_user_name')).toBeUndefined()
    const [expanded] = (await client.get('/api/2.2/jobs/list?expand_tasks=true')).list('jobs')
    expect(expanded?.list('settings.tasks')).toHaveLength(100)
    expect(expanded?.at('has_more')).toBe(true)
    expect(expanded?.at('next_page_token')).toBeUndefined()
  })

  it('leaves the list out when nothing is found', async () => {
    const { get } = await workspace()
    expect((await get('/api/2.2/jobs/list?name=nothing')).body).toEqual({ has_more: false })
  })

  it.each(['limit=0', 'limit=101', 'limit=x', 'offset=-1', 'page_token=bogus'])(
    'refuses %s',
    async (query) => {
      const { get } = await workspace()
      const { status, body } = await get(`/api/2.2/jobs/list?${query}`)
      expect(status).toBe(400)
      expect(body).toMatchObject({ error_code: 'INVALID_PARAMETER_VALUE' })
    },
  )
})

describe('changing a job', () => {
  it('reset replaces everything but the identity that it does not mention', async () => {
    const client = await workspace()
    const run_as = { user_name: 'ana@example.com' }
    const id = await create(client, { name: 'a', tags: { x: '1' }, run_as, queue: { enabled: false } })
    const { body } = await client.post('/api/2.2/jobs/reset', {
      job_id: BigInt(id),
      new_settings: { name: 'b' },
    })
    expect(body).toEqual({})
    const job = await read(client, id)
    expect(job.at('settings')).toMatchObject({ name: 'b', run_as, queue: { enabled: true } })
    expect(job.at('settings.tags')).toBeUndefined()
    expect(job.at('run_as_user_name')).toBe('ana@example.com')
  })

  it('update merges tasks and job clusters by key and replaces everything else whole', async () => {
    const client = await workspace()
    const id = await create(client, {
      tags: { a: '1', b: '2' },
      tasks: [task('one', { max_retries: 3 }), task('two')],
      job_clusters: [{ job_cluster_key: 'main', new_cluster: newCluster }],
    })
    await client.post('/api/2.2/jobs/update', {
      job_id: BigInt(id),
      new_settings: {
        tags: { c: '3' },
        tasks: [task('one', { timeout_seconds: 9 }), task('three')],
        job_clusters: [{ job_cluster_key: 'more', new_cluster: newCluster }],
      },
    })
    const job = await read(client, id)
    expect(job.at('settings.tags')).toEqual({ c: '3' })
    expect(job.texts('settings.tasks', 'task_key')).toEqual(['one', 'two', 'three'])
    expect(job.at('settings.tasks.0.timeout_seconds')).toBe(9)
    expect(job.at('settings.tasks.0.max_retries')).toBeUndefined()
    expect(job.texts('settings.job_clusters', 'job_cluster_key')).toEqual(['main', 'more'])
  })

  it('update takes away fields, single tasks and single job clusters', async () => {
    const client = await workspace()
    const id = await create(client, {
      name: 'x',
      tags: { a: '1' },
      schedule: { quartz_cron_expression: '0 0 2 * * ?', timezone_id: 'UTC' },
      tasks: [task('one'), task('two')],
      job_clusters: [{ job_cluster_key: 'main', new_cluster: newCluster }],
    })
    const fields_to_remove = ['tags', 'schedule', 'tasks/two', 'job_clusters/main']
    await client.post('/api/2.2/jobs/update', { job_id: BigInt(id), fields_to_remove })
    const job = await read(client, id)
    expect(job.at('settings.name')).toBe('x')
    expect(job.at('settings.tags')).toBeUndefined()
    expect(job.at('settings.schedule')).toBeUndefined()
    expect(job.texts('settings.tasks', 'task_key')).toEqual(['one'])
    expect(job.at('settings.job_clusters')).toEqual([])
  })

  it('changes nothing when an update leads to settings that are not legal', async () => {
    const client = await workspace()
    const id = await create(client, {
      tasks: [task('one'), task('two', { depends_on: [{ task_key: 'one' }] })],
    })
    const before = (await read(client, id)).body
    const answer = await client.post('/api/2.2/jobs/update', {
      job_id: BigInt(id),
      fields_to_remove: ['tasks/one'],
    })
    expect(answer).toMatchObject({ status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE' } })
    expect((await read(client, id)).body).toEqual(before)
  })

  it('deletes a job for good', async () => {
    const client = await workspace()
    const id = await create(client, { name: 'x' })
    expect((await client.post('/api/2.2/jobs/delete', { job_id: BigInt(id) })).body).toEqual({})
    expect((await read(client, id)).body).toEqual({
      error_code: 'INVALID_PARAMETER_VALUE',
      message: `Job ${id} does not exist.`,
    })
    expect((await client.post('/api/2.2/jobs/delete', { job_id: BigInt(id) })).status).toBe(400)
  })
})

describe('who may do what with a job', () => {
  it('checks the right before it says whether the job exists', async () => {
    const ben = (await workspace()).as('ben@example.com')
    const message =
      'User ben@example.com does not have View or Admin or Manage Run or Owner permissions on job'
    for (const id of ['901234567890123457', '5']) {
      const answer = await read(ben, id)
      expect(answer.status).toBe(403)
      expect(answer.body).toEqual({ error_code: 'PERMISSION_DENIED', message: `${message} ${id}` })
    }
    const answer = await ben.post('/api/2.2/jobs/delete', { job_id: 901234567890123457n })
    expect(answer.text('message')).toContain(
      'does not have Admin or Owner permissions on job 901234567890123457',
    )
    expect((await ben.get('/api/2.2/jobs/list')).at('jobs')).toBeUndefined()
  })

  it('answers a missing job as 404 where the newer form is switched on', async () => {
    const client = await workspace({ switches: { missingObject: 'RESOURCE_DOES_NOT_EXIST' } })
    expect(await read(client, '5')).toMatchObject({
      status: 404,
      body: { error_code: 'RESOURCE_DOES_NOT_EXIST' },
    })
  })

  it('lets only an administrator run a job as somebody else, and only as somebody there is', async () => {
    const client = await workspace()
    const run_as = { user_name: 'ana@example.com' }
    expect((await client.as('ben@example.com').post('/api/2.2/jobs/create', { run_as })).status).toBe(403)
    expect(
      (await client.post('/api/2.2/jobs/create', { run_as: { user_name: 'no@example.com' } })).status,
    ).toBe(400)
    expect((await client.post('/api/2.2/jobs/create', { run_as })).status).toBe(200)
  })

  it('shows the owner and what administrators inherit', async () => {
    const client = await workspace()
    const { body } = await client.get('/api/2.0/permissions/jobs/901234567890123457')
    expect(body).toEqual({
      object_id: '/jobs/901234567890123457',
      object_type: 'job',
      access_control_list: [
        {
          user_name: 'ana@example.com',
          display_name: 'ana',
          all_permissions: [{ permission_level: 'IS_OWNER', inherited: false }],
        },
        {
          group_name: 'admins',
          all_permissions: [
            { permission_level: 'CAN_MANAGE', inherited: true, inherited_from_object: ['/jobs/'] },
          ],
        },
      ],
    })
    expect((await client.get('/api/2.0/permissions/jobs/5')).status).toBe(400)
    expect((await client.get('/api/2.0/permissions/queries/5')).status).toBe(400)
  })

  it('lets an access list name another owner, but not two', async () => {
    const client = await workspace()
    const id = await create(client, { access_control_list: [owner('ben@example.com')] })
    expect((await read(client, id)).at('run_as_user_name')).toBe('ben@example.com')
    const access_control_list = [owner('ben@example.com'), owner('ana@example.com')]
    const refused = await client.post('/api/2.2/jobs/create', { name: 'two', access_control_list })
    expect(refused.at('message')).toBe('The job must have exactly one owner.')
    expect((await client.get('/api/2.2/jobs/list?name=two')).at('jobs')).toBeUndefined()
  })
})

describe('settings that a job cannot have', () => {
  const graph = (...edges: [string, string][]) => ({
    tasks: [...new Set(edges.flat())].map((key) =>
      task(key, { depends_on: edges.filter(([from]) => from === key).map(([, to]) => ({ task_key: to })) }),
    ),
  })

  it.each<[string, object, string]>([
    ['a task that waits for itself', graph(['a', 'a']), "task 'a' can not reference itself."],
    ['tasks in a circle', graph(['a', 'b'], ['b', 'c'], ['c', 'a']), 'part of a cycle'],
    [
      'a task that waits for a circle and something else',
      graph(['a', 'b'], ['a', 'c'], ['c', 'a']),
      'part of a cycle',
    ],
    ['an unknown dependency', { tasks: [task('a', { depends_on: [{ task_key: 'z' }] })] }, "depends on 'z'"],
    ['an unknown job cluster', { tasks: [task('a', { job_cluster_key: 'z' })] }, "job_cluster_key 'z'"],
    ['two tasks of one key', { tasks: [task('a'), task('a')] }, "Duplicate task_key 'a'"],
    [
      'a task without a key',
      { tasks: [{ notebook_task: { notebook_path: '/x' } }] },
      'Missing required field: tasks.0.task_key',
    ],
    ['a task without a type', { tasks: [{ task_key: 'a' }] }, 'exactly one task type'],
    ['a task of two types', { tasks: [task('a', { spark_jar_task: {} })] }, 'exactly one task type'],
    [
      'a task with two computes',
      { tasks: [task('a', { new_cluster: newCluster, existing_cluster_id: 'x' })] },
      'only one of',
    ],
    [
      'a cluster without a size',
      { tasks: [task('a', { new_cluster: { ...newCluster, num_workers: undefined } })] },
      'Missing required field: settings.cluster_spec.new_cluster.size',
    ],
    [
      'an unknown runtime',
      { tasks: [task('a', { new_cluster: { ...newCluster, spark_version: '99.x' } })] },
      'Invalid spark version 99.x',
    ],
    ['schedule and trigger', { ...cron('0 0 2 * * ?'), trigger: {} }, 'Only one of schedule, trigger'],
    ['a cron of five fields', cron('0 2 * * *'), 'Invalid quartz cron expression'],
    ['a cron with two open days', cron('0 0 2 ? * ?'), 'Invalid quartz cron expression'],
    ['an unknown time zone', cron('0 0 2 * * ?', 'Mars/Olympus'), 'Invalid timezone'],
    [
      'Git without a provider',
      git({ git_branch: 'main' }),
      'git_source.git_provider must be one of: github,gitlab',
    ],
    ['Git without a reference', git({ git_provider: 'gitHub' }), 'exactly one of git_branch'],
    [
      'too many tags',
      { tags: Object.fromEntries(Array.from({ length: 26 }, (_, n) => [`t${n}`, 'x'])) },
      'at most 25 tags',
    ],
    ['too many runs at once', { max_concurrent_runs: 1001 }, 'max_concurrent_runs'],
    ['a continuous job with two runs', { continuous: {}, max_concurrent_runs: 2 }, 'max_concurrent_runs 1'],
    ['two identities', { run_as: { user_name: 'a', group_name: 'b' } }, 'run_as needs exactly one'],
    ['a long name', { name: 'ä'.repeat(2049) }, 'name exceeds 4096 bytes'],
    [
      'two parameters of one name',
      {
        parameters: [
          { name: 'p', default: '' },
          { name: 'p', default: '' },
        ],
      },
      "parameter name 'p'",
    ],
  ])('refuses %s', async (_what, settings, text) => {
    const client = await workspace()
    const answer = await client.post('/api/2.2/jobs/create', settings)
    expect(answer).toMatchObject({ status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE' } })
    expect(answer.text('message')).toContain(text)
    expect((await client.get('/api/2.2/jobs/list')).list('jobs')).toHaveLength(1)
  })

  it('takes 1000 tasks in 2.2 and 100 in 2.1', async () => {
    const client = await workspace()
    expect((await client.post('/api/2.2/jobs/create', tasks(1000))).status).toBe(200)
    expect((await client.post('/api/2.2/jobs/create', tasks(1001))).status).toBe(400)
    expect((await client.post('/api/2.1/jobs/create', tasks(101))).status).toBe(400)
  })
})

describe('the job that was there before', () => {
  it('was made by hand and has a known id', async () => {
    const job = await read(await workspace(), '901234567890123457')
    expect(job.body).toMatchObject({
      job_id: 901234567890123457n,
      creator_user_name: 'ana@example.com',
      settings: {
        name: 'legacy-report',
        tags: { team: 'finance' },
        schedule: { quartz_cron_expression: '0 30 6 * * ?', timezone_id: 'UTC', pause_status: 'UNPAUSED' },
        tasks: [
          { task_key: 'report', max_retries: 2, notebook_task: { notebook_path: '/Shared/legacy/report' } },
        ],
      },
    })
  })
})
