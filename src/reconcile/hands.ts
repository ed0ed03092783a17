import type { Clock } from '../clock.ts'
import type { Kind, Subject } from '../kinds/kind.ts'
import type { EventRecorder } from '../kube/events.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Log } from '../telemetry/log.ts'
import type { Difference } from '../drift/difference.ts'
import type { Keeping } from '../drift/sealed.ts'
import type { StatusWriter } from './writer.ts'

/** What acting needs besides the object. */
export interface Hands {
  kind: Kind
  subject: Subject
  writer: StatusWriter
  events: EventRecorder
  clock: Clock
  /** Milliseconds from recording an attempt in which its create is sent, or not at all. */
  createsWithin: number
  log: Log
  /** How what was applied is remembered. */
  keeping: Keeping
  /** Remembers what was written, whether or not anybody comes to see it. */
  wrote: (differences: readonly Difference[]) => void
  /** The same of what nobody answered: it may have been written. */
  doubted: (differences: readonly Difference[]) => void
  /** The other objects of the kind that share the Databricks workspace. */
  others: () => KubeObject[]
  /** Has another object looked at soon. */
  lookAgain: (object: KubeObject) => void
  /** Writes another object's status. */
  writerOf: (object: KubeObject) => StatusWriter
}
