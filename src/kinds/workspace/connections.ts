import { isDeepStrictEqual } from 'node:util'
import type { Databricks } from '../../databricks/client.ts'
import { keyOf, type KubeObject } from '../../kube/object.ts'
import type { Session } from '../kind.ts'
import { connect } from './connect.ts'
import type { Connecting, Refused } from './connecting.ts'
import type { DatabricksWorkspaceSpec } from './schema.ts'

/** An open connection. The same session is handed out as long as workspace and identity stay the same. */
export interface Live {
  is: 'Connected'
  databricks: Databricks
  checkCredential(): Promise<void>
  sessionFor(workspaceId: string, me: string): Session
}

interface Entry {
  spec: Pick<DatabricksWorkspaceSpec, 'host' | 'credentials'>
  live: Live
  failures: number
}

/** The connections of this process by workspace key; one is made again when host or credentials change. */
export class Connections {
  readonly #entries = new Map<string, Entry>()

  open(
    connecting: Connecting,
    object: KubeObject,
    { host, credentials }: DatabricksWorkspaceSpec,
  ): Live | Refused {
    const key = keyOf(object)
    const before = this.#entries.get(key)
    if (before !== undefined && isDeepStrictEqual(before.spec, { host, credentials })) return before.live
    const connected = connect(connecting, object.metadata.namespace ?? '', { host, credentials })
    if (connected.is === 'Refused') return connected
    const live = { ...connected, sessionFor: sessions(connected.databricks) }
    this.#entries.set(key, { spec: { host, credentials }, live, failures: 0 })
    return live
  }

  /** How many checks in a row have failed, this one included. */
  countFailure(key: string): number {
    const entry = this.#entries.get(key)
    if (entry === undefined) return Number.POSITIVE_INFINITY
    entry.failures += 1
    return entry.failures
  }

  succeeded(key: string): void {
    const entry = this.#entries.get(key)
    if (entry !== undefined) entry.failures = 0
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }
}

function sessions(databricks: Databricks): Live['sessionFor'] {
  let session: Session | undefined
  return (workspaceId, me) => {
    if (session?.workspaceId !== workspaceId || session.me !== me)
      session = { databricks, workspaceId, me, origin: databricks.host }
    return session
  }
}
