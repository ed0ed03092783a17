import type { ClusterEvent } from './events.ts'
import type { ClusterSpec, Size } from './spec.ts'

/** The states that a cluster passes through; ERROR and UNKNOWN are no longer produced. */
export type ClusterState = 'PENDING' | 'RUNNING' | 'RESTARTING' | 'RESIZING' | 'TERMINATING' | 'TERMINATED'

/** Why a cluster went down. */
export interface TerminationReason {
  readonly code: string
  readonly type: 'SUCCESS' | 'CLIENT_ERROR' | 'SERVICE_FAULT' | 'CLOUD_FAILURE'
  readonly parameters: Readonly<Record<string, string>>
}

/** What the workspace remembers of a cluster. Times are virtual milliseconds. */
export interface Cluster {
  readonly id: string
  /** Name of the principal that created it. */
  readonly creator: string
  readonly source: 'API' | 'UI'
  /** What a caller last sent: the `spec` of a read. Everything else is filled in when it is read. */
  spec: ClusterSpec
  /** The desired size, which a resize moves away from the spec. */
  size: Size
  state: ClusterState
  /** When it entered the state; the next transition is counted from here. */
  since: number
  message: string
  startedAt: number
  restartedAt: number | undefined
  terminatedAt: number | undefined
  activeAt: number | undefined
  terminationReason: TerminationReason | undefined
  /** The start under way will end with this. */
  startFailure: TerminationReason | undefined
  /** Changes with each start of the driver. */
  contextId: bigint
  /** SCIM id of whoever pinned it. */
  pinnedBy: string | undefined
  unpinnedAt: number | undefined
  readonly events: ClusterEvent[]
}

/** `Running`: how error texts write a state. */
export const stateTitle = (state: ClusterState): string => state.charAt(0) + state.slice(1).toLowerCase()
