/** The way to the API server over TLS, from a kubeconfig on disk to sockets. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { stringify } from 'yaml'
import { KubeClient } from '../../src/kube/client.ts'
import { loadCluster } from '../../src/kube/credentials.ts'
import { KubeError } from '../../src/kube/kube-error.ts'
import { newAuthority, type Authority } from '../certificates.ts'
import { ManualClock } from '../manual-clock.ts'
import { Proxy } from '../proxy.ts'
import { TlsApi } from './tls-api.ts'

const token = 'tok-4711-hush-hush'
const loopback = '127.0.0.1'

let home: string
let clock: ManualClock
let authority: Authority
let undo: AsyncDisposableStack

beforeEach(async () => {
  undo = new AsyncDisposableStack()
  home = await mkdtemp(join(tmpdir(), 'lakeward-wire-'))
  undo.defer(() => rm(home, { recursive: true }))
  vi.stubEnv('KUBECONFIG', undefined)
  undo.defer(() => void vi.unstubAllEnvs())
  clock = new ManualClock()
  authority = newAuthority('the cluster')
  await writeFile(join(home, 'ca.pem'), authority.certificate)
})

afterEach(() => undo.disposeAsync())

const start = async (...args: Parameters<typeof TlsApi.start>) => undo.use(await TlsApi.start(...args))

/** A client by way of a kubeconfig. */
async function clientOf(port: number, more: { cluster?: object; user?: object } = {}): Promise<KubeClient> {
  const cluster = {
    server: `https://${loopback}:${port}`,
    'certificate-authority': 'ca.pem',
    ...more.cluster,
  }
  const config = {
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user: more.user ?? { token } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  }
  const path = join(home, 'config')
  await writeFile(path, stringify(config))
  const access = await loadCluster({ kubeconfig: path, clock })
  const client = new KubeClient({ access, clock, random: () => 1 })
  undo.defer(() => client.close())
  return client
}

/** What a write fails with, which is tried once; nothing that is secret is in it. */
async function failure(client: KubeClient): Promise<KubeError> {
  const error = await client.create('/x', {}).catch((error: unknown) => error)
  expect(error).toBeInstanceOf(KubeError)
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(token)
  return error as KubeError
}

/** Begins a watch that the server holds open, and returns it with what makes it go on and what ends it. */
async function watching(client: KubeClient, api: TlsApi, path: string) {
  const opened = Promise.withResolvers<ServerResponse>()
  const before = api.answer
  api.answer = (request, response) => {
    if (request.url?.startsWith(path) !== true) return before(request, response)
    response.write('{}\n')
    opened.resolve(response)
    return true
  }
  const watch = client.watch(path, {}, { signal: new AbortController().signal })
  await watch.next()
  const response = await opened.promise
  return { watch, more: () => response.write('{}\n'), cut: () => response.destroy() }
}

describe('connections', () => {
  it('are two at most for 500 calls in a row, and one more for each watch beside them', async () => {
    const api = await start(authority.vouchFor(loopback))
    const client = await clientOf(api.port)
    const watches = []
    for (const path of ['/w1', '/w2', '/w3']) watches.push(await watching(client, api, path))
    for (let call = 0; call < 250; call += 1) {
      await client.get('/x')
      await client.patch({ type: 'merge', path: '/x', body: {} })
    }
    expect(api.seen.length).toBe(503)
    // The pool takes a second one when the first is just giving back the last answer.
    expect(api.connections).toBeLessThanOrEqual(3 + 2)
    for (const { watch } of watches) await watch.return()
  })

  it('are at most twice the calls at one time, however many there were', async () => {
    const api = await start(authority.vouchFor(loopback))
    const client = await clientOf(api.port)
    for (let round = 0; round < 30; round += 1)
      await Promise.all(Array.from({ length: 20 }, () => client.get('/x')))
    expect(api.connections).toBeLessThanOrEqual(2 * 20)
  })

  it('are not left behind by 100 watches that were cut, on either side', async () => {
    const api = await start(authority.vouchFor(loopback))
    const client = await clientOf(api.port)
    for (let round = 0; round < 50; round += 1) {
      const theirs = await watching(client, api, '/w')
      theirs.cut()
      await expect(theirs.watch.next()).rejects.toMatchObject({ reason: 'Unreachable' })
      const ours = await watching(client, api, '/w')
      await ours.watch.return()
    }
    await vi.waitUntil(() => api.sockets.size === 0, { timeout: 10_000 })
    expect(api.connections).toBe(100)
  })
})

describe('a server', () => {
  it('of another name is one clear error, until the kubeconfig names it', async () => {
    const api = await start(authority.vouchFor('kubernetes.example'))
    const error = await failure(await clientOf(api.port))
    expect(error.message).toContain(
      `POST /x: cannot reach the API server at https://${loopback}:${api.port}: `,
    )
    expect(error.message).toContain('; give the name it is made for as tls-server-name')
    expect(api.seen).toEqual([])
    const named = await clientOf(api.port, { cluster: { 'tls-server-name': 'kubernetes.example' } })
    await named.get('/x')
    expect(api.seen.map(({ serverName }) => serverName)).toEqual(['kubernetes.example'])
  })

  it('of an unknown authority is one clear error, unless the kubeconfig says not to look', async () => {
    const api = await start(newAuthority('somebody else').vouchFor(loopback))
    const error = await failure(await clientOf(api.port))
    expect(error.message).toContain('; its CA is not the one we were given: check certificate-authority')
    expect(api.seen).toEqual([])
    const insecure = { 'insecure-skip-tls-verify': true, 'certificate-authority': undefined }
    await (await clientOf(api.port, { cluster: insecure })).get('/x')
    expect(api.seen.length).toBe(1)
  })

  it('that does not speak HTTP is called so', async () => {
    const api = await start(authority.vouchFor(loopback))
    api.answer = ({ socket }) => socket.end('SSH-2.0-OpenSSH\r\n') !== undefined
    expect((await failure(await clientOf(api.port))).message).toContain('does not speak HTTP')
  })

  it('may get another authority: the new file is what the next connection is verified with', async () => {
    const api = await start(authority.vouchFor(loopback))
    const client = await clientOf(api.port)
    const { watch } = await watching(client, api, '/w')
    const next = newAuthority('the new one')
    api.certifyAs(next.vouchFor(loopback))
    await writeFile(join(home, 'ca.pem'), next.certificate)
    await clock.advance(10_000)
    await client.get('/x')
    // What ran on the old one is left to run; what was idle on it goes.
    expect(api.connections).toBe(2)
    await watch.return()
    await vi.waitUntil(() => api.sockets.size === 1, { timeout: 10_000 })
  })
})

/** Puts a certificate for this name where the kubeconfig looks for one. */
const become = async (name: string) => {
  const { key, certificate } = authority.vouchFor(name)
  await writeFile(join(home, 'cert.pem'), certificate)
  await writeFile(join(home, 'key.pem'), key)
}

describe('a client certificate', () => {
  const user = { 'client-certificate': 'cert.pem', 'client-key': 'key.pem' }
  it('is shown, and another one when its files are replaced; calls under way are left to end', async () => {
    const api = await start(authority.vouchFor(loopback), authority)
    await become('jane')
    const client = await clientOf(api.port, { user })
    const { watch, more } = await watching(client, api, '/w')
    await become('june')
    await client.get('/x')
    await clock.advance(10_000)
    await client.get('/x')
    expect(api.seen.map(({ client: name }) => name)).toEqual(['jane', 'jane', 'june'])
    more()
    expect((await watch.next()).done).toBe(false)
    await watch.return()
  })

  it('that is refused is read anew, and the new one is shown in the same call', async () => {
    const api = await start(authority.vouchFor(loopback), authority)
    await become('jane')
    const client = await clientOf(api.port, { user })
    await client.get('/x')
    await become('june')
    api.answer = (_request, response) => {
      if (api.seen.at(-1)?.client !== 'jane') return false
      response.writeHead(401).end('{}')
      return true
    }
    await client.create('/x', {})
    expect(api.seen.map(({ client: name }) => name)).toEqual(['jane', 'jane', 'june'])
  })

  it('without its own key is one clear error', async () => {
    await become('jane')
    await writeFile(join(home, 'key.pem'), authority.vouchFor('june').key)
    await expect(clientOf(1, { user })).rejects.toThrow(
      /^the kubeconfig .*its client certificate with its key, cannot be used \(ERR_OSSL_X509_KEY_VALUES_MISMATCH\)$/,
    )
  })
})

describe('a proxy-url', () => {
  const name = 'api.cluster.invalid'
  const password = 'open-sesame-4711'

  it('is the only way to the server, and its password is shown to nobody but the proxy', async () => {
    const api = await start(authority.vouchFor(name))
    const proxy = undo.use(await Proxy.to(api.port))
    const cluster = {
      server: `https://${name}:6443`,
      'proxy-url': `http://lakeward:${password}@${loopback}:${proxy.port}`,
    }
    const client = await clientOf(api.port, { cluster })
    await client.get('/x')
    const { watch } = await watching(client, api, '/w')
    await watch.return()
    const basic = `Basic ${Buffer.from(`lakeward:${password}`).toString('base64')}`
    expect(new Set(proxy.tunnels.map(({ to, authorization }) => `${to} ${authorization}`))).toEqual(
      new Set([`${name}:6443 ${basic}`]),
    )
    expect(new Set(api.seen.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${token}`]))
    proxy.refuse(407)
    // What was open is cut, and only the next connection asks the proxy again.
    await failure(client)
    const error = await failure(client)
    expect(error).toMatchObject({ reason: 'Unreachable' })
    expect(error.message).toContain('the proxy answered 407; check the proxy-url and the user in it')
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(new RegExp(`${password}|${basic}`))
  })
})
