import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openWayOut, proxyHosts, type WayOut } from '../../src/databricks/way-out.ts'
import { authorityAndServer } from '../certificates.ts'
import { Proxy } from '../proxy.ts'
import { clientFor, fakeHost, reply } from './fake-host.ts'

const name = 'dbc-1234.lake.invalid'

/** A workspace behind TLS whose certificate is vouched for by a company, and a proxy that leads to it. */
async function company() {
  const { authority, server } = authorityAndServer(name)
  const seen: string[] = []
  const workspace = createServer({ key: server.key, cert: server.certificate }, (request, response) => {
    seen.push(`${request.headers.host} ${request.url}`)
    response.writeHead(200, { 'x-databricks-org-id': '7' }).end('{"userName":"lakeward"}')
  })
  await new Promise<void>((resolve) => workspace.listen(0, '127.0.0.1', resolve))
  const { port } = workspace.address() as AddressInfo
  const proxy = await Proxy.to(port)
  const folder = await mkdtemp(join(tmpdir(), 'lakeward-ca-'))
  const caBundle = join(folder, 'ca.pem')
  await writeFile(caBundle, `the company's own\n${authority}`)
  onTestFinished(async () => {
    await proxy[Symbol.asyncDispose]()
    workspace.closeAllConnections()
    await new Promise((resolve) => workspace.close(resolve))
    await rm(folder, { recursive: true, force: true })
  })
  return { proxy, port, seen, caBundle, folder }
}

/** Asks the workspace who we are, once, by one way out. */
async function askedBy(way: Partial<WayOut>, host = `https://${name}`) {
  const dispatcher = openWayOut({ connections: 2, environment: {}, ...way })
  onTestFinished(() => dispatcher.destroy())
  const { databricks } = clientFor({ host, dispatcher })
  // A call that must not be sent twice shows each failure as it is.
  const call = { method: 'GET', path: '/api/2.0/preview/scim/v2/Me', effect: 'create' } as const
  const asked = databricks.call(call).then((me) => ({ ...me, workspaceId: databricks.workspaceId() }))
  return asked.catch((error: unknown) => error)
}

const through = (proxy: Proxy, more: Record<string, string> = {}) => ({
  HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
  ...more,
})

describe('a company’s proxy', () => {
  it('is asked for a tunnel, and TLS is spoken through it with the workspace itself', async () => {
    const { proxy, caBundle, seen } = await company()
    const environment = through(proxy)
    expect(await askedBy({ caBundle, environment })).toMatchObject({ userName: 'lakeward', workspaceId: '7' })
    expect(proxy.tunnels).toEqual([{ to: `${name}:443`, authorization: undefined }])
    expect(seen).toEqual([`${name} /api/2.0/preview/scim/v2/Me`])
  })

  it.each([
    ['in small letters', (port: number) => ({ https_proxy: `http://127.0.0.1:${port}` })],
    ['without a scheme', (port: number) => ({ HTTPS_PROXY: `127.0.0.1:${port}` })],
    ['for http, where it is the only one', (port: number) => ({ HTTP_PROXY: `http://127.0.0.1:${port}` })],
  ])('may be named %s', async (_name, environment) => {
    const { proxy, caBundle } = await company()
    expect(await askedBy({ caBundle, environment: environment(proxy.port) })).toMatchObject({
      workspaceId: '7',
    })
    expect(proxy.tunnels.length).toBe(1)
  })

  it('gets the user and the password of its address, which are shown to nobody else', async () => {
    const { proxy, caBundle } = await company()
    const environment = { HTTPS_PROXY: `http://me:p%40ss@127.0.0.1:${proxy.port}` }
    await askedBy({ caBundle, environment })
    expect(proxy.tunnels[0]?.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`)
    proxy.refuse(407)
    const error = await askedBy({ caBundle, environment })
    expect(proxyHosts(environment)).toEqual({ httpsProxy: `127.0.0.1:${proxy.port}` })
    expect(JSON.stringify([error, proxyHosts(environment)]) + String(error)).not.toMatch(/p%40ss|p@ss|bWU6/)
  })

  it.each([407, 403, 502])('that refuses a tunnel with %d is told as what it is', async (status) => {
    const { proxy, caBundle, seen } = await company()
    proxy.refuse(status)
    expect(await askedBy({ caBundle, environment: through(proxy) })).toMatchObject({
      kind: 'Unavailable',
      status: 0,
      code: 'PROXY_REFUSED',
      message: expect.stringContaining(`the proxy answered ${status}`) as string,
    })
    expect(seen).toEqual([])
  })

  it('that is away is no answer from anybody', async () => {
    const { proxy, caBundle } = await company()
    const environment = through(proxy)
    await proxy[Symbol.asyncDispose]()
    expect(await askedBy({ caBundle, environment })).toMatchObject({
      kind: 'Unavailable',
      code: 'ECONNREFUSED',
    })
  })

  it.each([
    ['the name', name],
    ['its zone', '.lake.invalid'],
    ['its zone among others', '10.0.0.0/8, lake.invalid'],
    ['everything', '*'],
  ])('is not asked when NO_PROXY has %s', async (_name, except) => {
    const { proxy, caBundle } = await company()
    await askedBy({ caBundle, environment: through(proxy, { NO_PROXY: except }) })
    expect(proxy.tunnels).toEqual([])
  })

  it.each(['ftp://proxy.example.com', 'http://', 'http://user:hunter2@:3128'])(
    'that is no address ends the program, unrepeated: %s',
    (address) => {
      const open = () => openWayOut({ connections: 1, environment: { HTTPS_PROXY: address } })
      expect(open).toThrow('HTTPS_PROXY is not the address of a proxy')
      expect(open).not.toThrow(/hunter2/)
    },
  )

  it('may have to be spoken to over TLS itself, with a certificate of the company too', async () => {
    const { port, folder, caBundle } = await company()
    const { authority, server } = authorityAndServer('localhost')
    const proxy = await Proxy.to(port, server)
    onTestFinished(() => proxy[Symbol.asyncDispose]())
    const environment = { HTTPS_PROXY: `https://localhost:${proxy.port}` }
    expect(await askedBy({ caBundle, environment })).toMatchObject({ kind: 'Unavailable', status: 0 })
    expect(proxy.tunnels).toEqual([])
    const both = join(folder, 'both.pem')
    await writeFile(both, (await readFile(caBundle, 'utf8')) + authority)
    expect(await askedBy({ caBundle: both, environment })).toMatchObject({ workspaceId: '7' })
    expect(proxy.tunnels.length).toBe(1)
  })

  it('also takes a request of its own over http, which nobody asks for but in trials', async () => {
    const host = await fakeHost(reply(200, { userName: 'lakeward' }, { 'x-databricks-org-id': '7' }))
    onTestFinished(() => host[Symbol.asyncDispose]())
    const asked = await askedBy({ environment: { HTTP_PROXY: host.host } }, 'http://dbc-1234.lake.invalid')
    expect(asked).toMatchObject({ workspaceId: '7' })
    expect(host.seen[0]?.url).toBe('http://dbc-1234.lake.invalid/api/2.0/preview/scim/v2/Me')
  })
})

describe('certificates', () => {
  it('of authorities that nobody named are refused', async () => {
    const { proxy, seen } = await company()
    expect(await askedBy({ environment: through(proxy) })).toMatchObject({
      kind: 'Unavailable',
      code: expect.stringMatching(/UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER/) as string,
      message: expect.stringContaining('named by --ca-bundle') as string,
    })
    expect(seen).toEqual([])
  })

  it('for another name are refused', async () => {
    const { proxy, caBundle, seen } = await company()
    const asked = await askedBy({ caBundle, environment: through(proxy) }, 'https://other.lake.invalid')
    expect(asked).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
    expect(seen).toEqual([])
  })

  it.each([
    ['through a proxy', true],
    ['directly', false],
  ])('are verified %s whatever NODE_TLS_REJECT_UNAUTHORIZED says', async (_name, isProxied) => {
    const { proxy, port, seen } = await company()
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    onTestFinished(() => {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before
    })
    const asked = isProxied
      ? await askedBy({ environment: through(proxy) })
      : await askedBy({}, `https://localhost:${port}`)
    expect(asked).toMatchObject({ kind: 'Unavailable' })
    expect(seen).toEqual([])
  })

  it('of the bundle count beside the usual ones, without a proxy too', async () => {
    const { caBundle, folder } = await company()
    const { authority, server } = authorityAndServer('localhost')
    await writeFile(join(folder, 'two.pem'), authority)
    const local = createServer({ key: server.key, cert: server.certificate }, (_request, response) =>
      response.writeHead(200, { 'x-databricks-org-id': '8' }).end('{"userName":"lakeward"}'),
    )
    await new Promise<void>((resolve) => local.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      local.closeAllConnections()
      local.close()
    })
    const host = `https://localhost:${(local.address() as AddressInfo).port}`
    expect(await askedBy({ caBundle: join(folder, 'two.pem') }, host)).toMatchObject({ workspaceId: '8' })
    expect(await askedBy({ caBundle }, host)).toMatchObject({ kind: 'Unavailable' })
  })

  it('of the usual authorities count beside those of the bundle', async () => {
    const { proxy, caBundle, folder } = await company()
    const usual = getCACertificates('default')
    onTestFinished(() => setDefaultCACertificates(usual))
    setDefaultCACertificates([await readFile(caBundle, 'utf8')])
    const other = join(folder, 'other.pem')
    await writeFile(other, authorityAndServer('localhost').authority)
    expect(await askedBy({ caBundle: other, environment: through(proxy) })).toMatchObject({
      workspaceId: '7',
    })
  })

  it('that cannot be read end the program with a sentence', async () => {
    const { folder } = await company()
    await writeFile(join(folder, 'empty.pem'), 'nothing here')
    const open = (file: string) => () =>
      openWayOut({ connections: 1, caBundle: join(folder, file), environment: {} })
    expect(open('empty.pem')).toThrow(/^--ca-bundle .*empty.pem holds no certificate in PEM form$/)
    expect(open('none.pem')).toThrow(/^cannot read --ca-bundle .*none.pem: ENOENT/)
    await writeFile(
      join(folder, 'broken.pem'),
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    )
    expect(open('broken.pem')).toThrow(/^--ca-bundle .*broken.pem holds a certificate that cannot be read/)
  })
})
