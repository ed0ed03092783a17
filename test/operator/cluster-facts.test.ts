import { describe, expect, it, onTestFinished } from 'vitest'
import { KubeClient } from '../../src/kube/client.ts'
import { isDefinitionGoing, uidOfKubeSystem } from '../../src/operator/cluster-facts.ts'
import { FakeApi } from '../kube/fake-api.ts'
import { ManualClock } from '../manual-clock.ts'

async function cluster() {
  const api = await FakeApi.start()
  const client = new KubeClient({ access: api.access, clock: new ManualClock(), random: () => 1 })
  onTestFinished(async () => {
    await client.close()
    await api[Symbol.asyncDispose]()
  })
  return { api, client, signal: new AbortController().signal }
}

describe('a definition of ours', () => {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/jobspecs.lakeward.dev'

  it.each([
    { it: 'is there', metadata: {}, going: false },
    { it: 'is being deleted', metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' }, going: true },
  ])('$it', async ({ metadata, going }) => {
    const { api, client, signal } = await cluster()
    const asked = isDefinitionGoing(client, 'jobspecs', signal)
    const call = await api.next()
    expect([call.method, call.path]).toEqual(['GET', path])
    call.json({ metadata })
    expect(await asked).toBe(going)
  })

  it('is gone', async () => {
    const { api, client, signal } = await cluster()
    const asked = isDefinitionGoing(client, 'jobspecs', signal)
    ;(await api.next()).refuse(404, 'NotFound')
    expect(await asked).toBe(true)
  })

  it('that we may not see is not taken for gone, nor for there', async () => {
    const { api, client, signal } = await cluster()
    const asked = isDefinitionGoing(client, 'jobspecs', signal).catch((error: unknown) => error)
    ;(await api.next()).refuse(403, 'Forbidden')
    expect(await asked).toMatchObject({ status: 403 })
  })
})

describe('a cluster without a given name', () => {
  it('is named by the uid of its namespace kube-system', async () => {
    const { api, client, signal } = await cluster()
    const asked = uidOfKubeSystem(client, signal)
    const call = await api.next()
    expect(call.path).toBe('/api/v1/namespaces/kube-system')
    call.json({ metadata: { name: 'kube-system', uid: '0-1-2' } })
    expect(await asked).toBe('0-1-2')
  })
})
