import type { Principal } from '../principals.ts'
import type { Cluster, TerminationReason } from './cluster.ts'
import { editDetails, resizeDetails } from './events.ts'
import { sizeOf, type ClusterSpec, type Size } from './spec.ts'
import { enter, record, terminate } from './state-machine.ts'

/** When something is done, and who does it. */
export interface Doing {
  readonly at: number
  readonly by: Principal
}

/** What a cluster that comes up says of itself. */
export const searching = 'Finding instances for new nodes, acquiring more instances if necessary'

/** Brings a terminated cluster up; it ends again where `failure` says so. */
export function start(cluster: Cluster, { at, by }: Doing, failure: TerminationReason | undefined): void {
  enter(cluster, 'PENDING', { at, message: searching })
  cluster.startedAt = at
  cluster.terminatedAt = undefined
  cluster.terminationReason = undefined
  cluster.startFailure = failure
  record(cluster, 'STARTING', { at, details: { user: by.name, cluster_size: cluster.size } })
}

/** Takes a running cluster down and up again. */
export function restart(cluster: Cluster, { at, by }: Doing): void {
  enter(cluster, 'RESTARTING', { at, message: 'Restarting the cluster' })
  cluster.restartedAt = at
  record(cluster, 'RESTARTING', { at, details: { user: by.name } })
}

/** Ends a cluster because somebody wants it. */
export function stop(cluster: Cluster, { at, by }: Doing): void {
  const reason = { code: 'USER_REQUEST', type: 'SUCCESS', parameters: { username: by.name } } as const
  terminate(cluster, at, { reason, message: `Terminated by ${by.name}` })
}

/** What an edit leads to. */
export interface Edit {
  readonly spec: ClusterSpec
  readonly settings: ClusterSpec
  readonly size: Size
}

/** Puts other settings in the place of the present ones. A running cluster restarts, whether or not they differ. */
export function edit(cluster: Cluster, doing: Doing, { spec, settings, size }: Edit): void {
  record(cluster, 'EDITED', { at: doing.at, details: editDetails(doing.by.name, cluster, { spec, size }) })
  cluster.spec = spec
  cluster.settings = settings
  cluster.size = size
  if (cluster.state === 'RUNNING') restart(cluster, doing)
}

/** Gives a running cluster another number of workers. */
export function resize(cluster: Cluster, { at, by }: Doing, size: Size): void {
  const wanted = sizeOf(size)
  record(cluster, 'RESIZING', { at, details: resizeDetails(by.name, cluster.size, wanted) })
  cluster.size = wanted
  enter(cluster, 'RESIZING', { at, message: searching })
}

/** A spec with the size that a resize led to. */
export function resized(spec: ClusterSpec, size: Size): ClusterSpec {
  const { num_workers: _workers, autoscale: _autoscale, ...rest } = spec
  return { ...rest, ...sizeOf(size) }
}

/** Keeps a cluster. */
export function pin(cluster: Cluster, { at, by }: Doing): void {
  cluster.pinnedBy = by.id
  record(cluster, 'PINNED', { at, details: { user: by.name } })
}

/** Lets a cluster go the way of all others; its days count from now. */
export function unpin(cluster: Cluster, { at, by }: Doing): void {
  cluster.pinnedBy = undefined
  cluster.unpinnedAt = at
  record(cluster, 'UNPINNED', { at, details: { user: by.name } })
}
