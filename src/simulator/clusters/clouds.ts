import type { Switches } from '../switches.ts'
import type { ClusterSpec } from './spec.ts'

/** Where a workspace runs, as it says of itself. */
export type Cloud = 'AWS' | 'Azure' | 'GCP'

/** What differs between the clouds in how a cluster is described. */
interface CloudFacts {
  /** The one block of cloud settings that a spec may have. */
  readonly block: 'aws_attributes' | 'azure_attributes' | 'gcp_attributes'
  /** What the service puts into that block where the caller says nothing. */
  readonly defaults: Readonly<Record<string, unknown>>
  /** The part of the defaults that is also filled into a new cluster of a job. */
  readonly jobDefaults: Readonly<Record<string, unknown>>
  readonly elasticDisk: boolean
  readonly zones: { readonly default_zone: string; readonly zones: readonly string[] }
}

/** The zone that `auto`, when nobody asked for it, turned into. */
const awsZone = 'us-east-1c'

/** The clouds, one by one. */
export const clouds: Readonly<Record<Cloud, CloudFacts>> = {
  AWS: {
    block: 'aws_attributes',
    defaults: {
      first_on_demand: 1,
      availability: 'SPOT_WITH_FALLBACK',
      zone_id: awsZone,
      spot_bid_price_percent: 100,
      ebs_volume_count: 0,
    },
    jobDefaults: { availability: 'SPOT_WITH_FALLBACK', zone_id: awsZone },
    elasticDisk: false,
    zones: { default_zone: awsZone, zones: ['us-east-1a', 'us-east-1b', awsZone, 'us-east-1d'] },
  },
  Azure: {
    block: 'azure_attributes',
    defaults: { first_on_demand: 1, availability: 'ON_DEMAND_AZURE', spot_bid_max_price: -1 },
    jobDefaults: { first_on_demand: 1, availability: 'ON_DEMAND_AZURE', spot_bid_max_price: -1 },
    elasticDisk: true,
    zones: { default_zone: '1', zones: ['1', '2', '3'] },
  },
  GCP: {
    block: 'gcp_attributes',
    defaults: {
      first_on_demand: 1,
      use_preemptible_executors: false,
      availability: 'ON_DEMAND_GCP',
      zone_id: 'HA',
    },
    jobDefaults: { use_preemptible_executors: false, availability: 'ON_DEMAND_GCP', zone_id: 'HA' },
    elasticDisk: false,
    zones: {
      default_zone: 'us-central1-a',
      zones: ['us-central1-a', 'us-central1-b', 'us-central1-c', 'us-central1-f'],
    },
  },
}

/** What list-zones answers. */
export const zonesOf = ({ cloud, azureZones }: Pick<Switches, 'cloud' | 'azureZones'>): object =>
  cloud === 'Azure' && azureZones === 'Nothing' ? {} : clouds[cloud].zones

/** The blocks that have no meaning on this cloud but stand in the spec. */
export const foreignBlocks = (spec: ClusterSpec, cloud: Cloud): string[] =>
  Object.values(clouds)
    .map(({ block }) => block)
    .filter((block) => block !== clouds[cloud].block && spec[block] !== undefined)
