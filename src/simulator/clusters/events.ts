import type { Cluster } from './cluster.ts'
import { withoutPassword, type ClusterSpec, type Size } from './spec.ts'

/** The kinds of event that the simulator produces, out of the service's longer, open list. */
export type ClusterEventType =
  | 'CREATING'
  | 'STARTING'
  | 'RUNNING'
  | 'DRIVER_HEALTHY'
  | 'INIT_SCRIPTS_STARTED'
  | 'INIT_SCRIPTS_FINISHED'
  | 'RESTARTING'
  | 'RESIZING'
  | 'UPSIZE_COMPLETED'
  | 'ADD_NODES_FAILED'
  | 'TERMINATING'
  | 'EDITED'
  | 'PINNED'
  | 'UNPINNED'

/** One entry of a cluster's event log. `details.user` tells who caused it. */
export interface ClusterEvent {
  readonly cluster_id: string
  readonly timestamp: number
  readonly type: ClusterEventType
  readonly details: object
}

/** A spec as events show it: the size apart from the rest. */
function attributesOf(spec: ClusterSpec): object {
  const { num_workers: _workers, autoscale: _autoscale, ...attributes } = withoutPassword(spec)
  return attributes
}

/** What an edit changes. */
interface Settings {
  readonly spec: ClusterSpec
  readonly size: Size
}

/** The details of an edit: who changed what into what. */
export const editDetails = (user: string, before: Settings, after: Settings): object => ({
  user,
  previous_attributes: attributesOf(before.spec),
  attributes: attributesOf(after.spec),
  previous_cluster_size: before.size,
  cluster_size: after.size,
})

/** The details of a resize: who wants how many workers instead of how many. */
export const resizeDetails = (user: string, before: Size, after: Size): object => ({
  user,
  cause: 'USER_REQUEST',
  previous_cluster_size: before,
  cluster_size: after,
  current_num_workers: before.num_workers,
  target_num_workers: after.num_workers,
})

/** The log of a cluster. */
export const eventsOf = (cluster: Cluster): readonly ClusterEvent[] => cluster.events ?? lifeOf(cluster)

/** The log of a cluster that came up, did its work and went down, told from what is remembered of it. */
export function lifeOf({ id, creator, spec, size, ...times }: Cluster): ClusterEvent[] {
  const { startedAt, activeAt, terminatedAt, terminationReason: reason } = times
  const event = (type: ClusterEventType, at: number | undefined, details: object): ClusterEvent[] =>
    at === undefined ? [] : [{ cluster_id: id, timestamp: at, type, details }]
  return [
    ...event('CREATING', startedAt, { user: creator, cluster_size: size, attributes: attributesOf(spec) }),
    ...event('RUNNING', activeAt, { cluster_size: size }),
    ...event('DRIVER_HEALTHY', activeAt, {}),
    ...event('TERMINATING', terminatedAt, { reason }),
  ]
}
