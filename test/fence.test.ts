import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { Agent } from 'undici'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { Budgets } from '../src/databricks/budgets.ts'
import { createDatabricks } from '../src/databricks/client.ts'
import { fenced, type Fence } from '../src/fence.ts'
import { KubeClient } from '../src/kube/client.ts'
import { silentLog } from '../src/telemetry/log.ts'
import { FakeApi } from './kube/fake-api.ts'
import { ManualClock } from './manual-clock.ts'

/** A permission that ends by the clock, and whose signal falls only when somebody asks or `fall` is called. */
class Gate implements Fence {
  readonly #end = new AbortController()
  isOpen = true

  get signal(): AbortSignal {
    return this.#end.signal
  }

  check(): void {
    if (!this.isOpen) this.fall()
    this.signal.throwIfAborted()
  }

  fall(): void {
    this.#end.abort(over)
  }
}

let api: FakeApi
let clock: ManualClock
let gate: Gate

beforeEach(async () => {
  api = await FakeApi.start()
  clock = new ManualClock()
  gate = new Gate()
})

afterEach(() => api[Symbol.asyncDispose]())

/** Why it failed. */
const failure = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => Promise.reject(new Error('it succeeded')),
    (error: Error) => error,
  )

const over = new Error('the term is over')

function openAgent(): Agent {
  const agent = new Agent({ connections: 1 })
  onTestFinished(() => agent.destroy())
  return agent
}

describe('a way out behind a fence', () => {
  const get = { method: 'GET', path: '/' } as const

  it('lets through, and tells the answer whole', async () => {
    const agent = openAgent()
    const way = fenced(agent, gate)
    const asked = way.request({ origin: api.url, ...get })
    ;(await api.next()).json({ fine: true }, 200, { 'x-more': 'yes' })
    const { statusCode, headers, body } = await asked
    expect([statusCode, headers['x-more'], await body.json()]).toEqual([200, 'yes', { fine: true }])
  })

  it('passes on what the network reports', async () => {
    const agent = openAgent()
    const asked = failure(fenced(agent, gate).request({ origin: api.url, ...get }))
    ;(await api.next()).cut()
    expect(await asked).toMatchObject({ code: 'UND_ERR_SOCKET' })
  })

  it('sends nothing once the permission has ended, and spares the connection', async () => {
    const agent = openAgent()
    const way = fenced(agent, gate)
    const first = way.request({ origin: api.url, ...get })
    const { port } = await answered(api)
    await (await first).body.dump()
    gate.isOpen = false
    expect(await failure(way.request({ origin: api.url, ...get }))).toEqual(over)
    const other = agent.request({ origin: api.url, ...get })
    expect(await answered(api)).toEqual({ port })
    await (await other).body.dump()
    expect(api.unanswered).toBe(0)
  })

  describe('when it ends while a request waits for its connection', () => {
    let slow: Server
    let heard: Buffer[]

    beforeEach(async () => {
      heard = []
      slow = createServer((socket) =>
        socket.on('data', (data) => heard.push(data)).on('error', () => undefined),
      )
      slow.listen(0, '127.0.0.1')
      await once(slow, 'listening')
    })

    afterEach(() => slow.close())

    it('nothing is written, although no signal has fallen', async () => {
      const agent = openAgent()
      const { port } = slow.address() as AddressInfo
      const asked = failure(fenced(agent, gate).request({ origin: `http://127.0.0.1:${port}`, ...get }))
      // The connection is being made; the process freezes, and wakes when the permission is over.
      gate.isOpen = false
      expect(await asked).toEqual(over)
      expect(heard).toEqual([])
    })
  })
})

/** Answers the next request and says which connection it came over. */
async function answered(api: FakeApi): Promise<{ port: number | undefined }> {
  const call = await api.next()
  call.json({})
  return { port: call.port }
}

describe('the client of Kubernetes behind a fence', () => {
  let client: KubeClient

  beforeEach(() => {
    client = new KubeClient({ access: api.access, clock, random: () => 0 })
  })

  afterEach(() => client.close())

  it('sends nothing once the permission has ended, reads neither; the client without a fence goes on', async () => {
    const work = client.fenced(gate)
    const first = work.get('/x')
    ;(await api.next()).json({ fine: true })
    expect(await first).toEqual({ fine: true })
    gate.isOpen = false
    for (const send of [
      () => work.get('/x'),
      () => work.create('/x', {}),
      () => work.patch({ type: 'json', path: '/x', body: [] }),
    ])
      expect(await failure(send())).toEqual(over)
    const watch = client.get('/y')
    const call = await api.next()
    expect(call.path).toBe('/y')
    call.json({})
    await watch
    expect(api.unanswered).toBe(0)
  })

  it('gives up what is under way as soon as the signal falls', async () => {
    const work = client.fenced(gate)
    const asked = failure(work.patch({ type: 'json', path: '/x', body: [] }))
    const call = await api.next()
    gate.fall()
    expect(await asked).toEqual(over)
    await call.closed
    expect(clock.sleeps()).toEqual([])
  })

  it('does not try again what failed when the permission has ended meanwhile', async () => {
    const work = client.fenced(gate)
    const asked = failure(work.get('/x'))
    ;(await api.next()).refuse(503, 'ServiceUnavailable')
    await clock.sleeping(100)
    gate.isOpen = false
    await clock.advance(100)
    expect(await asked).toEqual(over)
    expect(api.unanswered).toBe(0)
  })

  it('does not show a renewed credential when the permission has ended meanwhile', async () => {
    const work = client.fenced(gate)
    const asked = failure(work.get('/x'))
    const call = await api.next()
    gate.isOpen = false
    call.refuse(401, 'Unauthorized')
    expect(await asked).toEqual(over)
    expect(api.unanswered).toBe(0)
  })
})

describe('the door to Databricks behind a fence', () => {
  it('sends nothing once the permission has ended, not even a request that had its turn and its token', async () => {
    const agent = openAgent()
    const token = Promise.withResolvers<string>()
    const budgets = new Budgets({ clock, log: silentLog, signal: gate.signal })
    const databricks = createDatabricks({
      host: api.url,
      credentials: { kind: 'pat', token: () => token.promise, invalidate: () => undefined },
      dispatcher: fenced(agent, gate),
      budgets,
      requestTimeout: 60_000,
      clock,
      random: () => 0,
      log: silentLog,
      signal: gate.signal,
    })
    const asked = failure(databricks.call({ method: 'POST', path: '/api/2.2/jobs/create', effect: 'create' }))
    await clock.advance(1_000)
    gate.isOpen = false
    token.resolve('t')
    expect(await asked).toEqual(over)
    expect(api.unanswered).toBe(0)
    expect(clock.sleeps()).toEqual([])
  })
})
