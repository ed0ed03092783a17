import type { Scene } from './scene.ts'

/** What somebody changes by hand, and where. */
export const handmade = {
  retries: 5,
  tag: { owner: 'ana' },
  setting: 'spark.sql.shuffle.partitions',
  partitions: '400',
  schema: 'main.silver',
  principal: 'data engineers',
  privilege: 'MODIFY',
} as const

/** Retries up, a tag, the schedule paused: an evening's first aid that nobody takes back. */
export async function editJob(scene: Scene, name: string, id: string): Promise<void> {
  const { tasks, tags, schedule } = await scene.databricks.job(id)
  const [task] = tasks
  if (task === undefined) throw new Error(`job ${name} has no task`)
  const { retries, tag } = handmade
  await scene.click({
    where: `Jobs > ${name}`,
    what: `retries of ${task.task_key} ${task.max_retries} → ${retries}, tag owner=${tag.owner}, Pause schedule`,
    method: 'POST',
    path: '/api/2.2/jobs/update',
    body: {
      job_id: BigInt(id),
      new_settings: {
        tasks: [{ ...task, max_retries: retries }],
        tags: { ...tags, ...tag },
        schedule: { ...schedule, pause_status: 'PAUSED' },
      },
    },
  })
}

/** Databricks restarts a running cluster when it is edited; returns once it runs again. */
export async function editCluster(scene: Scene, id: string): Promise<void> {
  const { spec, spark_conf: conf } = await scene.databricks.cluster(id)
  const { setting, partitions } = handmade
  await scene.click({
    where: 'Compute > shared > Spark config',
    what: `${setting} ${conf[setting]} → ${partitions}, Confirm and restart`,
    method: 'POST',
    path: '/api/2.1/clusters/edit',
    body: { ...spec, cluster_id: id, spark_conf: { ...conf, [setting]: partitions } },
  })
  const isRunning = async () => (await scene.databricks.cluster(id)).state === 'RUNNING'
  await scene.until('the cluster runs again', isRunning)
}

/** Takes a privilege away that a manifest grants. */
export async function revokePrivilege(scene: Scene): Promise<void> {
  const { schema, principal, privilege } = handmade
  await scene.click({
    where: `Catalog > ${schema} > Permissions`,
    what: `Revoke ${privilege} from ${principal}`,
    method: 'PATCH',
    path: `/api/2.1/unity-catalog/permissions/schema/${schema}`,
    body: { changes: [{ principal, remove: [privilege] }] },
  })
}
