import type { Clock } from '../clock.ts'
import { person, type Cluster } from './databricks-side.ts'
import type { Scene } from './scene.ts'

/** What somebody changes by hand. */
export const handmade = { retries: 5, tag: { owner: 'ana' }, partitions: '400', privilege: 'MODIFY' } as const

/** The setting of the shared cluster that is changed by hand. */
export const partitions = 'spark.sql.shuffle.partitions'

/** Whose privilege is taken away, and on what. */
export const engineers = { schema: 'main.silver', principal: 'data engineers' } as const

/** Retries up, a tag, the schedule paused: an evening's first aid that nobody takes back. */
export async function editJob({ databricks, voice }: Scene, name: string, id: string): Promise<void> {
  const { tasks, tags, schedule } = await databricks.job(id)
  const [task] = tasks
  if (task === undefined) throw new Error(`job ${name} has no task`)
  voice.elsewhere(`${person} opens Jobs > ${name}, and saves:   POST /api/2.2/jobs/update`)
  voice.answer(
    `task ${task.task_key}: retries ${task.max_retries} → ${handmade.retries}, ` +
      `tag owner=${handmade.tag.owner} added, schedule paused`,
  )
  await databricks.click('POST', '/api/2.2/jobs/update', {
    job_id: BigInt(id),
    new_settings: {
      tasks: [{ ...task, max_retries: handmade.retries }],
      tags: { ...tags, ...handmade.tag },
      schedule: { ...schedule, pause_status: 'PAUSED' },
    },
  })
}

/** Databricks restarts a running cluster when it is edited; returns once it runs again. */
export async function editCluster({ databricks, voice, clock, signal }: Scene, id: string): Promise<void> {
  const { spec, spark_conf: conf } = await databricks.cluster(id)
  voice.elsewhere(
    `${person} opens Compute > shared > Spark config, and confirms:   POST /api/2.1/clusters/edit`,
  )
  voice.answer(`${partitions} ${conf[partitions]} → ${handmade.partitions}; Databricks restarts the cluster`)
  const changed = { ...spec, cluster_id: id, spark_conf: { ...conf, [partitions]: handmade.partitions } }
  await databricks.click('POST', '/api/2.1/clusters/edit', changed)
  await untilRunning(() => databricks.cluster(id), clock, signal)
}

/** Takes a privilege away that a manifest grants. */
export async function revokePrivilege({ databricks, voice }: Scene): Promise<void> {
  const { schema, principal } = engineers
  const path = `/api/2.1/unity-catalog/permissions/schema/${schema}`
  voice.elsewhere(`${person} opens Catalog > ${schema} > Permissions, and revokes:   PATCH ${path}`)
  voice.answer(`${handmade.privilege} from ${principal}`)
  await databricks.click('PATCH', path, { changes: [{ principal, remove: [handmade.privilege] }] })
}

const patience = 30_000

async function untilRunning(look: () => Promise<Cluster>, clock: Clock, signal: AbortSignal): Promise<void> {
  const deadline = clock.monotonic() + patience
  for (;;) {
    const { state } = await look()
    if (state === 'RUNNING') return
    if (clock.monotonic() > deadline)
      throw new Error(`the cluster is still ${state} after ${patience / 1_000} s`)
    await clock.sleep(200, signal)
  }
}
