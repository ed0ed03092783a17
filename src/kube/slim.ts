import type { KubeObject } from './object.ts'

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/**
 * An object without what only costs memory: who wrote which field, and the second copy of the whole
 * manifest that client-side `kubectl apply` leaves in an annotation.
 */
export function slim<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata
  if (metadata.annotations?.[lastApplied] === undefined) return { ...object, metadata }
  const { [lastApplied]: _applied, ...annotations } = metadata.annotations
  return { ...object, metadata: { ...metadata, annotations } }
}
