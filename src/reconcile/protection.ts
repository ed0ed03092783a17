import type { Held } from '../kinds/status.ts'
import type { KubeObject } from '../kube/object.ts'
import { annotation, annotations } from './annotations.ts'
import { approvalHash } from './approval.ts'
import type { Pass } from './pass.ts'
import { effectOf, sentenceOfOtherApproval } from './sentences.ts'

/** Where the deletion of a protected manifest stands. */
export type Protection =
  | { is: 'Held'; held: Held }
  /** `isNew`: by an annotation that is not recorded yet. */
  | { is: 'Approved'; hash: string; isNew: boolean }

/**
 * The second line of `management.protect`. The first is a policy at admission, which may not be installed and which
 * the deletion of a namespace gets past. Undefined: it is not protected, or not any more.
 */
export function protectionOf({ kind, policy, writer, generation, now }: Pass): Protection | undefined {
  if (!policy.protect) return undefined
  const { object, status } = writer
  const retires = policy.deletionPolicy === 'Retire'
  const { verb, impact } = retires ? { verb: kind.verb([]), impact: 'Schedule' as const } : kind.removal
  // A deletion is a generation of its own, and an object made again another one: nothing else is approved by it.
  const hash = approvalHash([object.metadata.uid, generation, verb, status.externalId ?? null])
  if (status.approved === hash) return { is: 'Approved', hash, isNew: false }
  if (annotation(object, 'approve') === hash) return { is: 'Approved', hash, isNew: true }
  const what = status.externalId === undefined ? verb : `${verb} of ${status.externalId}`
  const effect = `${what} would ${effectOf(impact)}, and the manifest is protected`
  const other = sentenceOfOtherApproval(object, hash) ?? ''
  const reason = `${effect}. ${waysOn(object, hash)}${other}`
  const { deletionTimestamp: since = status.held?.since ?? now } = object.metadata
  return { is: 'Held', held: { hash, verb, impact, reason, since } }
}

/** By approval of this one deletion, or by a manifest that is not protected. */
function waysOn({ kind, metadata: { name, namespace = '' } }: KubeObject, hash: string): string {
  const object = `${kind.toLowerCase()} ${name} -n ${namespace}`
  const patch = `'{"spec":{"management":{"protect":false}}}'`
  return (
    `It goes out after: kubectl annotate ${object} --overwrite ${annotations.approve}=${hash}. ` +
    `Or take the protection away: kubectl patch ${object} --type=merge -p ${patch}`
  )
}
