/** What the API server says besides the sentence: names, causes per field. */
export interface KubeErrorDetails {
  name?: string
  kind?: string
  causes?: { field?: string; message?: string; reason?: string }[]
  retryAfterSeconds?: number
}

/** The parts of a KubeError that are not its message. */
export interface KubeErrorFacts {
  /** The HTTP status; 0 when no answer came. */
  status: number
  /**
   * The API server's own word (`NotFound`, `Conflict`, `Expired`, …), or one of ours for what no server
   * said: `Unreachable` (no connection, or it broke), `TimedOut` (no answer in time), `Malformed` (an
   * answer that is not Kubernetes'), `TooLarge` (more than may be held), `NoCredential` (nothing was sent).
   */
  reason: string
  /** How long the server asked us to stay away. */
  retryAfterSeconds?: number
  details?: KubeErrorDetails
}

/**
 * A call to the API server that did not do what was asked. Carries no request body, no credential and, because
 * it might hold one, no cause.
 */
export class KubeError extends Error {
  override readonly name = 'KubeError'
  readonly status: number
  readonly reason: string
  readonly retryAfterSeconds: number | undefined
  readonly details: KubeErrorDetails | undefined

  constructor(message: string, facts: KubeErrorFacts) {
    super(message)
    this.status = facts.status
    this.reason = facts.reason
    this.retryAfterSeconds = facts.retryAfterSeconds
    this.details = facts.details
  }
}

/** A server that asks for more, or a date that a wrong clock reads as far away, must not make us deaf. */
const longestObedience = 300_000

/** For how many milliseconds the server asked us to stay away; 0 when it did not. */
export const askedPause = (error: unknown): number =>
  error instanceof KubeError ? Math.min(longestObedience, (error.retryAfterSeconds ?? 0) * 1_000) : 0

/**
 * Whether what was to be written is more than the API server or etcd take: 1.5 MiB for an object by default. etcd's
 * refusal comes as a 500 that only its text tells from others.
 * https://etcd.io/docs/latest/dev-guide/limit/
 */
export const isTooLarge = (error: unknown): error is KubeError =>
  hasStatus(error, 413) ||
  (hasStatus(error, 500) && error.message.includes('etcdserver: request is too large'))

/** Whether an error is the API server's answer with this HTTP status. */
export const hasStatus = (error: unknown, status: number): error is KubeError =>
  error instanceof KubeError && error.status === status
