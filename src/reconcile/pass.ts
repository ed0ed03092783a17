import { instant } from '../clock.ts'
import { parseDuration } from '../duration.ts'
import type { Kind, ManagedSpec, Session, Subject } from '../kinds/kind.ts'
import type { Lane } from '../lane.ts'
import type { KubeObject, Resource } from '../kube/object.ts'
import type { Store } from '../kube/store.ts'
import type { Environment } from './environment.ts'
import { gatherFacts } from './facts.ts'
import type { Facts } from './gates.ts'
import type { Sight } from './look.ts'
import { markOf } from './mark.ts'
import { policyOf, type Policy } from './policy.ts'
import { statusOf, StatusWriter } from './writer.ts'

/** Milliseconds between two checks when neither the object nor its workspace says. */
export const defaultInterval = 10 * 60_000

/** One pass over one object: what it works with from its first line to its last. */
export interface Pass {
  readonly kind: Kind
  readonly resource: Resource
  readonly environment: Environment
  readonly store: Store<KubeObject>
  /** Why the object is looked at now; its calls to Databricks are made in this lane. */
  readonly lane: Lane
  readonly writer: StatusWriter
  readonly facts: Facts
  readonly policy: Policy
  /** The instant at which the pass began. */
  readonly now: string
  /**
   * The same to the millisecond: since when something differs that this pass sees for the first time. Finer than
   * Kubernetes' own times, because an approval is bound to it, and the same edit may come twice within a second.
   */
  readonly seenAt: string
  /** The generation of the manifest that it works on, whatever is written meanwhile. */
  readonly generation: number
  /** The object as a kind sees it, as of the last write. */
  subject(session: Session): Subject
}

export function beginPass(
  { kind, environment, store, lane }: Pick<Pass, 'kind' | 'environment' | 'store' | 'lane'>,
  object: KubeObject,
  spec: ManagedSpec,
): Pass {
  const { group, version, plural, kind: name } = kind.definition
  const resource: Resource = { group, version, plural, kind: name }
  const writer = new StatusWriter({ client: environment.client, resource, store }, object)
  const began = environment.clock.now()
  const facts = gatherFacts({ kind, environment, store, lane }, object, spec)
  return {
    kind,
    resource,
    environment,
    store,
    lane,
    writer,
    facts,
    now: instant(began),
    seenAt: new Date(began).toISOString(),
    generation: object.metadata.generation ?? 0,
    policy: policyOf(spec.management, facts.status.origin),
    subject: (session) => ({
      object: writer.object,
      spec,
      status: writer.status,
      ...(writer.status.externalId === undefined ? {} : { externalId: writer.status.externalId }),
      session,
      mark: markOf(environment.instance, {
        kind: name,
        namespace: object.metadata.namespace ?? '',
        name: object.metadata.name,
      }),
    }),
  }
}

/** How long until the next check of an object at rest, in milliseconds: its own interval, else the workspace's. */
export function intervalOf({ facts, environment }: Pass): number {
  const own = facts.spec.management?.interval
  const { connection } = facts
  const interval =
    (own === undefined ? undefined : parseDuration(own)) ??
    (connection.is === 'Ready' ? connection.interval : undefined) ??
    defaultInterval
  // A tenth either way, so that objects applied together do not come back together.
  return interval * (0.9 + environment.random() * 0.2)
}

export function sightOf({ environment, facts }: Pass): Sight {
  return {
    ...environment,
    resolve: (kind, name) => {
      const reference = facts.references.find((one) => one.kind === kind && one.name === name)
      if (reference?.target?.externalId === undefined)
        throw new Error(`${kind} ${name} passed its gate without an id`)
      return reference.target.externalId
    },
  }
}

/** The other objects of the kind in the same Databricks workspace, whichever namespace they live in. */
export const othersOf = ({ store, facts }: Pass, { workspaceId }: Session): KubeObject[] =>
  [...store.values()].filter(
    (other) =>
      other.metadata.uid !== facts.object.metadata.uid && statusOf(other).workspaceId === workspaceId,
  )
