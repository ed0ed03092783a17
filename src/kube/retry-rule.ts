import { backoff, type Random } from './backoff.ts'
import { KubeError } from './kube-error.ts'

const retries = 3
const firstWait = 200
/** A longer wait is the caller's to plan: a worker must not sit on it. */
const longestWait = 10_000
const passing = new Set([429, 500, 502, 503, 504])

/** Milliseconds until a failed call is tried again; undefined when it is not. Read it as a list of exits. */
export function waitBeforeRetry(failed: {
  method: string
  /** How many tries have failed, this one included. */
  attempt: number
  error: unknown
  random: Random
}): number | undefined {
  const { method, attempt, error, random } = failed
  // A write may have taken effect although its answer is lost: only its caller can look and decide.
  if (method !== 'GET') return undefined
  if (attempt > retries) return undefined
  // Anything unknown is a bug, and bugs are not mended by repeating them.
  if (!(error instanceof KubeError)) return undefined
  if (error.reason !== 'Unreachable' && !passing.has(error.status)) return undefined
  const own = backoff({ base: firstWait, cap: longestWait, attempt, random })
  const asked = (error.retryAfterSeconds ?? 0) * 1_000
  // Coming back before the server's time is worse than not coming back.
  return asked > longestWait ? undefined : Math.max(asked, own)
}
