import { describe, expect, it } from 'vitest'
import { workspace, type Answer, type Client } from './harness.ts'

const scim = '/api/2.0/preview/scim/v2'
const ben = '4471011'
const patchOf = (...Operations: object[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations,
})

/** A patch that adds one value to a list. */
const adding = (path: string, value: string) => patchOf({ op: 'add', path, value: [{ value }] })

const names = (answer: Answer, attribute: string): string[] => answer.texts('Resources', attribute)

/** Makes a group of the workspace and gives back its path. */
async function group(client: Client, body: object = {}): Promise<string> {
  const answer = await client.post(`${scim}/Groups`, { displayName: 'builders', ...body })
  expect(answer.status).toBe(200)
  return `${scim}/Groups/${answer.text('id')}`
}

const members = async (client: Client, path: string) =>
  (await client.get(path)).texts('members', 'value').toSorted()

describe('who calls', () => {
  it('shows a service principal by its application id, with its groups', async () => {
    const answer = await (await workspace()).get(`${scim}/Me`)
    expect(answer.body).toEqual({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      id: '4471002',
      userName: '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50',
      displayName: 'lakeward-demo',
      active: true,
      groups: [{ display: 'admins', value: '900', type: 'direct' }],
    })
    expect(answer.headers.get('X-Databricks-Org-Id')).toBe('7405611111111111')
  })

  it('shows a person with its e-mail', async () => {
    const { body } = await (await workspace()).as('ana@example.com').get(`${scim}/Me`)
    expect(body).toMatchObject({
      userName: 'ana@example.com',
      emails: [{ type: 'work', value: 'ana@example.com', primary: true }],
      groups: [{ display: 'admins' }, { display: 'data engineers' }],
    })
  })
})

describe('listing', () => {
  it.each([
    ['Users', 'userName eq "ana@example.com"', 'userName', ['ana@example.com']],
    ['Users', 'userName eq "ANA@example.com"', 'userName', ['ana@example.com']],
    ['Users', 'username co "n@example"', 'userName', ['ben@example.com']],
    ['Users', 'displayName sw "a" and active eq true', 'displayName', ['ana']],
    ['Users', 'displayName sw "a" and active eq false', 'displayName', []],
    ['Users', 'displayName eq "ana" or displayName eq "ben"', 'displayName', ['ana', 'ben']],
    ['Users', 'userName ne "ana@example.com"', 'displayName', ['ben']],
    ['Users', '(userName sw "ana" or userName sw "ben") and userName co "b"', 'displayName', ['ben']],
    ['Users', 'groups.display eq "analysts"', 'displayName', ['ben']],
    ['Users', 'emails.value ew "@example.com"', 'displayName', ['ana', 'ben']],
    ['Users', 'externalId pr', 'displayName', []],
    ['Groups', 'displayName eq "data engineers"', 'id', ['911']],
    ['Groups', 'displayName co "an"', 'displayName', ['analysts']],
    ['ServicePrincipals', 'applicationId eq "3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50"', 'id', ['4471002']],
  ])('%s with %s', async (...[path, filter, attribute, expected]) => {
    const answer = await (await workspace()).get(`${scim}/${path}?filter=${encodeURIComponent(filter)}`)
    expect(names(answer, attribute)).toEqual(expected)
    expect(answer.at('totalResults')).toBe(expected.length)
  })

  it.each([
    'userName',
    'userName eq',
    'userName is "x"',
    'userName eq "x" and',
    '(userName eq "x"',
    '"x',
    'a eq "\\x"',
    'userName constructor "x"',
  ])('refuses the filter %s', async (filter) => {
    const answer = await (await workspace()).get(`${scim}/Users?filter=${encodeURIComponent(filter)}`)
    expect(answer).toMatchObject({ status: 400, body: { scimType: 'invalidFilter', status: '400' } })
    expect(answer.at('error_code')).toBeUndefined()
  })

  it('comes in pages that begin at an index counted from 1', async () => {
    const client = await workspace()
    const seen: string[] = []
    for (let start = 1; ; start += 2) {
      const page = await client.get(`${scim}/Groups?startIndex=${start}&count=2`)
      expect(page.body).toMatchObject({ totalResults: 5, startIndex: start })
      expect(page.at('itemsPerPage')).toBe(page.list('Resources').length)
      if (page.list('Resources').length === 0) break
      seen.push(...names(page, 'displayName'))
    }
    expect(seen.toSorted()).toEqual(['account users', 'admins', 'analysts', 'data engineers', 'users'])
    expect((await client.get(`${scim}/Groups?count=x`)).status).toBe(400)
    expect((await client.get(`${scim}/Groups?count=0`)).list('Resources')).toEqual([])
  })

  it('can be sorted and cut to some attributes', async () => {
    const client = await workspace()
    const sorted = await client.get(
      `${scim}/Groups?sortBy=displayName&sortOrder=descending&attributes=displayName`,
    )
    expect(sorted.at('Resources.0')).toEqual({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
      id: '901',
      displayName: 'users',
    })
    const without = await client.get(`${scim}/Groups/911?excludedAttributes=members,meta`)
    expect(without.at('members')).toBeUndefined()
    expect(without.at('displayName')).toBe('data engineers')
  })

  it('tells groups of the account from groups of the workspace', async () => {
    const client = await workspace()
    expect((await client.get(`${scim}/Groups/911`)).at('meta.resourceType')).toBe('Group')
    expect((await client.get(`${scim}/Groups/900`)).at('meta.resourceType')).toBe('WorkspaceGroup')
  })
})

describe('users and service principals', () => {
  it('are created, read, deactivated and deleted', async () => {
    const client = await workspace()
    const sent = {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: 'eve@example.com',
      displayName: 'Eve',
      name: { givenName: 'Eve' },
      externalId: 'e-1',
      entitlements: [{ value: 'allow-cluster-create' }],
      groups: [{ value: '912' }],
    }
    const created = await client.post(`${scim}/Users`, sent)
    const path = `${scim}/Users/${created.text('id')}`
    expect(created.body).toMatchObject({
      ...sent,
      active: true,
      groups: [{ display: 'analysts', value: '912', type: 'direct' }],
    })
    expect((await client.get(path)).body).toEqual(created.body)
    const off = await client.patch(path, patchOf({ op: 'replace', path: 'active', value: false }))
    expect(off.body).toMatchObject({ ...sent, groups: [{ value: '912' }], active: false })
    expect((await client.delete(path)).body).toEqual({})
    expect(await client.get(path)).toMatchObject({
      status: 404,
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
        detail: `User with id ${created.text('id')} not found.`,
        status: '404',
      },
    })
  })

  it('gives a service principal an application id, and takes one that was chosen', async () => {
    const client = await workspace()
    const given = await client.post(`${scim}/ServicePrincipals`, { displayName: 'robot' })
    expect(given.text('applicationId')).toMatch(/^[0-9a-f-]{36}$/)
    const applicationId = '11111111-2222-4333-8444-555555555555'
    const chosen = await client.post(`${scim}/ServicePrincipals`, { applicationId, displayName: 'other' })
    expect(chosen.at('applicationId')).toBe(applicationId)
    const grants = '/api/2.1/unity-catalog/permissions/schema/main.silver'
    const changes = [{ principal: applicationId, add: ['SELECT'] }]
    expect((await client.patch(grants, { changes })).at('privilege_assignments.0.principal')).toBe(
      applicationId,
    )
  })

  it.each([
    ['Users', { userName: 'BEN@example.com' }, 'User with username BEN@example.com already exists.'],
    ['Groups', { displayName: 'analysts' }, 'Group with name analysts already exists.'],
    ['Groups', { displayName: 'users' }, 'Group with name users already exists.'],
    [
      'ServicePrincipals',
      { applicationId: '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50' },
      'Service principal with application ID 3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50 already exists.',
    ],
  ])('refuses a second one: %s %o', async (path, body, detail) => {
    const answer = await (await workspace()).post(`${scim}/${path}`, body)
    expect(answer).toMatchObject({ status: 409, body: { detail, status: '409' } })
  })

  it.each([
    ['post', 'Users', {}],
    ['post', 'Groups', {}],
    ['post', 'Groups', { displayName: 7 }],
    ['put', `Users/${ben}`, { userName: 'ben@example.com', active: 'maybe' }],
    ['put', `Users/${ben}`, { userName: 'other@example.com' }],
    ['patch', `Users/${ben}`, {}],
    ['patch', `Users/${ben}`, patchOf()],
    ['patch', `Users/${ben}`, patchOf({ op: 'move', path: 'active', value: true })],
    ['patch', `Users/${ben}`, patchOf({ op: 'remove' })],
    ['patch', `Users/${ben}`, patchOf({ op: 'replace', path: 'a[b', value: 1 })],
    ['patch', `Users/${ben}`, patchOf({ op: 'replace', path: 'displayName' })],
    ['patch', `Users/${ben}`, patchOf({ op: 'replace', value: 'x' })],
    ['patch', `Users/${ben}`, patchOf({ op: 'replace', path: 'displayName', value: 7 })],
    ['patch', `Users/${ben}`, patchOf({ op: 'remove', path: 'roles[value is "x"]' })],
  ] as const)('refuses %s %s %o in the shape of SCIM', async (...[verb, path, body]) => {
    const answer = await (await workspace())[verb](`${scim}/${path}`, body)
    expect(answer).toMatchObject({ status: 400, body: { status: '400' } })
    expect(answer.text('detail')).not.toBe('')
  })

  it('lose in a PUT what it does not mention', async () => {
    const client = await workspace()
    const answer = await client.put(`${scim}/Users/${ben}`, {
      userName: 'ben@example.com',
      displayName: 'Ben',
    })
    expect(answer.body).toMatchObject({ displayName: 'Ben', groups: [] })
    expect(await members(client, `${scim}/Groups/912`)).toEqual([])
  })

  it('takes true and false as text, as some identity providers send them', async () => {
    const client = await workspace()
    const off = await client.patch(
      `${scim}/Users/${ben}`,
      patchOf({ op: 'Replace', path: 'active', value: 'False' }),
    )
    expect(off.at('active')).toBe(false)
  })

  it('are changed by administrators only', async () => {
    const caller = (await workspace()).as('ben@example.com')
    expect((await caller.get(`${scim}/Users`)).status).toBe(200)
    for (const answer of [
      await caller.post(`${scim}/Users`, { userName: 'x@example.com' }),
      await caller.patch(
        `${scim}/Users/${ben}`,
        patchOf({ op: 'add', path: 'groups', value: [{ value: '900' }] }),
      ),
      await caller.delete(`${scim}/Users/${ben}`),
    ]) {
      expect(answer).toMatchObject({ status: 403, body: { status: '403' } })
    }
  })

  it('are not found in another collection', async () => {
    const client = await workspace()
    expect((await client.get(`${scim}/Groups/${ben}`)).status).toBe(404)
    expect((await client.get(`${scim}/Users/911`)).status).toBe(404)
  })
})

describe('patching', () => {
  it.each([
    ['add', { op: 'add', path: 'members', value: [{ value: ben }] }, ['4471010', ben]],
    ['add one', { op: 'add', path: 'members', value: { value: ben } }, ['4471010', ben]],
    ['add by id', { op: 'add', path: 'members', value: ben }, ['4471010', ben]],
    ['add without a path', { op: 'add', value: { members: [{ value: ben }] } }, ['4471010', ben]],
    ['add again', { op: 'add', path: 'members', value: [{ value: '4471010' }] }, ['4471010']],
    ['remove by filter', { op: 'remove', path: 'members[value eq "4471010"]' }, []],
    ['remove by value', { op: 'remove', path: 'members', value: [{ value: '4471010' }] }, []],
    ['remove all', { op: 'remove', path: 'members' }, []],
    ['remove another', { op: 'remove', path: `members[value eq "${ben}"]` }, ['4471010']],
    ['replace', { op: 'replace', path: 'members', value: [{ value: ben }] }, [ben]],
  ])('members: %s', async (_what, operation, expected) => {
    const client = await workspace()
    const path = await group(client, { members: [{ value: '4471010' }] })
    expect((await client.patch(path, patchOf(operation))).status).toBe(200)
    expect(await members(client, path)).toEqual(expected)
  })

  it('does several things in one call, or none', async () => {
    const client = await workspace()
    const path = await group(client)
    const add = { op: 'add', path: 'members', value: [{ value: ben }] }
    const rename = { op: 'replace', path: 'displayName', value: 'masons' }
    expect((await client.patch(path, patchOf(add, { ...add, value: [{ value: '5' }] }))).status).toBe(404)
    expect(await members(client, path)).toEqual([])
    expect((await client.patch(path, patchOf(add, rename))).at('displayName')).toBe('masons')
    expect(await members(client, path)).toEqual([ben])
  })

  it('refuses an entitlement that is a number, however long', async () => {
    const client = await workspace()
    const long = { op: 'add', path: 'entitlements', value: [{ value: 9_007_199_254_740_993n }] }
    expect((await client.patch(`/api/2.0/preview/scim/v2/Users/${ben}`, patchOf(long))).status).toBe(400)
  })

  it('adds and removes entitlements, roles and parts of a name', async () => {
    const client = await workspace()
    const path = `${scim}/Users/${ben}`
    await client.patch(
      path,
      patchOf(
        { op: 'add', path: 'entitlements', value: [{ value: 'a' }, { value: 'b' }] },
        { op: 'add', path: 'roles', value: [{ value: 'arn:aws:iam::1:instance-profile/x' }] },
        { op: 'replace', path: 'name.givenName', value: 'Ben' },
      ),
    )
    const answer = await client.patch(path, patchOf({ op: 'remove', path: 'entitlements[value eq "a"]' }))
    expect(answer.body).toMatchObject({
      entitlements: [{ value: 'b' }],
      roles: [{ value: 'arn:aws:iam::1:instance-profile/x' }],
      name: { givenName: 'Ben' },
      groups: [{ value: '912' }],
    })
  })
})

describe('groups', () => {
  it('give their rights to members, however deep, and take them away again', async () => {
    const client = await workspace()
    const inner = await group(client, { members: [{ value: ben }] })
    const outer = await group(client, { displayName: 'outer', members: [{ value: inner.split('/').at(-1) }] })
    const grants = '/api/2.0/permissions/jobs/901234567890123457'
    await client.patch(grants, {
      access_control_list: [{ group_name: 'outer', permission_level: 'CAN_MANAGE' }],
    })
    expect((await client.as('ben@example.com').get(grants)).status).toBe(200)
    await client.patch(inner, patchOf({ op: 'remove', path: 'members' }))
    expect((await client.as('ben@example.com').get(grants)).status).toBe(403)
    expect((await client.delete(outer)).status).toBe(200)
    expect((await client.get(inner)).at('groups')).toEqual([])
  })

  it('make administrators', async () => {
    const client = await workspace()
    const add = patchOf({ op: 'add', path: 'members', value: [{ value: ben }] })
    expect((await client.patch(`${scim}/Groups/900`, add)).status).toBe(200)
    expect((await client.as('ben@example.com').delete(`${scim}/Users/4471010`)).status).toBe(200)
  })

  it('cannot be in themselves', async () => {
    const client = await workspace()
    const inner = await group(client)
    const outer = await group(client, { displayName: 'outer', members: [{ value: inner.split('/').at(-1) }] })
    const circle = patchOf({ op: 'add', path: 'members', value: [{ value: outer.split('/').at(-1) }] })
    expect((await client.patch(inner, circle)).status).toBe(400)
    expect((await client.patch(outer, circle)).status).toBe(400)
  })

  it('of the workspace can be given permissions, and not grants', async () => {
    const client = await workspace()
    await group(client)
    const entry = { group_name: 'builders', permission_level: 'CAN_VIEW' }
    const job = '/api/2.0/permissions/jobs/901234567890123457'
    expect((await client.patch(job, { access_control_list: [entry] })).status).toBe(200)
    const changes = [{ principal: 'builders', add: ['SELECT'] }]
    const granted = await client.patch('/api/2.1/unity-catalog/permissions/schema/main.silver', { changes })
    expect(granted.text('message')).toBe('Could not find principal with name builders')
  })

  it('of the account are not changed here, unless that is switched on', async () => {
    const add = patchOf({ op: 'add', path: 'members', value: [{ value: ben }] })
    expect((await (await workspace()).patch(`${scim}/Groups/911`, add)).status).toBe(403)
    const client = await workspace({ switches: { workspaceScimChangesAccountGroups: true } })
    expect((await client.patch(`${scim}/Groups/911`, add)).status).toBe(200)
  })

  it('of the platform stay', async () => {
    const client = await workspace()
    expect((await client.delete(`${scim}/Groups/900`)).status).toBe(400)
    expect((await client.put(`${scim}/Groups/900`, { displayName: 'bosses' })).status).toBe(400)
    expect((await client.patch(`${scim}/Groups/901`, adding('members', ben))).status).toBe(400)
    expect(
      (await client.patch(`${scim}/Groups/901`, adding('entitlements', 'workspace-access'))).status,
    ).toBe(200)
  })

  it('keep what they were given when they are renamed', async () => {
    const client = await workspace()
    const path = await group(client)
    const job = '/api/2.0/permissions/jobs/901234567890123457'
    const entry = { group_name: 'builders', permission_level: 'CAN_VIEW' }
    await client.patch(job, { access_control_list: [entry] })
    await client.put(path, { displayName: 'masons' })
    expect((await client.get(job)).texts('access_control_list', 'group_name')).toContain('masons')
    expect((await client.put(path, { displayName: 'analysts' })).status).toBe(409)
  })
})

describe('somebody who is no more', () => {
  it('leaves grants that name nobody and an id', async () => {
    const client = await workspace()
    const schema = 'schema/main.silver'
    const changes = [{ principal: 'ben@example.com', add: ['SELECT'] }]
    await client.patch(`/api/2.1/unity-catalog/permissions/${schema}`, { changes })
    await client.delete(`${scim}/Users/${ben}`)
    expect((await client.get(`/api/2.1/unity-catalog/permissions/${schema}`)).body).toEqual({
      privilege_assignments: [{ principal: '', privileges: ['SELECT'] }],
    })
    const newer = await client.get(`/api/2.1/unity-catalog/privilege-assignments/${schema}?page_size=0`)
    const shown = newer.at('next_page_token')
      ? await client.get(
          `/api/2.1/unity-catalog/privilege-assignments/${schema}?page_token=${newer.text('next_page_token')}`,
        )
      : newer
    expect(shown.at('privilege_assignments')).toEqual([
      { principal: '', principal_id: Number(ben), privileges: ['SELECT'] },
    ])
    expect((await client.patch(`/api/2.1/unity-catalog/permissions/${schema}`, { changes })).status).toBe(404)
  })

  it('is no longer in access lists, nor the creator of a job or cluster', async () => {
    const client = await workspace()
    const spec = { spark_version: '15.4.x-scala2.12', node_type_id: 'm5d.large', num_workers: 1 }
    const id = (await client.as('ana@example.com').post('/api/2.1/clusters/create', spec)).text('cluster_id')
    await client.delete(`${scim}/Users/4471010`)
    const job = await client.get('/api/2.2/jobs/get?job_id=901234567890123457')
    expect(job.at('job_id')).toBe(901234567890123457n)
    expect(job.at('creator_user_name')).toBeUndefined()
    const list = await client.get('/api/2.2/jobs/list')
    expect(list.at('jobs.0.creator_user_name')).toBeUndefined()
    const cluster = await client.get(`/api/2.1/clusters/get?cluster_id=${id}`)
    expect(cluster.at('creator_user_name')).toBeUndefined()
    const permissions = await client.get('/api/2.0/permissions/jobs/901234567890123457')
    expect(permissions.list('access_control_list')).toHaveLength(1)
  })
})

describe('a token', () => {
  const robot = { applicationId: '11111111-2222-4333-8444-555555555555', displayName: 'robot' }

  it('stops working when its holder is deactivated or deleted, and works again when it is active', async () => {
    const client = await workspace({
      tokens: { 'lakeward-demo': 'ana@example.com', robot: robot.applicationId },
    })
    const found = await client.get(
      `${scim}/ServicePrincipals?filter=applicationId eq "${robot.applicationId}"`,
    )
    const path = `${scim}/ServicePrincipals/${found.text('Resources.0.id')}`
    const statusOfRobot = async () => (await client.with('robot').get(`${scim}/Me`)).status
    expect(await statusOfRobot()).toBe(200)
    await client.patch(path, patchOf({ op: 'replace', path: 'active', value: false }))
    expect(await statusOfRobot()).toBe(403)
    await client.patch(path, patchOf({ op: 'replace', path: 'active', value: true }))
    expect(await statusOfRobot()).toBe(200)
    await client.delete(path)
    expect(await statusOfRobot()).toBe(403)
  })
})
