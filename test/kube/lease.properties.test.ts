import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { Election, type Process, type Way } from './election.ts'

/** Most calls take a moment; some take long, and some are lost on one way or the other. */
const aTime = fc.oneof(
  { weight: 8, arbitrary: fc.nat(50) },
  { weight: 1, arbitrary: fc.nat(8_000) },
  { weight: 1, arbitrary: fc.constant(undefined) },
)
const aWay = fc.record({ there: aTime, back: aTime })

const aTrouble = fc.record({
  is: fc.constantFrom('frozen', 'cut off', 'frozen', 'cut off', 'killed', 'stopped'),
  after: fc.nat(9_000),
  lasts: fc.nat(25_000),
  which: fc.nat(2),
})

type Trouble = typeof aTrouble extends fc.Arbitrary<infer T> ? T : never

/** Three processes at any time: in the place of one that is killed or stops another begins. */
async function elect(troubles: readonly Trouble[], ways: readonly Way[]): Promise<Set<string>> {
  let calls = 0
  const cutUntil = new Map<Process, number>()
  const lost: Way = { there: undefined, back: undefined }
  const way = (of: Process) =>
    election.now < (cutUntil.get(of) ?? 0) ? lost : (ways[calls++ % ways.length] ?? lost)
  const election = new Election(way)
  for (let count = 0; count < 3; count += 1) election.start()
  const make = ({ is, lasts, which }: Trouble) => {
    const one = election.processes.at(-1 - which)
    if (one === undefined) return
    if (is === 'cut off') cutUntil.set(one, election.now + lasts)
    else if (is === 'frozen') {
      one.isFrozen = true
      election.after(lasts, () => (one.isFrozen = false))
    } else {
      if (is === 'killed') one.isKilled = true
      else one.stop()
      election.start()
    }
  }
  let at = 0
  for (const trouble of troubles) election.after((at += trouble.after), () => make(trouble))
  const leaders = new Set<string>()
  await election.until(at + 20_000, () => {
    const leading = election.leading()
    expect(leading.length, `${leading.join(' and ')} lead at ${election.now}`).toBeLessThanOrEqual(1)
    for (const name of leading) leaders.add(name)
  })
  return leaders
}

it('one leads at a time, whoever is frozen, killed, stopped or cut off, and whatever is late or lost', async () => {
  let leaders = 0
  const numRuns = 150
  const story = fc.tuple(
    fc.array(aTrouble, { minLength: 6, maxLength: 12, size: 'max' }),
    fc.array(aWay, { minLength: 40, maxLength: 60, size: 'max' }),
  )
  await fc.assert(
    fc.asyncProperty(story, async ([troubles, ways]) => {
      leaders += (await elect(troubles, ways)).size
    }),
    // To make a story shorter that has failed would take minutes.
    { numRuns, endOnFailure: true },
  )
  // Otherwise there was not much of an election.
  expect(leaders).toBeGreaterThan(numRuns)
})
