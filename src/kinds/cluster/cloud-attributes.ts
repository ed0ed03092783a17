import { decimal, int32, object, openEnum, text } from '../shape.ts'

/*
 * What only one cloud knows. Databricks fills the whole block on read when none was sent; the zone reads
 * back as a concrete one.
 */

const firstOnDemand = int32(
  'How many nodes, the driver first, run on demand whatever availability says. Databricks: first_on_demand.',
).optional()

/** `awsAttributes` of a cluster; its description is what users read. */
export const awsAttributes = object('Settings that only AWS has.', {
  availability: openEnum('SPOT, ON_DEMAND or SPOT_WITH_FALLBACK. Default: SPOT_WITH_FALLBACK.').optional(),
  zoneId: text('Availability zone such as us-east-1c, or auto. Default: chosen by Databricks.', {
    max: 64,
  }).optional(),
  firstOnDemand,
  instanceProfileArn: text('ARN of the instance profile that the nodes carry.', { max: 2048 }).optional(),
  spotBidPricePercent: int32(
    'Highest bid for spot instances, percent of the on-demand price. Default: 100.',
    {
      max: 10_000,
    },
  ).optional(),
  ebsVolumeType: openEnum('GENERAL_PURPOSE_SSD or THROUGHPUT_OPTIMIZED_HDD.').optional(),
  ebsVolumeCount: int32('Volumes per node, needed by node types without local disk.', { max: 10 }).optional(),
  ebsVolumeSize: int32('Size of each volume, GiB: 100 to 4096 for SSD, 500 to 4096 for HDD.').optional(),
  ebsVolumeIops: int32('IOPS of each gp3 volume.').optional(),
  ebsVolumeThroughput: int32('Throughput of each gp3 volume, MiB per second.').optional(),
})

/** `azureAttributes` of a cluster. */
export const azureAttributes = object('Settings that only Azure has.', {
  availability: openEnum(
    'SPOT_AZURE, ON_DEMAND_AZURE or SPOT_WITH_FALLBACK_AZURE. Default: ON_DEMAND_AZURE.',
  ).optional(),
  firstOnDemand,
  spotBidMaxPrice: decimal(
    'Highest price for spot instances, US dollars per hour; -1: up to the on-demand price.',
    -1,
  ).optional(),
  capacityReservationGroup: text('Resource id of a capacity reservation group.', { max: 2048 }).optional(),
})

/** `gcpAttributes` of a cluster. */
export const gcpAttributes = object('Settings that only Google Cloud has.', {
  availability: openEnum(
    'PREEMPTIBLE_GCP, ON_DEMAND_GCP or PREEMPTIBLE_WITH_FALLBACK_GCP. Default: ON_DEMAND_GCP.',
  ).optional(),
  firstOnDemand,
  bootDiskSize: int32('Size of the boot disk, GB.').optional(),
  localSsdCount: int32('Local SSDs of each node, 375 GB each. Default: by node type.').optional(),
  googleServiceAccount: text('E-mail of the Google service account that the nodes run as.', {
    max: 320,
  }).optional(),
  zoneId: text('Zone such as us-central1-a, or HA, or AUTO. Default: HA.', { max: 64 }).optional(),
  confidentialComputeType: openEnum('CONFIDENTIAL_COMPUTE_TYPE_NONE or SEV_SNP.').optional(),
})
