import type { Job } from '../jobs/job.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { Parts } from '../parts.ts'
import { restoreAll, type Restore } from '../snapshot.ts'
import type { Task } from '../jobs/task.ts'
import { halt, type Moment, type Surroundings } from './attempts.ts'
import { canceled, endingOfChild, failed, skipped } from './endings.ts'
import { RunOutcomes } from './outcomes.ts'
import { planFor } from './plan.ts'
import { advance, begin, beginRepair, childEnded, endRun, prepare, stop } from './progress.ts'
import {
  isEnded,
  isStarting,
  type Attempt,
  type Ending,
  type Plan,
  type QueueReason,
  type Run,
} from './run.ts'
import { occupancyOf, reasonToWait } from './room.ts'
import { mostRuns, startOf, type RunStart } from './run-start.ts'
import { RunStore } from './run-store.ts'

/**
 * The runs of the workspace. Their states are computed when somebody looks: `settle` goes through everything
 * that was due since the last look, in the order of time, since the end of one run may be the begin of another.
 */
export class Runs {
  readonly #parts: Parts
  readonly #jobs: Jobs
  readonly #around: Surroundings
  readonly store = new RunStore()
  /** How coming attempts are to go. */
  readonly outcomes = new RunOutcomes()

  constructor(parts: Parts, jobs: Jobs) {
    this.#parts = parts
    this.#jobs = jobs
    this.#around = {
      switches: parts.switches,
      newTaskRunId: (run) => this.#newTaskRunId(run),
      plan: (run, task) => this.#plan(run, task),
      startChild: (moment) => this.#startChild(moment),
      stopChild: (id, at) => this.#stopChild(id, at),
    }
  }

  /** Brings all runs to the present, which is returned. */
  settle(): number {
    const now = this.#parts.clock.now()
    for (let run = this.#nextDue(now); run !== undefined; run = this.#nextDue(now)) {
      this.#change(run, run.due, (at) => advance(run, at, this.#around))
    }
    return now
  }

  /** Starts a run, now; it may have to wait for its turn, or be skipped. */
  start(wanted: RunStart): Run {
    return this.#start(wanted, this.settle())
  }

  /** Whether a run of the job is being prepared and has not got further. */
  isStarting(jobId: bigint): boolean {
    this.settle()
    return [...this.store.active()].some((run) => run.jobId === jobId && isStarting(run))
  }

  /** Stops a run, or one task of it; nothing happens if that is over. */
  cancel(run: Run, attempt?: Attempt): void {
    const now = this.settle()
    this.#change(run, now, (at) => {
      if (attempt === undefined) return stop(run, { at, ending: canceled }, this.#around)
      halt({ run, attempt, at }, this.#around)
      advance(run, at, this.#around)
    })
  }

  /** Tries some tasks of an ended run again. */
  repair(run: Run, tasks: readonly Task[]): bigint {
    const now = this.settle()
    const id = this.#newId()
    this.store.reopen(run)
    this.#change(run, now, (at) => beginRepair(run, { id, tasks, at }, this.#around))
    return id
  }

  /** A job's time limit is the one setting that also holds for what is under way. */
  limitTime({ id, settings }: Job): void {
    const now = this.settle()
    for (const run of this.store.active()) {
      if (run.jobId !== id) continue
      run.timeoutSeconds = settings.timeout_seconds ?? 0
      this.#change(run, now, (at) => advance(run, at, this.#around))
    }
  }

  /** Stops some runs; the latest first, so that none that waits gets its turn by that. */
  cancelAll(runs: Iterable<Run>): void {
    for (const run of [...runs].toReversed()) this.cancel(run)
  }

  snapshot(): Restore {
    return restoreAll([this.store.snapshot(), this.outcomes.snapshot()])
  }

  #nextDue(now: number): Run | undefined {
    let next: Run | undefined
    for (const run of this.store.active()) if (run.due <= now && run.due < (next?.due ?? Infinity)) next = run
    return next
  }

  /** Lets something happen to a run; if that was its end, others may have waited for it. */
  #change(run: Run, at: number, act: (at: number) => void): void {
    act(at)
    if (!isEnded(run) || !this.store.active().has(run)) return
    this.store.close(run)
    this.#tellParent(run, at)
    this.#callQueue(at)
  }

  #tellParent({ id, parent, ending }: Run, at: number): void {
    const run = parent && this.store.run(parent.runId, at)
    if (run === undefined || ending === undefined) return
    this.#change(run, at, () => {
      childEnded(run, { childId: id, at, ending: endingOfChild(ending) }, this.#around)
    })
  }

  #callQueue(at: number): void {
    let occupancy = occupancyOf(this.store.active())
    for (const run of this.store.active()) {
      if (run.phase !== 'Queued' || this.#reasonToWait(run, occupancy) !== undefined) continue
      this.#change(run, at, () => begin(run, at, this.#around))
      occupancy = occupancyOf(this.store.active())
    }
  }

  #start({ mayWait, ...wanted }: RunStart, at: number): Run {
    const { switches } = this.#parts
    const run: Run = {
      ...wanted,
      id: this.#newId(),
      serial: this.store.nextSerial(),
      createdAt: at,
      phase: 'Queued',
      queueReason: undefined,
      due: at + switches.hoursInQueue * 3_600_000,
      startedAt: 0,
      endedAt: 0,
      timeoutSeconds: wanted.settings.timeout_seconds ?? 0,
      stop: undefined,
      ending: undefined,
      latest: new Map(),
      attempts: [],
      passages: [],
    }
    const reason = this.#reasonToWait(run)
    run.queueReason = reason
    this.store.add(run)
    this.#change(run, at, () => {
      if (reason !== undefined && (!mayWait || mostRuns(run) === 0)) {
        return endRun(run, at, skipped(reason, switches))
      }
      prepare(run, this.#around)
      if (reason === undefined) begin(run, at, this.#around)
    })
    return run
  }

  #reasonToWait(run: Run, occupancy = occupancyOf(this.store.active())): QueueReason | undefined {
    return reasonToWait(run, occupancy, this.#parts.switches.mostTaskRuns)
  }

  #plan(run: Run, task: Task): Plan {
    const plan = planFor(run, task, this.outcomes.take(run.jobId, task.task_key))
    const identity = this.#jobs.runsAs({ id: run.jobId, settings: run.settings })
    if (identity === undefined || this.#parts.principals.named(identity) !== undefined) return plan
    const message = `The principal ${identity} that the run acts as does not exist`
    return { ...plan, ending: failed({ message, code: 'UNAUTHORIZED_ERROR' }) }
  }

  #startChild({ run, attempt, at }: Moment): bigint | Ending {
    const id = attempt.task.run_job_task?.job_id ?? -1n
    const job = this.#jobs.find(id)
    if (job === undefined) return failed({ message: `Job ${id} does not exist`, code: 'RESOURCE_NOT_FOUND' })
    const child = this.#start(
      {
        ...startOf(job, { creator: run.creator, switches: this.#parts.switches }),
        trigger: 'RUN_JOB_TASK',
        parent: { runId: run.id, taskRunId: attempt.id },
        jobParameters: attempt.task.run_job_task?.job_parameters ?? {},
      },
      at,
    )
    return child.ending === undefined ? child.id : endingOfChild(child.ending)
  }

  #stopChild(id: bigint, at: number): void {
    const child = this.store.run(id, at)
    if (child !== undefined)
      this.#change(child, at, () => stop(child, { at, ending: canceled }, this.#around))
  }

  #newTaskRunId(run: Run): bigint {
    const id = this.#newId()
    this.store.addTaskRun(id, run)
    return id
  }

  #newId(): bigint {
    let id = this.#parts.random.id()
    while (this.store.hasId(id)) id = this.#parts.random.id()
    return id
  }
}
