import { systemClock } from '../../src/clock.ts'
import type { Benchmark, Figure, Section } from './benchmark.ts'
import { coldStart } from './cold-start.ts'
import { memory, percentile, ratio, seconds } from './figures.ts'
import { usageOf } from './process-usage.ts'
import { main } from './programs.ts'
import { openStage, type Stage } from './stage.ts'

const rounds = 5
/** After which what was needed to start may have been given back. */
const settling = 5_000
const namespace = 'bench-start-up'

interface Start {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly residentBytes: number
}

/** What the operator costs that has nothing to do: the bundle of the image against the source. */
export const startUp: Benchmark = {
  name: 'start-up',
  summary: 'an operator with nothing to do, as the bundle of the image and as its source',
  async run(context) {
    await using resources = new AsyncDisposableStack()
    const stage = await openStage(context, resources, 1)
    const bundles: Start[] = []
    const sources: Start[] = []
    // In turns, so that whatever else the machine does meets both. The first round only warms up.
    for (let round = 0; round <= rounds; round++) {
      const pair = { bundle: await start(stage), source: await start(stage, main) }
      if (round === 0) continue
      bundles.push(pair.bundle)
      sources.push(pair.source)
    }
    return sectionsOf(bundles, sources)
  },
}

async function start(stage: Stage, program?: string): Promise<Start> {
  const { operator, seconds } = await coldStart(stage, namespace, program)
  const { cpuSeconds } = await usageOf(operator.pid)
  await systemClock.sleep(settling, stage.signal)
  const { residentBytes } = await usageOf(operator.pid)
  await operator.stop()
  return { seconds, cpuSeconds, residentBytes }
}

function sectionsOf(bundles: readonly Start[], sources: readonly Start[]): Section[] {
  const section = (
    title: string,
    name: keyof Start,
    figure: (name: string, value: number) => Figure,
  ): Section => {
    const middle = (starts: readonly Start[]) =>
      percentile(
        starts.map((one) => one[name]),
        0.5,
      )
    const [bundle, source] = [middle(bundles), middle(sources)]
    return {
      title,
      figures: [
        figure('bundle', bundle),
        figure('source', source),
        ratio('source ÷ bundle', source / bundle),
      ],
    }
  }
  return [
    section('From the start of the process until it works', 'seconds', seconds),
    section('CPU until then', 'cpuSeconds', seconds),
    section('Resident memory at rest', 'residentBytes', memory),
  ]
}
