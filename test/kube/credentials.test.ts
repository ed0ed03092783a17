import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { stringify } from 'yaml'
import { loadCluster } from '../../src/kube/credentials.ts'
import { ManualClock } from '../manual-clock.ts'

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

/** Lays out a pod's ServiceAccount below `home`. */
async function enterPod(): Promise<string> {
  vi.stubEnv('KUBERNETES_SERVICE_HOST', '10.0.0.1')
  vi.stubEnv('KUBERNETES_SERVICE_PORT', '443')
  await file('var/run/secrets/kubernetes.io/serviceaccount/ca.crt', 'pod-ca')
  return file('var/run/secrets/kubernetes.io/serviceaccount/token', 'pod-token\n')
}

describe('the API server', () => {
  it('is the one that the flag names, before all others', async () => {
    await enterPod()
    vi.stubEnv('KUBECONFIG', await file('variable', kubeconfig({ token: 't' }, { name: 'variable' })))
    const flag = await file('flag', kubeconfig({ token: 't' }, { name: 'flag' }))
    expect((await load(flag)).server).toBe('https://flag.example:6443')
  })

  it('is the one of KUBECONFIG, whose first file wins and whose missing files do not matter', async () => {
    await enterPod()
    const first = await file('first', kubeconfig({ token: 'first' }, { current: '' }))
    const second = await file('second', kubeconfig({ token: 'second' }, { current: 'one' }))
    vi.stubEnv('KUBECONFIG', `${join(home, 'none')}:${first}:${second}`)
    const { identity } = await load()
    expect(await identity()).toEqual({ authorization: 'Bearer first' })
  })

  it('is the pod’s own inside a cluster', async () => {
    await enterPod()
    await file('.kube/config', kubeconfig({ token: 't' }))
    const { server, tls, identity } = await load()
    expect(server).toBe('https://10.0.0.1:443')
    expect(String(tls.ca)).toBe('pod-ca')
    expect(await identity()).toEqual({ authorization: 'Bearer pod-token' })
  })

  it('is the one of ~/.kube/config otherwise', async () => {
    await file('.kube/config', kubeconfig({ token: 't' }, { name: 'home' }))
    expect((await load()).server).toBe('https://home.example:6443')
  })
})

describe('who we are', () => {
  it('may be said by a client certificate, with files beside the kubeconfig', async () => {
    await file('ca.pem', 'the ca')
    await file('cert.pem', 'the cert')
    const key = Buffer.from('the key').toString('base64')
    const user = { 'client-certificate': 'cert.pem', 'client-key-data': key }
    const cluster = { 'certificate-authority': 'ca.pem', 'tls-server-name': 'kubernetes' }
    const { tls, identity } = await load(await file('config', kubeconfig(user, { cluster })))
    expect([tls.ca, tls.cert, tls.key].map(String)).toEqual(['the ca', 'the cert', 'the key'])
    expect(tls.servername).toBe('kubernetes')
    expect(tls.rejectUnauthorized).toBeUndefined()
    expect(await identity()).toEqual({})
  })

  it('may be said by name and password, and as somebody else', async () => {
    const user = { username: 'u', password: 'p', as: 'jane' }
    const { identity } = await load(await file('config', kubeconfig(user)))
    expect(await identity()).toEqual({
      authorization: `Basic ${Buffer.from('u:p').toString('base64')}`,
      'impersonate-user': 'jane',
    })
  })

  it('is read again from a rotating token file, after a while', async () => {
    const token = await file('tokens/token', 'old\n')
    const { identity } = await load(await file('config', kubeconfig({ tokenFile: 'tokens/token' })))
    expect(await identity()).toEqual({ authorization: 'Bearer old' })
    await writeFile(token, 'new\n')
    expect(await identity()).toEqual({ authorization: 'Bearer old' })
    await clock.advance(10_000)
    expect(await identity()).toEqual({ authorization: 'Bearer new' })
  })

  it('is read again at once after a refusal, the kubeconfig too', async () => {
    const path = await file('config', kubeconfig({ token: 'old' }))
    const { identity, renew } = await load(path)
    expect(await identity()).toEqual({ authorization: 'Bearer old' })
    await writeFile(path, kubeconfig({ token: 'new' }))
    renew()
    expect(await identity()).toEqual({ authorization: 'Bearer new' })
  })

  it('comes back by itself after it could not be read once', async () => {
    const token = await file('token', 'old')
    const { identity } = await load(await file('config', kubeconfig({ tokenFile: 'token' })))
    await rm(token)
    await expect(identity()).rejects.toThrow('ENOENT')
    await writeFile(token, 'new')
    expect(await identity()).toEqual({ authorization: 'Bearer new' })
  })

  it('may be said by a program', async () => {
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'made' },
    }
    const args = ['-e', `console.log(${JSON.stringify(JSON.stringify(credential))})`]
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args }
    const { identity } = await load(await file('config', kubeconfig({ exec })))
    expect(await identity()).toEqual({ authorization: 'Bearer made' })
  })
})

describe('a configuration that leads nowhere is one clear error', () => {
  it('when there is none', async () => {
    await expect(load()).rejects.toThrow(
      'no Kubernetes API server to talk to: give --kubeconfig FILE, or set KUBECONFIG, or run inside a cluster',
    )
  })

  it('when the named file is not there', async () => {
    await expect(load('/nowhere/config')).rejects.toThrow('cannot read the kubeconfig /nowhere/config: check')
    vi.stubEnv('KUBECONFIG', '/nowhere/else')
    await expect(load()).rejects.toThrow('/nowhere/else: check the environment variable KUBECONFIG')
  })

  it.each([
    ['is empty', '', 'does not lead to a Kubernetes API server'],
    ['is no YAML', 'users: [{token: "s3cr3t"\nx', 'does not lead to a Kubernetes API server'],
    ['has no context', kubeconfig({}, { current: '' }), 'no current-context'],
    ['has no such context', kubeconfig({}, { current: 'two' }), 'no current-context, or one'],
    ['wants a proxy', kubeconfig({}, { cluster: { 'proxy-url': 'http://p' } }), 'proxy-url'],
    ['has no address', kubeconfig({}, { cluster: { server: 'nonsense' } }), '"nonsense" is not an address'],
    ['names a missing CA', kubeconfig({}, { cluster: { 'certificate-authority': 'ca' } }), 'ENOENT'],
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
