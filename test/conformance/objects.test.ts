import { describe, expect } from 'vitest'
import { benName, place, robotName } from './client.ts'
import { fact } from './fact.ts'

const api = '/api/2.1/unity-catalog'

describe('what grants stand on', () => {
  fact('20.1', 'names are kept in lower case and read in any', async () => {
    const { robot } = await place()
    const made = await robot.ok('POST', `${api}/schemas`, { name: 'Landing', catalog_name: 'main' })
    expect(made.at('full_name')).toBe('main.landing')
    expect((await robot.get(`${api}/schemas/MAIN.Landing`)).status).toBe(200)
  })

  fact('20.2', 'a new catalog holds a schema that nobody made', async () => {
    const { robot } = await place()
    await robot.ok('POST', `${api}/catalogs`, { name: 'lab' })
    expect((await robot.get(`${api}/schemas/lab.default`)).status).toBe(200)
    expect((await robot.send('DELETE', `${api}/catalogs/lab`)).refusal).toContain('CATALOG_NOT_EMPTY')
  })

  fact('20.3', 'force deletes with all that is in it; a second time it is missing', async () => {
    const { robot } = await place()
    expect((await robot.send('DELETE', `${api}/schemas/main.silver`)).refusal).toContain('SCHEMA_NOT_EMPTY')
    await robot.ok('DELETE', `${api}/schemas/main.silver?force=true`)
    expect((await robot.get(`${api}/tables/main.silver.orders`)).status).toBe(404)
    expect((await robot.send('DELETE', `${api}/schemas/main.silver?force=true`)).refusal).toContain(
      '404 SCHEMA_DOES_NOT_EXIST',
    )
  })

  fact('20.4', 'an owner in a create is not taken, in an update it is', async () => {
    const { robot } = await place()
    const body = { name: 'fresh', catalog_name: 'main', owner: benName }
    expect((await robot.ok('POST', `${api}/schemas`, body)).at('owner')).toBe(robotName)
    const given = await robot.ok('PATCH', `${api}/schemas/main.fresh`, { owner: benName })
    expect(given.at('owner')).toBe(benName)
  })

  fact('20.5', 'an update that changes nothing is an error', async () => {
    const { robot } = await place()
    await robot.ok('POST', `${api}/schemas`, { name: 'fresh', catalog_name: 'main', comment: 'x' })
    for (const body of [{}, { comment: 'x' }])
      expect((await robot.send('PATCH', `${api}/schemas/main.fresh`, body)).refusal).toContain(
        'UpdateSchema Nothing to update',
      )
    expect((await robot.ok('PATCH', `${api}/schemas/main.fresh`, { comment: '' })).at('comment')).toBe('')
  })

  fact('20.6', 'a volume says what is wrong with it, if not always rightly', async () => {
    const { robot } = await place()
    const create = async (body: object) =>
      (await robot.post(`${api}/volumes`, { catalog_name: 'main', schema_name: 'gold', name: 'v', ...body }))
        .refusal
    expect(await create({ volume_type: 'MANAGED', storage_location: 's3://x' })).toContain(
      'CreateVolume storage_location can not be provided.',
    )
    expect(await create({ volume_type: 'WRONG' })).toContain(
      'CreateVolume Missing required field: volume_type',
    )
  })

  fact('20.7', 'an external location is named by its name alone', async () => {
    const { robot } = await place()
    const aws_iam_role = { role_arn: 'arn:aws:iam::123456789012:role/lake' }
    await robot.ok('POST', `${api}/storage-credentials`, { name: 'lake', aws_iam_role })
    const body = { name: 'raw', url: 's3://company-raw/in/', credential_name: 'lake' }
    const made = await robot.ok('POST', `${api}/external-locations`, body)
    expect(made.json).toMatchObject({ name: 'raw', url: 's3://company-raw/in' })
    expect(made.at('full_name')).toBeUndefined()
  })
})
