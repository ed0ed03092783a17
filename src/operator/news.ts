import type { KubeObject } from '../kube/object.ts'
import type { Change } from '../kube/store.ts'
import { annotations } from '../reconcile/annotations.ts'

/**
 * Whether a change of an object is a reason to look at it: its manifest, its deletion, or one of our
 * annotations. Our own status writes are not, or every pass would be followed by another.
 */
export function isNews(change: Change<KubeObject>): boolean {
  if (change.type !== 'Modified') return true
  const { object, previous } = change
  return (
    object.metadata.generation !== previous.metadata.generation ||
    object.metadata.deletionTimestamp !== previous.metadata.deletionTimestamp ||
    Object.values(annotations).some(
      (name) => object.metadata.annotations?.[name] !== previous.metadata.annotations?.[name],
    )
  )
}
