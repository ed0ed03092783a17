import type { KubeObject } from '../kube/object.ts'

/** The annotations by which a person or a GitOps tool speaks to the loop. */
export const annotations = {
  /** Any new value: check now. Echoed in `status.lastHandledReconcileAt`. */
  reconcileAt: 'lakeward.dev/reconcile-at',
  /** The hash shown in `status.held`: let that change go out. */
  approve: 'lakeward.dev/approve',
  /** On a workspace, the hash shown in its `status.deletions`: let what waits be deleted. */
  approveDeletions: 'lakeward.dev/approve-deletions',
  /** `true`: make no call for this object. */
  suspend: 'lakeward.dev/suspend',
  /** `true`: on deletion, leave the remote object as it is and let the manifest go. */
  abandon: 'lakeward.dev/abandon',
} as const

/** Keeps a deleted object until its remote side is dealt with. */
export const finalizer = 'lakeward.dev/remote'

/** The value of an annotation of ours, if the object has it. */
export const annotation = (object: KubeObject, name: keyof typeof annotations): string | undefined =>
  object.metadata.annotations?.[annotations[name]]

/** Whether an annotation that is there or not says so. */
export const isSet = (object: KubeObject, name: 'suspend' | 'abandon'): boolean =>
  annotation(object, name) === 'true'

/** Whether somebody has asked for the deletion of the object. */
export const isDeleting = (object: KubeObject): boolean => object.metadata.deletionTimestamp !== undefined

/** Whether it is our finalizer that keeps a deleted object. */
export const hasFinalizer = (object: KubeObject): boolean =>
  object.metadata.finalizers?.includes(finalizer) ?? false
