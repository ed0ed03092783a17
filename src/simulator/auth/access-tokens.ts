import { generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose'
import type { Clock } from '../../clock.ts'

/** Whom an access token stands for, and what it opens. */
export interface AccessToken {
  /** `Databricks` and `Entra` open the workspace's API; `Management` proves a right on the Azure resource. */
  readonly kind: 'Databricks' | 'Entra' | 'Management'
  /** The principal as APIs name it. */
  readonly identity: string
  /** Milliseconds of the machine's clock, on which clients count too; not of the workspace's own time. */
  readonly expiresAt: number
}

/** What a token is to say and how long it is to live. */
export interface TokenOrder {
  readonly kind: AccessToken['kind']
  readonly identity: string
  readonly seconds: number
  readonly claims: JWTPayload
}

/** The oldest are forgotten first; they have expired long before. */
const mostTokens = 50_000

/**
 * The access tokens that the token endpoints gave out. They are signed JWTs, as those of the service are,
 * but known here by their text: nothing is read from a token that comes back.
 */
export class AccessTokens {
  readonly #clock: Clock
  readonly #tokens = new Map<string, AccessToken>()
  #key: Promise<CryptoKey> | undefined
  #serial = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Gives out a token. */
  async issue({ kind, identity, seconds, claims }: TokenOrder): Promise<string> {
    const now = this.#clock.now()
    const expiresAt = now + seconds * 1000
    this.#serial += 1
    // Two tokens of the same second must differ, or the end of one would be the end of both.
    const payload = { ...claims, jti: `${this.#serial}` }
    const token = await new SignJWT(payload)
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: 'simulator' })
      .setIssuedAt(Math.floor(now / 1000))
      .setExpirationTime(Math.floor(expiresAt / 1000))
      .sign(await this.#signingKey())
    this.#tokens.set(token, { kind, identity, expiresAt })
    const oldest = this.#tokens.keys().next()
    if (this.#tokens.size > mostTokens && !oldest.done) this.#tokens.delete(oldest.value)
    return token
  }

  /** The token of this text, expired or not; undefined if it was never given out, or revoked. */
  find(token: string): AccessToken | undefined {
    return this.#tokens.get(token)
  }

  /** Ends the life of an identity's tokens, or of all. Gives their number. */
  expire(identity: string | undefined): number {
    const found = this.#of(identity)
    const expiresAt = this.#clock.now()
    for (const [token, former] of found) this.#tokens.set(token, { ...former, expiresAt })
    return found.length
  }

  /** Forgets an identity's tokens, or all. Gives their number. */
  revoke(identity: string | undefined): number {
    const found = this.#of(identity)
    for (const [token] of found) this.#tokens.delete(token)
    return found.length
  }

  #of(identity: string | undefined): [string, AccessToken][] {
    return [...this.#tokens].filter(([, token]) => identity === undefined || token.identity === identity)
  }

  /** Made when it is first needed: a workspace that is used with fixed tokens only does not wait for it. */
  #signingKey(): Promise<CryptoKey> {
    this.#key ??= generateKeyPair('RS256').then(({ privateKey }) => privateKey)
    return this.#key
  }
}
