import { describe, expect, it } from 'vitest'
import { Agenda } from '../../src/simulator/agenda.ts'
import { Random } from '../../src/simulator/random.ts'

/** Everything that is due, in the order in which it is given out. */
function taken(agenda: Agenda<number>, now: number): number[] {
  const items: number[] = []
  for (let item = agenda.takeDue(now); item !== undefined; item = agenda.takeDue(now)) items.push(item)
  return items
}

describe('an agenda', () => {
  it('gives out what is due, the earliest first, whatever the order in which it was noted', () => {
    const random = new Random(5)
    for (let round = 0; round < 50; round += 1) {
      const times = Array.from({ length: random.below(40) }, () => random.below(20))
      const agenda = new Agenda<number>()
      for (const at of times) agenda.add(at, at)
      const sorted = times.toSorted((left, right) => left - right)
      expect(taken(agenda, 9)).toEqual(sorted.filter((at) => at <= 9))
      agenda.add(7, 7)
      expect(taken(agenda, 100)).toEqual([7, ...sorted.filter((at) => at > 9)])
    }
  })

  it('has nothing before its time, and nothing when it is cleared', () => {
    const agenda = new Agenda<number>()
    agenda.add(5, 5)
    expect(agenda.takeDue(4)).toBeUndefined()
    agenda.clear()
    expect(agenda.takeDue(9)).toBeUndefined()
  })
})
