import { describe, expect, it, onTestFinished } from 'vitest'
import { serveHealth } from '../../src/operator/health.ts'
import { ManualClock } from '../manual-clock.ts'

/** A listener of which the test says whether it is ready and when the API server was last heard. */
async function listener() {
  const clock = new ManualClock()
  const state = { ready: false, heard: 0, counts: (): Promise<string> => Promise.resolve('lakeward_x 1\n') }
  const health = await serveHealth(0, {
    isReady: () => state.ready,
    lastHeard: () => state.heard,
    metrics: () => state.counts(),
    clock,
  })
  onTestFinished(() => health.close())
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${health.port}${path}`)
    return [response.status, (await response.text()).trim()]
  }
  return { clock, state, ask }
}

describe('health', () => {
  it('is good as soon as the program runs, whatever it is ready for', async () => {
    const { ask } = await listener()
    expect(await ask('/healthz')).toEqual([200, 'ok'])
  })

  it('is not good for what is not asked here', async () => {
    const { ask } = await listener()
    expect((await ask('/'))[0]).toBe(404)
    expect((await ask('/healthz?verbose'))[0]).toBe(200)
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

describe('readiness', () => {
  it('begins when the caches are full', async () => {
    const { ask, state } = await listener()
    expect(await ask('/readyz')).toEqual([503, 'the caches are not full yet'])
    state.ready = true
    expect(await ask('/readyz')).toEqual([200, 'ok'])
  })

  it('ends with the API server’s silence, while health stays good, and returns with its voice', async () => {
    const { ask, clock, state } = await listener()
    state.ready = true
    await clock.advance(180_000)
    expect(await ask('/readyz')).toEqual([200, 'ok'])
    await clock.advance(1)
    expect(await ask('/readyz')).toEqual([503, 'nothing heard from the API server'])
    expect(await ask('/healthz')).toEqual([200, 'ok'])
    state.heard = clock.monotonic()
    expect(await ask('/readyz')).toEqual([200, 'ok'])
  })
})
