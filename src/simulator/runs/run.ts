import type { JobSettings } from '../jobs/settings.ts'
import type { Task } from '../jobs/task.ts'

/** How something ended, in the words of the old `state`. */
export type Result =
  | 'SUCCESS'
  | 'SUCCESS_WITH_FAILURES'
  | 'FAILED'
  | 'TIMEDOUT'
  | 'CANCELED'
  | 'MAXIMUM_CONCURRENT_RUNS_REACHED'
  | 'UPSTREAM_FAILED'
  | 'UPSTREAM_CANCELED'
  | 'EXCLUDED'
  | 'DISABLED'

/** The end of a run or of one attempt at a task. */
export interface Ending {
  readonly lifeCycle: 'TERMINATED' | 'SKIPPED' | 'INTERNAL_ERROR'
  /** A run that was skipped has none. */
  readonly result: Result | undefined
  readonly message: string
  /** The newer `status.termination_details`. */
  readonly code: string
  readonly type: 'SUCCESS' | 'CLIENT_ERROR' | 'CLOUD_FAILURE' | 'INTERNAL_ERROR'
}

/** What will become of an attempt: decided when it starts, seen when its time is over. */
export interface Plan {
  readonly setupSeconds: number
  readonly seconds: number
  readonly ending: Ending
  /** What the notebook returned, or what the program printed. */
  readonly output: string | undefined
  readonly error: string | undefined
  /** Of a condition task: which of its two branches goes on. */
  readonly outcome: 'true' | 'false' | undefined
}

/** One try at one task of a run. Times are virtual milliseconds. */
export interface Attempt {
  readonly id: bigint
  readonly task: Task
  /** 0 for the first. */
  readonly number: number
  /** Index of the passage it belongs to. */
  readonly passage: number
  phase: 'Blocked' | 'Retrying' | 'Pending' | 'Running' | 'Terminating' | 'Ended'
  /** When it changes by itself; Infinity while it waits for something else. */
  due: number
  startedAt: number
  ranAt: number
  endedAt: number
  plan: Plan | undefined
  ending: Ending | undefined
  /** The run that a run_job_task started. */
  childId: bigint | undefined
  /** Ids of the turns of a for_each_task. */
  turnIds: readonly bigint[]
}

/** The original run or a repair of it. */
export interface Passage {
  /** Undefined for the original run. */
  readonly repairId: bigint | undefined
  readonly startedAt: number
  endedAt: number
  ending: Ending | undefined
}

/** Why a run waits in the queue. */
export type QueueReason = 'MAX_CONCURRENT_RUNS_REACHED' | 'ACTIVE_RUNS_LIMIT_REACHED'

/** What started a run. */
export type TriggerKind = 'ONE_TIME' | 'PERIODIC' | 'FILE_ARRIVAL' | 'CONTINUOUS' | 'TABLE' | 'RUN_JOB_TASK'

/** What the workspace remembers of a run. */
export interface Run {
  readonly id: bigint
  /** Of a one-time run, an id that no job has. */
  readonly jobId: bigint
  /** Grows with each run: the order of the queue, and of lists between runs of the same instant. */
  readonly serial: number
  readonly type: 'JOB_RUN' | 'SUBMIT_RUN'
  readonly trigger: TriggerKind
  readonly creator: string
  readonly name: string
  /** The run_job_task that started it. */
  readonly parent: { readonly runId: bigint; readonly taskRunId: bigint } | undefined
  readonly createdAt: number
  /** The settings it runs with: those of its start, or of its last repair. */
  settings: JobSettings
  /** What run-now sent for job parameters, by name. */
  jobParameters: Readonly<Record<string, string>>
  /** The older kinds of parameters, as they were sent. */
  overridingParameters: Readonly<Record<string, unknown>> | undefined
  /** How fast serverless compute is to be; undefined if there is none. */
  readonly performanceTarget: string | undefined
  /** Keys of the tasks it is made of. */
  readonly taskKeys: readonly string[]
  phase: 'Queued' | 'Active' | 'Terminating' | 'Ended'
  queueReason: QueueReason | undefined
  /** When the next change is due, of the run or of one of its tasks. */
  due: number
  /** When it left the queue. */
  startedAt: number
  endedAt: number
  timeoutSeconds: number
  /** Set while it is being stopped: what it will end as. */
  stop: Ending | undefined
  ending: Ending | undefined
  /** The latest attempt at each task, by key, in the order of the tasks. */
  readonly latest: Map<string, Attempt>
  /** Every attempt, the first ones first. */
  readonly attempts: Attempt[]
  readonly passages: Passage[]
}

/** Whether nothing of it goes on any more. */
export const isEnded = ({ phase }: Pick<Run | Attempt, 'phase'>): boolean => phase === 'Ended'

/** Whether none of its tasks has got beyond its preparations. */
export const isStarting = ({ phase, attempts }: Run): boolean =>
  phase === 'Active' && attempts.every(({ ranAt }) => ranAt === 0)
