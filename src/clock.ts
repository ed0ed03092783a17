/** Time comes in as a value, so that tests move it by hand instead of sleeping. */
export interface Clock {
  /** Milliseconds since the epoch; may jump when somebody sets the machine's clock. */
  now(): number
  /** Milliseconds that only ever grow; for deadlines and waits, never for display. */
  monotonic(): number
  /** Resolves after `milliseconds`, soon when that is over already; rejects with the signal's reason when aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error)
      const onAbort = () => {
        clearTimeout(timer)
        reject(signal?.reason as Error)
      }
      const wake = () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }
      // What is overdue already is no mistake, for which Node would take a negative number.
      const timer = setTimeout(wake, Math.max(0, milliseconds))
      signal?.addEventListener('abort', onAbort, { once: true })
    }),
}

/** An instant as Kubernetes writes it: UTC, whole seconds (metav1.Time). */
export const instant = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace(/\.\d{3}Z$/, 'Z')

/** The same with exactly six digits after the second (metav1.MicroTime): the API server refuses any other number. */
export const microInstant = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace('Z', '000Z')
