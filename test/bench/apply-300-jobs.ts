import { isObject } from '../../src/databricks/json.ts'
import { applyAll, type Applied, type Elapsed } from './apply-all.ts'
import type { Benchmark, Figure, Section } from './benchmark.ts'
import { checkAll } from './check-all.ts'
import { cpuOf, measure, refuseWrites, requestSections, type Costs } from './costs.ts'
import { amount, memory, percentile, ratio, seconds } from './figures.ts'
import { measureFloor, type Floor, type Sent } from './floor.ts'
import { jobManifest } from './job-manifest.ts'
import { JobWatch } from './job-watch.ts'
import { isRead } from './request-log.ts'
import { openStage, prepareWorkspace } from './stage.ts'

const count = 300
/** More objects at a time do not make the floor any faster. */
const floorConcurrency = 16
const namespace = 'bench'
const floorNamespace = 'bench-floor'

/** A team's file from `kubectl apply` to Ready, and then one full check of all that finds nothing. */
export const apply300Jobs: Benchmark = {
  name: 'apply-300-jobs',
  summary: `${count} JobSpecs from kubectl apply to Ready, then one check of all`,
  async run({ progress, signal }) {
    await using resources = new AsyncDisposableStack()
    // One more than the floor works on at a time, for the watch.
    const stage = await openStage({ progress, signal }, resources, floorConcurrency + 1)
    const operator = await stage.startOperator(namespace)
    await prepareWorkspace(stage, { namespace })
    const watch = new JobWatch(stage.kubernetes)
    resources.defer(() => watch.close())
    await watch.open(namespace, stage.signal)

    progress(`Applying ${count} JobSpecs`)
    const apply = await measure(stage, operator, () => applyAll(stage, watch, manifestsIn(namespace)))
    const sent = whatWasSent(apply, watch)
    progress('Asking for one check of all')
    const check = await measure(stage, operator, () => checkAll(stage, watch, { namespace, count }))
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
    ...requestSections('apply', apply, count),
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
  ...requestSections('check', check, count),
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
