import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { parse, stringify } from 'yaml'
import { loadCluster, type ClusterAccess } from '../../src/kube/credentials.ts'
import { newAuthority } from '../certificates.ts'
import { ManualClock } from '../manual-clock.ts'

const authority = newAuthority('the cluster')

let home: string
let clock: ManualClock

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'lakeward-credentials-'))
  clock = new ManualClock()
  vi.stubEnv('HOME', home)
  vi.stubEnv('KUBECONFIG', undefined)
  vi.stubEnv('KUBERNETES_SERVICE_HOST', undefined)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(home, { recursive: true })
})

/** A kubeconfig with one cluster, one user and one context of the same name. */
function kubeconfig(
  user: object,
  options: { name?: string; cluster?: object; current?: string } = {},
): string {
  const { name = 'one', cluster = {}, current = name } = options
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: `https://${name}.example:6443`, ...cluster } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    ...(current !== '' && { 'current-context': current }),
  })
}

async function file(name: string, text: string): Promise<string> {
  const path = join(home, name)
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, text)
  return path
}

const load = (path?: string) => loadCluster({ kubeconfig: path, clock, root: home })

/** What is sent as proof of who we are. */
const headersOf = async ({ credential }: ClusterAccess) => (await credential()).headers

/** Lays out a pod's ServiceAccount below `home`. */
async function enterPod(): Promise<string> {
  vi.stubEnv('KUBERNETES_SERVICE_HOST', '10.0.0.1')
  vi.stubEnv('KUBERNETES_SERVICE_PORT', '443')
  await file('var/run/secrets/kubernetes.io/serviceaccount/ca.crt', authority.certificate)
  return file('var/run/secrets/kubernetes.io/serviceaccount/token', 'pod-token\n')
}

describe('the API server', () => {
  it('is the one that the flag names, before all others', async () => {
    await enterPod()
    vi.stubEnv('KUBECONFIG', await file('variable', kubeconfig({ token: 't' }, { name: 'variable' })))
    await file('var/run/secrets/kubernetes.io/serviceaccount/namespace', 'system')
    const flag = await file('flag', kubeconfig({ token: 't' }, { name: 'flag' }))
    const { server, namespace } = await load(flag)
    expect(server).toBe('https://flag.example:6443')
    // Of another cluster, perhaps.
    expect(namespace).toBeUndefined()
  })

  it('is the one of KUBECONFIG, whose first file wins and whose missing files do not matter', async () => {
    await enterPod()
    const first = await file('first', kubeconfig({ token: 'first' }, { current: '' }))
    const second = await file('second', kubeconfig({ token: 'second' }, { current: 'one' }))
    vi.stubEnv('KUBECONFIG', `${join(home, 'none')}:${first}:${second}`)
    expect(await headersOf(await load())).toEqual({ authorization: 'Bearer first' })
  })

  it('is the pod’s own inside a cluster', async () => {
    await enterPod()
    await file('.kube/config', kubeconfig({ token: 't' }))
    await file('var/run/secrets/kubernetes.io/serviceaccount/namespace', 'system\n')
    const access = await load()
    expect([access.server, access.name]).toEqual(['https://10.0.0.1:443', "this pod's ServiceAccount"])
    expect(access.namespace).toBe('system')
    const { headers, tls } = await access.credential()
    expect(String(tls.ca)).toBe(authority.certificate)
    expect(headers).toEqual({ authorization: 'Bearer pod-token' })
  })

  it.each([
    ['fd00::1', '6443', 'https://[fd00::1]:6443'],
    ['10.0.0.1', undefined, 'https://10.0.0.1:443'],
    // The library would go there without TLS, and give its token to whoever listens.
    ['10.0.0.1', '8080', 'https://10.0.0.1:8080'],
  ])('has the pod’s address %s and port %s', async (host, port, server) => {
    await enterPod()
    vi.stubEnv('KUBERNETES_SERVICE_HOST', host)
    vi.stubEnv('KUBERNETES_SERVICE_PORT', port)
    expect((await load()).server).toBe(server)
  })

  it('is the one of ~/.kube/config otherwise', async () => {
    await file('.kube/config', kubeconfig({ token: 't' }, { name: 'home' }))
    expect((await load()).server).toBe('https://home.example:6443')
  })
})

describe('who we are', () => {
  it('may be said by a client certificate, with files beside the kubeconfig', async () => {
    const { key, certificate } = authority.vouchFor('jane')
    await file('ca.pem', authority.certificate)
    await file('cert.pem', certificate)
    const user = { 'client-certificate': 'cert.pem', 'client-key-data': Buffer.from(key).toString('base64') }
    const cluster = { 'certificate-authority': 'ca.pem', 'tls-server-name': 'kubernetes' }
    const access = await load(await file('config', kubeconfig(user, { cluster })))
    const { headers, tls } = await access.credential()
    expect([tls.ca, tls.cert, tls.key].map(String)).toEqual([authority.certificate, certificate, key])
    expect(tls.servername).toBe('kubernetes')
    expect(headers).toEqual({})
  })

  it('is shown to a server that is verified, whatever the environment says, unless the kubeconfig says not', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    const strict = await load(await file('config', kubeconfig({ token: 't' })))
    expect((await strict.credential()).tls.rejectUnauthorized).toBe(true)
    const cluster = { 'insecure-skip-tls-verify': true }
    const lax = await load(await file('config', kubeconfig({ token: 't' }, { cluster })))
    expect((await lax.credential()).tls.rejectUnauthorized).toBe(false)
  })

  it('may be said as somebody else', async () => {
    const as = { 'as-uid': '7', 'as-groups': ['devs', 'ops'], 'as-user-extra': { 'acme.dev/Why': ['x'] } }
    const user = { token: 't', as: 'jane', ...as }
    expect(await headersOf(await load(await file('config', kubeconfig(user))))).toEqual({
      authorization: 'Bearer t',
      'impersonate-user': 'jane',
      'impersonate-uid': '7',
      'impersonate-group': ['devs', 'ops'],
      'impersonate-extra-acme.dev%2fwhy': ['x'],
    })
  })

  it('is read again from a rotating token file, after a while', async () => {
    // As the kubelet does it: the folder behind a link is another one from one moment to the next.
    await file('tokens/..1/token', 'old\n')
    await file('tokens/..2/token', 'new\n')
    await symlink('..1', join(home, 'tokens/..data'))
    await symlink('..data/token', join(home, 'tokens/token'))
    const access = await load(await file('config', kubeconfig({ tokenFile: 'tokens/token' })))
    expect(await headersOf(access)).toEqual({ authorization: 'Bearer old' })
    await symlink('..2', join(home, 'tokens/..new'))
    await rename(join(home, 'tokens/..new'), join(home, 'tokens/..data'))
    expect(await headersOf(access)).toEqual({ authorization: 'Bearer old' })
    await clock.advance(10_000)
    expect(await headersOf(access)).toEqual({ authorization: 'Bearer new' })
  })

  it('is read again at once after a refusal, the kubeconfig too', async () => {
    const path = await file('config', kubeconfig({ token: 'old' }))
    const access = await load(path)
    const refused = await access.credential()
    await writeFile(path, kubeconfig({ token: 'new' }))
    access.renew(refused)
    expect(await headersOf(access)).toEqual({ authorization: 'Bearer new' })
  })

  it('is read again once however many calls were refused with it', async () => {
    const token = await file('token', 'old')
    const access = await load(await file('config', kubeconfig({ tokenFile: 'token' })))
    const refused = await access.credential()
    access.renew(refused)
    await writeFile(token, 'new')
    const renewed = await access.credential()
    await writeFile(token, 'newer')
    access.renew(refused)
    expect(await access.credential()).toBe(renewed)
  })

  it('is read again from a kubeconfig that was written anew', async () => {
    const path = await file('config', kubeconfig({ token: 'old' }))
    const access = await load(path)
    await access.credential()
    await writeFile(path, kubeconfig({ token: 'another' }))
    await clock.advance(10_000)
    expect(await headersOf(access)).toEqual({ authorization: 'Bearer another' })
  })

  it('stays the one of the context that we began with', async () => {
    const two = { name: 'two', cluster: 'one', user: 'two' }
    const config = parse(kubeconfig({ token: 'one' })) as { users: object[]; contexts: object[] }
    config.users.push({ name: 'two', user: { token: 'two' } })
    config.contexts.push({ name: 'two', context: two })
    const path = await file('config', stringify(config))
    const access = await load(path)
    await access.credential()
    await writeFile(path, stringify({ ...config, 'current-context': 'two' }))
    await clock.advance(10_000)
    expect(await headersOf(access)).toEqual({ authorization: 'Bearer one' })
  })

  it('is not shown to another server than the one that we began with', async () => {
    const path = await file('config', kubeconfig({ token: 'old' }))
    const access = await load(path)
    const refused = await access.credential()
    await writeFile(path, kubeconfig({ token: 'new' }, { cluster: { server: 'https://elsewhere.example' } }))
    await clock.advance(10_000)
    expect(await access.credential()).toBe(refused)
    access.renew(refused)
    await expect(access.credential()).rejects.toThrow(
      'it now leads to https://elsewhere.example instead of https://one.example:6443',
    )
  })

  it('comes back by itself after it could not be read once', async () => {
    const token = await file('token', 'old')
    const access = await load(await file('config', kubeconfig({ tokenFile: 'token' })))
    await rm(token)
    await expect(access.credential()).rejects.toThrow(`the kubeconfig ${join(home, 'config')}`)
    await writeFile(token, 'new')
    expect(await headersOf(access)).toEqual({ authorization: 'Bearer new' })
  })

  it('stays what it was while it cannot be read, until it is refused', async () => {
    const token = await file('token', 'old')
    const access = await load(await file('config', kubeconfig({ tokenFile: 'token' })))
    const first = await access.credential()
    await writeFile(token, '\n')
    await clock.advance(10_000)
    expect(await access.credential()).toBe(first)
    access.renew(first)
    await expect(access.credential()).rejects.toThrow(`there is no token in ${token}`)
    await writeFile(token, 'two\nlines')
    await expect(access.credential()).rejects.toThrow(`what is in ${token} is no token`)
  })

  it('changes with the files of a certificate, once both of the pair are there', async () => {
    const [one, two] = [authority.vouchFor('jane'), authority.vouchFor('jane')]
    const [cert, key] = [await file('cert.pem', one.certificate), await file('key.pem', one.key)]
    const user = { 'client-certificate': 'cert.pem', 'client-key': 'key.pem' }
    const access = await load(await file('config', kubeconfig(user)))
    const first = await access.credential()
    await writeFile(cert, two.certificate)
    await clock.advance(10_000)
    expect((await access.credential()).tls).toBe(first.tls)
    await writeFile(key, two.key)
    await clock.advance(10_000)
    expect(String((await access.credential()).tls.cert)).toBe(two.certificate)
  })
})

describe('a configuration that leads nowhere is one clear error', () => {
  it('when there is none', async () => {
    await expect(load()).rejects.toThrow(
      'no Kubernetes API server to talk to: give --kubeconfig FILE, or set KUBECONFIG, or run inside a cluster',
    )
  })

  it('when a pod has no token', async () => {
    await rm(await enterPod())
    await expect(load()).rejects.toThrow(/this pod has no credential .* automountServiceAccountToken/)
  })

  it('when the named file is not there', async () => {
    await expect(load('/nowhere/config')).rejects.toThrow('cannot read the kubeconfig /nowhere/config: check')
    vi.stubEnv('KUBECONFIG', '/nowhere/else')
    await expect(load()).rejects.toThrow('/nowhere/else: check the environment variable KUBECONFIG')
  })

  it.each([
    ['is empty', '', 'it is empty, or no kubeconfig at all'],
    ['is no YAML', 'users: [{token: "s3cr3t"\nx', 'does not lead to a Kubernetes API server'],
    ['has no context', kubeconfig({}, { current: '' }), 'no current-context'],
    ['has no such context', kubeconfig({}, { current: 'two' }), 'no current-context, or one'],
    [
      'has no address',
      kubeconfig({ token: 't' }, { cluster: { server: 'nonsense' } }),
      '"nonsense" is not an address',
    ],
    [
      'is not protected',
      kubeconfig({ token: 't' }, { cluster: { server: 'http://a' } }),
      '"http://a" is not an https',
    ],
    [
      'has a password in its address',
      kubeconfig({ token: 't' }, { cluster: { server: 'https://me:s3cr3t@a' } }),
      'they belong to the user',
    ],
    [
      'wants a proxy of another kind',
      kubeconfig({ token: 't' }, { cluster: { 'proxy-url': 'socks5://me:s3cr3t@p' } }),
      'its proxy-url begins with socks5://',
    ],
    [
      'wants no proxy',
      kubeconfig({ token: 't' }, { cluster: { 'proxy-url': 's3cr3t' } }),
      'is not an address',
    ],
    [
      'names a missing CA',
      kubeconfig({ token: 't' }, { cluster: { 'certificate-authority': 'ca' } }),
      'ENOENT',
    ],
    [
      'has an old way of logging in',
      kubeconfig({ 'auth-provider': { name: 'oidc', config: { 'id-token': 's3cr3t' } } }),
      'its user has an auth-provider, which is not supported: use a credential plugin (exec)',
    ],
    [
      'has a password',
      kubeconfig({ username: 'jane', password: 's3cr3t' }),
      'its user has a name and password, which Kubernetes has not taken since 1.19',
    ],
    ['has no credential', kubeconfig({}), 'its user has no credential: no token, no client certificate'],
    ['names no program', kubeconfig({ exec: { apiVersion: 'v1' } }), 'exec names no command'],
  ])('when it %s', async (_what, text, message) => {
    const path = await file('config', text)
    const error = await load(path).then(
      () => new Error('it should have failed'),
      (error: unknown) => error as Error,
    )
    expect(error.message).toContain(`the kubeconfig ${path}`)
    expect(error.message).toContain(message)
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('s3cr3t')
  })
})
