import { systemClock } from '../../src/clock.ts'
import { isObject } from '../../src/databricks/json.ts'
import { applyAll, patience, type Applied, type Elapsed } from './apply-all.ts'
import type { AuditedRequest } from './audit-log.ts'
import type { Benchmark, Figure, Section } from './benchmark.ts'
import { amount, memory, percentile, ratio, requests, seconds } from './figures.ts'
import { measureFloor, type Floor, type Sent } from './floor.ts'
import { jobManifest, workspaceManifests } from './job-manifest.ts'
import { JobWatch } from './job-watch.ts'
import { jsonLines } from './json-lines.ts'
import { usageOf, type ProcessUsage } from './process-usage.ts'
import type { RunningProgram } from './programs.ts'
import { isRead, type SimulatedRequest } from './request-log.ts'
import { openStage, type Stage } from './stage.ts'

const count = 300
/** More objects at a time do not make the floor any faster. */
const floorConcurrency = 16
const namespace = 'bench'
const floorNamespace = 'bench-floor'

/** What one thing asked of the operator cost, from the asking until it has come to rest. */
interface Costs {
  readonly before: ProcessUsage
  readonly after: ProcessUsage
  readonly kubernetes: readonly AuditedRequest[]
  readonly databricks: readonly SimulatedRequest[]
}

/** A team's file from `kubectl apply` to Ready, and then one full check of all that finds nothing. */
export const apply300Jobs: Benchmark = {
  name: 'apply-300-jobs',
  summary: `${count} JobSpecs from kubectl apply to Ready, then one check of all`,
  async run({ progress, signal }) {
    await using resources = new AsyncDisposableStack()
    // One more than the floor works on at a time, for the watch.
    const stage = await openStage({ progress, signal }, resources, floorConcurrency + 1)
    const operator = await stage.startOperator(namespace)
    await prepareWorkspace(stage)
    const watch = new JobWatch(stage.kubernetes)
    resources.defer(() => watch.close())
    await watch.open(namespace, stage.signal)

    progress(`Applying ${count} JobSpecs`)
    const apply = await measure(stage, operator, () => applyAll(stage, watch, manifestsIn(namespace)))
    const sent = whatWasSent(apply, watch)
    progress('Asking for one check of all')
    const check = await measure(stage, operator, () => checkAll(stage, watch))
    refuseWrites(check)
    await operator.stop()

    progress('Doing the same without an operator, for comparison')
    await stage.kubectl(['create', 'namespace', floorNamespace])
    const floor = await measureFloor(stage, {
      namespace: floorNamespace,
      manifests: manifestsIn(floorNamespace),
      concurrency: floorConcurrency,
      sent,
    })
    return [...applySections(apply, floor), ...checkSections(check), memorySection(apply, check)]
  },
}

const manifestsIn = (namespace: string): object[] =>
  Array.from({ length: count }, (_, index) => jobManifest(namespace, index))

async function prepareWorkspace({ kubectl, host, token }: Stage): Promise<void> {
  await kubectl(['apply', '-f', '-'], jsonLines(workspaceManifests(namespace, { host, token })))
  const wait = ['wait', '--for=condition=Ready', '--timeout=60s', 'databricksworkspace/default']
  await kubectl([...wait, '--namespace', namespace])
}

async function measure<Times extends Elapsed>(
  { audit, requests, operatorUser, signal }: Stage,
  operator: RunningProgram,
  work: () => Promise<Times>,
): Promise<Times & Costs> {
  // Nothing of what came before may fall into this phase.
  await audit.settled(operatorUser, signal)
  await audit.begin()
  await requests.begin()
  const before = await usageOf(operator.pid)
  const times = await work()
  const kubernetes = await audit.settled(operatorUser, signal)
  const databricks = (await requests.all()).filter(({ path }) => path.startsWith('/api/'))
  return { ...times, before, after: await usageOf(operator.pid), kubernetes, databricks }
}

/** Asks for a check now, of all at once; over when each status says that it was done. */
async function checkAll({ kubectl, signal }: Stage, watch: JobWatch): Promise<Elapsed> {
  const start = systemClock.monotonic()
  const since = () => (systemClock.monotonic() - start) / 1_000
  const request = 'bench'
  const annotate = ['annotate', 'jobspecs', '--all', `lakeward.dev/reconcile-at=${request}`]
  await kubectl([...annotate, '--namespace', namespace])
  const kubectlSeconds = since()
  await watch.until((job) => job.lastHandledReconcileAt === request, { count, within: patience, signal })
  return { kubectlSeconds, seconds: since() }
}

/** By the job's name; throws when a job was created twice or not at all, since then nothing here means anything. */
function whatWasSent({ databricks }: Costs, watch: JobWatch): Map<string, Sent> {
  const settings = databricks
    .filter(
      ({ method, path, status }) => method === 'POST' && path.endsWith('/jobs/create') && status === 200,
    )
    .map(({ body }) => (isObject(body) ? body : {}))
  const byName = new Map(settings.map((one) => [one['name'], one]))
  if (settings.length !== count || byName.size !== count)
    throw new Error(`${count} manifests became ${settings.length} jobs of ${byName.size} names`)
  return new Map(watch.jobs.map(({ name, status }) => [name, { settings: byName.get(name), status }]))
}

function refuseWrites({ databricks }: Costs): void {
  const writes = databricks.filter((request) => !isRead(request))
  const [first] = writes
  if (first === undefined) return
  throw new Error(
    `a check that has nothing to do wrote ${writes.length} times: ${first.method} ${first.path}`,
  )
}

function applySections(apply: Applied & Costs, floor: Floor): Section[] {
  const cpu = cpuOf(apply)
  return [
    { title: `apply ${count} JobSpecs`, figures: [...timesOf(apply), seconds('CPU of the operator', cpu)] },
    {
      title: 'the floor: the least requests, sent by nobody who thinks',
      figures: [
        ...timesOf(floor),
        seconds('CPU', floor.cpuSeconds),
        ratio('until all are Ready, operator / floor', apply.seconds / floor.seconds),
        ratio('one object, median, operator / floor', median(apply) / median(floor)),
        ratio('CPU, operator / floor', cpu / floor.cpuSeconds),
      ],
    },
    ...requestSections('apply', apply),
  ]
}

const median = ({ waits }: Applied): number => percentile(waits, 0.5)

const timesOf = (applied: Applied): Figure[] => [
  seconds('until all are Ready', applied.seconds),
  seconds('of these, kubectl apply', applied.kubectlSeconds),
  seconds('one object, from seen to Ready, median', median(applied)),
  seconds('one object, from seen to Ready, 99 %', percentile(applied.waits, 0.99)),
]

const checkSections = (check: Elapsed & Costs): Section[] => [
  {
    title: 'one check of all, nothing to do',
    figures: [
      seconds('until all are checked', check.seconds),
      seconds('of these, kubectl annotate', check.kubectlSeconds),
      seconds('CPU of the operator', cpuOf(check)),
      amount('writes to Databricks', check.databricks.filter((request) => !isRead(request)).length),
    ],
  },
  ...requestSections('check', check),
]

const requestSections = (what: string, { kubernetes, databricks }: Costs): Section[] => [
  requests(
    `${what}: requests to Kubernetes`,
    kubernetes.map(
      ({ verb, resource, status }) => `${verb} ${resource}${status < 400 ? '' : ` (${status})`}`,
    ),
    count,
  ),
  requests(
    `${what}: requests to Databricks`,
    databricks.map(({ method, path }) => `${method} ${path}`),
    count,
  ),
]

const memorySection = (apply: Costs, check: Costs): Section => ({
  title: 'resident memory of the operator',
  figures: [
    memory('before the jobs', apply.before.residentBytes),
    memory('after the apply', apply.after.residentBytes),
    memory('after the check', check.after.residentBytes),
    memory('most', check.after.mostResidentBytes),
  ],
})

const cpuOf = ({ before, after }: Costs): number => after.cpuSeconds - before.cpuSeconds
