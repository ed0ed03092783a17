import type { Dispatcher } from 'undici'
import type { Clock } from '../../clock.ts'
import type { Budgets } from '../../databricks/budgets.ts'
import { createDatabricks, type Databricks, type SentRequest } from '../../databricks/client.ts'
import { checkHost, type HostRules } from '../../databricks/hosts.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { Reason } from '../../reconcile/reasons.ts'
import type { Log } from '../../telemetry/log.ts'
import { originOf } from './credential-source.ts'
import type { DatabricksWorkspaceSpec } from './schema.ts'
import type { OwnIdentity } from './subjects.ts'

/** What connecting needs besides the spec. */
export interface Connecting {
  client: KubeClient
  dispatcher: Dispatcher
  budgets: Pick<Budgets, 'at' | 'agree' | 'forget' | 'isThrottled'>
  onRequest?: (request: SentRequest) => void
  hostRules: HostRules
  /** The operator's own identity; absent: it has none that it lends to anybody. */
  own?: OwnIdentity
  /** Address of the authority of Entra for all workspaces; absent: the one of the cloud that the host is in. */
  azureAuthority?: string | undefined
  /** Milliseconds for one request to Databricks. */
  requestTimeout: number
  clock: Clock
  random: () => number
  log: Log
  /** Falls when the program stops. */
  signal: AbortSignal
}

/** Why there can be no connection with this manifest. */
export interface Refused {
  is: 'Refused'
  reason: Reason
  problem: string
}

export type Connected =
  | { is: 'Connected'; databricks: Databricks; checkCredential(): Promise<void> }
  | Refused

/**
 * A client for a workspace. What its tokens come from is read again every minute. `checkCredential` reads it now
 * and throws what is wrong with it, while calls go on with the last one that was read: an object can still be
 * deleted in a namespace whose Secret went first.
 */
export function connect(
  connecting: Connecting,
  namespace: string,
  { host, credentials }: Pick<DatabricksWorkspaceSpec, 'host' | 'credentials'>,
): Connected {
  const checked = checkHost(host, connecting.hostRules)
  if (checked.is === 'Refused')
    return { is: 'Refused', reason: 'HostRefused', problem: `spec.host: ${checked.problem}` }
  const origin = originOf(connecting, { namespace, host: checked.origin }, credentials)
  if (origin.is === 'Refused') return origin
  const { dispatcher, budgets, onRequest, requestTimeout, clock, random, log, signal } = connecting
  const databricks = createDatabricks({
    host: checked.origin,
    credentials: origin.source,
    dispatcher,
    budgets,
    ...(onRequest && { onRequest }),
    requestTimeout,
    clock,
    random,
    log,
    signal,
  })
  return { is: 'Connected', databricks, checkCredential: () => origin.check() }
}
