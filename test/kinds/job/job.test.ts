import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/databricks/json.ts'
import type { Difference } from '../../../src/drift/compare.ts'
import { job } from '../../../src/kinds/job/index.ts'
import type { JobSpecSpec } from '../../../src/kinds/job/schema.ts'
import type { Found, Subject } from '../../../src/kinds/kind.ts'
import { aDoor, allOf, type Called } from '../../reconcile/door.ts'
import {
  aDifference,
  aFailure,
  aFound,
  anObject,
  aSession,
  mark,
  workspaceId,
} from '../../reconcile/fixtures.ts'

const id = '9007199254740995'
const gone = aFailure({ kind: 'Missing', status: 400, code: 'INVALID_PARAMETER_VALUE' })

/** A job as the loop hands it over, before a Databricks that answers like this. */
function at(answer?: (call: Called) => JsonObject | Error, spec: JobSpecSpec = { name: 'nightly' }) {
  const { databricks, calls } = aDoor(answer)
  const subject: Subject<JobSpecSpec> = {
    object: anObject(),
    spec,
    status: { observedGeneration: 1 },
    externalId: id,
    session: aSession(databricks),
    mark,
  }
  return { subject, calls, observed: () => job.observe(subject, '') }
}

const answered = (settings: JsonObject, rest: JsonObject = {}) => ({ job_id: BigInt(id), settings, ...rest })

const observed = async (settings: JsonObject, rest: JsonObject = {}): Promise<Found> => {
  const found = await at(() => answered(settings, rest)).observed()
  if (found.is === 'Missing') throw new Error(found.what)
  return found
}

describe('reading a job', () => {
  it('gives its settings in manifest form, and keeps them as they came', async () => {
    const settings = {
      name: 'nightly',
      max_concurrent_runs: 1,
      tasks: [{ task_key: 'a', max_retries: 2 }],
      new: 1,
    }
    expect(await observed(settings)).toEqual({
      is: 'Found',
      raw: settings,
      lent: { run_as: null, ...settings },
      found: { name: 'nightly', maxConcurrentRuns: 1, tasks: [{ taskKey: 'a', maxRetries: 2 }] },
      running: false,
      url: `https://dbc-1.cloud.databricks.com/jobs/${id}?o=${workspaceId}`,
    })
  })

  it('asks for the id as it is, beyond what a number holds', async () => {
    const { calls, observed } = at(() => answered({}))
    await observed()
    expect(calls).toMatchObject([{ call: 'GET /api/2.2/jobs/get', query: { job_id: id } }])
  })

  it('says that it is gone only when Databricks said so', async () => {
    expect(await at(() => gone).observed()).toEqual({
      is: 'Missing',
      what: `job ${id} does not exist in workspace ${workspaceId}`,
    })
    const forbidden = aFailure({ kind: 'Forbidden', status: 403 })
    await expect(at(() => forbidden).observed()).rejects.toBe(forbidden)
  })

  it('knows our mark, and whether its schedule is paused', async () => {
    expect(
      await observed({ tags: { 'lakeward-owner': mark.value }, schedule: { pause_status: 'PAUSED' } }),
    ).toMatchObject({ mark: mark.value, state: 'PAUSED' })
    expect(await observed({ tags: { team: 'x' } })).not.toHaveProperty('mark')
  })

  it('says that a bundle deployed it', async () => {
    expect((await observed({ deployment: { kind: 'BUNDLE' } })).managedElsewhere).toEqual({
      what: expect.stringContaining('BUNDLE'),
      yields: true,
    })
    expect(await observed({})).not.toHaveProperty('managedElsewhere')
  })

  it.each([
    ['ana@example.com', { userName: 'ana@example.com' }],
    [
      '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50',
      { servicePrincipalName: '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50' },
    ],
  ])('says whom runs act as also where the setting is not repeated (%s)', async (name, runAs) => {
    expect((await observed({}, { run_as_user_name: name })).found).toEqual({ runAs })
  })

  it('takes the setting where there is one', async () => {
    const settings = { run_as: { user_name: 'ben@example.com' } }
    expect((await observed(settings, { run_as_user_name: 'ana@example.com' })).found).toEqual({
      runAs: { userName: 'ben@example.com' },
    })
  })
})

const resolve = (kind: string, name: string) => `id of ${kind} ${name}`

const wanted = (spec: JobSpecSpec) => job.wanted(spec, '', { resolve, status: { observedGeneration: 1 } })

describe('what a job wants', () => {
  it('is its settings, without what is ours', () => {
    expect(
      wanted({ name: 'x', tags: { a: 'b' }, management: { mode: 'Observe' }, workspaceRef: { name: 'w' } }),
    ).toEqual({ name: 'x', tags: { a: 'b' } })
  })

  it('has the ids in the place of references', () => {
    const spec: JobSpecSpec = {
      name: 'x',
      tasks: [
        { taskKey: 'a', clusterRef: { name: 'shared' } },
        { taskKey: 'b', runJobTask: { jobRef: { name: 'other' }, jobParameters: { p: '1' } } },
        { taskKey: 'c', runJobTask: { jobId: '7' } },
      ],
    }
    expect(wanted(spec)).toEqual({
      name: 'x',
      tasks: [
        { taskKey: 'a', existingClusterId: 'id of DatabricksCluster shared' },
        { taskKey: 'b', runJobTask: { jobId: 'id of JobSpec other', jobParameters: { p: '1' } } },
        { taskKey: 'c', runJobTask: { jobId: '7' } },
      ],
    })
    expect(job.references(spec)).toEqual([
      { kind: 'DatabricksCluster', name: 'shared', path: 'tasks[a].clusterRef' },
      { kind: 'JobSpec', name: 'other', path: 'tasks[b].runJobTask.jobRef' },
    ])
  })
})

describe('correcting a job', () => {
  const raw = { name: 'old', tags: { team: 'data' }, format: 'MULTI_TASK' }
  const name = aDifference('name', { wanted: 'new', found: 'old' })

  const sent = async (found: Partial<Found>, differences: Difference[]): Promise<JsonObject | undefined> => {
    const { subject, calls } = at()
    await job.correct(subject, { part: '', wanted: {}, found: aFound({ raw, ...found }), differences })
    expect(calls).toMatchObject([{ call: 'POST /api/2.2/jobs/update', effect: 'idempotent' }])
    return calls[0]?.body
  }

  it('sends what changed, and nothing else, where the mark is', async () => {
    expect(await sent({ mark: mark.value }, [name])).toEqual({
      job_id: BigInt(id),
      new_settings: { name: 'new' },
    })
  })

  it('puts the mark on what lacks it, beside the tags that are there', async () => {
    expect(await sent({}, [name])).toEqual({
      job_id: BigInt(id),
      new_settings: { name: 'new', tags: { team: 'data', 'lakeward-owner': mark.value } },
    })
  })

  it('names what is to go', async () => {
    const body = await sent({ raw: { ...raw, schedule: { pause_status: 'PAUSED' } }, mark: mark.value }, [
      { ...aDifference('schedule'), wanted: undefined } as unknown as Difference,
    ])
    expect(body).toEqual({ job_id: BigInt(id), new_settings: {}, fields_to_remove: ['schedule'] })
  })

  it('keeps the mark when the last tag goes', async () => {
    const tags = { ...aDifference('tags'), wanted: undefined } as unknown as Difference
    expect(await sent({ mark: mark.value }, [tags])).toEqual({
      job_id: BigInt(id),
      new_settings: { tags: { 'lakeward-owner': mark.value } },
    })
  })

  it('disturbs nobody, and changes when it runs only with its schedule', () => {
    const found = aFound()
    expect(job.impact(name, found)).toBe('InPlace')
    expect(job.impact(aDifference('schedule.pauseStatus'), found)).toBe('Schedule')
    expect(job.impact(aDifference('schedule'), found)).toBe('Schedule')
    expect(job.verb([name])).toBe('jobs/update')
  })
})

describe('the identity of a job', () => {
  const { identity, sweep } = job
  if (identity === undefined || sweep === undefined) throw new Error('a job has an identity and is swept')

  it('is created with the mark, once, and known by its whole id', async () => {
    const { subject, calls } = at(() => ({ job_id: BigInt(id) }))
    const wanted = { name: 'x', tags: { team: 'data' }, tasks: [{ taskKey: 'a', runJobTask: { jobId: id } }] }
    expect(await identity.create(subject, wanted, mark)).toBe(id)
    expect(calls).toEqual([
      {
        call: 'POST /api/2.2/jobs/create',
        effect: 'create',
        body: {
          name: 'x',
          tags: { team: 'data', 'lakeward-owner': mark.value },
          tasks: [{ task_key: 'a', run_job_task: { job_id: BigInt(id) } }],
        },
      },
    ])
  })

  it('is listed page by page, with mark and creator where there are any', async () => {
    const pages: JsonObject[] = [
      {
        jobs: [
          {
            job_id: BigInt(id),
            creator_user_name: 'me',
            settings: { name: 'a', tags: { 'lakeward-owner': mark.value } },
          },
        ],
        has_more: true,
        next_page_token: 't',
      },
      { jobs: [{ job_id: 8, settings: { name: 'b' } }], has_more: false },
    ]
    const { subject, calls } = at(({ query }) => (query?.['page_token'] === 't' ? pages[1] : pages[0]) ?? {})
    const listed = await allOf(identity.list(subject.session, mark.key))
    expect(listed).toEqual([
      { id, name: 'a', creator: 'me', mark: mark.value },
      { id: '8', name: 'b' },
    ])
    expect(calls.map(({ effect }) => effect)).toEqual(['read', 'read'])
  })

  it('is shown by a sweep as a read shows it, whoever it runs as left out', async () => {
    const settings = {
      name: 'nightly',
      tags: { 'lakeward-owner': mark.value },
      schedule: { quartz_cron_expression: '0 0 2 * * ?', timezone_id: 'UTC', pause_status: 'PAUSED' },
      tasks: [{ task_key: 'a', max_retries: 2 }],
    }
    const { subject, calls, observed } = at(({ call }) =>
      call.endsWith('list')
        ? { jobs: [{ job_id: BigInt(id), settings }, { job_id: 8 }] }
        : answered(settings),
    )
    const [page = []] = await allOf(sweep.pages(subject.session))
    expect(page.map((one) => one.id)).toEqual([id, '8'])
    expect(sweep.found(page[0]?.item ?? {}, subject)).toEqual(await observed())
    expect(calls[0]).toMatchObject({ query: { limit: 100, expand_tasks: true }, effect: 'read' })
  })

  it('is not shown by a sweep when it has more than one page of anything', () => {
    const { subject } = at()
    expect(sweep.found({ ...answered({ name: 'nightly' }), has_more: true }, subject)).toBeUndefined()
    expect(sweep.found({ ...answered({ name: 'nightly' }), has_more: false }, subject)).toBeDefined()
  })

  it('is removed for good, and gone already is as good', async () => {
    const { subject, calls } = at(() => gone)
    await identity.remove(subject.session, id)
    expect(calls).toMatchObject([{ call: 'POST /api/2.2/jobs/delete', body: { job_id: BigInt(id) } }])
    const forbidden = aFailure({ kind: 'Forbidden', status: 403 })
    await expect(identity.remove(at(() => forbidden).subject.session, id)).rejects.toBe(forbidden)
  })
})
