import { describe, expect, it } from 'vitest'
import { entraClientSecret, entraFederation, type EntraApp } from '../../../src/databricks/auth/entra.ts'
import { Stored } from '../../../src/databricks/auth/stored.ts'
import { authorityOf } from '../../../src/databricks/hosts.ts'
import { reply } from '../fake-host.ts'
import { formOf, jwt, tokenHost } from './token-host.ts'

const tenantId = '11111111-2222-4333-8444-555555555555'
const clientId = '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50'
const clientSecret = 'entra~secret.value'
const never = new AbortController().signal
const databricks = '2ff814a6-3304-4ab8-85cb-cd0e6f879c1d'

async function entra(token = reply(200, { access_token: 'entra-1', expires_in: '3599' })) {
  const host = await tokenHost({ token })
  const app: EntraApp = { line: host.line, authority: host.host, tenantId, clientId }
  const secret = new Stored(() => Promise.resolve(clientSecret), { clock: host.clock, maxAge: 60_000 })
  return { ...host, app, secret }
}

describe('an app registration of Entra', () => {
  it('asks its tenant for a token of Databricks with a client secret', async () => {
    const { app, secret, seen } = await entra()
    expect(await entraClientSecret(app, secret)(never)).toEqual({ token: 'entra-1', lifetime: 3_559_000 })
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([`POST /${tenantId}/oauth2/token`])
    expect(seen[0]?.headers.authorization).toBeUndefined()
    expect(formOf(seen[0])).toEqual({
      grant_type: 'client_credentials',
      client_id: clientId,
      resource: databricks,
      client_secret: clientSecret,
    })
  })

  it('asks with a Kubernetes token that was made for Entra', async () => {
    const { app, asked } = await entra()
    const audiences: string[] = []
    const mint = (audience: string) => {
      audiences.push(audience)
      return Promise.resolve(jwt({ iss: 'https://issuer.example.com', aud: [audience] }))
    }
    await entraFederation(app, { is: 'Minted', mint })(never)
    expect(audiences).toEqual(['api://AzureADTokenExchange'])
    expect(formOf(asked()[0])).toEqual({
      grant_type: 'client_credentials',
      client_id: clientId,
      resource: databricks,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: jwt({ iss: 'https://issuer.example.com', aud: audiences }),
    })
  })

  it('gives up its token 40 seconds before its end, which Databricks would no longer take', async () => {
    const { app, secret, clock } = await entra(
      reply(200, { access_token: 'entra-1', expires_on: String(Date.parse('2026-01-01T00:05:00Z') / 1000) }),
    )
    expect(clock.now()).toBe(Date.parse('2026-01-01T00:00:00Z'))
    expect(await entraClientSecret(app, secret)(never)).toEqual({ token: 'entra-1', lifetime: 260_000 })
  })

  it('that is refused is told in the words of Entra, without the secret', async () => {
    const { app, secret } = await entra(
      reply(401, {
        error: 'invalid_client',
        error_description: `AADSTS7000215: Invalid client secret provided: ${clientSecret}.\r\nTrace ID: 1`,
        trace_id: 'trace-1',
      }),
    )
    const error: unknown = await entraClientSecret(app, secret)(never).catch((error: unknown) => error)
    expect(error).toMatchObject({
      kind: 'Unauthenticated',
      code: 'INVALID_CLIENT',
      requestId: 'trace-1',
      message: expect.stringContaining('AADSTS7000215: Invalid client secret provided: [redacted]') as string,
    })
  })
})

describe('the authority', () => {
  it.each([
    ['https://adb-1.2.azuredatabricks.net', 'https://login.microsoftonline.com'],
    ['https://adb-1.2.databricks.azure.us', 'https://login.microsoftonline.us'],
    ['https://adb-1.2.databricks.azure.cn', 'https://login.chinacloudapi.cn'],
    ['https://databricks.example.com', 'https://login.microsoftonline.com'],
  ])('of %s is %s', (host, authority) => {
    expect(authorityOf(host)).toBe(authority)
  })
})
