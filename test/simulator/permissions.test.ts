import { describe, expect, it } from 'vitest'
import { replaceEntries } from '../../src/simulator/access/change-permissions.ts'
import { entryFor } from '../../src/simulator/access/object-permissions.ts'
import { objectTypeOf } from '../../src/simulator/access/object-types.ts'
import { seedContent } from '../../src/simulator/seed-content.ts'
import { usualSwitches } from '../../src/simulator/switches.ts'
import { VirtualClock } from '../../src/simulator/virtual-clock.ts'
import { createWorkspace } from '../../src/simulator/workspace.ts'
import { stillClock, workspace, type Answer, type Client } from './harness.ts'

const permissions = '/api/2.0/permissions'
const legacyJob = `${permissions}/jobs/901234567890123457`
const operator = '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50'
const ben = 'ben@example.com'
const ana = 'ana@example.com'

const user = (user_name: string, permission_level: string) => ({ user_name, permission_level })
const group = (group_name: string, permission_level: string) => ({ group_name, permission_level })
const list = (...access_control_list: object[]) => ({ access_control_list })

/** Direct levels by principal. */
function direct(answer: Answer): Record<string, string[]> {
  const entries = answer.list('access_control_list').flatMap((entry) => {
    const key = ['user_name', 'group_name', 'service_principal_name'].find(
      (each) => entry.at(each) !== undefined,
    )
    const levels = entry.list('all_permissions').filter((each) => each.at('inherited') === false)
    return levels.length === 0
      ? []
      : [[entry.text(key ?? ''), levels.map((each) => each.text('permission_level'))]]
  })
  return Object.fromEntries(entries) as Record<string, string[]>
}

async function cluster(client: Client): Promise<string> {
  const spec = {
    cluster_name: 'c',
    spark_version: '15.4.x-scala2.12',
    node_type_id: 'm5d.large',
    num_workers: 1,
  }
  const id = (await client.post('/api/2.1/clusters/create', spec)).text('cluster_id')
  return `${permissions}/clusters/${id}`
}

describe('replacing an access list', () => {
  it('puts these entries in the place of all direct ones and answers the whole list', async () => {
    const client = await workspace()
    const path = await cluster(client)
    const answer = await client.put(
      path,
      list(group('data engineers', 'CAN_RESTART'), user(ben, 'CAN_ATTACH_TO')),
    )
    expect(answer.body).toEqual({
      object_id: path.slice(permissions.length),
      object_type: 'cluster',
      access_control_list: [
        {
          group_name: 'data engineers',
          all_permissions: [{ permission_level: 'CAN_RESTART', inherited: false }],
        },
        {
          user_name: ben,
          display_name: 'ben',
          all_permissions: [{ permission_level: 'CAN_ATTACH_TO', inherited: false }],
        },
        {
          group_name: 'admins',
          all_permissions: [
            { permission_level: 'CAN_MANAGE', inherited: true, inherited_from_object: ['/clusters/'] },
          ],
        },
      ],
    })
    expect((await client.get(path)).body).toEqual(answer.body)
    expect(direct(await client.put(path, list()))).toEqual({})
  })

  it('keeps the last of two entries about one principal', async () => {
    const client = await workspace()
    const kept = list(user(ana, 'CAN_MANAGE'), user(ana, 'IS_OWNER'))
    expect(direct(await client.put(legacyJob, kept))).toEqual({ [ana]: ['IS_OWNER'] })
    const lost = list(user(ana, 'IS_OWNER'), user(ana, 'CAN_MANAGE'))
    expect((await client.put(legacyJob, lost)).at('message')).toBe('The job must have exactly one owner.')
  })

  it.each([
    ['nobody', list()],
    ['two users', list(user(ana, 'IS_OWNER'), user(ben, 'IS_OWNER'))],
    ['only a manager', list(user(ana, 'CAN_MANAGE'))],
  ])('refuses %s as the owner of a job, and changes nothing', async (_whom, body) => {
    const client = await workspace()
    expect(await client.put(legacyJob, body)).toMatchObject({
      status: 400,
      body: { error_code: 'INVALID_PARAMETER_VALUE', message: 'The job must have exactly one owner.' },
    })
    expect(direct(await client.get(legacyJob))).toEqual({ [ana]: ['IS_OWNER'] })
  })

  it('refuses a group as the owner', async () => {
    const client = await workspace()
    expect((await client.put(legacyJob, list(group('analysts', 'IS_OWNER')))).status).toBe(400)
  })

  it('moves whose rights a job has with its owner', async () => {
    const client = await workspace()
    await client.put(legacyJob, list(user(ben, 'IS_OWNER')))
    const job = await client.get('/api/2.2/jobs/get?job_id=901234567890123457')
    expect(job.at('run_as_user_name')).toBe(ben)
  })

  it('leaves administrators what they inherit, beside what they are given', async () => {
    const client = await workspace()
    const path = await cluster(client)
    const refused = await client.put(path, list(group('admins', 'CAN_RESTART')))
    expect(refused).toMatchObject({
      status: 400,
      body: { message: "Cannot change permissions for group 'admins' to None." },
    })
    const answer = await client.put(path, list(group('admins', 'CAN_MANAGE')))
    expect(answer.list('access_control_list')).toHaveLength(1)
    expect(answer.texts('access_control_list.0.all_permissions', 'inherited')).toEqual(['false', 'true'])
  })
})

describe('adding to an access list', () => {
  it('keeps the others', async () => {
    const client = await workspace()
    const answer = await client.patch(legacyJob, list(user(ben, 'CAN_VIEW')))
    expect(direct(answer)).toEqual({ [ana]: ['IS_OWNER'], [ben]: ['CAN_VIEW'] })
  })

  it.each([
    [true, 'CAN_VIEW'],
    [false, 'CAN_MANAGE'],
  ])('with permissionsPatchLowers %s a lower level leaves %s', async (permissionsPatchLowers, level) => {
    const client = await workspace({ switches: { permissionsPatchLowers } })
    await client.patch(legacyJob, list(user(ben, 'CAN_MANAGE')))
    expect(direct(await client.patch(legacyJob, list(user(ben, 'CAN_VIEW'))))[ben]).toEqual([level])
  })

  it('moves ownership', async () => {
    const client = await workspace()
    expect(direct(await client.patch(legacyJob, list(user(ben, 'IS_OWNER'))))).toEqual({
      [ben]: ['IS_OWNER'],
    })
  })

  it('refuses another owner where it is switched so, and always two', async () => {
    const client = await workspace({ switches: { permissionsPatchMovesOwner: false } })
    expect((await client.patch(legacyJob, list(user(ben, 'IS_OWNER')))).status).toBe(400)
    const both = list(user(ben, 'IS_OWNER'), {
      service_principal_name: operator,
      permission_level: 'IS_OWNER',
    })
    expect((await (await workspace()).patch(legacyJob, both)).status).toBe(400)
  })

  it('cannot leave a job without an owner', async () => {
    const client = await workspace()
    expect((await client.patch(legacyJob, list(user(ana, 'CAN_VIEW')))).status).toBe(400)
  })
})

describe('bad entries', () => {
  it.each([
    [
      'an unknown user',
      user('no@example.com', 'CAN_VIEW'),
      404,
      'Principal: UserName(no@example.com) does not exist',
    ],
    ['an unknown group', group('nobody', 'CAN_VIEW'), 404, 'Principal: GroupName(nobody) does not exist'],
    [
      'a service principal by its display name',
      { service_principal_name: 'lakeward-demo', permission_level: 'CAN_VIEW' },
      404,
      'Principal: ServicePrincipalName(lakeward-demo) does not exist',
    ],
    ['a group as a user', user('analysts', 'CAN_VIEW'), 404, 'Principal: UserName(analysts) does not exist'],
    ['a level of another kind', user(ben, 'CAN_RESTART'), 400, 'CAN_RESTART is not valid'],
    ['nobody', { permission_level: 'CAN_VIEW' }, 400, 'exactly one of'],
    ['two at once', { ...user(ben, 'CAN_VIEW'), group_name: 'analysts' }, 400, 'exactly one of'],
    ['no level', { user_name: ben }, 400, 'Missing required field'],
  ])('refuses %s', async (...[_what, entry, status, message]) => {
    const client = await workspace()
    for (const answer of [
      await client.put(legacyJob, list(entry)),
      await client.patch(legacyJob, list(entry)),
    ]) {
      expect(answer.status).toBe(status)
      expect(answer.text('message')).toContain(message)
    }
    expect(direct(await client.get(legacyJob))).toEqual({ [ana]: ['IS_OWNER'] })
  })

  it('can report an unknown principal with 400', async () => {
    const switches = { unknownPermissionPrincipal: 'INVALID_PARAMETER_VALUE' } as const
    const answer = await (
      await workspace({ switches })
    ).put(legacyJob, list(user('no@example.com', 'CAN_VIEW')))
    expect(answer).toMatchObject({ status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE' } })
  })

  it('finds principals whatever the case, and may give their names back in lower case', async () => {
    const client = await workspace({ switches: { lowerCaseUsers: true } })
    await client.as('Carl@Example.com').get('/api/2.0/preview/scim/v2/Me')
    const answer = await client.patch(legacyJob, list(user('CARL@example.com', 'CAN_VIEW')))
    expect(direct(answer)).toHaveProperty(['carl@example.com'])
  })
})

describe('who may', () => {
  it('needs the right to manage, to read as well as to write', async () => {
    const client = await workspace()
    const caller = client.as(ben)
    await client.patch(legacyJob, list(user(ben, 'CAN_MANAGE_RUN')))
    for (const answer of [
      await caller.get(legacyJob),
      await caller.put(legacyJob, list(user(ben, 'IS_OWNER'))),
      await caller.get(`${legacyJob}/permissionLevels`),
    ]) {
      expect(answer).toMatchObject({ status: 403, body: { error_code: 'PERMISSION_DENIED' } })
    }
    await client.patch(legacyJob, list(group('analysts', 'CAN_MANAGE')))
    expect((await caller.get(legacyJob)).status).toBe(200)
  })

  it('lets somebody lock itself out', async () => {
    const client = await workspace()
    const path = await cluster(client.as(ben))
    expect((await client.as(ben).put(path, list(user(ana, 'CAN_MANAGE')))).status).toBe(200)
    expect((await client.as(ben).get(path)).status).toBe(403)
  })

  it('can use what it was given', async () => {
    const client = await workspace()
    const path = await cluster(client)
    const get = `/api/2.1/clusters/get?cluster_id=${path.slice(`${permissions}/clusters/`.length)}`
    expect((await client.as(ben).get(get)).status).toBe(403)
    await client.patch(path, list(group('users', 'CAN_ATTACH_TO')))
    expect((await client.as(ben).get(get)).status).toBe(200)
  })
})

describe('objects', () => {
  it.each([
    ['jobs/901234567890123457', ['CAN_VIEW', 'CAN_MANAGE_RUN', 'CAN_MANAGE', 'IS_OWNER']],
    ['authorization/tokens', ['CAN_USE', 'CAN_MANAGE']],
    ['authorization/passwords', ['CAN_USE']],
    ['directories/0', ['CAN_READ', 'CAN_RUN', 'CAN_EDIT', 'CAN_MANAGE']],
  ])('names the levels of %s', async (object, levels) => {
    const answer = await (await workspace()).get(`${permissions}/${object}/permissionLevels`)
    expect(answer.texts('permission_levels', 'permission_level')).toEqual(levels)
    expect(answer.texts('permission_levels', 'description').every((text) => text.length > 0)).toBe(true)
  })

  it('has lists that no object stands behind', async () => {
    const client = await workspace()
    const answer = await client.put(`${permissions}/authorization/tokens`, list(group('users', 'CAN_USE')))
    expect(answer.body).toMatchObject({ object_id: '/authorization/tokens', object_type: 'tokens' })
    expect(direct(answer)).toEqual({ users: ['CAN_USE'] })
  })

  it.each([
    ['queries/5', 400, 'request_object_type is not recognized: queries'],
    ['sql/nonsense/5', 400, 'request_object_type is not recognized: sql/nonsense'],
    ['jobs/5', 400, 'Job 5 does not exist.'],
    ['clusters/0903-101530-zzzzzzzz', 400, 'Cluster 0903-101530-zzzzzzzz does not exist'],
    ['cluster-policies/ABC', 404, 'cluster-policy ABC not found.'],
    ['sql/warehouses/abc', 404, 'warehouses abc not found.'],
    ['warehouses/abc', 404, 'warehouses abc not found.'],
  ])('answers %s with %i', async (object, status, message) => {
    expect(await (await workspace()).get(`${permissions}/${object}`)).toMatchObject({
      status,
      body: { message },
    })
  })

  it('is one store under the older path', async () => {
    const client = await workspace()
    await client.patch('/api/2.0/preview/permissions/jobs/901234567890123457', list(user(ben, 'CAN_VIEW')))
    expect(direct(await client.get(legacyJob))).toHaveProperty([ben])
  })

  it('is one store with the list that a job is created with', async () => {
    const client = await workspace()
    const body = {
      name: 'j',
      ...list(user(ben, 'CAN_VIEW'), user(ben, 'CAN_MANAGE'), group('users', 'CAN_VIEW')),
    }
    const id = (await client.post('/api/2.2/jobs/create', body)).text('job_id')
    expect(direct(await client.get(`${permissions}/jobs/${id}`))).toEqual({
      [operator]: ['IS_OWNER'],
      [ben]: ['CAN_MANAGE'],
      users: ['CAN_VIEW'],
    })
  })

  it('still shows the list of a job deleted a moment ago, and takes no changes', async () => {
    const client = await workspace()
    await client.post('/api/2.2/jobs/delete', { job_id: 901234567890123457n })
    expect(direct(await client.get(legacyJob))).toEqual({ [ana]: ['IS_OWNER'] })
    expect((await client.put(legacyJob, list(user(ana, 'IS_OWNER')))).status).toBe(404)
    await client.advance(usualSwitches.permissionsOutliveSeconds)
    expect((await client.get(legacyJob)).status).toBe(400)
  })
})

describe('a warehouse', () => {
  const path = '/sql/warehouses/abc'
  const type = objectTypeOf('warehouses')

  it('keeps its owner in a PUT that names none, and must be given one if it has none', () => {
    const clock = new VirtualClock(stillClock(), 0)
    const space = createWorkspace({ clock, seed: 7, switches: usualSwitches, content: seedContent })
    const [owner, other] = [space.principals.named(ana), space.principals.named(ben)]
    if (type === undefined || owner === undefined || other === undefined) throw new Error('all are there')
    const target = { type, object: path }
    space.permissions.set(path, [])
    const use = [entryFor(other, 'CAN_USE')]
    expect(replaceEntries(space, target, use)?.message).toBe(
      'PUT requests for warehouse *** with no existing owner must provide a new owner.',
    )
    expect(replaceEntries(space, target, [entryFor(owner, 'IS_OWNER')])).toBeUndefined()
    expect(replaceEntries(space, target, use)).toBeUndefined()
    expect(space.permissions.of(path)).toEqual([entryFor(owner, 'IS_OWNER'), ...use])
    const two = [entryFor(owner, 'IS_OWNER'), entryFor(other, 'IS_OWNER')]
    expect(replaceEntries(space, target, two)?.message).toBe('The warehouse must have exactly one owner.')
  })
})
