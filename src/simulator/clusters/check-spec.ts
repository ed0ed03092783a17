import type { Refusal } from '../http/refusal.ts'
import type { Switches } from '../switches.ts'
import { checkAttributes, invalid } from './check-attributes.ts'
import { nodeTypes, nodeTypeWithId } from './node-types.ts'
import { isFlaggedSingleNode, isSingleNode } from './single-node.ts'
import { isSparkVersion } from './spark-versions.ts'
import type { ClusterSpec, Size } from './spec.ts'

/** The last runtimes that still know the LEGACY_ modes of data security. */
const lastMajorWithLegacyModes = 14

/** The first reason why a cluster cannot be made from this spec. Applies to clusters and to those in jobs. */
export const checkSpec = (spec: ClusterSpec, switches: Switches): Refusal | undefined =>
  checkVersion(spec) ??
  checkSize(spec) ??
  checkKind(spec) ??
  checkNodeTypes(spec, switches) ??
  checkMode(spec) ??
  checkAttributes(spec, switches)

function checkVersion({ spark_version, runtime_engine }: ClusterSpec): Refusal | undefined {
  if (spark_version === undefined) {
    return invalid('Missing required field: settings.cluster_spec.new_cluster.spark_version')
  }
  if (!isSparkVersion(spark_version)) return invalid(`Invalid spark version ${spark_version}.`)
  if (runtime_engine !== undefined && spark_version.includes('-photon-')) {
    return invalid(
      `runtime_engine cannot be set with the spark version ${spark_version}, which already names an engine.`,
    )
  }
  return undefined
}

function checkSize(spec: ClusterSpec): Refusal | undefined {
  const { num_workers, autoscale } = spec
  if (num_workers === undefined && autoscale === undefined && !isSingleNode(spec)) {
    return invalid('Missing required field: settings.cluster_spec.new_cluster.size')
  }
  if (num_workers === 0 && !isSingleNode(spec)) {
    return invalid(
      'NumWorkers could be 0 only for SingleNode clusters. See the documentation on single node compute.',
    )
  }
  return checkWorkers(spec)
}

/** Bounds that hold for a spec and for a resize alike. */
export function checkWorkers({ num_workers, autoscale }: Size): Refusal | undefined {
  if (num_workers !== undefined && autoscale !== undefined) {
    return invalid('Only one of num_workers and autoscale may be set.')
  }
  if (num_workers !== undefined && num_workers < 0) return invalid('num_workers must not be negative.')
  if (autoscale === undefined) return undefined
  if (autoscale.min_workers < 0) return invalid('autoscale.min_workers must not be negative.')
  return autoscale.max_workers > autoscale.min_workers
    ? undefined
    : invalid('autoscale.max_workers must be greater than autoscale.min_workers.')
}

function checkKind(spec: ClusterSpec): Refusal | undefined {
  if (spec.kind === undefined) {
    const flag = (['is_single_node', 'use_ml_runtime'] as const).find((name) => spec[name] !== undefined)
    return flag === undefined ? undefined : invalid(`${flag} can only be set together with kind.`)
  }
  if (isFlaggedSingleNode(spec) && ((spec.num_workers ?? 0) > 0 || spec.autoscale !== undefined)) {
    return invalid('A cluster with is_single_node has no workers: num_workers and autoscale must not be set.')
  }
  return undefined
}

function checkNodeTypes(spec: ClusterSpec, { cloud }: Switches): Refusal | undefined {
  const { node_type_id, driver_node_type_id, instance_pool_id } = spec
  if (node_type_id === undefined && instance_pool_id === undefined) {
    return invalid('Missing required field: settings.cluster_spec.new_cluster.node_type_id')
  }
  for (const id of [node_type_id, driver_node_type_id]) {
    if (id === undefined || nodeTypeWithId(id, cloud) !== undefined) continue
    const known = nodeTypes[cloud].map(({ node_type_id }) => node_type_id).join(', ')
    return invalid(`Node type ${id} is not supported. Supported node types: ${known}`)
  }
  return undefined
}

function checkMode(spec: ClusterSpec): Refusal | undefined {
  const { data_security_mode: mode, single_user_name: user, spark_version = '' } = spec
  if (mode === undefined) return undefined
  if (mode.startsWith('LEGACY_') && Number.parseInt(spark_version, 10) > lastMajorWithLegacyModes) {
    return invalid(`data_security_mode ${mode} is not supported by the spark version ${spark_version}.`)
  }
  const isShared = ['USER_ISOLATION', 'DATA_SECURITY_MODE_STANDARD', 'NONE'].includes(mode)
  return user !== undefined && isShared
    ? invalid(`single_user_name cannot be set with data_security_mode ${mode}.`)
    : undefined
}
