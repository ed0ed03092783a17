import type { Restore } from '../snapshot.ts'
import { isEnded, type Run } from './run.ts'

/** Runs are forgotten this long after their end. */
const keptMilliseconds = 60 * 86_400_000

/** Everything that is remembered of runs. What follows from it is worked out again after a restore. */
interface Memory {
  readonly runs: Map<bigint, Run>
  /** The run that a token started; it stays when the run is deleted. */
  readonly tokens: Map<string, bigint>
  readonly serial: number
}

/** The runs of the workspace, and ways to find them. */
export class RunStore {
  #runs = new Map<bigint, Run>()
  #tokens = new Map<string, bigint>()
  #serial = 0
  /** Runs that are not over. */
  #active = new Set<Run>()
  #byJob = new Map<bigint, Run[]>()
  /** Which run an attempt or a turn of a loop belongs to. */
  #byTaskRun = new Map<bigint, bigint>()

  /** The next number in the order of creation. */
  nextSerial(): number {
    this.#serial += 1
    return this.#serial
  }

  add(run: Run): void {
    this.#runs.set(run.id, run)
    this.#index(run)
  }

  /** Notes that a run goes on again. */
  reopen(run: Run): void {
    this.#active.add(run)
  }

  /** Notes that a run is over. */
  close(run: Run): void {
    this.#active.delete(run)
  }

  remove(run: Run): void {
    this.#runs.delete(run.id)
    this.#active.delete(run)
    this.#byJob.set(
      run.jobId,
      (this.#byJob.get(run.jobId) ?? []).filter(({ id }) => id !== run.id),
    )
    for (const id of taskRunIds(run)) this.#byTaskRun.delete(id)
  }

  /** Notes an id within a run. */
  addTaskRun(id: bigint, run: Run): void {
    this.#byTaskRun.set(id, run.id)
  }

  /** A run, by its own id; not one that ended too long ago. */
  run(id: bigint, now: number): Run | undefined {
    const run = this.#runs.get(id)
    return run === undefined || isForgotten(run, now) ? undefined : run
  }

  /** The run that an attempt or a turn belongs to. */
  runOfTaskRun(id: bigint, now: number): Run | undefined {
    const runId = this.#byTaskRun.get(id)
    return runId === undefined ? undefined : this.run(runId, now)
  }

  hasId(id: bigint): boolean {
    return this.#runs.has(id) || this.#byTaskRun.has(id)
  }

  /** All runs that are still known. */
  known(now: number): Run[] {
    return [...this.#runs.values()].filter((run) => !isForgotten(run, now))
  }

  /** The runs of a job that are still known. */
  ofJob(jobId: bigint, now: number): Run[] {
    return (this.#byJob.get(jobId) ?? []).filter((run) => !isForgotten(run, now))
  }

  /** The runs that are not over, the oldest first unless one was repaired. */
  active(): ReadonlySet<Run> {
    return this.#active
  }

  runIdOfToken(token: string): bigint | undefined {
    return this.#tokens.get(token)
  }

  keepToken(token: string, run: Run): void {
    this.#tokens.set(token, run.id)
  }

  snapshot(): Restore {
    const memory: Memory = structuredClone({ runs: this.#runs, tokens: this.#tokens, serial: this.#serial })
    return () => {
      const { runs, tokens, serial } = structuredClone(memory)
      this.#runs = runs
      this.#tokens = tokens
      this.#serial = serial
      this.#active = new Set()
      this.#byJob = new Map()
      this.#byTaskRun = new Map()
      for (const run of runs.values()) this.#index(run)
    }
  }

  #index(run: Run): void {
    if (!isEnded(run)) this.#active.add(run)
    const runs = this.#byJob.get(run.jobId)
    if (runs === undefined) this.#byJob.set(run.jobId, [run])
    else runs.push(run)
    for (const id of taskRunIds(run)) this.#byTaskRun.set(id, run.id)
  }
}

const taskRunIds = ({ attempts }: Run): bigint[] => attempts.flatMap(({ id, turnIds }) => [id, ...turnIds])

const isForgotten = (run: Run, now: number): boolean => isEnded(run) && now - run.endedAt > keptMilliseconds
