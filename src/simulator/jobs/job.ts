import type { JobSettings } from './settings.ts'

/** What the workspace remembers of a job. */
export interface Job {
  readonly id: bigint
  /** Name of the principal that created it; the owner is the permissions' matter. */
  readonly creator: string
  /** Virtual milliseconds. */
  readonly createdAt: number
  /** Grows with each creation: the order of lists, also between jobs of the same instant. */
  readonly serial: number
  /** As sent, and merged by updates; defaults are filled in when it is read. */
  settings: JobSettings
}
