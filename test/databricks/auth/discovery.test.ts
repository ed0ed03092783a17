import { describe, expect, it } from 'vitest'
import { discover } from '../../../src/databricks/auth/discovery.ts'
import type { HostRules } from '../../../src/databricks/hosts.ts'
import { reply, type Reply } from '../fake-host.ts'
import { tokenHost } from './token-host.ts'

const account = '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50'

async function discovered(answers: Parameters<typeof tokenHost>[0], rules: Partial<HostRules> = {}) {
  const host = await tokenHost(answers)
  const discovery = { ...host.discovery, rules: { ...host.discovery.rules, ...rules } }
  const found = discover(discovery, new AbortController().signal).catch((error: unknown) => error)
  return { ...host, found: await found }
}

const hangUp: Reply = (response) => response.destroy()

const elsewhere = [
  ['a foreign host', 'https://evil.example.com/token', /not among the allowed hosts/],
  [
    'the metadata address of a cloud',
    'http://169.254.169.254/latest/meta-data',
    /inside a machine or a cloud/,
  ],
  ['a host with a password', 'https://me:secret@127.0.0.1/token', /carries a user or a password/],
  ['a zone in the middle of a name', 'https://x.cloud.databricks.com.evil.com/', /not among the allowed/],
  ['another scheme', 'file:///etc/passwd', /./],
  ['half an address', '/oidc/v1/token', /./],
] as const

describe('what a host says about its tokens', () => {
  it('is its own endpoint, and for whom tokens are', async () => {
    const { found, host } = await discovered({
      config: reply(200, { token_federation_default_oidc_audiences: [account, 7] }),
    })
    expect(found).toEqual({ tokenEndpoint: `${host}/oidc/v1/token`, audiences: [account] })
  })

  it.each([
    ['is not there', reply(404)],
    ['is a web page', reply(200, '<html>')],
    ['is a list', reply(200, '[]')],
    ['redirects', reply(302, '', { location: 'https://evil.example.com' })],
    ['breaks off', hangUp],
  ])('may lack the part about the host itself: it %s', async (_name, config) => {
    const { found, host } = await discovered({ config })
    expect(found).toEqual({ tokenEndpoint: `${host}/oidc/v1/token`, audiences: [] })
  })

  it('may name another issuer on an allowed host, with the account put in', async () => {
    const host = await tokenHost()
    const other = await discovered({
      config: reply(200, { oidc_endpoint: `${host.host}/oidc/accounts/{account_id}/`, account_id: account }),
    })
    expect(host.seen.map(({ url }) => url)).toEqual([
      `/oidc/accounts/${account}/.well-known/oauth-authorization-server`,
    ])
    expect(other.seen.length).toBe(1)
  })

  it('is its own issuer when the account that another one needs is not named', async () => {
    const { found, host } = await discovered({
      config: reply(200, {
        oidc_endpoint: 'https://accounts.cloud.databricks.com/oidc/accounts/{account_id}',
      }),
    })
    expect(found).toMatchObject({ tokenEndpoint: `${host}/oidc/v1/token` })
  })

  it.each(elsewhere)('leads to no endpoint on %s', async (_name, address, message) => {
    const { found, seen } = await discovered({ server: reply(200, { token_endpoint: address }) })
    expect(found).toMatchObject({
      kind: 'Unauthenticated',
      code: 'TOKEN_ENDPOINT_REFUSED',
      message: expect.stringMatching(message) as string,
    })
    expect(seen.length).toBe(2)
  })

  it.each(elsewhere)('leads to no issuer on %s', async (_name, address, message) => {
    const { found, seen } = await discovered({ config: reply(200, { oidc_endpoint: address }) })
    expect(found).toMatchObject({
      code: 'TOKEN_ENDPOINT_REFUSED',
      message: expect.stringMatching(message) as string,
    })
    expect(seen.length).toBe(1)
  })

  it('may lead to the account, which is as trustworthy as a workspace', async () => {
    const server = reply(200, {
      token_endpoint: `https://accounts.cloud.databricks.com/oidc/accounts/${account}/v1/token`,
    })
    const { found } = await discovered({ server }, { allowedHosts: ['*.cloud.databricks.com'] })
    expect(found).toMatchObject({ tokenEndpoint: expect.stringContaining('accounts.cloud') as string })
  })

  it.each([
    ['there is none', reply(404)],
    ['it has no token endpoint', reply(200, { issuer: 'x' })],
  ])('means that OAuth is not supported when %s', async (_name, server) => {
    const { found } = await discovered({ server })
    expect(found).toMatchObject({
      code: 'OAUTH_UNSUPPORTED',
      message: expect.stringContaining('OAuth is not supported for this host') as string,
    })
  })

  it('is no redirect to somewhere else', async () => {
    const other = await tokenHost()
    const { found } = await discovered({ server: reply(302, '', { location: other.host }) })
    expect(found).toMatchObject({ kind: 'Unknown', code: 'REDIRECT' })
    expect(other.seen).toEqual([])
  })
})
