import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '../../clock.ts'
import { permissionDenied, Refusal } from '../http/refusal.ts'
import type { Principal, Principals } from '../principals.ts'
import type { Switches } from '../switches.ts'
import type { AccessToken, AccessTokens } from './access-tokens.ts'
import type { Entra } from './entra.ts'
import type { GoogleTokens } from './google.ts'
import type { PersonalTokens } from './personal-tokens.ts'

/** Databricks on Azure does not take a token of Entra any more when its end is that near. */
const entraSkewMilliseconds = 30_000

/** What is known about credentials. */
export interface CallerParts {
  readonly clock: Clock
  readonly switches: Switches
  readonly workspaceId: string
  readonly principals: Principals
  readonly personal: PersonalTokens
  readonly issued: AccessTokens
  readonly entra: Entra
  readonly google: GoogleTokens
}

/** Finds out who calls. */
export class Callers {
  readonly #parts: CallerParts

  constructor(parts: CallerParts) {
    this.#parts = parts
  }

  /** Whoever the request's credentials stand for. */
  async of(headers: IncomingHttpHeaders): Promise<Principal | Refusal> {
    const [scheme = '', token = ''] = (headers.authorization ?? '').split(/ +/)
    if (scheme.toLowerCase() !== 'bearer' || token === '') {
      return new Refusal(401, 401, {
        message: 'Credential was not sent or was of an unsupported type for this API.',
      })
    }
    const { personal, issued, google } = this.#parts
    const identity = personal.identityOf(token)
    if (identity !== undefined) return this.#memberNamed(identity)
    const access = issued.find(token)
    if (access !== undefined) return this.#holderOf(access, headers)
    const verdict = await google.judge(token)
    if (verdict?.kind === 'Accepted') return this.#memberNamed(verdict.subject)
    return verdict?.check === 'expiry' ? this.#expired() : this.#invalid()
  }

  #holderOf(access: AccessToken, headers: IncomingHttpHeaders): Principal | Refusal {
    const { clock, principals, switches } = this.#parts
    const left = access.expiresAt - clock.now()
    if (access.kind === 'Management') return this.#invalid()
    if (left <= 0) return this.#expired()
    if (access.kind === 'Databricks') return this.#memberNamed(access.identity)
    if (left <= entraSkewMilliseconds && switches.refuseExpiringEntraTokens) {
      return permissionDenied('Token is expiring within 30 seconds. (token expired)')
    }
    // A role on the Azure resource makes its holder an administrator of the workspace by calling it.
    return this.#managesResource(access, headers)
      ? principals.namedOrNewAdmin(access.identity)
      : this.#memberNamed(access.identity)
  }

  #managesResource({ identity }: AccessToken, headers: IncomingHttpHeaders): boolean {
    const { entra, issued, clock } = this.#parts
    const proof = issued.find(String(headers['x-databricks-azure-sp-management-token'] ?? ''))
    const resource = String(headers['x-databricks-azure-workspace-resource-id'] ?? '')
    return (
      proof?.kind === 'Management' &&
      proof.identity === identity &&
      proof.expiresAt > clock.now() &&
      resource.toLowerCase() === entra.resourceId.toLowerCase() &&
      entra.application(identity)?.managesResource === true
    )
  }

  #memberNamed(name: string): Principal | Refusal {
    const { principals, switches, workspaceId } = this.#parts
    const principal = principals.named(name)
    if (principal?.active === true) return principal
    const problem = principal === undefined ? 'not a member' : 'not an active member'
    const message = `Principal ${name} is ${problem} of workspace ${workspaceId}.`
    return switches.strangerStatus === 403
      ? permissionDenied(message)
      : new Refusal(401, 'UNAUTHENTICATED', { message })
  }

  #invalid(): Refusal {
    return new Refusal(403, this.#parts.switches.badTokenCode, { message: 'Invalid access token.' })
  }

  #expired(): Refusal {
    switch (this.#parts.switches.expiredToken) {
      case 401:
        return new Refusal(401, 'UNAUTHENTICATED', { message: 'Token is expired' })
      case 403:
        return permissionDenied('Token is expired')
      case 400:
        return new Refusal(400, 'BAD_REQUEST', {
          message: 'io.jsonwebtoken.ExpiredJwtException: JWT expired. Current time is after its end.',
        })
      default:
        return this.#parts.switches.expiredToken satisfies never
    }
  }
}
