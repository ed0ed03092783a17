import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/databricks/json.ts'
import { workspace } from './harness.ts'

/** Calls that take a body, and the members by which they are led further in. */
const calls: readonly [method: 'post' | 'patch', path: string][] = [
  ['post', '/api/2.2/jobs/create'],
  ['post', '/api/2.2/jobs/reset'],
  ['post', '/api/2.2/jobs/update'],
  ['post', '/api/2.2/jobs/delete'],
  ['post', '/api/2.2/jobs/run-now'],
  ['post', '/api/2.2/jobs/runs/submit'],
  ['post', '/api/2.2/jobs/runs/cancel'],
  ['post', '/api/2.2/jobs/runs/cancel-all'],
  ['post', '/api/2.2/jobs/runs/delete'],
  ['post', '/api/2.2/jobs/runs/repair'],
  ['post', '/api/2.1/clusters/create'],
  ['post', '/api/2.1/clusters/edit'],
  ['post', '/api/2.1/clusters/update'],
  ['post', '/api/2.1/clusters/resize'],
  ['post', '/api/2.1/clusters/events'],
  ['post', '/api/2.1/clusters/start'],
  ['patch', '/api/2.1/unity-catalog/permissions/schema/main.silver'],
]
const members = [
  'job_id',
  'run_id',
  'only',
  'queue',
  'rerun_tasks',
  'job_parameters',
  'notebook_params',
  'notebook_task',
  'for_each_task',
  'name',
  'new_settings',
  'fields_to_remove',
  'tasks',
  'task_key',
  'depends_on',
  'job_clusters',
  'new_cluster',
  'schedule',
  'tags',
  'parameters',
  'access_control_list',
  'run_as',
  'cluster_id',
  'cluster',
  'update_mask',
  'num_workers',
  'autoscale',
  'spark_version',
  'node_type_id',
  'custom_tags',
  'changes',
  'principal',
  'add',
  'remove',
  '__proto__',
  'constructor',
]

const leaf = fc.oneof(
  fc.constantFrom<Json>(null, true, 0, -1, 1.5, 1e300, 2 ** 53, 901234567890123457n, '', 'x', '__proto__'),
  fc.string({ maxLength: 10 }),
)
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...members), tie('json'), { maxKeys: 6 }),
  ),
}))

describe('bodies of any form', () => {
  it('are taken or refused, and never more than that', async () => {
    const client = await workspace()
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...calls),
        fc.dictionary(fc.constantFrom(...members), json, { maxKeys: 8 }),
        async ([method, path], body) => {
          const { status, body: answer } = await client[method](path, body)
          expect([200, 400, 403, 404]).toContain(status)
          if (status !== 200) {
            expect(answer).toMatchObject({
              error_code: expect.stringMatching(/^[A-Z_]+$/) as string,
              message: expect.any(String) as string,
            })
          }
        },
      ),
      { numRuns: 600, seed: 4 },
    )
  }, 30_000)
})
