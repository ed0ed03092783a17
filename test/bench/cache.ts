import { systemClock } from '../../src/clock.ts'
import type { Benchmark, Section } from './benchmark.ts'
import { measureEdits } from './cache-edits.ts'
import { restOf, type Rest } from './cache-rest.ts'
import { bareListSeconds, coldStart } from './cold-start.ts'
import { kibibytes, memory, perHour, ratio, seconds } from './figures.ts'
import { createAll, untilQuiet, untilReady } from './job-fleet.ts'
import { usageOf, type ProcessUsage } from './process-usage.ts'
import { main } from './programs.ts'
import { openStage, prepareWorkspace } from './stage.ts'

const namespace = 'bench-cache'
/** Checks go on in the background, so that what is said of rest includes them. */
const interval = '1m'
/** Until a process that was just started has the memory that it keeps, in milliseconds. */
const settling = 20_000

/** What the caches of the operator cost, and how quick it is, with so many objects. */
export const cacheOf = (count: number): Benchmark => ({
  name: `cache-${count}`,
  summary: `${count} JobSpecs of 3 KB: cold start, memory, rest, relists and edits`,
  async run({ progress, signal }) {
    await using resources = new AsyncDisposableStack()
    const stage = await openStage({ progress, signal }, resources, 14)
    const fleet = { namespace, count }
    const first = await stage.startOperator(namespace)
    await prepareWorkspace(stage, { namespace, interval })
    await systemClock.sleep(settling, signal)
    const empty = await usageOf(first.pid)
    progress(`Making ${count} JobSpecs and the jobs that belong to them`)
    await createAll(stage, fleet)
    await untilReady(stage, fleet)
    await first.stop()

    progress('Starting with all of them there')
    const floor = await bareListSeconds(stage, fleet)
    const fromSource = await coldStart(stage, namespace, main)
    await untilQuiet(stage)
    const sourceUsage = await usageOf(fromSource.operator.pid)
    await fromSource.operator.stop()
    const bundled = await coldStart(stage, namespace)
    const rest = await restOf(stage, bundled.operator)
    await bundled.operator.stop()
    return [
      {
        title: `cold start with ${count} objects, until caches are full and the queue is filled`,
        figures: [
          seconds('operator', bundled.seconds),
          seconds('operator from its sources', fromSource.seconds),
          seconds('floor: Node, undici and JSON.parse, a list in pages', floor),
          ratio('operator / floor', bundled.seconds / floor),
        ],
      },
      memorySection(empty, { count, rest: rest.usage, sourceUsage }),
      requestSection(rest, count),
      ...(await measureEdits(stage, fleet)),
    ]
  },
})

const memorySection = (
  empty: ProcessUsage,
  { count, rest, sourceUsage }: { count: number; rest: ProcessUsage; sourceUsage: ProcessUsage },
): Section => ({
  title: 'resident memory of the operator',
  figures: [
    memory('without objects', empty.residentBytes),
    memory(`with ${count} at rest`, rest.residentBytes),
    memory('most', rest.mostResidentBytes),
    kibibytes('for each object', (rest.residentBytes - empty.residentBytes) / count),
    memory(`from its sources, with ${count}`, sourceUsage.residentBytes),
    memory('from its sources, most', sourceUsage.mostResidentBytes),
  ],
})

/** Watches are opened anew and lists read by known periods, which a short time at rest does not show. */
const watchSeconds = 290
const relistHours = 6 * 0.75
const pageSize = 250

function requestSection({ perHour: measured, kinds }: Rest, count: number): Section {
  const watches = (kinds * 3_600) / watchSeconds
  const pages = (Math.ceil(count / pageSize) + kinds - 1) / relistHours
  const others = [...measured].map(([name, value]) => perHour(name, value))
  return {
    title: 'requests to Kubernetes at rest',
    figures: [
      perHour(`watches of ${kinds} kinds, each ${watchSeconds} s long`, watches),
      perHour(`pages of lists, each kind every ${relistHours} h on average`, pages),
      ...others,
    ],
  }
}
