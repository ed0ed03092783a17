import { inLane } from '../../databricks/in-lane.ts'
import type { Lane } from '../../lane.ts'
import type { Reason } from '../../reconcile/reasons.ts'
import type { Session } from '../kind.ts'

/** What the operator knows of a DatabricksWorkspace object right now, in memory only. */
export type Connection =
  /** This process has not tried it yet. */
  | { is: 'Unchecked' }
  | { is: 'Ready'; session: Session; interval: number }
  /** `session`: the last one that worked, kept so that objects can still be deleted when a namespace goes. */
  | { is: 'NotReady'; reason: Reason; message: string; session?: Session }

/** A connection whose calls take their turns in a lane. */
export function connectionIn(connection: Connection, lane: Lane): Connection {
  if (connection.is === 'Unchecked' || connection.session === undefined) return connection
  const { session } = connection
  return { ...connection, session: { ...session, databricks: inLane(session.databricks, lane) } }
}

/** The connections of all workspaces, and who is told when one changes. Keys are `namespace/name`. */
export class Directory {
  readonly #connections = new Map<string, Connection>()
  readonly #listeners: ((key: string) => void)[] = []

  get(key: string): Connection {
    return this.#connections.get(key) ?? { is: 'Unchecked' }
  }

  /** The Databricks workspace that one led to when it last answered. */
  workspaceId(key: string): string | undefined {
    const connection = this.get(key)
    return connection.is === 'Unchecked' ? undefined : connection.session?.workspaceId
  }

  /** Records a connection; listeners hear of it only when a dependant would now decide differently. */
  set(key: string, connection: Connection): void {
    const before = this.get(key)
    this.#connections.set(key, connection)
    if (isSame(before, connection)) return
    for (const listener of this.#listeners) listener(key)
  }

  delete(key: string): void {
    if (this.#connections.delete(key)) for (const listener of this.#listeners) listener(key)
  }

  /** Calls `listener` with the workspace's key whenever its dependants should look again. */
  onChange(listener: (key: string) => void): void {
    this.#listeners.push(listener)
  }
}

function isSame(a: Connection, b: Connection): boolean {
  if (a.is === 'Ready' && b.is === 'Ready') return a.session === b.session && a.interval === b.interval
  if (a.is === 'NotReady' && b.is === 'NotReady') return a.reason === b.reason && a.message === b.message
  return a.is === b.is
}
