import type { ClusterEvent } from './events.ts'
import type { ClusterSpec, Size } from './spec.ts'

/** The states that a cluster passes through; ERROR and UNKNOWN are no longer produced. */
export type ClusterState = 'PENDING' | 'RUNNING' | 'RESTARTING' | 'RESIZING' | 'TERMINATING' | 'TERMINATED'

/** Who makes clusters: programs and people through this API, or a service for a run, a pipeline, a query. */
export type ClusterSource = 'API' | 'UI' | 'JOB' | 'PIPELINE' | 'SQL'

/** Why a cluster went down. */
export interface TerminationReason {
  readonly code: string
  readonly type: 'SUCCESS' | 'CLIENT_ERROR' | 'SERVICE_FAULT' | 'CLOUD_FAILURE'
  readonly parameters: Readonly<Record<string, string>>
}

/** What the workspace remembers of a cluster. Times are virtual milliseconds. */
export interface Cluster {
  readonly id: string
  /** Name of the principal that owns it: whoever created it, until the owner is changed. */
  creator: string
  readonly source: ClusterSource
  /** The name that the service that made it gave it; undefined where the settings say it. */
  readonly givenName: string | undefined
  /** What a caller last sent: the `spec` of a read. */
  spec: ClusterSpec
  /** What a read shows as `spec` instead, where that does not follow what others send. */
  shownSpec: ClusterSpec | undefined
  /** That with what its policy and its pool decide. Everything else is filled in when it is read. */
  settings: ClusterSpec
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
  /** Its log; undefined as long as nothing happened but the ordinary life of a job's cluster. */
  events: ClusterEvent[] | undefined
}

/** The name that reads and lists show. */
export const nameOf = ({ givenName, settings }: Cluster): string => givenName ?? settings.cluster_name ?? ''

/**
 * Clusters of other services come and go with what they were made for: nobody else starts or changes them,
 * and only whoever they were made for sees them.
 */
export const isManaged = ({ source }: Cluster): boolean => source !== 'API' && source !== 'UI'

/** `Running`: how error texts write a state. */
export const stateTitle = (state: ClusterState): string => state.charAt(0) + state.slice(1).toLowerCase()
