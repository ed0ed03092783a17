import { machinesFrom } from '../pools/describe.ts'
import type { Pools } from '../pools/pools.ts'
import type { Cluster, TerminationReason } from './cluster.ts'

/** The pools that a cluster draws its machines from. */
const poolsOf = ({
  settings: { instance_pool_id, driver_instance_pool_id },
}: Pick<Cluster, 'settings'>): string[] =>
  [...new Set([instance_pool_id, driver_instance_pool_id])].filter((id) => id !== undefined)

/** Why the pools of a cluster cannot give it its machines, besides what the others have; undefined if they can. */
export function shortage(
  cluster: Cluster,
  others: Iterable<Cluster>,
  pools: Pools,
): TerminationReason | undefined {
  const ids = poolsOf(cluster)
  if (ids.length === 0) return undefined
  const present = [...others].filter((other) => other !== cluster)
  for (const id of ids) {
    const reason = (code: string): TerminationReason => ({
      code,
      type: 'CLIENT_ERROR',
      parameters: { instance_pool_id: id },
    })
    const pool = pools.find(id)
    if (pool === undefined) return reason('INSTANCE_POOL_NOT_FOUND')
    const taken = present.reduce((count, other) => count + machinesFrom(id, other), 0)
    const { max_capacity: capacity = Infinity } = pool.settings
    if (taken + machinesFrom(id, cluster) > capacity) return reason('INSTANCE_POOL_MAX_CAPACITY_REACHED')
  }
  return undefined
}
