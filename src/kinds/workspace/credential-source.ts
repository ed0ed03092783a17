import { TokenCache } from '../../databricks/auth/cache.ts'
import { clientCredentials, tokenExchange } from '../../databricks/auth/databricks-oauth.ts'
import { entraClientSecret, entraFederation } from '../../databricks/auth/entra.ts'
import type { Line } from '../../databricks/auth/line.ts'
import { storedToken } from '../../databricks/auth/personal-token.ts'
import { tokenSource } from '../../databricks/auth/source.ts'
import { Stored } from '../../databricks/auth/stored.ts'
import type { Subject } from '../../databricks/auth/subject.ts'
import type { AccessToken, AuthKind, TokenSource } from '../../databricks/auth/token.ts'
import { authorityOf } from '../../databricks/hosts.ts'
import { userAgent } from '../../databricks/user-agent.ts'
import type { Connecting, Refused } from './connecting.ts'
import type { DatabricksWorkspaceSpec } from './schema.ts'
import { secretText } from './stored-credentials.ts'
import { ownSubject, serviceAccountSubject, type OwnIdentity } from './subjects.ts'

type Credentials = DatabricksWorkspaceSpec['credentials']
type SecretKeyRef = { secretKeyRef: { name: string; key: string } }

/** How long a Secret or a file that was read counts as current, in milliseconds. */
const maxAge = 60_000

/** Milliseconds between two requests for tokens of one workspace, however many of its objects ask. */
const pause = 10_000

/** Where a workspace's tokens come from. `check` reads what is stored for it and throws what is wrong with it. */
export interface Origin {
  is: 'Found'
  source: TokenSource
  check(): Promise<void>
}

/** Whose credentials they are. */
interface Owner {
  namespace: string
  /** Origin of the workspace; it is allowed. */
  host: string
}

/** The one of the five kinds that a workspace names. */
export function originOf(connecting: Connecting, owner: Owner, credentials: Credentials): Origin | Refused {
  const { personalAccessToken, oauthM2M, oidcFederation, azureClientSecret, azureWorkloadIdentity } =
    credentials
  const kinds = new Kinds(connecting, owner)
  if (personalAccessToken !== undefined) return kinds.personalAccessToken(personalAccessToken)
  if (oauthM2M !== undefined) return kinds.oauthM2M(oauthM2M)
  if (oidcFederation !== undefined) return kinds.oidcFederation(oidcFederation)
  if (azureClientSecret !== undefined) return kinds.azureClientSecret(azureClientSecret)
  if (azureWorkloadIdentity !== undefined) return kinds.azureWorkloadIdentity(azureWorkloadIdentity)
  return { is: 'Refused', reason: 'InvalidSpec', problem: 'spec.credentials: names no kind of credentials' }
}

type Of<K extends keyof Credentials> = NonNullable<Credentials[K]>

class Kinds {
  readonly #connecting: Connecting
  readonly #owner: Owner

  constructor(connecting: Connecting, owner: Owner) {
    this.#connecting = connecting
    this.#owner = owner
  }

  personalAccessToken(reference: Of<'personalAccessToken'>): Origin {
    const stored = this.#secret(reference)
    return found(storedToken(stored, this.#connecting.clock), stored)
  }

  oauthM2M({ clientId, clientSecret }: Of<'oauthM2M'>): Origin {
    const secret = this.#secret(clientSecret)
    const obtain = clientCredentials(this.#discovery('oauth-m2m'), { clientId, secret })
    return this.#cached('oauth-m2m', obtain, secret)
  }

  oidcFederation({ clientId, serviceAccountRef }: Of<'oidcFederation'>): Origin | Refused {
    const file = { of: 'oidcTokenFile', flag: '--oidc-token-file' } as const
    const subject = this.#subject(serviceAccountRef, file)
    if (subject.is === 'Refused') return subject
    const obtain = tokenExchange(this.#discovery('oidc'), { clientId, subject })
    return this.#cached('oidc', obtain, storedIn(subject))
  }

  azureClientSecret({ clientSecret, ...app }: Of<'azureClientSecret'>): Origin {
    const secret = this.#secret(clientSecret)
    const obtain = entraClientSecret(this.#app('azure-client-secret', app), secret)
    return this.#cached('azure-client-secret', obtain, secret)
  }

  azureWorkloadIdentity({ serviceAccountRef, ...app }: Of<'azureWorkloadIdentity'>): Origin | Refused {
    const file = { of: 'azureTokenFile', flag: '--azure-token-file' } as const
    const subject = this.#subject(serviceAccountRef, file)
    if (subject.is === 'Refused') return subject
    const obtain = entraFederation(this.#app('azure-workload-identity', app), subject)
    return this.#cached('azure-workload-identity', obtain, storedIn(subject))
  }

  #secret({ secretKeyRef: { name, key } }: SecretKeyRef): Stored {
    const { client, clock } = this.#connecting
    const { namespace } = this.#owner
    return new Stored(() => secretText(client, { namespace, name, key }), { clock, maxAge })
  }

  /** Who we say we are: a ServiceAccount of the namespace, or the operator where that is allowed. */
  #subject(
    account: { name: string } | undefined,
    file: { of: Exclude<keyof OwnIdentity, 'namespaces'>; flag: string },
  ): Subject | Refused {
    const { client, clock, own } = this.#connecting
    const { namespace } = this.#owner
    if (account !== undefined) return serviceAccountSubject(client, { namespace, name: account.name })
    if (own === undefined || !own.namespaces.includes(namespace))
      return {
        is: 'Refused',
        reason: 'AmbientIdentityRefused',
        problem: `without serviceAccountRef these credentials are the operator's own identity, which --ambient-identity-namespaces does not lend to namespace ${namespace}`,
      }
    const path = own[file.of]
    if (path !== undefined) return ownSubject(path, { clock, maxAge })
    return {
      is: 'Refused',
      reason: 'AmbientIdentityMissing',
      problem: `the operator was started without ${file.flag}, so that it has no token of its own to show`,
    }
  }

  #cached(
    kind: AuthKind,
    obtain: (signal: AbortSignal) => Promise<AccessToken>,
    stored: Stored | undefined,
  ): Origin {
    const { clock, log, signal } = this.#connecting
    const cache = new TokenCache({
      clock,
      log: log.child({ host: this.#owner.host }),
      signal,
      pause,
      obtain,
    })
    return found(tokenSource({ kind, cache, stored }), stored)
  }

  #discovery(kind: AuthKind) {
    return { line: this.#line(kind), host: this.#owner.host, rules: this.#connecting.hostRules }
  }

  #app(kind: AuthKind, { tenantId, clientId }: { tenantId: string; clientId: string }) {
    const authority = this.#connecting.azureAuthority ?? authorityOf(this.#owner.host)
    return { line: this.#line(kind), authority, tenantId, clientId }
  }

  #line(kind: AuthKind): Line {
    const { dispatcher, clock, random, requestTimeout, onTokenRequest } = this.#connecting
    const onRequest: Line['onRequest'] = (request) => onTokenRequest?.(kind, request)
    return { dispatcher, clock, random, requestTimeout, userAgent: userAgent(kind), onRequest }
  }
}

const storedIn = (subject: Subject): Stored | undefined =>
  subject.is === 'Stored' ? subject.stored : undefined

const found = (source: TokenSource, stored: Stored | undefined): Origin => ({
  is: 'Found',
  source,
  check: () => stored?.check() ?? Promise.resolve(),
})
