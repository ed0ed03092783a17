import type { Clock } from '../clock.ts'
import type { Lane } from '../lane.ts'
import { KubeError } from '../kube/kube-error.ts'
import type { WorkQueue, Worker } from '../kube/queue.ts'
import type { Outcome } from '../reconcile/outcome.ts'
import { isConflict, ReplacedError } from '../reconcile/writer.ts'
import type { Log } from '../telemetry/log.ts'

/** One queue serves all kinds, so its keys say which: `JobSpec/namespace/name`. */
export const queueKey = (kind: string, key: string): string => `${kind}/${key}`

/** A key of the queue as kind and `namespace/name`. */
export function splitQueueKey(key: string): { kind: string; key: string } {
  const slash = key.indexOf('/')
  return { kind: key.slice(0, slash), key: key.slice(slash + 1) }
}

/** How soon an object is looked at again whose copy turned out to be old, in milliseconds. */
const afterConflict = 200

/** Looks at one object of a kind, for the reason that the lane says. */
export type Reconcile = (key: string, lane: Lane) => Promise<Outcome>

interface Means {
  queue: WorkQueue
  clock: Clock
  random: () => number
  log: Log
  /** Falls when running work has to end at once: what is thrown then is no failure. */
  signal: AbortSignal
}

/** Turns outcomes into the queue's terms: the whole policy of when an object is looked at again. */
export function workerOf(
  { queue, clock, random, log, signal }: Means,
  loops: ReadonlyMap<string, Reconcile>,
): Worker {
  return async (queued, { lane }) => {
    const { kind, key } = splitQueueKey(queued)
    const loop = loops.get(kind)
    if (loop === undefined) throw new Error(`no loop for ${kind}`)
    const later = (wait: number, next: 'background' | 'retry') =>
      Number.isFinite(wait) && queue.add(queued, { lane: next, at: clock.monotonic() + wait })
    try {
      const outcome = await loop(key, lane)
      log.debug({ kind, key, lane, ...outcome }, 'looked at')
      switch (outcome.is) {
        case 'Settled':
          return void later(outcome.nextCheck, outcome.nextCheck === 0 ? 'retry' : 'background')
        case 'Stalled':
          // Apart from each other: one remedy in Databricks often serves many.
          return void later(outcome.nextCheck * (1 + random() / 2), 'background')
        case 'Waiting':
          return void later(outcome.after, 'background')
        case 'Retry':
          log.warn({ kind, key, reason: outcome.reason, message: outcome.message }, 'will be tried again')
          return queue.retry(queued, outcome.atLeast)
        default:
          return outcome satisfies never
      }
    } catch (error) {
      if (signal.aborted) return
      if (isConflict(error)) return void later(afterConflict, 'retry')
      // The watch tells soon; one that has lost it must not have us ask for hours what is gone.
      if (error instanceof ReplacedError) return queue.retry(queued)
      log.error(
        { kind, key, err: error, ...(error instanceof KubeError ? { status: error.status } : {}) },
        'failed',
      )
      queue.retry(queued, error instanceof KubeError ? (error.retryAfterSeconds ?? 0) * 1_000 : 0)
    }
  }
}
