/** Every way in that a kubeconfig or a pod can describe, on the real API server: it says who we are. */
import { chmod, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { parse, stringify } from 'yaml'
import { systemClock } from '../../src/clock.ts'
import { startControlPlane, type ControlPlane } from '../../src/control-plane/control-plane.ts'
import { mustKubectl } from '../../src/control-plane/kubectl.ts'
import { KubeClient } from '../../src/kube/client.ts'
import { loadCluster } from '../../src/kube/credentials.ts'
import { KubeError } from '../../src/kube/kube-error.ts'
import { whoWeAre } from '../../src/kube/token-request.ts'
import { newAuthority } from '../certificates.ts'
import { ManualClock } from '../manual-clock.ts'

const namespace = 'ways-in'
const account = `system:serviceaccount:${namespace}:operator`
const clients = newAuthority('those who vouch for clients')
const jane = clients.vouchFor('jane', 'system:masters')
const base64 = (text: string) => Buffer.from(text).toString('base64')

let home: string
let plane: ControlPlane
/** What every kubeconfig here says of the server. */
let cluster: { server: string; 'certificate-authority-data': string }
let token: string

interface Kubeconfig {
  clusters: [{ cluster: typeof cluster }]
  users: [{ user: { token: string } }]
}

const newToken = async () =>
  (await mustKubectl(plane.kubectl, ['create', 'token', 'operator', '-n', namespace])).trim()

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'lakeward-ways-in-'))
  const clientAuthority = join(home, 'clients.pem')
  await writeFile(clientAuthority, clients.certificate)
  plane = await startControlPlane({ manifests: false, clientAuthority, progress: () => undefined })
  const own = parse(await readFile(plane.kubeconfig, 'utf8')) as Kubeconfig
  cluster = own.clusters[0].cluster
  await mustKubectl(plane.kubectl, ['create', 'namespace', namespace])
  await mustKubectl(plane.kubectl, ['create', 'serviceaccount', 'operator', '-n', namespace])
  token = await newToken()
  vi.stubEnv('KUBECONFIG', undefined)
  vi.stubEnv('HOME', home)
}, 180_000)

afterAll(async () => {
  vi.unstubAllEnvs()
  await plane.stop()
  await rm(home, { recursive: true })
}, 30_000)

let files = 0
const undo: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0)) await step()
})

async function file(text: string, mode = 0o600): Promise<string> {
  files += 1
  const path = join(home, `file-${files}`)
  await writeFile(path, text, { mode })
  await chmod(path, mode)
  return path
}

const kubeconfig = (user: object, more: object = {}) =>
  file(
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { ...cluster, ...more } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  )

async function clientOf(path: string | undefined, clock = systemClock, root = '/'): Promise<KubeClient> {
  const access = await loadCluster({ kubeconfig: path, clock, root })
  const client = new KubeClient({ access, clock, random: () => 1 })
  undo.push(() => client.close())
  return client
}

const whoIs = async (user: object, more?: object) => whoWeAre(await clientOf(await kubeconfig(user, more)))

/** A plugin that prints what stands in `status`. */
const plugin = async (status: object) => {
  const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status }
  const command = await file(`#!/bin/sh\ncat <<'END'\n${JSON.stringify(credential)}\nEND\n`, 0o700)
  return { exec: { apiVersion: credential.apiVersion, command, interactiveMode: 'Never' } }
}

describe('who we are is known by', () => {
  it('a token', async () => expect(await whoIs({ token })).toBe(account))

  it('a token file', async () => {
    expect(await whoIs({ tokenFile: await file(`${token}\n`) })).toBe(account)
  })

  it('a credential plugin that gives a token', async () => {
    expect(await whoIs(await plugin({ token }))).toBe(account)
  })

  it('a credential plugin that gives a client certificate', async () => {
    const status = { clientCertificateData: jane.certificate, clientKeyData: jane.key }
    expect(await whoIs(await plugin(status))).toBe('jane')
  })

  it('a client certificate in files', async () => {
    const user = { 'client-certificate': await file(jane.certificate), 'client-key': await file(jane.key) }
    expect(await whoIs(user)).toBe('jane')
  })

  it('a client certificate in the kubeconfig', async () => {
    const user = {
      'client-certificate-data': base64(jane.certificate),
      'client-key-data': base64(jane.key),
    }
    expect(await whoIs(user)).toBe('jane')
  })

  it('a client certificate, under the name of somebody else and in his groups', async () => {
    const user = {
      'client-certificate-data': base64(jane.certificate),
      'client-key-data': base64(jane.key),
      as: 'june',
      'as-uid': '7',
      'as-groups': ['devs', 'ops'],
      'as-user-extra': { 'acme.dev/why': ['test'] },
    }
    const client = await clientOf(await kubeconfig(user))
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
    const { status } = await client.create<{ status: { userInfo: object } }>(
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      review,
    )
    expect(status.userInfo).toEqual({
      username: 'june',
      uid: '7',
      groups: ['devs', 'ops', 'system:authenticated'],
      extra: { 'acme.dev/why': ['test'] },
    })
  })

  it('the CA in a file, or nothing but the word not to look', async () => {
    const ca = await file(Buffer.from(cluster['certificate-authority-data'], 'base64').toString())
    const none = { 'certificate-authority-data': undefined }
    expect(await whoIs({ token }, { ...none, 'certificate-authority': ca })).toBe(account)
    expect(await whoIs({ token }, { ...none, 'insecure-skip-tls-verify': true })).toBe(account)
    expect(await whoIs({ token }, { 'tls-server-name': 'kubernetes.default.svc' })).toBe(account)
  })
})

describe('in a pod', () => {
  const mounted = 'var/run/secrets/kubernetes.io/serviceaccount'

  /** As the kubelet does it: a folder with everything, and a link that is swapped. */
  async function project(root: string, bearer: string): Promise<void> {
    const folder = join(root, mounted)
    files += 1
    const version = `..${files}`
    await mkdir(join(folder, version), { recursive: true })
    const ca = Buffer.from(cluster['certificate-authority-data'], 'base64').toString()
    const content = { token: bearer, 'ca.crt': ca, namespace }
    for (const [name, text] of Object.entries(content)) await writeFile(join(folder, version, name), text)
    await symlink(version, join(folder, '..new'))
    await rename(join(folder, '..new'), join(folder, '..data'))
    for (const name of Object.keys(content))
      await symlink(join('..data', name), join(folder, name)).catch(() => undefined)
  }

  it('we are its ServiceAccount, also after the token was revoked and a new one is there', async () => {
    const root = join(home, 'pod')
    const { hostname, port } = new URL(plane.url)
    vi.stubEnv('KUBERNETES_SERVICE_HOST', hostname)
    vi.stubEnv('KUBERNETES_SERVICE_PORT', port)
    undo.push(async () => void vi.stubEnv('KUBERNETES_SERVICE_HOST', undefined))
    const first = await newToken()
    await project(root, first)
    const clock = new ManualClock()
    const client = await clientOf(undefined, clock, root)
    expect(await whoWeAre(client)).toBe(account)

    // A ServiceAccount that was made anew takes nobody's old tokens; the server remembers for 10 s that it did.
    await mustKubectl(plane.kubectl, ['delete', 'serviceaccount', 'operator', '-n', namespace])
    await mustKubectl(plane.kubectl, ['create', 'serviceaccount', 'operator', '-n', namespace])
    const refused = await vi.waitFor(
      async () => {
        const error = await whoWeAre(client).catch((error: unknown) => error)
        if (!(error instanceof KubeError)) throw new Error('it is still taken')
        return error
      },
      { timeout: 25_000, interval: 200 },
    )
    expect(refused).toMatchObject({ status: 401 })
    expect(refused.message).toBe(
      `POST /apis/authentication.k8s.io/v1/selfsubjectreviews: Unauthorized: ${plane.url} does not take the credential of this pod's ServiceAccount`,
    )
    expect(inspect(refused, { depth: 9, showHidden: true })).not.toContain(first)

    // No time has passed on the client's clock: the refusal itself has it read the file anew.
    await project(root, await newToken())
    expect(await whoWeAre(client)).toBe(account)
  })
})
