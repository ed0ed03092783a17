import { instant } from '../clock.ts'
import { parseDuration } from '../duration.ts'
import type { Keeping } from '../drift/sealed.ts'
import type { Kind, ManagedSpec, Session, Subject } from '../kinds/kind.ts'
import type { Lane } from '../lane.ts'
import { keyOf, type KubeObject, type Resource } from '../kube/object.ts'
import type { Store } from '../kube/store.ts'
import type { Environment } from './environment.ts'
import { gatherFacts } from './facts.ts'
import { refused, type Facts } from './gates.ts'
import { isAdmitted, refusalOfAdopted, resolveIn } from './lending.ts'
import type { Finder } from './find-own.ts'
import type { Sight } from './look.ts'
import type { Outcome } from './outcome.ts'
import { policyOf, type Policy } from './policy.ts'
import type { Resting } from './resting.ts'
import { sourceOf } from './session.ts'
import { unevenly } from './slots.ts'
import type { PartState } from './state.ts'
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

/** A pass over an object as it stands now. */
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
    policy: policyOf(spec.management, facts.status.origin, facts.terms.defaults),
    subject: (session) => ({
      object: writer.object,
      spec,
      status: writer.status,
      ...(writer.status.externalId === undefined ? {} : { externalId: writer.status.externalId }),
      session,
      mark: facts.mark,
      ...(facts.terms.defaults === undefined ? {} : { defaults: facts.terms.defaults }),
    }),
  }
}

/** Milliseconds between two checks of an object at rest: its own interval, else the workspace's. */
function periodOf({ facts }: Pass): number {
  const own = facts.spec.management?.interval
  const { connection } = facts
  return (
    (own === undefined ? undefined : parseDuration(own)) ??
    (connection.is === 'Ready' ? connection.interval : undefined) ??
    defaultInterval
  )
}

/** How long until the next look at an object that is only looked at by itself, in milliseconds. */
export const intervalOf = (pass: Pass): number => unevenly(periodOf(pass), pass.environment.random)

/** Lets an object rest that is as its manifest wants it; returns how many milliseconds until its next check. */
export function rest(pass: Pass): number {
  const resting = restingOf(pass)
  return resting === undefined ? intervalOf(pass) : pass.environment.sweeps.rest(resting, periodOf(pass))
}

/** The object as sweeps know it; undefined when no listing can show it. */
export function restingOf({ kind, facts, writer }: Pass): Resting | undefined {
  const { object, connection } = facts
  const { externalId } = writer.status
  if (kind.sweep === undefined || kind.identity === undefined || externalId === undefined) return undefined
  if (connection.is !== 'Ready') return undefined
  const source = sourceOf(connection.session, kind.identity.noun)
  return { kind: kind.definition.kind, key: keyOf(object), uid: object.metadata.uid, id: externalId, source }
}

/** What a look at the remote side needs. */
export function sightOf(pass: Pass): Sight {
  const stance = { policy: pass.policy, now: pass.seenAt }
  return {
    ...finderOf(pass),
    resolve: resolveIn(pass.facts.references),
    stance,
    keeping: keepingOf(pass),
  }
}

/** How what was applied to the object is remembered; secrets so that they are not to be compared with others' either. */
export const keepingOf = ({ kind, environment, facts }: Pass): Keeping => ({
  rules: kind.rules,
  key: `${environment.hashKey} ${facts.object.metadata.uid}`,
})

/** Who searches for what an object without an id may have. */
export const finderOf = ({ environment, store, facts }: Pass): Finder => ({
  ...environment,
  isTaken: (id) => {
    const { connection, object } = facts
    const workspaceId = connection.is === 'Unchecked' ? undefined : connection.session?.workspaceId
    return [...store.values()].some((other) => {
      const status = statusOf(other)
      const isOther = other.metadata.uid !== object.metadata.uid
      return isOther && status.externalId === id && status.workspaceId === workspaceId
    })
  },
})

/**
 * The other objects of the kind in the same Databricks workspace, whichever namespace they live in; without those
 * whom access was withdrawn from, who can hold nothing any more.
 */
export const othersOf = (
  { kind, environment, store, facts }: Pass,
  { workspaceId }: Pick<Session, 'workspaceId'>,
): KubeObject[] =>
  [...store.values()].filter(
    (other) =>
      other.metadata.uid !== facts.object.metadata.uid &&
      statusOf(other).workspaceId === workspaceId &&
      isAdmitted({ kind, environment }, other),
  )

/** What exists already may borrow what the workspace does not lend; only a look tells. */
export function unlentAdoption(
  pass: Pass,
  states: readonly PartState[],
  { me }: Session,
): Outcome | undefined {
  const { facts, kind } = pass
  const isAdopted = facts.spec.management?.externalId !== undefined || facts.status.origin === 'Adopted'
  return isAdopted ? refused(refusalOfAdopted(kind, facts.lending, { states, me })) : undefined
}
