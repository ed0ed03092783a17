import { systemClock } from '../../src/clock.ts'
import { untilQuiet } from './job-fleet.ts'
import { usageOf, type ProcessUsage } from './process-usage.ts'
import type { RunningProgram } from './programs.ts'
import type { Stage } from './stage.ts'

/** So long the operator is watched at rest, in milliseconds: more than one check of everything. */
const watched = 90_000

/** What an operator costs in which nothing happens but routine checks. */
export interface Rest {
  readonly usage: ProcessUsage
  /** Requests to Kubernetes besides watches, by verb and resource. */
  readonly perHour: ReadonlyMap<string, number>
  /** How many watches it keeps open. */
  readonly kinds: number
}

/**
 * Of all but these, rest has none. A watch that ends is opened again; a workspace's Secret, which may not be watched,
 * is read at each check of the workspace.
 */
const atRest = /^(?:watch \w+|(?:get|update|patch) leases|get secrets)$/

/** Waits until the first look at everything is over, and then watches. Throws at a request that nobody needs at rest. */
export async function restOf(stage: Stage, operator: RunningProgram): Promise<Rest> {
  const { audit, operatorUser, signal } = stage
  await untilQuiet(stage)
  const since = await audit.settled(operatorUser, signal)
  const kinds = new Set(since.flatMap(({ verb, resource }) => (verb === 'watch' ? [resource] : []))).size
  await audit.begin()
  await systemClock.sleep(watched, signal)
  const requests = await audit.since(operatorUser)
  const names = requests.map(({ verb, resource }) => `${verb} ${resource}`)
  const needless = names.filter((name) => !atRest.test(name))
  if (needless.length > 0) throw new Error(`at rest the operator asked Kubernetes: ${needless.join(', ')}`)
  const counts = Map.groupBy(
    names.filter((name) => !name.startsWith('watch ')),
    (name) => name,
  )
  const perHour = new Map([...counts].map(([name, all]) => [name, (all.length * 3_600_000) / watched]))
  return { usage: await usageOf(operator.pid), perHour, kinds }
}
