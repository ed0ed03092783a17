import { describe, expect, it } from 'vitest'
import { formatJson, parseJson, type JsonObject } from '../../../src/databricks/json.ts'
import { compare } from '../../../src/drift/compare.ts'
import { compileRules } from '../../../src/drift/rules.ts'
import type { Value } from '../../../src/drift/value.ts'
import { jobRules } from '../../../src/kinds/job/fields.ts'
import { jobSpec } from '../../../src/kinds/job/schema.ts'
import { updateOf } from '../../../src/kinds/job/update.ts'
import { editWire } from '../../../src/kinds/wire-edit.ts'
import { fromWire } from '../../../src/kinds/wire.ts'

const rules = compileRules(jobRules)

/** A job as Databricks has it, with settings that no manifest of ours mentions and fields that we do not know. */
const remote: JsonObject = {
  name: 'nightly',
  format: 'MULTI_TASK',
  max_concurrent_runs: 1,
  tags: { team: 'data', 'lakeward-owner': 'm' },
  queue: { enabled: false },
  git_source: { git_url: 'https://example.com/x.git', git_provider: 'gitHub' },
  health: { rules: [{ metric: 'RUN_DURATION_SECONDS', op: 'GREATER_THAN', value: 9_007_199_254_740_993n }] },
  email_notifications: { on_start: ['ben@example.com'], on_failure: ['ops@example.com'] },
  schedule: { quartz_cron_expression: '0 0 2 * * ?', timezone_id: 'UTC', pause_status: 'PAUSED' },
  tasks: [
    {
      task_key: 'extract',
      notebook_task: { notebook_path: '/Shared/extract', source: 'WORKSPACE' },
      max_retries: 5,
      timeout_seconds: 60,
      disable_auto_optimization: true,
    },
    {
      task_key: 'load',
      depends_on: [{ task_key: 'extract' }],
      run_job_task: { job_id: 9_007_199_254_740_995n, python_params: ['x'] },
    },
  ],
  job_clusters: [
    {
      job_cluster_key: 'main',
      new_cluster: { spark_version: '15.4.x-scala2.12', num_workers: 2, kind_of: 1 },
    },
    { job_cluster_key: 'small', new_cluster: { spark_version: '15.4.x-scala2.12', num_workers: 1 } },
  ],
}

/** The same as a manifest that mentions only what is ours. */
const manifest = {
  name: 'nightly',
  tags: { team: 'data' },
  schedule: { quartzCronExpression: '0 0 2 * * ?', timezoneId: 'UTC' },
  tasks: [
    { taskKey: 'extract', notebookTask: { notebookPath: '/Shared/extract' }, maxRetries: 5 },
    { taskKey: 'load', dependsOn: [{ taskKey: 'extract' }], runJobTask: { jobId: '9007199254740995' } },
  ],
  jobClusters: [
    { jobClusterKey: 'main', newCluster: { sparkVersion: '15.4.x-scala2.12', numWorkers: 2 } },
    { jobClusterKey: 'small', newCluster: { sparkVersion: '15.4.x-scala2.12', numWorkers: 1 } },
  ],
}

const [extract, load] = manifest.tasks
const [main, small] = manifest.jobClusters

/** The edit that brings the remote job to `wanted`, everything ours having been applied before. */
function edit(wanted: Value, last: Value = manifest) {
  const found = fromWire(jobSpec.spec, remote)
  const owned = compare({ wanted, found, lastApplied: last, rules }).filter((difference) => difference.owned)
  return editWire({ schema: jobSpec.spec, rules }, remote, owned)
}

const [remoteExtract, remoteLoad] = remote['tasks'] as JsonObject[]
const [remoteMain] = remote['job_clusters'] as JsonObject[]

const rows: { it: string; wanted: Value; last?: Value; gives: { settings: JsonObject; remove: string[] } }[] =
  [
    { it: 'nothing when nothing differs', wanted: manifest, gives: { settings: {}, remove: [] } },
    {
      it: 'one top-level setting',
      wanted: { ...manifest, name: 'nocturnal' },
      gives: { settings: { name: 'nocturnal' }, remove: [] },
    },
    {
      it: 'one task, with everything of it that is not ours',
      wanted: { ...manifest, tasks: [{ ...extract, maxRetries: 1 }, load] as Value },
      gives: { settings: { tasks: [{ ...remoteExtract, max_retries: 1 }] }, remove: [] },
    },
    {
      it: 'a new task',
      wanted: {
        ...manifest,
        tasks: [
          ...manifest.tasks,
          { taskKey: 'report', sqlTask: { warehouseId: 'w', file: { path: '/a' } } },
        ],
      },
      gives: {
        settings: { tasks: [{ task_key: 'report', sql_task: { warehouse_id: 'w', file: { path: '/a' } } }] },
        remove: [],
      },
    },
    {
      it: 'a task that left, by its key',
      wanted: { ...manifest, tasks: [extract] as Value },
      gives: { settings: {}, remove: ['tasks/load'] },
    },
    {
      it: 'a task renamed, as one that comes and one that goes',
      wanted: { ...manifest, tasks: [extract, { ...load, taskKey: 'store' }] as Value },
      gives: {
        settings: {
          tasks: [
            {
              task_key: 'store',
              depends_on: [{ task_key: 'extract' }],
              run_job_task: { job_id: 9_007_199_254_740_995n },
            },
          ],
        },
        remove: ['tasks/load'],
      },
    },
    {
      it: 'another type of a task, without the former one',
      wanted: {
        ...manifest,
        tasks: [
          { taskKey: 'extract', maxRetries: 5, sparkPythonTask: { pythonFile: '/a.py' } },
          load,
        ] as Value,
      },
      gives: {
        settings: {
          tasks: [
            {
              task_key: 'extract',
              max_retries: 5,
              timeout_seconds: 60,
              disable_auto_optimization: true,
              spark_python_task: { python_file: '/a.py' },
            },
          ],
        },
        remove: [],
      },
    },
    {
      it: 'one job cluster, with everything of it that is not ours',
      wanted: {
        ...manifest,
        jobClusters: [
          { ...main, newCluster: { sparkVersion: '16.0.x-scala2.12', numWorkers: 2 } },
          small,
        ] as Value,
      },
      gives: {
        settings: {
          job_clusters: [
            {
              ...remoteMain,
              new_cluster: { spark_version: '16.0.x-scala2.12', num_workers: 2, kind_of: 1 },
            },
          ],
        },
        remove: [],
      },
    },
    {
      it: 'a job cluster that left, by its key',
      wanted: { ...manifest, jobClusters: [main] as Value },
      gives: { settings: {}, remove: ['job_clusters/small'] },
    },
    {
      it: 'all job clusters that left, one by one',
      wanted: { ...manifest, jobClusters: [] },
      gives: { settings: {}, remove: ['job_clusters/main', 'job_clusters/small'] },
    },
    {
      it: 'a schedule that left',
      wanted: {
        name: 'nightly',
        tags: manifest.tags,
        tasks: manifest.tasks,
        jobClusters: manifest.jobClusters,
      },
      gives: { settings: {}, remove: ['schedule'] },
    },
    {
      it: 'a queue that left, as new jobs have it',
      wanted: manifest,
      last: { ...manifest, queue: { enabled: false } },
      gives: { settings: { queue: { enabled: true } }, remove: [] },
    },
    {
      it: 'a schedule changed, and the pause that somebody made by hand stays',
      wanted: { ...manifest, schedule: { quartzCronExpression: '0 0 3 * * ?', timezoneId: 'UTC' } },
      gives: {
        settings: {
          schedule: { quartz_cron_expression: '0 0 3 * * ?', timezone_id: 'UTC', pause_status: 'PAUSED' },
        },
        remove: [],
      },
    },
    {
      it: 'a tag more, beside the mark',
      wanted: { ...manifest, tags: { team: 'data', stage: 'prod' } },
      gives: { settings: { tags: { team: 'data', 'lakeward-owner': 'm', stage: 'prod' } }, remove: [] },
    },
    {
      it: 'one kind of notification, beside those that are not ours',
      wanted: { ...manifest, emailNotifications: { onFailure: ['ana@example.com'] } },
      gives: {
        settings: { email_notifications: { on_start: ['ben@example.com'], on_failure: ['ana@example.com'] } },
        remove: [],
      },
    },
  ]

describe('jobs/update', () => {
  it.each(rows)('is $it', ({ wanted, last, gives }) => {
    expect(updateOf(edit(wanted, last))).toEqual(gives)
  })
})

describe('an edit of what Databricks has', () => {
  const { before, after, changed } = edit({ ...manifest, name: 'nocturnal' })

  it('gives back what it was made from, where nothing differs', () => {
    expect(before).toEqual(remote)
    expect(edit(manifest)).toEqual({ before: remote, after: remote, changed: [] })
  })

  it('names what changed, and changes nothing else', () => {
    expect(changed).toEqual(['name'])
    expect(after).toEqual({ ...remote, name: 'nocturnal' })
  })

  it('names what is to go, and has it no more', () => {
    const { schedule: _schedule, ...rest } = manifest
    const gone = edit(rest)
    expect(gone.changed).toEqual(['schedule'])
    expect(gone.after).not.toHaveProperty('schedule')
  })

  it('keeps 64-bit numbers, those that we know and those that we do not, to the last digit', () => {
    const read = parseJson(formatJson(remote)) as JsonObject
    const { after } = editWire({ schema: jobSpec.spec, rules }, read, [])
    const text = formatJson(after)
    expect(text).toContain('"job_id":9007199254740995')
    expect(text).toContain('"value":9007199254740993')
  })

  it('does not touch the body that it was given', () => {
    const copy = structuredClone(remote)
    edit({ ...manifest, tasks: [{ ...extract, maxRetries: 1 }] as Value })
    expect(remote).toEqual(copy)
    expect(remoteLoad).toEqual((copy['tasks'] as JsonObject[])[1])
  })
})
