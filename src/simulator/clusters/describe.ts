import type { Workspace } from '../workspace.ts'
import type { Cloud } from './clouds.ts'
import type { Cluster } from './cluster.ts'
import { effectiveSpec } from './effective-spec.ts'
import { nodeTypeWithId } from './node-types.ts'
import { withoutPassword } from './spec.ts'

/** A cluster as clusters/list shows it: everything but `spec`. */
export const describeListed = (cluster: Cluster, { id, principals, switches }: Workspace): object => ({
  cluster_id: cluster.id,
  // Whoever was deleted is not shown any more.
  creator_user_name: principals.named(cluster.creator)?.name,
  cluster_source: cluster.source,
  ...effectiveSpec(cluster, switches, id),
  state: cluster.state,
  state_message: cluster.message,
  start_time: cluster.startedAt,
  last_state_loss_time: cluster.restartedAt ?? 0,
  last_restarted_time: cluster.restartedAt,
  last_activity_time: cluster.activeAt,
  ...(cluster.pinnedBy !== undefined && { pinned_by_user_name: cluster.pinnedBy }),
  ...runtime(cluster, switches.cloud),
  ...termination(cluster),
})

/** A cluster as clusters/get shows it. */
export const describe = (cluster: Cluster, workspace: Workspace): object => ({
  ...describeListed(cluster, workspace),
  spec: withoutPassword(cluster.shownSpec ?? cluster.spec, workspace.switches),
})

function termination({ state, terminatedAt, terminationReason }: Cluster): object {
  if (state !== 'TERMINATING' && state !== 'TERMINATED') return {}
  return {
    terminated_time: state === 'TERMINATED' ? terminatedAt : undefined,
    termination_reason: terminationReason,
  }
}

/** The machines of a pool that is gone. */
const unknownNode = { num_cores: 2, memory_mb: 8192 }

/** What is there only while nodes are there. */
function runtime(cluster: Cluster, cloud: Cloud): object {
  const { state, settings, size, contextId } = cluster
  if (state !== 'RUNNING' && state !== 'RESIZING') return {}
  const worker = nodeTypeWithId(settings.node_type_id ?? '', cloud) ?? unknownNode
  const driver = nodeTypeWithId(settings.driver_node_type_id ?? '', cloud) ?? worker
  const workers = size.autoscale?.min_workers ?? size.num_workers ?? 0
  return {
    jdbc_port: 10_000,
    spark_context_id: contextId,
    cluster_cores: driver.num_cores + worker.num_cores * workers,
    cluster_memory_mb: driver.memory_mb + worker.memory_mb * workers,
    driver: node(cluster, 0, cloud),
    executors: Array.from({ length: workers }, (_, index) => node(cluster, index + 1, cloud)),
    ...(settings.cluster_log_conf && { cluster_log_status: { last_attempted: cluster.activeAt } }),
  }
}

/** Node facts that stay the same for a cluster between restarts, so that a read changes nothing. */
function node({ id, startedAt, restartedAt, contextId }: Cluster, index: number, cloud: Cloud): object {
  const serial = (contextId + BigInt(index)).toString(16)
  const address = (network: number) => `10.${network}.${(index >> 8) & 255}.${(index & 255) + 4}`
  return {
    node_id: `${id.slice(-8)}${serial}`,
    instance_id: `i-0${serial}`,
    private_ip: address(1),
    host_private_ip: address(2),
    public_dns: '',
    start_timestamp: restartedAt ?? startedAt,
    ...(cloud === 'AWS' && { node_aws_attributes: { is_spot: index > 0 } }),
  }
}
