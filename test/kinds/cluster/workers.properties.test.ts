import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isObject, type Json, type JsonObject } from '../../../src/databricks/json.ts'
import { compare } from '../../../src/drift/compare.ts'
import { memberOf, type Value } from '../../../src/drift/value.ts'
import { cluster } from '../../../src/kinds/cluster/index.ts'
import type { DatabricksClusterSpec } from '../../../src/kinds/cluster/schema.ts'
import { assertWorkers } from '../../../src/kinds/cluster/size.ts'
import { aDoor } from '../../reconcile/door.ts'
import { anObject, aSession, mark } from '../../reconcile/fixtures.ts'

const workers = fc.integer({ min: 0, max: 5 })
const fixed = fc.record({ numWorkers: workers })
const scaling = fc
  .tuple(workers, fc.integer({ min: 1, max: 5 }))
  .map(([a, b]) => ({ autoscale: { minWorkers: Math.min(a, b), maxWorkers: Math.max(a, b) } }))
const single = fc.constant({ isSingleNode: true, kind: 'CLASSIC_PREVIEW' })
const others = fc.record({
  sparkVersion: fc.constantFrom('15.4.x', '16.4.x'),
  nodeTypeId: fc.constantFrom('a', 'b'),
})

const wantedSpec = fc
  .tuple(others, fc.oneof(fixed, scaling, single))
  .map(([rest, size]): DatabricksClusterSpec => ({ clusterName: 'shared', ...rest, ...size }))

/** What Databricks tells of a cluster; while it scales, its present size too, which may be nothing or 0. */
const details = fc.record(
  {
    cluster_name: fc.constant('shared'),
    spark_version: fc.constantFrom('15.4.x', '16.4.x'),
    node_type_id: fc.constantFrom('a', 'b'),
    num_workers: fc.oneof(workers, fc.constant(null)),
    autoscale: fc.record({ min_workers: workers, max_workers: workers }),
    is_single_node: fc.boolean(),
    state: fc.constantFrom('RUNNING', 'TERMINATED'),
  },
  { requiredKeys: ['cluster_name', 'state'] },
) as fc.Arbitrary<JsonObject>

/** What a correction of some of the differences sends. */
async function sent(spec: DatabricksClusterSpec, remote: JsonObject, chosen: readonly boolean[]) {
  const { databricks, calls } = aDoor(() => remote)
  const subject = {
    object: anObject(),
    spec,
    status: {},
    externalId: '7',
    session: aSession(databricks),
    mark,
  }
  const found = await cluster.observe(subject, '')
  if (found.is === 'Missing') throw new Error(found.what)
  const wanted = cluster.wanted(spec, '', { resolve: () => '', status: {} })
  const all = compare({ wanted, found: found.found, lastApplied: undefined, rules: cluster.rules })
  const differences = all.filter(({ owned }, index) => owned && chosen[index % chosen.length])
  calls.length = 0
  if (differences.length > 0) await cluster.correct(subject, { part: '', wanted, found, differences })
  return { calls, wanted }
}

const maskOf = ({ update_mask: mask }: JsonObject): string => (typeof mask === 'string' ? mask : '')

/** The size in what was sent; undefined when it says nothing about it. */
function sizeIn(call: string, body: JsonObject): JsonObject | undefined {
  const isUpdate = call.endsWith('/update')
  const from: Json = isUpdate ? (body['cluster'] ?? {}) : body
  const names = new Set(['num_workers', 'autoscale'])
  if (
    isUpdate &&
    !maskOf(body)
      .split(',')
      .some((name) => names.has(name))
  )
    return undefined
  return Object.fromEntries(Object.entries(isObject(from) ? from : {}).filter(([name]) => names.has(name)))
}

const wantedSize = (wanted: Value): JsonObject => {
  const autoscale = memberOf(wanted, 'autoscale')
  if (autoscale === undefined) return { num_workers: memberOf(wanted, 'numWorkers') as number }
  return {
    autoscale: {
      min_workers: memberOf(autoscale, 'minWorkers') as number,
      max_workers: memberOf(autoscale, 'maxWorkers') as number,
    },
  }
}

describe('whatever part of a cluster differs', () => {
  it('its size goes out as the manifest has it, whole, or not at all, and never as no workers by accident', async () => {
    const choice = fc.array(fc.boolean(), { minLength: 1, maxLength: 6 })
    let sizes = 0
    await fc.assert(
      fc.asyncProperty(wantedSpec, details, choice, async (spec, remote, chosen) => {
        // Databricks has no single node that scales.
        fc.pre(spec.isSingleNode !== true || remote['autoscale'] === undefined)
        const { calls, wanted } = await sent(spec, remote, chosen)
        for (const { call, body = {} } of calls) {
          const size = sizeIn(call, body)
          if (size === undefined || memberOf(wanted, 'isSingleNode') === true) continue
          sizes += 1
          expect(size).toEqual(wantedSize(wanted))
        }
      }),
      { numRuns: 500, seed: 7 },
    )
    expect(sizes).toBeGreaterThan(100)
  })
})

describe('the last look at a size that goes out', () => {
  const before: JsonObject = { num_workers: 2 }

  it.each<[JsonObject, Value]>([
    [{ num_workers: 0 }, { numWorkers: 2 }],
    [{}, { numWorkers: 2 }],
    [{ num_workers: 0 }, { autoscale: { minWorkers: 1, maxWorkers: 2 } }],
    [{ num_workers: null }, {}],
  ])('lets %j not pass for %j', (body, wanted) => {
    expect(() => assertWorkers(body, { wanted, before })).toThrow('without workers')
  })

  it.each<[JsonObject, Value, JsonObject]>([
    [{ num_workers: 0 }, { numWorkers: 0 }, before],
    [{ num_workers: 2 }, { numWorkers: 2 }, before],
    [{ num_workers: 0 }, { isSingleNode: true }, before],
    [
      { autoscale: { min_workers: 0, max_workers: 2 } },
      { autoscale: { minWorkers: 0, maxWorkers: 2 } },
      before,
    ],
    // It had none when we came.
    [{ num_workers: 0 }, { numWorkers: 2 }, { num_workers: 0 }],
  ])('lets %j pass for %j, where there was %j', (body, wanted, was) => {
    assertWorkers(body, { wanted, before: was })
  })
})
