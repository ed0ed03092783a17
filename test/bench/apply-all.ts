import { systemClock } from '../../src/clock.ts'
import type { JobWatch } from './job-watch.ts'
import { jsonLines } from './json-lines.ts'
import type { Stage } from './stage.ts'

/** How long it took, counted from the start of kubectl. */
export interface Elapsed {
  /** Until kubectl was done. */
  readonly kubectlSeconds: number
  /** Until all were done. */
  readonly seconds: number
}

/** And how long each object took, from the moment at which it was seen. */
export interface Applied extends Elapsed {
  readonly waits: readonly number[]
}

/** Far above what it takes, for machines that do much else. */
export const patience = 600_000

/** `kubectl apply` of one file; over when the watch has seen all of them Ready. */
export async function applyAll(
  { kubectl, signal }: Stage,
  watch: JobWatch,
  manifests: readonly object[],
): Promise<Applied> {
  const start = systemClock.monotonic()
  await kubectl(['apply', '-f', '-'], jsonLines(manifests))
  const kubectlSeconds = (systemClock.monotonic() - start) / 1_000
  await watch.until(({ readyAt }) => readyAt !== undefined, {
    count: manifests.length,
    within: patience,
    signal,
  })
  const last = Math.max(...watch.jobs.map(({ readyAt = start }) => readyAt))
  const waits = watch.jobs.map(({ seenAt, readyAt = Number.NaN }) => (readyAt - seenAt) / 1_000)
  return { kubectlSeconds, seconds: (last - start) / 1_000, waits }
}
