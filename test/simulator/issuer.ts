import { exportJWK, generateKeyPair, SignJWT, type GenerateKeyPairResult, type JWTPayload } from 'jose'
import { beginning } from './harness.ts'

/** Somebody who signs tokens: a cluster's API server, an identity provider, or an impostor. */
export interface Issuer {
  readonly name: string
  /** Its public keys as text. */
  readonly keys: string
  /** A token of ten minutes; claims that are undefined are left out. */
  readonly sign: (claims: JWTPayload) => Promise<string>
}

/** An issuer with a key of its own. */
export async function issuer(
  name: string,
  { algorithm = 'RS256', ...named }: { algorithm?: string; kid?: string | undefined } = {},
): Promise<Issuer> {
  // No name at all has to be asked for.
  const kid = 'kid' in named ? named.kid : 'first'
  const pair: GenerateKeyPairResult = await generateKeyPair(algorithm, { extractable: true })
  const jwk = {
    ...(await exportJWK(pair.publicKey)),
    ...(kid !== undefined && { kid }),
    alg: algorithm,
    use: 'sig',
  }
  return {
    name,
    keys: JSON.stringify({ keys: [jwk] }),
    sign: (claims) =>
      new SignJWT({ iss: name, iat: beginning / 1000, exp: beginning / 1000 + 600, ...claims })
        .setProtectedHeader({ alg: algorithm, ...(kid !== undefined && { kid }) })
        .sign(pair.privateKey),
  }
}
