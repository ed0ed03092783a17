import type { Clock } from '../../clock.ts'
import { jsonAnswer, type Answer, type Request } from '../http/exchange.ts'
import type { Random } from '../random.ts'
import type { Switches } from '../switches.ts'
import type { AccessTokens } from './access-tokens.ts'
import type { Entra, EntraApplication } from './entra.ts'
import { entraAnswer, entraErrors } from './entra-error.ts'
import { isOAuthError, type OAuthError } from './oauth-error.ts'
import type { SubjectTokens } from './subject-token.ts'
import type { TokenLife } from './token-life.ts'
import { tokenForm } from './token-form.ts'

/** Application id of Databricks in every tenant: the resource that tokens for workspaces name. */
const databricksResource = '2ff814a6-3304-4ab8-85cb-cd0e6f879c1d'

const managementResources: ReadonlySet<string> = new Set([
  'https://management.core.windows.net',
  'https://management.core.usgovcloudapi.net',
  'https://management.core.chinacloudapi.cn',
  'https://management.azure.com',
])
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** What the endpoint of Entra stands on. */
export interface EntraEndpointParts {
  readonly clock: Clock
  readonly random: Random
  readonly switches: Switches
  readonly entra: Entra
  readonly subjects: SubjectTokens
  readonly tokens: AccessTokens
  readonly life: TokenLife
}

/** Which of the two forms of the endpoint is called: v1 names a resource, v2 a scope. */
export type EntraVersion = 'v1' | 'v2'

/** Entra's token endpoint: `POST {authority}/{tenant}/oauth2[/v2.0]/token`. */
export class EntraEndpoint {
  readonly #parts: EntraEndpointParts

  constructor(parts: EntraEndpointParts) {
    this.#parts = parts
  }

  async answer(request: Request, tenant: string, version: EntraVersion): Promise<Answer> {
    const { random, clock, entra } = this.#parts
    const result =
      tenant.toLowerCase() === entra.tenant.toLowerCase()
        ? await this.#token(request, version)
        : entraErrors.unknownTenant(tenant)
    return isOAuthError(result) ? entraAnswer(result, random, clock.now()) : result
  }

  async #token(request: Request, version: EntraVersion): Promise<Answer | OAuthError> {
    const form = tokenForm(request)
    if (isOAuthError(form)) return form
    if (form.get('grant_type') !== 'client_credentials') return entraErrors.unsupportedGrant()
    const id = form.get('client_id')
    if (id === null) return entraErrors.missing('client_id')
    const application = this.#parts.entra.application(id)
    if (application === undefined) return entraErrors.unknownApplication(id)
    const resource = resourceOf(form, version)
    if (isOAuthError(resource)) return resource
    return (await this.#refuseClient(application, form)) ?? this.#issue(id, resource, version)
  }

  /** Why the client is not who it says, if it is not. */
  async #refuseClient(
    { secrets, federated }: EntraApplication,
    form: URLSearchParams,
  ): Promise<OAuthError | undefined> {
    const secret = form.get('client_secret')
    if (secret !== null) return secrets.includes(secret) ? undefined : entraErrors.wrongSecret()
    const assertion = form.get('client_assertion')
    if (assertion === null || form.get('client_assertion_type') !== assertionType) {
      return entraErrors.noCredentials()
    }
    let reason = 'the application has none'
    for (const { issuer, subject, audience, ...keys } of federated) {
      const trust = { keys: { issuer, ...keys }, audiences: [audience], subject, subjectClaim: 'sub' }
      const verdict = await this.#parts.subjects.judge(assertion, trust)
      if (verdict.kind === 'Accepted') return undefined
      if (verdict.check === 'expiry') return entraErrors.expiredAssertion()
      reason = `${verdict.check} ${verdict.reason}`
    }
    return entraErrors.wrongAssertion(reason)
  }

  async #issue(id: string, resource: string, version: EntraVersion): Promise<Answer> {
    const { clock, switches, tokens, life, entra } = this.#parts
    const { seconds } = life
    const kind = resource === databricksResource ? 'Entra' : 'Management'
    const claims = {
      iss: `https://sts.windows.net/${entra.tenant}/`,
      aud: resource,
      appid: id,
      tid: entra.tenant,
    }
    const access_token = await tokens.issue({ kind, identity: id, seconds, claims })
    const written = (figure: number) => (switches.entraNumbers === 'Text' ? String(figure) : figure)
    const now = Math.floor(clock.now() / 1000)
    const ends = switches.entraExpiry
    return jsonAnswer(200, {
      token_type: 'Bearer',
      expires_in: ends === 'ExpiresOn' ? undefined : written(seconds),
      ext_expires_in: ends === 'ExpiresOn' ? undefined : written(seconds),
      expires_on: ends === 'ExpiresIn' ? undefined : written(now + seconds),
      ...(version === 'v1' && { not_before: written(now), resource }),
      access_token,
    })
  }
}

/** What the token is to open: Databricks, or the Azure resource that the workspace is. */
function resourceOf(form: URLSearchParams, version: EntraVersion): string | OAuthError {
  const name = version === 'v1' ? 'resource' : 'scope'
  const value = form.get(name)
  if (value === null) return entraErrors.missing(name)
  const resource = (version === 'v1' ? value : value.replace(/\/\.default$/, '')).replace(/\/$/, '')
  const known = resource === databricksResource || managementResources.has(resource)
  return known ? resource : entraErrors.unknownResource(resource)
}
