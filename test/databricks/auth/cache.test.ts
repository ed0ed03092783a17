import { describe, expect, it } from 'vitest'
import { TokenCache } from '../../../src/databricks/auth/cache.ts'
import type { AccessToken } from '../../../src/databricks/auth/token.ts'
import { silentLog } from '../../../src/telemetry/log.ts'
import { ManualClock } from '../../manual-clock.ts'

const minute = 60_000
const pause = 10_000
const lifetime = 60 * minute

/** A cache whose tokens are `t1`, `t2`…, given when the test lets them go. */
function stage() {
  const clock = new ManualClock()
  const stop = new AbortController()
  const asked: {
    give(token?: Partial<AccessToken>): void
    fail(error?: Error): void
    signal: AbortSignal
  }[] = []
  const obtain = (signal: AbortSignal) => {
    const { promise, resolve, reject } = Promise.withResolvers<AccessToken>()
    const token = `t${asked.length + 1}`
    signal.addEventListener('abort', () => reject(signal.reason))
    asked.push({
      signal,
      give: (changes) => resolve({ token, lifetime, ...changes }),
      fail: (error = new Error(`no ${token}`)) => reject(error),
    })
    return promise
  }
  const cache = new TokenCache({ clock, log: silentLog, pause, signal: stop.signal, obtain })
  const last = () => {
    const one = asked.at(-1)
    if (one === undefined) throw new Error('nobody asked')
    return one
  }
  /** Asks, and gives what was asked for. */
  const first = async () => {
    const token = cache.token()
    last().give()
    return token
  }
  return { clock, cache, asked, last, first, stop }
}

describe('a cache of tokens', () => {
  it('asks once for all who wait, and for nobody while the token is fresh', async () => {
    const { cache, asked, last, clock } = stage()
    const waiting = [cache.token(), cache.token(), cache.token()]
    last().give()
    expect(await Promise.all(waiting)).toEqual(['t1', 't1', 't1'])
    await clock.advance(40 * minute - 1)
    expect(await cache.token()).toBe('t1')
    expect(asked.length).toBe(1)
  })

  it('gives out the stale token while one request for the next is under way', async () => {
    const { cache, asked, last, first, clock } = stage()
    await first()
    await clock.advance(40 * minute)
    expect(await Promise.all([cache.token(), cache.token()])).toEqual(['t1', 't1'])
    expect(asked.length).toBe(2)
    last().give()
    await clock.advance(0)
    expect(await cache.token()).toBe('t2')
    expect(asked.length).toBe(2)
  })

  it('waits a minute after a request behind the token that failed, and goes on with the old one', async () => {
    const { cache, asked, last, first, clock } = stage()
    await first()
    await clock.advance(40 * minute)
    await cache.token()
    last().fail()
    await clock.advance(minute - 1)
    expect(await cache.token()).toBe('t1')
    expect(asked.length).toBe(2)
    await clock.advance(1)
    expect(await cache.token()).toBe('t1')
    expect(asked.length).toBe(3)
  })

  it('gives up a request behind the token after a minute', async () => {
    const { cache, last, first, clock } = stage()
    await first()
    await clock.advance(40 * minute)
    await cache.token()
    await clock.advance(minute)
    expect(last().signal.reason).toMatchObject({ kind: 'Unavailable', code: 'TIMEOUT', sent: false })
  })

  it('lets callers wait for the one request when the token is over, also for one begun before', async () => {
    const { cache, asked, last, first, clock } = stage()
    await first()
    await clock.advance(60 * minute - 1)
    expect(await cache.token()).toBe('t1')
    await clock.advance(1)
    const waiting = [cache.token(), cache.token()]
    expect(asked.length).toBe(2)
    last().give()
    expect(await Promise.all(waiting)).toEqual(['t2', 't2'])
  })

  it('tells a failure to all who ask within the pause, then tries again', async () => {
    const { cache, asked, last, clock } = stage()
    const waiting = [cache.token(), cache.token()]
    last().fail()
    for (const one of waiting) await expect(one).rejects.toThrow('no t1')
    await clock.advance(pause - 1)
    await expect(cache.token()).rejects.toThrow('no t1')
    expect(asked.length).toBe(1)
    await clock.advance(1)
    const again = cache.token()
    last().give()
    expect(await again).toBe('t2')
  })

  it('asks anew for a token that was refused, once within the pause', async () => {
    const { cache, asked, last, first, clock } = stage()
    const replaced = async () => {
      cache.refuse()
      const next = cache.token()
      last().give()
      return next
    }
    await first()
    expect(await replaced()).toBe('t2')
    await clock.advance(pause - 1)
    expect(await replaced()).toBe('t2')
    await clock.advance(1)
    expect(await replaced()).toBe('t3')
    expect(asked.length).toBe(3)
  })

  it('forgets a request under way when what tokens are asked for with has changed', async () => {
    const { cache, asked, last, first } = stage()
    const early = cache.token()
    cache.drop()
    expect(await first()).toBe('t2')
    asked[0]?.give()
    expect(await early).toBe('t1')
    expect(await cache.token()).toBe('t2')
    expect(last()).toBe(asked[1])
  })

  it('lets a caller give up without ending the request that others wait for', async () => {
    const { cache, last } = stage()
    const caller = new AbortController()
    const impatient = cache.token(caller.signal)
    const patient = cache.token(new AbortController().signal)
    caller.abort(new Error('enough'))
    await expect(impatient).rejects.toThrow('enough')
    last().give()
    expect(await patient).toBe('t1')
  })

  it('ends its request with the program', async () => {
    const { cache, stop } = stage()
    const waiting = cache.token()
    stop.abort(new Error('the program stops'))
    await expect(waiting).rejects.toThrow('the program stops')
  })
})
