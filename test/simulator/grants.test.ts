import { describe, expect, it } from 'vitest'
import { workspace, type Answer, type Client } from './harness.ts'

const permissions = '/api/2.1/unity-catalog/permissions'
const effective = '/api/2.1/unity-catalog/effective-permissions'
const silver = `${permissions}/schema/main.silver`

interface Change {
  readonly principal?: string
  readonly principal_id?: number
  readonly add?: readonly string[]
  readonly remove?: readonly string[]
}

const change = (client: Client, path: string, ...changes: Change[]): Promise<Answer> =>
  client.patch(path, { changes })

/** Privileges by principal, whatever their order on the wire. */
function grantsIn(answer: Answer): Record<string, unknown> {
  const entries = answer.list('privilege_assignments')
  return Object.fromEntries(entries.map((entry) => [entry.text('principal'), entry.at('privileges')]))
}

const engineers = 'data engineers'

describe('reading grants', () => {
  it('answers an empty object when there are none', async () => {
    expect((await (await workspace()).get(silver)).body).toEqual({})
  })

  it('shows what was granted by hand, and not the owner', async () => {
    const { get } = await workspace()
    expect((await get(`${permissions}/catalog/main`)).body).toEqual({
      privilege_assignments: [{ principal: 'analysts', privileges: ['USE_CATALOG'] }],
    })
    expect((await get('/api/2.1/unity-catalog/catalogs/main')).at('owner')).toBe('ana@example.com')
  })

  it('lists principals in random order and privileges in sorted order', async () => {
    const client = await workspace()
    await change(
      client,
      silver,
      ...['analysts', engineers, 'account users', 'ben@example.com'].map((principal) => ({
        principal,
        add: ['USE_SCHEMA', 'MODIFY', 'SELECT'],
      })),
    )
    const orders = new Set<string>()
    for (let count = 0; count < 20; count += 1) {
      const answer = await client.get(silver)
      expect(new Set(Object.values(grantsIn(answer)).map(String))).toEqual(
        new Set(['MODIFY,SELECT,USE_SCHEMA']),
      )
      orders.add(Object.keys(grantsIn(answer)).join())
    }
    expect(orders.size).toBeGreaterThan(1)
  })

  it('can be narrowed to one principal', async () => {
    const client = await workspace()
    await change(
      client,
      silver,
      { principal: 'analysts', add: ['SELECT'] },
      { principal: engineers, add: ['MODIFY'] },
    )
    expect((await client.get(`${silver}?principal=analysts`)).body).toEqual({
      privilege_assignments: [{ principal: 'analysts', privileges: ['SELECT'] }],
    })
  })

  it('finds a securable whatever the case of its type and name', async () => {
    const { get } = await workspace()
    expect((await get(`${permissions}/SCHEMA/MAIN.Gold`)).list('privilege_assignments')).toHaveLength(1)
  })
})

describe('paged reading', () => {
  it('gives empty pages that carry a token, and everything in the end', async () => {
    const client = await workspace({ switches: { emptyPageShare: 1 } })
    await change(
      client,
      silver,
      { principal: 'analysts', add: ['SELECT'] },
      { principal: engineers, add: ['SELECT'] },
    )
    const first = await client.get(`${silver}?max_results=150`)
    expect(first.at('privilege_assignments')).toEqual([])
    const second = await client.get(`${silver}?max_results=150&page_token=${first.text('next_page_token')}`)
    expect(Object.keys(grantsIn(second)).toSorted()).toEqual(['analysts', engineers])
    expect(second.at('next_page_token')).toBeUndefined()
  })

  it('splits a long list and never one principal', async () => {
    const client = await workspace({ switches: { emptyPageShare: 0 } })
    const users = Array.from({ length: 200 }, (_, index) => `user-${index}@example.com`)
    for (const user of users) await client.as(user).get('/api/2.0/preview/scim/v2/Me')
    await change(client, silver, ...users.map((principal) => ({ principal, add: ['SELECT'] })))
    const first = await client.get(`${silver}?max_results=150`)
    const second = await client.get(`${silver}?max_results=150&page_token=${first.text('next_page_token')}`)
    const seen = [...Object.keys(grantsIn(first)), ...Object.keys(grantsIn(second))]
    expect([first, second].map((page) => page.list('privilege_assignments').length)).toEqual([150, 50])
    expect(seen.toSorted()).toEqual(users.toSorted())
  })

  it.each(['-1', '1', '149', 'x'])('refuses max_results=%s', async (most) => {
    const answer = await (await workspace()).get(`${silver}?max_results=${most}`)
    expect(answer).toMatchObject({ status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE' } })
  })

  it('lets the server choose the size with max_results=0', async () => {
    const client = await workspace({ switches: { emptyPageShare: 0 } })
    expect(grantsIn(await client.get(`${permissions}/catalog/main?max_results=0`))).toEqual({
      analysts: ['USE_CATALOG'],
    })
  })
})

describe('changing grants', () => {
  it('answers all direct grants after the change, or nothing on demand', async () => {
    const client = await workspace()
    const first = await change(client, silver, { principal: engineers, add: ['SELECT'] })
    expect(grantsIn(first)).toEqual({ [engineers]: ['SELECT'] })
    const changes = [{ principal: 'analysts', add: ['SELECT'] }]
    expect((await client.patch(silver, { changes, omit_permissions_in_response: true })).body).toEqual({})
    expect(Object.keys(grantsIn(await client.get(silver))).toSorted()).toEqual(['analysts', engineers])
  })

  it('keeps one spelling of a privilege', async () => {
    const client = await workspace()
    await change(client, silver, { principal: engineers, add: ['USE SCHEMA', 'select', 'USE_SCHEMA'] })
    expect(grantsIn(await client.get(silver))).toEqual({ [engineers]: ['SELECT', 'USE_SCHEMA'] })
    await change(client, silver, { principal: engineers, remove: ['use schema'] })
    expect(grantsIn(await client.get(silver))).toEqual({ [engineers]: ['SELECT'] })
  })

  it('takes a principal off the list with its last privilege', async () => {
    const client = await workspace()
    await change(client, silver, { principal: engineers, add: ['SELECT'] })
    await change(client, silver, { principal: engineers, remove: ['SELECT', 'MODIFY'] })
    expect((await client.get(silver)).body).toEqual({})
  })

  it('does not mind what is there already, what is not, and a principal named twice', async () => {
    const client = await workspace()
    const twice = { principal: engineers, add: ['SELECT', 'SELECT'] }
    expect(
      (await change(client, silver, twice, twice, { principal: 'analysts', remove: ['MODIFY'] })).status,
    ).toBe(200)
    expect(grantsIn(await client.get(silver))).toEqual({ [engineers]: ['SELECT'] })
  })

  it('keeps ALL_PRIVILEGES as one entry beside others', async () => {
    const client = await workspace()
    await change(client, silver, { principal: engineers, add: ['ALL PRIVILEGES', 'SELECT'] })
    expect(grantsIn(await client.get(silver))).toEqual({ [engineers]: ['ALL_PRIVILEGES', 'SELECT'] })
  })

  it('removes everything with ALL_PRIVILEGES, held or not, before it adds', async () => {
    const client = await workspace()
    await change(client, silver, { principal: engineers, add: ['MODIFY', 'USE_SCHEMA'] })
    await change(client, silver, { principal: engineers, add: ['SELECT'], remove: ['ALL_PRIVILEGES'] })
    expect(grantsIn(await client.get(silver))).toEqual({ [engineers]: ['SELECT'] })
  })

  it('refuses to add and remove the same privilege in one change', async () => {
    const client = await workspace()
    const answer = await change(client, silver, { principal: engineers, add: ['SELECT'], remove: ['select'] })
    expect(answer.status).toBe(400)
    expect(answer.body).toEqual({
      error_code: 'INVALID_PARAMETER_VALUE',
      message: 'Duplicate privileges to add and delete for principal data engineers.',
    })
  })

  it('does nothing at all when one change is refused', async () => {
    const client = await workspace()
    const good = { principal: engineers, add: ['SELECT'] }
    const bad = { principal: 'nobody@example.com', add: ['SELECT'] }
    expect((await change(client, silver, good, bad)).status).toBe(404)
    expect((await client.get(silver)).body).toEqual({})
  })

  it('leaves what came before the refused change where that is switched on', async () => {
    const client = await workspace({ switches: { atomicGrants: false } })
    await change(
      client,
      silver,
      { principal: engineers, add: ['SELECT'] },
      { principal: 'nobody', add: ['SELECT'] },
    )
    expect(grantsIn(await client.get(silver))).toEqual({ [engineers]: ['SELECT'] })
  })

  it('dates the change on the securable, with who made it', async () => {
    const client = await workspace()
    await client.advance(60)
    await change(client.as('ana@example.com'), silver, { principal: engineers, add: ['SELECT'] })
    const schema = await client.get('/api/2.1/unity-catalog/schemas/main.silver')
    expect(schema.at('updated_by')).toBe('ana@example.com')
    expect(Number(schema.at('updated_at')) - Number(schema.at('created_at'))).toBe(60_000)
  })
})

describe('principals', () => {
  it.each([
    ['a user', 'ben@example.com'],
    ['a user in another case', 'BEN@example.com'],
    ['an account group', 'account users'],
    ['a service principal by application id', '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50'],
  ])('accepts %s', async (_what, principal) => {
    const client = await workspace()
    expect(Object.keys(grantsIn(await change(client, silver, { principal, add: ['SELECT'] })))).toEqual([
      principal.toLowerCase(),
    ])
  })

  it.each([
    ['nobody', 'nobody@example.com'],
    ['a group of the workspace', 'admins'],
    ['a service principal by display name', 'lakeward-demo'],
  ])('refuses %s', async (_what, principal) => {
    const answer = await change(await workspace(), silver, { principal, add: ['SELECT'] })
    expect(answer.status).toBe(404)
    expect(answer.body).toMatchObject({
      error_code: 'PRINCIPAL_DOES_NOT_EXIST',
      message: `Could not find principal with name ${principal}`,
    })
  })

  it('accepts an id instead of a name, but not both', async () => {
    const client = await workspace()
    const answer = await change(client, silver, { principal_id: 911, add: ['SELECT'] })
    expect(grantsIn(answer)).toEqual({ [engineers]: ['SELECT'] })
    const both = await change(client, silver, { principal_id: 911, principal: engineers, add: ['MODIFY'] })
    expect(both.status).toBe(400)
  })
})

describe('securables', () => {
  it.each([
    ['catalog/nope', 404, 'CATALOG_DOES_NOT_EXIST', "Catalog 'nope' does not exist."],
    ['schema/main.nope', 404, 'SCHEMA_DOES_NOT_EXIST', "Schema 'main.nope' does not exist."],
    ['table/main.silver.nope', 404, 'TABLE_DOES_NOT_EXIST', "Table 'main.silver.nope' does not exist."],
    ['volume/main.bronze.nope', 404, 'RESOURCE_DOES_NOT_EXIST', "Volume 'main.bronze.nope' does not exist."],
    ['schema/silver', 400, 'INVALID_PARAMETER_VALUE', "GetPermissions invalid schema name: 'silver'"],
    ['model/main.silver.m', 400, 'INVALID_PARAMETER_VALUE', "'model' is not a supported securable type."],
  ])('answers %s with %i %s', async (...[path, status, error_code, message]) => {
    const client = await workspace()
    expect(await client.get(`${permissions}/${path}`)).toMatchObject({
      status,
      body: { error_code, message },
    })
    const changed = await change(client, `${permissions}/${path}`, { principal: engineers, add: ['SELECT'] })
    expect(changed).toMatchObject({ status, body: { error_code, message } })
  })

  it('names the metastore by its UUID', async () => {
    const { get } = await workspace()
    const summary = await get('/api/2.1/unity-catalog/metastore_summary')
    expect((await get(`${permissions}/metastore/${summary.text('metastore_id')}`)).body).toEqual({})
    expect((await get(`${permissions}/metastore/${summary.text('name')}`)).status).toBe(404)
  })

  it.each([
    ['catalog/main', 'USE_SCHEMA', 200],
    ['catalog/main', 'READ_FILES', 400],
    ['schema/main.silver', 'USE_CATALOG', 400],
    ['schema/main.silver', 'READ_VOLUME', 200],
    ['table/main.silver.orders', 'MODIFY', 200],
    ['table/main.silver.orders', 'USE_SCHEMA', 400],
    ['table/main.gold.revenue', 'SELECT', 200],
    ['table/main.gold.revenue', 'MODIFY', 400],
    ['volume/main.bronze.landing', 'WRITE_VOLUME', 200],
    ['volume/main.bronze.landing', 'SELECT', 400],
    ['schema/main.silver', 'NONSENSE', 400],
  ])('on %s %s is answered with %i', async (path, privilege, status) => {
    const answer = await change(await workspace(), `${permissions}/${path}`, {
      principal: engineers,
      add: [privilege],
    })
    expect(answer.status).toBe(status)
    if (status === 400)
      expect(answer.text('message')).toContain(`Privilege ${privilege} is not applicable to this entity`)
  })

  it('can be read and listed with owner and type', async () => {
    const { get } = await workspace()
    const uc = '/api/2.1/unity-catalog'
    expect((await get(`${uc}/tables/main.gold.revenue`)).body).toMatchObject({
      name: 'revenue',
      catalog_name: 'main',
      schema_name: 'gold',
      full_name: 'main.gold.revenue',
      owner: 'ana@example.com',
      table_type: 'VIEW',
    })
    expect((await get(`${uc}/volumes/main.bronze.landing`)).at('volume_type')).toBe('MANAGED')
    expect((await get(`${uc}/tables/main.gold.nope/exists`)).body).toEqual({ table_exists: false })
    expect((await get(`${uc}/schemas/main.nope`)).status).toBe(404)
    const names = async (path: string, member: string) => (await get(`${uc}/${path}`)).texts(member, 'name')
    expect(await names('catalogs', 'catalogs')).toEqual(['main'])
    expect(await names('schemas?catalog_name=main', 'schemas')).toEqual(['bronze', 'gold', 'silver'])
    expect(await names('tables?catalog_name=main&schema_name=silver', 'tables')).toEqual([
      'customers',
      'orders',
    ])
    expect((await get(`${uc}/schemas`)).at('message')).toBe('Missing required field: catalog_name')
    const first = await get(`${uc}/schemas?catalog_name=main&max_results=2`)
    expect(first.list('schemas')).toHaveLength(2)
    expect(
      await names(
        `schemas?catalog_name=main&max_results=2&page_token=${first.text('next_page_token')}`,
        'schemas',
      ),
    ).toEqual(['silver'])
  })
})

describe('effective permissions', () => {
  it('add what is inherited, and say from where', async () => {
    const client = await workspace()
    await change(client, `${permissions}/table/main.gold.revenue`, { principal: 'analysts', add: ['SELECT'] })
    expect((await client.get(`${effective}/table/main.gold.revenue`)).body).toEqual({
      privilege_assignments: [
        {
          principal: 'analysts',
          privileges: [
            { privilege: 'SELECT' },
            { privilege: 'SELECT', inherited_from_type: 'SCHEMA', inherited_from_name: 'main.gold' },
            { privilege: 'USE_CATALOG', inherited_from_type: 'CATALOG', inherited_from_name: 'main' },
          ],
        },
      ],
    })
  })

  it('do not come from the metastore', async () => {
    const client = await workspace()
    const id = (await client.get('/api/2.1/unity-catalog/metastore_summary')).text('metastore_id')
    await change(client, `${permissions}/metastore/${id}`, { principal: engineers, add: ['CREATE_CATALOG'] })
    expect(grantsIn(await client.get(`${effective}/catalog/main`))).not.toHaveProperty(engineers)
  })
})

describe('who may see and change grants', () => {
  it('refuses somebody without MANAGE, and names what is missing', async () => {
    const ben = (await workspace()).as('ben@example.com')
    for (const answer of [
      await ben.get(silver),
      await change(ben, silver, { principal: engineers, add: ['SELECT'] }),
    ]) {
      expect(answer.status).toBe(403)
      expect(answer.body).toMatchObject({
        error_code: 'PERMISSION_DENIED',
        message: "User does not have MANAGE on Schema 'main.silver'.",
        details: [{ reason: 'PERMISSION_DENIED', metadata: { resourceName: 'main.silver' } }, {}],
      })
    }
    expect((await ben.get(`${silver}?principal=ben@example.com`)).status).toBe(200)
  })

  it('lets a holder of MANAGE on the catalog change a schema, and lose the right again', async () => {
    const client = await workspace()
    const ben = client.as('ben@example.com')
    const catalog = `${permissions}/catalog/main`
    await change(client, catalog, { principal: 'ben@example.com', add: ['MANAGE'] })
    expect((await change(ben, silver, { principal: engineers, add: ['SELECT'] })).status).toBe(200)
    expect((await change(ben, catalog, { principal: 'ben@example.com', remove: ['MANAGE'] })).status).toBe(
      200,
    )
    expect((await ben.get(silver)).status).toBe(403)
  })

  it('does not take ALL_PRIVILEGES for MANAGE', async () => {
    const client = await workspace()
    await change(client, silver, { principal: 'ben@example.com', add: ['ALL_PRIVILEGES'] })
    expect((await client.as('ben@example.com').get(silver)).status).toBe(403)
  })
})

describe('the newer calls', () => {
  const newer = '/api/2.1/unity-catalog/privilege-assignments/schema/main.silver'
  const newerEffective = '/api/2.1/unity-catalog/effective-privilege-assignments/table/main.gold.revenue'

  it('show the id of each principal, in pages whose size the server chooses', async () => {
    const client = await workspace({ switches: { emptyPageShare: 0 } })
    await change(client, silver, { principal: engineers, add: ['SELECT', 'MODIFY'] })
    expect((await client.get(newer)).body).toEqual({
      privilege_assignments: [{ principal: engineers, principal_id: 911, privileges: ['MODIFY', 'SELECT'] }],
    })
    expect((await client.get(`${permissions}/catalog/main`)).at('privilege_assignments.0.principal_id')).toBe(
      undefined,
    )
  })

  it('answer an empty list, not an empty object, when there are none', async () => {
    const client = await workspace({ switches: { emptyPageShare: 0 } })
    expect((await client.get(newer)).body).toEqual({ privilege_assignments: [] })
  })

  it('add up under a name of their own', async () => {
    const client = await workspace({ switches: { emptyPageShare: 0 } })
    expect((await client.get(`${newerEffective}?principal=analysts`)).body).toEqual({
      effective_privilege_assignments: [
        {
          principal: 'analysts',
          principal_id: 912,
          privileges: [
            { privilege: 'SELECT', inherited_from_type: 'SCHEMA', inherited_from_name: 'main.gold' },
            { privilege: 'USE_CATALOG', inherited_from_type: 'CATALOG', inherited_from_name: 'main' },
          ],
        },
      ],
    })
  })

  it('may begin with an empty page', async () => {
    const client = await workspace({ switches: { emptyPageShare: 1 } })
    const first = await client.get(newer)
    expect(first.at('privilege_assignments')).toEqual([])
    expect(first.text('next_page_token')).not.toBe('')
  })

  it.each(['-1', '1', '149'])('refuse page_size=%s', async (size) => {
    expect((await (await workspace()).get(`${newer}?page_size=${size}`)).status).toBe(400)
  })
})

describe('whom grants name', () => {
  it('is the principal, not its spelling: a renamed group keeps what it was granted', async () => {
    const client = await workspace({ switches: { workspaceScimChangesAccountGroups: true } })
    await change(client, silver, { principal: 'analysts', add: ['SELECT'] })
    await client.put('/api/2.0/preview/scim/v2/Groups/912', {
      displayName: 'readers',
      members: [{ value: '4471011' }],
    })
    expect(grantsIn(await client.get(silver))).toEqual({ readers: ['SELECT'] })
  })

  it('can be in lower case where the region does that', async () => {
    const client = await workspace({ switches: { lowerCaseUsers: true } })
    await client.as('Carl@Example.com').get('/api/2.0/preview/scim/v2/Me')
    const answer = await change(client, silver, { principal: 'Carl@Example.com', add: ['SELECT'] })
    expect(grantsIn(answer)).toEqual({ 'carl@example.com': ['SELECT'] })
  })
})

describe('what nobody has confirmed about grants', () => {
  it.each([
    ['lowerCasePrivileges', { add: ['select'] }],
    ['addWhileRemovingAll', { add: ['SELECT'], remove: ['ALL_PRIVILEGES'] }],
  ])('%s', async (name, body) => {
    for (const [position, status] of [
      ['Accepted', 200],
      ['Refused', 400],
    ] as const) {
      const client = await workspace({ switches: { [name]: position } })
      expect((await change(client, silver, { principal: engineers, ...body })).status, position).toBe(status)
    }
  })

  it('allPrivilegesIncludeManage', async () => {
    const client = await workspace({ switches: { allPrivilegesIncludeManage: true } })
    await change(client, silver, { principal: 'ben@example.com', add: ['ALL_PRIVILEGES'] })
    expect((await client.as('ben@example.com').get(silver)).status).toBe(200)
  })

  it('does not mind that a privilege of the past is removed', async () => {
    const client = await workspace()
    expect((await change(client, silver, { principal: engineers, remove: ['USAGE'] })).status).toBe(200)
    expect((await change(client, silver, { principal: engineers, remove: ['NONSENSE'] })).status).toBe(400)
  })

  it('can take back by id what somebody has who was deleted, and give it nothing', async () => {
    const client = await workspace()
    await change(client, silver, { principal: 'ben@example.com', add: ['SELECT'] })
    await client.delete('/api/2.0/preview/scim/v2/Users/4471011')
    expect((await change(client, silver, { principal_id: 4471011, add: ['MODIFY'] })).status).toBe(404)
    expect((await change(client, silver, { principal_id: 4471011, remove: ['SELECT'] })).status).toBe(200)
    expect((await client.get(silver)).body).toEqual({})
  })

  it.each([
    ['FeatureDisabled', 'FEATURE_DISABLED'],
    ['NoMetastore', 'METASTORE_DOES_NOT_EXIST'],
  ] as const)(
    'a workspace in which Unity Catalog is %s refuses all calls about it',
    async (state, error_code) => {
      const client = await workspace({ switches: { unityCatalog: state } })
      for (const path of [
        silver,
        '/api/2.1/unity-catalog/catalogs',
        '/api/2.1/unity-catalog/metastore_summary',
      ]) {
        expect(await client.get(path)).toMatchObject({ status: 404, body: { error_code } })
      }
    },
  )
})
