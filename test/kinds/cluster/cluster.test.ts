import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/databricks/json.ts'
import { compare } from '../../../src/drift/compare.ts'
import type { Value } from '../../../src/drift/value.ts'
import { cluster } from '../../../src/kinds/cluster/index.ts'
import type { DatabricksClusterSpec } from '../../../src/kinds/cluster/schema.ts'
import type { Found, Subject } from '../../../src/kinds/kind.ts'
import { aDoor, allOf, type Called } from '../../reconcile/door.ts'
import {
  aDifference,
  aFailure,
  aFound,
  anObject,
  aSession,
  beginning,
  mark,
  workspaceId,
} from '../../reconcile/fixtures.ts'

const id = '0923-164208-meows279'
const spec: DatabricksClusterSpec = {
  clusterName: 'shared',
  sparkVersion: '15.4.x-scala2.12',
  nodeTypeId: 'm5d.large',
  autoscale: { minWorkers: 1, maxWorkers: 4 },
}

/** A cluster as the loop hands it over, before a Databricks that answers like this. */
function at(answer?: (call: Called) => JsonObject | Error) {
  const { databricks, calls } = aDoor(answer)
  const subject: Subject<DatabricksClusterSpec> = {
    object: anObject(),
    spec,
    status: { observedGeneration: 1, attempt: { at: beginning, name: 'one', mark: mark.value } },
    externalId: id,
    session: aSession(databricks),
    mark,
  }
  return { subject, calls }
}

const details: JsonObject = {
  cluster_id: id,
  cluster_name: 'shared',
  spark_version: '15.4.x-scala2.12',
  node_type_id: 'm5d.large',
  autoscale: { min_workers: 1, max_workers: 4 },
  num_workers: 2,
  state: 'RUNNING',
  cluster_source: 'API',
  custom_tags: { team: 'data', 'lakeward-owner': mark.value },
  spark_conf: { 'spark.a': '1', 'spark.theirs': 'x' },
  disk_spec: { disk_count: 9_007_199_254_740_993n },
}

const observed = async (changes: JsonObject = {}): Promise<Found> => {
  const found = await cluster.observe(at(() => ({ ...details, ...changes })).subject, '')
  if (found.is === 'Missing') throw new Error(found.what)
  return found
}

const missing = (code: string) => aFailure({ kind: 'Missing', code })

describe('reading a cluster', () => {
  it('gives it in manifest form, and keeps it as it came', async () => {
    const found = await observed()
    expect(found).toMatchObject({
      raw: details,
      running: true,
      state: 'RUNNING',
      mark: mark.value,
      url: `https://dbc-1.cloud.databricks.com/compute/clusters/${id}?o=${workspaceId}`,
      health: { status: 'True', reason: 'Running' },
      found: { clusterName: 'shared', autoscale: { minWorkers: 1, maxWorkers: 4 } },
    })
    for (const name of ['busy', 'checkSoon', 'managedElsewhere']) expect(found).not.toHaveProperty(name)
  })

  it.each<[number, string]>([
    [60, 'which it does by itself after 60 minutes without use'],
    [0, 'which it never does by itself'],
  ])('tells when it stops by itself (%d minutes)', async (minutes, stops) => {
    expect(await observed({ autotermination_minutes: minutes })).toMatchObject({ stops })
  })

  it('that moves asks to be looked at soon, and takes no change meanwhile', async () => {
    expect(await observed({ state: 'RESIZING' })).toMatchObject({
      running: true,
      busy: 'the cluster is RESIZING',
      checkSoon: 5_000,
    })
  })

  it.each([
    { source: 'JOB', elsewhere: true },
    { source: 'PIPELINE', elsewhere: true },
    { source: 'UI', elsewhere: false },
    { source: 'API', elsewhere: false },
    { source: undefined, elsewhere: false },
  ])('made by $source is somebody else’s: $elsewhere', async ({ source, elsewhere }) => {
    const found = await observed(source === undefined ? {} : { cluster_source: source })
    expect(found.managedElsewhere !== undefined).toBe(elsewhere)
  })

  it('takes from the settings last sent only what is shown nowhere else', async () => {
    const sent = { apply_policy_default_values: true, spark_version: 'other' }
    expect((await observed({ spec: sent })).found).toMatchObject({
      applyPolicyDefaultValues: true,
      sparkVersion: '15.4.x-scala2.12',
    })
  })

  it('tells a cluster that Databricks forgot from one that somebody removed', async () => {
    const read = (code: string) => cluster.observe(at(() => missing(code)).subject, '')
    expect(await read('INVALID_STATE')).toMatchObject({ is: 'Missing', purged: true })
    expect(await read('INVALID_PARAMETER_VALUE')).toMatchObject({ is: 'Missing', purged: false })
    const forbidden = aFailure({ kind: 'Forbidden', status: 403 })
    await expect(cluster.observe(at(() => forbidden).subject, '')).rejects.toBe(forbidden)
  })
})

describe('what a correction does to those who use the cluster', () => {
  const conf = aDifference('sparkConf')
  const workers = aDifference('numWorkers', { wanted: 4, found: 8 })

  it.each([
    { it: 'a setting of a running one', difference: conf, running: true, impact: 'Restart' },
    { it: 'a setting of a stopped one', difference: conf, running: false, impact: 'InPlace' },
    { it: 'fewer workers of a running one', difference: workers, running: true, impact: 'Shrink' },
    { it: 'fewer workers of a stopped one', difference: workers, running: false, impact: 'InPlace' },
    {
      it: 'more workers of a running one',
      difference: aDifference('numWorkers', { wanted: 8, found: 4 }),
      running: true,
      impact: 'InPlace',
    },
  ])('$it: $impact', ({ difference, running, impact }) => {
    expect(cluster.impact(difference, aFound({ running }))).toBe(impact)
  })

  it('is named by the gentlest call that is enough', () => {
    expect(cluster.verb([workers])).toBe('clusters/resize')
    expect(cluster.verb([workers, conf])).toBe('clusters/update')
    expect(cluster.verb([conf])).toBe('clusters/update')
  })
})

/** The calls that bring a cluster in this state to what the manifest wants, and its fields. */
const corrected = async (wanted: Value, changes: JsonObject = {}, last: Value = wanted) => {
  const found = await observed(changes)
  const { subject, calls } = at()
  const differences = compare({ wanted, found: found.found, lastApplied: last, rules: cluster.rules })
  const owned = differences.filter((difference) => difference.owned)
  await cluster.correct(subject, { part: '', wanted, found, differences: owned })
  return calls.map(({ call, body }): JsonObject => ({ call, ...body }))
}

describe('correcting a cluster', () => {
  const wanted = { ...spec, customTags: { team: 'data' }, sparkConf: { 'spark.a': '1' } }

  it('resizes a running one when only its size differs, with the whole size', async () => {
    const more = { ...wanted, autoscale: { minWorkers: 1, maxWorkers: 8 } }
    expect(await corrected(more)).toEqual([
      {
        call: 'POST /api/2.1/clusters/resize',
        cluster_id: id,
        autoscale: { min_workers: 1, max_workers: 8 },
      },
    ])
  })

  it('does not resize a stopped one, which Databricks refuses', async () => {
    const more = { ...wanted, autoscale: { minWorkers: 1, maxWorkers: 8 } }
    expect(await corrected(more, { state: 'TERMINATED' })).toEqual([
      {
        call: 'POST /api/2.1/clusters/update',
        cluster_id: id,
        update_mask: 'autoscale',
        cluster: { autoscale: { min_workers: 1, max_workers: 8 } },
      },
    ])
  })

  it('names exactly what changes, and carries what others set in it', async () => {
    const conf = { ...wanted, sparkConf: { 'spark.a': '2' } }
    expect(await corrected(conf)).toEqual([
      {
        call: 'POST /api/2.1/clusters/update',
        cluster_id: id,
        update_mask: 'spark_conf',
        cluster: { spark_conf: { 'spark.a': '2', 'spark.theirs': 'x' } },
      },
    ])
  })

  it('clears by the mask what left the manifest', async () => {
    const name = { ...wanted, singleUserName: 'ana@example.com' }
    expect(await corrected(wanted, { single_user_name: 'ana@example.com' }, name)).toEqual([
      {
        call: 'POST /api/2.1/clusters/update',
        cluster_id: id,
        update_mask: 'single_user_name',
        cluster: {},
      },
    ])
  })

  it('goes from scaling to a fixed number in one call', async () => {
    const { autoscale: _autoscale, ...rest } = wanted
    const [call] = await corrected({ ...rest, numWorkers: 3 }, { state: 'TERMINATED' }, wanted)
    expect(call).toMatchObject({ cluster: { num_workers: 3 } })
    expect(['autoscale,num_workers', 'num_workers,autoscale']).toContain(call?.['update_mask'])
    expect(call?.['cluster']).not.toHaveProperty('autoscale')
  })

  it('puts the mark on what lacks it, beside the tags that are there', async () => {
    const conf = { ...wanted, sparkConf: { 'spark.a': '2' } }
    const [call] = await corrected(conf, { custom_tags: { team: 'data' } })
    expect(call).toMatchObject({
      update_mask: 'spark_conf,custom_tags',
      cluster: { custom_tags: { team: 'data', 'lakeward-owner': mark.value } },
    })
  })

  it('puts the mark there with the tags that a policy fixes as it says today', async () => {
    const policed = { ...wanted, policyId: 'P' }
    const found = await observed({ policy_id: 'P', custom_tags: { team: 'data', cost: '7' } })
    const definition = JSON.stringify({ 'custom_tags.cost': { type: 'fixed', value: 8 } })
    const { subject, calls } = at(({ call }) => (call.startsWith('GET') ? { definition } : {}))
    const differences = [aDifference('sparkVersion', { wanted: '16.4.x-scala2.12' })]
    await cluster.correct(subject, { part: '', wanted: policed, found, differences })
    expect(calls.at(-1)?.body).toMatchObject({
      update_mask: 'spark_version,custom_tags',
      cluster: { custom_tags: { team: 'data', cost: '8', 'lakeward-owner': mark.value } },
    })
  })

  it('keeps the mark when tags change', async () => {
    const [call] = await corrected({ ...wanted, customTags: { team: 'ml' } })
    expect(call).toMatchObject({
      update_mask: 'custom_tags',
      cluster: { custom_tags: { team: 'ml', 'lakeward-owner': mark.value } },
    })
  })
})

describe('the identity of a cluster', () => {
  const { identity, sweep } = cluster
  if (identity === undefined || sweep === undefined) throw new Error('a cluster has an identity and is swept')

  const created = async (status: Partial<Subject['status']> = {}) => {
    const { subject, calls } = at(() => ({ cluster_id: id }))
    const now = { ...subject, status: { ...subject.status, ...status } }
    expect(await identity.create(now, { ...spec, customTags: { team: 'data' } }, mark)).toBe(id)
    return calls[0]
  }

  const tokenAt = async (at: string) =>
    (await created({ attempt: { at, name: 'one', mark: mark.value } }))?.body?.['idempotency_token']

  it('is created with the mark, once', async () => {
    expect(await created()).toMatchObject({
      call: 'POST /api/2.1/clusters/create',
      effect: 'create',
      body: {
        cluster_name: 'shared',
        autoscale: { min_workers: 1, max_workers: 4 },
        custom_tags: { team: 'data', 'lakeward-owner': mark.value },
      },
    })
  })

  it('carries a token that is the same for one attempt, another for the next, and short enough', async () => {
    const first = await tokenAt(beginning)
    expect(first).toMatch(/^[0-9a-f]{1,64}$/)
    expect(await tokenAt(beginning)).toBe(first)
    expect(await tokenAt('2026-01-01T00:00:01Z')).not.toBe(first)
  })

  it('is listed without the clusters of jobs', async () => {
    const { subject, calls } = at(() => ({
      clusters: [
        {
          cluster_id: id,
          cluster_name: 'shared',
          creator_user_name: 'me',
          custom_tags: { 'lakeward-owner': mark.value },
        },
        { cluster_id: '2', cluster_name: 'other' },
      ],
    }))
    expect(await allOf(identity.list(subject.session, mark.key))).toEqual([
      { id, name: 'shared', creator: 'me', mark: mark.value },
      { id: '2', name: 'other' },
    ])
    expect(calls).toMatchObject([{ query: { 'filter_by.cluster_sources': ['API', 'UI'] }, effect: 'read' }])
  })

  it('is shown by a sweep as a read shows it, without what it was last sent', async () => {
    const details = {
      cluster_id: id,
      cluster_name: 'shared',
      cluster_source: 'UI',
      custom_tags: { 'lakeward-owner': mark.value },
      num_workers: 2,
      state: 'RUNNING',
    }
    const { subject, calls } = at(({ call }) =>
      call.endsWith('list') ? { clusters: [details] } : { ...details, spec: { num_workers: 2 } },
    )
    const [[one] = []] = await allOf(sweep.pages(subject.session))
    expect(one?.id).toBe(id)
    const read = await cluster.observe(subject, '')
    expect(sweep.found(one?.item ?? {}, subject)).toEqual({ ...read, raw: details })
    expect(calls[0]).toMatchObject({ query: { 'filter_by.cluster_sources': ['API', 'UI'], page_size: 100 } })
  })

  it('is removed for good; gone already is as good', async () => {
    const { subject, calls } = at(() => aFailure({ kind: 'Missing' }))
    await identity.remove(subject.session, id)
    expect(calls.map(({ call }) => call)).toEqual(['POST /api/2.1/clusters/permanent-delete'])
  })

  it('is unpinned first when it must be', async () => {
    let isPinned = true
    const { subject, calls } = at(({ call }) => {
      if (call.endsWith('unpin')) isPinned = false
      return isPinned ? aFailure() : {}
    })
    await identity.remove(subject.session, id)
    expect(calls.map(({ call }) => call.split('/').at(-1))).toEqual([
      'permanent-delete',
      'unpin',
      'permanent-delete',
    ])
  })

  it('stays when removing it is refused for another reason', async () => {
    const forbidden = aFailure({ kind: 'Forbidden', status: 403 })
    const { subject, calls } = at(() => forbidden)
    await expect(identity.remove(subject.session, id)).rejects.toBe(forbidden)
    expect(calls).toHaveLength(1)
  })
})

const asked = (answer: JsonObject) => cluster.changedBy?.(at(() => answer).subject)

describe('who changed a cluster', () => {
  it('is the user of its last edit or resize', async () => {
    const { subject, calls } = at(() => ({ events: [{ details: { user: 'ana@example.com' } }] }))
    expect(await cluster.changedBy?.(subject)).toBe('ana@example.com')
    expect(calls).toMatchObject([
      { body: { cluster_id: id, event_types: ['EDITED', 'RESIZING'], order: 'DESC' }, effect: 'read' },
    ])
  })

  it('is nobody when the events have expired or do not tell', async () => {
    for (const answer of [{}, { events: [] }, { events: [{ details: {} }] }, { events: [{}] }])
      expect(await asked(answer)).toBeUndefined()
  })
})
