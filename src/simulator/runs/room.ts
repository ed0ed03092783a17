import { mostRuns } from './run-start.ts'
import type { QueueReason, Run } from './run.ts'

/** What is going on at one instant. */
export interface Occupancy {
  /** How many runs of each job have their turn. */
  readonly runs: ReadonlyMap<bigint, number>
  /** How many attempts at tasks are under way in the workspace. */
  readonly taskRuns: number
}

/** Counts what is going on. */
export function occupancyOf(active: Iterable<Run>): Occupancy {
  const runs = new Map<bigint, number>()
  let taskRuns = 0
  for (const { phase, jobId, latest } of active) {
    if (phase === 'Queued') continue
    runs.set(jobId, (runs.get(jobId) ?? 0) + 1)
    for (const attempt of latest.values()) {
      if (attempt.phase !== 'Blocked' && attempt.phase !== 'Ended') taskRuns += 1
    }
  }
  return { runs, taskRuns }
}

/** What keeps a run from starting, if anything does. */
export function reasonToWait(
  run: Run,
  { runs, taskRuns }: Occupancy,
  mostTaskRuns: number,
): QueueReason | undefined {
  if ((runs.get(run.jobId) ?? 0) >= mostRuns(run)) return 'MAX_CONCURRENT_RUNS_REACHED'
  return taskRuns >= mostTaskRuns ? 'ACTIVE_RUNS_LIMIT_REACHED' : undefined
}
