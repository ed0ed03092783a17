import type { Clock } from '../../clock.ts'
import { jsonAnswer, type Answer, type Request } from '../http/exchange.ts'
import type { Principals } from '../principals.ts'
import type { Random } from '../random.ts'
import type { Switches } from '../switches.ts'
import type { AccessTokens } from './access-tokens.ts'
import type { Clients } from './clients.ts'
import type { Federated, Federation } from './federation.ts'
import { invalidClient, invalidRequest, isOAuthError, OAuthError } from './oauth-error.ts'
import type { TokenLife } from './token-life.ts'
import { clientCredentials, required, tokenForm } from './token-form.ts'

const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'
const jwtType = 'urn:ietf:params:oauth:token-type:jwt'

/** What the token endpoint stands on. */
export interface TokenEndpointParts {
  readonly clock: Clock
  readonly random: Random
  readonly switches: Switches
  readonly workspaceId: string
  readonly principals: Principals
  readonly clients: Clients
  readonly federation: Federation
  readonly tokens: AccessTokens
  readonly life: TokenLife
}

/** The workspace's token endpoint: `POST /oidc/v1/token`. */
export class TokenEndpoint {
  readonly #parts: TokenEndpointParts

  constructor(parts: TokenEndpointParts) {
    this.#parts = parts
  }

  async answer(request: Request): Promise<Answer> {
    const { switches, random } = this.#parts
    const result = await this.#token(request)
    if (!isOAuthError(result)) return result
    if (result.error === 'invalid_client' && switches.refusedClient === 'EmptyBody400') {
      return { ...jsonAnswer(400, {}), body: '' }
    }
    return result.answer({ error_id: random.uuid() })
  }

  async #token(request: Request): Promise<Answer | OAuthError> {
    const form = tokenForm(request)
    if (isOAuthError(form)) return form
    const grant = required(form, 'grant_type')
    if (isOAuthError(grant)) return grant
    const federated = await this.#subjectOf(grant, request, form)
    if (isOAuthError(federated)) return federated
    const { clock, switches, life } = this.#parts
    const left = Math.floor((federated.expiresAt - clock.now()) / 1000)
    const seconds = switches.tokenLifeFollowsSubject ? Math.min(life.seconds, left) : life.seconds
    return this.#issue(request, form, { identity: federated.identity, seconds })
  }

  /** Whom the form stands for. */
  async #subjectOf(grant: string, request: Request, form: URLSearchParams): Promise<Federated | OAuthError> {
    switch (grant) {
      case 'client_credentials':
        return this.#clientOf(request, form)
      case exchangeGrant:
        return this.#exchanged(form)
      default:
        return new OAuthError(400, 'unsupported_grant_type', `Unsupported grant type: ${grant.slice(0, 100)}`)
    }
  }

  #clientOf(request: Request, form: URLSearchParams): Federated | OAuthError {
    const client = clientCredentials(request, form)
    if (client === undefined || !this.#parts.clients.accepts(client.id, client.secret)) return invalidClient()
    return { identity: client.id, expiresAt: Number.POSITIVE_INFINITY }
  }

  async #exchanged(form: URLSearchParams): Promise<Federated | OAuthError> {
    const type = required(form, 'subject_token_type')
    if (isOAuthError(type)) return type
    if (type !== jwtType) return invalidRequest(`Unsupported subject_token_type; it must be ${jwtType}`)
    const token = required(form, 'subject_token')
    if (isOAuthError(token)) return token
    const federated = await this.#parts.federation.exchange(token, form.get('client_id') ?? undefined)
    if (isOAuthError(federated)) return federated
    const principal = this.#parts.principals.named(federated.identity)
    // A service principal's own policy names it; an account-wide one takes whomever the token names.
    if (principal === undefined && !form.has('client_id')) {
      return invalidRequest('Subject token subject does not name a user or service principal')
    }
    return federated
  }

  async #issue(
    request: Request,
    form: URLSearchParams,
    { identity, seconds }: { identity: string; seconds: number },
  ): Promise<Answer> {
    const { switches, tokens, workspaceId } = this.#parts
    const scope = form.get('scope') ?? 'all-apis'
    const claims = {
      iss: `${request.origin}/oidc`,
      aud: workspaceId,
      sub: identity,
      client_id: identity,
      scope,
    }
    const access_token = await tokens.issue({ kind: 'Databricks', identity, seconds, claims })
    const expires_in = switches.expiresIn === 'Text' ? String(seconds) : seconds
    return jsonAnswer(200, { access_token, token_type: 'Bearer', expires_in, scope })
  }
}
