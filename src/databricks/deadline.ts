import type { Clock } from '../clock.ts'

/** Made once: an abort without a reason makes a new exception, stack and all, for every request. */
const inTime = new Error('the work was done in time')

/** What bounds a piece of work. */
export interface Bounds {
  readonly clock: Clock
  readonly milliseconds: number
  /** Ends the work early; its own reason is kept. */
  readonly signal: AbortSignal
  /** The reason to give up with when the time is over. */
  readonly late: () => Error
}

/**
 * Runs work with a signal that fires when the time is over or the caller gives up. The work has to heed
 * the signal; nothing of ours (timer, listener) outlives it.
 */
export async function withDeadline<T>(bounds: Bounds, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { clock, milliseconds, signal, late } = bounds
  const own = new AbortController()
  const follow = () => own.abort(signal.reason)
  if (signal.aborted) follow()
  signal.addEventListener('abort', follow, { once: true })
  const timer = clock.sleep(milliseconds, own.signal).then(
    () => own.abort(late()),
    // The work was done first, or the caller gave up.
    () => undefined,
  )
  try {
    return await work(own.signal)
  } finally {
    signal.removeEventListener('abort', follow)
    // Nobody heeds it any more but the timer.
    own.abort(inTime)
    await timer
  }
}

/**
 * Runs work with one signal that fires with the first of several. Unlike AbortSignal.any it leaves
 * nothing registered on them afterwards: some of these signals live as long as the program.
 */
export async function whileFollowing<T>(
  signals: readonly (AbortSignal | undefined)[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const given = signals.filter((signal) => signal !== undefined)
  const [only] = given
  if (given.length === 1 && only !== undefined) return work(only)
  const own = new AbortController()
  const detach: (() => void)[] = []
  for (const signal of given) {
    const follow = () => own.abort(signal.reason)
    if (signal.aborted) follow()
    signal.addEventListener('abort', follow, { once: true })
    detach.push(() => signal.removeEventListener('abort', follow))
  }
  try {
    return await work(own.signal)
  } finally {
    for (const one of detach) one()
  }
}

/** Waits for work that others wait for too: who gives up stops waiting, and the work goes on. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason as Error)
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
  })
}
