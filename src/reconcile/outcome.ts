import type { Reason } from './reasons.ts'

/** How one pass over an object ended, and what the queue does next. */
export type Outcome =
  /** Everything that may be done is done; look again after `nextCheck` milliseconds. */
  | { is: 'Settled'; nextCheck: number }
  /** Something is awaited that we know of: look again after `after` milliseconds, or when it wakes us. */
  | { is: 'Waiting'; reason: Reason; message: string; after: number }
  /** A failure that time may mend: the queue backs off; `atLeast` milliseconds when the server named a time. */
  | { is: 'Retry'; reason: Reason; message: string; atLeast?: number }
  /** Only a person can help: looked at again slowly, because most remedies send no event. */
  | { is: 'Stalled'; reason: Reason; message: string; nextCheck: number }

/** How often a stalled object is looked at again, in milliseconds. */
export const stalledCheck = 10 * 60_000

/** Something that we know of is awaited; looked at again after so many milliseconds at the latest. */
export const waiting = (reason: Reason, message: string, after = 60_000): Outcome => ({
  is: 'Waiting',
  reason,
  message,
  after,
})

/** Only a person can help. */
export const stalled = (reason: Reason, message: string, nextCheck = stalledCheck): Outcome => ({
  is: 'Stalled',
  reason,
  message,
  nextCheck,
})
