import { audienceOf } from './audience.ts'
import { discover, type Discovery, type Endpoints } from './discovery.ts'
import { ask, type TokenCall } from './line.ts'
import type { Stored } from './stored.ts'
import { show, type Subject } from './subject.ts'
import { tokenIn } from './token-answer.ts'
import type { AccessToken } from './token.ts'

/** What a token is asked for with, once it is known where. */
type Request = Omit<TokenCall, 'method' | 'url'>

const scope = 'all-apis'

/**
 * Tokens for a service principal with a client secret.
 * https://docs.databricks.com/aws/en/dev-tools/auth/oauth-m2m
 */
export function clientCredentials(
  discovery: Discovery,
  { clientId, secret }: { clientId: string; secret: Stored },
): (signal: AbortSignal) => Promise<AccessToken> {
  const exchange = exchangeAt(discovery)
  return async (signal) => {
    const clientSecret = (await secret.take()).trim()
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
    const request: Request = {
      authorization: `Basic ${basic}`,
      form: { grant_type: 'client_credentials', scope },
      secrets: [clientSecret, basic],
    }
    return exchange(() => Promise.resolve(request), signal)
  }
}

/**
 * Tokens for a service principal that trusts a Kubernetes token.
 * https://docs.databricks.com/aws/en/dev-tools/auth/oauth-federation
 */
export function tokenExchange(
  discovery: Discovery,
  { clientId, subject }: { clientId: string; subject: Subject },
): (signal: AbortSignal) => Promise<AccessToken> {
  const exchange = exchangeAt(discovery)
  return (signal) =>
    exchange(async (endpoints) => {
      const token = await show(subject, () => audienceOf(endpoints, discovery.rules), signal)
      return {
        form: {
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
          subject_token: token,
          scope,
          client_id: clientId,
        },
        secrets: [token],
      }
    }, signal)
}

/** Where to ask is found out once, and anew after a failure, which may come from its having moved. */
function exchangeAt(discovery: Discovery) {
  const { line } = discovery
  let known: Endpoints | undefined
  return async (
    prepare: (endpoints: Endpoints) => Promise<Request>,
    signal: AbortSignal,
  ): Promise<AccessToken> => {
    const endpoints = known ?? (await discover(discovery, signal))
    known = undefined
    const call: TokenCall = { ...(await prepare(endpoints)), method: 'POST', url: endpoints.tokenEndpoint }
    const judge = (answer: Parameters<typeof tokenIn>[0]) =>
      tokenIn(answer, { call, now: line.clock.now(), skew: 0 })
    const token = await ask(line, { call, judge }, signal)
    known = endpoints
    return token
  }
}
