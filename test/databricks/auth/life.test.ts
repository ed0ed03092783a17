import { describe, expect, it } from 'vitest'
import { held, useOf } from '../../../src/databricks/auth/life.ts'

const minute = 60_000

describe('the life of a token', () => {
  it.each<[name: string, lifetime: number, staleAt: number, expiresAt: number]>([
    ['of an hour', 60 * minute, 40 * minute, 60 * minute],
    ['of ten minutes', 10 * minute, 5 * minute, 10 * minute],
    ['of forty minutes', 40 * minute, 20 * minute, 40 * minute],
    ['of a day', 1440 * minute, 1420 * minute, 1440 * minute],
    ['of a second, which would be asked for with every call', 1_000, 5_000, 10_000],
    ['that is over when it comes', -5 * minute, 5_000, 10_000],
  ])('%s', (...[, lifetime, staleAt, expiresAt]) => {
    const token = held({ token: 't', lifetime }, 1_000_000)
    expect([token.staleAt - 1_000_000, token.expiresAt - 1_000_000]).toEqual([staleAt, expiresAt])
    const at = (instant: number) => useOf(token, 1_000_000 + instant)
    expect([at(0), at(staleAt - 1), at(staleAt), at(expiresAt - 1), at(expiresAt)]).toEqual([
      'Fresh',
      'Fresh',
      'Stale',
      'Stale',
      'Expired',
    ])
  })

  it('that nobody names has no end', () => {
    expect(useOf(held({ token: 't' }, 0), Number.MAX_SAFE_INTEGER)).toBe('Fresh')
  })
})
