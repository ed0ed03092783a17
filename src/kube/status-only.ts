import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from './object.ts'
import type { Change } from './store.ts'

/**
 * Whether a change is one of the status alone, such as the echo of a write of ours, so that the object itself
 * need not be looked at again. What people change shows elsewhere: the spec in its generation, and labels,
 * annotations and the deletion for themselves. Finalizers count as nobody's wish.
 */
export function isStatusOnly(change: Change<KubeObject>): boolean {
  if (change.type !== 'Modified') return false
  const { object, previous } = change
  // A kind without generations does not tell whether its spec changed.
  return object.metadata.generation !== undefined && isDeepStrictEqual(wishOf(object), wishOf(previous))
}

function wishOf({ metadata }: KubeObject): unknown {
  const { generation, deletionTimestamp, labels, annotations } = metadata
  return [generation, deletionTimestamp, labels, annotations]
}
