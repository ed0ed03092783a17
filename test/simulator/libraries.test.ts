import { describe, expect, it } from 'vitest'
import { workspace, type Client } from './harness.ts'

const api = '/api/2.0/libraries'
const clusters = '/api/2.1/clusters'
const spec = { spark_version: '15.4.x-scala2.12', node_type_id: 'm5d.large', num_workers: 1 }
const wheel = { whl: '/Volumes/main/bronze/landing/x.whl' }
const numpy = { pypi: { package: 'numpy==1.26.4' } }

const create = async (client: Client, more: object = {}): Promise<string> =>
  (await client.post(`${clusters}/create`, { ...spec, ...more })).text('cluster_id')
const running = async (client: Client, more: object = {}): Promise<string> => {
  const id = await create(client, more)
  await client.advance(30)
  return id
}
const install = (client: Client, cluster_id: string, ...libraries: object[]) =>
  client.post(`${api}/install`, { cluster_id, libraries })
const uninstall = (client: Client, cluster_id: string, ...libraries: object[]) =>
  client.post(`${api}/uninstall`, { cluster_id, libraries })
const status = (client: Client, id: string) => client.get(`${api}/cluster-status?cluster_id=${id}`)
const states = async (client: Client, id: string) =>
  (await status(client, id)).texts('library_statuses', 'status')

describe('libraries on a cluster', () => {
  it('are none at first', async () => {
    const client = await workspace()
    const id = await create(client)
    expect((await status(client, id)).body).toEqual({ cluster_id: id })
    expect((await client.get(`${api}/all-cluster-statuses`)).body).toEqual({})
  })

  it('wait for the cluster, wait their turn, are installed', async () => {
    const client = await workspace()
    const id = await create(client)
    expect((await install(client, id, wheel, numpy)).body).toEqual({})
    const seen: string[][] = []
    for (const seconds of [29, 1, 5, 10]) {
      await client.advance(seconds)
      seen.push(await states(client, id))
    }
    expect(seen.map(([first]) => first)).toEqual(['PENDING', 'PENDING', 'INSTALLING', 'INSTALLED'])
    const described = { status: 'INSTALLED', is_library_for_all_clusters: false }
    const whole = {
      cluster_id: id,
      library_statuses: [wheel, numpy].map((library) => ({ library, ...described })),
    }
    expect((await status(client, id)).body).toEqual(whole)
    expect((await client.get(`${api}/all-cluster-statuses`)).body).toEqual({ statuses: [whole] })
  })

  it('stay when they are asked for again', async () => {
    const client = await workspace()
    const id = await running(client)
    await install(client, id, wheel)
    await client.advance(15)
    await install(client, id, wheel)
    expect(await states(client, id)).toEqual(['INSTALLED'])
  })

  it("go with the next restart, not before; one that is not there is nobody's business", async () => {
    const client = await workspace()
    const id = await running(client)
    await install(client, id, wheel, numpy)
    await client.advance(15)
    expect((await uninstall(client, id, wheel, { jar: 's3://b/none.jar' })).body).toEqual({})
    expect(await states(client, id)).toEqual(['UNINSTALL_ON_RESTART', 'INSTALLED'])
    await client.advance(3600)
    expect(await states(client, id)).toEqual(['UNINSTALL_ON_RESTART', 'INSTALLED'])
    await client.post(`${clusters}/restart`, { cluster_id: id })
    await client.advance(20)
    expect(await states(client, id)).toEqual(['PENDING'])
    await client.advance(15)
    expect((await status(client, id)).at('library_statuses.0.library')).toEqual(numpy)
    expect(await states(client, id)).toEqual(['INSTALLED'])
  })

  it('that are to go and are asked for again stay', async () => {
    const client = await workspace()
    const id = await running(client)
    await install(client, id, wheel)
    await uninstall(client, id, wheel)
    await install(client, id, wheel)
    await client.advance(15)
    expect(await states(client, id)).toEqual(['INSTALLED'])
  })

  it('fail in another version as long as the first is there', async () => {
    const client = await workspace()
    const id = await running(client)
    await install(client, id, numpy)
    await client.advance(15)
    const newer = { pypi: { package: 'numpy==2.1.0' } }
    await uninstall(client, id, numpy)
    await install(client, id, newer)
    await client.advance(15)
    expect(await states(client, id)).toEqual(['UNINSTALL_ON_RESTART', 'FAILED'])
    expect((await status(client, id)).text('library_statuses.1.messages.0')).toContain('another version')
    await client.post(`${clusters}/restart`, { cluster_id: id })
    await client.advance(20 + 15)
    expect((await status(client, id)).at('library_statuses')).toMatchObject([
      { library: newer, status: 'INSTALLED' },
    ])
  })

  it('fail when a test orders it, until they are asked for again', async () => {
    const client = await workspace()
    const id = await running(client)
    await client.control('POST', 'library-failures', { message: 'no such wheel' })
    await install(client, id, wheel, numpy)
    await client.advance(15)
    expect(await states(client, id)).toEqual(['FAILED', 'INSTALLED'])
    expect((await status(client, id)).at('library_statuses.0.messages')).toEqual(['no such wheel'])
    await install(client, id, wheel)
    await client.advance(15)
    expect(await states(client, id)).toEqual(['INSTALLED', 'INSTALLED'])
  })

  it('are copied to a clone, without those that are to go', async () => {
    const client = await workspace()
    const id = await running(client)
    await install(client, id, wheel, numpy)
    await uninstall(client, id, numpy)
    const clone = await create(client, { clone_from: { source_cluster_id: id } })
    expect((await status(client, clone)).list('library_statuses').map((each) => each.at('library'))).toEqual([
      wheel,
    ])
    const wrong = { ...spec, clone_from: { source_cluster_id: 'nope' } }
    expect((await client.post(`${clusters}/create`, wrong)).text('message')).toBe(
      'Cluster nope does not exist',
    )
  })

  it('of a policy come with the next start', async () => {
    const client = await workspace()
    const policies = '/api/2.0/policies/clusters'
    const policy = { name: 'p', definition: '{}', libraries: [wheel] }
    const policy_id = (await client.post(`${policies}/create`, policy)).text('policy_id')
    const id = await running(client, { policy_id })
    await client.advance(15)
    expect(await states(client, id)).toEqual(['INSTALLED'])
    await client.post(`${policies}/edit`, { ...policy, policy_id, libraries: [wheel, numpy] })
    expect(await states(client, id)).toEqual(['INSTALLED'])
    await client.post(`${clusters}/restart`, { cluster_id: id })
    await client.advance(20 + 15)
    expect(await states(client, id)).toEqual(['INSTALLED', 'INSTALLED'])
  })

  it('are forgotten with the cluster', async () => {
    const client = await workspace()
    const id = await running(client)
    await install(client, id, wheel)
    await client.post(`${clusters}/permanent-delete`, { cluster_id: id })
    expect((await client.get(`${api}/all-cluster-statuses`)).body).toEqual({})
  })

  it.each([{}, { jar: 'a', whl: 'b' }])('are refused when one says %j', async (library) => {
    const client = await workspace()
    const id = await create(client)
    const answer = await install(client, id, wheel, library)
    expect(answer).toMatchObject({ status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE' } })
    expect((await status(client, id)).at('library_statuses')).toBeUndefined()
  })

  it('are for those who may: to see with the cluster, to change with the right to manage it', async () => {
    const client = await workspace()
    const id = await create(client)
    const ben = client.as('ben@example.com')
    expect((await install(ben, id, wheel)).status).toBe(403)
    expect((await status(ben, id)).status).toBe(403)
    await install(client, id, wheel)
    expect((await ben.get(`${api}/all-cluster-statuses`)).body).toEqual({})
    expect((await status(client, 'nope')).text('message')).toBe('Cluster nope does not exist')
  })
})
