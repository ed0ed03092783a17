import { describe, expect, it } from 'vitest'
import { cluster } from '../../src/kinds/cluster/index.ts'
import type { DatabricksClusterSpec } from '../../src/kinds/cluster/schema.ts'
import { job } from '../../src/kinds/job/index.ts'
import type { JobSpecSpec } from '../../src/kinds/job/schema.ts'
import type { ManagedSpec } from '../../src/kinds/kind.ts'
import { seedContent } from '../../src/simulator/seed-content.ts'
import { workspace, type Client } from '../simulator/harness.ts'
import { anObject } from './fixtures.ts'
import { Fleet, many } from './fleet.ts'

const ana = 'ana@example.com'
const period = 600_000
const listJobs = 'GET /api/2.2/jobs/list'
const getJob = 'GET /api/2.2/jobs/get'
const updateJob = 'POST /api/2.2/jobs/update'
const listClusters = 'GET /api/2.1/clusters/list'
const getCluster = 'GET /api/2.1/clusters/get'

const tasks = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    taskKey: `t${index}`,
    notebookTask: { notebookPath: '/Shared/main' },
  }))

const aJob = (name: string): JobSpecSpec => ({ name, tasks: tasks(1), maxConcurrentRuns: 1 })

const jobs = (count: number, simulator?: Client) =>
  Fleet.start({ kind: job, specs: many(count, aJob) }, simulator === undefined ? {} : { simulator })

const aCluster = (name: string): DatabricksClusterSpec => ({
  clusterName: name,
  sparkVersion: '15.4.x-scala2.12',
  nodeTypeId: 'm5d.large',
  autoterminationMinutes: 0,
  numWorkers: 1,
})

/** A workspace in which people have made jobs of these names, the oldest first. */
const crowded = (...names: string[]): Promise<Client> => {
  const settings = names.map((name) => ({ name, tasks: [] }))
  const made = settings.map((one, index) => ({ id: BigInt(index + 1), creator: ana, settings: one }))
  return workspace({ content: { ...seedContent, jobs: made } })
}

const others = (count: number): string[] => Array.from({ length: count }, () => 'by hand')

/** Ana changes a job in the web interface. */
const edit = (fleet: Fleet, name: string, new_settings: object) =>
  fleet.simulator.as(ana).post('/api/2.2/jobs/update', { job_id: BigInt(fleet.idOf(name)), new_settings })

const readies = (fleet: Fleet, name: string) =>
  fleet.status(name).conditions?.map(({ type, status, reason }) => `${type}=${status}/${reason}`)

describe('jobs at rest', () => {
  it('cost two list pages and no read in each period when there are 200', { timeout: 30_000 }, async () => {
    const fleet = await jobs(200)
    fleet.around.api.writes.length = 0
    for (const _ of [1, 2, 3]) expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listJobs]: 2 })
    // Nor is anything written on either side.
    expect(fleet.around.api.writes).toEqual([])
  })

  it('are read one by one where that is cheaper, and no page is read to find out', async () => {
    const fleet = await jobs(3, await crowded(...others(300)))
    for (const _ of [1, 2]) expect(await fleet.calls(() => fleet.run(period))).toEqual({ [getJob]: 3 })
    expect(fleet.answers.slice(-6)).toEqual(Array.from({ length: 6 }, () => 'Read'))
  })

  it('cost a try that is given up, when nobody knows yet how long the list is, and then no more', async () => {
    const simulator = await crowded('one-0', 'one-1', 'one-2', ...others(400))
    const specs = many(3, (name) => ({
      name,
      management: { externalId: String(Number(name.slice(-1)) + 1), mode: 'Observe' as const },
    }))
    const fleet = await Fleet.start({ kind: job, specs }, { simulator })
    // First contact only writes down the id; the look after that leaves them at rest, to be listed in the next slot.
    expect(await fleet.calls(() => fleet.run(3 * period))).toMatchObject({ [listJobs]: 3 })
    for (const _ of [1, 2]) expect(await fleet.calls(() => fleet.run(period))).toEqual({ [getJob]: 3 })
  })

  it('with an interval of their own are read in between, and join the listing of the others', async () => {
    const often = { ...aJob('often'), management: { interval: '2m' } }
    const fleet = await Fleet.start({ kind: job, specs: { ...many(20, aJob), often } })
    expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listJobs]: 1, [getJob]: 4 })
  })

  it('do not count those that are suspended', async () => {
    const fleet = await jobs(2)
    expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listJobs]: 1 })
    fleet.apply('one-1', { ...aJob('one-1'), management: { suspend: true } })
    expect(await fleet.calls(() => fleet.run(period))).toEqual({ [getJob]: 1 })
  })

  it('are read once after a restart, when nobody knows anything', async () => {
    const fleet = await jobs(5)
    fleet.around.environment.sweeps.forget(fleet.object('one-3').metadata.uid)
    expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listJobs]: 1, [getJob]: 1 })
    expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listJobs]: 1 })
  })
})

describe('what somebody changed by hand', () => {
  it('is seen within a period, confirmed by one read, and put back', async () => {
    const fleet = await jobs(20)
    await edit(fleet, 'one-7', { max_concurrent_runs: 5 })
    fleet.answers.length = 0
    expect(await fleet.calls(() => fleet.run(period))).toEqual({
      [listJobs]: 1,
      // The second reads back what was written.
      [getJob]: 2,
      [updateJob]: 1,
    })
    expect(fleet.status('one-7').putBack).toHaveLength(1)
    expect(fleet.answers.toSorted()).toEqual(['Doubt', ...Array.from({ length: 19 }, () => 'Listing')])
    expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listJobs]: 1 })
  })

  it('beyond the manifest is told once, and costs no read after that', async () => {
    const fleet = await jobs(20)
    await edit(fleet, 'one-7', { description: 'by hand' })
    expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listJobs]: 1, [getJob]: 1 })
    expect(fleet.status('one-7').drift).toMatchObject({ count: 0, unlisted: 1 })
    expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listJobs]: 1 })
    expect(fleet.status('one-7').drift).toMatchObject({ count: 0, unlisted: 1 })
  })

  it('and the manifest ignores is told once, costs no read after that, and is put back when its time is over', async () => {
    const specs = many(20, (name) => ({
      ...aJob(name),
      management: { ignore: [{ path: 'maxConcurrentRuns', until: '2026-01-01T01:05:00Z' }] },
    }))
    const fleet = await Fleet.start({ kind: job, specs })
    await edit(fleet, 'one-7', { max_concurrent_runs: 5 })
    expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listJobs]: 1, [getJob]: 1 })
    expect(fleet.status('one-7').drift).toMatchObject({ count: 0, tolerated: 1 })
    const left = Date.parse('2026-01-01T01:05:00Z') - fleet.around.clock.now()
    const periods = Math.floor(left / period) - 1
    for (let count = 0; count < periods; count++)
      expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listJobs]: 1 })
    await fleet.run(Date.parse('2026-01-01T01:05:00Z') - fleet.around.clock.now() - 1)
    expect(await fleet.calls(() => fleet.run(1))).toEqual({ [getJob]: 2, [updateJob]: 1 })
    expect(fleet.status('one-7').drift).toEqual({ count: 0, unlisted: 0 })
  })

  it('again and again is no reason to doubt the listing', async () => {
    const fleet = await jobs(2)
    for (const description of ['first', 'second']) {
      await edit(fleet, 'one-1', { description })
      expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listJobs]: 1, [getJob]: 1 })
    }
    expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listJobs]: 1 })
  })

  it('about whose it is, is confirmed by a read and stops us', async () => {
    const fleet = await jobs(5)
    await edit(fleet, 'one-3', { tags: { 'lakeward-owner': `00000000-${'0'.repeat(24)}` } })
    expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listJobs]: 1, [getJob]: 1 })
    expect(readies(fleet, 'one-3')).toContain('Stalled=True/ManagedElsewhere')
  })

  it('is gone: the listing alone never says so', async () => {
    const fleet = await jobs(20)
    const job_id = BigInt(fleet.idOf('one-7'))
    await fleet.simulator.as(ana).post('/api/2.2/jobs/delete', { job_id })
    const calls = await fleet.calls(() => fleet.run(period))
    expect(calls).toMatchObject({ [listJobs]: 1, [getJob]: expect.any(Number) })
    expect(readies(fleet, 'one-7')).toContain('Ready=True/Applied')
    expect(fleet.idOf('one-7')).not.toBe(String(job_id))
    expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listJobs]: 1 })
  })
})

describe('what was adopted and begins to borrow what is not lent', () => {
  const ben = { user_name: 'ben@example.com' }
  const access = [{ namespaces: { names: ['data'] }, adopt: true, runAs: [{ userName: ben.user_name }] }]
  const named = (externalId: string): JobSpecSpec & ManagedSpec => ({
    name: 'legacy',
    workspaceRef: { name: 'default', namespace: 'platform' },
    management: { externalId },
    runAs: { userName: ben.user_name },
  })

  it('is noticed although no setting of the manifest differs', async () => {
    const fleet = await jobs(1)
    const { directory, environment } = fleet.around
    const credentials = { personalAccessToken: { secretKeyRef: { name: 'databricks', key: 'token' } } }
    const spec = { host: 'https://dbc-1.cloud.databricks.com', credentials, access }
    const shared = anObject({ name: 'default', namespace: 'platform' }, { spec })
    environment.stores.get('DatabricksWorkspace')?.observe(shared)
    directory.set('platform/default', directory.get('data/default'))
    const made = await fleet.simulator.as(ana).post('/api/2.2/jobs/create', { name: 'legacy', run_as: ben })
    fleet.apply('legacy', named(made.text('job_id')))
    await fleet.run(2 * period)
    expect(readies(fleet, 'legacy')).toContain('Ready=True/Observed')
    expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listJobs]: 1 })
    const git_url = 'https://example.com/a.git'
    const git_source = { git_url, git_provider: 'gitHub', git_branch: '{{secrets/hr/key}}' }
    await edit(fleet, 'legacy', { git_source })
    await fleet.run(period)
    expect(readies(fleet, 'legacy')).toContain('Stalled=True/AccessDenied')
  })
})

describe('whoever asks for a look', () => {
  it('is read at once, whatever a listing said', async () => {
    const fleet = await jobs(20)
    const ask = () => fleet.annotate('one-7', { 'lakeward.dev/reconcile-at': 'now' })
    expect(await fleet.calls(() => fleet.run(0, ask))).toEqual({ [getJob]: 1 })
    expect(fleet.status('one-7').lastHandledReconcileAt).toBe('now')
  })

  it('does not wait for a listing, whatever the reason', async () => {
    const fleet = await jobs(5)
    // The slot has begun, and in a moment all are due.
    await fleet.run((fleet.around.clock.sleeps()[0] ?? 0) - 1)
    expect(await fleet.calls(() => fleet.run(0, () => fleet.ask('one-3', 'dependency')))).toEqual({
      [getJob]: 1,
    })
    expect(await fleet.calls(() => fleet.run(1))).toEqual({ [listJobs]: 1 })
  })

  it('by an edit of the manifest is read and corrected, and is part of the next listing', async () => {
    const fleet = await jobs(20)
    const edit = () => fleet.apply('one-7', { ...aJob('one-7'), maxConcurrentRuns: 3 })
    expect(await fleet.calls(() => fleet.run(0, edit))).toEqual({ [getJob]: 2, [updateJob]: 1 })
    expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listJobs]: 1 })
  })
})

/** The next listings go wrong. */
const failLists = (fleet: Fleet, trouble: object) =>
  fleet.simulator.control('POST', 'faults', { match: listJobs, count: 100, ...trouble })

describe('a listing that fails', () => {
  it.each([
    ['breaks off', { status: 500, body: { error_code: 'INTERNAL_ERROR', message: 'no' } }],
    ['may not be made', { status: 403, body: { error_code: 'PERMISSION_DENIED', message: 'no' } }],
    ['is no list', { status: 200, body: { jobs: 7 } }],
  ])('because it %s is nobody’s missed check: all are read', async (_, trouble) => {
    const fleet = await jobs(5)
    await failLists(fleet, trouble)
    fleet.around.api.writes.length = 0
    expect(await fleet.calls(() => fleet.run(period))).toMatchObject({ [getJob]: 5 })
    expect(fleet.around.api.writes).toEqual([])
    await fleet.simulator.control('DELETE', 'faults')
    expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listJobs]: 1 })
  })

  it('together with the reads makes each object miss one check, and no more', async () => {
    const fleet = await jobs(5)
    const trouble = { status: 500, body: { error_code: 'INTERNAL_ERROR', message: 'no' } }
    await failLists(fleet, trouble)
    await fleet.simulator.control('POST', 'faults', { match: getJob, count: 5, ...trouble })
    await fleet.run(period)
    expect(readies(fleet, 'one-3')).toContain('Drifted=False/NoDrift')
  })
})

/** The next listings show what was there before the next write. */
const staleLists = (fleet: Fleet, count: number) =>
  fleet.simulator.control('POST', 'stale', { match: listJobs, count })

describe('a list that is old', () => {
  it('makes us see a period later what somebody changed', async () => {
    const fleet = await jobs(5)
    await staleLists(fleet, 1)
    await edit(fleet, 'one-3', { max_concurrent_runs: 5 })
    expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listJobs]: 1 })
    expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listJobs]: 1, [getJob]: 2, [updateJob]: 1 })
  })

  it('does not make us undo or repeat what we did ourselves', async () => {
    const fleet = await jobs(5)
    await staleLists(fleet, 1)
    await fleet.run(0, () => fleet.apply('one-3', { ...aJob('one-3'), maxConcurrentRuns: 3 }))
    fleet.around.api.writes.length = 0
    expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listJobs]: 1, [getJob]: 1 })
    expect(fleet.around.api.writes).toEqual([])
    expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listJobs]: 1 })
  })

  it('does not bring back what is gone, nor take away what is there', async () => {
    const fleet = await jobs(5)
    await staleLists(fleet, 1)
    const job_id = BigInt(fleet.idOf('one-3'))
    await fleet.simulator.as(ana).post('/api/2.2/jobs/delete', { job_id })
    expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listJobs]: 1 })
    await fleet.run(period)
    expect(fleet.idOf('one-3')).not.toBe(String(job_id))
  })
})

describe('what a listing does not show as a read does', () => {
  it('is read each time, and after two times it does not count as listed any more', async () => {
    const whole = { ...aJob('whole'), tasks: tasks(120) }
    const fleet = await Fleet.start({ kind: job, specs: { 'one-0': aJob('one-0'), whole } })
    const pagesOfIt = 2
    for (const _ of [1, 2])
      expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listJobs]: 1, [getJob]: pagesOfIt })
    // A list for the one that is left would be no cheaper than reading it.
    const alone = await fleet.calls(() => fleet.run(2 * period))
    expect(alone).toEqual({ [getJob]: 2 * (1 + pagesOfIt) })
    expect(readies(fleet, 'whole')).toContain('Drifted=False/NoDrift')
  })

  it('only once is forgiven', async () => {
    const fleet = await jobs(2)
    for (const maxConcurrentRuns of [3, 4, 5]) {
      await staleLists(fleet, 1)
      await fleet.run(0, () => fleet.apply('one-1', { ...aJob('one-1'), maxConcurrentRuns }))
      expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listJobs]: 1, [getJob]: 1 })
      expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listJobs]: 1 })
    }
  })

  it('is confirmed by a read where somebody added the hundred-and-first task', async () => {
    const whole = { ...aJob('whole'), tasks: tasks(100) }
    const fleet = await Fleet.start({ kind: job, specs: { ...many(5, aJob), whole } })
    expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listJobs]: 1 })
    const task = { task_key: 'more', notebook_task: { notebook_path: '/Shared/more' } }
    await edit(fleet, 'whole', { tasks: [task] })
    expect(await fleet.calls(() => fleet.run(period))).toMatchObject({ [updateJob]: 1 })
  })
})

/** Clusters that have come up. */
async function running(count = 5, simulator?: Client): Promise<Fleet> {
  const specs = many(count, aCluster)
  const fleet = await Fleet.start({ kind: cluster, specs }, simulator === undefined ? {} : { simulator })
  await fleet.simulator.advance(3_600)
  await fleet.run(10_000)
  return fleet
}

/** Ana stops a cluster. */
const stop = (fleet: Fleet, name: string) =>
  fleet.simulator.as(ana).post('/api/2.1/clusters/delete', { cluster_id: fleet.idOf(name) })

describe('clusters at rest', () => {
  it('cost the page of all-purpose clusters and no read', async () => {
    const fleet = await running()
    for (const _ of [1, 2]) expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listClusters]: 1 })
  })

  it(
    'are found among 50,000 finished clusters of jobs in the pages of all-purpose ones',
    { timeout: 60_000 },
    async () => {
      const people = { jobs: 0, clusters: 150, jobClusters: 50_000 }
      const fleet = await running(100, await workspace({ populate: people }))
      for (const name of Object.keys(many(100, aCluster))) await stop(fleet, name)
      await fleet.simulator.advance(60)
      // That each of them stopped is news, and read.
      expect(await fleet.calls(() => fleet.run(period))).toMatchObject({ [getCluster]: 100 })
      for (const _ of [1, 2])
        expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listClusters]: 3 })
    },
  )

  it('that one stopped is confirmed by one read', async () => {
    const fleet = await running()
    await fleet.simulator.as(ana).post('/api/2.1/clusters/delete', { cluster_id: fleet.idOf('one-2') })
    await fleet.simulator.advance(60)
    expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listClusters]: 1, [getCluster]: 1 })
    expect(fleet.status('one-2').state).toBe('TERMINATED')
    expect(await fleet.calls(() => fleet.run(period))).toEqual({ [listClusters]: 1 })
  })

  it('that one is on the move is looked at until it has come to rest', async () => {
    const fleet = await running()
    await fleet.simulator.as(ana).post('/api/2.1/clusters/delete', { cluster_id: fleet.idOf('one-2') })
    await fleet.run(period)
    expect(fleet.status('one-2').state).toBe('TERMINATING')
    await fleet.simulator.advance(60)
    expect(await fleet.calls(() => fleet.run(10_000))).toEqual({ [getCluster]: 1 })
    expect(fleet.status('one-2').state).toBe('TERMINATED')
  })
})
