import { expect } from 'vitest'
import { cluster } from './manifests.ts'
import { idOf } from './observer.ts'
import type { World } from './world.ts'

/** Applies a cluster, waits until it runs, and returns its remote id. */
export async function runningCluster(
  { kubernetes, databricks }: World,
  name: string,
  spec: object = {},
): Promise<string> {
  await kubernetes.apply(cluster(name, spec))
  await kubernetes.ready('DatabricksCluster', name)
  // More than a start takes.
  await databricks.advance(40)
  await kubernetes.recheck('DatabricksCluster', name)
  const object = await kubernetes.has('DatabricksCluster', name, { Healthy: 'True Running' })
  expect(object.status.state).toBe('RUNNING')
  return idOf(object)
}
