import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Server } from 'node:http'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { serveHealth, type Check } from '../../src/operator/health.ts'
import { silentLog } from '../../src/telemetry/log.ts'

/** A check of which the test says what is wrong. */
class Given implements Check {
  readonly name: string
  wrong: string | undefined

  constructor(name: string) {
    this.name = name
  }

  problem(): string | undefined {
    return this.wrong
  }
}

async function listener() {
  const loop = new Given('loop')
  const caches = new Given('caches')
  const state = { counts: (): Promise<string> => Promise.resolve('lakeward_x 1\n') }
  const logged: string[] = []
  const log = pino({ base: null, timestamp: false }, { write: (line) => void logged.push(line) })
  const metrics = () => state.counts()
  const health = await serveHealth(0, { live: [loop], ready: [caches], metrics, log })
  onTestFinished(() => health.close())
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${health.port}${path}`)
    return [response.status, (await response.text()).trim()]
  }
  return { loop, caches, state, logged, ask, port: health.port }
}

/** The server itself, as Node tells of it with every request. */
async function serverAt(port: number, ask: (path: string) => Promise<unknown>): Promise<Server> {
  const servers: Server[] = []
  const hear = (message: unknown): void => {
    const { server } = message as { server: Server }
    const address = server.address()
    if (typeof address === 'object' && address?.port === port) servers.push(server)
  }
  subscribe('http.server.request.start', hear)
  await ask('/healthz')
  unsubscribe('http.server.request.start', hear)
  const [server] = servers
  if (server === undefined) throw new Error('no server')
  return server
}

describe('health', () => {
  it('is good as soon as the program runs, whatever it is ready for', async () => {
    const { ask, caches } = await listener()
    caches.wrong = 'not full yet'
    expect(await ask('/healthz')).toEqual([200, 'ok'])
  })

  it('is bad when only a restart helps, and the log keeps why, once', async () => {
    const { ask, loop, logged } = await listener()
    loop.wrong = 'it stands still'
    expect(await ask('/healthz')).toEqual([503, 'loop: it stands still'])
    await ask('/healthz')
    expect(logged.map((line) => JSON.parse(line) as unknown)).toEqual([
      { level: 50, check: 'loop', msg: 'only a restart helps: it stands still' },
    ])
    loop.wrong = undefined
    expect(await ask('/healthz')).toEqual([200, 'ok'])
    loop.wrong = 'again'
    await ask('/healthz')
    expect(logged).toHaveLength(2)
  })

  it('tells its checks apart to who wants to know', async () => {
    const { ask, loop } = await listener()
    expect(await ask('/healthz?verbose')).toEqual([200, '[+]loop ok\nhealthz check passed'])
    loop.wrong = 'it stands still'
    expect(await ask('/healthz?verbose')).toEqual([
      503,
      '[-]loop failed: it stands still\nhealthz check failed',
    ])
  })

  it('is not asked for anywhere else', async () => {
    const { ask } = await listener()
    expect((await ask('/'))[0]).toBe(404)
    expect((await ask('/healthz/loop'))[0]).toBe(404)
    expect((await ask('//healthz'))[0]).toBe(404)
  })

  it('is not ended by a connection that it could not take, and says so', async () => {
    const { ask, logged, port } = await listener()
    const server = await serverAt(port, ask)
    for (const _ of [1, 2]) server.emit('error', new Error('accept EMFILE'))
    expect(logged.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 50, msg: expect.stringContaining('accept EMFILE') as string },
      { level: 50 },
    ])
    expect(await ask('/healthz')).toEqual([200, 'ok'])
  })

  it('rejects where it cannot listen', async () => {
    const { port } = await listener()
    const health = { live: [], ready: [], metrics: () => Promise.resolve(''), log: silentLog }
    await expect(serveHealth(port, health)).rejects.toThrow('EADDRINUSE')
  })

  it('is not hurt by an address that is none', async () => {
    const { ask } = await listener()
    expect((await ask('//'))[0]).toBe(404)
    expect((await ask('//:80/healthz'))[0]).toBe(404)
    expect(await ask('/healthz')).toEqual([200, 'ok'])
  })
})

describe('readiness', () => {
  it('takes both: that it lives, and that it can be of use', async () => {
    const { ask, loop, caches, logged } = await listener()
    expect(await ask('/readyz')).toEqual([200, 'ok'])
    caches.wrong = 'not full yet: JobSpec'
    expect(await ask('/readyz')).toEqual([503, 'caches: not full yet: JobSpec'])
    loop.wrong = 'it stands still'
    expect(await ask('/readyz')).toEqual([503, 'loop: it stands still\ncaches: not full yet: JobSpec'])
    caches.wrong = undefined
    expect(await ask('/readyz?verbose')).toEqual([
      503,
      '[-]loop failed: it stands still\n[+]caches ok\nreadyz check failed',
    ])
    // What keeps it from being of use is said where it is noticed.
    expect(logged).toEqual([])
  })
})

describe('metrics', () => {
  it('are given whenever somebody asks, ready or not', async () => {
    const { ask } = await listener()
    expect(await ask('/metrics')).toEqual([200, 'lakeward_x 1'])
  })

  it('that cannot be given are an answer, too', async () => {
    const { ask, state } = await listener()
    state.counts = () => Promise.reject(new Error('a bug'))
    expect(await ask('/metrics')).toEqual([500, 'a bug'])
    expect(await ask('/healthz')).toEqual([200, 'ok'])
  })
})
