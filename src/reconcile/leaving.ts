import type { ManagedSpec } from '../kinds/kind.ts'
import type { KubeObject } from '../kube/object.ts'
import { isSet } from './annotations.ts'
import { isSuspended } from './gates.ts'
import type { Policy } from './policy.ts'

/** Why the deletion of a manifest changes nothing in Databricks, if it does not. */
export function reasonToLeave(object: KubeObject, spec: ManagedSpec, policy: Policy): string | undefined {
  if (isSet(object, 'abandon')) return 'abandoned'
  if (isSuspended({ object, spec })) return 'deleted while suspended'
  if (policy.mode === 'Observe') return 'mode Observe never deletes'
  if (policy.deletionPolicy === 'Retain') return 'deletionPolicy Retain'
  return undefined
}
