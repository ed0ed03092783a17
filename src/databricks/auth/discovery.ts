import { DatabricksError } from '../errors.ts'
import { checkEndpoint, type HostRules } from '../hosts.ts'
import { isObject, parseJson, type JsonObject } from '../json.ts'
import { ask, send, type Line, type TokenCall } from './line.ts'
import { noToken } from './no-token.ts'
import { goodObject } from './token-answer.ts'

/** Where a workspace gives out tokens. */
export interface Endpoints {
  readonly tokenEndpoint: string
  /** For whom a token has to be that is exchanged there; the first is the usual one. */
  readonly audiences: readonly string[]
}

/** What discovery needs to know of a workspace. */
export interface Discovery {
  readonly line: Line
  /** Its origin. */
  readonly host: string
  readonly rules: HostRules
}

/**
 * Asks a workspace where it gives out tokens. Both documents are served to everybody, so that whatever they
 * name is checked like a host in a manifest: our credentials would go there.
 */
export async function discover(discovery: Discovery, signal: AbortSignal): Promise<Endpoints> {
  const { line, host } = discovery
  const metadata = await metadataOf(discovery, signal)
  const call = get(`${issuerIn(discovery, metadata)}/.well-known/oauth-authorization-server`)
  const judge = (answer: Parameters<typeof goodObject>[0]) => {
    if (answer.status === 404)
      throw noToken({
        call: call.url,
        code: 'OAUTH_UNSUPPORTED',
        problem: `OAuth is not supported for this host: ${host} does not describe any endpoints for it`,
      })
    return goodObject(answer, call, line.clock.now())
  }
  // https://docs.databricks.com/aws/en/dev-tools/auth/oauth-m2m#manually-generate-and-use-access-tokens-for-oauth-m2m-authentication
  const described = await ask(line, { call, judge }, signal)
  const tokenEndpoint = described['token_endpoint']
  if (typeof tokenEndpoint !== 'string')
    throw noToken({
      call: call.url,
      code: 'OAUTH_UNSUPPORTED',
      problem: `OAuth is not supported for this host: ${host} names no token_endpoint`,
    })
  const named = metadata['token_federation_default_oidc_audiences']
  const audiences = Array.isArray(named) ? named.filter((one) => typeof one === 'string') : []
  return { tokenEndpoint: checked(discovery, 'token_endpoint', tokenEndpoint), audiences }
}

/** What the host says about itself. Older hosts say nothing, and nobody needs it: any failure means that. */
async function metadataOf({ line, host }: Discovery, signal: AbortSignal): Promise<JsonObject> {
  try {
    const call = get(`${host}/.well-known/databricks-config`)
    const { status, text } = await send(line, { call, judge: (answer) => answer }, signal)
    const json = status === 200 ? parseJson(text) : undefined
    return isObject(json) ? json : {}
  } catch (error) {
    if (error instanceof DatabricksError || error instanceof SyntaxError) return {}
    throw error
  }
}

const accountId = /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/

function issuerIn(discovery: Discovery, { oidc_endpoint: named, account_id: account }: JsonObject): string {
  if (typeof named !== 'string' || named === '') return `${discovery.host}/oidc`
  const known = typeof account === 'string' && accountId.test(account) ? account : undefined
  // A place that is left open for an account nobody names leads nowhere.
  if (named.includes('{account_id}') && known === undefined) return `${discovery.host}/oidc`
  const issuer = named.replaceAll('{account_id}', known ?? '')
  return checked(discovery, 'oidc_endpoint', issuer).replace(/\/+$/, '')
}

function checked({ host, rules }: Discovery, name: string, address: string): string {
  const url = /^https?:\/\//i.test(address) ? URL.parse(address) : null
  const result = checkEndpoint(address, rules)
  const problem =
    result.is === 'Refused' ? result.problem : url === null ? 'it is not a whole address' : undefined
  if (problem === undefined && url !== null) return url.href
  throw noToken({
    call: `GET ${host}/.well-known`,
    code: 'TOKEN_ENDPOINT_REFUSED',
    problem: `${host} names as its ${name} an address that no credentials are sent to: ${problem}`,
  })
}

const get = (url: string): TokenCall => ({ method: 'GET', url, secrets: [] })
