/** How a difference came about, as far as the three values tell. */
export type Cause =
  /** Databricks has another value than we wrote. */
  | 'ChangedRemotely'
  /** What we wrote is no longer there. */
  | 'RemovedRemotely'
  /** Something is there that we did not write. */
  | 'AddedRemotely'
  /** The manifest says something else than what we last wrote. */
  | 'SpecChanged'
  /** A policy of the workspace imposes the value. Values alone cannot tell: a kind that reads policies says so. */
  | 'PolicyEnforced'

/** What correcting a difference does to those who use the remote object, most harmful first. */
export const impacts = ['Revoke', 'Shrink', 'Restart', 'Schedule', 'InPlace'] as const

/** One of these. */
export type Impact = (typeof impacts)[number]

/** What happens to a difference. */
export type Action = 'Correct' | 'Report' | 'Hold' | 'Tolerated' | 'Blocked'

/** A difference as the status shows it. */
export interface Change {
  /** `tasks[extract].maxRetries` */
  path: string
  /** JSON text, secrets hashed, cut; absent when the manifest wants nothing there. */
  wanted?: string | undefined
  /** JSON text, secrets hashed, cut; absent when Databricks has nothing there or never shows it. */
  found?: string | undefined
  cause: Cause
  impact: Impact
  action: Action
  /** When this path was first seen to differ, without a gap since. */
  firstSeen: string
  /** Until when it is tolerated, where the manifest names an end. */
  until?: string | undefined
  /** Who changed it, where Databricks tells. */
  by?: string | undefined
}
