import type { Random } from '../random.ts'
import type { Cluster, ClusterState, TerminationReason } from './cluster.ts'
import { lifeOf, type ClusterEventType } from './events.ts'

/**
 * How long a cluster stays in each passing state, in virtual seconds.
 *
 * No timer runs. A cluster's state is brought up to date by `settle` whenever somebody looks at it, with
 * the transitions dated to the instants at which they were due; several may have been missed.
 */
const transitionSeconds = { PENDING: 30, RESTARTING: 20, RESIZING: 10, TERMINATING: 10 } as const

/** A terminated cluster that is not pinned is forgotten after this many days. */
const keptMilliseconds = 30 * 86_400_000

/** Brings a cluster to the state it has at `now`. */
export function settle(cluster: Cluster, now: number, random: Random): void {
  for (let due = nextTransition(cluster); due !== undefined && due <= now; due = nextTransition(cluster)) {
    transit(cluster, due, random)
  }
}

/** When the cluster changes its state by itself or is forgotten; undefined if it stays as it is. */
export function nextChange(cluster: Cluster): number | undefined {
  if (cluster.state !== 'TERMINATED') return nextTransition(cluster)
  return cluster.pinnedBy === undefined ? keptSince(cluster) + keptMilliseconds + 1 : undefined
}

/** When the cluster changes its state by itself; undefined if it will not. */
function nextTransition(cluster: Cluster): number | undefined {
  switch (cluster.state) {
    case 'PENDING':
    case 'RESTARTING':
    case 'RESIZING':
    case 'TERMINATING':
      return cluster.since + transitionSeconds[cluster.state] * 1000
    case 'RUNNING': {
      const minutes = cluster.settings.autotermination_minutes ?? 0
      return minutes > 0 ? (cluster.activeAt ?? cluster.since) + minutes * 60_000 : undefined
    }
    case 'TERMINATED':
      return undefined
    default:
      return cluster.state satisfies never
  }
}

function transit(cluster: Cluster, at: number, random: Random): void {
  switch (cluster.state) {
    case 'PENDING':
    case 'RESTARTING':
      if (cluster.startFailure === undefined) return run(cluster, at, random)
      return terminate(cluster, at, {
        reason: cluster.startFailure,
        message: `Start failed: ${cluster.startFailure.code}`,
      })
    case 'RESIZING':
      enter(cluster, 'RUNNING', { at, message: '' })
      cluster.activeAt = at
      if (cluster.events?.at(-1)?.type === 'ADD_NODES_FAILED') return
      return record(cluster, 'UPSIZE_COMPLETED', { at, details: { cluster_size: cluster.size } })
    case 'RUNNING':
      return terminate(cluster, at, inactivity(cluster.settings.autotermination_minutes ?? 0))
    case 'TERMINATING':
      cluster.terminatedAt = at
      return enter(cluster, 'TERMINATED', { at, message: cluster.message })
    case 'TERMINATED':
      return
  }
}

function run(cluster: Cluster, at: number, random: Random): void {
  if (cluster.settings.init_scripts !== undefined) {
    record(cluster, 'INIT_SCRIPTS_STARTED', { at, details: {} })
    record(cluster, 'INIT_SCRIPTS_FINISHED', { at, details: {} })
  }
  enter(cluster, 'RUNNING', { at, message: '' })
  cluster.activeAt = at
  cluster.contextId = random.id()
  record(cluster, 'RUNNING', { at, details: { cluster_size: cluster.size } })
  record(cluster, 'DRIVER_HEALTHY', { at, details: {} })
}

const inactivity = (minutes: number): { reason: TerminationReason; message: string } => ({
  reason: { code: 'INACTIVITY', type: 'SUCCESS', parameters: { inactivity_duration_min: String(minutes) } },
  message: `Inactive cluster terminated (inactive for ${minutes} minutes).`,
})

/** Starts to take a cluster down. */
export function terminate(
  cluster: Cluster,
  at: number,
  why: { reason: TerminationReason; message: string },
): void {
  enter(cluster, 'TERMINATING', { at, message: why.message })
  cluster.terminationReason = why.reason
  cluster.startFailure = undefined
  record(cluster, 'TERMINATING', { at, details: { reason: why.reason } })
}

/** Puts a cluster into a state. */
export function enter(
  cluster: Cluster,
  state: ClusterState,
  { at, message }: { at: number; message: string },
): void {
  cluster.state = state
  cluster.since = at
  cluster.message = message
}

/** Adds to the cluster's event log. */
export function record(
  cluster: Cluster,
  type: ClusterEventType,
  { at, details }: { at: number; details: object },
): void {
  cluster.events ??= lifeOf(cluster)
  cluster.events.push({ cluster_id: cluster.id, timestamp: at, type, details })
}

/** Whether a cluster has been terminated, and not pinned, for so long that nobody can use it any more. */
export function isPurged(cluster: Cluster, now: number): boolean {
  if (cluster.state !== 'TERMINATED' || cluster.pinnedBy !== undefined) return false
  return now - keptSince(cluster) > keptMilliseconds
}

/** Puts the end of a cluster so far back that it is purged. */
export function outlive(cluster: Cluster, now: number): void {
  const at = now - keptMilliseconds - 1
  enter(cluster, 'TERMINATED', { at, message: cluster.message })
  cluster.terminatedAt = at
  cluster.unpinnedAt = undefined
  cluster.pinnedBy = undefined
}

/** Since when the days count after which a cluster is forgotten. */
const keptSince = ({ terminatedAt = 0, unpinnedAt = 0 }: Cluster): number =>
  Math.max(terminatedAt, unpinnedAt)
