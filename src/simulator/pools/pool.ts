import { z } from 'zod'
import { clouds, type Cloud } from '../clusters/clouds.ts'

const opaque = z.record(z.string(), z.unknown())

/** What instance-pools/edit can change; what it leaves out goes back to its default. */
const changeable = {
  instance_pool_name: z.string(),
  node_type_id: z.string(),
  min_idle_instances: z.int().min(0).default(0),
  max_capacity: z.int().min(1).optional(),
  idle_instance_autotermination_minutes: z.int().min(0).max(10_000).default(60),
  custom_tags: z.record(z.string(), z.string()).optional(),
  remote_disk_throughput: z.int().optional(),
  total_initial_remote_disk_size: z.int().optional(),
}

/** What instance-pools/edit takes: https://docs.databricks.com/api/workspace/instancepools/edit */
export const poolChangeSchema = z.object({ ...changeable, instance_pool_id: z.string() })

/** What instance-pools/create takes. */
export const poolSettingsSchema = z.object({
  ...changeable,
  enable_elastic_disk: z.boolean().default(true),
  disk_spec: opaque.optional(),
  preloaded_spark_versions: z.array(z.string()).optional(),
  preloaded_docker_images: z.array(opaque).optional(),
  node_type_flexibility: opaque.optional(),
  aws_attributes: z
    .object({
      availability: z.enum(['SPOT', 'ON_DEMAND']),
      zone_id: z.string(),
      spot_bid_price_percent: z.int(),
      instance_profile_arn: z.string(),
    })
    .partial()
    .optional(),
  azure_attributes: z
    .object({
      availability: z.enum(['SPOT_AZURE', 'ON_DEMAND_AZURE']),
      spot_bid_max_price: z.number(),
      capacity_reservation_group: z.string(),
    })
    .partial()
    .optional(),
  gcp_attributes: z
    .object({
      gcp_availability: z.enum(['PREEMPTIBLE_GCP', 'PREEMPTIBLE_WITH_FALLBACK_GCP', 'ON_DEMAND_GCP']),
      local_ssd_count: z.int(),
      zone_id: z.string(),
    })
    .partial()
    .optional(),
})

/** What an edit puts in the place of all that can be changed. */
export type PoolChange = Omit<z.infer<typeof poolChangeSchema>, 'instance_pool_id'>

/** A pool as it was sent, defaults filled in. */
export type PoolSettings = z.infer<typeof poolSettingsSchema>

/** What the workspace remembers of an instance pool. Times are virtual milliseconds. */
export interface Pool {
  readonly id: string
  /** Name of the principal that made it. */
  readonly creator: string
  settings: PoolSettings
  /** Since when it fetches the machines that it is to keep ready. */
  since: number
}

/** What a pool says of its machines where its settings do not. */
const defaults: Readonly<Record<Cloud, Readonly<Record<string, unknown>>>> = {
  AWS: { availability: 'SPOT', spot_bid_price_percent: 100 },
  Azure: { availability: 'ON_DEMAND_AZURE' },
  GCP: { gcp_availability: 'ON_DEMAND_GCP' },
}

/** The cloud block of a pool as it is read: a zone that was left open has been decided. */
export function effectiveBlock({ settings }: Pool, cloud: Cloud): Record<string, unknown> {
  const { block, zones } = clouds[cloud]
  const sent: Readonly<Record<string, unknown>> = settings[block] ?? {}
  const isOpen = sent['zone_id'] === undefined || sent['zone_id'] === 'auto'
  const zone = isOpen && cloud !== 'Azure' ? { zone_id: zones.default_zone } : {}
  return { ...defaults[cloud], ...sent, ...zone }
}
