import { isObject, type JsonObject } from '../json.ts'
import { noToken } from './no-token.ts'
import type { Stored } from './stored.ts'

/** A token of Kubernetes that is exchanged for one of Databricks or Entra: who we say we are. */
export type Subject =
  /** A file that the kubelet renews; for whom it is good was decided by who mounted it. */
  | { readonly is: 'Stored'; readonly stored: Stored }
  /** Made for this one exchange, for the audience that it is given. */
  | { readonly is: 'Minted'; mint(audience: string, signal: AbortSignal): Promise<string> }

/** The token to show. `audience` is asked for only where a token is made for it. */
export async function show(subject: Subject, audience: () => string, signal: AbortSignal): Promise<string> {
  if (subject.is === 'Stored') return checked((await subject.stored.take()).trim())
  const wanted = audience()
  return checked(await subject.mint(wanted, signal), wanted)
}

/** What the API server calls itself in every cluster that was not told otherwise. */
const apiServer = /^(https:\/\/)?kubernetes(\.default(\.svc(\..+)?)?)?(:\d+)?\/?$/

/**
 * A token that the API server itself would take never leaves the cluster: whoever got it would be us there.
 * Such tokens are for their own issuer, or for the API server by its usual name.
 */
function checked(token: string, wanted?: string): string {
  const claims = claimsIn(token)
  const { aud, iss } = claims ?? {}
  const audiences = (Array.isArray(aud) ? aud : [aud]).filter((one) => typeof one === 'string')
  if (claims === undefined || audiences.length === 0)
    throw refused('it is no JSON Web Token with an audience; mount a projected token')
  if (audiences.some((one) => one === iss || apiServer.test(one)))
    throw refused(
      `it is good for the API server itself (${audiences.join(', ')}); mount a projected token with an audience of its own`,
    )
  if (wanted !== undefined && (audiences.length !== 1 || audiences[0] !== wanted))
    throw refused(`it was made for ${audiences.join(', ')}, not for ${wanted}`)
  return token
}

function claimsIn(token: string): JsonObject | undefined {
  const [, payload, signature] = token.split('.')
  if (payload === undefined || signature === undefined) return undefined
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    return isObject(claims) ? claims : undefined
  } catch {
    // Not JSON: no token of Kubernetes.
    return undefined
  }
}

const refused = (problem: string) =>
  noToken({
    call: 'Kubernetes token',
    code: 'SUBJECT_REFUSED',
    problem: `it is not sent anywhere: ${problem}`,
  })
