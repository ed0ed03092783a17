import { hasStatus, KubeError } from './kube-error.ts'
import { watchSeconds, type WatchEnd } from './watch.ts'

/* What is to be concluded from how a watch ended. */

/** Whether the next turn must start from the truth. A kind that vanished may come back with another history. */
export const needsList = (end: WatchEnd): boolean =>
  end.is === 'Failed' ? hasStatus(end.error, 404) : end.is !== 'Ended'

/** Whether something came in between that may have changed who answers, or from which data. */
export function isDoubtful(end: WatchEnd, lasted: number): boolean {
  // A server that goes away in good order ends its watches before their time.
  if (end.is === 'Ended') return lasted < watchSeconds * 1_000
  if (end.is !== 'Failed') return false
  return !(end.error instanceof KubeError) || end.error.status === 0 || end.error.status >= 500
}
