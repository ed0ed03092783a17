import type { Call } from './call.ts'
import type { DatabricksError, ErrorKind } from './errors.ts'

/** How often one call is sent at most. */
export const mostTries = 3

/** The longest wait inside a call; a longer one belongs to the caller, who has other work to do. */
export const longestWait = 60_000

/** Milliseconds before the second try; each further one waits twice as long. */
const firstWait = 500

/** The one rule of each kind: may the same call do better in a moment, or is it for the caller? */
const rules: Readonly<Record<ErrorKind, 'wait' | 'hand over'>> = {
  Throttled: 'wait',
  Unavailable: 'wait',
  Missing: 'hand over',
  Conflict: 'hand over',
  // The door renews the credentials once by itself; a second refusal is a person's matter.
  Unauthenticated: 'hand over',
  Forbidden: 'hand over',
  Invalid: 'hand over',
  Unknown: 'hand over',
}

/** A try that failed. */
export interface FailedTry {
  readonly error: DatabricksError
  readonly effect: Call['effect']
  /** How often the call was sent, this try included. */
  readonly tries: number
  /** A number from 0 up to 1. */
  readonly random: () => number
}

/** Milliseconds to wait before the call is sent again, or undefined when it must not be. */
export function waitBeforeRetry({ error, effect, tries, random }: FailedTry): number | undefined {
  // A create is never sent twice: even after a 429, which proves that nothing was made, the loop
  // searches first, because only it knows what earlier attempts may have left behind.
  if (effect === 'create') return undefined
  if (tries >= mostTries) return undefined
  if (rules[error.kind] === 'hand over') return undefined
  const { retryAfter } = error
  if (retryAfter !== undefined && retryAfter > longestWait) return undefined
  const step = firstWait * 2 ** (tries - 1)
  // Never earlier than the server said; spread, so that those it turned away do not return as one.
  return retryAfter === undefined ? step * (1 + random()) : retryAfter + step * random()
}
