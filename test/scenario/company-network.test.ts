import { writeFileSync } from 'node:fs'
import { createServer as createTlsServer } from 'node:tls'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect } from 'vitest'
import { demoTokens } from '../../src/simulator/seed-content.ts'
import { authorityAndServer } from '../certificates.ts'
import { Proxy } from '../proxy.ts'
import { inWorld } from './in-world.ts'
import { job, secret, within, workspace } from './manifests.ts'
import type { World } from './world.ts'

const name = 'dbc-1234.lake.invalid'
const clientId = '5a1d8c40-0000-4000-8000-000000000001'
const password = 'open-sesame-of-the-proxy'

const { authority, server } = authorityAndServer(name)
/** Where the front door leads; the world that it belongs to is made later. */
const behind = { port: 0 }
const sockets = new Set<Socket>()
/** TLS in front of the workspace, with a certificate of the company. */
const front = createTlsServer({ key: server.key, cert: server.certificate }, (client) => {
  const target = connect(behind.port, '127.0.0.1')
  for (const [one, other] of [
    [client, target],
    [target, client],
  ] as const) {
    sockets.add(one)
    one.on('error', () => one.destroy())
    one.on('close', () => other.destroy())
  }
  client.pipe(target).pipe(client)
})
await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
const proxy = await Proxy.to((front.address() as AddressInfo).port)

afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  for (const socket of sockets) socket.destroy()
  await new Promise((resolve) => front.close(resolve))
})

const it = inWorld({
  simulator: { tokens: demoTokens, clients: { [clientId]: 'otters' } },
  flags: ({ folder, databricks }) => {
    behind.port = databricks.port
    const file = join(folder, 'ca.pem')
    writeFileSync(file, authority)
    return ['--allowed-hosts=*.lake.invalid', `--ca-bundle=${file}`]
  },
  // The API server is on loopback, too; nothing but NO_PROXY keeps Databricks on loopback from the proxy.
  environment: { HTTPS_PROXY: `http://lakeward:${password}@127.0.0.1:${proxy.port}` },
})

const behindProxy = (workspaceName: string, credentials: object) => ({
  ...workspace(workspaceName, `https://${name}`),
  spec: { host: `https://${name}`, credentials },
})

describe('a workspace that only the company’s proxy reaches, under the company’s certificate', () => {
  it('is reconciled through it, and the API server is not', async ({ world }: { world: World }) => {
    const { kubernetes, operator } = world
    const credentials = { personalAccessToken: { secretKeyRef: { name: 'databricks', key: 'token' } } }
    await kubernetes.apply(behindProxy('company', credentials), within('company', job('company')))
    await kubernetes.ready('JobSpec', 'company')
    expect(new Set(proxy.tunnels.map(({ to }) => to))).toEqual(new Set([`${name}:443`]))
    const basic = `Basic ${Buffer.from(`lakeward:${password}`).toString('base64')}`
    expect(new Set(proxy.tunnels.map(({ authorization }) => authorization))).toEqual(new Set([basic]))
    expect(operator.log.join('\n')).toContain(`"httpsProxy":"127.0.0.1:${proxy.port}"`)
  })

  it('gives out its tokens through it', async ({ world }) => {
    const { kubernetes, databricks } = world
    const endpoint = `https://${name}/oidc/v1/token`
    await databricks.control('PUT', 'discovery', {
      hostMetadata: { oidc_endpoint: `https://${name}/oidc` },
      authorizationServer: { token_endpoint: endpoint },
    })
    const credentials = {
      oauthM2M: { clientId, clientSecret: { secretKeyRef: { name: 'm2m', key: 'value' } } },
    }
    await kubernetes.apply(
      secret('m2m', { value: 'otters' }),
      behindProxy('tokens', credentials),
      within('tokens', job('tokens')),
    )
    await kubernetes.ready('JobSpec', 'tokens')
    expect((await databricks.tokenRequests()).map(({ status }) => status)).toEqual([200])
  })

  it('is unreachable when the proxy refuses, and says who did', async ({ world }) => {
    const { kubernetes, operator } = world
    proxy.refuse(407)
    const credentials = { personalAccessToken: { secretKeyRef: { name: 'databricks', key: 'token' } } }
    await kubernetes.apply(behindProxy('refused', credentials))
    const { status } = await kubernetes.has('DatabricksWorkspace', 'refused', { Ready: 'False Unreachable' })
    expect(JSON.stringify(status.conditions)).toContain('the proxy answered 407')
    const written = operator.log.join('\n') + JSON.stringify(kubernetes.seen.all())
    for (const secret of [password, Buffer.from(`lakeward:${password}`).toString('base64')])
      expect(written).not.toContain(secret)
  })
})
