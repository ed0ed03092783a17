import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WorkQueue } from '../../src/kube/queue.ts'
import { keptForEdits, mostOfGroup } from '../../src/kube/ready.ts'
import { lanes, type Lane } from '../../src/lane.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { ManualClock } from '../manual-clock.ts'

/*
 * A key is `group/kind/number`. What is expected of the queue is said by a model that keeps no order: who is due, who
 * is in work, and who may be. The queue may choose whom it likes among those who may go, but somebody it must.
 */

const groupOf = (key: string) => key.split('/')[0] ?? ''
const kindOf = (key: string) => key.split('/')[1] ?? ''
const kindsOfGroup = 2
const groups = 3

interface Asked {
  lane: Lane
  at: number
}

type End = 'well' | 'retry' | 'thrown'

/** The chance that waits are made with, and how long they are then. */
const chance = 0.5
const waitAfter = (failures: number) => 0.75 * Math.min(300_000, 1_000 * 2 ** (failures - 1))

class Story {
  readonly clock = new ManualClock()
  readonly queue = new WorkQueue({ clock: this.clock, random: () => chance, log: silentLog, groupOf, kindOf })
  /** Who waits, due or not. */
  readonly asked = new Map<string, Asked>()
  /** Who is in work, in which lane, with what was asked of them meanwhile; the first began first. */
  readonly running = new Map<string, { lane: Lane; again?: Asked; end: PromiseWithResolvers<void> }>()
  readonly failures = new Map<string, number>()
  readonly order: string[] = []
  readonly concurrency: number
  readonly ended: Promise<void>

  constructor(concurrency: number) {
    this.concurrency = concurrency
    this.ended = this.queue.run((key, { lane }) => this.#begin(key, lane), { concurrency })
  }

  #begin(key: string, lane: Lane): Promise<void> {
    const asked = this.asked.get(key)
    expect(this.running.has(key), `${key} is in work twice`).toBe(false)
    expect(asked?.lane, `the lane of ${key}`).toBe(lane)
    expect(asked?.at, `${key} came too early`).toBeLessThanOrEqual(this.clock.monotonic())
    this.asked.delete(key)
    this.order.push(key)
    const end = Promise.withResolvers<void>()
    this.running.set(key, { lane, end })
    return end.promise
  }

  add(key: string, { lane, delay }: { lane: Lane; delay: number }): void {
    const at = this.clock.monotonic() + delay
    this.queue.add(key, { lane, at })
    this.#ask(key, { lane, at: Math.max(at, this.clock.monotonic()) })
  }

  #ask(key: string, { lane, at }: Asked): void {
    const inWork = this.running.get(key)
    const known = inWork === undefined ? this.asked.get(key) : inWork.again
    const merged =
      known === undefined
        ? { lane, at }
        : {
            lane: lanes[Math.min(...[lane, known.lane].map((one) => lanes.indexOf(one)))] ?? lane,
            at: Math.min(at, known.at),
          }
    if (inWork === undefined) this.asked.set(key, merged)
    else inWork.again = merged
  }

  async finish(key: string, how: End): Promise<void> {
    const work = this.running.get(key)
    if (work === undefined) return
    if (how === 'well') this.failures.delete(key)
    else {
      const failures = (this.failures.get(key) ?? 0) + 1
      this.failures.set(key, failures)
      this.#ask(key, { lane: 'retry', at: this.clock.monotonic() + waitAfter(failures) })
    }
    if (how === 'retry') this.queue.retry(key)
    this.running.delete(key)
    if (work.again !== undefined) this.asked.set(key, work.again)
    if (how === 'thrown') work.end.reject(new Error('a bug'))
    else work.end.resolve()
    await this.clock.advance(0)
  }

  /** What must be so whenever the queue has come to rest. */
  check(): void {
    const inWork = [...this.running]
    for (const group of new Set(inWork.map(([key]) => groupOf(key)))) {
      const its = inWork.filter(([key]) => groupOf(key) === group)
      const others = its.filter(([, { lane }]) => lane !== 'edit')
      expect(its.length).toBeLessThanOrEqual(mostOfGroup + kindsOfGroup - 1)
      expect(others.length).toBeLessThanOrEqual(mostOfGroup - keptForEdits + kindsOfGroup - 1)
    }
    expect(inWork.length).toBeLessThanOrEqual(this.concurrency + groups * kindsOfGroup)
    for (const [key, { lane, at }] of this.asked)
      if (at <= this.clock.monotonic())
        expect(this.#mayGo(key, lane), `${key} could go and does not`).toBe(false)
  }

  #mayGo(key: string, lane: Lane): boolean {
    const its = [...this.running].filter(([one]) => groupOf(one) === groupOf(key))
    if (!its.some(([one]) => kindOf(one) === kindOf(key))) return true
    const others = its.filter(([, work]) => work.lane !== 'edit').length
    const isRoom = its.length < mostOfGroup && (lane === 'edit' || others < mostOfGroup - keptForEdits)
    return isRoom && this.running.size < this.concurrency
  }

  /** Lets everything that was ever asked for come to its end. */
  async drain(): Promise<void> {
    while (this.asked.size > 0 || this.running.size > 0) {
      for (const key of this.running.keys()) await this.finish(key, 'well')
      const earliest = Math.min(...[...this.asked.values()].map(({ at }) => at))
      const wait = earliest - this.clock.monotonic()
      if (this.asked.size > 0 && this.running.size === 0) {
        expect(wait, 'somebody is due and nobody is in work').toBeGreaterThan(0)
        await this.clock.advance(wait)
      }
    }
  }
}

const aKey = (numbers: number) =>
  fc
    .tuple(fc.nat(groups - 1), fc.nat(kindsOfGroup - 1), fc.nat(numbers - 1))
    .map(([group, kind, number]) => `g${group}/k${kind}/${number}`)
const aLane = fc.constantFrom(...lanes)

type Step =
  | { is: 'add'; key: string; lane: Lane; delay: number }
  | { is: 'finish'; which: number; how: End }
  | { is: 'wait'; milliseconds: number }

const aStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      is: fc.constant('add' as const),
      key: aKey(12),
      lane: aLane,
      delay: fc.constantFrom(0, 0, 0, -5_000, 1, 700, 60_000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      is: fc.constant('finish' as const),
      which: fc.nat(50),
      how: fc.constantFrom<End>('well', 'well', 'retry', 'thrown'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      is: fc.constant('wait' as const),
      milliseconds: fc.constantFrom(1, 699, 750, 3_000, 100_000),
    }),
  },
)

async function take(story: Story, step: Step): Promise<void> {
  switch (step.is) {
    case 'add':
      story.add(step.key, step)
      return story.clock.advance(0)
    case 'finish': {
      const keys = [...story.running.keys()]
      return story.finish(keys[step.which % Math.max(1, keys.length)] ?? '', step.how)
    }
    case 'wait':
      return story.clock.advance(step.milliseconds)
    default:
      return step satisfies never
  }
}

describe('whatever is added, fails, throws and ends in whatever order', () => {
  it('nobody is in work twice or too early, nobody who may go is kept waiting, and nobody is lost', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        fc.array(aStep, { minLength: 20, maxLength: 150 }),
        async (concurrency, steps) => {
          const story = new Story(concurrency)
          for (const step of steps) {
            await take(story, step)
            story.check()
          }
          await story.drain()
        },
      ),
      { numRuns: 150 },
    ))

  it('a shutdown hands out nothing more, and is over with the last that was in work', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 10 }),
        fc.array(aStep, { minLength: 5, maxLength: 40 }),
        async (concurrency, steps) => {
          const story = new Story(concurrency)
          for (const step of steps) await take(story, step)
          const over = story.queue.shutdown({ grace: 10_000 })
          const handedOut = story.order.length
          for (const step of steps.filter(({ is }) => is === 'add')) await take(story, step)
          story.asked.clear()
          for (const key of story.running.keys()) await story.finish(key, 'well')
          expect(await over).toEqual([])
          await story.ended
          expect(story.order).toHaveLength(handedOut)
          expect(story.clock.sleeps()).toEqual([])
        },
      ),
      { numRuns: 50 },
    ))
})

/** Who waits in a low lane while others are added without an end in higher ones, and how. */
const aStream = fc.record({
  concurrency: fc.integer({ min: 1, max: 12 }),
  low: fc.uniqueArray(fc.tuple(aKey(6), fc.constantFrom<Lane>('retry', 'dependency', 'background')), {
    minLength: 1,
    maxLength: 10,
    selector: ([key]) => key,
  }),
  high: fc.array(fc.tuple(aKey(40), fc.constantFrom<Lane>('edit', 'edit', 'retry')), {
    minLength: 10,
    maxLength: 60,
  }),
})

describe('nobody waits for ever', () => {
  it('although others in higher lanes never cease to come, and take every place they can get', () =>
    fc.assert(
      fc.asyncProperty(aStream, async ({ concurrency, low, high }) => {
        const story = new Story(concurrency)
        const most = concurrency + groups * kindsOfGroup
        const keysOfHigh = high.map(([key, lane]) => [`${key}-high`, lane] as const)
        const addHigh = () => {
          for (const [key, lane] of keysOfHigh) if (!story.asked.has(key)) story.add(key, { lane, delay: 0 })
        }
        addHigh()
        await story.clock.advance(0)
        for (const [key, lane] of low) story.add(key, { lane, delay: 0 })
        const waiting = () => low.map(([key]) => key).filter((key) => !story.order.includes(key))
        // A kind gets a turn before all of its that are in work have ended, and one in eight is for the oldest.
        const bound = 8 * (low.length + high.length + 1) * most
        for (let ends = 0; waiting().length > 0; ends++) {
          expect(ends, `${waiting().join()} wait`).toBeLessThan(bound)
          const [first = ''] = story.running.keys()
          await story.clock.advance(1)
          await story.finish(first, 'well')
          addHigh()
        }
      }),
      { numRuns: 60 },
    ))
})
