import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

import { formatJson, parseJson, type JsonObject } from '../../src/databricks/json.ts'
import { clusterBody } from '../../src/kinds/cluster/schema.ts'
import { jobSettings, jobSpec } from '../../src/kinds/job/schema.ts'
import { toCamelCase, toSnakeCase } from '../../src/kinds/naming.ts'
import { resources } from '../../src/kinds/resources.ts'
import { fromWire, toWire } from '../../src/kinds/wire.ts'
import { anyOfSchema } from './any-spec.ts'

describe('the wire form of a manifest', () => {
  it('has the names of Databricks and leaves the keys of users alone', () => {
    const cluster = {
      clusterName: 'shared',
      nodeTypeId: 'm5d.large',
      sparkConf: { 'spark.myKey.someThing': 'aB' },
      customTags: { costCenter: 'x', cost_center: 'y' },
      autoscale: { minWorkers: 0, maxWorkers: 4 },
      awsAttributes: { ebsVolumeIops: 3000 },
    }
    expect(toWire(clusterBody, cluster)).toEqual({
      cluster_name: 'shared',
      node_type_id: 'm5d.large',
      spark_conf: { 'spark.myKey.someThing': 'aB' },
      custom_tags: { costCenter: 'x', cost_center: 'y' },
      autoscale: { min_workers: 0, max_workers: 4 },
      aws_attributes: { ebs_volume_iops: 3000 },
    })
  })

  it('has ids of 64 bits as numbers, exactly', () => {
    const job = { tasks: [{ taskKey: 'a', runJobTask: { jobId: '9223372036854775807' } }] }
    expect(formatJson(toWire(jobSettings, job))).toBe(
      '{"tasks":[{"task_key":"a","run_job_task":{"job_id":9223372036854775807}}]}',
    )
  })

  it('leaves out what is ours alone, at every depth', () => {
    const job = {
      name: 'nightly',
      workspaceRef: { name: 'default' },
      management: { mode: 'Observe' },
      tasks: [
        { taskKey: 'a', clusterRef: { name: 'shared' }, notebookTask: { notebookPath: '/a' } },
        { taskKey: 'b', runJobTask: { jobRef: { name: 'other' }, jobParameters: {} } },
      ],
    }
    expect(toWire(jobSpec.spec, job)).toEqual({
      name: 'nightly',
      tasks: [
        { task_key: 'a', notebook_task: { notebook_path: '/a' } },
        { task_key: 'b', run_job_task: { job_parameters: {} } },
      ],
    })
  })

  it('keeps what means something although it is empty', () => {
    const job = { tags: {}, description: '', timeoutSeconds: 0, queue: { enabled: false } }
    expect(toWire(jobSettings, job)).toEqual({
      tags: {},
      description: '',
      timeout_seconds: 0,
      queue: { enabled: false },
    })
  })

  it('follows a name that the schema gives', () => {
    const schema = z.object({ ebsCount2: z.string().meta({ wire: 'ebs_count_2' }).optional() })
    expect(toWire(schema, { ebsCount2: 'x' })).toEqual({ ebs_count_2: 'x' })
    expect(fromWire(schema, { ebs_count_2: 'x' })).toEqual({ ebsCount2: 'x' })
  })

  it('is refused for a schema that has none', () => {
    const schema = z.object({ either: z.union([z.string(), z.number()]) })
    expect(() => toWire(schema, { either: 1 })).toThrow('the wire form of a zod union is not defined')
  })
})

describe('the manifest form of an answer', () => {
  it('has ids of 64 bits as digits, small ones too', () => {
    const body = parseJson(
      '{"tasks":[{"run_job_task":{"job_id":901234567890123457}},{"run_job_task":{"job_id":7}}]}',
    ) as JsonObject
    expect(fromWire(jobSettings, body)).toEqual({
      tasks: [{ runJobTask: { jobId: '901234567890123457' } }, { runJobTask: { jobId: '7' } }],
    })
  })

  it('leaves out what the schema does not know, and nulls', () => {
    const body = {
      name: 'nightly',
      format: 'MULTI_TASK',
      description: null,
      tasks: [{ task_key: 'a', new: 1 }],
    }
    expect(fromWire(jobSettings, body)).toEqual({ name: 'nightly', tasks: [{ taskKey: 'a' }] })
  })

  it('never takes a member of ours from an answer', () => {
    expect(fromWire(jobSpec.spec, { management: { mode: 'Correct' }, workspace_ref: { name: 'x' } })).toEqual(
      {},
    )
  })

  it('passes on a value of another type than the schema knows, without bigints', () => {
    const body = { name: 5, tags: 'none', tasks: { a: 901234567890123457n }, timeout_seconds: 2n ** 60n }
    expect(fromWire(jobSettings, body)).toEqual({
      name: 5,
      tags: 'none',
      tasks: { a: '901234567890123457' },
      timeoutSeconds: '1152921504606846976',
    })
  })

  it('keeps a key that an object of JavaScript would swallow', () => {
    const body = parseJson('{"tags":{"__proto__":"a","constructor":"b"}}') as JsonObject
    expect(JSON.stringify(fromWire(jobSettings, body))).toBe('{"tags":{"__proto__":"a","constructor":"b"}}')
  })
})

describe('over the wire and back', () => {
  it.each(resources.map(({ kind, spec }) => ({ kind, spec })))('a $kind is what it was', ({ spec }) => {
    fc.assert(
      fc.property(anyOfSchema(spec), (value) => {
        const sent = formatJson(toWire(spec, value as object))
        expect(fromWire(spec, parseJson(sent) as JsonObject)).toEqual(value)
      }),
      { numRuns: 50 },
    )
  })

  it('every field name is what it was', () => {
    const names = new Set(resources.flatMap(({ spec, status }) => namesOf(spec).concat(namesOf(status))))
    expect(names.size).toBeGreaterThan(150)
    for (const name of names) expect(toCamelCase(toSnakeCase(name))).toBe(name)
  })
})

function namesOf(schema: z.core.$ZodType): string[] {
  if (schema instanceof z.ZodOptional) return namesOf(schema.unwrap())
  if (schema instanceof z.ZodArray) return namesOf(schema.element)
  if (!(schema instanceof z.ZodObject)) return []
  return Object.entries(schema.shape).flatMap(([name, member]) => [name].concat(namesOf(member)))
}
