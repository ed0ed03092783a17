import { isObject } from '../databricks/json.ts'
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

/**
 * Whether nothing is written for a manifest as it stands, and nothing would be when it is deleted. Read by hand: it need
 * not fit its schema.
 */
export function isIdle(object: KubeObject): boolean {
  const { management } = isObject(object.spec) ? object.spec : {}
  const { suspend, mode } = isObject(management) ? management : {}
  return suspend === true || isSet(object, 'suspend') || mode === 'Observe'
}
