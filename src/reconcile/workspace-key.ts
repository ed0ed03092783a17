import { placeIn } from '../kinds/legible.ts'
import type { KubeObject } from '../kube/object.ts'

/** The workspace of an object that names none is the one called `default` in its own namespace. */
const defaultWorkspace = 'default'

/** The DatabricksWorkspace that an object lives in, as `namespace/name`, whether its manifest fits its schema or not. */
export function workspaceKeyOf(object: KubeObject, spec: unknown): string {
  const { workspaceRef } = placeIn(spec)
  const namespace = workspaceRef?.namespace ?? object.metadata.namespace ?? ''
  return `${namespace}/${workspaceRef?.name ?? defaultWorkspace}`
}
