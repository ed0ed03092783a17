import { describe, expect } from 'vitest'
import { benName, place, robotName, type Caller, type Got } from './client.ts'
import { fact } from './fact.ts'

/* What naive code gets wrong: each shows the naive step and what comes of it. */

const clusters = '/api/2.1/clusters'
const jobs = '/api/2.2/jobs'
const permissions = '/api/2.1/unity-catalog/permissions'
const spec = { cluster_name: 'c', spark_version: '15.4.x-scala2.12', node_type_id: 'm5d.large' }
const task = { task_key: 'main', notebook_task: { notebook_path: '/Shared/main' } }

const makeCluster = async (caller: Caller, more: object = { num_workers: 2 }): Promise<string> =>
  (await caller.ok('POST', `${clusters}/create`, { ...spec, ...more })).text('cluster_id')
const getCluster = (caller: Caller, id: string): Promise<Got> =>
  caller.get(`${clusters}/get?cluster_id=${id}`)
const makeJob = async (caller: Caller, settings: object = { tasks: [task] }): Promise<string> =>
  (await caller.ok('POST', `${jobs}/create`, settings)).text('job_id')
const getJob = (caller: Caller, id: string): Promise<Got> => caller.get(`${jobs}/get?job_id=${id}`)

describe('traps', () => {
  fact('T1', '"not found" is not a 404 for clusters, jobs and runs', async () => {
    const { robot } = await place()
    const missing = [
      `${clusters}/get?cluster_id=0903-101530-zzzzzzzz`,
      `${jobs}/get?job_id=5`,
      `${jobs}/runs/get?run_id=5`,
    ]
    for (const path of missing) {
      const got = await robot.get(path)
      expect(got.refusal).toMatch(/^400 INVALID_PARAMETER_VALUE .* does not exist/)
    }
  })

  fact('T2', 'starting what runs is an error', async () => {
    const { robot, advance } = await place()
    const id = await makeCluster(robot)
    await advance(60)
    expect((await robot.post(`${clusters}/start`, { cluster_id: id })).refusal).toContain('400 INVALID_STATE')
  })

  fact(
    'T3',
    'an edit restarts a running cluster even if only its size changes; a resize does not',
    async () => {
      const { robot, advance } = await place()
      const [edited, resized] = [await makeCluster(robot), await makeCluster(robot)]
      await advance(60)
      await robot.ok('POST', `${clusters}/edit`, { cluster_id: edited, ...spec, num_workers: 3 })
      await robot.ok('POST', `${clusters}/resize`, { cluster_id: resized, num_workers: 3 })
      expect((await getCluster(robot, edited)).text('state')).toBe('RESTARTING')
      expect((await getCluster(robot, resized)).text('state')).toBe('RESIZING')
    },
  )

  fact('T4', 'delete keeps the cluster', async () => {
    const { robot, advance } = await place()
    const id = await makeCluster(robot)
    await robot.ok('POST', `${clusters}/delete`, { cluster_id: id })
    await advance(120)
    expect((await getCluster(robot, id)).text('state')).toBe('TERMINATED')
  })

  fact('T5', 'no workers is a number that has to be sent', async () => {
    const { robot } = await place()
    expect((await robot.post(`${clusters}/create`, spec)).refusal).toBe(
      '400 INVALID_PARAMETER_VALUE Cluster validation error: Missing required field: settings.cluster_spec.new_cluster.size',
    )
    const singleNode = {
      num_workers: 0,
      spark_conf: { 'spark.databricks.cluster.profile': 'singleNode', 'spark.master': 'local[*]' },
      custom_tags: { ResourceClass: 'SingleNode' },
    }
    expect((await getCluster(robot, await makeCluster(robot, singleNode))).at('num_workers')).toBe(0)
  })

  fact('T6', 'a create that is repeated after a 503 may have been done twice', async () => {
    const { robot, control } = await place()
    for (const [path, body, list] of [
      [`${jobs}/create`, { name: 'twice' }, `${jobs}/list?name=twice`],
      [`${clusters}/create`, { ...spec, num_workers: 1 }, `${clusters}/list`],
    ] as const) {
      await control('POST', 'faults', { match: `POST ${path}`, when: 'after', status: 503 })
      expect((await robot.post(path, body)).status).toBe(503)
      expect((await robot.post(path, body)).status).toBe(200)
      const got = await robot.ok('GET', list)
      expect(got.list(path.includes('jobs') ? 'jobs' : 'clusters')).toHaveLength(2)
    }
  })

  fact('T7', 'what is read differs from what was written, by design', async () => {
    const { robot } = await place()
    const id = await makeCluster(robot, {
      num_workers: 1,
      data_security_mode: 'DATA_SECURITY_MODE_DEDICATED',
    })
    const cluster = await getCluster(robot, id)
    expect(cluster.text('data_security_mode')).toBe('SINGLE_USER')
    expect(cluster.text('aws_attributes.zone_id')).toMatch(/^us-east-1[a-f]$/)
    expect(cluster.text('driver_node_type_id')).toBe('m5d.large')
    const job = await getJob(robot, await makeJob(robot))
    expect(job.at('settings.queue')).toEqual({ enabled: true })
    expect(job.at('settings.webhook_notifications')).toEqual({})
  })

  fact('T8', 'an id read as a double is the id of nobody', async () => {
    const { robot } = await place()
    const id = await makeJob(robot)
    const { body } = await robot.get(`${jobs}/get?job_id=${id}`)
    const { job_id } = JSON.parse(body) as { job_id: number }
    expect(BigInt(job_id)).not.toBe(BigInt(id))
    expect((await robot.get(`${jobs}/get?job_id=${BigInt(job_id)}`)).status).toBe(400)
    expect(body).toContain(`"job_id":${id}`)
  })

  fact('T9', 'the first page of a job hides the rest of its tasks', async () => {
    const { robot } = await place()
    const tasks = Array.from({ length: 150 }, (_, index) => ({ ...task, task_key: `t${index}` }))
    const first = await getJob(robot, await makeJob(robot, { tasks }))
    expect(first.list('settings.tasks')).toHaveLength(100)
    expect(first.at('has_more')).toBe(true)
    expect(first.text('next_page_token')).not.toBe('')
  })

  fact('T10', 'a reset cannot take run_as away', async () => {
    const { robot } = await place()
    const id = await makeJob(robot, { tasks: [task], run_as: { user_name: benName } })
    await robot.ok('POST', `${jobs}/reset`, { job_id: BigInt(id), new_settings: { tasks: [task] } })
    expect((await getJob(robot, id)).at('settings.run_as')).toEqual({ user_name: benName })
  })

  fact('T11', 'INTERNAL_ERROR of a run is an ordinary failure of a task', async () => {
    const { robot, advance, control } = await place()
    const id = await makeJob(robot)
    await control('POST', 'run-outcomes', { jobId: id, result: 'FAILED' })
    const run = (await robot.ok('POST', `${jobs}/run-now`, { job_id: BigInt(id) })).text('run_id')
    await advance(7200)
    const got = await robot.get(`${jobs}/runs/get?run_id=${run}`)
    expect(got.text('state.life_cycle_state')).toBe('INTERNAL_ERROR')
    expect(got.text('status.termination_details.type')).toBe('CLIENT_ERROR')
  })

  fact('T12', 'a 403 is a bad token, a missing right, or something that does not exist', async () => {
    const { robot, ben, nobody } = await place()
    const id = await makeJob(robot)
    const badToken = nobody.with({ authorization: 'Bearer dapi0' })
    const answers = [
      await getJob(badToken, id),
      await getJob(ben, id),
      await getJob(ben, String(BigInt(id) + 2n)),
    ]
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403])
    expect(answers.map((got) => got.at('error_code'))).toEqual([
      403,
      'PERMISSION_DENIED',
      'PERMISSION_DENIED',
    ])
  })

  fact(
    'T13',
    'an error code may be a number, and the token endpoint has errors of another shape',
    async () => {
      const { nobody } = await place()
      const bad = await nobody.with({ authorization: 'Bearer dapi0' }).get(`${jobs}/list`)
      expect(bad.at('error_code')).toBe(403)
      const form = { 'content-type': 'application/x-www-form-urlencoded', authorization: 'Basic eDp5' }
      const refused = await nobody
        .with(form)
        .send('POST', '/oidc/v1/token', 'grant_type=client_credentials&scope=all-apis')
      expect(refused.status).toBe(401)
      expect(refused.text('error')).toBe('invalid_client')
      expect(refused.at('error_code')).toBeUndefined()
    },
  )

  fact('T14', 'no grants is {}, a list has no order, and an empty page is not its end', async () => {
    const { robot } = await place({ switches: { emptyPageShare: 1 } })
    expect((await robot.ok('GET', `${permissions}/schema/main.silver`)).json).toEqual({})
    const changes = ['analysts', benName].map((principal) => ({ principal, add: ['SELECT'] }))
    await robot.ok('PATCH', `${permissions}/schema/main.silver`, { changes })
    const page = await robot.ok('GET', `${permissions}/schema/main.silver?max_results=0`)
    expect(page.list('privilege_assignments')).toEqual([])
    expect(page.text('next_page_token')).not.toBe('')
  })

  fact('T15', 'removing ALL_PRIVILEGES takes everything', async () => {
    const { robot } = await place()
    const patch = (...changes: object[]) =>
      robot.ok('PATCH', `${permissions}/schema/main.silver`, { changes })
    await patch({ principal: 'analysts', add: ['SELECT', 'USE_SCHEMA'] })
    const after = await patch({ principal: 'analysts', remove: ['ALL_PRIVILEGES'] })
    expect(after.list('privilege_assignments')).toEqual([])
  })

  fact('T16', 'the metastore goes by its UUID, and a service principal by its application id', async () => {
    const { robot } = await place()
    const summary = await robot.ok('GET', '/api/2.1/unity-catalog/metastore_summary')
    const [id, name] = [summary.text('metastore_id'), summary.text('name')]
    expect((await robot.get(`${permissions}/metastore/${id}`)).status).toBe(200)
    expect((await robot.get(`${permissions}/metastore/${name}`)).status).not.toBe(200)
    const grant = (principal: string) =>
      robot.send('PATCH', `${permissions}/schema/main.silver`, { changes: [{ principal, add: ['SELECT'] }] })
    expect((await grant(robotName)).status).toBe(200)
    expect((await grant('lakeward-demo')).status).toBe(404)
    expect((await grant('admins')).status).toBe(404)
  })

  fact('T17', 'inherited entries come with every read, and are in no write', async () => {
    const { robot } = await place()
    const id = await makeCluster(robot)
    const path = `/api/2.0/permissions/clusters/${id}`
    const inherited = async () =>
      (await robot.ok('GET', path)).list('access_control_list').map((one) => one.at('group_name'))
    expect(await inherited()).toContain('admins')
    await robot.ok('PUT', path, { access_control_list: [] })
    expect(await inherited()).toEqual(['admins'])
  })

  fact('T18', 'a token ends, and one of Entra is refused before its end', async () => {
    const applications = { [robotName]: { secrets: ['app-secret'] } }
    const { nobody, control } = await place({ entra: { tenant: 'tenant-1', applications } })
    const holder = async (seconds: number): Promise<Caller> => {
      await control('PUT', 'access-tokens/life', { seconds })
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: robotName,
        client_secret: 'app-secret',
        resource: '2ff814a6-3304-4ab8-85cb-cd0e6f879c1d',
      })
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const path = '/entra/tenant-1/oauth2/token'
      const token = (await nobody.with(headers).ok('POST', path, form.toString())).text('access_token')
      return nobody.with({ authorization: `Bearer ${token}` })
    }
    const list = `${jobs}/list`
    const fresh = await holder(3600)
    expect((await fresh.get(list)).status).toBe(200)
    const ending = 'Token is expiring within 30 seconds. (token expired)'
    expect((await (await holder(25)).get(list)).refusal).toContain(ending)
    await control('POST', 'access-tokens/expire', {})
    expect((await fresh.get(list)).status).toBe(401)
  })
})
