import { getEventListeners } from 'node:events'
import { Agent } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { defaults } from '../../src/config.ts'
import { KubeClient } from '../../src/kube/client.ts'
import { LeaseLost, Term } from '../../src/kube/term.ts'
import { Liveness } from '../../src/operator/liveness.ts'
import { emptyStores } from '../../src/operator/stores.ts'
import { Work } from '../../src/operator/work.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { Metrics } from '../../src/telemetry/metrics.ts'
import { FakeApi } from '../kube/fake-api.ts'
import { ManualClock } from '../manual-clock.ts'
import { anObject } from '../reconcile/fixtures.ts'

const spec = { host: 'https://dbc-1.cloud.databricks.com', credentials: {} }
const workspace = (name: string) => ({ ...anObject({ name }, { spec }), kind: 'DatabricksWorkspace' })
const path = (name: string) => `/apis/lakeward.dev/v1beta1/namespaces/data/databricksworkspaces/${name}`

const random = () => 0.5

/** Work over one workspace, whose first request is for its finalizer. */
async function given() {
  const api = await FakeApi.start()
  const clock = new ManualClock()
  const client = new KubeClient({ access: api.access, clock, random })
  const dispatcher = new Agent()
  onTestFinished(async () => {
    await dispatcher.destroy()
    await client.close()
    await api[Symbol.asyncDispose]()
  })
  const stop = new AbortController()
  const config = { ...defaults, allowedHosts: [...defaults.allowedHosts], ambientIdentityNamespaces: [] }
  const stores = emptyStores()
  stores.workspaces.store.observe(workspace('default'))
  const liveness = new Liveness({ clock, requestTimeout: config.requestTimeout })
  const site = {
    apiServer: api.url,
    instance: 'here',
    hashKey: 'a key',
    metrics: new Metrics(),
    stores,
    client,
    dispatcher,
    liveness,
  }
  const work = new Work({ config, clock, random, log: silentLog, signal: stop.signal }, site)
  return { api, clock, work, stores, signal: stop.signal, stop: () => stop.abort(new Error('stopped')) }
}

describe('the work of a term', () => {
  it('that is lost is given up, whatever is under way, and nothing more is sent', async () => {
    const { api, clock, work } = await given()
    const term = new Term(clock, 60_000)
    const over = work.during(term)
    const call = await api.next()
    expect(call.path).toBe(path('default'))
    expect(work.current).toBeDefined()
    term.end(new LeaseLost('it was taken'))
    await call.closed
    await over
    expect(work.current).toBeUndefined()
    expect(api.unanswered).toBe(0)
    expect(clock.sleeps()).toEqual([])
  })

  it('in a process that wakes after its end sends nothing, although no timer has rung', async () => {
    const { api, clock, work } = await given()
    const term = new Term(clock, 60_000)
    const over = work.during(term)
    const call = await api.next()
    clock.stall(60_000)
    // The answer is read first. What would follow is the status.
    call.json({
      ...workspace('default'),
      metadata: { ...workspace('default').metadata, resourceVersion: '11' },
    })
    await over
    expect(term.signal.reason).toBeInstanceOf(LeaseLost)
    expect(api.unanswered).toBe(0)
  })

  it('ends what it is at when the operator stops, and begins nothing', async () => {
    const { api, clock, work, stores, stop } = await given()
    const term = new Term(clock, 60_000)
    const over = work.during(term)
    const call = await api.next()
    stop()
    stores.workspaces.store.observe(workspace('late'))
    work.hear('DatabricksWorkspace', { type: 'Added', object: workspace('late') })
    call.json({
      ...workspace('default'),
      metadata: { ...workspace('default').metadata, resourceVersion: '11' },
    })
    const status = await api.next()
    expect(status.path).toBe(`${path('default')}/status`)
    const { status: applied } = JSON.parse(status.body) as { status: object }
    const { metadata } = workspace('default')
    status.json({
      ...workspace('default'),
      metadata: { ...metadata, resourceVersion: '12' },
      status: applied,
    })
    const told = await api.next()
    expect(told.path).toContain('/events')
    told.json({}, 201)
    await over
    term.check()
    expect(api.unanswered).toBe(0)
  })

  it('is given up when it has had its grace', async () => {
    const { api, clock, work, stop } = await given()
    const over = work.during(new Term(clock, 60_000))
    const call = await api.next()
    stop()
    await clock.sleeping(defaults.grace)
    await clock.advance(defaults.grace)
    await call.closed
    await over
  })

  it('begins anew with the next, and hears of nothing in between', async () => {
    const { api, clock, work } = await given()
    const first = new Term(clock, 60_000)
    const over = work.during(first)
    await api.next()
    first.end(new LeaseLost('it was taken'))
    await over
    work.hear('DatabricksWorkspace', { type: 'Added', object: workspace('default') })
    expect(api.unanswered).toBe(0)
    const second = new Term(clock, 60_000)
    const again = work.during(second)
    expect((await api.next()).path).toBe(path('default'))
    second.end(new LeaseLost('for the end of the test'))
    await again
  })

  it('leaves nothing behind on the signal that lives as long as the operator', async () => {
    const { api, clock, work, signal } = await given()
    const term = new Term(clock, 60_000)
    const over = work.during(term)
    await api.next()
    term.end(new LeaseLost('it was taken'))
    await over
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})
