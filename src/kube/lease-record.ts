import { isDeepStrictEqual } from 'node:util'
import { microInstant } from '../clock.ts'
import { apiVersionOf, type KubeObject, type Resource } from './object.ts'

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/ */
export const leases: Resource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
}

/** What a Lease says; anybody may have left out or emptied anything. */
export interface LeaseSpec {
  holderIdentity?: string | null
  leaseDurationSeconds?: number | null
  acquireTime?: string | null
  renewTime?: string | null
  leaseTransitions?: number | null
}

/** A Lease as the API server gives it; one that was made by hand may have no spec. */
export type LeaseObject = KubeObject<LeaseSpec | undefined>

/** What was seen of the lease last. Times are ours, on the monotonic clock. */
export interface Seen {
  /** Undefined: there is none. */
  readonly lease: LeaseObject | undefined
  /** Since when it has been so. */
  readonly since: number
  /** For how long it has to stay so before its holder counts as gone, in milliseconds. */
  readonly patience: number
  /** It shows an earlier term than before: the server was restored to older data. */
  readonly isOlder: boolean
  /** It does not follow from what was seen before, whose holder may still lead, also where it names nobody or us. */
  readonly isDoubtful: boolean
}

/** Who holds the lease; empty: nobody. */
export const holderOf = ({ spec }: LeaseObject): string => spec?.holderIdentity ?? ''

/**
 * Takes in a look. The times that a holder wrote are never compared with ours: whether it lives is judged by whether
 * its record changes. `usual` is our own duration, for a record that names none.
 */
export function seen(
  before: Seen | undefined,
  lease: LeaseObject | undefined,
  { now, usual }: { now: number; usual: number },
): Seen {
  // The newest copy in any case: somebody may have labelled it, and a write names the version that it is about.
  if (before !== undefined && isSame(before.lease, lease)) return { ...before, lease }
  const plain = { lease, since: now, isOlder: false, isDoubtful: false }
  // Somebody deleted it: its holder may not have noticed yet. Where there never was one, nobody holds it.
  if (lease === undefined) return { ...plain, patience: before === undefined ? 0 : before.patience }
  const seconds = lease.spec?.leaseDurationSeconds
  const patience = typeof seconds === 'number' ? seconds * 1_000 : usual
  if (before === undefined || isSuccessor(before, lease, now)) return { ...plain, patience }
  // Nor may the one who held it when it was newer, whoever is named now.
  return {
    lease,
    since: now,
    patience: Math.max(patience, before.patience),
    isOlder: isOlder(before.lease, lease),
    isDoubtful: true,
  }
}

/** Whether somebody wrote it on top of what was seen before, or made it when that had run out. */
function isSuccessor({ lease: before, since, patience }: Seen, lease: LeaseObject, now: number): boolean {
  if (before === undefined) return now >= since + patience
  if (before.metadata.uid !== lease.metadata.uid) return false
  const [then, next] = [transitionsOf(before), transitionsOf(lease)]
  // Who takes it counts on.
  return next > then || (next === then && ['', holderOf(before)].includes(holderOf(lease)))
}

/** One that was made anew counts from the start, and may be held by somebody who never knew of another. */
const isOlder = (before: LeaseObject | undefined, lease: LeaseObject): boolean =>
  before?.metadata.uid === lease.metadata.uid && transitionsOf(lease) < transitionsOf(before)

/** What the holder of a valid term finds instead of its record: who knew of that term waits, and it need not. */
export const foundByHolder = (found: Seen): Seen =>
  found.lease === undefined || found.isOlder ? { ...found, patience: 0 } : found

const transitionsOf = ({ spec }: LeaseObject): number => spec?.leaseTransitions ?? 0

const isSame = (a: LeaseObject | undefined, b: LeaseObject | undefined): boolean =>
  a?.metadata.uid === b?.metadata.uid && isDeepStrictEqual(a?.spec, b?.spec)

/** Milliseconds until `me` may take it: 0 when it is free, given back, or ours already. */
export function untilFree(
  { lease, since, patience, isDoubtful }: Seen,
  { me, now }: { me: string; now: number },
): number {
  if (lease !== undefined && !isDoubtful && ['', me].includes(holderOf(lease))) return 0
  return Math.max(0, since + patience - now)
}

/** Who writes a record, and when by the clock on the wall. */
export interface Writer {
  readonly me: string
  /** In milliseconds; the record holds whole seconds. */
  readonly duration: number
  readonly now: number
}

/** The record with which a term begins, on top of what is there. Labels and the like of others stay. */
export function acquired(
  at: { namespace: string; name: string },
  lease: LeaseObject | undefined,
  { me, duration, now }: Writer,
): object {
  const transitions = lease === undefined ? 0 : transitionsOf(lease)
  const isNew = lease !== undefined && holderOf(lease) !== me
  return {
    apiVersion: apiVersionOf(leases),
    kind: leases.kind,
    metadata: lease?.metadata ?? at,
    spec: {
      ...lease?.spec,
      holderIdentity: me,
      leaseDurationSeconds: duration / 1_000,
      acquireTime: microInstant(now),
      renewTime: microInstant(now),
      leaseTransitions: isNew ? transitions + 1 : transitions,
    },
  }
}

/** The record that says that its holder is alive. */
export const renewed = (lease: LeaseObject, { me, duration, now }: Writer): object => ({
  ...lease,
  spec: {
    ...lease.spec,
    holderIdentity: me,
    leaseDurationSeconds: duration / 1_000,
    renewTime: microInstant(now),
  },
})

/** The record that lets others in at once. */
export const givenBack = (lease: LeaseObject, { now }: Writer): object => ({
  ...lease,
  spec: { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microInstant(now) },
})
