import { systemClock } from '../../src/clock.ts'
import { applyAll } from './apply-all.ts'
import type { Benchmark, Section } from './benchmark.ts'
import { checkAll } from './check-all.ts'
import { cpuOf, measure, refuseWrites, type Costs } from './costs.ts'
import { amount, ratio, seconds } from './figures.ts'
import { jobManifest } from './job-manifest.ts'
import { JobWatch } from './job-watch.ts'
import { openStage, prepareWorkspace, type Stage } from './stage.ts'

const count = 200
const namespace = 'bench-rest'
/** The shortest there is: the counts are the same for any. */
const interval = '30s'
/** Periods that are measured, so that what the operator does besides weighs less. */
const periods = 3
const listPath = '/api/2.2/jobs/list'
const pages = Math.ceil(count / 100)

/** What jobs at rest cost in each period, checked by a listing, against a read of each. */
export const rest200Jobs: Benchmark = {
  name: 'rest-200-jobs',
  summary: `${count} JobSpecs at rest: one period by listing, and one check object by object`,
  async run({ progress, signal }) {
    await using resources = new AsyncDisposableStack()
    const stage = await openStage({ progress, signal }, resources, 2)
    const operator = await stage.startOperator(namespace)
    await prepareWorkspace(stage, { namespace, interval })
    const watch = new JobWatch(stage.kubernetes)
    resources.defer(() => watch.close())
    await watch.open(namespace, stage.signal)

    progress(`Applying ${count} JobSpecs`)
    const manifests = Array.from({ length: count }, (_, index) => jobManifest(namespace, index))
    await applyAll(stage, watch, manifests)
    // Begins right after a listing, so that whole periods are counted.
    await stage.requests.begin()
    await listed(stage, 1)
    progress(`Watching ${periods} periods of ${interval} in which nothing happens`)
    const rest = await measure(stage, operator, () => listed(stage, periods))
    refuseWrites(rest)
    progress('Asking for one check of all')
    const check = await measure(stage, operator, () => checkAll(stage, watch, { namespace, count }))
    refuseWrites(check)
    await operator.stop()
    return sectionsOf(rest, check)
  },
}

/** Waits until the jobs have been listed so many times. */
async function listed({ requests, signal }: Stage, times: number): Promise<object> {
  for (;;) {
    const seen = (await requests.all()).filter(({ path }) => path === listPath).length
    if (seen >= times * pages) return {}
    await systemClock.sleep(500, signal)
  }
}

function sectionsOf(rest: Costs, check: Costs): Section[] {
  const listing = { ...callsOf(rest, periods), cpu: cpuOf(rest) / periods }
  const reading = { ...callsOf(check, 1), cpu: cpuOf(check) }
  return [
    {
      title: `${count} JobSpecs at rest, one period`,
      figures: [
        amount('list pages', listing.lists),
        amount('reads', listing.reads),
        amount('requests to Kubernetes that write', listing.kubernetesWrites),
        seconds('CPU of the operator, all it does', listing.cpu),
      ],
    },
    {
      title: 'the same check, object by object and asked for by annotation',
      figures: [
        amount('list pages', reading.lists),
        amount('reads', reading.reads),
        seconds('CPU of the operator', reading.cpu),
        ratio(
          'requests, object by object / by listing',
          (reading.lists + reading.reads) / (listing.lists + listing.reads),
        ),
        ratio('CPU, object by object / by listing', reading.cpu / listing.cpu),
      ],
    },
  ]
}

const callsOf = ({ databricks, kubernetes }: Costs, times: number) => {
  const number = (path: string) => databricks.filter((call) => call.path === path).length / times
  return {
    lists: number(listPath),
    reads: number('/api/2.2/jobs/get'),
    kubernetesWrites: kubernetes.filter(({ verb }) => !readVerbs.has(verb)).length / times,
  }
}

const readVerbs: ReadonlySet<string> = new Set(['get', 'list', 'watch'])
