import { describe, expect, it, onTestFinished } from 'vitest'
import { KubeClient } from '../../src/kube/client.ts'
import { requestToken, whoWeAre } from '../../src/kube/token-request.ts'
import { ManualClock } from '../manual-clock.ts'
import { FakeApi, type Exchange } from './fake-api.ts'

const wanted = { namespace: 'data', name: 'lake', audience: 'databricks', expirationSeconds: 600 }

async function stage() {
  const api = await FakeApi.start()
  const client = new KubeClient({ access: api.access, clock: new ManualClock(), random: () => 0.5 })
  onTestFinished(async () => {
    await client.close()
    await api[Symbol.asyncDispose]()
  })
  const answered = async (answer: (exchange: Exchange) => void) => {
    const issue = requestToken(client, wanted).catch((error: unknown) => error)
    const exchange = await api.next()
    answer(exchange)
    return { issue: await issue, exchange }
  }
  return { api, client, answered }
}

describe('a token of a ServiceAccount', () => {
  it('is asked for by name, for one audience and a short life', async () => {
    const { answered } = await stage()
    const { issue, exchange } = await answered((one) => one.json({ status: { token: 'a.b.c' } }, 201))
    expect(issue).toEqual({ is: 'Issued', token: 'a.b.c' })
    expect([exchange.method, exchange.path]).toEqual([
      'POST',
      '/api/v1/namespaces/data/serviceaccounts/lake/token',
    ])
    expect(JSON.parse(exchange.body)).toEqual({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: ['databricks'], expirationSeconds: 600 },
    })
  })

  it('that cannot be had is told as what it is', async () => {
    const { answered } = await stage()
    const missing = await answered((one) => one.refuse(404, 'NotFound'))
    expect(missing.issue).toEqual({ is: 'ServiceAccountMissing' })
    const forbidden = await answered((one) => one.refuse(403, 'Forbidden'))
    expect(forbidden.issue).toEqual({
      is: 'Forbidden',
      message: expect.stringContaining('Forbidden') as string,
    })
    const broken = await answered((one) => one.refuse(500, 'InternalError'))
    expect(broken.issue).toMatchObject({ status: 500 })
  })
})

describe('who we are', () => {
  it('is what the API server takes us for', async () => {
    const { api, client } = await stage()
    const asked = whoWeAre(client)
    const exchange = await api.next()
    exchange.json({ status: { userInfo: { username: 'system:serviceaccount:lakeward:operator' } } }, 201)
    expect(await asked).toBe('system:serviceaccount:lakeward:operator')
    expect(exchange.path).toBe('/apis/authentication.k8s.io/v1/selfsubjectreviews')
  })
})
