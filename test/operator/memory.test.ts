import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { giveMemoryBack } from '../../src/operator/memory.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { ManualClock } from '../manual-clock.ts'

let clock: ManualClock
let isBusy: boolean
let collections: number
let stop: AbortController
let ended: Promise<void>

beforeEach(() => {
  clock = new ManualClock()
  isBusy = true
  collections = 0
  stop = new AbortController()
  const collect = () => void collections++
  const means = { clock, log: silentLog, isBusy: () => isBusy, collect }
  ended = giveMemoryBack(means, stop.signal)
})

afterEach(() => stop.abort())

describe('memory', () => {
  it('is given back once what there was to do is done, not before', async () => {
    await clock.advance(60_000)
    expect(collections).toBe(0)
    isBusy = false
    await clock.advance(10_000)
    expect(collections).toBe(1)
  })

  it('is given back again after five minutes, in a calm moment', async () => {
    isBusy = false
    await clock.advance(10_000)
    isBusy = true
    await clock.advance(400_000)
    expect(collections).toBe(1)
    isBusy = false
    await clock.advance(10_000)
    expect(collections).toBe(2)
    await clock.advance(299_999)
    expect(collections).toBe(2)
    await clock.advance(1)
    expect(collections).toBe(3)
  })

  it('is nobody’s business any more when the operator stops', async () => {
    await clock.advance(10_000)
    stop.abort()
    await ended
    isBusy = false
    await clock.advance(600_000)
    expect(collections).toBe(0)
  })

  it('is left alone where Node offers no way', async () => {
    const means = { clock, log: silentLog, isBusy: () => false, collect: undefined }
    await expect(giveMemoryBack(means, stop.signal)).resolves.toBeUndefined()
  })
})
