import { instant } from '../clock.ts'
import { formatJson } from '../databricks/json.ts'
import type { Status } from '../kinds/status.ts'
import { isWrite, type Cluster } from './databricks-side.ts'
import { editCluster, editJob, engineers, handmade, partitions, revokePrivilege } from './edits.ts'
import type { Scene } from './scene.ts'

/** One step: what happens, why it matters, and how it goes, with every claim held against the facts. */
export interface Step {
  readonly title: string
  readonly why: string
  play(scene: Scene): Promise<void>
}

const nightly = 'jobspec/nightly'
const legacyReport = 'jobspec/legacy-report'
const shared = 'databrickscluster/shared'
const grant = 'cataloggrant/engineers-on-silver'
const wanted = { retries: 1, partitions: '200', privileges: ['MODIFY', 'SELECT', 'USE_SCHEMA'] } as const

/** From nothing to a watched-over workspace. */
export const story: readonly Step[] = [
  {
    title: 'Apply a workspace, a cluster, two jobs and a grant',
    why:
      'These manifests are all a team writes. One of the jobs, legacy-report, was made by hand in Databricks ' +
      'long ago: its manifest says mode Observe, so it is looked at and never touched.',
    play: applyExamples,
  },
  {
    title: 'Somebody edits by hand in Databricks',
    why: 'It happens every week, with the best intentions, and nobody tells Git.',
    play: editByHand,
  },
  {
    title: 'Every difference shows in kubectl',
    why:
      'The operator looks every minute by itself; the annotation asks it to look now. DRIFT counts the fields ' +
      'that differ. Where it is 0 again, the difference has been put back already.',
    play: lookNow,
  },
  {
    title: 'What may be corrected was corrected',
    why: 'The job and the grant are in mode Correct. The events tell what was found before it was put back.',
    play: showCorrected,
  },
  {
    title: 'What is only observed is reported, path by path',
    why: 'legacy-report has the same differences; in mode Observe they stand in its status and nothing else happens.',
    play: showObserved,
  },
  {
    title: 'What would restart a running cluster is held',
    why: 'A new spark conf restarts the cluster, and with it the work of everybody on it. So it waits, and says so.',
    play: showHeld,
  },
  {
    title: 'Let it go',
    why: 'The status names the command. Its hash covers exactly this change: a later one asks again.',
    play: approve,
  },
  {
    title: 'Nothing to do means nothing written',
    why: 'Everything is looked at once more; the workspace itself counts the calls.',
    play: proveQuiet,
  },
]

/** How it ends, unless everything is to be kept. */
export const ending: Step = {
  title: 'Delete the manifests',
  why: 'What Lakeward made goes with its manifest. What it only observed stays.',
  play: deleteExamples,
}

async function applyExamples(scene: Scene): Promise<void> {
  await scene.show('kubectl apply -f examples/')
  await scene.show('kubectl wait --for=condition=Ready lakeward --all --timeout=60s')
  await scene.show(`kubectl wait --for=jsonpath='{.status.state}'=RUNNING ${shared} --timeout=60s`)
  await scene.show('kubectl get lakeward')
  const { databricks } = scene
  const jobs = (await databricks.jobNames()).toSorted()
  scene.claim('Databricks has the job, once', jobs.join() === 'legacy-report,nightly')
  scene.claim('Databricks has the cluster, once', (await databricks.clusterNames()).join() === 'shared')
  scene.claim('Databricks has the three privileges', await hasPrivileges(scene))
}

async function editByHand(scene: Scene): Promise<void> {
  await editJob(scene, 'nightly', await scene.externalId(nightly))
  await editJob(scene, 'legacy-report', await scene.externalId(legacyReport))
  await editCluster(scene, await scene.externalId(shared))
  await revokePrivilege(scene)
}

async function lookNow(scene: Scene): Promise<void> {
  await checkAll(scene)
  await scene.show(`kubectl wait --for=jsonpath='{.status.drift.count}'=0 ${nightly} ${grant} --timeout=60s`)
  await scene.show('kubectl get lakeward')
  const { status } = await scene.object(legacyReport)
  scene.claim(
    'legacy-report differs in 3 fields and stays Ready',
    status?.drift?.count === 3 && isReady(status),
  )
  const cluster = await scene.object(shared)
  scene.claim(
    'the cluster differs in 1 field and stays Ready',
    cluster.status?.drift?.count === 1 && isReady(cluster.status),
  )
}

async function showCorrected(scene: Scene): Promise<void> {
  const told = await scene.show(`kubectl events --for ${nightly}`)
  scene.claim(
    'the drift of nightly was told path by path before it was put back',
    ['tasks[extract].maxRetries is 5 instead of 1', 'tags.owner', 'schedule.pauseStatus'].every((path) =>
      told.includes(path),
    ),
  )
  const id = await scene.externalId(nightly)
  const { tasks, tags, schedule } = await scene.databricks.job(id)
  const retries = tasks.find(({ task_key: key }) => key === 'extract')?.max_retries
  scene.answerOfDatabricks(`GET /api/2.2/jobs/get?job_id=${id}`, {
    'tasks[extract].max_retries': retries,
    tags,
    'schedule.pause_status': schedule.pause_status,
  })
  const isBack = retries === wanted.retries && !('owner' in tags) && schedule.pause_status === 'UNPAUSED'
  scene.claim('in Databricks, nightly is what the manifest says again', isBack)
  await scene.show(`kubectl events --for ${grant} --types=Warning`)
  scene.claim('data engineers have MODIFY again', await hasPrivileges(scene))
}

async function showObserved(scene: Scene): Promise<void> {
  await scene.show(`kubectl get ${legacyReport} -o yaml | grep -A 21 '^  drift:'`)
  const { status } = await scene.object(legacyReport)
  const paths = (status?.drift?.changes ?? [])
    .filter(({ action }) => action === 'Report')
    .map(({ path }) => path)
  scene.claim(
    'the status names each path, with both values and since when',
    ['schedule.pauseStatus', 'tags.owner', 'tasks[report].maxRetries'].every((path) => paths.includes(path)),
  )
  const id = await scene.externalId(legacyReport)
  const { tasks, schedule, tags } = await scene.databricks.job(id)
  const found = {
    'tasks[report].max_retries': tasks[0]?.max_retries,
    tags,
    'schedule.pause_status': schedule.pause_status,
  }
  scene.answerOfDatabricks(`GET /api/2.2/jobs/get?job_id=${id}`, found)
  scene.claim(
    'in Databricks it is as ana left it',
    tasks[0]?.max_retries === handmade.retries && schedule.pause_status === 'PAUSED',
  )
  const writes = (await scene.databricks.operatorCalls()).filter(
    (call) => isWrite(call) && formatJson(call.body).includes(id),
  )
  scene.claim('the operator has never written to it', writes.length === 0)
}

async function showHeld(scene: Scene): Promise<void> {
  await scene.show(`kubectl get ${shared} -o jsonpath='{.status.held.reason}'`)
  const { status } = await scene.object(shared)
  scene.claim('the change is held, because it would restart the cluster', status?.held?.impact === 'Restart')
  const cluster = await showCluster(scene)
  const isUntouched = cluster.spark_conf[partitions] === handmade.partitions && cluster.state === 'RUNNING'
  scene.claim('the cluster runs on, as ana left it', isUntouched)
}

async function approve(scene: Scene): Promise<void> {
  const { status } = await scene.object(shared)
  const [command] = /kubectl annotate .*=[0-9a-f]+/.exec(status?.held?.reason ?? '') ?? []
  if (command === undefined) throw new Error('the status of the cluster names no command to approve with')
  await scene.show(command)
  await scene.show(`kubectl wait --for=jsonpath='{.status.drift.count}'=0 ${shared} --timeout=60s`)
  const cluster = await showCluster(scene)
  scene.claim(
    'the spark conf is what the manifest says',
    cluster.spark_conf[partitions] === wanted.partitions,
  )
  await scene.show(`kubectl wait --for=jsonpath='{.status.state}'=RUNNING ${shared} --timeout=60s`)
  const after = await scene.object(shared)
  scene.claim('nothing is held any more', after.status?.held === undefined)
}

async function proveQuiet(scene: Scene): Promise<void> {
  const before = (await scene.databricks.operatorCalls()).length
  await checkAll(scene)
  await scene.show('kubectl get lakeward')
  const calls = await scene.databricks.operatorCalls(before)
  scene.voice.elsewhere('Databricks: calls of the operator since then')
  scene.voice.answer(calls.map(({ method, path, status }) => `${method} ${path}  ${status}`).join('\n'))
  const isRead = (end: string) => calls.some(({ path }) => path.endsWith(end))
  const everyKind = ['/Me', '/clusters/get', '/jobs/get', `/schema/${engineers.schema}`]
  scene.claim('the workspace and what is in it were read', everyKind.every(isRead))
  scene.claim('nothing was written', !calls.some(isWrite))
}

async function deleteExamples(scene: Scene): Promise<void> {
  await scene.show('kubectl delete -f examples/')
  const { databricks } = scene
  const left = {
    jobs: await databricks.jobNames(),
    clusters: await databricks.clusterNames(),
    'privileges of data engineers': await databricks.privileges(engineers.schema, engineers.principal),
  }
  scene.answerOfDatabricks('what is left', left)
  scene.claim('the job that was only observed is still there', left.jobs.join() === 'legacy-report')
  const isClean = left.clusters.length === 0 && left['privileges of data engineers'].length === 0
  scene.claim('nothing else of the examples is left', isClean)
}

/** Asks for a check of everything and waits until it was made. */
async function checkAll(scene: Scene): Promise<void> {
  const now = instant(scene.clock.now())
  await scene.show(`kubectl annotate lakeward --all --overwrite lakeward.dev/reconcile-at=${now}`)
  const handled = `jsonpath='{.status.lastHandledReconcileAt}'=${now}`
  await scene.show(`kubectl wait --for=${handled} lakeward --all --timeout=60s`)
}

async function showCluster(scene: Scene): Promise<Cluster> {
  const id = await scene.externalId(shared)
  const cluster = await scene.databricks.cluster(id)
  const { state, spark_conf } = cluster
  scene.answerOfDatabricks(`GET /api/2.1/clusters/get?cluster_id=${id}`, { state, spark_conf })
  return cluster
}

async function hasPrivileges({ databricks }: Scene): Promise<boolean> {
  const { schema, principal } = engineers
  return (await databricks.privileges(schema, principal)).join() === wanted.privileges.join()
}

const isReady = ({ conditions }: Status): boolean =>
  conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
