import { instant } from '../clock.ts'
import { formatJson } from '../databricks/json.ts'
import type { Status } from '../kinds/status.ts'
import { isWrite, type Cluster, type JobSettings } from './databricks-side.ts'
import { editCluster, editJob, handmade, revokePrivilege } from './edits.ts'
import type { Scene } from './scene.ts'

/** One step: what happens, why it matters, and how it goes, with every claim held against the facts. */
export interface Step {
  readonly title: string
  readonly why: string
  readonly play: (scene: Scene) => Promise<void>
}

/** From nothing to a workspace that is watched over. */
export const story: readonly Step[] = [
  {
    title: 'Apply a workspace, a cluster, two jobs and a grant',
    why:
      'These manifests are all that a team writes. One of the jobs, legacy-report, was made by hand in ' +
      'Databricks long ago; its manifest says mode Observe, so it is looked at and never touched.',
    play: applyExamples,
  },
  {
    title: 'Somebody edits by hand in Databricks',
    why: 'It happens every week, with the best intentions, and nobody tells Git.',
    play: editByHand,
  },
  {
    title: 'kubectl shows who differs',
    why:
      'The operator looks every minute by itself; the annotation asks it to look now. DRIFT counts the fields ' +
      'that differ. Where it is 0 again, the difference has been put back already.',
    play: lookNow,
  },
  {
    title: 'What may be corrected was corrected',
    why: 'Job and grant are in mode Correct. Events tell what was found, before it was put back.',
    play: showCorrected,
  },
  {
    title: 'What is only observed is reported, path by path',
    why: 'legacy-report got the same edits. In mode Observe they stand in its status, and that is all.',
    play: showObserved,
  },
  {
    title: 'What would restart a running cluster is held',
    why:
      'A new spark conf restarts the cluster, and with it the work of everybody on it. So putting it back ' +
      'waits until nobody is hurt, or until somebody says so.',
    play: showHeld,
  },
  {
    title: 'Let it go',
    why: 'The status named the command. Its hash covers exactly this change; another one asks again.',
    play: approve,
  },
  {
    title: 'Nothing to do means nothing written',
    why: 'Everything is looked at once more, and Databricks itself tells which calls that took.',
    play: proveQuiet,
  },
]

/** How it ends, unless everything is to be kept. */
export const ending: Step = {
  title: 'Delete the manifests',
  why: 'What Lakeward made goes with its manifest. What it only observed stays.',
  play: deleteExamples,
}

const nightly = 'jobspec/nightly'
const legacyReport = 'jobspec/legacy-report'
const shared = 'databrickscluster/shared'
const grant = 'cataloggrant/engineers-on-silver'

/** What the examples say of that which is edited by hand. */
const wanted = { retries: 1, partitions: '200', privileges: 'MODIFY,SELECT,USE_SCHEMA' } as const

const waitForState = `kubectl wait --for=jsonpath='{.status.state}'=RUNNING ${shared} --timeout=60s`

async function applyExamples(scene: Scene): Promise<void> {
  await scene.show('kubectl apply -f examples/')
  await scene.show('kubectl wait --for=condition=Ready lakeward --all --timeout=60s')
  await scene.show(waitForState)
  await scene.show('kubectl get lakeward')
  const { databricks } = scene
  const jobs = (await databricks.jobNames()).toSorted().join()
  scene.claim('Databricks has the new job once', jobs === 'legacy-report,nightly')
  scene.claim('Databricks has the cluster once', (await databricks.clusterNames()).join() === 'shared')
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
  await scene.show(`kubectl wait --for=jsonpath='{.status.drift.count}'=0 ${nightly} ${grant}`)
  await scene.show('kubectl get lakeward')
  const observed = await scene.status(legacyReport)
  scene.claim('legacy-report differs in 3 fields and is Ready', hasDrift(observed, 3) && isReady(observed))
  const cluster = await scene.status(shared)
  scene.claim('the cluster differs in 1 field and is Ready', hasDrift(cluster, 1) && isReady(cluster))
}

async function showCorrected(scene: Scene): Promise<void> {
  // Events come a moment after the status they speak of.
  await scene.until('kubectl knows the events', () => hasEvents(scene))
  const told = await scene.show(`kubectl events --for ${nightly}`)
  const differences = ['tasks[extract].maxRetries is 5 instead of 1', 'tags.owner', 'schedule.pauseStatus']
  scene.claim(
    'each difference of nightly was told',
    differences.every((text) => told.includes(text)),
  )

  const id = await scene.externalId(nightly)
  const job = await showJob(scene, id)
  const isBack =
    job.tasks[0]?.max_retries === wanted.retries &&
    job.schedule.pause_status === 'UNPAUSED' &&
    !('owner' in job.tags)
  scene.claim('nightly is again what its manifest says', isBack)
  await scene.show(`kubectl events --for ${grant} --types=Warning`)
  scene.claim(`${handmade.principal} have ${handmade.privilege} again`, await hasPrivileges(scene))
}

async function showObserved(scene: Scene): Promise<void> {
  await scene.show(`kubectl get ${legacyReport} -o yaml | grep -A 21 '^  drift:'`)
  const { drift } = await scene.status(legacyReport)
  const changes = drift?.changes?.slice(0, drift.count).map(({ path, found }) => `${path}=${found}`)
  const made = ['schedule.pauseStatus="PAUSED"', 'tags.owner="ana"', `tasks[report].maxRetries=5`]
  scene.claim('its status has each path with what was found there', changes?.join() === made.join())

  const id = await scene.externalId(legacyReport)
  const job = await showJob(scene, id)
  const isAsLeft = job.tasks[0]?.max_retries === handmade.retries && job.schedule.pause_status === 'PAUSED'
  scene.claim('legacy-report is as ana left it', isAsLeft)
  const writes = (await scene.databricks.operatorCalls()).filter(isWrite)
  const isNamed = writes.some(({ body }) => formatJson(body).includes(id))
  scene.claim('the operator has never written to it', !isNamed)
}

async function showHeld(scene: Scene): Promise<void> {
  await scene.show(`kubectl get ${shared} -o jsonpath='{.status.held.reason}'`)
  const { held } = await scene.status(shared)
  scene.claim('the change is held, since it would restart the cluster', held?.impact === 'Restart')
  const { spark_conf: conf, state } = await showCluster(scene)
  const isUntouched = conf[handmade.setting] === handmade.partitions && state === 'RUNNING'
  scene.claim('the cluster runs on as ana left it', isUntouched)
}

async function approve(scene: Scene): Promise<void> {
  const { held } = await scene.status(shared)
  const [command] = /kubectl annotate .*=[0-9a-f]+/.exec(held?.reason ?? '') ?? []
  if (command === undefined) throw new Error(`the status of ${shared} names no command to approve with`)
  await scene.show(command)
  await scene.show(`kubectl wait --for=jsonpath='{.status.drift.count}'=0 ${shared}`)
  const { spark_conf: conf } = await showCluster(scene)
  scene.claim('the spark conf is what the manifest says', conf[handmade.setting] === wanted.partitions)
  await scene.show(waitForState)
  scene.claim('nothing is held any more', (await scene.status(shared)).held === undefined)
}

async function proveQuiet(scene: Scene): Promise<void> {
  const before = (await scene.databricks.operatorCalls()).length
  await checkAll(scene)
  const calls = await scene.databricks.operatorCalls(before)
  scene.voice.elsewhere('Databricks: calls of the operator since then')
  scene.voice.answer(calls.map(({ method, path, status }) => `${status} ${method} ${path}`).join('\n'))
  const isRead = (end: string) => calls.some(({ path }) => path.endsWith(end))
  const everything = ['/Me', '/clusters/get', '/jobs/get', `/schema/${handmade.schema}`]
  scene.claim('the workspace and what is in it were read', everything.every(isRead))
  scene.claim('nothing was written', !calls.some(isWrite))
}

async function deleteExamples(scene: Scene): Promise<void> {
  await scene.show('kubectl delete -f examples/')
  const { databricks } = scene
  const jobs = await databricks.jobNames()
  const clusters = await databricks.clusterNames()
  const privileges = await databricks.privileges(handmade.schema, handmade.principal)
  scene.answerOfDatabricks('what is left', { jobs, clusters, privileges })
  scene.claim('the job that was only observed is still there', jobs.join() === 'legacy-report')
  scene.claim('what Lakeward made is gone', clusters.length === 0 && privileges.length === 0)
}

/** Asks for a check of everything and waits until it was made. */
async function checkAll(scene: Scene): Promise<void> {
  const now = instant(scene.clock.now())
  await scene.show(`kubectl annotate lakeward --all --overwrite lakeward.dev/reconcile-at=${now}`)
  const handled = `jsonpath='{.status.lastHandledReconcileAt}'=${now}`
  await scene.show(`kubectl wait --for=${handled} lakeward --all`)
}

async function showJob(scene: Scene, id: string): Promise<JobSettings> {
  const job = await scene.databricks.job(id)
  const { tasks, tags, schedule } = job
  const [task] = tasks
  scene.answerOfDatabricks(`GET /api/2.2/jobs/get?job_id=${id}`, {
    [`tasks[${task?.task_key}].max_retries`]: task?.max_retries,
    'schedule.pause_status': schedule.pause_status,
    tags,
  })
  return job
}

async function showCluster(scene: Scene): Promise<Cluster> {
  const id = await scene.externalId(shared)
  const cluster = await scene.databricks.cluster(id)
  const { state, spark_conf } = cluster
  scene.answerOfDatabricks(`GET /api/2.1/clusters/get?cluster_id=${id}`, { state, spark_conf })
  return cluster
}

async function hasPrivileges({ databricks }: Scene): Promise<boolean> {
  const privileges = await databricks.privileges(handmade.schema, handmade.principal)
  return privileges.join() === wanted.privileges
}

async function hasEvents(scene: Scene): Promise<boolean> {
  const reasons = (name: string) => scene.ask(`kubectl events --for ${name} -o jsonpath='{.items[*].reason}'`)
  const ofJob = await reasons(nightly)
  return ofJob.includes('Corrected') && (await reasons(grant)).includes('DriftFound')
}

const hasDrift = ({ drift }: Status, count: number): boolean => drift?.count === count

const isReady = ({ conditions }: Status): boolean =>
  conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
