import { invalidParameter, type Refusal } from '../http/refusal.ts'
import { nodeTypes, nodeTypeWithId } from './node-types.ts'
import { isSparkVersion } from './spark-versions.ts'
import type { ClusterSpec, Size } from './spec.ts'

const mostTags = 45
const mostSshKeys = 10

const invalid = (problem: string): Refusal => invalidParameter(`Cluster validation error: ${problem}`)

/** The first reason why a cluster cannot be made from this spec. Applies to clusters and to those in jobs. */
export const checkSpec = (spec: ClusterSpec): Refusal | undefined =>
  checkVersion(spec) ?? checkSize(spec) ?? checkNodeTypes(spec) ?? checkLimits(spec)

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
  const single = isSingleNode(spec)
  if (num_workers === undefined && autoscale === undefined && !single) {
    return invalid('Missing required field: settings.cluster_spec.new_cluster.size')
  }
  if (num_workers === 0 && !single) {
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

/** Either the newer flag, which needs `kind`, or the three settings that older clients send. */
function isSingleNode({ kind, is_single_node, spark_conf, custom_tags }: ClusterSpec): boolean {
  if (kind !== undefined && is_single_node === true) return true
  return (
    spark_conf?.['spark.databricks.cluster.profile'] === 'singleNode' &&
    spark_conf['spark.master']?.startsWith('local[') === true &&
    custom_tags?.['ResourceClass'] === 'SingleNode'
  )
}

function checkNodeTypes({
  node_type_id,
  driver_node_type_id,
  instance_pool_id,
}: ClusterSpec): Refusal | undefined {
  if (node_type_id === undefined && instance_pool_id === undefined) {
    return invalid('Missing required field: settings.cluster_spec.new_cluster.node_type_id')
  }
  for (const id of [node_type_id, driver_node_type_id]) {
    if (id === undefined || nodeTypeWithId(id) !== undefined) continue
    const known = nodeTypes.map(({ node_type_id }) => node_type_id).join(', ')
    return invalid(`Node type ${id} is not supported. Supported node types: ${known}`)
  }
  return undefined
}

function checkLimits(spec: ClusterSpec): Refusal | undefined {
  const { autotermination_minutes: minutes = 0, custom_tags = {}, ssh_public_keys = [] } = spec
  if (minutes !== 0 && (minutes < 10 || minutes > 10_000)) {
    return invalid('autotermination_minutes must be 0 or between 10 and 10000.')
  }
  if (Object.keys(custom_tags).length > mostTags)
    return invalid(`At most ${mostTags} custom tags are allowed.`)
  if (ssh_public_keys.length > mostSshKeys)
    return invalid(`At most ${mostSshKeys} SSH public keys are allowed.`)
  if (spec.is_single_node !== undefined && spec.kind === undefined) {
    return invalid('is_single_node can only be set together with kind.')
  }
  return undefined
}
