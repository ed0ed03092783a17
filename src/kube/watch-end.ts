import { hasStatus, KubeError } from './kube-error.ts'
import { watchSeconds, type WatchEnd } from './watch.ts'

/* What is to be concluded from how a watch ended, and after how many milliseconds. */

/** By how much of a time two clocks may differ about it: each is off by half a thousandth while it is being set right. */
const apart = 0.001

/** Whether the next turn must start from the truth. */
export function needsList(end: WatchEnd, lasted: number): boolean {
  switch (end.is) {
    case 'Ended':
      // A server ends a watch early when it goes away, or when it was told of another definition of the kind: what came
      // last may have been read by the old one, which leaves out what it does not know.
      return lasted < watchSeconds * 1_000 * (1 - apart)
    case 'Failed':
      // A kind that vanished may come back with another history.
      return hasStatus(end.error, 404)
    case 'Expired':
    case 'Silent':
    case 'Garbled':
      return true
    default:
      return end satisfies never
  }
}

/** Whether something came in between that may have changed who answers, or from which data. */
export function isDoubtful(end: WatchEnd): boolean {
  if (end.is !== 'Failed') return false
  return !(end.error instanceof KubeError) || end.error.status === 0 || end.error.status >= 500
}
