import { onTestFinished } from 'vitest'
import type { Line } from '../../../src/databricks/auth/line.ts'
import { ManualClock } from '../../manual-clock.ts'
import { fakeHost, reply, type Reply, type Seen } from '../fake-host.ts'

/** What a token endpoint says when it likes the caller. */
export const goodAnswer = { access_token: 'access-1', token_type: 'Bearer', expires_in: 3600 }

const config = '/.well-known/databricks-config'
const server = '/oidc/.well-known/oauth-authorization-server'

/** A workspace that gives out tokens; each of its answers can be another, that of its API too. */
export async function tokenHost(
  answers: { config?: Reply; server?: Reply; token?: Reply; api?: Reply } = {},
) {
  const replies = { config: reply(404), token: reply(200, goodAnswer), api: reply(200), ...answers }
  const host = await fakeHost((response, seen) => {
    const described = reply(200, { token_endpoint: `http://${seen.headers.host}/oidc/v1/token` })
    const documents = new Map([
      [config, replies.config],
      [server, replies.server ?? described],
    ])
    const other = seen.url.startsWith('/api/') ? replies.api : replies.token
    const answer = documents.get(seen.url) ?? other
    answer(response, seen)
  })
  onTestFinished(() => host[Symbol.asyncDispose]())
  const clock = new ManualClock()
  const line: Line = {
    dispatcher: host.dispatcher,
    clock,
    random: () => 0.5,
    requestTimeout: 20_000,
    userAgent: 'test',
  }
  const discovery = { line, host: host.host, rules: { allowedHosts: [], allowHttp: true } }
  const asked = (): Seen[] => host.seen.filter(({ method }) => method === 'POST')
  return { ...host, clock, line, discovery, replies, asked }
}

/** The fields of a request's form. */
export const formOf = (seen: Seen | undefined): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(seen?.body))

/** A JSON Web Token with these claims; its signature is nobody's. */
export const jwt = (claims: object): string =>
  ['{"alg":"ES256"}', JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.')
