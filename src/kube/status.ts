/**
 * Writing a status.
 *
 * Guarantees: lands only on the very copy it was decided on. With that copy's resourceVersion a write that
 * comes late, or after another writer's, is refused (409) instead of winning; since no version ever repeats,
 * that keeps it off a successor of the same name too (the uid goes along, but on `/status` the server does not
 * compare it). Never makes an object. An apply touches only the fields of its own field manager: what that manager's
 * last apply had and this one lacks is removed, everybody else's stays. A replacement names what it takes away.
 *
 * Assumes: the caller reads again after a KubeError 409 and decides anew, if the uid is still the same.
 */
import type { KubeClient } from './client.ts'
import { resourcePath, type KubeObject, type Resource } from './object.ts'

/** What is written, and on what it was decided. */
export interface StatusWrite<T extends KubeObject> {
  resource: Resource
  /** The copy that the status was decided on. */
  object: T
  /** The field manager: who owns the fields that this write names. */
  manager: string
  /** All that this manager wants to say. */
  status: unknown
  signal?: AbortSignal | undefined
}

/**
 * Writes members of a status without an apply, and returns the object as it stands then: for an object that is stored
 * with another type in some field than its schema has, on which the server answers every apply with 500. `null` takes a
 * member away.
 */
export function replaceStatus<T extends KubeObject>(client: KubeClient, write: StatusWrite<T>): Promise<T> {
  const { resource, object, manager, status, signal } = write
  const { name, namespace, uid, resourceVersion } = object.metadata
  return client.patch<T>({
    type: 'merge',
    path: `${resourcePath(resource, namespace, name)}/status`,
    query: { fieldManager: manager },
    body: { metadata: { uid, resourceVersion }, status },
    signal,
  })
}

/**
 * Applies a status and returns the object as it stands then.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export function applyStatus<T extends KubeObject>(client: KubeClient, write: StatusWrite<T>): Promise<T> {
  const { resource, object, manager, status, signal } = write
  const { name, namespace, uid, resourceVersion } = object.metadata
  return client.patch<T>({
    type: 'apply',
    path: `${resourcePath(resource, namespace, name)}/status`,
    // The status is ours alone: a field that somebody else set by hand is taken over, not quarrelled about.
    query: { fieldManager: manager, force: true },
    body: {
      apiVersion: object.apiVersion,
      kind: object.kind,
      metadata: { name, namespace, uid, resourceVersion },
      status,
    },
    signal,
  })
}
