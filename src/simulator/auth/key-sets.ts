import { createLocalJWKSet, createRemoteJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { z } from 'zod'

/** Where the public keys of an issuer are. Without either they are found through the issuer itself. */
export const keySourceShape = {
  /** A JSON Web Key Set as text, for an issuer that cannot be reached. */
  jwks_json: z
    .string()
    .refine((text) => keySetOf(text) !== undefined, 'must be a JSON Web Key Set as text')
    .optional(),
  jwks_uri: z.url().optional(),
} as const

/** An issuer of tokens and its keys. */
export interface KeySource {
  readonly issuer: string
  readonly jwks_json?: string | undefined
  readonly jwks_uri?: string | undefined
}

/** An issuer whose keys cannot be had. */
export class KeysUnavailable extends Error {}

const metadataSchema = z.object({ jwks_uri: z.url() })

/** The public keys of the issuers that somebody trusts. Only configured addresses are asked, never one from a token. */
export class KeySets {
  readonly #remote = new Map<string, JWTVerifyGetKey>()

  /** Something that finds the key for a token. Rejects with KeysUnavailable. */
  async of({ issuer, jwks_json, jwks_uri }: KeySource): Promise<JWTVerifyGetKey> {
    const inline = jwks_json === undefined ? undefined : keySetOf(jwks_json)
    if (inline !== undefined) return createLocalJWKSet(inline)
    return this.#at(jwks_uri ?? (await discover(issuer)))
  }

  #at(uri: string): JWTVerifyGetKey {
    // Without a pause between two looks, so that a rotated key is found at once.
    const keys = this.#remote.get(uri) ?? createRemoteJWKSet(new URL(uri), { cooldownDuration: 0 })
    this.#remote.set(uri, keys)
    return keys
  }
}

async function discover(issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000), redirect: 'error' })
    return metadataSchema.parse(await response.json()).jwks_uri
  } catch (error) {
    throw new KeysUnavailable(`${url} does not name the keys`, { cause: error })
  }
}

function keySetOf(text: string): JSONWebKeySet | undefined {
  try {
    const keys = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) }).parse(JSON.parse(text))
    return keys
  } catch {
    // Neither JSON nor a key set: the schema says so.
    return undefined
  }
}
