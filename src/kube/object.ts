/**
 * The shapes of the Kubernetes API that every other file here speaks of, and where they are found.
 *
 * Assumes that what it writes is namespaced; of what is not, it reads namespaces only.
 */

/** The metadata we read; the API server owns all of it except what a patch of ours names. */
export interface ObjectMeta {
  name: string
  namespace?: string
  /** Names one incarnation: an object deleted and made again under the same name has another one. */
  uid: string
  /** Grows with every change of the resource; compared as an integer. */
  resourceVersion: string
  /** Grows only when the spec changes. */
  generation?: number
  creationTimestamp?: string
  /** Set from the moment somebody deletes the object until its last finalizer is gone. */
  deletionTimestamp?: string
  finalizers?: string[]
  labels?: Record<string, string>
  annotations?: Record<string, string>
  /** Who wrote which field; large, of no use to the loop, dropped by the store. */
  managedFields?: unknown
}

/** Any Kubernetes object. Spec and status are unchecked here: whoever names a type has validated it. */
export interface KubeObject<Spec = unknown, Status = unknown> {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
  spec: Spec
  status?: Status
}

/** Which API an object belongs to. The core group is the empty string. */
export interface Resource {
  group: string
  version: string
  plural: string
  kind: string
}

/** The `apiVersion` that objects of a resource carry. */
export const apiVersionOf = ({ group, version }: Resource): string =>
  group === '' ? version : `${group}/${version}`

/**
 * The path of a resource: without a namespace the collection of the whole cluster, with one the
 * collection there, with a name one object.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris
 */
export function resourcePath(resource: Resource, namespace?: string, name?: string): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${apiVersionOf(resource)}`
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`
  const leaf = name === undefined ? '' : `/${encodeURIComponent(name)}`
  return `${root}${scope}/${resource.plural}${leaf}`
}

/** What tells objects of one kind apart in the store and in the queue: `namespace/name`. */
export const keyOf = ({ metadata }: Pick<KubeObject, 'metadata'>): string =>
  `${metadata.namespace ?? ''}/${metadata.name}`

/** The two halves of a key. */
export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/')
  return { namespace: key.slice(0, Math.max(0, slash)), name: key.slice(slash + 1) }
}
