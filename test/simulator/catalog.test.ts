import { describe, expect, it } from 'vitest'
import { seedContent } from '../../src/simulator/seed-content.ts'
import { workspace as anyWorkspace, type Answer, type Client } from './harness.ts'

const uc = '/api/2.1/unity-catalog'
const operator = '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50'
const ana = 'ana@example.com'
const ben = 'ben@example.com'

type Options = Parameters<typeof anyWorkspace>[0]

/** A workspace without empty pages, which have tests of their own. */
const workspace = ({ switches, ...rest }: Options = {}): Promise<Client> =>
  anyWorkspace({ ...rest, switches: { emptyPageShare: 0, ...switches } })

const grant = (
  client: Client,
  securable: string,
  ...changes: [principal: string, ...privileges: string[]][]
) =>
  client.patch(`${uc}/permissions/${securable}`, {
    changes: changes.map(([principal, ...add]) => ({ principal, add })),
  })

const credential = { name: 'lake', aws_iam_role: { role_arn: 'arn:aws:iam::123456789012:role/lake' } }
const location = { name: 'raw', url: 's3://company-raw/in/', credential_name: 'lake' }

/** Makes one object of each kind and gives back its path. */
async function oneOfEach(client: Client): Promise<Record<string, string>> {
  const inSchema = { catalog_name: 'main', schema_name: 'gold' }
  const bodies: Record<string, object> = {
    catalogs: { name: 'lab', comment: 'for trials' },
    schemas: { name: 'fresh', catalog_name: 'main' },
    volumes: { ...inSchema, name: 'files', volume_type: 'MANAGED' },
    functions: { function_info: { ...inSchema, name: 'margin', data_type: 'INT', routine_definition: '1' } },
    models: { ...inSchema, name: 'churn' },
    'storage-credentials': credential,
    credentials: { name: 'mailer', purpose: 'SERVICE', aws_iam_role: { role_arn: 'arn:aws:iam::1:role/m' } },
    'external-locations': location,
    connections: { name: 'crm', connection_type: 'POSTGRESQL', options: { host: 'db', password: 'x' } },
  }
  const paths: Record<string, string> = {}
  for (const [collection, body] of Object.entries(bodies)) {
    const made = await client.post(`${uc}/${collection}`, body)
    expect(made.status, `${collection}: ${made.text('message')}`).toBe(200)
    paths[collection] =
      `${uc}/${collection}/${made.at('full_name') === undefined ? 'raw' : made.text('full_name')}`
  }
  return paths
}

const names = (answer: Answer, member: string) => answer.texts(member, 'name')

/** Makes schemas in the catalog `lab`; gives back their names. */
async function manySchemas(client: Client, count: number): Promise<string[]> {
  const made = Array.from({ length: count }, (_, index) => `s${String(index).padStart(3, '0')}`)
  for (const name of made) await client.post(`${uc}/schemas`, { name, catalog_name: 'lab' })
  return made
}

const replace = (client: Client, name: string, tableType: string) =>
  client.control('PUT', `tables/${name}`, { tableType })

const grantees = async (client: Client, name: string) =>
  (await client.get(`${uc}/permissions/table/${name}`)).texts('privilege_assignments', 'principal')

describe('making objects', () => {
  it('answers what a read then shows, owned by the caller', async () => {
    const client = await workspace()
    for (const path of Object.values(await oneOfEach(client))) {
      const read = await client.get(path)
      expect(read.body, path).toMatchObject({
        owner: operator,
        metastore_id: '5b1d9f8e-2c47-4a0e-8f3b-7d6a5c4e3f21',
        created_by: operator,
        updated_by: operator,
      })
    }
  })

  it.each([
    [
      'catalogs',
      {
        name: 'lab',
        full_name: 'lab',
        catalog_type: 'MANAGED_CATALOG',
        isolation_mode: 'OPEN',
        securable_type: 'CATALOG',
        browse_only: false,
        provisioning_info: { state: 'ACTIVE' },
        comment: 'for trials',
      },
    ],
    [
      'schemas',
      { name: 'fresh', catalog_name: 'main', full_name: 'main.fresh', catalog_type: 'MANAGED_CATALOG' },
    ],
    ['volumes', { catalog_name: 'main', schema_name: 'gold', name: 'files', volume_type: 'MANAGED' }],
    ['functions', { full_name: 'main.gold.margin', data_type: 'INT', routine_definition: '1' }],
    ['models', { full_name: 'main.gold.churn' }],
    ['storage-credentials', { full_name: 'lake', used_for_managed_storage: false, ...credential }],
    ['credentials', { name: 'mailer', purpose: 'SERVICE' }],
    [
      'external-locations',
      { name: 'raw', url: 's3://company-raw/in', credential_name: 'lake', read_only: false },
    ],
    ['connections', { name: 'crm', connection_type: 'POSTGRESQL', options: { host: 'db' } }],
  ])('shows of %s what is recorded', async (collection, expected) => {
    const client = await workspace()
    const paths = await oneOfEach(client)
    expect((await client.get(paths[collection] ?? '')).body).toMatchObject(expected)
  })

  it('leaves out what an object does not have, and secrets', async () => {
    const client = await workspace()
    const paths = await oneOfEach(client)
    expect((await client.get(paths['external-locations'] ?? '')).at('full_name')).toBeUndefined()
    expect((await client.get(paths['connections'] ?? '')).at('options.password')).toBeUndefined()
    expect((await client.get(paths['models'] ?? '')).at('aliases')).toBeUndefined()
    expect((await client.get(`${paths['models']}?include_aliases=true`)).at('aliases')).toEqual([])
    const azure = { directory_id: 'd', application_id: 'a', client_secret: 'secret' }
    const made = await client.post(`${uc}/storage-credentials`, {
      name: 'az',
      azure_service_principal: azure,
    })
    expect(made.at('azure_service_principal')).toEqual({ directory_id: 'd', application_id: 'a' })
  })

  it('tells the trust policy of a role what it needs', async () => {
    const client = await workspace()
    const made = await client.post(`${uc}/storage-credentials`, credential)
    expect(made.at('aws_iam_role')).toMatchObject(credential.aws_iam_role)
    expect(made.text('aws_iam_role.external_id')).toMatch(/^[0-9a-f-]{36}$/)
    const role_arn = 'arn:aws:iam::123456789012:role/other'
    const changed = await client.patch(`${uc}/storage-credentials/lake`, { aws_iam_role: { role_arn } })
    expect(changed.at('aws_iam_role')).toEqual({ ...(made.at('aws_iam_role') as object), role_arn })
  })

  it('keeps names in lower case and finds them in any', async () => {
    const client = await workspace()
    const made = await client.post(`${uc}/schemas`, { name: 'Landing', catalog_name: 'MAIN' })
    expect(made.body).toMatchObject({ name: 'landing', full_name: 'main.landing' })
    expect((await client.get(`${uc}/schemas/Main.LANDING`)).status).toBe(200)
  })

  it('ignores an owner in a create', async () => {
    const client = await workspace()
    const made = await client.post(`${uc}/schemas`, { name: 'x', catalog_name: 'main', owner: ana })
    expect(made.at('owner')).toBe(operator)
  })

  it('gives a catalog two schemas with its birth', async () => {
    const client = await workspace()
    await client.post(`${uc}/catalogs`, { name: 'lab' })
    const schemas = await client.get(`${uc}/schemas?catalog_name=lab`)
    expect(schemas.texts('schemas', 'name')).toEqual(['default', 'information_schema'])
  })

  it.each([
    ['catalogs', { name: '' }, 'not a valid catalog name'],
    ['catalogs', { name: 'a b' }, 'not a valid catalog name'],
    ['catalogs', { name: 'a.b' }, 'not a valid catalog name'],
    ['catalogs', { name: 'a/b' }, 'not a valid catalog name'],
    ['catalogs', {}, 'CreateCatalog Missing required field: name'],
    ['schemas', { name: 'x' }, 'CreateSchema Missing required field: catalog_name'],
    [
      'external-locations',
      { name: 'x', credential_name: 'lake' },
      'CreateExternalLocation Missing required field: url',
    ],
    ['storage-credentials', { name: 'x' }, 'exactly one identity'],
    ['volumes', { volume_type: 'WRONG' }, 'CreateVolume Missing required field: volume_type'],
    ['volumes', { volume_type: 'EXTERNAL' }, 'CreateVolume Missing required field: storage_location'],
    [
      'volumes',
      { volume_type: 'MANAGED', storage_location: 's3://x' },
      'CreateVolume storage_location can not be provided.',
    ],
  ])('refuses for %s %o', async (collection, body, message) => {
    const names = collection === 'volumes' ? { catalog_name: 'main', schema_name: 'gold', name: 'v' } : {}
    const answer = await (await workspace()).post(`${uc}/${collection}`, { ...names, ...body })
    expect(answer).toMatchObject({ status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE' } })
    expect(answer.text('message')).toContain(message)
  })

  it.each([
    ['schemas', { name: 'x', catalog_name: 'nope' }, 'CATALOG_DOES_NOT_EXIST'],
    ['models', { name: 'x', catalog_name: 'main', schema_name: 'nope' }, 'SCHEMA_DOES_NOT_EXIST'],
    ['external-locations', { ...location, credential_name: 'nope' }, 'STORAGE_CREDENTIAL_DOES_NOT_EXIST'],
    ['catalogs', { name: 'x', connection_name: 'nope' }, 'RESOURCE_DOES_NOT_EXIST'],
    [
      'volumes',
      {
        name: 'v',
        catalog_name: 'main',
        schema_name: 'gold',
        volume_type: 'EXTERNAL',
        storage_location: 's3://x/y',
      },
      'EXTERNAL_LOCATION_DOES_NOT_EXIST',
    ],
  ])('says for %s what is missing: %o', async (collection, body, error_code) => {
    const answer = await (await workspace()).post(`${uc}/${collection}`, body)
    expect(answer).toMatchObject({ status: 404, body: { error_code } })
  })

  it.each([
    ['catalogs', { name: 'MAIN' }, 'CATALOG_ALREADY_EXISTS', "Catalog 'MAIN' already exists"],
    [
      'schemas',
      { name: 'gold', catalog_name: 'main' },
      'SCHEMA_ALREADY_EXISTS',
      "Schema 'main.gold' already exists",
    ],
  ])('refuses a second one in %s', async (...[collection, body, error_code, message]) => {
    const expected = { error_code, message }
    expect(await (await workspace()).post(`${uc}/${collection}`, body)).toMatchObject({
      status: 409,
      body: expected,
    })
    const older = await workspace({ switches: { takenNameStatus: 400 } })
    expect(await older.post(`${uc}/${collection}`, body)).toMatchObject({ status: 400, body: expected })
  })

  it('lets storage and service credentials share one set of names', async () => {
    const client = await workspace()
    await client.post(`${uc}/storage-credentials`, credential)
    const body = { ...credential, purpose: 'SERVICE' }
    expect((await client.post(`${uc}/credentials`, body)).status).toBe(409)
    expect((await client.get(`${uc}/credentials/lake`)).at('purpose')).toBe('STORAGE')
    await client.post(`${uc}/credentials`, { ...body, name: 'mailer' })
    expect((await client.get(`${uc}/credentials`)).texts('credentials', 'purpose')).toEqual([
      'STORAGE',
      'SERVICE',
    ])
    expect((await client.get(`${uc}/storage-credentials`)).texts('storage_credentials', 'name')).toEqual([
      'lake',
    ])
  })

  it('needs the right to make one there', async () => {
    const client = await workspace()
    const caller = client.as(ben)
    const body = { name: 'mine', catalog_name: 'main' }
    const refused = await caller.post(`${uc}/schemas`, body)
    expect(refused.at('message')).toBe("User does not have CREATE SCHEMA on Catalog 'main'.")
    await grant(client, 'catalog/main', ['analysts', 'CREATE_SCHEMA'])
    expect((await caller.post(`${uc}/schemas`, body)).at('owner')).toBe(ben)
    const metastore = (await client.get(`${uc}/metastore_summary`)).text('metastore_id')
    expect((await caller.post(`${uc}/catalogs`, { name: 'mine' })).status).toBe(403)
    await grant(client, `metastore/${metastore}`, [ben, 'CREATE_CATALOG'])
    expect((await caller.post(`${uc}/catalogs`, { name: 'mine' })).status).toBe(200)
  })
})

describe('changing objects', () => {
  it('changes what is mentioned, and who did it when', async () => {
    const client = await workspace()
    await client.advance(60)
    const path = `${uc}/schemas/main.gold`
    const answer = await client.as(ana).patch(path, { comment: 'fine', properties: { team: 'red' } })
    expect(answer.body).toMatchObject({ comment: 'fine', properties: { team: 'red' }, updated_by: ana })
    expect(Number(answer.at('updated_at')) - Number(answer.at('created_at'))).toBe(60_000)
    expect((await client.as(ana).patch(path, { comment: '' })).at('comment')).toBe('')
    expect((await client.get(path)).at('properties')).toMatchObject({ team: 'red' })
  })

  it.each([
    ['nothing', {}],
    ['nothing known', { something: 1 }],
    ['what is so already', { owner: ana, comment: '' }],
  ])('refuses to change %s', async (_what, body) => {
    const client = (await workspace()).as(ana)
    const answer = await client.patch(`${uc}/schemas/main.gold`, body)
    expect(answer).toMatchObject({ status: 400, body: { message: 'UpdateSchema Nothing to update' } })
  })

  it('gives an object to somebody of the account', async () => {
    const client = await workspace()
    const path = `${uc}/catalogs/main`
    expect((await client.patch(path, { owner: 'data engineers' })).at('owner')).toBe('data engineers')
    expect(await client.patch(path, { owner: 'admins' })).toMatchObject({
      status: 404,
      body: { error_code: 'PRINCIPAL_DOES_NOT_EXIST' },
    })
    expect((await client.as(ana).patch(path, { comment: 'ours' })).status).toBe(200)
  })

  it('renames an object with all that lies in it, grants included', async () => {
    const client = await workspace()
    await grant(client, 'table/main.gold.revenue', ['analysts', 'SELECT'])
    const answer = await client.patch(`${uc}/catalogs/main`, { new_name: 'Company' })
    expect(answer.body).toMatchObject({ name: 'company', full_name: 'company' })
    expect((await client.get(`${uc}/catalogs/main`)).status).toBe(404)
    expect((await client.get(`${uc}/tables/company.gold.revenue`)).at('catalog_name')).toBe('company')
    const grants = await client.get(`${uc}/permissions/table/company.gold.revenue`)
    expect(grants.texts('privilege_assignments', 'principal')).toEqual(['analysts'])
    const schemas = await client.get(`${uc}/schemas?catalog_name=company`)
    expect(schemas.texts('schemas', 'full_name')).toEqual([
      'company.bronze',
      'company.gold',
      'company.silver',
    ])
  })

  it('renames a credential for those who use it', async () => {
    const client = await workspace()
    const paths = await oneOfEach(client)
    await client.patch(paths['storage-credentials'] ?? '', { new_name: 'sea' })
    const read = await client.get(paths['external-locations'] ?? '')
    expect(read.at('credential_name')).toBe('sea')
    expect(read.at('credential_id')).toBe((await client.get(`${uc}/storage-credentials/sea`)).at('id'))
  })

  it('refuses a name that is taken or none', async () => {
    const client = (await workspace()).as(ana)
    expect((await client.patch(`${uc}/schemas/main.gold`, { new_name: 'silver' })).status).toBe(409)
    expect((await client.patch(`${uc}/schemas/main.gold`, { new_name: 'a b' })).status).toBe(400)
    expect((await client.patch(`${uc}/schemas/main.gold`, { new_name: 'GOLD' })).status).toBe(200)
  })

  it('refuses everybody but owners and those who manage', async () => {
    const client = await workspace()
    const path = `${uc}/catalogs/main`
    expect(await client.as(ben).patch(path, { comment: 'x' })).toMatchObject({
      status: 403,
      body: { message: "User does not have MANAGE on Catalog 'main'." },
    })
    await grant(client, 'catalog/main', [ben, 'MANAGE'])
    expect((await client.as(ben).patch(path, { comment: 'x' })).status).toBe(200)
  })

  it('lets an administrator who does not own a schema change its owner and nothing else', async () => {
    const client = await workspace()
    const path = `${uc}/schemas/main.gold`
    expect((await client.patch(path, { comment: 'x' })).status).toBe(403)
    expect((await client.patch(path, { comment: 'x', owner: operator })).status).toBe(403)
    expect((await client.patch(path, { owner: operator })).status).toBe(200)
    expect((await client.patch(path, { comment: 'x' })).status).toBe(200)
  })
})

describe('what the system writes', () => {
  it('shows up a while after a catalog or schema was made, beside what others wrote', async () => {
    const client = await workspace()
    const properties = { team: 'red' }
    const path = `${uc}/schemas/main.fresh`
    await client.post(`${uc}/schemas`, { name: 'fresh', catalog_name: 'main', properties })
    expect((await client.get(path)).at('properties')).toEqual(properties)
    await client.advance(30)
    const later = await client.get(path)
    expect(later.body).toMatchObject({ properties, updated_by: 'System user' })
    expect(Object.keys(later.at('properties') as object)).toContainEqual(
      expect.stringMatching(/^unity\.catalog\.managed\./),
    )
    await client.advance(1)
    expect((await client.patch(path, { comment: 'x' })).at('updated_by')).toBe(operator)
  })

  it('is not seen where that is switched off', async () => {
    const client = await workspace({ switches: { systemWritesAfterSeconds: undefined } })
    await client.advance(3600)
    expect((await client.get(`${uc}/catalogs/main`)).at('properties')).toBeUndefined()
  })
})

describe('deleting objects', () => {
  it('takes each away, once', async () => {
    const client = await workspace()
    const { catalogs, ...others } = await oneOfEach(client)
    const order = ['external-locations', 'storage-credentials', 'volumes', 'functions', 'models', 'schemas']
    const paths = [...order.map((each) => others[each] ?? ''), others['credentials'], others['connections']]
    for (const path of [...paths, `${catalogs}?force=true`]) {
      expect((await client.delete(path ?? '')).body, path).toEqual({})
      expect((await client.delete(path ?? '')).status, path).toBe(404)
    }
  })

  it.each([
    ['catalogs/main', 'CATALOG_NOT_EMPTY'],
    ['schemas/main.silver', 'SCHEMA_NOT_EMPTY'],
  ])('refuses %s with contents, unless forced', async (object, error_code) => {
    const client = await workspace()
    expect(await client.delete(`${uc}/${object}`)).toMatchObject({ status: 400, body: { error_code } })
    expect((await client.delete(`${uc}/${object}?force=true`)).status).toBe(200)
    expect((await client.get(`${uc}/tables/main.silver.orders`)).status).toBe(404)
  })

  it('takes a new catalog for full, since it was born with a schema', async () => {
    const client = await workspace()
    await client.post(`${uc}/catalogs`, { name: 'lab' })
    expect((await client.delete(`${uc}/catalogs/lab`)).at('error_code')).toBe('CATALOG_NOT_EMPTY')
    await client.delete(`${uc}/schemas/lab.default`)
    expect((await client.delete(`${uc}/catalogs/lab`)).status).toBe(200)
  })

  it('forgets grants with the object', async () => {
    const client = await workspace()
    await grant(client, 'schema/main.gold', ['data engineers', 'SELECT'])
    await client.delete(`${uc}/schemas/main.gold?force=true`)
    await client.post(`${uc}/schemas`, { name: 'gold', catalog_name: 'main' })
    expect((await client.get(`${uc}/permissions/schema/main.gold`)).body).toEqual({})
  })

  it('refuses a credential and a location in use, unless forced', async () => {
    const client = await workspace()
    await client.post(`${uc}/storage-credentials`, credential)
    await client.post(`${uc}/external-locations`, location)
    const volume = { name: 'in', catalog_name: 'main', schema_name: 'bronze', volume_type: 'EXTERNAL' }
    const made = await client.post(`${uc}/volumes`, { ...volume, storage_location: 's3://company-raw/in/x/' })
    expect(made.at('storage_location')).toBe('s3://company-raw/in/x')
    for (const object of ['external-locations/raw', 'storage-credentials/lake']) {
      expect((await client.delete(`${uc}/${object}`)).status).toBe(400)
    }
    for (const object of ['external-locations/raw', 'storage-credentials/lake']) {
      expect((await client.delete(`${uc}/${object}?force=true`)).status).toBe(200)
    }
  })
})

describe('listing objects', () => {
  it('comes at once without max_results, in pages with it', async () => {
    const client = await workspace()
    await client.post(`${uc}/catalogs`, { name: 'lab' })
    const made = [...(await manySchemas(client, 5)), 'default', 'information_schema'].toSorted()
    const list = `${uc}/schemas?catalog_name=lab`
    expect(names(await client.get(list), 'schemas').toSorted()).toEqual(made)
    const seen: string[] = []
    let token = ''
    do {
      const page = await client.get(`${list}&max_results=3&page_token=${token}`)
      seen.push(...names(page, 'schemas'))
      token = page.at('next_page_token') === undefined ? '' : page.text('next_page_token')
    } while (token !== '')
    expect(seen.toSorted()).toEqual(made)
    expect(names(await client.get(`${list}&max_results=0`), 'schemas')).toHaveLength(made.length)
    expect((await client.get(`${list}&max_results=-1`)).status).toBe(400)
    expect((await client.get(`${list}&page_token=x&max_results=1`)).status).toBe(400)
  })

  it('may have an empty page that is not the last', async () => {
    const client = await workspace({ switches: { emptyPageShare: 1 } })
    const first = await client.get(`${uc}/catalogs?max_results=0`)
    expect(first.at('catalogs')).toEqual([])
    const second = await client.get(
      `${uc}/catalogs?max_results=0&page_token=${first.text('next_page_token')}`,
    )
    expect(names(second, 'catalogs')).toEqual(['main'])
    expect(second.at('next_page_token')).toBeUndefined()
  })

  it('keeps models and functions apart, which share their grants type', async () => {
    const client = await workspace()
    await oneOfEach(client)
    const inGold = 'catalog_name=main&schema_name=gold'
    expect(names(await client.get(`${uc}/functions?${inGold}`), 'functions')).toEqual(['margin'])
    expect(names(await client.get(`${uc}/models?${inGold}`), 'registered_models')).toEqual(['churn'])
    expect(names(await client.get(`${uc}/models`), 'registered_models')).toEqual(['churn'])
    expect((await client.get(`${uc}/models?catalog_name=main`)).status).toBe(400)
    expect((await client.get(`${uc}/functions/main.gold.churn`)).status).toBe(404)
    expect((await client.get(`${uc}/permissions/function/main.gold.churn`)).body).toEqual({})
  })

  it.each([
    ['tables', 'Missing required field: catalog_name'],
    ['tables?catalog_name=main', 'Missing required field: schema_name'],
    ['schemas?catalog_name=nope', "Catalog 'nope' does not exist."],
    ['tables?catalog_name=main&schema_name=nope', "Schema 'main.nope' does not exist."],
  ])('refuses %s', async (path, message) => {
    expect((await (await workspace()).get(`${uc}/${path}`)).at('message')).toBe(message)
  })
})

describe('what is there for whom', () => {
  it('shows what reaches the caller and nothing else', async () => {
    const caller = (await workspace()).as(ben)
    expect((await caller.get(`${uc}/catalogs`)).texts('catalogs', 'name')).toEqual(['main'])
    expect((await caller.get(`${uc}/schemas?catalog_name=main`)).texts('schemas', 'name')).toEqual(['gold'])
    expect((await caller.get(`${uc}/tables/main.gold.revenue`)).status).toBe(200)
    expect((await caller.get(`${uc}/tables/main.silver.orders/exists`)).body).toEqual({ table_exists: false })
  })

  it('refuses the rest with what is missing, or as if it were not there', async () => {
    const path = `${uc}/tables/main.silver.orders`
    expect(await (await workspace()).as(ben).get(path)).toMatchObject({
      status: 403,
      body: { message: "User does not have USE SCHEMA on Schema 'main.silver'." },
    })
    const quiet = await workspace({ switches: { unseenSecurable: 'Missing' } })
    expect(await quiet.as(ben).get(path)).toMatchObject({
      status: 404,
      body: { error_code: 'TABLE_DOES_NOT_EXIST' },
    })
  })

  it('lets only the owner of the metastore do everything where that is switched so', async () => {
    const client = await workspace({ switches: { workspaceAdminsAreMetastoreAdmins: false } })
    expect((await client.get(`${uc}/catalogs`)).at('catalogs')).toEqual([])
    expect((await client.as(ana).get(`${uc}/catalogs`)).texts('catalogs', 'name')).toEqual(['main'])
    expect((await client.get(`${uc}/permissions/catalog/main`)).status).toBe(403)
  })
})

describe('the metastore', () => {
  it('is shown with its UUID', async () => {
    const client = await workspace()
    expect((await client.get(`${uc}/metastore_summary`)).body).toMatchObject({
      metastore_id: '5b1d9f8e-2c47-4a0e-8f3b-7d6a5c4e3f21',
      name: 'company',
      cloud: 'aws',
      privilege_model_version: '1.0',
    })
    expect((await client.get(`${uc}/current-metastore-assignment`)).body).toEqual({
      metastore_id: '5b1d9f8e-2c47-4a0e-8f3b-7d6a5c4e3f21',
      workspace_id: 7405611111111111,
      default_catalog_name: 'main',
    })
  })
})

describe('CREATE OR REPLACE', () => {
  it.each([
    ['main.silver.orders', 'MANAGED', ['analysts']],
    ['main.gold.revenue', 'VIEW', []],
  ])('of %s as %s leaves grants to %o', async (name, tableType, left) => {
    const client = await workspace()
    await grant(client, `table/${name}`, ['analysts', 'SELECT'])
    expect((await replace(client, name, tableType)).status).toBe(200)
    expect(await grantees(client, name)).toEqual(left)
    expect((await client.get(`${uc}/tables/${name}`)).body).toMatchObject({
      owner: ana,
      table_type: tableType,
    })
  })

  it('makes what was not there, if its schema is', async () => {
    const client = await workspace()
    expect((await replace(client, 'main.gold.daily', 'MATERIALIZED_VIEW')).status).toBe(200)
    expect((await client.get(`${uc}/tables/main.gold.daily`)).at('table_type')).toBe('MATERIALIZED_VIEW')
    expect((await replace(client, 'main.nope.daily', 'VIEW')).status).toBe(404)
  })
})

describe('thousands of objects', () => {
  it('are listed in pages and found one by one', async () => {
    const tables = Array.from({ length: 5000 }, (_, index) => ({
      type: 'table' as const,
      name: `main.silver.t${index}`,
      owner: ana,
      tableType: 'MANAGED',
    }))
    const content = { ...seedContent, securables: [...seedContent.securables, ...tables] }
    const client = await workspace({ content })
    const page = await client.get(`${uc}/tables?catalog_name=main&schema_name=silver&max_results=50`)
    expect(page.list('tables')).toHaveLength(50)
    expect((await client.get(`${uc}/tables/main.silver.t4999`)).status).toBe(200)
    expect((await client.get(`${uc}/schemas?catalog_name=main`)).list('schemas')).toHaveLength(3)
  })
})
