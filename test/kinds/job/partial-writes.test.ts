import { expect, it } from 'vitest'
import { isObject, type Json, type JsonObject } from '../../../src/databricks/json.ts'
import { job } from '../../../src/kinds/job/index.ts'
import type { JobSpecSpec } from '../../../src/kinds/job/schema.ts'
import type { Switches } from '../../../src/simulator/switches.ts'
import { Fleet } from '../../reconcile/fleet.ts'
import { workspace, type Client } from '../../simulator/harness.ts'

/*
 * What people set by hand survives every write of ours, at any depth, and what left a manifest is gone after it. The
 * whole loop writes, and the simulator keeps Databricks' rules about what a write replaces.
 */

const newCluster = { sparkVersion: '15.4.x-scala2.12', nodeTypeId: 'm5d.large', numWorkers: 2 }
const extract = {
  taskKey: 'extract',
  jobClusterKey: 'main',
  maxRetries: 1,
  notebookTask: { notebookPath: '/Shared/extract', baseParameters: { day: '1' } },
}
const load = {
  taskKey: 'load',
  jobClusterKey: 'main',
  dependsOn: [{ taskKey: 'extract' }],
  sparkPythonTask: { pythonFile: '/Shared/load.py' },
}
const schedule = { quartzCronExpression: '0 0 2 * * ?', timezoneId: 'UTC' }

const manifest = {
  name: 'nightly',
  description: 'Loads orders.',
  tags: { team: 'red', stage: 'prod' },
  tasks: [extract, load],
  jobClusters: [{ jobClusterKey: 'main', newCluster: { ...newCluster, sparkConf: { a: '1' } } }],
  schedule,
  parameters: [
    { name: 'day', default: '1' },
    { name: 'env', default: 'prod' },
  ],
  emailNotifications: { onFailure: ['ops@example.com'] },
} satisfies JobSpecSpec

/** Everything that somebody can add to this job without contradicting its manifest. */
function byHand(settings: JsonObject): JsonObject {
  const tasks = entriesOf(settings['tasks']).map((task) => ({
    ...task,
    timeout_seconds: 600,
    description: 'watched by ana',
    email_notifications: { on_start: ['ana@example.com'] },
    notification_settings: { alert_on_last_attempt: true },
    health: { rules: [{ metric: 'RUN_DURATION_SECONDS', op: 'GREATER_THAN', value: 60 }] },
  }))
  const clusters = entriesOf(settings['job_clusters']).map((entry) => {
    const cluster = isObject(entry['new_cluster']) ? entry['new_cluster'] : {}
    const conf = isObject(cluster['spark_conf']) ? cluster['spark_conf'] : {}
    return {
      ...entry,
      new_cluster: {
        ...cluster,
        spark_conf: { ...conf, 'spark.sql.shuffle.partitions': '8' },
        cluster_log_conf: { dbfs: { destination: 'dbfs:/logs' } },
        init_scripts: [{ dbfs: { destination: 'dbfs:/a.sh' } }, { file: { destination: 'file:/b.sh' } }],
        driver_node_type_id: 'm5d.xlarge',
        ssh_public_keys: ['ssh-ed25519 AAAA ana'],
      },
    }
  })
  return {
    tasks,
    job_clusters: clusters,
    schedule: { ...(settings['schedule'] as JsonObject), pause_status: 'PAUSED' },
    email_notifications: {
      ...(settings['email_notifications'] as JsonObject),
      on_start: ['ana@example.com'],
      no_alert_for_skipped_runs: true,
    },
    webhook_notifications: { on_failure: [{ id: 'w1' }] },
    notification_settings: { no_alert_for_canceled_runs: true },
    health: { rules: [{ metric: 'RUN_DURATION_SECONDS', op: 'GREATER_THAN', value: 3600 }] },
    queue: { enabled: false },
    max_concurrent_runs: 3,
    timeout_seconds: 7200,
    run_as: { user_name: 'ana@example.com' },
    git_source: { git_url: 'https://example.com/x.git', git_provider: 'gitHub', git_branch: 'main' },
  }
}

const entriesOf = (list: Json | undefined): JsonObject[] => (Array.isArray(list) ? list.filter(isObject) : [])

const settingsOf = async (client: Client, id: string): Promise<JsonObject> => {
  const settings = (await client.get(`/api/2.2/jobs/get?job_id=${id}`)).at('settings')
  return isObject(settings) ? settings : {}
}

interface Row {
  /** The manifest after the edit; the same as before: Databricks was edited instead. */
  edit?: Partial<Record<keyof JobSpecSpec, unknown>>
  drift?: JsonObject
  /** What the write changes of the settings as they were, and nothing else. */
  changes: (before: JsonObject) => { [name: string]: Json | undefined }
}

const withTask = (before: JsonObject, key: string, change: (task: JsonObject) => JsonObject): JsonObject => ({
  tasks: entriesOf(before['tasks']).map((task) => (task['task_key'] === key ? change(task) : task)),
})

const withCluster = (before: JsonObject, change: JsonObject): JsonObject => ({
  job_clusters: entriesOf(before['job_clusters']).map((entry) => ({
    ...entry,
    new_cluster: { ...(entry['new_cluster'] as JsonObject), ...change },
  })),
})

const at = (value: Json | undefined, name: string): JsonObject => {
  const member = isObject(value) ? value[name] : undefined
  return isObject(member) ? member : {}
}

const without = (object: JsonObject, name: string): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([key]) => key !== name))

const clusterOf = (change: object) => ({
  jobClusters: [{ jobClusterKey: 'main', newCluster: { ...newCluster, sparkConf: { a: '1' }, ...change } }],
})

const rows: Record<string, Row> = {
  'a new name': { edit: { name: 'nocturnal' }, changes: () => ({ name: 'nocturnal' }) },
  'a name put back': { drift: { name: 'mine' }, changes: () => ({ name: 'nightly' }) },
  'a description that left': {
    edit: { description: undefined },
    changes: () => ({ description: undefined }),
  },
  'a tag that left': {
    edit: { tags: { team: 'red' } },
    changes: ({ tags }) => ({ tags: without(tags as JsonObject, 'stage') }),
  },
  'a tag added by hand, where tags are ours': {
    drift: { tags: { team: 'red', stage: 'prod', mine: 'x' } },
    changes: ({ tags }) => ({ tags: tags ?? null }),
  },
  'a task changed': {
    edit: { tasks: [{ ...extract, maxRetries: 5 }, load] },
    changes: (before) => withTask(before, 'extract', (task) => ({ ...task, max_retries: 5 })),
  },
  'a leaf of a task that left': {
    edit: {
      tasks: [{ taskKey: 'extract', jobClusterKey: 'main', notebookTask: extract.notebookTask }, load],
    },
    changes: (before) => withTask(before, 'extract', (task) => without(task, 'max_retries')),
  },
  'a task that left': {
    edit: { tasks: [extract] },
    changes: (before) => ({
      tasks: entriesOf(before['tasks']).filter((task) => task['task_key'] !== 'load'),
    }),
  },
  'a job cluster resized': {
    edit: clusterOf({ numWorkers: 4 }),
    changes: (before) => withCluster(before, { num_workers: 4 }),
  },
  'another type of node, beside a driver chosen by hand': {
    edit: clusterOf({ nodeTypeId: 'm5d.4xlarge' }),
    changes: (before) => withCluster(before, { node_type_id: 'm5d.4xlarge' }),
  },
  'a schedule moved': {
    edit: { schedule: { ...schedule, quartzCronExpression: '0 0 3 * * ?' } },
    changes: (before) => ({
      schedule: { ...at(before, 'schedule'), quartz_cron_expression: '0 0 3 * * ?' },
    }),
  },
  'a schedule that left': { edit: { schedule: undefined }, changes: () => ({ schedule: undefined }) },
  'a parameter that left': {
    edit: { parameters: [{ name: 'day', default: '1' }] },
    changes: () => ({ parameters: [{ name: 'day', default: '1' }] }),
  },
  'all parameters that left, but for the word': {
    edit: { parameters: [] },
    changes: () => ({ parameters: [] }),
  },
  'a parameter added by hand, where parameters are ours': {
    drift: {
      parameters: [
        { name: 'day', default: '1' },
        { name: 'env', default: 'prod' },
        { name: 'mine', default: 'x' },
      ],
    },
    changes: ({ parameters }) => ({ parameters: parameters ?? null }),
  },
  'another reader of mails': {
    edit: { emailNotifications: { onFailure: ['ben@example.com'] } },
    changes: (before) => ({
      email_notifications: { ...at(before, 'email_notifications'), on_failure: ['ben@example.com'] },
    }),
  },
  'readers of mails that left': {
    edit: { emailNotifications: undefined },
    changes: (before) => ({ email_notifications: { ...at(before, 'email_notifications'), on_failure: [] } }),
  },
}

const update = (client: Client, id: string, new_settings: JsonObject) =>
  client.as('ana@example.com').post('/api/2.2/jobs/update', { job_id: BigInt(id), new_settings })

/** Nobody knows what becomes of parameters that an update does not name, where it names others. */
const ways: Switches['updatedParameters'][] = ['Replaced', 'MergedByName']

const title =
  'jobs/update leaves what people set by hand, and takes away what left the manifest: parameters are %s'
it.each(ways)(title, async (updatedParameters) => {
  const simulator = await workspace({ switches: { updatedParameters } })
  const specs = Object.fromEntries(Object.keys(rows).map((name) => [objectName(name), manifest]))
  const fleet = await Fleet.start<JobSpecSpec>({ kind: job, specs }, { simulator })
  const expected: Record<string, JsonObject> = {}
  for (const [name, { drift, changes }] of Object.entries(rows)) {
    const id = fleet.idOf(objectName(name))
    const made = await settingsOf(fleet.simulator, id)
    expect(await update(fleet.simulator, id, byHand(made))).toMatchObject({ status: 200 })
    const before = await settingsOf(fleet.simulator, id)
    if (drift !== undefined) expect(await update(fleet.simulator, id, drift)).toMatchObject({ status: 200 })
    expected[name] = withoutUndefined({ ...before, ...changes(before) })
  }
  await fleet.run(10_000, () => {
    for (const [name, { edit }] of Object.entries(rows))
      fleet.apply(objectName(name), withoutUndefined({ ...manifest, ...edit }))
  })
  for (const name of Object.keys(rows)) {
    expect({ [name]: await settingsOf(fleet.simulator, fleet.idOf(objectName(name))) }).toEqual({
      [name]: expected[name],
    })
    expect(fleet.status(objectName(name)).conditions, name).toMatchObject([
      { type: 'Ready', status: 'True' },
      { type: 'Drifted', status: 'False' },
    ])
  }
})

const objectName = (row: string): string => row.replaceAll(/[^a-z]+/g, '-')

const withoutUndefined = <Member>(object: {
  [name: string]: Member | undefined
}): { [name: string]: Member } =>
  Object.fromEntries(
    Object.entries(object).filter((entry): entry is [string, Member] => entry[1] !== undefined),
  )
