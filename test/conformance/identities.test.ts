import { describe, expect } from 'vitest'
import { benName, place, robotName, type Caller, type Got } from './client.ts'
import { fact } from './fact.ts'

const scim = '/api/2.0/preview/scim/v2'
const grants = '/api/2.1/unity-catalog'
const patch = (...Operations: object[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations,
})

/** The SCIM id of Ben. */
async function idOfBen(caller: Caller): Promise<string> {
  const filter = encodeURIComponent(`userName eq "${benName}"`)
  return (await caller.ok('GET', `${scim}/Users?filter=${filter}`)).text('Resources.0.id')
}

const group = async (caller: Caller, displayName: string): Promise<string> =>
  `${scim}/Groups/${(await caller.ok('POST', `${scim}/Groups`, { displayName })).text('id')}`

const inError = (got: Got): string => `${got.status} ${got.text('status')} ${got.text('detail')}`

/** Makes a job; gives back the path of its access list. */
const job = async (caller: Caller, more: object = {}): Promise<string> => {
  const id = (await caller.ok('POST', '/api/2.2/jobs/create', { name: 'shared', ...more })).text('job_id')
  return `/api/2.0/permissions/jobs/${id}`
}
const list = (...access_control_list: object[]) => ({ access_control_list })

describe('users, service principals, groups', () => {
  fact('19.1', 'an error has detail and status, and no code', async () => {
    const { robot } = await place()
    const got = await robot.get(`${scim}/Users/12345`)
    expect(inError(got)).toBe('404 404 User with id 12345 not found.')
    expect(got.at('schemas')).toEqual(['urn:ietf:params:scim:api:messages:2.0:Error'])
    expect(got.at('error_code')).toBeUndefined()
  })

  fact('19.2', 'a name that is taken is a 409 with the text that clients match', async () => {
    const { robot } = await place()
    expect(inError(await robot.post(`${scim}/Groups`, { displayName: 'analysts' }))).toBe(
      '409 409 Group with name analysts already exists.',
    )
    expect(inError(await robot.post(`${scim}/ServicePrincipals`, { applicationId: robotName }))).toBe(
      `409 409 Service principal with application ID ${robotName} already exists.`,
    )
  })

  fact('19.3', 'eq, co, sw and ne, with and and or', async () => {
    const { robot } = await place()
    const found = async (filter: string) =>
      (await robot.ok('GET', `${scim}/Groups?filter=${encodeURIComponent(filter)}`)).texts(
        'Resources',
        'displayName',
      )
    expect(await found('displayName eq "analysts"')).toEqual(['analysts'])
    expect(await found('displayName co "engin"')).toEqual(['data engineers'])
    expect(await found('displayName sw "a" and displayName ne "admins"')).toEqual(
      expect.arrayContaining(['analysts']),
    )
    expect(await found('displayName eq "admins" or displayName eq "users"')).toHaveLength(2)
    expect((await robot.get(`${scim}/Groups?filter=displayName`)).status).toBe(400)
  })

  fact('19.4', 'a client goes on from startIndex until a page is empty', async () => {
    const { robot } = await place()
    const seen: string[] = []
    let total = 0
    for (let start = 1; ;) {
      const page = await robot.ok('GET', `${scim}/Groups?startIndex=${start}&count=2`)
      total = Number(page.text('totalResults'))
      const found = page.texts('Resources', 'id')
      if (found.length === 0) break
      seen.push(...found)
      start += found.length
    }
    expect(new Set(seen).size).toBe(total)
  })

  fact('19.5', 'members come and go by PATCH, and others stay', async () => {
    const { robot } = await place()
    const path = await group(robot, 'builders')
    const ben = await idOfBen(robot)
    const me = (await robot.ok('GET', `${scim}/Me`)).text('id')
    await robot.ok(
      'PATCH',
      path,
      patch({ op: 'add', path: 'members', value: [{ value: ben }, { value: me }] }),
    )
    await robot.ok('PATCH', path, patch({ op: 'remove', path: `members[value eq "${me}"]` }))
    expect((await robot.ok('GET', path)).texts('members', 'value')).toEqual([ben])
  })

  fact('19.6', 'a PUT without the groups takes somebody out of all of them', async () => {
    const { robot } = await place()
    const path = `${scim}/Users/${await idOfBen(robot)}`
    expect((await robot.ok('GET', path)).texts('groups', 'display')).toEqual(['analysts'])
    await robot.ok('PUT', path, { userName: benName, displayName: 'Ben' })
    expect((await robot.ok('GET', path)).list('groups')).toEqual([])
  })

  fact('19.7', 'a group says whether it belongs to the account or to the workspace', async () => {
    const { robot } = await place()
    const groups = (await robot.ok('GET', `${scim}/Groups`)).list('Resources')
    const kinds = Object.fromEntries(
      groups.map((one) => [one.text('displayName'), one.at('meta.resourceType')]),
    )
    expect(kinds).toMatchObject({ admins: 'WorkspaceGroup', analysts: 'Group' })
  })
})

describe('grants of people', () => {
  fact('16.15', 'somebody who was deleted stays in the list under an empty name', async () => {
    const { robot } = await place({ switches: { emptyPageShare: 0 } })
    const changes = [{ principal: benName, add: ['SELECT'] }]
    await robot.ok('PATCH', `${grants}/permissions/schema/main.bronze`, { changes })
    const id = await idOfBen(robot)
    await robot.ok('DELETE', `${scim}/Users/${id}`)
    const older = await robot.ok('GET', `${grants}/permissions/schema/main.bronze`)
    expect(older.at('privilege_assignments')).toEqual([{ principal: '', privileges: ['SELECT'] }])
    const newer = await robot.ok('GET', `${grants}/privilege-assignments/schema/main.bronze`)
    expect(newer.text('privilege_assignments.0.principal_id')).toBe(id)
  })

  fact(
    '16.16',
    'the newer calls come in pages without being asked to, with an id for each principal',
    async () => {
      const { robot } = await place({ switches: { emptyPageShare: 0 } })
      const changes = [{ principal: 'analysts', add: ['SELECT'] }]
      await robot.ok('PATCH', `${grants}/permissions/schema/main.bronze`, { changes })
      const direct = await robot.ok('GET', `${grants}/privilege-assignments/schema/main.bronze`)
      expect(direct.text('privilege_assignments.0.principal')).toBe('analysts')
      expect(direct.text('privilege_assignments.0.principal_id')).toMatch(/^\d+$/)
      const effective = await robot.ok('GET', `${grants}/effective-privilege-assignments/schema/main.bronze`)
      expect(effective.list('effective_privilege_assignments')).not.toHaveLength(0)
      expect(
        (await robot.get(`${grants}/privilege-assignments/schema/main.bronze?page_size=149`)).status,
      ).toBe(400)
    },
  )
})

describe('access lists', () => {
  fact('18.6', 'who may not manage an object may not read its list either', async () => {
    const { robot, ben } = await place()
    const path = await job(robot)
    await robot.ok('PATCH', path, list({ user_name: benName, permission_level: 'CAN_MANAGE_RUN' }))
    expect((await ben.get(path)).refusal).toContain('403 PERMISSION_DENIED')
    await robot.ok('PATCH', path, list({ user_name: benName, permission_level: 'CAN_MANAGE' }))
    expect((await ben.get(path)).status).toBe(200)
  })

  fact('18.7', 'administrators keep what they inherit', async () => {
    const { robot } = await place()
    const refused = await robot.send(
      'PATCH',
      await job(robot),
      list({ group_name: 'admins', permission_level: 'CAN_VIEW' }),
    )
    expect(refused.refusal).toBe(
      "400 INVALID_PARAMETER_VALUE Cannot change permissions for group 'admins' to None.",
    )
  })

  fact('18.8', 'the list that a job is created with is the one that the permissions API shows', async () => {
    const { robot } = await place()
    const path = await job(robot, list({ user_name: benName, permission_level: 'CAN_VIEW' }))
    const entries = (await robot.ok('GET', path)).list('access_control_list')
    const ben = entries.find((entry) => entry.at('user_name') === benName)
    expect(ben?.at('all_permissions.0.permission_level')).toBe('CAN_VIEW')
  })
})
