import { jsonAnswer, redirect, type Answer, type Request } from '../http/exchange.ts'
import { endpointNotFound } from '../http/refusal.ts'
import { loginPage, loginPath } from './admission.ts'
import type { Discovery } from './discovery.ts'
import type { Entra } from './entra.ts'
import type { EntraEndpoint } from './entra-endpoint.ts'
import type { TokenEndpoint } from './token-endpoint.ts'

/** Entra on this server: a client's authority is the server's address and `/entra/`. */
const entraPath = /^\/entra\/([^/]+)\/oauth2(\/v2\.0)?\/token$/

/** The workspace's own OAuth, and the same under the account's id, where account hosts and unified ones have it. */
const oidcPath = /^(\/oidc(?:\/accounts\/([^/]+))?)(\/v1\/.+|\/\.well-known\/.+)$/

/** What lies beside the API and needs no token: discovery, the token endpoints, the login page. */
export class AuthDoor {
  readonly #discovery: Discovery
  readonly #tokens: TokenEndpoint
  readonly #entra: Entra
  readonly #entraTokens: EntraEndpoint

  constructor(parts: {
    discovery: Discovery
    tokens: TokenEndpoint
    entra: Entra
    entraTokens: EntraEndpoint
  }) {
    this.#discovery = parts.discovery
    this.#tokens = parts.tokens
    this.#entra = parts.entra
    this.#entraTokens = parts.entraTokens
  }

  async answer(request: Request): Promise<Answer> {
    const { method, path, origin } = request
    const [, tenant, v2] = entraPath.exec(path) ?? []
    if (method === 'POST' && tenant !== undefined) {
      return this.#entraTokens.answer(request, tenant, v2 === undefined ? 'v1' : 'v2')
    }
    const [, issuer, account, call] = oidcPath.exec(path) ?? []
    if (issuer !== undefined && (account ?? this.#discovery.accountId) === this.#discovery.accountId) {
      return this.#oidc(request, origin + issuer, call)
    }
    switch (`${method} ${path}`) {
      case 'GET /.well-known/databricks-config':
        return document(this.#discovery.hostMetadata(origin), request)
      case 'GET /aad/auth':
        return this.#login(request)
      case `GET ${loginPath}`:
        return loginPage
      default:
        return document(undefined, request)
    }
  }

  async #oidc(request: Request, issuer: string, call: string | undefined): Promise<Answer> {
    switch (`${request.method} ${call}`) {
      case 'GET /.well-known/oauth-authorization-server':
        return document(this.#discovery.authorizationServer(issuer), request)
      case 'POST /v1/token':
        return this.#tokens.answer(request)
      default:
        return document(undefined, request)
    }
  }

  /** The first segment of the address names the tenant, which is how clients learn it. */
  #login(request: Request): Answer {
    const usual = `https://login.microsoftonline.com/${this.#entra.tenant}/oauth2/authorize`
    const { loginRedirect = usual } = this.#discovery.overrides
    return loginRedirect === null ? document(undefined, request) : redirect(loginRedirect)
  }
}

function document(content: object | undefined, { method, path }: Request): Answer {
  if (content !== undefined) return jsonAnswer(200, content)
  const refusal = endpointNotFound(method, path)
  return jsonAnswer(refusal.status, refusal.body())
}
