import { createDatabricks, type Databricks } from '../../databricks/client.ts'
import { checkHost } from '../../databricks/hosts.ts'
import type { Connecting, Refused } from './connecting.ts'
import { originOf } from './credential-source.ts'
import type { DatabricksWorkspaceSpec } from './schema.ts'

/** A client for a workspace with a check of what its credentials rest on, or why there is none. */
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
