/**
 * Adding and removing our finalizer.
 *
 * 1. Before the first remote write the finalizer is added: from then on the object cannot vanish without us.
 * 2. Somebody deletes the object; it stays, with a deletionTimestamp.
 * 3. The remote side is cleaned up; then the finalizer is removed, and the object goes.
 *
 * Guarantees: changes exactly the incarnation and the copy it was given (an apply would make a deleted object
 * again, or reach a successor of the same name); others' finalizers are never lost; nothing is written when
 * nothing is to do. An object that is already gone is not an error: the answer is `undefined`.
 *
 * Assumes: the caller reads again after a KubeError 409, which means that its copy was old.
 */
import type { KubeClient } from './client.ts'
import { hasStatus } from './kube-error.ts'
import { resourcePath, type KubeObject, type Resource } from './object.ts'

/** Which finalizer on which copy of an object. */
export interface FinalizerChange<T extends KubeObject> {
  resource: Resource
  object: T
  finalizer: string
  /** The field manager that the change is booked on. */
  manager: string
  signal?: AbortSignal | undefined
}

/** One step of a JSON patch (RFC 6902). */
type Step = { op: 'test' | 'add' | 'replace'; path: string; value: unknown } | { op: 'remove'; path: string }

/** Adds the finalizer; returns the object as it stands then. */
export async function addFinalizer<T extends KubeObject>(
  client: KubeClient,
  change: FinalizerChange<T>,
): Promise<T | undefined> {
  const { object, finalizer } = change
  const present = object.metadata.finalizers ?? []
  if (present.includes(finalizer)) return object
  const step: Step =
    present.length === 0
      ? { op: 'add', path: '/metadata/finalizers', value: [finalizer] }
      : { op: 'add', path: '/metadata/finalizers/-', value: finalizer }
  return patch(client, change, [step])
}

/** Removes the finalizer; returns the object's last copy, after which it may be gone. */
export async function removeFinalizer<T extends KubeObject>(
  client: KubeClient,
  change: FinalizerChange<T>,
): Promise<T | undefined> {
  const { object, finalizer } = change
  const index = (object.metadata.finalizers ?? []).indexOf(finalizer)
  if (index === -1) return object
  const path = `/metadata/finalizers/${index}`
  return patch(client, change, [
    { op: 'test', path, value: finalizer },
    { op: 'remove', path },
  ])
}

async function patch<T extends KubeObject>(
  client: KubeClient,
  change: FinalizerChange<T>,
  steps: Step[],
): Promise<T | undefined> {
  const { name, namespace, uid, resourceVersion } = change.object.metadata
  const path = resourcePath(change.resource, namespace, name)
  const body: Step[] = [
    { op: 'test', path: '/metadata/uid', value: uid },
    // Makes an old copy a conflict (409): the positions above were counted in it.
    { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
    ...steps,
  ]
  try {
    return await client.patch<T>({
      type: 'json',
      path,
      query: { fieldManager: change.manager },
      body,
      signal: change.signal,
    })
  } catch (error) {
    if (hasStatus(error, 404)) return undefined
    // 422 is a failed test, or a change that the server forbids. Which of the two, only a look can tell.
    if (hasStatus(error, 422) && !(await isStillThere(client, path, uid))) return undefined
    throw error
  }
}

async function isStillThere(client: KubeClient, path: string, uid: string): Promise<boolean> {
  try {
    return (await client.get<KubeObject>(path)).metadata.uid === uid
  } catch (error) {
    if (hasStatus(error, 404)) return false
    throw error
  }
}
