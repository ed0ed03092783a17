import { describe, expect, it } from 'vitest'
import { workspace } from './harness.ts'
import { createJob, task } from './run-steps.ts'

const subscribers = [{ user_name: 'ana@example.com' }, { destination_id: 'd-1' }]
const calling = (job_id: bigint) => ({ tasks: [{ task_key: 'call', run_job_task: { job_id } }] })
const environments = [{ environment_key: 'e', spec: { environment_version: '2', dependencies: ['x==1'] } }]
const files = ['a', 'b', 'c', 'd'].map((id) => ({ id }))

describe('the settings of a job', () => {
  // Each type of task with all its fields, and what a read adds to it.
  it.each<[string, object, object?]>([
    [
      'notebook_task',
      { notebook_path: '/x', base_parameters: { a: '1' }, warehouse_id: 'w' },
      { source: 'WORKSPACE' },
    ],
    ['spark_python_task', { python_file: '/x.py', parameters: ['a'] }, { source: 'WORKSPACE' }],
    ['spark_jar_task', { main_class_name: 'X', parameters: ['a'], jar_uri: 'j', run_as_repl: true }],
    ['python_wheel_task', { package_name: 'p', entry_point: 'e', named_parameters: { a: '1' } }],
    ['python_operator_task', { main: 'm', parameters: [{ name: 'a', value: '1' }] }],
    [
      'pipeline_task',
      {
        pipeline_id: 'p',
        full_refresh: true,
        full_refresh_selection: ['a'],
        refresh_selection: ['b'],
        refresh_flow_selection: ['c'],
        reset_checkpoint_selection: ['d'],
        parameters: { a: '1' },
      },
    ],
    ['sql_task', { warehouse_id: 'w', query: { query_id: 'q' }, parameters: { a: '1' } }],
    [
      'sql_task',
      {
        warehouse_id: 'w',
        dashboard: {
          dashboard_id: 'd',
          subscriptions: subscribers,
          custom_subject: 's',
          pause_subscriptions: true,
        },
      },
    ],
    [
      'sql_task',
      { warehouse_id: 'w', alert: { alert_id: 'a', subscriptions: subscribers, pause_subscriptions: false } },
    ],
    [
      'dbt_task',
      {
        commands: ['dbt deps', 'dbt run'],
        project_directory: 'p',
        profiles_directory: 'r',
        warehouse_id: 'w',
        catalog: 'c',
        schema: 's',
      },
      { source: 'WORKSPACE' },
    ],
    ['dbt_platform_task', { connection_resource_name: 'c', dbt_platform_job_id: '7' }],
    ['dbt_cloud_task', { connection_resource_name: 'c', dbt_cloud_job_id: 7 }],
    [
      'run_job_task',
      { job_id: 901234567890123457n, job_parameters: { a: '1' }, pipeline_params: { full_refresh: true } },
    ],
    ['condition_task', { op: 'EQUAL_TO', left: 'a', right: 'b' }],
    [
      'for_each_task',
      { inputs: '[1]', concurrency: 3, task: { task_key: 'turn', notebook_task: { notebook_path: '/x' } } },
    ],
    [
      'dashboard_task',
      {
        dashboard_id: 'd',
        warehouse_id: 'w',
        filters: { a: '1' },
        subscription: { custom_subject: 's', paused: true, subscribers },
      },
    ],
    ['alert_task', { workspace_path: '/a', warehouse_id: 'w', subscribers }],
    [
      'power_bi_task',
      {
        connection_resource_name: 'c',
        power_bi_model: { model_name: 'm' },
        tables: [{ name: 't' }],
        warehouse_id: 'w',
        refresh_after_update: true,
      },
    ],
    [
      'clean_rooms_notebook_task',
      { clean_room_name: 'c', notebook_name: 'n', etag: 'e', notebook_base_parameters: { a: '1' } },
    ],
    ['ai_runtime_task', { experiment: 'e', deployments: [{ name: 'd' }], newer: 'x' }],
    ['gen_ai_compute_task', { dl_runtime_image: 'i' }],
  ])('keep a %s %#', async (type, body, filled = {}) => {
    const client = await workspace()
    const needsEnvironment = ['spark_python_task', 'python_wheel_task', 'dbt_task'].includes(type)
    const sent = { task_key: 'main', [type]: body, ...(needsEnvironment && { environment_key: 'e' }) }
    const id = await createJob(client, { environments, tasks: [sent] })
    const job = await client.get(`/api/2.2/jobs/get?job_id=${id}`)
    expect(job.at(`settings.tasks.0.${type}`)).toEqual({ ...body, ...filled })
  })

  it('keep everything else that has a name, and drop what has none without a word', async () => {
    const client = await workspace()
    const unknown = { unknown: 'x' }
    const settings = {
      environments,
      tags: { a: '1' },
      email_notifications: {
        on_start: ['a@b.c'],
        on_success: ['a@b.c'],
        on_failure: ['a@b.c'],
        on_duration_warning_threshold_exceeded: ['a@b.c'],
        on_streaming_backlog_exceeded: ['a@b.c'],
        no_alert_for_skipped_runs: true,
      },
      notification_settings: { no_alert_for_skipped_runs: true, no_alert_for_canceled_runs: false },
      health: { rules: [{ metric: 'RUN_DURATION_SECONDS', op: 'GREATER_THAN', value: 9007199254740993n }] },
      deployment: { kind: 'BUNDLE', metadata_file_path: '/m', deployment_id: 'd', version_id: 'v' },
      edit_mode: 'UI_LOCKED',
      budget_policy_id: 'b',
      usage_policy_id: 'u',
      parent_path: '/p',
      git_source: {
        git_url: 'https://example.com/x.git',
        git_provider: 'gitLab',
        git_tag: 'v1',
        sparse_checkout: { patterns: ['a/*'] },
        job_source: { import_from_git_branch: 'main', job_config_path: 'j', dirty_state: 'NOT_SYNCED' },
      },
    }
    const id = await createJob(client, { ...settings, ...unknown, format: 'SINGLE_TASK' })
    const job = await client.get(`/api/2.2/jobs/get?job_id=${id}`)
    expect(job.at('settings')).toMatchObject({ ...settings, format: 'MULTI_TASK' })
    expect(job.at('settings.unknown')).toBeUndefined()
    expect(job.body).toMatchObject({ effective_budget_policy_id: 'b', effective_usage_policy_id: 'u' })

    const within = await createJob(client, {
      email_notifications: unknown,
      health: unknown,
      git_source: { ...settings.git_source, git_snapshot: { used_commit: 'c' } },
      tasks: [{ ...task('a'), notebook_task: { notebook_path: '/x', ...unknown } }],
    })
    const read = await client.get(`/api/2.2/jobs/get?job_id=${within}`)
    expect(read.at('settings.email_notifications')).toEqual({})
    expect(read.at('settings.health')).toEqual({})
    expect(read.at('settings.git_source')).toEqual(settings.git_source)
    expect(read.at('settings.tasks.0.notebook_task')).toEqual({ notebook_path: '/x', source: 'GIT' })
  })

  it('keep what tasks of all types have', async () => {
    const client = await workspace()
    const more = {
      description: 'd',
      existing_cluster_id: 'c',
      libraries: [
        { jar: 'j' },
        { whl: 'w' },
        { pypi: { package: 'p', repo: 'r' } },
        { maven: { coordinates: 'm', repo: 'r', exclusions: ['e'] } },
        { cran: { package: 'c' } },
        { requirements: '/r.txt' },
      ],
      timeout_seconds: 1,
      max_retries: -1,
      min_retry_interval_millis: 5,
      retry_on_timeout: true,
      disable_auto_optimization: true,
      disabled: false,
      health: { rules: [{ metric: 'STREAMING_BACKLOG_BYTES', op: 'GREATER_THAN', value: 1 }] },
      notification_settings: { alert_on_last_attempt: true },
      email_notifications: { on_failure: ['a@b.c'] },
      compute: { hardware_accelerator: 'GPU_1xA10' },
      run_if: 'ALL_DONE',
    }
    const id = await createJob(client, { tasks: [task('a', more)] })
    const job = await client.get(`/api/2.2/jobs/get?job_id=${id}`)
    expect(job.at('settings.tasks.0')).toMatchObject(more)
  })

  it('show edit_mode when it was not sent only where that is switched on', async () => {
    const client = await workspace({ switches: { fillEditMode: true } })
    const id = await createJob(client, { name: 'x' })
    expect((await client.get(`/api/2.2/jobs/get?job_id=${id}`)).at('settings.edit_mode')).toBe('EDITABLE')
  })

  it('cannot be changed while the identity in them is gone, where that is switched on', async () => {
    const answers = [false, true].map(async (refuseDeletedRunAs) => {
      const client = await workspace({ switches: { refuseUnknownRunAs: false, refuseDeletedRunAs } })
      const job_id = await createJob(client, { run_as: { user_name: 'gone@example.com' } })
      return (await client.post('/api/2.2/jobs/reset', { job_id, new_settings: { name: 'x' } })).status
    })
    expect(await Promise.all(answers)).toEqual([200, 400])
  })

  it('cannot be changed when the system manages the job', async () => {
    const client = await workspace()
    const job_id = await createJob(client, { deployment: { kind: 'SYSTEM_MANAGED' } })
    for (const call of ['reset', 'update']) {
      const answer = await client.post(`/api/2.2/jobs/${call}`, { job_id, new_settings: { name: 'y' } })
      expect(answer).toMatchObject({ status: 403, body: { error_code: 'PERMISSION_DENIED' } })
    }
  })
})

describe('what starts a job by itself', () => {
  it.each<[string, object, object | undefined]>([
    [
      'file_arrival',
      { url: '/Volumes/a', min_time_between_triggers_seconds: 60, wait_after_last_change_seconds: 60 },
      { file_arrival: { using_file_events: false } },
    ],
    [
      'table_update',
      { table_names: ['a.b.c'], condition: 'ALL_UPDATED', min_time_between_triggers_seconds: 90 },
      { table: { last_seen_table_states: [{ table_name: 'a.b.c', has_seen_updates: false }] } },
    ],
    ['periodic', { interval: 2, unit: 'HOURS' }, undefined],
    ['model', { condition: 'MODEL_ALIAS_SET', securable_name: 'a.b.m', aliases: ['prod'] }, undefined],
  ])('is kept, with its state on demand: %s', async (kind, body, state) => {
    const client = await workspace()
    const sql_condition = { sql_query_id: 'q', warehouse_id: 'w', trigger_mode: 'QUERY_RETURNS_ROWS' }
    const id = await createJob(client, { trigger: { [kind]: body, sql_condition } })
    const job = await client.get(`/api/2.2/jobs/get?job_id=${id}&include_trigger_state=true`)
    expect(job.at('settings.trigger')).toEqual({ [kind]: body, sql_condition, pause_status: 'UNPAUSED' })
    expect(job.at('trigger_state')).toEqual(state)
    expect((await client.get(`/api/2.2/jobs/get?job_id=${id}`)).at('trigger_state')).toBeUndefined()
  })

  it('can be several, each with its details', async () => {
    const client = await workspace()
    const triggers = [
      { schedule: { quartz_cron_expression: '0 0 2 * * ?', timezone_id: 'UTC' } },
      { periodic: { interval: 1, unit: 'DAYS' }, pause_status: 'PAUSED' },
    ]
    const id = await createJob(client, { triggers })
    const job = await client.get(`/api/2.2/jobs/get?job_id=${id}&include_trigger_state=true`)
    expect(job.at('settings.triggers')).toMatchObject([{ pause_status: 'UNPAUSED' }, triggers[1]])
    expect(job.at('trigger_details')).toEqual([
      { state: { pause_status: 'UNPAUSED', schedule: {} } },
      { state: { pause_status: 'PAUSED', periodic: {} } },
    ])
    expect((await client.get(`/api/2.2/jobs/get?job_id=${id}`)).at('trigger_details')).toEqual([{}, {}])
  })
})

describe('settings that a job cannot have', () => {
  const one = (type: string, body: object, more: object = {}) => ({
    environments,
    tasks: [{ task_key: 'a', [type]: body, ...more }],
  })
  const newCluster = { spark_version: '15.4.x-scala2.12', node_type_id: 'm5d.large', num_workers: 1 }

  it.each<[string, object, string]>([
    [
      'serverless code without environment',
      one('spark_python_task', { python_file: 'x' }),
      'environment_key',
    ],
    [
      'an unknown environment',
      { tasks: [task('a', { environment_key: 'z' })] },
      "environment_key 'z', which is not defined",
    ],
    [
      'two environments of one key',
      { environments: [...environments, ...environments] },
      'Duplicate environment_key',
    ],
    [
      'a cluster for what needs none',
      one('sql_task', { warehouse_id: 'w', query: { query_id: 'q' } }, { existing_cluster_id: 'c' }),
      'takes no existing_cluster_id',
    ],
    [
      'a submit task on another cluster',
      one('spark_submit_task', {}, { existing_cluster_id: 'c' }),
      'needs a new_cluster',
    ],
    [
      'a library of two kinds',
      { tasks: [task('a', { libraries: [{ jar: 'j', whl: 'w' }] })] },
      'not exactly one of jar',
    ],
    ['a SQL task of two kinds', one('sql_task', { warehouse_id: 'w' }), 'exactly one of query'],
    [
      'a subscriber of two kinds',
      one('alert_task', { alert_id: 'a', subscribers: [{ user_name: 'u', destination_id: 'd' }] }),
      'exactly one of user_name',
    ],
    ['an alert without a name', one('alert_task', {}), 'exactly one of alert_id'],
    [
      'two kinds of wheel parameters',
      one(
        'python_wheel_task',
        { package_name: 'p', entry_point: 'e', parameters: [], named_parameters: {} },
        { environment_key: 'e' },
      ),
      'only one of parameters',
    ],
    [
      'other commands than dbt',
      one('dbt_task', { commands: ['rm -rf'] }, { environment_key: 'e' }),
      'must begin with dbt',
    ],
    [
      'eleven dbt commands',
      one('dbt_task', { commands: Array.from({ length: 11 }, () => 'dbt run') }, { environment_key: 'e' }),
      'at most 10 commands',
    ],
    [
      'a dbt catalog without a warehouse',
      one('dbt_task', { commands: ['dbt run'], catalog: 'c' }, { environment_key: 'e' }),
      'needs warehouse_id',
    ],
    [
      'a condition with retries',
      one('condition_task', { op: 'EQUAL_TO', left: '', right: '' }, { max_retries: 1 }),
      'has no max_retries',
    ],
    [
      'the outcome of what is no condition',
      { tasks: [task('a'), task('b', { depends_on: [{ task_key: 'a', outcome: 'true' }] })] },
      'outcome true or false of a condition task',
    ],
    [
      'a loop in a loop',
      one('for_each_task', {
        inputs: '[]',
        task: { task_key: 'b', for_each_task: { inputs: '[]', task: task('c') } },
      }),
      'exactly one task type',
    ],
    [
      'a hundred and one turns at once',
      one('for_each_task', { inputs: '[]', task: task('b'), concurrency: 101 }),
      'between 1 and 100',
    ],
    [
      'a loop over an impossible cluster',
      one('for_each_task', {
        inputs: '[]',
        task: task('b', { new_cluster: { ...newCluster, spark_version: '99.x' } }),
      }),
      'Invalid spark version 99.x',
    ],
    [
      'four webhooks',
      { webhook_notifications: { on_failure: files } },
      'At most 3 webhooks are allowed for on_failure',
    ],
    [
      'a negative interval',
      { tasks: [task('a', { min_retry_interval_millis: -1 })] },
      'must not be negative',
    ],
    ['a negative time limit', { tasks: [task('a', { timeout_seconds: -1 })] }, 'must not be negative'],
    ['less than no retry', { tasks: [task('a', { max_retries: -2 })] }, 'at least -1'],
    [
      'four webhooks of a task',
      { tasks: [task('a', { webhook_notifications: { on_start: files } })] },
      'for on_start',
    ],
    [
      'impatient triggers',
      { trigger: { file_arrival: { url: 'x', wait_after_last_change_seconds: 59 } } },
      'at least 60 seconds',
    ],
    ['an interval of nothing', { trigger: { periodic: { interval: 0, unit: 'DAYS' } } }, 'at least 1'],
    [
      'a trigger of two kinds',
      { trigger: { periodic: { interval: 1, unit: 'DAYS' }, file_arrival: { url: 'x' } } },
      'only one of',
    ],
    [
      'long parameters',
      one('notebook_task', { notebook_path: '/x', base_parameters: { a: 'x'.repeat(2 ** 20) } }),
      'base_parameters exceed',
    ],
  ])('refuses %s', async (_what, settings, text) => {
    const client = await workspace()
    const answer = await client.post('/api/2.2/jobs/create', settings)
    expect(answer).toMatchObject({ status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE' } })
    expect(answer.text('message')).toContain(text)
  })

  it.each<[object, string]>([
    [{ tasks: [{ task_key: 'a', sql_task: {} }] }, 'tasks.0.sql_task.warehouse_id'],
    [{ tasks: [{ task_key: 'a', pipeline_task: {} }] }, 'tasks.0.pipeline_task.pipeline_id'],
    [{ tasks: [{ task_key: 'a', clean_rooms_notebook_task: {} }] }, 'clean_room_name'],
    [{ tasks: [{ task_key: 'a', for_each_task: { inputs: '[]' } }] }, 'tasks.0.for_each_task.task'],
    [{ trigger: { file_arrival: {} } }, 'trigger.file_arrival.url'],
    [{ environments: [{}] }, 'environments.0.environment_key'],
    [{ deployment: {} }, 'deployment.kind'],
  ])('names what is missing: %j', async (settings, path) => {
    const client = await workspace()
    const answer = await client.post('/api/2.2/jobs/create', settings)
    expect(answer.status).toBe(400)
    expect(answer.text('message')).toContain('Missing required field')
    expect(answer.text('message')).toContain(path)
  })

  it('refuses jobs that run one another in a circle, or too deep', async () => {
    const client = await workspace()
    const [a, b] = [await createJob(client, {}), await createJob(client, {})]
    const update = (job_id: bigint, new_settings: object) =>
      client.post('/api/2.2/jobs/update', { job_id, new_settings })
    expect((await update(a, calling(a))).text('message')).toContain('would run itself')
    expect((await update(a, calling(b))).status).toBe(200)
    expect((await update(b, calling(a))).text('message')).toContain('would run itself')
    const c = await createJob(client, calling(a))
    const d = await createJob(client, calling(c))
    const answer = await client.post('/api/2.2/jobs/create', calling(d))
    expect(answer.text('message')).toContain('at most 3 levels deep')
  })
})

describe('how many jobs there can be', () => {
  it('is limited', async () => {
    const client = await workspace({ switches: { mostJobs: 2 } })
    await createJob(client, { name: 'second' })
    const refused = await client.post('/api/2.2/jobs/create', { name: 'third' })
    expect(refused).toMatchObject({ status: 400, body: { error_code: 'QUOTA_EXCEEDED' } })
    await client.post('/api/2.2/jobs/delete', { job_id: 901234567890123457n })
    await createJob(client, { name: 'third' })
  })

  it('is limited for each hour', async () => {
    const client = await workspace({ switches: { mostJobsPerHour: 2 } })
    const first = await createJob(client, {})
    await client.advance(1800)
    await createJob(client, {})
    await client.post('/api/2.2/jobs/delete', { job_id: first })
    const refused = await client.post('/api/2.2/jobs/create', {})
    expect(refused).toMatchObject({ status: 400, body: { error_code: 'INVALID_STATE' } })
    expect(refused.text('message')).toContain('There were already 2 jobs created in past 3600 seconds')
    await client.advance(1800)
    await createJob(client, {})
    expect((await client.post('/api/2.2/jobs/create', {})).status).toBe(400)
  })
})

describe('the older versions', () => {
  it.each(['2.0', '2.1'])('%s has the same calls', async (version) => {
    const client = await workspace()
    const created = await client.post(`/api/${version}/jobs/create`, { name: 'old', tasks: [task('a')] })
    const job_id = BigInt(created.text('job_id'))
    const job = await client.get(`/api/${version}/jobs/get?job_id=${job_id}`)
    expect(job.at('settings.name')).toBe('old')
    expect(job.at('settings.queue')).toBeUndefined()
    const run = await client.post(`/api/${version}/jobs/run-now`, { job_id })
    expect((await client.get(`/api/${version}/jobs/runs/get?run_id=${run.text('run_id')}`)).status).toBe(200)
    expect((await client.get(`/api/${version}/jobs/list`)).list('jobs')).toHaveLength(2)
  })
})
