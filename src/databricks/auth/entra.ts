import { path } from '../path.ts'
import { ask, type Line, type TokenCall } from './line.ts'
import type { Stored } from './stored.ts'
import { show, type Subject } from './subject.ts'
import { tokenIn } from './token-answer.ts'
import type { AccessToken } from './token.ts'

/** An app registration of Microsoft Entra ID, and the authority that knows it. */
export interface EntraApp {
  readonly line: Line
  /** Address of the authority, without a slash at its end: the operator's choice, never a workspace's. */
  readonly authority: string
  readonly tenantId: string
  readonly clientId: string
}

/** Databricks itself, in every cloud of Azure. */
const databricks = '2ff814a6-3304-4ab8-85cb-cd0e6f879c1d'

/** For whom a Kubernetes token is made that Entra is to take. */
const entraAudience = 'api://AzureADTokenExchange'

/** Databricks refuses Entra's tokens in their last 30 seconds. */
const skew = 40_000

/** https://learn.microsoft.com/en-us/azure/databricks/dev-tools/auth/azure-sp */
export function entraClientSecret(
  app: EntraApp,
  secret: Stored,
): (signal: AbortSignal) => Promise<AccessToken> {
  return async (signal) => {
    const clientSecret = (await secret.take()).trim()
    return request(app, { proof: { client_secret: clientSecret }, secrets: [clientSecret] }, signal)
  }
}

/** https://learn.microsoft.com/en-us/entra/workload-id/workload-identity-federation */
export function entraFederation(
  app: EntraApp,
  subject: Subject,
): (signal: AbortSignal) => Promise<AccessToken> {
  return async (signal) => {
    const token = await show(subject, () => entraAudience, signal)
    const proof = {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: token,
    }
    return request(app, { proof, secrets: [token] }, signal)
  }
}

function request(
  { line, authority, tenantId, clientId }: EntraApp,
  { proof, secrets }: { proof: Record<string, string>; secrets: readonly string[] },
  signal: AbortSignal,
): Promise<AccessToken> {
  const call: TokenCall = {
    method: 'POST',
    url: authority + path`/${tenantId}/oauth2/token`,
    form: { grant_type: 'client_credentials', client_id: clientId, resource: databricks, ...proof },
    secrets,
  }
  const judge = (answer: Parameters<typeof tokenIn>[0]) =>
    tokenIn(answer, { call, now: line.clock.now(), skew })
  return ask(line, { call, judge }, signal)
}
