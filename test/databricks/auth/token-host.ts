import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Line } from '../../../src/databricks/auth/line.ts'
import { ManualClock } from '../../manual-clock.ts'
import { fakeHost, reply, type Reply, type Seen } from '../fake-host.ts'

/** What a token endpoint says when it likes the caller. */
export const goodAnswer = { access_token: 'access-1', token_type: 'Bearer', expires_in: 3600 }

const config = '/.well-known/databricks-config'
const server = '/oidc/.well-known/oauth-authorization-server'

/** A workspace that gives out tokens; each of its three answers can be another. */
export async function tokenHost(answers: { config?: Reply; server?: Reply; token?: Reply } = {}) {
  const replies = { config: reply(404), token: reply(200, goodAnswer), ...answers }
  const host = await fakeHost((response, seen) => {
    const own = `http://127.0.0.1:${(response.socket?.address() as AddressInfo).port}`
    const described = reply(200, { token_endpoint: `${own}/oidc/v1/token` })
    const answer =
      seen.url === config
        ? replies.config
        : seen.url === server
          ? (replies.server ?? described)
          : replies.token
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
