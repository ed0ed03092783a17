import type { Switches } from '../switches.ts'
import { clouds, type Cloud } from './clouds.ts'
import { nameOf, type Cluster } from './cluster.ts'
import { hasGpu } from './node-types.ts'
import { withSingleNode } from './single-node.ts'
import { sizeOf, withoutPassword, type ClusterSpec } from './spec.ts'

/** The mode that an alias stands for; without a mode the server chooses. */
function effectiveMode(spec: ClusterSpec, cloud: Cloud): string {
  const { data_security_mode: mode } = spec
  if (mode === 'DATA_SECURITY_MODE_AUTO') return needsOneUser(spec, cloud) ? 'SINGLE_USER' : 'USER_ISOLATION'
  if (mode === undefined || mode === 'DATA_SECURITY_MODE_DEDICATED') return 'SINGLE_USER'
  return mode === 'DATA_SECURITY_MODE_STANDARD' ? 'USER_ISOLATION' : mode
}

/** Machine learning is not isolated between users. */
const needsOneUser = ({ use_ml_runtime, spark_version, node_type_id }: ClusterSpec, cloud: Cloud): boolean =>
  use_ml_runtime === true || spark_version?.includes('-ml-') === true || hasGpu(node_type_id ?? '', cloud)

const singleUserModes = new Set(['SINGLE_USER', 'LEGACY_SINGLE_USER', 'LEGACY_SINGLE_USER_STANDARD'])

/** Settings as the top level of a read shows them: aliases resolved and everything filled that a caller left out. */
export function effectiveSpec(cluster: Cluster, switches: Switches, workspaceId: string): object {
  const { settings, creator } = cluster
  const {
    apply_policy_default_values: _flag,
    num_workers: _workers,
    autoscale: _autoscale,
    ...shown
  } = withoutPassword(withSingleNode(settings), switches)
  const mode = effectiveMode(settings, switches.cloud)
  const { block, defaults, elasticDisk } = clouds[switches.cloud]
  return {
    autotermination_minutes: 0,
    enable_elastic_disk: elasticDisk,
    enable_local_disk_encryption: false,
    driver_node_type_id: settings.node_type_id,
    ...(singleUserModes.has(mode) && { single_user_name: creator }),
    ...(switches.fillRuntimeEngine && { runtime_engine: engineOf(settings) }),
    ...shown,
    ...(switches.fillDeltaPreview && {
      spark_conf: { 'spark.databricks.delta.preview.enabled': 'true', ...shown.spark_conf },
    }),
    ...(switches.showEffectiveSparkVersion && effectiveVersion(settings, switches.cloud)),
    ...workloadType(settings),
    cluster_name: nameOf(cluster),
    custom_tags: setApart(shown.custom_tags),
    data_security_mode: mode,
    [block]: { ...defaults, ...settings[block] },
    disk_spec: {},
    init_scripts_safe_mode: false,
    default_tags: {
      ...defaultTags(cluster),
      ...(switches.cloud === 'Azure' &&
        switches.azureEnvironmentTag && { DatabricksEnvironment: `workerenv-${workspaceId}` }),
    },
    ...(switches.showWorkersWhileScaling && { num_workers: cluster.size.autoscale?.min_workers }),
    ...sizeOf(cluster.size),
  }
}

/** A new cluster of a job as a read shows it; less is filled there, and the policy flag is never given back. */
export function effectiveJobClusterSpec(spec: ClusterSpec, switches: Switches): object {
  const { apply_policy_default_values: _flag, ...settings } = withoutPassword(spec, switches)
  const { block, jobDefaults, elasticDisk } = clouds[switches.cloud]
  // What a pool decides is not repeated in the job: sending it back would be refused.
  const fromPool = spec.instance_pool_id !== undefined
  return {
    data_security_mode: 'SINGLE_USER',
    ...(!fromPool && { enable_elastic_disk: elasticDisk, driver_node_type_id: spec.node_type_id }),
    ...settings,
    [block]: fromPool ? spec[block] : { ...jobDefaults, ...spec[block] },
  }
}

const engineOf = ({ spark_version = '' }: ClusterSpec): string =>
  spark_version.includes('-photon-') ? 'PHOTON' : 'STANDARD'

/** The runtime with the machine learning libraries that a plain one stands for. */
function effectiveVersion(
  { use_ml_runtime, spark_version, node_type_id }: ClusterSpec,
  cloud: Cloud,
): object {
  if (use_ml_runtime !== true || spark_version === undefined) return {}
  const variant = hasGpu(node_type_id ?? '', cloud) ? 'gpu-ml' : 'cpu-ml'
  return { effective_spark_version: spark_version.replace('.x-scala', `.x-${variant}-scala`) }
}

const workloadType = ({ workload_type: type }: ClusterSpec): object =>
  type === undefined ? {} : { workload_type: { clients: { jobs: true, notebooks: true, ...type.clients } } }

const defaultTags = (cluster: Cluster): Record<string, string> => ({
  Vendor: 'Databricks',
  Creator: cluster.creator,
  ClusterName: nameOf(cluster),
  ClusterId: cluster.id,
})

const reservedTags = new Set(['Vendor', 'Creator', 'ClusterName', 'ClusterId'])

/** A user's tag with the name of a default tag is set apart instead of refused. */
const setApart = (tags: ClusterSpec['custom_tags']): ClusterSpec['custom_tags'] =>
  tags &&
  Object.fromEntries(
    Object.entries(tags).map(([key, value]) => [reservedTags.has(key) ? `x_${key}` : key, value]),
  )
