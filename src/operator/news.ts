import { isDeepStrictEqual } from 'node:util'
import { deletionsOf } from '../kinds/workspace/deletion-guard.ts'
import { termsOf } from '../kinds/workspace/terms.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Change } from '../kube/store.ts'
import { annotations } from '../reconcile/annotations.ts'

/**
 * Whether a change of an object is a reason to look at it: its manifest, its deletion, one of our annotations, or that
 * the same generation reads otherwise under another definition. Our own status writes are not, or every pass would be
 * followed by another.
 */
export function isNews(change: Change<KubeObject>): boolean {
  if (change.type !== 'Modified') return true
  const { object, previous } = change
  return (
    object.metadata.generation !== previous.metadata.generation ||
    object.metadata.deletionTimestamp !== previous.metadata.deletionTimestamp ||
    Object.values(annotations).some(
      (name) => object.metadata.annotations?.[name] !== previous.metadata.annotations?.[name],
    ) ||
    !isDeepStrictEqual(object.spec, previous.spec)
  )
}

/** Whether a workspace gives others more or less than before. */
export const changesAccess = (change: Change<KubeObject>): boolean =>
  change.type === 'Modified' &&
  !isDeepStrictEqual(termsOf(change.previous).access, termsOf(change.object).access)

/** Whether deletions of a workspace may go on that had to wait. */
export function releasesDeletions(change: Change<KubeObject>): boolean {
  if (change.type !== 'Modified') return false
  const [before, after] = [deletionsOf(change.previous), deletionsOf(change.object)]
  return (
    before?.approvedUpTo !== after?.approvedUpTo || (before?.held !== undefined && after?.held === undefined)
  )
}

/** Whether a namespace may be selected by other entries than before. */
export const changesLabels = (change: Change<KubeObject>): boolean =>
  change.type !== 'Modified' ||
  !isDeepStrictEqual(change.previous.metadata.labels, change.object.metadata.labels)
