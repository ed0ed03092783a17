import { describe, expect, it } from 'vitest'
import { workspace, type Answer, type Client } from './harness.ts'

const api = '/api/2.0/policies/clusters'
const clusters = '/api/2.1/clusters'
const spec = { spark_version: '15.4.x-scala2.12', node_type_id: 'm5d.large', num_workers: 2 }

type Rules = Record<string, object>

/** A policy, what a cluster sets besides, and what is said of it; undefined if it is taken. */
interface Case {
  readonly rules: Rules
  readonly more?: object
  readonly problem?: string
}
const define = async (client: Client, rules: Rules, more: object = {}): Promise<string> => {
  const answer = await client.post(`${api}/create`, {
    name: 'policy',
    definition: JSON.stringify(rules),
    ...more,
  })
  expect(answer).toMatchObject({ status: 200 })
  return answer.text('policy_id')
}
const redefine = async (client: Client, policy_id: string, rules: Rules): Promise<void> => {
  const body = { policy_id, name: 'changed', definition: JSON.stringify(rules) }
  expect((await client.post(`${api}/edit`, body)).body).toEqual({})
}
const read = (client: Client, id: string) => client.get(`${clusters}/get?cluster_id=${id}`)
const create = (client: Client, more: object) => client.post(`${clusters}/create`, { ...spec, ...more })
const created = async (client: Client, more: object): Promise<Answer> =>
  read(client, (await create(client, more)).text('cluster_id'))
const limit = (maxValue: number): Rules => ({
  num_workers: { type: 'range', maxValue },
  spark_conf: { type: 'forbidden' },
  'custom_tags.team': { type: 'fixed', value: 'red' },
})
const jobOf = (new_cluster: object) => ({
  tasks: [{ task_key: 't', notebook_task: { notebook_path: '/x' }, new_cluster }],
})
const refused = (text: string) => ({
  status: 400,
  body: { error_code: 'INVALID_PARAMETER_VALUE', message: expect.stringContaining(text) as string },
})

describe('what a rule allows', () => {
  it.each<[string, Case]>([
    ['a fixed value', { rules: { num_workers: { type: 'fixed', value: 2 } } }],
    [
      'another value than the fixed one',
      {
        rules: { num_workers: { type: 'fixed', value: 3 } },
        problem: 'Validation failed for num_workers, the value must be 3 (is "2")',
      },
    ],
    [
      'something forbidden',
      {
        rules: { spark_conf: { type: 'forbidden' } },
        more: { spark_conf: { a: '1' } },
        problem: 'Validation failed for spark_conf, the value must not be set',
      },
    ],
    ['nothing where something is forbidden', { rules: { spark_conf: { type: 'forbidden' } } }],
    ['one of a list', { rules: { node_type_id: { type: 'allowlist', values: ['m5d.large', 'i3.xlarge'] } } }],
    [
      'none of a list',
      {
        rules: { node_type_id: { type: 'allowlist', values: ['i3.xlarge'] } },
        problem: 'the value must be one of i3.xlarge (is "m5d.large")',
      },
    ],
    [
      'one of a block list',
      {
        rules: { node_type_id: { type: 'blocklist', values: ['m5d.large'] } },
        problem: 'the value must be none of m5d.large',
      },
    ],
    [
      'a text that matches',
      { rules: { cluster_name: { type: 'regex', pattern: 'etl-.*' } }, more: { cluster_name: 'etl-1' } },
    ],
    [
      'a text that matches in part only',
      {
        rules: { cluster_name: { type: 'regex', pattern: 'etl-.*' } },
        more: { cluster_name: 'my etl-1' },
        problem: 'the value must match etl-.*',
      },
    ],
    ['a number in the range', { rules: { num_workers: { type: 'range', minValue: 2, maxValue: 2 } } }],
    [
      'too much',
      {
        rules: { num_workers: { type: 'range', maxValue: 1 } },
        problem: 'the value must be at most 1 (is "2")',
      },
    ],
    [
      'too little',
      { rules: { num_workers: { type: 'range', minValue: 3 } }, problem: 'the value must be at least 3' },
    ],
    [
      'nothing where something is limited',
      {
        rules: { autotermination_minutes: { type: 'range', maxValue: 60 } },
        problem: 'Validation failed for autotermination_minutes, the value must be present',
      },
    ],
    [
      'nothing where that is allowed',
      { rules: { autotermination_minutes: { type: 'range', maxValue: 60, isOptional: true } } },
    ],
    [
      'no tag',
      {
        rules: { 'custom_tags.cost.centre': { type: 'unlimited' } },
        problem: 'Validation failed for custom_tags, cost.centre must be present',
      },
    ],
    [
      'a tag with a dot in its name',
      {
        rules: { 'custom_tags.cost.centre': { type: 'allowlist', values: ['42'] } },
        more: { custom_tags: { 'cost.centre': '42' } },
      },
    ],
    [
      'a nested value',
      {
        rules: { 'aws_attributes.availability': { type: 'blocklist', values: ['SPOT'] } },
        more: { aws_attributes: { availability: 'SPOT' } },
        problem: 'Validation failed for aws_attributes.availability',
      },
    ],
    [
      'a wrong element of a list',
      {
        rules: { 'init_scripts.*.volumes.destination': { type: 'regex', pattern: '/Volumes/main/.*' } },
        more: { init_scripts: [{ volumes: { destination: '/Volumes/other/x' } }] },
        problem: 'the value must match /Volumes/main/.*',
      },
    ],
    ['an empty list', { rules: { 'ssh_public_keys.*': { type: 'fixed', value: 'k' } } }],
    ['the right kind of cluster', { rules: { cluster_type: { type: 'fixed', value: 'all-purpose' } } }],
    [
      'the wrong kind of cluster',
      {
        rules: { cluster_type: { type: 'fixed', value: 'job' } },
        problem: 'Validation failed for cluster_type',
      },
    ],
    ['what it costs', { rules: { dbus_per_hour: { type: 'range', maxValue: 1.5 } } }],
    [
      'too high a price',
      {
        rules: { dbus_per_hour: { type: 'range', maxValue: 1 } },
        problem: 'Validation failed for dbus_per_hour, the value must be at most 1 (is "1.5")',
      },
    ],
    [
      'a fixed text where a number belongs',
      { rules: { num_workers: { type: 'fixed', value: 'two' } }, problem: 'must be two' },
    ],
  ])('%s', async (_what, { rules, more = {}, problem }) => {
    const client = await workspace()
    const answer = await create(client, { policy_id: await define(client, rules), ...more })
    if (problem === undefined) expect(answer.status).toBe(200)
    else expect(answer).toMatchObject(refused(problem))
  })

  it('says everything that is wrong at once', async () => {
    const client = await workspace()
    const policy_id = await define(client, {
      num_workers: { type: 'fixed', value: 3 },
      node_type_id: { type: 'fixed', value: 'i3.xlarge' },
    })
    const message = (await create(client, { policy_id })).text('message')
    expect(message).toBe(
      'Cluster validation error: Validation failed for num_workers, the value must be 3 (is "2"); ' +
        'Validation failed for node_type_id, the value must be i3.xlarge (is "m5d.large")',
    )
  })

  it.each([[[]], [{ num_workers: { value: 1 } }], [{ cluster_name: { type: 'regex', pattern: '(' } }]])(
    'takes the malformed definition %j and refuses whoever uses it',
    async (rules) => {
      const client = await workspace()
      const policy_id = await define(client, rules as Rules)
      expect(await create(client, { policy_id })).toMatchObject(refused('malformed policy definition'))
    },
  )
})

describe('what a policy fills in', () => {
  const rules = {
    autotermination_minutes: { type: 'fixed', value: 25, hidden: true },
    'spark_conf.spark.x': { type: 'fixed', value: true },
    'custom_tags.team': { type: 'unlimited', defaultValue: 'red' },
    'autoscale.max_workers': { type: 'unlimited', defaultValue: 9, isOptional: true },
  }

  it('fixed values always, defaults only where they are asked for; the spec stays as it was sent', async () => {
    const client = await workspace()
    const policy_id = await define(client, rules)
    const flag = { policy_id, apply_policy_default_values: true }
    const cluster = await created(client, flag)
    expect(cluster.body).toMatchObject({
      autotermination_minutes: 25,
      spark_conf: { 'spark.x': 'true' },
      custom_tags: { team: 'red' },
      num_workers: 2,
    })
    expect(cluster.at('autoscale')).toBeUndefined()
    expect(cluster.at('apply_policy_default_values')).toBeUndefined()
    expect(cluster.at('spec')).toEqual({ ...spec, ...flag })
    expect(await create(client, { policy_id })).toMatchObject(refused('custom_tags, team must be present'))
    const own = await created(client, { policy_id, custom_tags: { team: 'blue' } })
    expect(own.at('custom_tags')).toEqual({ team: 'blue' })
  })

  it.each([
    ['auto:latest', '17.3.x-scala2.13'],
    ['auto:latest-lts', '17.3.x-scala2.13'],
    ['auto:latest-lts-ml', '17.3.x-cpu-ml-scala2.13'],
    ['15.4.x-scala2.12', '15.4.x-scala2.12'],
  ])('the runtime %s as %s', async (value, spark_version) => {
    const client = await workspace()
    const policy_id = await define(client, { spark_version: { type: 'fixed', value } })
    const cluster = await created(client, { policy_id, spark_version: undefined })
    expect(cluster.at('spark_version')).toBe(spark_version)
    const byDefault = { spark_version: { type: 'allowlist', values: [value], defaultValue: value } }
    await redefine(client, policy_id, byDefault)
    const flag = { policy_id, spark_version: undefined, apply_policy_default_values: true }
    expect((await created(client, flag)).at('spark_version')).toBe(spark_version)
  })

  it('everything that a cluster needs, and ends it when the policy says so', async () => {
    const client = await workspace()
    const policy_id = await define(client, {
      node_type_id: { type: 'fixed', value: 'i3.xlarge' },
      spark_version: { type: 'fixed', value: '15.4.x-scala2.12' },
      'autoscale.min_workers': { type: 'fixed', value: 1 },
      'autoscale.max_workers': { type: 'fixed', value: 4 },
      autotermination_minutes: { type: 'fixed', value: 10 },
    })
    const { body } = await client.post(`${clusters}/create`, { policy_id })
    const { cluster_id: id } = body as { cluster_id: string }
    expect((await read(client, id)).body).toMatchObject({
      node_type_id: 'i3.xlarge',
      autoscale: { min_workers: 1, max_workers: 4 },
    })
    await client.advance(30 + 600 + 10)
    expect((await read(client, id)).at('state')).toBe('TERMINATED')
  })

  it('a new cluster in a job too, and refuses one that does not comply', async () => {
    const client = await workspace()
    const policy_id = await define(client, rules)
    const flag = { apply_policy_default_values: true }
    const answer = await client.post('/api/2.2/jobs/create', jobOf({ ...spec, ...flag, policy_id }))
    const job = await client.get(`/api/2.2/jobs/get?job_id=${answer.text('job_id')}`)
    expect(job.at('settings.tasks.0.new_cluster')).toMatchObject({
      policy_id,
      custom_tags: { team: 'red' },
      spark_conf: { 'spark.x': 'true' },
    })
    expect(job.at('settings.tasks.0.new_cluster.apply_policy_default_values')).toBeUndefined()
    const wrong = jobOf({ ...spec, policy_id })
    const shared = { job_clusters: [{ job_cluster_key: 'k', new_cluster: { ...spec, policy_id } }] }
    for (const settings of [wrong, shared]) {
      expect(await client.post('/api/2.2/jobs/create', settings)).toMatchObject(
        refused('team must be present'),
      )
    }
    const job_id = job.at('job_id')
    const changes = [
      ['update', { job_id, new_settings: wrong }],
      ['reset', { job_id, new_settings: { ...shared } }],
    ] as const
    for (const [verb, body] of changes)
      expect(await client.post(`/api/2.2/jobs/${verb}`, body)).toMatchObject(refused('team must be present'))
  })
})

describe('the life of a policy', () => {
  it('is created, read, listed, edited whole and deleted', async () => {
    const client = await workspace()
    const sent = {
      name: 'small',
      definition: '{ "num_workers": {"type": "range", "maxValue": 3} }',
      description: 'd',
    }
    const policy_id = (await client.post(`${api}/create`, sent)).text('policy_id')
    expect(policy_id).toMatch(/^[0-9A-F]{16}$/)
    const get = () => client.get(`${api}/get?policy_id=${policy_id}`)
    expect((await get()).body).toMatchObject({ ...sent, policy_id, is_default: false })
    await client.post(`${api}/edit`, { policy_id, name: 'tiny', definition: '{}' })
    expect((await get()).at('name')).toBe('tiny')
    expect((await get()).at('description')).toBeUndefined()
    const names = async (query: string) =>
      (await client.get(`${api}/list?${query}`)).texts('policies', 'name')
    const defaults = ['Personal Compute', 'Power User Compute', 'Shared Compute', 'Job Compute']
    expect(await names('')).toEqual(['tiny', ...defaults.toReversed()])
    expect(await names('sort_order=ASC')).toEqual([...defaults, 'tiny'])
    expect(await names('sort_column=POLICY_NAME&sort_order=ASC')).toEqual([...defaults, 'tiny'].toSorted())
    expect((await client.post(`${api}/delete`, { policy_id })).body).toEqual({})
    const gone = {
      error_code: 'RESOURCE_DOES_NOT_EXIST',
      message: expect.stringContaining(policy_id) as string,
    }
    expect(await get()).toMatchObject({ status: 404, body: gone })
    expect(await client.post(`${api}/delete`, { policy_id })).toMatchObject({ status: 404, body: gone })
  })

  it.each<[string, object, string]>([
    ['an empty name', { name: '' }, '1 to 100 characters'],
    ['a long name', { name: 'x'.repeat(101) }, '1 to 100 characters'],
    [
      'a name that is taken',
      { name: 'Job Compute' },
      'Cluster Policy with name `Job Compute` already exists',
    ],
    ['a definition that is no JSON', { definition: '{' }, 'JSON document'],
    ['two definitions', { definition: '{}', policy_family_id: 'job-cluster' }, 'cannot be used with'],
    ['overrides of nothing', { policy_family_definition_overrides: '{}' }, 'needs a policy_family_id'],
    ['an unknown family', { policy_family_id: 'x' }, "Can't find a policy family"],
    ['a library of two kinds', { libraries: [{ jar: 'a', whl: 'b' }] }, 'exactly one kind'],
  ])('is refused with %s', async (_what, more, text) => {
    const client = await workspace()
    expect(await client.post(`${api}/create`, { name: 'x', ...more })).toMatchObject(refused(text))
  })

  it('builds on a family, whose rules it reads back merged with its own', async () => {
    const client = await workspace()
    const families = await client.get('/api/2.0/policy-families')
    expect(families.texts('policy_families', 'policy_family_id')).toContain('job-cluster')
    expect((await client.get('/api/2.0/policy-families/none')).status).toBe(404)
    const family = await client.get('/api/2.0/policy-families/job-cluster')
    const overrides = { spark_version: { type: 'fixed', value: '16.4.x-scala2.12' } }
    const answer = await client.post(`${api}/create`, {
      name: 'jobs',
      policy_family_id: 'job-cluster',
      policy_family_definition_overrides: JSON.stringify(overrides),
    })
    const policy = await client.get(`${api}/get?policy_id=${answer.text('policy_id')}`)
    const inherited = JSON.parse(family.text('definition')) as object
    expect(JSON.parse(policy.text('definition'))).toEqual({ ...inherited, ...overrides })
  })

  it('cannot be deleted or moved to another family when every workspace has it, but can be overridden', async () => {
    const client = await workspace()
    const [first] = (await client.get(`${api}/list?sort_order=ASC`)).list('policies')
    const policy_id = first?.text('policy_id')
    expect(first?.body).toMatchObject({ is_default: true, policy_family_id: 'personal-vm' })
    expect(await client.post(`${api}/delete`, { policy_id })).toMatchObject(refused('cannot be deleted'))
    const moved = { policy_id, name: 'Personal Compute', definition: '{}' }
    expect(await client.post(`${api}/edit`, moved)).toMatchObject(
      refused('Changing policy_family_id is forbidden'),
    )
    const overridden = { policy_id, name: 'Personal Compute', policy_family_id: 'personal-vm' }
    expect((await client.post(`${api}/edit`, overridden)).status).toBe(200)
    const own = await client.post(`${clusters}/create`, {
      policy_id,
      spark_version: '15.4.x-scala2.12',
      node_type_id: 'm5d.large',
    })
    expect((await read(client, own.text('cluster_id'))).at('num_workers')).toBe(0)
  })

  it('belongs to administrators; others use what they were given', async () => {
    const client = await workspace()
    const ben = client.as('ben@example.com')
    const policy_id = await define(client, {})
    const access = `/api/2.0/permissions/cluster-policies/${policy_id}`
    expect((await ben.post(`${api}/create`, { name: 'x' })).status).toBe(403)
    expect((await ben.get(`${api}/get?policy_id=${policy_id}`)).status).toBe(403)
    expect((await ben.get(`${api}/list`)).at('policies')).toBeUndefined()
    expect((await create(ben, { policy_id })).status).toBe(403)
    expect((await ben.post(`${api}/delete`, { policy_id })).status).toBe(403)
    const access_control_list = [{ user_name: 'ben@example.com', permission_level: 'CAN_USE' }]
    expect((await client.patch(access, { access_control_list })).status).toBe(200)
    expect((await ben.get(`${api}/list`)).texts('policies', 'policy_id')).toEqual([policy_id])
    expect((await create(ben, { policy_id })).status).toBe(200)
    expect((await ben.post(`${api}/delete`, { policy_id })).status).toBe(403)
  })

  it('counts the clusters that live, by user', async () => {
    const client = await workspace()
    const policy_id = await define(client, {}, { max_clusters_per_user: 1 })
    const first = (await create(client, { policy_id })).text('cluster_id')
    const full = { status: 400, body: { error_code: 'QUOTA_EXCEEDED' } }
    expect(await create(client, { policy_id })).toMatchObject(full)
    expect((await create(client.as('ana@example.com'), { policy_id })).status).toBe(200)
    await client.post(`${clusters}/delete`, { cluster_id: first })
    await client.advance(10)
    expect((await create(client, { policy_id })).status).toBe(200)
    expect(await client.post(`${clusters}/start`, { cluster_id: first })).toMatchObject(full)
  })
})

describe('clusters of a policy that changed', () => {
  it('stay as they are, do not comply, cannot be edited as they are, and can be made to comply', async () => {
    const client = await workspace()
    const policy_id = await define(client, {})
    const answer = await create(client, { policy_id, spark_conf: { a: '1' } })
    const cluster_id = answer.text('cluster_id')
    const compliance = () => client.get(`${api}/get-compliance?cluster_id=${cluster_id}`)
    expect((await compliance()).body).toEqual({ is_compliant: true, violations: {} })
    await client.advance(30)
    await redefine(client, policy_id, limit(1))
    const violations = {
      num_workers: expect.stringContaining('at most 1') as string,
      spark_conf: expect.stringContaining('must not be set') as string,
      'custom_tags.team': expect.stringContaining('team must be present') as string,
    }
    expect((await compliance()).body).toEqual({ is_compliant: false, violations })
    expect((await read(client, cluster_id)).at('state')).toBe('RUNNING')
    const list = await client.get(`${api}/list-compliance?policy_id=${policy_id}&page_size=1`)
    expect(list.body).toMatchObject({ clusters: [{ cluster_id, is_compliant: false }], next_page_token: '' })
    const edit = { ...spec, policy_id, cluster_id, cluster_name: 'x' }
    expect(await client.post(`${clusters}/edit`, edit)).toMatchObject(refused('num_workers'))
    const update = { cluster_id, update_mask: 'cluster_name', cluster: { cluster_name: 'x' } }
    expect(await client.post(`${clusters}/update`, update)).toMatchObject(refused('num_workers'))

    const changes = [
      { field: 'num_workers', previous_value: '2', new_value: '1' },
      { field: 'spark_conf', previous_value: '{"a":"1"}', new_value: '' },
      { field: 'custom_tags.team', previous_value: '', new_value: 'red' },
    ]
    const dry = await client.post(`${api}/enforce-compliance`, { cluster_id, validate_only: true })
    expect(dry.body).toEqual({ has_changes: true, changes })
    expect((await compliance()).at('is_compliant')).toBe(false)
    expect((await client.post(`${api}/enforce-compliance`, { cluster_id })).at('changes')).toEqual(changes)
    const after = await read(client, cluster_id)
    expect(after.body).toMatchObject({ state: 'RESTARTING', num_workers: 1, custom_tags: { team: 'red' } })
    expect(after.at('spark_conf')).toBeUndefined()
    expect((await compliance()).at('is_compliant')).toBe(true)
  })

  it('go on without it when it is deleted, and cannot be edited until they name another', async () => {
    const client = await workspace()
    const policy_id = await define(client, {})
    const cluster_id = (await create(client, { policy_id })).text('cluster_id')
    await client.advance(30)
    await client.post(`${api}/delete`, { policy_id })
    expect((await read(client, cluster_id)).at('state')).toBe('RUNNING')
    expect(await client.post(`${clusters}/edit`, { ...spec, policy_id, cluster_id })).toMatchObject(
      refused(`Can't find a cluster policy with id: ${policy_id}`),
    )
    expect((await client.post(`${clusters}/edit`, { ...spec, cluster_id })).status).toBe(200)
  })
})
