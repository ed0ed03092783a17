import type { Task } from '../jobs/task.ts'
import { addAttempt, end, halt, milliseconds, start, transit, type Surroundings } from './attempts.ts'
import { endingOf, leftQueue, notRun, timedOut } from './endings.ts'
import { isEnded, type Ending, type Run } from './run.ts'
import { verdictOn } from './run-if.ts'

/*
 * No timer runs. `advance` brings a run to an instant, which must be the earliest at which something is due
 * for it (`run.due`), or that of a call; whoever calls it goes through missed instants one by one.
 */

/** Gives a new run its tasks, which begin when it has its turn. */
export function prepare(run: Run, around: Surroundings): void {
  const keys = new Set(run.taskKeys)
  for (const task of run.settings.tasks ?? []) if (keys.has(task.task_key)) addAttempt(run, task, around)
}

/** Starts a run that has its turn. */
export function begin(run: Run, at: number, around: Surroundings): void {
  run.phase = 'Active'
  run.queueReason = undefined
  run.startedAt = at
  run.passages.push({ repairId: undefined, startedAt: at, endedAt: 0, ending: undefined })
  advance(run, at, around)
}

/** Tries some tasks of an ended run again, as part of the same run. */
export function beginRepair(
  run: Run,
  { id, tasks, at }: { id: bigint; tasks: readonly Task[]; at: number },
  around: Surroundings,
): void {
  run.phase = 'Active'
  run.ending = undefined
  run.stop = undefined
  run.endedAt = 0
  run.timeoutSeconds = run.settings.timeout_seconds ?? 0
  run.passages.push({ repairId: id, startedAt: at, endedAt: 0, ending: undefined })
  for (const task of tasks) addAttempt(run, task, around)
  advance(run, at, around)
}

/** Brings a run to the state it has at an instant. */
export function advance(run: Run, at: number, around: Surroundings): void {
  if (isEnded(run)) return
  if (run.phase === 'Queued') {
    if (run.due > at) return
    haltAll(run, { at, ending: leftQueue(around.switches.hoursInQueue) }, around)
  }
  for (const attempt of run.latest.values()) if (attempt.due <= at) transit({ run, attempt, at }, around)
  if (timeoutAt(run) <= at) haltAll(run, { at, ending: timedOut(run.timeoutSeconds) }, around)
  if (run.phase === 'Active') release(run, at, around)
  const attempts = [...run.latest.values()]
  if (attempts.every(isEnded)) return endRun(run, at, run.stop ?? endingOf(run, around.switches))
  run.due = Math.min(timeoutAt(run), ...attempts.map(({ due }) => due))
}

/** Stops a run: at once if it is still queued, else after a while. */
export function stop(run: Run, why: { at: number; ending: Ending }, around: Surroundings): void {
  if (isEnded(run) || run.phase === 'Terminating') return
  haltAll(run, why, around)
  advance(run, why.at, around)
}

/** Tells a run_job_task that the run it waits for has ended. */
export function childEnded(
  run: Run,
  { childId, at, ending }: { childId: bigint; at: number; ending: Ending },
  around: Surroundings,
): void {
  for (const attempt of run.latest.values()) {
    if (attempt.childId === childId && attempt.phase === 'Running') end({ run, attempt, at }, ending, around)
  }
  advance(run, at, around)
}

/** Starts what waits no longer, and passes over what cannot run any more. One may decide the next. */
function release(run: Run, at: number, around: Surroundings): void {
  for (let isChanged = true; isChanged;) {
    isChanged = false
    for (const attempt of run.latest.values()) {
      if (attempt.phase !== 'Blocked') continue
      const verdict = verdictOn(attempt.task, run)
      if (verdict === 'Wait') continue
      isChanged = true
      if (verdict === 'Run') start({ run, attempt, at }, around)
      else end({ run, attempt, at }, notRun(verdict, around.switches), around)
    }
  }
}

function haltAll(run: Run, { at, ending }: { at: number; ending: Ending }, around: Surroundings): void {
  // First, so that nothing is retried and no end of a child counts any more.
  run.phase = 'Terminating'
  run.stop = ending
  for (const attempt of run.latest.values()) halt({ run, attempt, at }, around)
}

/** Ends a run, or one that never got tasks. */
export function endRun(run: Run, at: number, ending: Ending): void {
  run.phase = 'Ended'
  run.due = Infinity
  run.endedAt = at
  run.ending = ending
  const passage = run.passages.at(-1)
  if (passage === undefined) return
  passage.endedAt = at
  passage.ending = ending
}

const timeoutAt = ({ phase, passages, timeoutSeconds }: Run): number =>
  phase === 'Active' && timeoutSeconds > 0
    ? (passages.at(-1)?.startedAt ?? 0) + milliseconds(timeoutSeconds)
    : Infinity
