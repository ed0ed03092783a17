import type { Clock } from '../clock.ts'
import type { Log } from '../telemetry/log.ts'
import type { Random } from './backoff.ts'
import type { KubeClient } from './client.ts'
import type { KubeObject, Resource } from './object.ts'
import type { Change, Store } from './store.ts'

/** What is followed, and who is told. */
export interface Following<T extends KubeObject> {
  client: KubeClient
  resource: Resource
  store: Store<T>
  onChange: (change: Change<T>) => void
  /**
   * Milliseconds after which, at the latest, everything is listed once more for no other reason than that
   * watches have been known to lose things; half of it is chance, so that kinds do not list together.
   */
  relistEvery: number
  clock: Clock
  random: Random
  log: Log
  signal: AbortSignal
}
