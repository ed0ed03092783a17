import { describe, expect } from 'vitest'
import { benName, place, robotName, type Caller, type Got, type Place } from './client.ts'
import { fact } from './fact.ts'

const spec = { spark_version: '15.4.x-scala2.12', node_type_id: 'm5d.large', num_workers: 2 }
const api = '/api/2.1/clusters'

const create = async (caller: Caller, more: object = {}): Promise<string> =>
  (await caller.ok('POST', `${api}/create`, { cluster_name: 'c', ...spec, ...more })).text('cluster_id')
const get = (caller: Caller, id: string): Promise<Got> => caller.get(`${api}/get?cluster_id=${id}`)
const read = async (caller: Caller, id: string): Promise<unknown> => (await get(caller, id)).json
const stateOf = async (caller: Caller, id: string): Promise<string> => (await get(caller, id)).text('state')

const tokenIn = (page: Got): string =>
  page.at('next_page_token') === undefined ? '' : page.text('next_page_token')

/** A cluster that runs. */
async function running({ robot, advance }: Place, more: object = {}): Promise<string> {
  const id = await create(robot, more)
  await advance(60)
  expect(await stateOf(robot, id)).toBe('RUNNING')
  return id
}

async function terminated(at: Place, more: object = {}): Promise<string> {
  const id = await running(at, more)
  await at.robot.ok('POST', `${api}/delete`, { cluster_id: id })
  await at.advance(60)
  expect(await stateOf(at.robot, id)).toBe('TERMINATED')
  return id
}

describe('the state of a cluster', () => {
  fact('8.1', 'a create answers at once with an id of its own form, and the cluster is PENDING', async () => {
    const { robot } = await place()
    const id = await create(robot)
    expect(id).toMatch(/^\d{4}-\d{6}-[a-z0-9]{8}$/)
    expect(await read(robot, id)).toMatchObject({ cluster_id: id, state: 'PENDING', cluster_source: 'API' })
  })

  fact('8.2', 'time takes it through PENDING, RUNNING, RESIZING, RESTARTING, TERMINATING', async () => {
    const at = await place()
    const { robot, advance } = at
    const id = await running(at)
    const call = (verb: string, more: object = {}) =>
      robot.ok('POST', `${api}/${verb}`, { cluster_id: id, ...more })
    await call('resize', { num_workers: 4 })
    expect(await stateOf(robot, id)).toBe('RESIZING')
    await advance(60)
    await call('restart')
    expect(await stateOf(robot, id)).toBe('RESTARTING')
    await advance(60)
    expect(await stateOf(robot, id)).toBe('RUNNING')
    await call('delete')
    expect(await stateOf(robot, id)).toBe('TERMINATING')
    await advance(60)
    expect(await stateOf(robot, id)).toBe('TERMINATED')
    await call('start')
    expect(await stateOf(robot, id)).toBe('PENDING')
  })

  fact('8.3', 'a verb in the wrong state is a 400 INVALID_STATE that names the state', async () => {
    const at = await place()
    const { robot } = at
    const down = await terminated(at)
    const up = await running(at)
    const wrong: [string, string, object, string][] = [
      [up, 'start', {}, 'Running'],
      [down, 'resize', { num_workers: 3 }, 'Terminated'],
      [down, 'restart', {}, 'Terminated'],
    ]
    const other = await create(robot)
    wrong.push(
      [other, 'start', {}, 'Pending'],
      [other, 'edit', { cluster_name: 'c', ...spec }, 'Pending'],
      [other, 'resize', { num_workers: 3 }, 'Pending'],
    )
    for (const [id, verb, body, state] of wrong) {
      const answer = await robot.post(`${api}/${verb}`, { cluster_id: id, ...body })
      expect(answer.refusal, verb).toBe(`400 INVALID_STATE Cluster ${id} is in unexpected state ${state}.`)
    }
  })

  fact('8.4', 'terminating what is down does nothing, and pin and unpin are idempotent', async () => {
    const at = await place()
    const id = await terminated(at)
    for (const verb of ['delete', 'pin', 'pin', 'unpin', 'unpin'])
      expect((await at.robot.ok('POST', `${api}/${verb}`, { cluster_id: id })).json).toEqual({})
    expect(await stateOf(at.robot, id)).toBe('TERMINATED')
  })

  fact('8.5', 'a failed start ends in TERMINATED with its reason, never in ERROR', async () => {
    const { robot, control, advance } = await place()
    const reason = { code: 'AWS_INSUFFICIENT_INSTANCE_CAPACITY_FAILURE', type: 'CLOUD_FAILURE' }
    await control('POST', 'cluster-start-failures', reason)
    const id = await create(robot)
    await advance(120)
    expect(await read(robot, id)).toMatchObject({ state: 'TERMINATED', termination_reason: reason })
  })

  fact('8.6', 'only the nodes of a running cluster are shown', async () => {
    const at = await place()
    const id = await running(at)
    const up = await get(at.robot, id)
    expect(up.text('driver.node_id')).not.toBe('')
    expect(up.list('executors')).toHaveLength(2)
    expect(up.json).toMatchObject({ jdbc_port: 10000, state_message: '' })
    await at.robot.ok('POST', `${api}/delete`, { cluster_id: id })
    await at.advance(60)
    const down = await read(at.robot, id)
    for (const name of ['driver', 'executors', 'spark_context_id']) expect(down).not.toHaveProperty(name)
  })
})

describe('the settings of a cluster', () => {
  fact('9.1', 'a create of four settings reads back with all that the server chose', async () => {
    const { robot } = await place()
    const id = await create(robot)
    expect(await read(robot, id)).toMatchObject({
      ...spec,
      driver_node_type_id: 'm5d.large',
      autotermination_minutes: 0,
      enable_elastic_disk: false,
      enable_local_disk_encryption: false,
      disk_spec: {},
      init_scripts_safe_mode: false,
      data_security_mode: 'SINGLE_USER',
      single_user_name: robotName,
      creator_user_name: robotName,
      aws_attributes: {
        first_on_demand: 1,
        availability: 'SPOT_WITH_FALLBACK',
        spot_bid_price_percent: 100,
        ebs_volume_count: 0,
      },
      default_tags: { Vendor: 'Databricks', Creator: robotName, ClusterName: 'c', ClusterId: id },
    })
    expect((await get(robot, id)).text('aws_attributes.zone_id')).toMatch(/^us-east-1[a-f]$/)
  })

  fact('9.2', 'an edit replaces everything: what it leaves out is back at its default', async () => {
    const at = await place()
    const id = await terminated(at, { autotermination_minutes: 45, custom_tags: { team: 'red' } })
    await at.robot.ok('POST', `${api}/edit`, { cluster_id: id, cluster_name: 'd', ...spec })
    const after = await get(at.robot, id)
    expect(after.json).toMatchObject({ cluster_name: 'd', autotermination_minutes: 0, state: 'TERMINATED' })
    expect(after.at('custom_tags') ?? {}).toEqual({})
    expect(after.text('driver_node_type_id')).toBe('m5d.large')
  })

  fact(
    '9.3',
    'an edit of a running cluster restarts it, an edit of a terminated one does not start it',
    async () => {
      const at = await place()
      const up = await running(at)
      const down = await terminated(at)
      for (const id of [up, down])
        await at.robot.ok('POST', `${api}/edit`, { cluster_id: id, cluster_name: 'c', ...spec })
      // Time stood still meanwhile, but the first one ran when the second was brought down.
      expect(await stateOf(at.robot, up)).toBe('RESTARTING')
      expect(await stateOf(at.robot, down)).toBe('TERMINATED')
    },
  )

  fact(
    '9.4',
    'an update changes what its mask names, clears what the mask names and the body lacks',
    async () => {
      const at = await place()
      const id = await terminated(at, { autotermination_minutes: 45, custom_tags: { team: 'red' } })
      await at.robot.ok('POST', `${api}/update`, {
        cluster_id: id,
        update_mask: 'num_workers,custom_tags',
        cluster: { num_workers: 5, cluster_name: 'not in the mask' },
      })
      const after = await get(at.robot, id)
      expect(after.json).toMatchObject({ num_workers: 5, cluster_name: 'c', autotermination_minutes: 45 })
      expect(after.at('custom_tags') ?? {}).toEqual({})
    },
  )

  fact('10.1', 'only get has the spec: what was sent, beside what it became', async () => {
    const { robot } = await place()
    const id = await create(robot, { apply_policy_default_values: true })
    const one = await get(robot, id)
    expect(one.at('spec')).toMatchObject({ ...spec, apply_policy_default_values: true })
    expect(one.json).not.toHaveProperty('apply_policy_default_values')
    const [listed] = (await robot.ok('GET', `${api}/list`)).list('clusters')
    expect(listed?.text('cluster_id')).toBe(id)
    expect(listed?.json).not.toHaveProperty('spec')
  })

  fact('10.2', 'the other names of security modes become the old ones, except in the spec', async () => {
    const { robot } = await place()
    const modes = {
      DATA_SECURITY_MODE_DEDICATED: 'SINGLE_USER',
      DATA_SECURITY_MODE_STANDARD: 'USER_ISOLATION',
      USER_ISOLATION: 'USER_ISOLATION',
      NONE: 'NONE',
    }
    for (const [sent, shown] of Object.entries(modes)) {
      const one = await get(robot, await create(robot, { data_security_mode: sent }))
      expect([one.text('data_security_mode'), one.text('spec.data_security_mode')]).toEqual([shown, sent])
    }
  })
})

describe('the end of a cluster', () => {
  fact('11.1', 'it ends by itself after its minutes without use', async () => {
    const at = await place()
    const id = await running(at, { autotermination_minutes: 30 })
    await at.advance(29 * 60)
    expect(await stateOf(at.robot, id)).toBe('RUNNING')
    await at.advance(5 * 60)
    expect(await read(at.robot, id)).toMatchObject({
      state: 'TERMINATED',
      termination_reason: {
        code: 'INACTIVITY',
        type: 'SUCCESS',
        parameters: { inactivity_duration_min: '30' },
      },
    })
  })

  fact('11.2', 'thirty days later it is purged, unless it is pinned', async () => {
    const at = await place()
    const lost = await terminated(at)
    const kept = await terminated(at)
    await at.robot.ok('POST', `${api}/pin`, { cluster_id: kept })
    await at.advance(31 * 86_400)
    expect((await get(at.robot, lost)).refusal).toBe(
      `400 INVALID_STATE Cannot access cluster ${lost} that was terminated or unpinned more than 30 days ago.`,
    )
    expect(await stateOf(at.robot, kept)).toBe('TERMINATED')
    const listed = await at.robot.ok('GET', `${api}/list`)
    expect(listed.texts('clusters', 'cluster_id')).toEqual([kept])
  })

  fact('11.3', 'permanent-delete refuses a pinned one, and afterwards it never was', async () => {
    const at = await place()
    const id = await running(at)
    await at.robot.ok('POST', `${api}/pin`, { cluster_id: id })
    const refused = await at.robot.post(`${api}/permanent-delete`, { cluster_id: id })
    expect(refused.status).toBe(400)
    expect(refused.text('message')).toContain('unpin the cluster first')
    await at.robot.ok('POST', `${api}/unpin`, { cluster_id: id })
    await at.robot.ok('POST', `${api}/permanent-delete`, { cluster_id: id })
    expect((await get(at.robot, id)).refusal).toBe(`400 INVALID_PARAMETER_VALUE Cluster ${id} does not exist`)
  })

  fact('11.4', 'only administrators pin', async () => {
    const { robot, ben } = await place()
    const id = await create(robot)
    expect((await ben.post(`${api}/pin`, { cluster_id: id })).status).toBe(403)
  })
})

const tags = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`tag-${index}`, 'x']))

describe('limits and lists of clusters', () => {
  fact('12.1', 'a cluster has at most 45 tags', async () => {
    const { robot } = await place()
    await create(robot, { custom_tags: tags(45) })
    const refused = await robot.post(`${api}/create`, { ...spec, custom_tags: tags(46) })
    expect(refused.refusal).toMatch(/^400 INVALID_PARAMETER_VALUE .*45/)
  })

  fact('12.2', 'a workspace has at most 100 pins', async () => {
    const { robot } = await place()
    const ids: string[] = []
    for (let count = 0; count < 101; count += 1) ids.push(await create(robot))
    for (const id of ids.slice(0, 100)) await robot.ok('POST', `${api}/pin`, { cluster_id: id })
    expect((await robot.post(`${api}/pin`, { cluster_id: ids[100] })).status).toBe(400)
  })

  fact('12.3', 'the list comes in pages, filtered and sorted by the server', async () => {
    const { robot } = await place()
    const names = ['b', 'd', 'a', 'c', 'e']
    const ids = new Map<string, string>()
    for (const cluster_name of names) ids.set(cluster_name, await create(robot, { cluster_name }))
    await robot.ok('POST', `${api}/pin`, { cluster_id: ids.get('d') })
    const sorted = 'sort_by.field=CLUSTER_NAME&sort_by.direction=DESC&page_size=2'
    const seen: string[] = []
    let token = ''
    do {
      const page = await robot.ok('GET', `${api}/list?${sorted}&page_token=${encodeURIComponent(token)}`)
      expect(page.list('clusters').length).toBeLessThanOrEqual(2)
      seen.push(...page.texts('clusters', 'cluster_name'))
      token = tokenIn(page)
    } while (token !== '')
    expect(seen).toEqual(['e', 'd', 'c', 'b', 'a'])
    const pinned = await robot.ok('GET', `${api}/list?filter_by.is_pinned=true`)
    expect(pinned.texts('clusters', 'cluster_name')).toEqual(['d'])
    const states = 'filter_by.cluster_states=RUNNING&filter_by.cluster_states=TERMINATED'
    expect((await robot.ok('GET', `${api}/list?${states}`)).list('clusters')).toEqual([])
  })

  fact(
    '12.4',
    'clusters that jobs made in the last 30 days are listed too, unless they are filtered out',
    async () => {
      const { robot } = await place({ populate: { jobs: 3, clusters: 2, jobClusters: 250 } })
      const count = async (query: string) => {
        let total = 0
        let token = ''
        do {
          const page = await robot.ok('GET', `${api}/list?page_size=100&${query}&page_token=${token}`)
          total += page.list('clusters').length
          token = encodeURIComponent(tokenIn(page))
        } while (token !== '')
        return total
      }
      expect(await count('')).toBe(252)
      expect(await count('filter_by.cluster_sources=API&filter_by.cluster_sources=UI')).toBe(2)
      const automatic = ['JOB', 'PIPELINE', 'PIPELINE_MAINTENANCE', 'MODELS', 'SQL']
      expect(await count(automatic.map((one) => `filter_by.cluster_sources=${one}`).join('&'))).toBe(250)
    },
  )

  fact('12.5', 'an empty list has no clusters key', async () => {
    const { robot } = await place()
    expect((await robot.ok('GET', `${api}/list`)).json).not.toHaveProperty('clusters')
  })

  fact('12.6', 'events tell who edited, newest first', async () => {
    const at = await place()
    const id = await terminated(at)
    const edited = { cluster_id: id, cluster_name: 'by hand', ...spec }
    await at.control('POST', `as/${encodeURIComponent(benName)}-admin/api/2.1/clusters/edit`, edited)
    const found = await at.robot.ok('POST', `${api}/events`, {
      cluster_id: id,
      event_types: ['EDITED'],
      page_size: 1,
    })
    expect(found.at('total_count')).toBe(1)
    expect(found.at('events.0')).toMatchObject({
      type: 'EDITED',
      details: { user: `${benName}-admin`, attributes: { cluster_name: 'by hand' } },
    })
  })
})
