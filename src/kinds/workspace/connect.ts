import type { Dispatcher } from 'undici'
import type { Clock } from '../../clock.ts'
import { personalAccessToken } from '../../databricks/auth/token.ts'
import { createDatabricks, type Databricks } from '../../databricks/client.ts'
import { checkHost, type HostRules } from '../../databricks/hosts.ts'
import type { KubeClient } from '../../kube/client.ts'
import { readSecretKey, type SecretRead } from '../../kube/secrets.ts'
import { CredentialProblem } from '../../reconcile/credential-problem.ts'
import type { Log } from '../../telemetry/log.ts'
import type { DatabricksWorkspaceSpec } from './schema.ts'

/** What connecting needs besides the spec. */
export interface Connecting {
  client: KubeClient
  dispatcher: Dispatcher
  hostRules: HostRules
  /** Milliseconds for one request to Databricks. */
  requestTimeout: number
  clock: Clock
  random: () => number
  log: Log
  /** Falls when the program stops. */
  signal: AbortSignal
}

/** How long a token that was read counts as current, in milliseconds. */
const tokenAge = 60_000

export type Connected =
  | { is: 'Connected'; databricks: Databricks; checkCredential(): Promise<void> }
  | { is: 'Refused'; problem: string }

/**
 * A client for a workspace. Its token is read from the Secret again every minute. `checkCredential` reads the
 * Secret now and throws what is wrong with it, while calls go on with the last token that was read: an object
 * can still be deleted in a namespace whose Secret went first.
 */
export function connect(
  { client, hostRules, ...options }: Connecting,
  namespace: string,
  { host, credentials }: DatabricksWorkspaceSpec,
): Connected {
  const checked = checkHost(host, hostRules)
  if (checked.is === 'Refused') return { is: 'Refused', problem: checked.problem }
  if (credentials.personalAccessToken === undefined)
    return { is: 'Refused', problem: 'only access tokens can be used as credentials so far' }
  const { name, key } = credentials.personalAccessToken.secretKeyRef
  const secret = { namespace, name, key }
  let last: string | undefined
  const checkCredential = async () => {
    const read = await readSecretKey(client, secret)
    if (read.is !== 'Found' || read.value === '') throw problemOf(read, secret)
    last = read.value
  }
  const source = personalAccessToken(
    async () => {
      try {
        await checkCredential()
      } catch (error) {
        if (last === undefined) throw error
      }
      return last ?? ''
    },
    { clock: options.clock, maxAge: tokenAge },
  )
  const databricks = createDatabricks({ ...options, host: checked.origin, credentials: source })
  return { is: 'Connected', databricks, checkCredential }
}

function problemOf(
  read: SecretRead,
  { namespace, name, key }: { namespace: string; name: string; key: string },
): CredentialProblem {
  const secret = `Secret ${namespace}/${name}`
  switch (read.is) {
    case 'SecretMissing':
      return new CredentialProblem('SecretMissing', `${secret} does not exist`)
    case 'KeyMissing': {
      const keys = read.keys.length === 0 ? 'it is empty' : `it has ${read.keys.join(', ')}`
      return new CredentialProblem('SecretKeyMissing', `${secret} has no key ${key}; ${keys}`)
    }
    case 'Forbidden':
      return new CredentialProblem('SecretForbidden', `the operator may not read ${secret}: ${read.message}`)
    case 'Found':
      return new CredentialProblem('SecretKeyMissing', `key ${key} of ${secret} is empty`)
    default:
      return read satisfies never
  }
}
