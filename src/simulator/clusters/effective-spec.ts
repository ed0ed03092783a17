import type { Switches } from '../switches.ts'
import type { Cluster } from './cluster.ts'
import { sizeOf, withoutPassword, type ClusterSpec } from './spec.ts'

/** The zone that `auto`, when nobody asked for it, turned into. */
const zone = 'us-east-1c'

/** The mode that an alias stands for; without a mode the server chooses. */
function effectiveMode({ data_security_mode: mode }: ClusterSpec): string {
  if (mode === undefined || mode === 'DATA_SECURITY_MODE_AUTO' || mode === 'DATA_SECURITY_MODE_DEDICATED') {
    return 'SINGLE_USER'
  }
  return mode === 'DATA_SECURITY_MODE_STANDARD' ? 'USER_ISOLATION' : mode
}

/** Settings as the top level of a read shows them: aliases resolved and everything filled that a caller left out. */
export function effectiveSpec(cluster: Cluster, switches: Switches): object {
  const { spec, creator } = cluster
  const {
    apply_policy_default_values: _flag,
    num_workers: _workers,
    autoscale: _autoscale,
    ...settings
  } = withoutPassword(spec)
  const mode = effectiveMode(spec)
  return {
    cluster_name: '',
    autotermination_minutes: 0,
    enable_elastic_disk: false,
    enable_local_disk_encryption: false,
    driver_node_type_id: spec.node_type_id,
    ...(mode === 'SINGLE_USER' && { single_user_name: creator }),
    ...(switches.fillRuntimeEngine && { runtime_engine: engineOf(spec) }),
    ...settings,
    ...(isSingleNode(spec) && { spark_conf: { ...singleNodeConf, ...spec.spark_conf } }),
    custom_tags: customTags(spec),
    data_security_mode: mode,
    aws_attributes: awsAttributes(spec),
    disk_spec: {},
    init_scripts_safe_mode: false,
    default_tags: defaultTags(cluster),
    ...sizeOf(cluster.size),
  }
}

/** A new cluster of a job as a read shows it; less is filled there, and the policy flag is never given back. */
export function effectiveJobClusterSpec(spec: ClusterSpec): object {
  const { apply_policy_default_values: _flag, ...settings } = spec
  return {
    data_security_mode: 'SINGLE_USER',
    enable_elastic_disk: false,
    driver_node_type_id: spec.node_type_id,
    ...settings,
    aws_attributes: { availability: 'SPOT_WITH_FALLBACK', zone_id: zone, ...spec.aws_attributes },
  }
}

const awsAttributes = (spec: ClusterSpec): object => ({
  first_on_demand: 1,
  availability: 'SPOT_WITH_FALLBACK',
  zone_id: zone,
  spot_bid_price_percent: 100,
  ebs_volume_count: 0,
  ...spec.aws_attributes,
})

const engineOf = ({ spark_version = '' }: ClusterSpec): string =>
  spark_version.includes('-photon-') ? 'PHOTON' : 'STANDARD'

const defaultTags = ({ id, creator, spec }: Cluster): Record<string, string> => ({
  Vendor: 'Databricks',
  Creator: creator,
  ClusterName: spec.cluster_name ?? '',
  ClusterId: id,
})

const reservedTags = new Set(['Vendor', 'Creator', 'ClusterName', 'ClusterId'])

/** A user's tag with the name of a default tag is set apart instead of refused. */
function customTags(spec: ClusterSpec): Record<string, string> | undefined {
  const tags = isSingleNode(spec) ? { ...spec.custom_tags, ResourceClass: 'SingleNode' } : spec.custom_tags
  if (tags === undefined) return undefined
  return Object.fromEntries(
    Object.entries(tags).map(([key, value]) => [reservedTags.has(key) ? `x_${key}` : key, value]),
  )
}

/** With this flag the server itself adds the conf and the tag that older clients have to send. */
const isSingleNode = ({ kind, is_single_node }: ClusterSpec): boolean =>
  kind !== undefined && is_single_node === true

const singleNodeConf = { 'spark.databricks.cluster.profile': 'singleNode', 'spark.master': 'local[*]' }
