/** List and watch against the real API server, with a proxy in between that makes the trouble. */
import { readFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { parse } from 'yaml'
import { systemClock as clock } from '../../src/clock.ts'
import { startControlPlane, type ControlPlane } from '../../src/control-plane/control-plane.ts'
import { KubeClient } from '../../src/kube/client.ts'
import { loadCluster, type ClusterAccess } from '../../src/kube/credentials.ts'
import { listAndWatch, type ListWatch } from '../../src/kube/list-watch.ts'
import { keyOf, resourcePath, type KubeObject, type Resource } from '../../src/kube/object.ts'
import { Store, type Change } from '../../src/kube/store.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { KubeProxy } from '../kube-faults/proxy.ts'
import { Inbox } from './inbox.ts'

/** A kind that is always there; what its objects hold does not matter. */
const configMaps: Resource = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap' }
type ConfigMap = KubeObject & { data?: Record<string, string> }

let plane: ControlPlane
let direct: KubeClient
let access: ClusterAccess
let certificate: string

let proxy: KubeProxy
let client: KubeClient
let namespace: string
let namespaces = 0
let store: Store<ConfigMap>
let stop: AbortController
let running: ListWatch
let changes: Inbox<string>

const word = ({ type, object }: Change<ConfigMap>) => `${type} ${object.metadata.name}`

function follow({ relistEvery = 3_600_000 } = {}): void {
  running = listAndWatch<ConfigMap>({
    client,
    resource: configMaps,
    namespaces: [namespace],
    store,
    onChange: (change) => changes.put(word(change)),
    relistEvery,
    clock,
    random: () => 1,
    log: silentLog,
    signal: stop.signal,
  })
}

const path = (name?: string) => resourcePath(configMaps, namespace, name)
const create = (name: string) => direct.create<ConfigMap>(path(), { metadata: { name }, data: {} })
const edit = (name: string, data: Record<string, string>) =>
  direct.patch({ type: 'merge', path: path(name), body: { data } })
const remove = (name: string) => direct.request({ method: 'DELETE', path: path(name) })

/** What the operator was answered, in order: `list 250`, `list 1`, `watch`. */
const asked = () =>
  proxy.exchanges.map(({ verb, url }) => {
    const limit = new URL(url, 'http://api').searchParams.get('limit')
    return limit === null ? verb : `${verb} ${limit}`
  })

/** Waits until a watch is open: only that can be cut off. */
const watching = () => vi.waitFor(() => expect(asked()).toContain('watch'), { interval: 2 })

/** Whether the store holds exactly what the server does, by name and version. */
async function isTruth(): Promise<boolean> {
  const { items } = await direct.get<{ items: ConfigMap[] }>(path())
  const sign = (object: ConfigMap) => `${keyOf(object)}@${object.metadata.resourceVersion}`
  expect([...store.values()].map(sign).toSorted()).toEqual(items.map(sign).toSorted())
  return true
}

beforeAll(async () => {
  plane = await startControlPlane({ manifests: false, progress: () => undefined })
  access = await loadCluster({ kubeconfig: plane.kubeconfig, clock })
  direct = new KubeClient({ access, clock, random: Math.random })
  const { clusters } = parse(await readFile(plane.kubeconfig, 'utf8')) as {
    clusters: { cluster: { 'certificate-authority-data': string } }[]
  }
  certificate = Buffer.from(clusters[0]?.cluster['certificate-authority-data'] ?? '', 'base64').toString()
}, 120_000)

afterAll(async () => {
  await direct.close()
  await plane.stop()
}, 30_000)

beforeEach(async () => {
  namespace = `watch-${(namespaces += 1)}`
  await direct.create('/api/v1/namespaces', { metadata: { name: namespace } })
  proxy = await KubeProxy.to({ url: plane.url, certificate })
  const { headers } = await access.credential()
  const credential = { headers, tls: { ca: proxy.certificate, rejectUnauthorized: true } }
  client = new KubeClient({
    access: { ...access, server: proxy.url, credential: () => Promise.resolve(credential) },
    clock,
    random: Math.random,
  })
  store = new Store()
  stop = new AbortController()
  changes = new Inbox()
})

afterEach(async () => {
  stop.abort(new Error('the test is over'))
  await running.done
  expect(proxy.clear()).toEqual([])
  await client.close()
  await proxy[Symbol.asyncDispose]()
})

it('a list beside the watch tells nothing of what has not changed, and finds what the watch lost', async () => {
  await Promise.all(['x', 'y', 'z'].map((name) => create(name)))
  follow({ relistEvery: 300 })
  await changes.take(3)
  proxy.orderLine({
    on: { resource: 'configmaps', name: 'y' },
    fault: { is: 'LineReplaced', by: '{"type":"PONDERED"}' },
  })
  await remove('y')
  expect(await changes.next()).toBe('Deleted y')
  const lists = () => asked().filter((one) => one === 'list 250').length
  const before = lists()
  await vi.waitFor(() => expect(lists()).toBeGreaterThan(before + 2), { timeout: 20_000, interval: 50 })
  await edit('x', { a: 'b' })
  expect(await changes.next()).toBe('Modified x')
  expect(asked().filter((one) => one === 'watch')).toHaveLength(1)
  expect(await isTruth()).toBe(true)
})

it('a list whose token expires in its midst is read from its beginning', async () => {
  const names = Array.from({ length: 260 }, (_, index) => `c-${index}`)
  await Promise.all(names.map((name) => create(name)))
  const gone = { kind: 'Status', code: 410, reason: 'Expired', message: 'the token is too old' }
  proxy.order({
    on: { verb: 'list', resource: 'configmaps' },
    after: 1,
    fault: { is: 'Answered', status: 410, body: JSON.stringify(gone) },
  })
  follow()
  await running.synced
  expect(await isTruth()).toBe(true)
  expect(await changes.take(260)).toHaveLength(260)
  expect(changes.waiting).toBe(0)
})

it('a server that is not as far as we are is not watched before it was listed', async () => {
  await Promise.all(['x', 'y'].map((name) => create(name)))
  follow()
  await changes.take(2)
  // We have heard of a version that this server has yet to reach, as if it had been restored to a backup.
  const future = { type: 'BOOKMARK', object: { metadata: { resourceVersion: '999999999' } } }
  proxy.orderLine({ on: { name: 'x' }, fault: { is: 'LinePreceded', by: JSON.stringify(future) } })
  await edit('x', { a: '1' })
  expect(await changes.next()).toBe('Modified x')
  proxy.orderLine({ on: { name: 'y' }, fault: { is: 'LineCut' } })
  await remove('y')
  const told = await changes.take(2)
  expect(told).toContain('Deleted y')
  await edit('x', { a: '2' })
  expect(await changes.next()).toBe('Modified x')
  expect(asked().slice(-4)).toEqual(['watch', 'list 1', 'list 250', 'watch'])
  expect(await isTruth()).toBe(true)
})

it('an object made again under its name while nobody watched is a delete and an add', async () => {
  await create('x')
  follow()
  await changes.take(1)
  await watching()
  proxy.goAway()
  await remove('x')
  await create('x')
  proxy.comeBack()
  expect(await changes.take(2)).toEqual(['Deleted x', 'Added x'])
  expect(await isTruth()).toBe(true)
})

it('an API server that was away and asks for patience is followed again, and says when it was last heard', async () => {
  await create('x')
  follow()
  await changes.take(1)
  await watching()
  const before = running.lastHeard()
  proxy.goAway()
  await edit('x', { a: '1' })
  proxy.order({
    on: { verb: 'list', resource: 'configmaps' },
    fault: { is: 'Answered', status: 429, headers: { 'retry-after': '1' } },
  })
  proxy.comeBack()
  expect(await changes.next()).toBe('Modified x')
  expect(running.lastHeard()).toBeGreaterThan(before)
})
