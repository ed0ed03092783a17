import { performanceTarget } from '../jobs/effective-settings.ts'
import type { Job } from '../jobs/job.ts'
import type { Switches } from '../switches.ts'
import type { Run } from './run.ts'

/** What is needed to start a run. */
export type RunStart = Pick<
  Run,
  | 'jobId'
  | 'type'
  | 'trigger'
  | 'creator'
  | 'name'
  | 'parent'
  | 'settings'
  | 'jobParameters'
  | 'overridingParameters'
  | 'performanceTarget'
  | 'taskKeys'
> & {
  /** Whether it waits when there is no room for it; else it is skipped. */
  readonly mayWait: boolean
}

/** A run of all that a job does, as if somebody had asked for it. */
export const startOf = (
  { id, settings }: Job,
  { creator, switches }: { creator: string; switches: Switches },
): RunStart => ({
  jobId: id,
  type: 'JOB_RUN',
  trigger: 'ONE_TIME',
  creator,
  name: settings.name ?? switches.namelessJob,
  parent: undefined,
  settings,
  jobParameters: {},
  overridingParameters: undefined,
  performanceTarget: performanceTarget(settings),
  taskKeys: (settings.tasks ?? []).map(({ task_key }) => task_key),
  mayWait: settings.queue?.enabled === true,
})

/** How many runs of its job may go on at once. */
export const mostRuns = ({ type, settings }: Pick<Run, 'type' | 'settings'>): number =>
  type === 'SUBMIT_RUN' ? Infinity : (settings.max_concurrent_runs ?? 1)
