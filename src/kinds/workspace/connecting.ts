import type { Dispatcher } from 'undici'
import type { Clock } from '../../clock.ts'
import type { SentTokenRequest } from '../../databricks/auth/line.ts'
import type { AuthKind } from '../../databricks/auth/token.ts'
import type { Budgets } from '../../databricks/budgets.ts'
import type { SentRequest } from '../../databricks/client.ts'
import type { HostRules } from '../../databricks/hosts.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { Reason } from '../../reconcile/reasons.ts'
import type { Log } from '../../telemetry/log.ts'
import type { OwnIdentity } from './subjects.ts'

/** What connecting needs besides the spec. */
export interface Connecting {
  client: KubeClient
  dispatcher: Dispatcher
  budgets: Pick<Budgets, 'at' | 'agree' | 'forget' | 'isThrottled'>
  onRequest?: (request: SentRequest) => void
  onTokenRequest?: (credentials: AuthKind, request: SentTokenRequest) => void
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
