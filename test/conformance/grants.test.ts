import { describe, expect } from 'vitest'
import { benName, place, robotName, type Caller, type Got } from './client.ts'
import { fact } from './fact.ts'

const api = '/api/2.1/unity-catalog'
const grants = `${api}/permissions`

const change = (caller: Caller, securable: string, ...changes: object[]): Promise<Got> =>
  caller.send('PATCH', `${grants}/${securable}`, { changes })
const add = (principal: string, ...privileges: string[]) => ({ principal, add: privileges })
const remove = (principal: string, ...privileges: string[]) => ({ principal, remove: privileges })

/** Privileges by principal. */
async function granted(caller: Caller, securable: string): Promise<Record<string, unknown>> {
  const got = await caller.ok('GET', `${grants}/${securable}`)
  return Object.fromEntries(
    got.list('privilege_assignments').map((one) => [one.text('principal'), one.at('privileges')]),
  )
}

describe('grants', () => {
  fact('16.1', 'none at all is an empty object', async () => {
    const { robot } = await place()
    expect((await robot.ok('GET', `${grants}/schema/main.bronze`)).json).toEqual({})
  })

  fact('16.2', 'principals come in any order, their privileges sorted', async () => {
    const { robot } = await place()
    const principals = ['analysts', 'data engineers', 'account users', benName]
    await change(robot, 'schema/main.bronze', ...principals.map((one) => add(one, 'USE_SCHEMA', 'SELECT')))
    const orders = new Set<string>()
    for (let count = 0; count < 40; count += 1) {
      const got = await robot.ok('GET', `${grants}/schema/main.bronze`)
      orders.add(got.texts('privilege_assignments', 'principal').join())
      for (const one of got.list('privilege_assignments'))
        expect(one.at('privileges')).toEqual(['SELECT', 'USE_SCHEMA'])
    }
    expect(orders.size).toBeGreaterThan(1)
  })

  fact('16.3', 'blanks in a privilege are taken and become underscores', async () => {
    const { robot } = await place()
    await change(robot, 'schema/main.bronze', add('analysts', 'USE SCHEMA', 'ALL PRIVILEGES'))
    expect(await granted(robot, 'schema/main.bronze')).toEqual({ analysts: ['ALL_PRIVILEGES', 'USE_SCHEMA'] })
  })

  fact('16.4', 'removing ALL_PRIVILEGES removes every privilege, held or not', async () => {
    const { robot } = await place()
    await change(robot, 'schema/main.bronze', add('analysts', 'USE_SCHEMA', 'SELECT'), add(benName, 'SELECT'))
    await change(robot, 'schema/main.bronze', remove('analysts', 'ALL_PRIVILEGES'))
    expect(await granted(robot, 'schema/main.bronze')).toEqual({ [benName]: ['SELECT'] })
  })

  fact('16.5', 'removal comes before addition: exactly these', async () => {
    const { robot } = await place()
    await change(robot, 'schema/main.bronze', add('analysts', 'USE_SCHEMA', 'MODIFY'))
    const exactly = { principal: 'analysts', add: ['SELECT'], remove: ['ALL_PRIVILEGES'] }
    expect((await change(robot, 'schema/main.bronze', exactly)).status).toBe(200)
    expect(await granted(robot, 'schema/main.bronze')).toEqual({ analysts: ['SELECT'] })
  })

  fact('16.6', 'adding and removing the same privilege is refused', async () => {
    const { robot } = await place()
    const both = { principal: 'analysts', add: ['SELECT'], remove: ['SELECT'] }
    expect((await change(robot, 'schema/main.bronze', both)).refusal).toBe(
      '400 INVALID_PARAMETER_VALUE Duplicate privileges to add and delete for principal analysts.',
    )
  })

  fact('16.7', 'adding what is held and removing what is not do nothing', async () => {
    const { robot } = await place()
    await change(robot, 'schema/main.bronze', add('analysts', 'SELECT'))
    const again = await change(robot, 'schema/main.bronze', add('analysts', 'SELECT', 'SELECT'))
    expect(again.status).toBe(200)
    expect((await change(robot, 'schema/main.bronze', remove('analysts', 'MODIFY'))).status).toBe(200)
    expect(await granted(robot, 'schema/main.bronze')).toEqual({ analysts: ['SELECT'] })
  })

  fact(
    '16.8',
    'who is not in the account gets nothing: strangers, workspace groups, display names',
    async () => {
      const { robot } = await place()
      for (const principal of ['nobody@example.com', 'admins', 'lakeward-demo']) {
        const refused = await change(robot, 'schema/main.bronze', add(principal, 'SELECT'))
        expect(refused.refusal).toBe(
          `404 PRINCIPAL_DOES_NOT_EXIST Could not find principal with name ${principal}`,
        )
      }
      expect((await change(robot, 'schema/main.bronze', add(robotName, 'SELECT'))).status).toBe(200)
    },
  )

  fact('16.9', 'a securable that is not there is a 404 of its own kind', async () => {
    const { robot } = await place()
    expect((await robot.get(`${grants}/schema/main.nowhere`)).refusal).toBe(
      "404 SCHEMA_DOES_NOT_EXIST Schema 'main.nowhere' does not exist.",
    )
    expect((await robot.get(`${grants}/catalog/nowhere`)).refusal).toContain('404 CATALOG_DOES_NOT_EXIST')
    expect((await robot.get(`${grants}/table/main.silver.nothing`)).refusal).toContain(
      '404 TABLE_DOES_NOT_EXIST',
    )
  })

  fact('16.10', 'a privilege has to fit what it is granted on', async () => {
    const { robot } = await place()
    const refused = await change(robot, 'schema/main.bronze', add('analysts', 'READ_FILES'))
    expect(refused.refusal).toContain(
      '400 INVALID_PARAMETER_VALUE Privilege READ_FILES is not applicable to this entity',
    )
    expect((await change(robot, 'catalog/main', add('analysts', 'SELECT'))).status).toBe(200)
  })

  fact('16.11', 'one wrong change and nothing of the PATCH happens', async () => {
    const { robot } = await place()
    const refused = await change(robot, 'schema/main.bronze', add('analysts', 'SELECT'), add('?', 'SELECT'))
    expect(refused.status).toBe(404)
    expect(await granted(robot, 'schema/main.bronze')).toEqual({})
  })

  fact('16.12', 'in pages a page may be empty and the list still goes on', async () => {
    const { robot } = await place({ switches: { emptyPageShare: 0.5 } })
    await change(robot, 'schema/main.bronze', add('analysts', 'SELECT'), add(benName, 'SELECT'))
    let empty = 0
    for (let count = 0; count < 20; count += 1) {
      const seen: string[] = []
      for (let token: string | undefined = ''; token !== undefined;) {
        const query: string = token === '' ? '' : `&page_token=${encodeURIComponent(token)}`
        const page: Got = await robot.ok('GET', `${grants}/schema/main.bronze?max_results=0${query}`)
        const found = page.texts('privilege_assignments', 'principal')
        seen.push(...found)
        token = page.at('next_page_token') === undefined ? undefined : page.text('next_page_token')
        if (found.length === 0 && token !== undefined) empty += 1
      }
      expect(seen.toSorted()).toEqual(['analysts', benName])
    }
    expect(empty).toBeGreaterThan(0)
  })

  fact('16.13', 'a page of 1 to 149 is refused, and so is a negative one', async () => {
    const { robot } = await place()
    for (const size of [1, 149, -1])
      expect((await robot.get(`${grants}/schema/main.bronze?max_results=${size}`)).refusal).toContain(
        '400 INVALID_PARAMETER_VALUE',
      )
    for (const size of [0, 150, 1000])
      expect((await robot.get(`${grants}/schema/main.bronze?max_results=${size}`)).status).toBe(200)
  })

  fact('16.14', 'who may not grant is told what is missing', async () => {
    const { ben } = await place()
    const refused = await change(ben, 'schema/main.bronze', add('analysts', 'SELECT'))
    expect(refused.refusal).toBe("403 PERMISSION_DENIED User does not have MANAGE on Schema 'main.bronze'.")
  })
})

describe('what grants add up to', () => {
  fact(
    '17.1',
    'effective privileges come down from the schema and the catalog, and say from where',
    async () => {
      const { robot } = await place()
      await change(robot, 'catalog/main', add('data engineers', 'USE_CATALOG', 'SELECT'))
      await change(robot, 'schema/main.silver', add('data engineers', 'USE_SCHEMA'))
      await change(robot, 'table/main.silver.orders', add('data engineers', 'MODIFY'))
      const path = `${api}/effective-permissions/table/main.silver.orders?principal=data%20engineers`
      const [one] = (await robot.ok('GET', path)).list('privilege_assignments')
      const found = Object.fromEntries(
        (one?.list('privileges') ?? []).map((each) => [
          each.text('privilege'),
          [each.at('inherited_from_type'), each.at('inherited_from_name')],
        ]),
      )
      expect(found).toMatchObject({
        MODIFY: [undefined, undefined],
        SELECT: ['CATALOG', 'main'],
      })
    },
  )

  fact('17.2', 'the owner is in no list', async () => {
    const { robot } = await place()
    const owner = (await robot.ok('GET', `${api}/schemas/main.silver`)).text('owner')
    for (const kind of ['permissions', 'effective-permissions'])
      expect((await robot.ok('GET', `${api}/${kind}/schema/main.silver`)).body).not.toContain(owner)
  })
})

const job = async (caller: Caller): Promise<string> =>
  (await caller.ok('POST', '/api/2.2/jobs/create', { name: 'shared' })).text('job_id')
const path = (id: string) => `/api/2.0/permissions/jobs/${id}`

describe('permissions of jobs and clusters', () => {
  const owner = { service_principal_name: robotName, permission_level: 'IS_OWNER' }
  const viewer = { user_name: benName, permission_level: 'CAN_VIEW' }

  fact('18.1', 'the creator owns a job, and administrators inherit their right to manage it', async () => {
    const { robot } = await place()
    const id = await job(robot)
    const got = await robot.ok('GET', path(id))
    expect(got.json).toMatchObject({ object_id: `/jobs/${id}`, object_type: 'job' })
    expect(got.at('access_control_list')).toEqual([
      expect.objectContaining({
        service_principal_name: robotName,
        all_permissions: [{ permission_level: 'IS_OWNER', inherited: false }],
      }),
      expect.objectContaining({
        group_name: 'admins',
        all_permissions: [
          { permission_level: 'CAN_MANAGE', inherited: true, inherited_from_object: ['/jobs/'] },
        ],
      }),
    ])
  })

  fact('18.2', 'a PUT replaces the direct entries and nothing that is inherited', async () => {
    const { robot } = await place()
    const id = await job(robot)
    await robot.ok('PUT', path(id), { access_control_list: [owner, viewer] })
    await robot.ok('PUT', path(id), { access_control_list: [owner] })
    const got = await robot.ok('GET', path(id))
    expect(got.body).not.toContain(benName)
    expect(got.body).toContain('admins')
  })

  fact('18.3', 'a job has exactly one owner: none and two are refused alike', async () => {
    const { robot } = await place()
    const id = await job(robot)
    const second = { user_name: benName, permission_level: 'IS_OWNER' }
    for (const access_control_list of [[viewer], [owner, second]])
      expect((await robot.send('PUT', path(id), { access_control_list })).refusal).toBe(
        '400 INVALID_PARAMETER_VALUE The job must have exactly one owner.',
      )
  })

  fact('18.4', 'of several entries for one principal the last one counts', async () => {
    const { robot } = await place()
    const id = await job(robot)
    const manager = { service_principal_name: robotName, permission_level: 'CAN_MANAGE' }
    expect((await robot.send('PUT', path(id), { access_control_list: [manager, owner] })).status).toBe(200)
    expect((await robot.send('PUT', path(id), { access_control_list: [owner, manager] })).status).toBe(400)
  })

  fact('18.5', 'a PATCH adds and keeps the others', async () => {
    const { robot } = await place()
    const id = await job(robot)
    const runner = { group_name: 'analysts', permission_level: 'CAN_MANAGE_RUN' }
    await robot.ok('PATCH', path(id), { access_control_list: [viewer] })
    const got = await robot.ok('PATCH', path(id), { access_control_list: [runner] })
    for (const name of [benName, 'analysts', robotName]) expect(got.body).toContain(name)
  })
})
