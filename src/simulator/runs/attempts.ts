import type { Task } from '../jobs/task.ts'
import type { Switches } from '../switches.ts'
import { canceled, timedOut } from './endings.ts'
import { inputsOf } from './plan.ts'
import { isEnded, type Attempt, type Ending, type Plan, type Run } from './run.ts'

/** How long stopping takes, in virtual seconds: what was cancelled goes on for a while. */
const stopSeconds = 5

/** An end to tasks that fail and are retried without limit, for clocks that are moved ahead by years. */
const mostAttempts = 1000

/** What runs and attempts need from outside to go on. */
export interface Surroundings {
  readonly switches: Switches
  /** A new id for an attempt at a task of this run, or for a turn of its loops. */
  readonly newTaskRunId: (run: Run) => bigint
  readonly plan: (run: Run, task: Task) => Plan
  /** Starts the run of another job for a run_job_task: its id, or how the task ends because it cannot start. */
  readonly startChild: (moment: Moment) => bigint | Ending
  readonly stopChild: (id: bigint, at: number) => void
}

/** Where and when something happens. */
export interface Moment {
  readonly run: Run
  readonly attempt: Attempt
  readonly at: number
}

/** Adds a first or a further attempt at a task, which waits for what it depends on. */
export function addAttempt(run: Run, task: Task, around: Surroundings): Attempt {
  const former = run.latest.get(task.task_key)
  const added: Attempt = {
    id: around.newTaskRunId(run),
    task,
    number: former === undefined ? 0 : former.number + 1,
    passage: Math.max(0, run.passages.length - 1),
    phase: 'Blocked',
    due: Infinity,
    startedAt: 0,
    ranAt: 0,
    endedAt: 0,
    plan: undefined,
    ending: undefined,
    childId: undefined,
    turnIds: [],
  }
  run.attempts.push(added)
  run.latest.set(task.task_key, added)
  return added
}

/** Takes an attempt, whose time has come, from one phase to the next. */
export function transit(moment: Moment, around: Surroundings): void {
  const { run, attempt, at } = moment
  switch (attempt.phase) {
    case 'Retrying':
      return start(moment, around)
    case 'Pending':
      return timeoutAt(attempt) <= at ? end(moment, timeoutOf(attempt), around) : execute(moment, around)
    case 'Running': {
      const isDone = attempt.childId === undefined && doneAt(attempt) <= at
      return end(moment, isDone ? (attempt.plan?.ending ?? canceled) : timeoutOf(attempt), around)
    }
    case 'Terminating':
      return end(moment, run.stop ?? canceled, around)
    case 'Blocked':
    case 'Ended':
      return
    default:
      return attempt.phase satisfies never
  }
}

/** Starts an attempt that waits for nothing any more. */
export function start({ run, attempt, at }: Moment, around: Surroundings): void {
  const plan = around.plan(run, attempt.task)
  attempt.plan = plan
  attempt.phase = 'Pending'
  attempt.startedAt = at
  attempt.due = Math.min(at + milliseconds(plan.setupSeconds), timeoutAt(attempt))
}

function execute(moment: Moment, around: Surroundings): void {
  const { run, attempt, at } = moment
  const { task } = attempt
  attempt.phase = 'Running'
  attempt.ranAt = at
  attempt.due = Math.min(doneAt(attempt), timeoutAt(attempt))
  if (task.for_each_task !== undefined) {
    attempt.turnIds = (inputsOf(task, run) ?? []).map(() => around.newTaskRunId(run))
  }
  if (task.run_job_task === undefined) return
  const child = around.startChild(moment)
  if (typeof child !== 'bigint') return end(moment, child, around)
  attempt.childId = child
  attempt.due = timeoutAt(attempt)
}

/** Ends an attempt. If it failed and may be retried, the next one is added at once and begins later. */
export function end({ run, attempt, at }: Moment, ending: Ending, around: Surroundings): void {
  attempt.phase = 'Ended'
  attempt.due = Infinity
  attempt.endedAt = at
  attempt.ending = ending
  if (attempt.childId !== undefined) around.stopChild(attempt.childId, at)
  if (run.phase !== 'Active' || !isRetried(run, attempt)) return
  const next = addAttempt(run, attempt.task, around)
  next.phase = 'Retrying'
  next.due = at + (attempt.task.min_retry_interval_millis ?? 0)
}

/** Begins to stop an attempt; one that has not started is over at once. */
export function halt({ run, attempt, at }: Moment, around: Surroundings): void {
  if (isEnded(attempt) || attempt.phase === 'Terminating') return
  if (attempt.phase === 'Blocked' || attempt.phase === 'Retrying') {
    return end({ run, attempt, at }, canceled, around)
  }
  attempt.phase = 'Terminating'
  attempt.due = at + milliseconds(stopSeconds)
  if (attempt.childId !== undefined) around.stopChild(attempt.childId, at)
}

function isRetried(run: Run, { task, ending, passage }: Attempt): boolean {
  const { max_retries = 0, retry_on_timeout = false, task_key } = task
  const isWorthIt = ending?.result === 'FAILED' || (ending?.result === 'TIMEDOUT' && retry_on_timeout)
  if (!isWorthIt || max_retries === 0) return false
  const tries = run.attempts.filter((each) => each.passage === passage && each.task.task_key === task_key)
  return tries.length < mostAttempts && (max_retries < 0 || tries.length <= max_retries)
}

/** Virtual seconds as milliseconds. */
export const milliseconds = (seconds: number): number => Math.round(seconds * 1000)

const doneAt = ({ ranAt, plan }: Attempt): number => ranAt + milliseconds(plan?.seconds ?? 0)

const timeoutAt = ({ startedAt, task: { timeout_seconds: seconds = 0 } }: Attempt): number =>
  seconds > 0 ? startedAt + milliseconds(seconds) : Infinity

const timeoutOf = ({ task: { timeout_seconds = 0 } }: Attempt): Ending => timedOut(timeout_seconds)
