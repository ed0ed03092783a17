import type { Clock } from '../clock.ts'
import type { Session } from '../kinds/kind.ts'
import type { DeletionGuard } from '../kinds/workspace/deletion-guard.ts'
import type { Directory } from '../kinds/workspace/directory.ts'
import type { KubeClient } from '../kube/client.ts'
import type { EventRecorder } from '../kube/events.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Store } from '../kube/store.ts'
import type { Log } from '../telemetry/log.ts'
import { nothingWritten, type Written } from './history.ts'
import type { Search, Sightings } from './search.ts'
import type { Sweeps } from './sweeps.ts'

/** What every loop of this process shares. */
export interface Environment {
  client: KubeClient
  /** The newest known copies, by kind. */
  stores: ReadonlyMap<string, Store<KubeObject>>
  directory: Directory
  deletions: Pick<DeletionGuard, 'ask'>
  events: EventRecorder
  search: Search
  sightings: Sightings
  sweeps: Sweeps
  memory: Memory
  clock: Clock
  random: () => number
  log: Log
  /** Falls when the program ends: what is thrown then is no bug. */
  signal: AbortSignal
  /** Names this installation in the mark. */
  instance: string
  /** Nobody gave it that name: it is the uid of namespace kube-system. */
  isUnnamed: boolean
  /** By which the secrets in what we remember are hashed. */
  hashKey: string
  /** Milliseconds from recording an attempt in which its create is sent, or not at all. */
  createsWithin: number
  /** Milliseconds after which an unanswered create can no longer take effect. */
  attemptSettle: number
  /** Whether a CustomResourceDefinition of ours is being deleted right now; read live. */
  isDefinitionGoing(plural: string): Promise<boolean>
  /** Whether another manifest that is to stay refers to an object of ours. */
  isAskedFor(kind: string, object: KubeObject): boolean
  /** Has an object looked at soon: what it was found as may not be so any more. */
  lookAgain(kind: string, key: string): void
  /** Tells the workspace's own loop that its credentials were refused. */
  reportTrouble(workspaceKey: string, session: Session, message: string): void
}

/** What this process remembers between passes and may forget at any time: losing it costs a repetition, no harm. */
export class Memory {
  readonly #missed = new Map<string, number>()
  readonly #written = new Map<string, Written>()
  readonly #inDoubt = new Map<string, readonly string[]>()
  readonly #answered = new Map<string, string>()

  /** Counts checks in a row that could not look. */
  missed(uid: string): number {
    const count = (this.#missed.get(uid) ?? 0) + 1
    this.#missed.set(uid, count)
    return count
  }

  looked(uid: string): void {
    this.#missed.delete(uid)
  }

  /** What was written and is in no status yet: a report that loses a race leaves it to that of the next pass. */
  untold(uid: string): Written {
    return this.#written.get(uid) ?? nothingWritten
  }

  wrote(uid: string, { putBack, unconfirmed }: Written): void {
    const before = this.untold(uid)
    this.#written.set(uid, {
      putBack: [...before.putBack, ...putBack],
      unconfirmed: [...before.unconfirmed, ...unconfirmed],
    })
  }

  /** What was written was seen to be as written. */
  confirmed(uid: string, paths: readonly string[]): void {
    const { putBack, unconfirmed } = this.untold(uid)
    const seen = new Set(paths)
    this.#written.set(uid, { putBack, unconfirmed: unconfirmed.filter((path) => !seen.has(path)) })
  }

  told(uid: string): void {
    this.#written.delete(uid)
  }

  /** What somebody else had changed and was written without an answer: only the next look tells whether it was put back. */
  inDoubt(uid: string): readonly string[] {
    return this.#inDoubt.get(uid) ?? []
  }

  doubted(uid: string, paths: readonly string[]): void {
    this.#inDoubt.set(uid, [...this.inDoubt(uid), ...paths])
  }

  /** A look has told, and the status says what. */
  judged(uid: string): void {
    this.#inDoubt.delete(uid)
  }

  /** What an attempt of this mark sent was answered: all that may still come is that it is seen. */
  answered(uid: string, mark: string): void {
    this.#answered.set(uid, mark)
  }

  isAnswered(uid: string, mark: string): boolean {
    return this.#answered.get(uid) === mark
  }

  forget(uid: string): void {
    this.#written.delete(uid)
    this.#answered.delete(uid)
    this.#inDoubt.delete(uid)
    this.#missed.delete(uid)
  }
}
