import { describe, expect, it } from 'vitest'
import { TokenCache } from '../../../src/databricks/auth/cache.ts'
import { tokenSource } from '../../../src/databricks/auth/source.ts'
import { Stored } from '../../../src/databricks/auth/stored.ts'
import { silentLog } from '../../../src/telemetry/log.ts'
import { ManualClock } from '../../manual-clock.ts'

/** A secret that can be replaced or vanish, and a source whose tokens tell which secret they were given for. */
function stage() {
  const clock = new ManualClock()
  const place: { value: string | undefined; reads: number } = { value: 'old', reads: 0 }
  const stored = new Stored(
    () => {
      place.reads += 1
      return place.value === undefined
        ? Promise.reject(new Error('it is gone'))
        : Promise.resolve(place.value)
    },
    { clock, maxAge: 60_000 },
  )
  const asked: string[] = []
  const obtain = async () => {
    const secret = await stored.take()
    asked.push(secret)
    if (secret === 'wrong') throw new Error('refused')
    return { token: `token ${asked.length} for ${secret}`, lifetime: 3_600_000 }
  }
  const cache = new TokenCache({ clock, log: silentLog, pause: 10_000, obtain })
  return { clock, place, stored, asked, source: tokenSource({ kind: 'oauth-m2m', cache, stored }) }
}

describe('a stored secret', () => {
  it('is read again every minute, and nothing is asked for with it while it is the same', async () => {
    const { source, clock, place, asked } = stage()
    for (let seconds = 0; seconds <= 300; seconds += 30) {
      expect(await source.token()).toBe('token 1 for old')
      await clock.advance(30_000)
    }
    expect(place.reads).toBe(6)
    expect(asked).toEqual(['old'])
  })

  it('that was replaced gives the next token within a minute, once for all who ask', async () => {
    const { source, clock, place, asked } = stage()
    await source.token()
    place.value = 'new'
    await clock.advance(60_000)
    const tokens = await Promise.all([source.token(), source.token(), source.token()])
    expect(new Set(tokens)).toEqual(new Set(['token 2 for new']))
    expect(asked).toEqual(['old', 'new'])
  })

  it('that was replaced is used at once when somebody else has looked', async () => {
    const { source, clock, place, stored, asked } = stage()
    await source.token()
    place.value = 'new'
    await clock.advance(30_000)
    await stored.check()
    await clock.advance(20_000)
    const tokens = await Promise.all([source.token(), source.token(), source.token()])
    expect(new Set(tokens)).toEqual(new Set(['token 2 for new']))
    expect(asked).toEqual(['old', 'new'])
  })

  it('that is gone leaves the last one in use, and is looked for once a minute', async () => {
    const { source, clock, place, stored } = stage()
    await source.token()
    place.value = undefined
    for (let minutes = 0; minutes < 90; minutes += 1) {
      await clock.advance(60_000)
      expect(await source.token()).toMatch(/for old$/)
      await source.token()
    }
    expect(place.reads).toBeLessThanOrEqual(1 + 90 + 2)
    await expect(stored.check()).rejects.toThrow('it is gone')
  })

  it('that was never there is a problem, and is read again for the next who asks', async () => {
    const { source, clock, place } = stage()
    place.value = undefined
    await expect(source.token()).rejects.toThrow('it is gone')
    place.value = 'old'
    await clock.advance(10_000)
    expect(await source.token()).toBe('token 1 for old')
  })

  it('that is wrong is tried once within the pause, however many ask, and once it is right at once', async () => {
    const { source, clock, place, stored, asked } = stage()
    place.value = 'wrong'
    for (let calls = 0; calls < 20; calls += 1) {
      await expect(source.token()).rejects.toThrow('refused')
      await clock.advance(400)
    }
    expect(asked).toEqual(['wrong'])
    place.value = 'new'
    await stored.check()
    expect(await source.token()).toBe('token 2 for new')
  })

  it('is read again after a refusal, and leads to one new token if it still has to', async () => {
    const { source, clock, place, asked } = stage()
    await source.token()
    await clock.advance(10_000)
    source.invalidate()
    source.invalidate()
    expect(await Promise.all([source.token(), source.token()])).toEqual([
      'token 2 for old',
      'token 2 for old',
    ])
    expect(asked.length).toBe(2)
    // The token is new, and Databricks refuses it all the same.
    for (let calls = 0; calls < 20; calls += 1) {
      source.invalidate()
      await source.token()
    }
    expect(asked.length).toBe(2)
    place.value = 'new'
    source.invalidate()
    expect(await source.token()).toBe('token 3 for new')
  })
})
