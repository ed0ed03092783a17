import type { ManagedSpec } from '../kinds/kind.ts'
import type { KubeObject } from '../kube/object.ts'

/** The workspace of an object that names none is the one called `default` in its own namespace. */
const defaultWorkspace = 'default'

/** The DatabricksWorkspace that an object lives in, as `namespace/name`. */
export function workspaceKeyOf(object: KubeObject, spec: ManagedSpec): string {
  const namespace = spec.workspaceRef?.namespace ?? object.metadata.namespace ?? ''
  return `${namespace}/${spec.workspaceRef?.name ?? defaultWorkspace}`
}
