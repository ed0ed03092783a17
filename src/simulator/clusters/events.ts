import { withoutPassword, type ClusterSpec, type Size } from './spec.ts'

/** The kinds of event that the simulator produces, out of the service's longer, open list. */
export type ClusterEventType =
  | 'CREATING'
  | 'STARTING'
  | 'RUNNING'
  | 'RESTARTING'
  | 'RESIZING'
  | 'UPSIZE_COMPLETED'
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
export function attributesOf(spec: ClusterSpec): object {
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
