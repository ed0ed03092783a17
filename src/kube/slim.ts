import type { KubeObject } from './object.ts'
import { SharedTexts } from './shared-texts.ts'

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** Of all kinds, since they say much the same. */
const texts = new SharedTexts()

/**
 * An object without what only costs memory: who wrote which field, the second copy of the whole manifest that
 * client-side `kubectl apply` leaves in an annotation, and texts that another object has, too.
 */
export function slim<T extends KubeObject>(object: T): T {
  const needed = withoutBookkeeping(object)
  texts.share(needed)
  return needed
}

function withoutBookkeeping<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata
  if (metadata.annotations?.[lastApplied] === undefined) return { ...object, metadata }
  const { [lastApplied]: _applied, ...annotations } = metadata.annotations
  return { ...object, metadata: { ...metadata, annotations } }
}
