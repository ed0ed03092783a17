import { clouds, type Cloud } from '../clusters/clouds.ts'
import type { Cluster } from '../clusters/cluster.ts'
import { effectiveBlock, type Pool } from './pool.ts'

/** How long a pool takes to fetch the machines that it is to keep ready, in virtual milliseconds. */
const fetchMilliseconds = 30_000

/** What a pool is described with. */
export interface Surroundings {
  readonly cloud: Cloud
  readonly now: number
  /** The clusters of the workspace that are not terminated. */
  readonly clusters: readonly Cluster[]
}

/** An instance pool on the wire. */
export function describePool(pool: Pool, surroundings: Surroundings): object {
  const { id, creator, settings } = pool
  return {
    instance_pool_id: id,
    ...settings,
    [clouds[surroundings.cloud].block]: effectiveBlock(pool, surroundings.cloud),
    default_tags: {
      Vendor: 'Databricks',
      InstancePoolCreator: creator,
      InstancePoolName: settings.instance_pool_name,
      InstancePoolId: id,
    },
    state: 'ACTIVE',
    stats: statsOf(pool, surroundings),
    status: {},
  }
}

function statsOf({ id, settings, since }: Pool, { now, clusters }: Surroundings): object {
  const used = clusters.filter(({ state }) => state !== 'PENDING' && state !== 'TERMINATING')
  const used_count = sum(used.map((cluster) => machinesFrom(id, cluster)))
  const pending = clusters.filter(({ state }) => state === 'PENDING')
  const pending_used_count = sum(pending.map((cluster) => machinesFrom(id, cluster)))
  const room = (settings.max_capacity ?? Infinity) - used_count - pending_used_count
  const idle = Math.max(0, Math.min(settings.min_idle_instances, room))
  const isReady = now - since >= fetchMilliseconds
  return {
    used_count,
    idle_count: isReady ? idle : 0,
    pending_used_count,
    pending_idle_count: isReady ? 0 : idle,
  }
}

/** How many machines of a pool a cluster takes while it is up. */
export function machinesFrom(pool: string, { settings, size }: Pick<Cluster, 'settings' | 'size'>): number {
  const { instance_pool_id: workers, driver_instance_pool_id: driver = workers } = settings
  const count = size.autoscale?.min_workers ?? size.num_workers ?? 0
  return (workers === pool ? count : 0) + (driver === pool ? 1 : 0)
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
