import { array, assert, constantFrom, integer, oneof, option, property, record } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Bucket, longestPause } from '../../src/databricks/budget-bucket.ts'
import type { CallLane } from '../../src/databricks/call.ts'

const second = 1_000
const minute = 60 * second

/** Sends as fast as the bucket lets it, from one moment to another; says when each request went. */
function sendAll(bucket: Bucket, [from, until]: [number, number], lane: CallLane = 'edit'): number[] {
  const sent: number[] = []
  for (let now = from + bucket.wait(from, lane); now < until; now += bucket.wait(now, lane)) {
    bucket.take(now, lane)
    sent.push(now)
  }
  return sent
}

describe('a bucket', () => {
  it('is empty at the start and then lets out its rate', () => {
    const bucket = new Bucket(10, 0)
    expect(bucket.wait(0, 'edit')).toBe(100)
    expect(sendAll(bucket, [0, 10 * second])).toHaveLength(99)
  })

  it('holds half a second’s worth, however long nobody asked', () => {
    const bucket = new Bucket(10, 0)
    expect(bucket.available(3_600 * second)).toBe(5)
    expect(sendAll(bucket, [3_600 * second, 3_601 * second])).toHaveLength(14)
  })

  it('holds one request when the rate is low', () => {
    expect(new Bucket(1, 0).available(minute)).toBe(1)
  })

  it('gives listings half of the rate, also when nobody else asks', () => {
    expect(sendAll(new Bucket(10, 0), [0, 10 * second], 'sweep')).toHaveLength(49)
  })

  it('makes those who come later wait for what was owed', () => {
    const bucket = new Bucket(10, 0)
    bucket.take(0, 'edit')
    expect(bucket.wait(0, 'edit')).toBe(200)
  })

  it('takes on another rate at once', () => {
    const bucket = new Bucket(10, 0)
    bucket.agree(2, second)
    expect(bucket.available(second)).toBe(1)
    bucket.take(second, 'edit')
    expect(bucket.wait(second, 'edit')).toBe(500)
    bucket.agree(100, second)
    expect(bucket.wait(second, 'edit')).toBe(10)
  })
})

describe('a 429', () => {
  it('halves the rate and leaves nothing that could go at once', () => {
    const bucket = new Bucket(10, 0)
    bucket.refused({ sentAt: minute }, minute)
    expect(bucket.rate(minute)).toBe(5)
    expect(bucket.wait(minute, 'edit')).toBe(200)
  })

  it('counts once for all requests that were under way together', () => {
    const bucket = new Bucket(10, 0)
    bucket.refused({ sentAt: 900 }, second)
    for (const sentAt of [800, 990]) bucket.refused({ sentAt }, second + 10)
    expect(bucket.rate(second + 10)).toBeCloseTo(5, 1)
    bucket.refused({ sentAt: second + 100 }, second + 200)
    expect(bucket.rate(second + 200)).toBeCloseTo(2.5, 0)
  })

  it('again and again slows down to a tenth and no further', () => {
    const bucket = new Bucket(10, 0)
    for (let now = 1; now <= 100; now += 1) bucket.refused({ sentAt: now }, now)
    expect(bucket.rate(100)).toBe(1)
  })

  it('is made good evenly, and after a quiet minute it is over', () => {
    const bucket = new Bucket(10, 0)
    bucket.refused({ sentAt: 0 }, 0)
    expect([0, 2, 5, 10, 11].map((seconds) => bucket.rate(seconds * second))).toEqual([5, 6, 7.5, 10, 10])
    expect(bucket.recoveredAt(11 * second)).toBe(minute)
  })

  it('is not over before the rate is back', () => {
    const bucket = new Bucket(1, 0)
    bucket.refused({ sentAt: 0, retryAfter: 55 * second }, 0)
    expect(bucket.recoveredAt(0)).toBe(65 * second)
    expect(bucket.recoveredAt(60 * second)).toBeCloseTo(65 * second)
  })

  it('that says how long stops everything until then, and then there is no burst', () => {
    const bucket = new Bucket(10, 0)
    bucket.refused({ sentAt: minute, retryAfter: 7 * second }, minute)
    expect([bucket.rate(minute), bucket.pause(minute)]).toEqual([0, 7 * second])
    const [first = 0, next = 0] = sendAll(bucket, [minute, minute + 8 * second])
    expect(first - minute).toBe(7_200)
    expect(next - first).toBeGreaterThan(150)
  })

  it('that comes while a pause runs never shortens it', () => {
    const bucket = new Bucket(10, 0)
    bucket.refused({ sentAt: 0, retryAfter: 7 * second }, 0)
    bucket.refused({ sentAt: 0, retryAfter: second }, second)
    expect(bucket.pause(second)).toBe(6 * second)
  })

  it('cannot stop everything for ever', () => {
    const bucket = new Bucket(10, 0)
    bucket.refused({ sentAt: 0, retryAfter: 365 * 24 * 3_600 * second }, 0)
    expect(bucket.pause(0)).toBe(longestPause)
  })

  it('of another rate than agreed by now does not speed up what was slowed down', () => {
    const bucket = new Bucket(10, 0)
    bucket.refused({ sentAt: 0 }, 0)
    bucket.agree(100, 0)
    expect(bucket.rate(0)).toBe(5)
    expect(bucket.rate(30 * second)).toBe(100)
  })
})

describe('two buckets of one workspace', () => {
  it('know afterwards what either had learned, and have nothing saved', () => {
    const slowed = new Bucket(10, 0)
    slowed.refused({ sentAt: second, retryAfter: 4 * second }, second)
    const full = new Bucket(10, 0)
    full.available(second)
    full.learnFrom(slowed, second)
    expect([full.pause(second), full.available(second)]).toEqual([4 * second, 0])
    expect(full.rate(5 * second)).toBe(5)
    expect(full.recoveredAt(5 * second)).toBe(61 * second)
  })
})

const moves = array(
  oneof(
    record({ wait: integer({ min: 0, max: 3_000 }) }),
    record({ take: constantFrom<CallLane>('edit', 'sweep') }),
    record({ retryAfter: option(integer({ min: 0, max: 5_000 }), { nil: undefined }) }),
  ),
  { maxLength: 200 },
)

describe('whatever happens', () => {
  it('no more goes than the rate and half a second of it, listings half of that, nothing in a pause', () => {
    assert(
      property(integer({ min: 1, max: 100 }), moves, (rate, moves) => {
        const bucket = new Bucket(rate, 0)
        let now = 0
        const sent: Record<string, number> = { edit: 0, sweep: 0 }
        for (const move of moves) {
          if ('wait' in move) now += move.wait
          else if ('retryAfter' in move) bucket.refused({ sentAt: now, retryAfter: move.retryAfter }, now)
          else if (bucket.wait(now, move.take) === 0) {
            expect(bucket.pause(now)).toBe(0)
            bucket.take(now, move.take)
            sent[move.take] = (sent[move.take] ?? 0) + 1
          }
          const { edit = 0, sweep = 0 } = sent
          expect(edit + sweep).toBeLessThanOrEqual((rate * now) / second + Math.max(1, rate / 2))
          expect(sweep).toBeLessThanOrEqual((rate * now) / second / 2 + Math.max(1, rate / 4))
          expect(bucket.recoveredAt(now)).toBeLessThan(now + longestPause)
        }
      }),
    )
  })
})
