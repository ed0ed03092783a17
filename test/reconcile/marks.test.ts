import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/databricks/json.ts'
import { anObject, beginning, workspaceId } from './fixtures.ts'
import type { Called } from './door.ts'
import { me, tenant, type Tenancy } from './tenant.ts'

/** A Databricks with these jobs, in which the next one gets the id 70. */
function workspaceWith(
  ...jobs: { id: number; name: string; creator?: string; tags?: JsonObject; at?: string }[]
) {
  return ({ call, body, query }: Called): JsonObject => {
    if (call.endsWith('jobs/create')) {
      const { tags = {} } = body ?? {}
      jobs.push({ id: 70, name: 'nightly', creator: me, tags: tags as JsonObject, at: beginning })
      return { job_id: 70 }
    }
    const shown = jobs.map(({ id, name, creator = me, tags, at = beginning }) => ({
      job_id: id,
      creator_user_name: creator,
      created_time: Date.parse(at),
      run_as_user_name: me,
      settings: { name, ...(tags === undefined ? {} : { tags }) },
    }))
    if (call.endsWith('jobs/list')) return { jobs: shown }
    return shown.find(({ job_id }) => String(job_id) === String(query?.['job_id'])) ?? {}
  }
}

const wants = (mark: string, more: Partial<Tenancy> = {}): Tenancy => ({
  kind: 'JobSpec',
  spec: { name: 'nightly', tags: { team: 'data' } },
  access: [],
  terms: { mark: { jobs: mark } },
  metadata: { namespace: 'data' },
  ...more,
})

const attempt = { at: beginning, name: 'nightly', mark: 'x' }
const unanswered = { observedGeneration: 1, attempt }

describe('a mark of the workspace’s own', () => {
  it('is written, found again, and no drift', async () => {
    const answer = workspaceWith()
    const first = await tenant(wants('made-by', { answer }))
    await first.pass()
    const tags = first.writes()[0]?.body?.['tags']
    expect(tags).toEqual({ team: 'data', 'made-by': expect.stringMatching(/^[0-9a-f-]{33}$/) as string })
    expect(first.object().status).toMatchObject({ externalId: '70', mark: 'made-by', drift: { count: 0 } })
    // The status is lost; nothing but the tag tells.
    const again = await tenant(wants('made-by', { answer }))
    await again.pass()
    expect(again.writes()).toEqual([])
    expect(again.object().status).toMatchObject({ externalId: '70', origin: 'Created' })
  })

  it('may not be set by a manifest', async () => {
    const { pass, calls, stalled } = await tenant(
      wants('made-by', { spec: { name: 'nightly', tags: { 'made-by': 'me' } } }),
    )
    await pass()
    expect(calls).toEqual([])
    expect(stalled()).toMatchObject({ reason: 'InvalidSpec' })
  })
})

describe('without a mark', () => {
  it('nothing is written, and the status says on what safety rests', async () => {
    const { pass, writes, object } = await tenant(wants('None', { answer: workspaceWith() }))
    await pass()
    expect(writes()).toMatchObject([{ body: { tags: { team: 'data' } } }])
    expect(object().status).toMatchObject({
      externalId: '70',
      mark: expect.stringMatching(/^None: .*name, the creator and the time/) as string,
    })
  })

  it('what an unanswered create has made is found by name, creator and time', async () => {
    const answer = workspaceWith(
      { id: 1, name: 'nightly', creator: 'eve@example.com' },
      { id: 2, name: 'other' },
      { id: 3, name: 'nightly', at: '2025-12-31T12:00:00Z' },
      { id: 4, name: 'nightly' },
    )
    const { pass, writes, object } = await tenant(wants('None', { answer, status: unanswered }))
    await pass()
    expect(writes()).toEqual([])
    expect(object().status).toMatchObject({ externalId: '4', origin: 'Created' })
  })

  it('one that another manifest has recorded is his', async () => {
    const other = anObject({ name: 'other' }, { status: { externalId: '4', workspaceId } })
    const answer = workspaceWith({ id: 4, name: 'nightly' }, { id: 5, name: 'nightly' })
    const { pass, object } = await tenant(
      wants('None', { answer, status: unanswered, others: { JobSpec: [other] } }),
    )
    await pass()
    expect(object().status).toMatchObject({ externalId: '5' })
  })

  it('two that may be it are for a person to tell', async () => {
    const answer = workspaceWith({ id: 4, name: 'nightly' }, { id: 5, name: 'nightly' })
    const { pass, writes, stalled } = await tenant(wants('None', { answer, status: unanswered }))
    await pass()
    expect(writes()).toEqual([])
    expect(stalled()).toMatchObject({ reason: 'DuplicatesFound' })
  })

  it('something of ours of the same name keeps another from being made when nothing is recorded', async () => {
    const answer = workspaceWith({ id: 4, name: 'nightly' })
    const { pass, writes, stalled } = await tenant(wants('None', { answer }))
    await pass()
    expect(writes()).toEqual([])
    expect(stalled()).toMatchObject({ reason: 'UnmarkedFound' })
  })

  it('what was marked before is still known by its mark', async () => {
    const answer = workspaceWith()
    const first = await tenant(wants('lakeward-owner', { answer }))
    await first.pass()
    const again = await tenant(wants('None', { answer }))
    await again.pass()
    expect(again.writes()).toEqual([])
    expect(again.object().status).toMatchObject({ externalId: '70', origin: 'Created' })
  })
})
