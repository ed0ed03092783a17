import type { Kind, ManagedSpec } from '../kinds/kind.ts'
import type { KubeObject } from '../kube/object.ts'
import { keyOf } from '../kube/object.ts'
import type { Store } from '../kube/store.ts'
import { hasFinalizer } from '../reconcile/annotations.ts'
import { workspaceKeyOf } from '../reconcile/facts.ts'
import { statusOf } from '../reconcile/writer.ts'
import type { Change } from '../kube/store.ts'

/** A kind with the objects that are known of it. */
export interface Population {
  kind: Kind
  store: Store<KubeObject>
}

/** Keys of one kind's objects that live in a workspace. */
export const inWorkspace = ({ store }: Population, workspaceKey: string): string[] =>
  [...store.values()]
    .filter((object) => workspaceKeyOf(object, object.spec as ManagedSpec) === workspaceKey)
    .map((object) => keyOf(object))

/** Objects that could not be deleted properly without the workspace, as `Kind namespace/name`. */
export const needing = (populations: readonly Population[], workspaceKey: string): string[] =>
  populations.flatMap(({ kind, store }) =>
    [...store.values()]
      .filter((object) => hasFinalizer(object))
      .filter((object) => workspaceKeyOf(object, object.spec as ManagedSpec) === workspaceKey)
      .map((object) => `${kind.definition.kind} ${keyOf(object)}`),
  )

/** Objects of one kind that refer to an object of ours by name, in its own namespace. */
export function referringTo(
  { kind, store }: Population,
  target: { kind: string; object: KubeObject },
): string[] {
  const { namespace, name } = target.object.metadata
  return [...store.values()]
    .filter((object) => object.metadata.namespace === namespace)
    .filter((object) =>
      kind
        .references(object.spec as ManagedSpec)
        .some((reference) => reference.kind === target.kind && reference.name === name),
    )
    .map((object) => keyOf(object))
}

/** Whether those who refer to an object would now decide differently: it came, it went, or its remote id did. */
export function changesReferences(change: Change<KubeObject>): boolean {
  if (change.type !== 'Modified') return true
  return statusOf(change.previous).externalId !== statusOf(change.object).externalId
}
