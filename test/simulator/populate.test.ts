import { describe, expect, it } from 'vitest'
import type { Cloud } from '../../src/simulator/clusters/clouds.ts'
import { workspace, type Answer, type Client } from './harness.ts'

const clusters = '/api/2.1/clusters'
const jobs = '/api/2.2/jobs'
const counts = { jobs: 60, clusters: 50, jobClusters: 130 }
const day = 86_400

/** All elements of a paged list. */
async function all(client: Client, path: string, name: string): Promise<Answer[]> {
  const found: Answer[] = []
  let token: string | undefined
  do {
    const from = token === undefined ? '' : `&page_token=${token}`
    const page = await client.get(`${path}${from}`)
    expect(page.status).toBe(200)
    found.push(...page.list(name))
    token = page.at('next_page_token') === undefined ? '' : page.text('next_page_token')
  } while (token !== '')
  return found
}
const allClusters = (client: Client, filter = '') =>
  all(client, `${clusters}/list?page_size=40${filter}`, 'clusters')
const sources = (found: readonly Answer[]) =>
  [...new Set(found.map((each) => each.text('cluster_source')))].toSorted()
const kinds = (found: readonly Answer[], path: string) => new Set(found.map((each) => each.text(path))).size

const managed = async (client: Client) =>
  (await client.get(`${clusters}/list?filter_by.cluster_sources=JOB&page_size=1`)).list('clusters')[0]
const content = async (seed: number): Promise<unknown> => {
  const client = await workspace({ populate: counts, seed })
  const answers = [await client.get(`${clusters}/list`), await client.get(`${jobs}/list?limit=100`)]
  return answers.map(({ body }) => body)
}

describe('a populated workspace', () => {
  it('has what was asked for, of all sorts', async () => {
    const client = await workspace({ populate: counts })
    const listed = await all(client, `${jobs}/list?limit=25&expand_tasks=true`, 'jobs')
    // One job is always there.
    expect(listed).toHaveLength(counts.jobs + 1)
    expect(kinds(listed, 'settings.name')).toBe(counts.jobs + 1)
    expect(kinds(listed, 'creator_user_name')).toBeGreaterThan(10)
    expect(kinds(listed, 'settings.tags.team')).toBeGreaterThan(5)
    expect(new Set(listed.map((job) => job.list('settings.tasks').length)).size).toBeGreaterThan(2)

    const everything = await allClusters(client)
    expect(everything).toHaveLength(counts.clusters + counts.jobClusters)
    expect(sources(everything)).toEqual(['API', 'JOB', 'PIPELINE', 'SQL', 'UI'])
    const own = await allClusters(client, '&filter_by.cluster_sources=API&filter_by.cluster_sources=UI')
    expect(own).toHaveLength(counts.clusters)
    expect(kinds(own, 'state')).toBe(3)
    expect(kinds(own, 'cluster_name')).toBe(counts.clusters)
    expect(own.some((cluster) => cluster.at('pinned_by_user_name') !== undefined)).toBe(true)
    const managed = await allClusters(client, '&filter_by.cluster_sources=JOB')
    expect(kinds(managed, 'termination_reason.code')).toBeGreaterThan(1)
    expect(managed[0]?.text('cluster_name')).toMatch(/^job-\d{18}-run-\d{18}-main$/)
  })

  it('is the same for the same seed, and another for another', async () => {
    const first = await content(3)
    expect(await content(3)).toEqual(first)
    expect(await content(4)).not.toEqual(first)
  })

  it.each<Cloud>(['AWS', 'Azure', 'GCP'])('on %s has only jobs and clusters that can be', async (cloud) => {
    const client = await workspace({ populate: { ...counts, jobClusters: 0 }, switches: { cloud } })
    for (const listed of await all(client, `${jobs}/list?limit=100`, 'jobs')) {
      // The job that is always there is made for AWS.
      if (listed.text('settings.name') === 'legacy-report') continue
      const job = await client.get(`${jobs}/get?job_id=${listed.text('job_id')}`)
      const body = { job_id: job.at('job_id'), new_settings: job.at('settings') }
      expect(await client.post(`${jobs}/reset`, body)).toMatchObject({ status: 200, body: {} })
    }
    for (const listed of await allClusters(client)) {
      const cluster_id = listed.text('cluster_id')
      const { spec } = (await client.get(`${clusters}/get?cluster_id=${cluster_id}`)).body as { spec: object }
      const state = listed.text('state') === 'PENDING' ? 400 : 200
      expect(await client.post(`${clusters}/edit`, { ...spec, cluster_id })).toMatchObject({ status: state })
    }
  })

  it('lets clusters stop by themselves and be forgotten like all others', async () => {
    const client = await workspace({ populate: counts })
    const filter = '&filter_by.cluster_states=RUNNING'
    const before = await allClusters(client, filter)
    await client.advance(day)
    const after = await allClusters(client, filter)
    expect(after.length).toBeLessThan(before.length)
    expect(after.every((cluster) => cluster.at('autotermination_minutes') === 0)).toBe(true)
    await client.advance(31 * day)
    const left = await allClusters(client)
    expect(sources(left)).toEqual(['API', 'UI'])
    expect(
      left.every(
        (each) => each.at('pinned_by_user_name') !== undefined || each.at('terminated_time') === undefined,
      ),
    ).toBe(true)
  })
})

describe('clusters of other services', () => {
  it('can be read, with their life as a log, and neither be started nor edited', async () => {
    const client = await workspace({ populate: counts })
    const cluster_id = (await managed(client))?.text('cluster_id') ?? ''
    const cluster = await client.get(`${clusters}/get?cluster_id=${cluster_id}`)
    expect(cluster.body).toMatchObject({ cluster_source: 'JOB', state: 'TERMINATED' })
    const events = await client.post(`${clusters}/events`, { cluster_id, order: 'ASC' })
    expect(events.texts('events', 'type')).toEqual(['CREATING', 'RUNNING', 'DRIVER_HEALTHY', 'TERMINATING'])
    const refused = (verb: string) => ({
      status: 400,
      body: {
        error_code: 'INVALID_PARAMETER_VALUE',
        message: `Cluster ${cluster_id} was created by JOB and cannot be ${verb}.`,
      },
    })
    expect(await client.post(`${clusters}/start`, { cluster_id })).toMatchObject(refused('started'))
    const spec = cluster.at('spec') as object
    expect(await client.post(`${clusters}/edit`, { ...spec, cluster_id })).toMatchObject(refused('edited'))
    await client.post(`${clusters}/pin`, { cluster_id })
    const pinned = await client.post(`${clusters}/events`, { cluster_id, order: 'ASC' })
    expect(pinned.texts('events', 'type').at(-1)).toBe('PINNED')
    expect(pinned.at('total_count')).toBe(5)
  })

  it('are seen by administrators and by those whom they belong to', async () => {
    const client = await workspace({ populate: { ...counts, clusters: 0 } })
    const found = await allClusters(client)
    const owner =
      found.map((cluster) => cluster.text('creator_user_name')).find((name) => name.includes('@')) ?? ''
    const own = found.filter((cluster) => cluster.text('creator_user_name') === owner)
    const seen = await allClusters(client.as(owner))
    expect(seen.map((cluster) => cluster.text('cluster_id'))).toEqual(
      own.map((cluster) => cluster.text('cluster_id')),
    )
    expect(await allClusters(client.as('ben@example.com'))).toEqual([])
    const id = own[0]?.text('cluster_id') ?? ''
    expect((await client.as('ben@example.com').get(`${clusters}/get?cluster_id=${id}`)).status).toBe(403)
    expect((await client.as(owner).get(`${clusters}/get?cluster_id=${id}`)).status).toBe(200)
  })
})
