import type { Kind, ManagedSpec, Reference } from '../kinds/kind.ts'
import { problemOfPath } from '../kinds/ignored-path.ts'
import type { Status } from '../kinds/status.ts'
import { placeIn } from '../kinds/legible.ts'
import { connectionIn } from '../kinds/workspace/directory.ts'
import { markKeyOf, termsOf, type Terms } from '../kinds/workspace/terms.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Store } from '../kube/store.ts'
import type { Lane } from '../lane.ts'
import type { Environment } from './environment.ts'
import type { Facts } from './gates.ts'
import type { ReferenceFact } from './reference-fact.ts'
import { isAdmitted, lendingOf } from './lending.ts'
import { markOf, type Mark } from './mark.ts'
import { workspaceKeyOf } from './workspace-key.ts'
import { statusOf } from './writer.ts'

/** Who asks, and why now. */
interface Asker {
  kind: Kind
  environment: Environment
  store: Store<KubeObject>
  lane: Lane
}

/** Gathers what the gates ask about; reads memory only. */
export function gatherFacts(
  { kind, environment, store, lane }: Asker,
  object: KubeObject,
  spec: ManagedSpec,
): Facts {
  const workspaceKey = workspaceKeyOf(object, spec)
  const terms = termsOf(environment.stores.get('DatabricksWorkspace')?.get(workspaceKey))
  const claimedBy = olderClaimant({ kind, environment, store }, object, spec)
  const references = kind.references(spec).map((reference) => referenceFact(reference, object, environment))
  const misdirected = problemOfIgnored(kind, spec)
  const lending = lendingOf({ kind, environment }, { object, spec, references })
  return {
    object,
    spec,
    status: statusOf(object),
    workspaceKey,
    workspaceExists: environment.stores.get('DatabricksWorkspace')?.get(workspaceKey) !== undefined,
    connection: connectionIn(environment.directory.get(workspaceKey), lane),
    references,
    terms,
    mark: markFor({ kind, environment }, object, terms),
    ...(lending === undefined ? {} : { lending }),
    ...(misdirected === undefined ? {} : { misdirected }),
    ...(claimedBy === undefined ? {} : { claimedBy }),
  }
}

/** The first path of `management.ignore` that leads nowhere, and what was meant. */
function problemOfIgnored(
  { definition, compared, rules }: Kind,
  { management }: ManagedSpec,
): string | undefined {
  const what = { schema: compared ?? definition.spec, rules }
  for (const [index, { path }] of (management?.ignore ?? []).entries()) {
    const problem = problemOfPath(what, path)
    if (problem !== undefined) return `spec.management.ignore[${index}].path: ${problem}`
  }
  return undefined
}

function markFor(
  { kind, environment }: Pick<Asker, 'kind' | 'environment'>,
  { metadata: { namespace = '', name } }: KubeObject,
  terms: Terms,
): Mark {
  const key = kind.identity === undefined ? undefined : markKeyOf(terms, kind.identity.markedAs)
  return markOf(environment.instance, { kind: kind.definition.kind, namespace, name }, key)
}

function referenceFact(reference: Reference, object: KubeObject, { stores }: Environment): ReferenceFact {
  const target = stores.get(reference.kind)?.get(`${object.metadata.namespace ?? ''}/${reference.name}`)
  if (target === undefined) return reference
  const { externalId } = statusOf(target)
  return {
    ...reference,
    target: {
      workspace: workspaceKeyOf(target, target.spec),
      ...(externalId === undefined ? {} : { externalId }),
      ...(isDenied(target) ? { isDenied: true } : {}),
      ...(hasVanished(statusOf(target)) ? { hasVanished: true } : {}),
    },
  }
}

/** Whether the last pass over an object found its remote object gone. */
export const hasVanished = ({ conditions = [] }: Status): boolean =>
  conditions.some(({ type, reason }) => type === 'Ready' && reason === 'Vanished')

/** Whether the workspace does not lend an object what it wants, as its last pass found. */
export const isDenied = (object: KubeObject): boolean =>
  statusOf(object).conditions?.some(
    ({ type, reason }) => type === 'Stalled' && (reason === 'AccessDenied' || reason === 'RunAsRequired'),
  ) ?? false

/**
 * Two manifests that name one remote object would undo each other for ever: the older keeps it. One that may not
 * use the workspace keeps nothing from anybody.
 */
function olderClaimant(
  { kind, environment, store }: { kind: Kind; environment: Environment; store: Store<KubeObject> },
  object: KubeObject,
  spec: ManagedSpec,
): string | undefined {
  const id = spec.management?.externalId
  if (id === undefined) return undefined
  const workspace = workspaceKeyOf(object, spec)
  for (const other of store.values()) {
    if (other.metadata.uid === object.metadata.uid) continue
    const theirs = placeIn(other.spec)
    const { externalId, workspaceId } = statusOf(other)
    const isRival = (externalId ?? theirs.management?.externalId) === id && isOlder(other, object)
    if (!isRival || !isAdmitted({ kind, environment }, other)) continue
    if (isSameDatabricks(environment, { key: workspaceKeyOf(other, theirs), workspaceId }, workspace))
      return `${other.metadata.namespace ?? ''}/${other.metadata.name}`
  }
  return undefined
}

/** Two DatabricksWorkspaces may lead to the same workspace of Databricks. */
function isSameDatabricks(
  { directory }: Environment,
  there: { key: string; workspaceId: string | undefined },
  here: string,
): boolean {
  if (there.key === here) return true
  const ours = directory.workspaceId(here)
  return ours !== undefined && ours === (there.workspaceId ?? directory.workspaceId(there.key))
}

function isOlder({ metadata: a }: KubeObject, { metadata: b }: KubeObject): boolean {
  const order = (a.creationTimestamp ?? '').localeCompare(b.creationTimestamp ?? '')
  return order === 0 ? a.uid < b.uid : order < 0
}
