import type { Cloud } from './clouds.ts'
import { nodeTypeWithId } from './node-types.ts'
import type { ClusterSpec } from './spec.ts'

/** A made-up rate: what really counts as a unit differs between machines, engines and contracts. */
const dbusPerCore = 0.25

/** How many units a cluster of this spec uses per hour when it is as large as it may become. */
export function dbusPerHour(spec: ClusterSpec, cloud: Cloud): number | undefined {
  const worker = nodeTypeWithId(spec.node_type_id ?? '', cloud)
  const driver = nodeTypeWithId(spec.driver_node_type_id ?? '', cloud) ?? worker
  if (driver === undefined) return undefined
  const workers = spec.autoscale?.max_workers ?? spec.num_workers ?? 0
  return dbusPerCore * (driver.num_cores + (worker?.num_cores ?? 0) * workers)
}
