import { systemClock } from '../../src/clock.ts'
import type { Benchmark, Section } from './benchmark.ts'
import { percentile, seconds } from './figures.ts'
import type { RunningProgram } from './programs.ts'
import { openStage, prepareWorkspace, type Stage } from './stage.ts'

const namespace = 'bench-takeover'
const rounds = 5
const patience = 60_000

/** The promises, in seconds. */
const most = { killed: 15, stopped: 2 }

/** How long nobody leads when the one that does is killed, or stops; with the flags as they are by default. */
export const takeover: Benchmark = {
  name: 'takeover',
  summary: `two operators, the one that works killed ${rounds} times and stopped ${rounds} times`,
  async run({ progress, signal }) {
    await using resources = new AsyncDisposableStack()
    const stage = await openStage({ progress, signal }, resources, 2)
    let leader = await stage.startOperator(namespace)
    await prepareWorkspace(stage, { namespace })
    const taken: Record<keyof typeof most, Taken[]> = { killed: [], stopped: [] }
    for (let round = 1; round <= 2 * rounds; round += 1) {
      const how = round <= rounds ? 'killed' : 'stopped'
      const replica = await stage.startOperator(namespace, {
        name: `operator-${round}`,
        works: /"msg":"standing by/,
      })
      progress(`The one that works is ${how}`)
      await stage.requests.begin()
      const began = Date.now()
      const ending = how === 'killed' ? leader.kill() : leader.stop()
      taken[how].push(await taking(stage, replica, began))
      await ending
      leader = replica
    }
    await leader.stop()
    return [sectionOf('killed', taken.killed), sectionOf('stopped', taken.stopped)]
  },
}

interface Taken {
  /** Seconds until the replica led. */
  readonly led: number
  /** Seconds until the first request of its work came to Databricks. */
  readonly asked: number
}

async function taking(stage: Stage, replica: RunningProgram, began: number): Promise<Taken> {
  const deadline = began + patience
  let led: number | undefined
  for (;;) {
    if (led === undefined) led = sinceOf(await replica.log(), began)
    if (led !== undefined && (await stage.requests.all()).length > 0)
      return { led, asked: (Date.now() - began) / 1_000 }
    if (Date.now() > deadline) throw new Error('nobody has taken over')
    await systemClock.sleep(10, stage.signal)
  }
}

/** Seconds from a moment until the log says that it leads. */
function sinceOf(log: string, began: number): number | undefined {
  const line = log.split('\n').find((line) => line.includes('"msg":"leading"'))
  if (line === undefined) return undefined
  const { time } = JSON.parse(line) as { time: string }
  return (Date.parse(time) - began) / 1_000
}

function sectionOf(how: keyof typeof most, all: readonly Taken[]): Section {
  const led = all.map((one) => one.led)
  const longest = Math.max(...led)
  if (longest > most[how]) throw new Error(`nobody led for ${longest} s after the leader was ${how}`)
  return {
    title: `the one that works is ${how}`,
    figures: [
      seconds('until the other leads, median', percentile(led, 0.5)),
      seconds('until the other leads, longest', longest),
      seconds('until its first request to Databricks, longest', Math.max(...all.map((one) => one.asked))),
    ],
  }
}
