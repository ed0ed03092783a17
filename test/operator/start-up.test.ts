import { pino } from 'pino'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { customResourceDefinition } from '../../src/generate/custom-resource.ts'
import { resources } from '../../src/kinds/resources.ts'
import { KubeClient } from '../../src/kube/client.ts'
import { StartUp } from '../../src/operator/start-up.ts'
import { FakeApi, type Exchange } from '../kube/fake-api.ts'
import { ManualClock } from '../manual-clock.ts'

/** A cluster in which everything is as it has to be, until a test changes that. */
class Cluster {
  version = { major: '1', minor: '37', gitVersion: 'v1.37.2' }
  refusal: [number, string] | undefined
  reviewsRefused = false
  versionHidden = false
  readonly denied = new Set<string>()
  readonly definitions = new Map(
    resources.map((definition) => [
      `${definition.plural}.lakeward.dev`,
      {
        ...customResourceDefinition(definition),
        status: { conditions: [{ type: 'Established', status: 'True' }] },
      },
    ]),
  )
  looks = 0

  mend(): void {
    const { version, definitions } = new Cluster()
    this.version = version
    this.refusal = undefined
    this.denied.clear()
    for (const [name, definition] of definitions) this.definitions.set(name, definition)
  }

  answer(exchange: Exchange): void {
    const { path } = exchange
    if (path === '/version') this.looks += 1
    if (this.refusal !== undefined) return exchange.refuse(...this.refusal)
    if (path === '/version')
      return this.versionHidden ? exchange.refuse(403, 'Forbidden') : exchange.json(this.version)
    if (path.endsWith('/selfsubjectreviews'))
      return exchange.json({ status: { userInfo: { username: 'system:serviceaccount:lakeward:operator' } } })
    if (path.endsWith('/selfsubjectaccessreviews')) return this.#review(exchange)
    if (path === '/api/v1/namespaces/kube-system') return exchange.json({ metadata: { uid: '0-1-2' } })
    const definition = this.definitions.get(path.split('/').at(-1) ?? '')
    return definition === undefined ? exchange.refuse(404, 'NotFound') : exchange.json(definition)
  }

  #review(exchange: Exchange): void {
    if (this.reviewsRefused) return exchange.refuse(403, 'Forbidden')
    const { spec } = JSON.parse(exchange.body) as {
      spec: { resourceAttributes: { verb: string; resource: string; subresource?: string } }
    }
    const { verb, resource, subresource } = spec.resourceAttributes
    const name = subresource === undefined ? resource : `${resource}/${subresource}`
    return exchange.json({ status: { allowed: !this.denied.has(`${verb} ${name}`) } })
  }
}

async function stage(options: { instance?: string; namespaces?: string[] } = {}) {
  const api = await FakeApi.start()
  const cluster = new Cluster()
  const serve = async () => {
    for (;;) cluster.answer(await api.next())
  }
  void serve()
  const clock = new ManualClock()
  const client = new KubeClient({ access: api.access, clock, random: () => 1 })
  onTestFinished(async () => {
    await client.close()
    await api[Symbol.asyncDispose]()
  })
  const said: string[] = []
  const write = (line: string) => void said.push((JSON.parse(line) as { msg: string }).msg)
  const stop = new AbortController()
  const ground = {
    client,
    clock,
    random: () => 1,
    log: pino({}, { write }),
    signal: stop.signal,
    leaseNamespace: 'lakeward',
    ...options,
  }
  const startUp = new StartUp(ground)
  /** Waits until it waits for so many milliseconds, does something to the cluster, and lets it look again. */
  const waits = async (milliseconds: number, meanwhile: () => void = () => undefined) => {
    await clock.sleeping(milliseconds)
    const problem = startUp.problem()
    meanwhile()
    await clock.advance(milliseconds)
    return problem
  }
  return { cluster, clock, startUp, said, stop, waits }
}

describe('a cluster in which everything is as it has to be', () => {
  it('is named, and nothing is said', async () => {
    const { startUp, said } = await stage()
    const done = startUp.done()
    expect(startUp.problem()).toBe('the cluster is being looked at')
    expect(await done).toBe('0-1-2')
    expect(startUp.problem()).toBeUndefined()
    expect(said).toEqual([])
  })

  it('keeps the name that the installation was given', async () => {
    const { startUp, cluster } = await stage({ instance: 'production' })
    cluster.denied.add('get namespaces')
    expect(await startUp.done()).toBe('production')
  })

  it.each([
    ['a provider’s number', { major: '1', minor: '30+', gitVersion: 'v1.30.4-eks' }],
    ['a number of the future', { major: '2', minor: '0', gitVersion: 'v2.0.0' }],
    ['no number', { major: '', minor: '', gitVersion: '' }],
  ])('may have %s', async (_, version) => {
    const { startUp, cluster } = await stage()
    cluster.version = version
    expect(await startUp.done()).toBe('0-1-2')
  })
})

describe('what is in the way', () => {
  const grants = 'cataloggrants.lakeward.dev'

  it.each<[string, (cluster: Cluster) => void, RegExp]>([
    [
      'an old Kubernetes',
      (cluster) => void (cluster.version = { major: '1', minor: '29', gitVersion: 'v1.29.1' }),
      /^this is Kubernetes v1\.29\.1, .*: upgrade it to 1\.30 or later$/,
    ],
    [
      'credentials that are not accepted',
      (cluster) => void (cluster.refusal = [401, 'Unauthorized']),
      /^the API server does not accept our credentials \(401\); renew the token/,
    ],
    [
      'something else than an API server',
      (cluster) => void (cluster.refusal = [404, 'NotFound']),
      /^GET \/version: it is NotFound$/,
    ],
    [
      'CRDs that are not installed',
      ({ definitions }) => definitions.clear(),
      /^the CRDs databricksworkspaces\.lakeward\.dev, .*, cataloggrants\.lakeward\.dev are not installed: kubectl apply -f crds\/ \(or helm upgrade\), with the files of Lakeward \d/,
    ],
    [
      'a CRD that is older',
      ({ definitions }) => {
        const { spec } = definitions.get(grants) ?? {}
        const { properties = {} } = spec?.versions[0]?.schema.openAPIV3Schema ?? {}
        delete (properties as Record<string, unknown>)['status']
      },
      /^the CRD cataloggrants\.lakeward\.dev is older than Lakeward .* without an error \(status\): kubectl apply/,
    ],
    [
      'a CRD that is newer and does not take what we write',
      ({ definitions }) => {
        const { spec } = definitions.get(grants) ?? {}
        const { properties = {} } = spec?.versions[0]?.schema.openAPIV3Schema ?? {}
        Reflect.deleteProperty(properties, 'status')
        Object.assign(properties, { later: { type: 'string' } })
      },
      /^the CRD cataloggrants\.lakeward\.dev is not that of Lakeward .* without an error \(status\): kubectl apply/,
    ],
    [
      'a CRD that is being deleted',
      ({ definitions }) => {
        const going = definitions.get(grants)
        if (going !== undefined) Object.assign(going.metadata, { deletionTimestamp: '2026-01-01T00:00:00Z' })
      },
      /^the CRD cataloggrants\.lakeward\.dev is being deleted: wait for its end, then kubectl apply/,
    ],
    [
      'a CRD that is not served',
      ({ definitions }) => {
        const [established] = definitions.get(grants)?.status.conditions ?? []
        if (established !== undefined)
          Object.assign(established, { status: 'False', message: 'not all names' })
      },
      /^the CRD cataloggrants\.lakeward\.dev is not served: not all names$/,
    ],
    [
      'rights that are missing',
      ({ denied }) => void denied.add('watch jobspecs').add('patch jobspecs/status'),
      /^system:serviceaccount:lakeward:operator has no right in the whole cluster to watch jobspecs\.lakeward\.dev, to patch jobspecs\.lakeward\.dev\/status\. Grant it: kubectl apply -f .* && kubectl create clusterrolebinding lakeward-operator .* --serviceaccount=lakeward:operator \(or helm upgrade\)$/,
    ],
    [
      'the right to read CRDs',
      ({ denied }) => void denied.add('get customresourcedefinitions'),
      /has no right in the whole cluster to get customresourcedefinitions\.apiextensions\.k8s\.io\. /,
    ],
  ])('is told in one line, once, and so is its end: %s', async (_, obstruct, line) => {
    const { cluster, startUp, said, waits } = await stage()
    obstruct(cluster)
    const done = startUp.done()
    expect(await waits(1_000)).toMatch(line)
    await waits(2_000)
    await waits(4_000, () => cluster.mend())
    expect(await done).toBe('0-1-2')
    expect(startUp.problem()).toBeUndefined()
    expect(said).toEqual([
      expect.stringMatching(/\. Lakeward waits for it$/),
      'what kept Lakeward from working is mended',
    ])
    expect(said[0]?.replace('. Lakeward waits for it', '')).toMatch(line)
  })

  it('is not worth a word when it is over in a moment, but when it lasts', async () => {
    const { cluster, startUp, said, waits } = await stage()
    cluster.definitions.get(grants)?.status.conditions.splice(0)
    const done = startUp.done()
    expect(await waits(1_000, () => cluster.mend())).toMatch(
      /is not served: Kubernetes has not looked at it yet$/,
    )
    await done
    expect(said).toEqual([])

    const other = await stage()
    other.cluster.definitions.get(grants)?.status.conditions.splice(0)
    void other.startUp.done()
    await other.waits(1_000)
    await other.waits(2_000)
    await other.waits(4_000, () => other.cluster.mend())
    await vi.waitFor(() => expect(other.said).toHaveLength(2), { interval: 2 })
    expect(other.said[0]).toMatch(/is not served: Kubernetes has not looked at it yet\. /)
  })

  it('is told anew when it is something else', async () => {
    const { cluster, startUp, said, waits } = await stage()
    cluster.refusal = [401, 'Unauthorized']
    void startUp.done()
    await waits(1_000, () => void (cluster.refusal = [403, 'Forbidden']))
    await waits(2_000, () => cluster.mend())
    expect(said.slice(0, 2)).toEqual([
      expect.stringContaining('(401)'),
      expect.stringMatching(/^no right to read namespace kube-system/),
    ])
  })

  it('is asked for at least every ten seconds', async () => {
    const { cluster, startUp, stop, waits } = await stage()
    cluster.definitions.clear()
    const done = startUp.done().catch((error: unknown) => error)
    for (const wait of [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]) await waits(wait)
    expect(cluster.looks).toBeGreaterThanOrEqual(6)
    stop.abort(new Error('stopped'))
    expect(await done).toMatchObject({ message: 'stopped' })
  })

  it('is told together, and what comes up later by itself', async () => {
    const { cluster, startUp, said, waits } = await stage()
    cluster.definitions.delete(grants)
    cluster.denied.add('watch jobspecs')
    void startUp.done()
    const both = await waits(1_000, () => {
      cluster.denied.clear()
      cluster.definitions.delete('jobspecs.lakeward.dev')
    })
    expect(both).toMatch(/has no right .*; the CRDs cataloggrants\.lakeward\.dev are not installed/)
    await waits(2_000)
    expect(said).toHaveLength(3)
    expect(said[2]).toMatch(
      /^the CRDs jobspecs\.lakeward\.dev, cataloggrants\.lakeward\.dev are not installed/,
    )
  })
})

describe('what is not in the way', () => {
  it('is said once it works: rights that one can do without, and CRDs that are newer', async () => {
    const { cluster, startUp, said } = await stage({ namespaces: ['data'] })
    cluster.denied.add('get secrets').add('create events')
    const newer = cluster.definitions.get('jobspecs.lakeward.dev')?.spec.versions[0]?.schema.openAPIV3Schema
    Object.assign(newer?.properties.spec.properties ?? {}, { later: { type: 'string' } })
    Reflect.deleteProperty(newer?.properties.spec.properties ?? {}, 'schedule')
    expect(await startUp.done()).toBe('0-1-2')
    expect(said).toEqual([
      'no right in namespace data to get secrets: workspaces there whose credentials are in a Secret wait',
      'no right in namespace data to create events.events.k8s.io: only status and log tell what it did there',
      expect.stringMatching(
        /^the CRD jobspecs\.lakeward\.dev is newer than Lakeward .* and has spec\.later: objects that use it are Stalled/,
      ),
      expect.stringMatching(
        /^the CRD jobspecs\.lakeward\.dev does not take spec\.schedule, which Lakeward \d\S* knows: manifests cannot use it$/,
      ),
    ])
  })

  it('is that nobody tells us which Kubernetes it is', async () => {
    const { cluster, startUp } = await stage()
    cluster.versionHidden = true
    expect(await startUp.done()).toBe('0-1-2')
  })

  it('is that we may not ask which rights we have', async () => {
    const { cluster, startUp } = await stage()
    cluster.reviewsRefused = true
    expect(await startUp.done()).toBe('0-1-2')
  })
})
