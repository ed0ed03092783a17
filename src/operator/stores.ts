import { kinds } from '../kinds/index.ts'
import { databricksWorkspace } from '../kinds/workspace/schema.ts'
import type { KubeObject } from '../kube/object.ts'
import { Store } from '../kube/store.ts'
import type { Population } from './dependants.ts'

/** What is known of the cluster. Stays warm whether we lead or not. */
export interface Stores {
  workspaces: { kind: string; store: Store<KubeObject> }
  /** By labels of a namespace an access entry may select it. */
  namespaces: Store<KubeObject>
  populations: readonly Population[]
}

/** Stores of which nothing is known yet. */
export const emptyStores = (): Stores => ({
  workspaces: { kind: databricksWorkspace.kind, store: new Store<KubeObject>() },
  namespaces: new Store<KubeObject>(),
  populations: kinds.map((kind) => ({ kind, store: new Store<KubeObject>() })),
})
