import type { Difference } from '../drift/compare.ts'
import type { Value } from '../drift/value.ts'
import type { Correction, Found, ManagedSpec, Session, Subject } from './kind.ts'
import type { Claim } from './status.ts'

/** A kind whose remote side is not an object but entries in somebody else's object. */
export interface Claims<Spec extends ManagedSpec> {
  /** What a correction is about to add, recorded in the status before the write, so that deletion can take it back. */
  adding(subject: Subject<Spec>, part: string, correction: Omit<Correction, 'part' | 'wanted'>): Claim[]
  /** The claim that correcting a difference takes away, if it does: another object may still want it. */
  taking(subject: Subject<Spec>, part: string, difference: Difference): Claim | undefined
  /** What was recorded as added and is neither wanted nor there any more. */
  outdated(subject: Subject<Spec>, part: string, found: Found): Claim[]
  /** What was recorded as added and is not there. */
  unseen(subject: Subject<Spec>, part: string, found: Found): Claim[]
  /**
   * What was last applied, with what was recorded as added and is not wanted any more: that is ours as well, also if
   * nobody came to report it.
   */
  applied(subject: Subject<Spec>, part: string, before: Value | undefined): Value | undefined
  /** Whether a claim is our own right to manage, which stays: without it nothing could be taken back any more. */
  keeps(session: Session, claim: Claim): boolean
  /**
   * What is given in the call that takes these: of what others want, what they have only as long as nobody takes them;
   * of what others recorded as added, what would be lost with them.
   */
  owed(session: Session, taken: readonly Claim[], of: Others): Promise<Claim[]>
  /** Takes back claims and gives what is owed. What is gone already, with its securable or its principal, is success. */
  revoke(session: Session, claims: readonly Claim[], owed: readonly Claim[]): Promise<void>
  /**
   * What a spec wants, to find out who else still wants a claim. Also asked of a manifest that does not fit its schema:
   * then as many as can be read.
   */
  wantedBy(spec: Spec): Claim[]
}

/** What the others who share a workspace want, and what they added. */
export interface Others {
  wanted: readonly Claim[]
  recorded: readonly Claim[]
}
