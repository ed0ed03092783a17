import type { Kind, ManagedSpec } from '../kinds/kind.ts'
import { frameOf, placeIn } from '../kinds/legible.ts'
import type { Leaving } from '../kinds/workspace/deletion-level.ts'
import { leavingOf } from '../kinds/workspace/deletion-guard.ts'
import { termsOf } from '../kinds/workspace/terms.ts'
import type { KubeObject } from '../kube/object.ts'
import { keyOf } from '../kube/object.ts'
import type { Store } from '../kube/store.ts'
import { hasFinalizer, isDeleting } from '../reconcile/annotations.ts'
import { hasVanished, isDenied } from '../reconcile/facts.ts'
import { reasonToLeave } from '../reconcile/leaving.ts'
import { policyOf } from '../reconcile/policy.ts'
import { workspaceKeyOf } from '../reconcile/workspace-key.ts'
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
    .filter((object) => workspaceKeyOf(object, object.spec) === workspaceKey)
    .map((object) => keyOf(object))

/** Keys of one kind's objects that use a workspace from another namespace: what they may do depends on its access list. */
export const borrowingFrom = ({ store }: Population, workspaceKey: string): string[] =>
  [...store.values()]
    .filter(isBorrower)
    .filter((object) => workspaceKeyOf(object, object.spec) === workspaceKey)
    .map((object) => keyOf(object))

/** Keys of one kind's objects in a namespace that use a workspace of another one: its labels may select them. */
export const borrowingIn = ({ store }: Population, namespace: string): string[] =>
  [...store.values()]
    .filter(isBorrower)
    .filter((object) => object.metadata.namespace === namespace)
    .map((object) => keyOf(object))

function isBorrower({ metadata, spec }: KubeObject): boolean {
  const owner = placeIn(spec).workspaceRef?.namespace
  return owner !== undefined && owner !== metadata.namespace
}

/**
 * Objects that could not be deleted properly without the workspace, as `Kind namespace/name`. Anybody can write a
 * finalizer: in another namespace it counts only with a record of something in Databricks.
 */
export const needing = (populations: readonly Population[], workspaceKey: string): string[] =>
  populations.flatMap(({ kind, store }) =>
    [...store.values()]
      .filter((object) => hasFinalizer(object) && (!isBorrower(object) || hasRecord(object)))
      .filter((object) => workspaceKeyOf(object, object.spec) === workspaceKey)
      .map((object) => `${kind.definition.kind} ${keyOf(object)}`),
  )

function hasRecord(object: KubeObject): boolean {
  const { attempt, externalId, added = [] } = statusOf(object)
  return attempt !== undefined || externalId !== undefined || added.length > 0
}

/** Where a status was lost, something that carries our mark may be there all the same. */
const mayHave = ({ identity }: Kind, object: KubeObject): boolean =>
  hasRecord(object) || (identity !== undefined && !isBorrower(object))

/** What of a workspace is deleted and has still something in Databricks that goes with it. */
export function leavingFrom(
  populations: readonly Population[],
  { key, workspace }: { key: string; workspace: KubeObject | undefined },
): Leaving[] {
  const { defaults } = termsOf(workspace)
  return populations.flatMap(({ kind, store }) =>
    [...store.values()]
      .filter((object) => isDeleting(object) && hasFinalizer(object) && mayHave(kind, object))
      .filter((object) => workspaceKeyOf(object, object.spec) === key)
      .filter((object) => {
        const spec = treatmentOf(kind, object)
        const { origin, approved } = statusOf(object)
        const policy = policyOf(spec.management, origin, defaults)
        // What waits for an approval of its own goes by nobody's accident, and must not hold up the others.
        if (policy.protect && approved === undefined) return false
        return reasonToLeave(object, spec, policy) === undefined
      })
      .map(leavingOf),
  )
}

const treatments = new WeakMap<KubeObject, ManagedSpec>()

/** How an object is treated; worked out once for each copy, since every deletion is counted with all others. */
function treatmentOf({ definition }: Kind, object: KubeObject): ManagedSpec {
  const before = treatments.get(object)
  if (before !== undefined) return before
  const { management } = frameOf(definition, object.spec)
  const treatment = { management }
  treatments.set(object, treatment)
  return treatment
}

/** Keys of one kind's deleted objects that live in a workspace. */
export const deletedIn = ({ store }: Population, workspaceKey: string): string[] =>
  [...store.values()]
    .filter((object) => isDeleting(object) && workspaceKeyOf(object, object.spec) === workspaceKey)
    .map((object) => keyOf(object))

/** Objects of one kind that refer to an object of ours by name, in its own namespace. */
export function referringTo(
  { kind, store }: Population,
  target: { kind: string; object: KubeObject },
): string[] {
  const { namespace, name } = target.object.metadata
  const wanted = nameOf({ kind: target.kind, name })
  const keys: string[] = []
  for (const object of store.values())
    if (object.metadata.namespace === namespace && referencesOf(kind, object).has(wanted))
      keys.push(keyOf(object))
  return keys
}

/** Whether an object is referred to by another one that is not on its way out. */
export const isAskedFor = (
  populations: readonly Population[],
  target: { kind: string; object: KubeObject },
): boolean =>
  populations.some((population) =>
    referringTo(population, target).some((key) => {
      const object = population.store.get(key)
      return object !== undefined && !isDeleting(object)
    }),
  )

/** What an object of ours refers to and has vanished: it may come back for that. */
export function vanishedFor(
  populations: readonly Population[],
  { kind, object }: { kind: string; object: KubeObject },
): { kind: string; keys: string[] }[] {
  const asking = populations.find((one) => one.kind.definition.kind === kind)
  const references = asking === undefined ? noReferences : referencesOf(asking.kind, object)
  if (references.size === 0) return []
  return populations.map(({ kind: { definition }, store }) => {
    const keys = [...references]
      .filter((reference) => reference.startsWith(`${definition.kind}/`))
      .map((reference) => `${object.metadata.namespace ?? ''}/${reference.slice(definition.kind.length + 1)}`)
    return { kind: definition.kind, keys: keys.filter((key) => isGone(store.get(key))) }
  })
}

const isGone = (object: KubeObject | undefined): boolean =>
  object !== undefined && hasVanished(statusOf(object))

const nameOf = ({ kind, name }: { kind: string; name: string }): string => `${kind}/${name}`

const noReferences: ReadonlySet<string> = new Set()
const known = new WeakMap<KubeObject, ReadonlySet<string>>()

/** What an object refers to; worked out once for each copy, since every new object is looked for in all others. */
function referencesOf(kind: Kind, object: KubeObject): ReadonlySet<string> {
  const before = known.get(object)
  if (before !== undefined) return before
  const names = kind.references(object.spec as ManagedSpec).map(nameOf)
  const references = names.length === 0 ? noReferences : new Set(names)
  known.set(object, references)
  return references
}

/** Whether those who refer to an object would now decide differently: it, its remote id or its access came or went, or it is there again. */
export function changesReferences(change: Change<KubeObject>): boolean {
  if (change.type !== 'Modified') return true
  const { previous, object } = change
  return (
    statusOf(previous).externalId !== statusOf(object).externalId ||
    isDenied(previous) !== isDenied(object) ||
    (hasVanished(statusOf(previous)) && !hasVanished(statusOf(object)))
  )
}
