/** The election against the real API server: what it does to our writes is what keeps two from leading. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemClock as clock } from '../../src/clock.ts'
import { startControlPlane, type ControlPlane } from '../../src/control-plane/control-plane.ts'
import { KubeClient } from '../../src/kube/client.ts'
import { loadCluster } from '../../src/kube/credentials.ts'
import { Lease } from '../../src/kube/lease.ts'
import type { LeaseObject } from '../../src/kube/lease-record.ts'
import { LeaseLost, type Term } from '../../src/kube/term.ts'
import { silentLog } from '../../src/telemetry/log.ts'

const random = Math.random

let plane: ControlPlane
let client: KubeClient
let path: string
let names = 0

beforeAll(async () => {
  plane = await startControlPlane({ manifests: false, progress: () => undefined })
  client = new KubeClient({
    access: await loadCluster({ kubeconfig: plane.kubeconfig, clock }),
    clock,
    random,
  })
}, 120_000)

afterAll(async () => {
  await client.close()
  await plane.stop()
}, 30_000)

beforeEach(() => {
  names += 1
  path = `/apis/coordination.k8s.io/v1/namespaces/default/leases/test-${names}`
})

const candidate = (identity: string, duration: number): Lease =>
  new Lease({
    client,
    namespace: 'default',
    name: `test-${names}`,
    identity,
    duration,
    clock,
    random,
    log: silentLog,
  })

const record = () => client.get<LeaseObject>(path)

const ended = (term: Term): Promise<Error> =>
  new Promise((resolve) =>
    term.signal.addEventListener('abort', () => resolve(term.signal.reason as Error), { once: true }),
  )

describe('several processes', () => {
  it('lead one after the other, never two at a time', async () => {
    const stop = new AbortController()
    const leaders: string[] = []
    let leading = 0
    const lead = (identity: string) => async (term: Term) => {
      leading += 1
      expect(leading).toBe(1)
      term.check()
      leaders.push(identity)
      expect((await record()).spec?.holderIdentity).toBe(identity)
      leading -= 1
      if (leaders.length === 12) stop.abort()
    }
    const all = ['a', 'b', 'c'].map((identity) => candidate(identity, 2_000).run(lead(identity), stop.signal))
    await Promise.all(all)
    const turns = leaders.filter((leader, index) => leader !== leaders[index - 1]).length
    expect((await record()).spec).toMatchObject({ holderIdentity: '', leaseTransitions: 11 })
    expect(turns).toBeGreaterThan(0)
  })
})

describe('a lease', () => {
  it('that somebody deletes is not made again by who held it, but taken anew', async () => {
    const stop = new AbortController()
    const terms: Term[] = []
    const uids: string[] = []
    await candidate('a', 2_000).run(async (term) => {
      terms.push(term)
      uids.push((await record()).metadata.uid)
      if (terms.length === 2) return stop.abort()
      await client.request({ method: 'DELETE', path })
      expect(await ended(term)).toEqual(new LeaseLost('somebody deleted the Lease'))
    }, stop.signal)
    expect(new Set(uids).size).toBe(2)
    expect(() => terms[0]?.check()).toThrow(LeaseLost)
  })

  it('goes on when somebody labels it, and the label stays', async () => {
    const stop = new AbortController()
    await candidate('a', 1_000).run(async (term) => {
      const { metadata, spec } = await record()
      await client.patch({ type: 'merge', path, body: { metadata: { labels: { by: 'hand' } } } })
      for (let now = await record(); now.spec?.renewTime === spec?.renewTime; now = await record())
        term.check()
      expect((await record()).metadata).toMatchObject({ uid: metadata.uid, labels: { by: 'hand' } })
      stop.abort()
    }, stop.signal)
    expect((await record()).spec).toMatchObject({ holderIdentity: '' })
  })
})
