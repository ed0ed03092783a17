import { z } from 'zod'
import type { Switches } from '../switches.ts'

const texts = z.record(z.string(), z.string())
const flexibility = z.object({ alternate_node_type_ids: z.array(z.string()) }).partial()

const awsAttributes = z
  .object({
    availability: z.enum(['SPOT', 'ON_DEMAND', 'SPOT_WITH_FALLBACK']),
    zone_id: z.string(),
    first_on_demand: z.int(),
    instance_profile_arn: z.string(),
    spot_bid_price_percent: z.int(),
    ebs_volume_type: z.enum(['GENERAL_PURPOSE_SSD', 'THROUGHPUT_OPTIMIZED_HDD']),
    ebs_volume_count: z.int(),
    ebs_volume_size: z.int(),
    ebs_volume_iops: z.int(),
    ebs_volume_throughput: z.int(),
  })
  .partial()

const azureAttributes = z
  .object({
    availability: z.enum(['SPOT_AZURE', 'ON_DEMAND_AZURE', 'SPOT_WITH_FALLBACK_AZURE']),
    first_on_demand: z.int(),
    spot_bid_max_price: z.number(),
    capacity_reservation_group: z.string(),
    log_analytics_info: z
      .object({ log_analytics_workspace_id: z.string(), log_analytics_primary_key: z.string() })
      .partial(),
  })
  .partial()

const gcpAttributes = z
  .object({
    availability: z.enum(['PREEMPTIBLE_GCP', 'ON_DEMAND_GCP', 'PREEMPTIBLE_WITH_FALLBACK_GCP']),
    first_on_demand: z.int(),
    boot_disk_size: z.int(),
    local_ssd_count: z.int(),
    google_service_account: z.string(),
    zone_id: z.string(),
    confidential_compute_type: z.enum(['CONFIDENTIAL_COMPUTE_TYPE_NONE', 'SEV_SNP']),
    use_preemptible_executors: z.boolean(),
  })
  .partial()

const place = z.object({ destination: z.string() })
const bucket = place.extend({
  region: z.string().optional(),
  endpoint: z.string().optional(),
  enable_encryption: z.boolean().optional(),
  encryption_type: z.string().optional(),
  kms_key: z.string().optional(),
  canned_acl: z.string().optional(),
})
const logConf = z.object({ dbfs: place, s3: bucket, volumes: place }).partial()
const initScript = z
  .object({
    workspace: place,
    volumes: place,
    s3: bucket,
    abfss: place,
    gcs: place,
    file: place,
    dbfs: place,
  })
  .partial()
const workloadType = z.object({
  clients: z.object({ jobs: z.boolean(), notebooks: z.boolean() }).partial(),
})

/** The number of workers: fixed, or between two bounds. */
export const sizeSchema = z
  .object({ num_workers: z.int(), autoscale: z.object({ min_workers: z.int(), max_workers: z.int() }) })
  .partial()

/** What clusters/edit takes besides the id: all that a caller may set. */
export const clusterSpecSchema = z
  .object({
    ...sizeSchema.shape,
    cluster_name: z.string(),
    spark_version: z.string(),
    node_type_id: z.string(),
    driver_node_type_id: z.string(),
    instance_pool_id: z.string(),
    driver_instance_pool_id: z.string(),
    driver_node_type_flexibility: flexibility,
    worker_node_type_flexibility: flexibility,
    autotermination_minutes: z.int(),
    spark_conf: texts,
    spark_env_vars: texts,
    custom_tags: texts,
    aws_attributes: awsAttributes,
    azure_attributes: azureAttributes,
    gcp_attributes: gcpAttributes,
    data_security_mode: z.enum([
      'DATA_SECURITY_MODE_AUTO',
      'DATA_SECURITY_MODE_DEDICATED',
      'DATA_SECURITY_MODE_STANDARD',
      'SINGLE_USER',
      'USER_ISOLATION',
      'NONE',
      'LEGACY_TABLE_ACL',
      'LEGACY_PASSTHROUGH',
      'LEGACY_SINGLE_USER',
      'LEGACY_SINGLE_USER_STANDARD',
    ]),
    single_user_name: z.string(),
    runtime_engine: z.enum(['STANDARD', 'PHOTON', 'NULL']),
    policy_id: z.string(),
    apply_policy_default_values: z.boolean(),
    kind: z.enum(['CLASSIC_PREVIEW']),
    is_single_node: z.boolean(),
    use_ml_runtime: z.boolean(),
    dependency_mode: z.enum([
      'DEPENDENCY_MODE_AUTO',
      'DEPENDENCY_MODE_ENVIRONMENTS',
      'DEPENDENCY_MODE_CLUSTER_LIBRARIES',
    ]),
    cluster_log_conf: logConf,
    init_scripts: z.array(initScript),
    docker_image: z.object({ url: z.string(), basic_auth: texts }).partial(),
    ssh_public_keys: z.array(z.string()),
    enable_elastic_disk: z.boolean(),
    enable_local_disk_encryption: z.boolean(),
    workload_type: workloadType,
    remote_disk_throughput: z.int(),
    total_initial_remote_disk_size: z.int(),
  })
  .partial()

/** A new cluster inside a job: what only makes sense for a long-lived cluster is not known there. */
export const jobClusterSpecSchema = clusterSpecSchema.omit({
  autotermination_minutes: true,
  workload_type: true,
})

/** All that a caller may set of a cluster, on the wire. What is absent was not sent. */
export type ClusterSpec = z.infer<typeof clusterSpecSchema>

/** The number of workers as sent: either member, both or none. */
export type Size = z.infer<typeof sizeSchema>

/** The size within a spec. */
export const sizeOf = ({ num_workers, autoscale }: Size): Size =>
  autoscale ? { autoscale } : { num_workers: num_workers ?? 0 }

/** A spec as it may be shown: a registry's password is never given back. */
export function withoutPassword(
  spec: ClusterSpec,
  { showDockerUser }: Pick<Switches, 'showDockerUser'> = { showDockerUser: true },
): ClusterSpec {
  if (spec.docker_image?.basic_auth === undefined) return spec
  const { basic_auth, ...image } = spec.docker_image
  const { password: _password, ...user } = basic_auth
  return { ...spec, docker_image: showDockerUser ? { ...image, basic_auth: user } : image }
}
