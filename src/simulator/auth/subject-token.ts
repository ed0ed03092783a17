import {
  decodeJwt,
  errors,
  jwtVerify,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
} from 'jose'
import type { Clock } from '../../clock.ts'
import { KeysUnavailable, type KeySets, type KeySource } from './key-sets.ts'

/** Whose tokens are accepted, for whom they must be, and about whom. */
export interface Trust {
  readonly keys: KeySource
  /** One of these must be among the token's audiences. */
  readonly audiences: readonly string[]
  /** The claim that names the subject. */
  readonly subjectClaim: string
  /** The subject that it must name; undefined accepts any. */
  readonly subject: string | undefined
}

/** How far a token got. The later the check at which it failed, the closer it was. */
export const checks = ['issuer', 'audience', 'subject', 'signature', 'expiry'] as const

/** What becomes of a token of somebody else. */
export type Verdict =
  | { readonly kind: 'Accepted'; readonly subject: string; readonly expiresAt: number }
  | { readonly kind: 'Refused'; readonly check: (typeof checks)[number]; readonly reason: string }

/** Judges tokens that other issuers signed. */
export class SubjectTokens {
  readonly #clock: Clock
  readonly #keySets: KeySets
  readonly #algorithms: readonly string[]

  constructor(clock: Clock, keySets: KeySets, algorithms: readonly string[]) {
    this.#clock = clock
    this.#keySets = keySets
    this.#algorithms = algorithms
  }

  /** Whether a token is one that is trusted. */
  async judge(token: string, trust: Trust): Promise<Verdict> {
    const claims = claimsOf(token)
    if (claims?.iss !== trust.keys.issuer) return refused('issuer', 'is not the one of the policy')
    const audiences = [claims.aud ?? []].flat()
    if (!audiences.some((audience) => trust.audiences.includes(audience))) {
      return refused('audience', 'is not accepted')
    }
    const subject = claims[trust.subjectClaim]
    if (typeof subject !== 'string' || (trust.subject !== undefined && subject !== trust.subject)) {
      return refused('subject', 'does not match')
    }
    return this.#verify(token, trust, subject)
  }

  async #verify(token: string, trust: Trust, subject: string): Promise<Verdict> {
    try {
      const payload = await verified(token, await this.#keySets.of(trust.keys), {
        algorithms: [...this.#algorithms],
        requiredClaims: ['exp'],
        currentDate: new Date(this.#clock.now()),
      })
      return { kind: 'Accepted', subject, expiresAt: (payload.exp ?? 0) * 1000 }
    } catch (error) {
      if (error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed) {
        return refused('expiry', 'has passed, or is not given')
      }
      // Everything else that is wrong with a token, with its keys, or with the way to them.
      if (error instanceof Error && unverifiable.some((kind) => error instanceof kind)) {
        return refused('signature', `cannot be verified: ${error.message}`)
      }
      throw error
    }
  }
}

/** DOMException is a key that is none, TypeError an address that does not answer. */
const unverifiable = [errors.JOSEError, KeysUnavailable, DOMException, TypeError] as const

/** What a token says, once one of the keys has been found to fit. Rejects as jose does. */
async function verified(
  token: string,
  keys: JWTVerifyGetKey,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys, options)).payload
  } catch (error) {
    // A token that does not name its key is tried with each.
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
    for await (const key of error) {
      const result = await jwtVerify(token, key, options).catch((failure: unknown) => {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure
        return undefined
      })
      if (result !== undefined) return result.payload
    }
    throw new errors.JWSSignatureVerificationFailed('no key fits', { cause: error })
  }
}

const refused = (check: (typeof checks)[number], reason: string): Verdict => ({
  kind: 'Refused',
  check,
  reason,
})

/** What a token claims, before anybody has looked at its signature; undefined if it is no JWT. */
export function claimsOf(token: string): JWTPayload | undefined {
  try {
    return decodeJwt(token)
  } catch (error) {
    if (!(error instanceof errors.JWTInvalid)) throw error
    return undefined
  }
}
