import type { z } from 'zod'
import type { Databricks } from '../databricks/client.ts'
import type { JsonObject } from '../databricks/json.ts'
import type { Impact } from '../drift/change.ts'
import type { Difference } from '../drift/compare.ts'
import type { Rules } from '../drift/rules.ts'
import type { Value, ValueObject } from '../drift/value.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Mark } from '../reconcile/mark.ts'
import type { Management } from './management.ts'
import type { ResourceDefinition } from './resource.ts'
import type { Claims } from './claims.ts'
import type { Claim, Status } from './status.ts'
import type { Defaults } from './workspace/schema.ts'

/**
 * The contract between the loop and a kind. The loop owns finalizers, status, timing, policy and
 * recovery; a kind only says what is wanted, reads, and makes one kind of write at a time.
 *
 * Promises a kind gives:
 * - `observe` and `identity.list` change nothing.
 * - `correct` writes the differences it is handed and nothing else: whatever the manifest does not
 *   mention is on the other side afterwards as it was before.
 * - Each method throws DatabricksError for whatever Databricks answers; the loop decides what follows.
 * - Nothing waits for a slow remote state: a method returns after its calls, and `checkSoon` asks to look again.
 */
export interface Kind<Spec extends ManagedSpec = ManagedSpec> {
  readonly definition: ResourceDefinition
  /** How its fields are compared. */
  readonly rules: Rules
  /** What is compared, where that is not the spec. */
  readonly compared?: z.ZodObject
  /**
   * Other objects of ours, in the same namespace, that must have a remote id first. Also asked of a manifest that does
   * not fit its schema: then as many as can be read.
   */
  references(spec: Spec): Reference[]
  /**
   * What the object stands for on the other side: one part for a job or a cluster (named ''), one for each
   * securable of a grant. A part that left the manifest but was recorded in the status is still listed.
   */
  parts(spec: Spec, status: Status): string[]
  /** What the manifest wants of a part, in manifest form, references resolved. */
  wanted(spec: Spec, part: string, known: { resolve: Resolve; status: Status }): Value
  /**
   * A part as a create would send it, in Databricks' form, without what the loop adds. What it borrows from others
   * is read from this, so that nothing goes out which was not looked at.
   */
  body(wanted: Value): JsonObject
  /** A sentence why what such a body makes would act as whoever makes it, which is us. */
  actsAsMaker?(body: JsonObject): string | undefined
  /** Reads a part. */
  observe(subject: Subject<Spec>, part: string): Promise<Observation>
  /** What making this difference go away, as a part of what the spec says, would do to those who use it now. */
  impact(difference: Difference, found: Found, spec?: Spec): Impact
  /** The call that a correction would make, as a verb for `status.held`. */
  verb(differences: readonly Difference[]): string
  /** What deleting the manifest does for `status.held`: the call, as a verb, and how it hurts. */
  readonly removal: { readonly verb: string; readonly impact: Impact | 'Delete' }
  /** Who changed the remote object last, if Databricks tells; asked only when a new difference was found. */
  changedBy?(subject: Subject<Spec>): Promise<string | undefined>
  /**
   * Which of these a policy of the workspace imposes, so that putting them back would be refused; asked when a new
   * difference was found or something left the manifest, and as long as there is one of these.
   */
  imposed?(subject: Subject<Spec>, found: Found, differences: readonly Difference[]): Promise<Difference[]>
  /** A sentence why this one difference may go out only after approval, whatever the policy says. */
  needsApproval?(difference: Difference, subject: Subject<Spec>, at: Looked): string | undefined
  /**
   * How many milliseconds after a write Databricks may still answer as before it; as long as that, what was written is
   * no drift and is not written again. Default: a few seconds.
   */
  readonly settles?: number
  /** Whether putting this difference back must never stop, as stopping would be the outage; it only becomes rare. */
  persists?(difference: Difference): boolean
  /** A sentence why this one difference is never written, whatever anybody approves. */
  forbids?(difference: Difference, subject: Subject<Spec>, part: string): string | undefined
  /** Makes the given differences go away. */
  correct(subject: Subject<Spec>, correction: Correction): Promise<void>
  /** For kinds whose remote object has an id of its own: how it is found, made and removed. */
  readonly identity?: Identity<Spec>
  /** For kinds with identity whose listing shows enough to say that nothing has changed. */
  readonly sweep?: Sweep<Spec>
  /** For kinds without identity. */
  readonly claims?: Claims<Spec>
}

/** What every spec of ours has, whatever its kind. */
export interface ManagedSpec {
  workspaceRef?: { name: string; namespace?: string | undefined } | undefined
  management?: Management | undefined
}

/** How remote objects of a kind are found, made and removed; for kinds that have such objects. */
export interface Identity<Spec extends ManagedSpec> {
  /** What people call it, for messages: `job`, `cluster`. */
  readonly noun: string
  /** Which of the marks of a workspace is that of the kind. */
  readonly markedAs: 'clusters' | 'jobs'
  /** The name that the remote object gets; others may have the same. */
  nameOf(spec: Spec): string
  /** Every remote object that may carry our mark, one complete listing. */
  list(session: Session, markKey: Mark['key']): AsyncIterable<Listed>
  /**
   * What the workspace's defaults add to something that is about to be made, in manifest form: only what neither
   * the manifest nor, where it can be read, its policy says.
   */
  additions(subject: Subject<Spec>, wanted: Value): Promise<ValueObject>
  /** One call that creates; returns the new id. Never retried blindly by anybody. */
  create(subject: Subject<Spec>, wanted: Value, mark: Mark): Promise<string>
  /**
   * What is left to do for something that was just made: only then does its create count as finished. Doing it twice
   * is as good as once. Undefined: nothing.
   */
  completion?(subject: Subject<Spec>): ((id: string) => Promise<void>) | undefined
  /** Removes for good. An object that is already gone is success. */
  remove(session: Session, id: string): Promise<void>
  /**
   * For kinds whose manifests may have `deletionPolicy: Retire`. From then on nothing starts it by itself; it stays with
   * its history and its mark, by which a manifest that comes back finds it. Doing it twice is as good as once, and an
   * object that is already gone is success.
   */
  retire?(subject: Subject<Spec>, id: string): Promise<void>
}

/**
 * How a listing stands in for many reads. It may only ever say that nothing has changed: whatever else it shows,
 * and what it does not show at all, is read.
 */
export interface Sweep<Spec extends ManagedSpec> {
  /** The pages of a listing of everything that `found` understands. It may be left before its end. */
  pages(session: Session): AsyncIterable<readonly Shown[]>
  /** The same that `observe` gives; undefined when a listing does not show the object whole. */
  found(item: JsonObject, subject: Subject<Spec>): Found | undefined
}

/** A remote object as a page of a listing shows it. */
export interface Shown {
  id: string
  item: JsonObject
}

/** A working connection to one Databricks workspace. */
export interface Session {
  readonly databricks: Databricks
  readonly workspaceId: string
  /** The user name or application id that our calls run as. */
  readonly me: string
  /** Origin of the workspace's host, for links. */
  readonly origin: string
}

/** The object at hand, as the loop hands it to a kind. */
export interface Subject<Spec extends ManagedSpec = ManagedSpec> {
  readonly object: KubeObject
  readonly spec: Spec
  readonly status: Status
  /** The recorded remote id; absent for kinds without identity and before the first create. */
  readonly externalId?: string
  readonly session: Session
  readonly mark: Mark
  /** What its workspace says for what the manifest does not. */
  readonly defaults?: Defaults
}

/** A reference to another object of ours in the same namespace. */
export interface Reference {
  kind: string
  name: string
  /** The field that holds it, for messages. */
  path: string
}

/** The remote id of a referenced object; the gates have made sure that it is there. */
export type Resolve = (kind: string, name: string) => string

/**
 * What reading a part gives. `what` is a sentence about what is missing; `purged`: Databricks has forgotten it by
 * itself.
 */
export type Observation = { is: 'Missing'; what: string; purged?: boolean } | Found

/** What was read of a part. */
export interface Found {
  is: 'Found'
  /** The wire body that writes are built on: it carries what we do not know or own. */
  raw: JsonObject
  /** The wire body with all that it borrows from others, where Databricks tells some of it elsewhere. */
  lent?: JsonObject
  /** The same in manifest form, for the comparison. */
  found: Value
  /** Somebody is using it now, so a restart would hurt. */
  running: boolean
  /** A state in which Databricks takes no change; the loop comes back. */
  busy?: string
  /** Databricks' own word for the remote state, for `status.state`. */
  state?: string
  url?: string
  /** The value of our mark's tag, if it carries one. */
  mark?: string
  /** Who changed it last, where that was asked and told. */
  by?: string
  /** What else manages it; we then only look. */
  managedElsewhere?: ManagedElsewhere
  health?: { status: 'True' | 'False' | 'Unknown'; reason: string; message: string }
  /** When it stops by itself, as a clause after "when the cluster stops": `which it does after 60 minutes of no use`. */
  stops?: string
  /** Look again after so many milliseconds: the remote state is on its way somewhere. */
  checkSoon?: number
}

/** What else manages a remote object. */
export interface ManagedElsewhere {
  /** A sentence that names it. */
  what: string
  /** It lets the object go to a manifest that says `takeOver`. */
  yields: boolean
}

/** One remote object as a listing shows it. */
export interface Listed {
  id: string
  name: string
  creator?: string
  /** When it was made, in milliseconds since the epoch. */
  createdAt?: number
  /** The value of our mark's tag, if it carries one. */
  mark?: string
}

type Looked = Pick<Correction, 'part' | 'found'>

/** What a kind is told to write of one part. */
export interface Correction {
  part: string
  wanted: Value
  found: Found
  differences: readonly Difference[]
  /** What others would lose, which goes out along with it. */
  owed?: readonly Claim[]
}
