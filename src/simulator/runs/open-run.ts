import { missing, type Refusal } from '../http/refusal.ts'
import type { Principal } from '../principals.ts'
import type { Workspace } from '../workspace.ts'
import type { Attempt, Run } from './run.ts'

/** Who wants to do what with which run. */
interface Wanted {
  readonly id: bigint
  readonly caller: Principal
  readonly right: 'view' | 'run' | 'manage'
}

/** The run with this id as it is now, for somebody who may do this with its job. */
export function openRun({ runs, jobs, switches }: Workspace, { id, caller, right }: Wanted): Run | Refusal {
  const run = runs.store.run(id, runs.settle())
  if (run === undefined) return missing(switches, `Run ${id} does not exist.`)
  return jobs.refuseUnlessAllowed({ id: run.jobId, caller, right }) ?? run
}

/** What an id of a run, or of a task of one, stands for. */
export interface Opened {
  readonly run: Run
  /** Set if the id is that of one attempt at one task. */
  readonly attempt: Attempt | undefined
}

/** Like openRun, also for the id of a single task run. */
export function openAnyRun(workspace: Workspace, wanted: Wanted): Opened | Refusal {
  const { runs, jobs, switches } = workspace
  const { id, caller, right } = wanted
  const now = runs.settle()
  const run = runs.store.run(id, now) ?? runs.store.runOfTaskRun(id, now)
  if (run === undefined) return missing(switches, `Run ${id} does not exist.`)
  const refusal = jobs.refuseUnlessAllowed({ id: run.jobId, caller, right })
  // The turns of a loop are shown with it.
  const attempt = run.attempts.find((each) => each.id === id || each.turnIds.includes(id))
  return refusal ?? { run, attempt }
}
