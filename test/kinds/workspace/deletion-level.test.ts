import { describe, expect, it } from 'vitest'
import {
  allowed,
  isAllowed,
  settled,
  type Leaving,
  type Level,
} from '../../../src/kinds/workspace/deletion-level.ts'
import type { Deletions } from '../../../src/kinds/workspace/deletions.ts'

const now = Date.parse('2026-01-01T12:00:00Z')
const at = (minute: number): string => `2026-01-01T11:${String(minute).padStart(2, '0')}:00Z`

const leaving = (uid: string, minute = 59): Leaving => ({
  uid,
  name: `JobSpec data/${uid}`,
  since: at(minute),
})

const level = (changes: Partial<Level> = {}): Level => ({
  workspace: { uid: 'w', name: 'default', namespace: 'data' },
  guard: 2,
  leaving: [],
  deletions: {},
  approval: undefined,
  now,
  ...changes,
})

const three = [leaving('a'), leaving('b'), leaving('c')]
const went = (uid: string, minute: number) => ({ uid, at: at(minute) })

describe('what is deleted', () => {
  it('goes on up to the guard', () => {
    expect(settled(level({ leaving: three.slice(1) }))).toEqual({})
  })

  it('waits beyond it, all of it', () => {
    const { held } = settled(level({ leaving: three }))
    expect(held).toEqual({
      hash: expect.stringMatching(/^[0-9a-f]{10}$/),
      upTo: at(59),
      reason:
        '3 manifests wait to be deleted in Databricks, where 2 may without approval (spec.deletionGuard): ' +
        'JobSpec data/a, JobSpec data/b, JobSpec data/c. They go on after: ' +
        `kubectl annotate databricksworkspace default -n data --overwrite lakeward.dev/approve-deletions=${held?.hash}`,
    })
  })

  it('always waits with a guard of 0', () => {
    expect(settled(level({ guard: 0, leaving: [leaving('a')] })).held).toBeDefined()
    expect(settled(level({ guard: 0 }))).toEqual({})
  })

  it('counts with what went within an hour, and no longer', () => {
    const deletions = { recent: [went('x', 1), went('y', 30)] }
    expect(settled(level({ leaving: [leaving('a')], deletions })).held?.reason).toMatch(
      /^1 manifest waits to be deleted in Databricks and 2 went within an hour, where 2 may/,
    )
    // A minute later one of them does not count any more.
    expect(settled(level({ leaving: [leaving('a')], deletions, now: now + 60_000 }))).toEqual(deletions)
  })

  it('counts once, also when it was let go and is still on its way', () => {
    const deletions = { recent: [went('a', 58), went('b', 58)] }
    expect(settled(level({ leaving: three.slice(0, 2), deletions }))).toEqual(deletions)
  })

  it('is named, but not by the hundred', () => {
    const many = Array.from({ length: 300 }, (_, index) => leaving(`job-${String(index).padStart(3, '0')}`))
    expect(settled(level({ leaving: many })).held?.reason).toContain(
      ': JobSpec data/job-000, JobSpec data/job-001, JobSpec data/job-002, JobSpec data/job-003, JobSpec data/job-004 and 295 more.',
    )
  })

  it('waits no more when the guard is raised, or others are taken back', () => {
    const deletions = settled(level({ leaving: three }))
    expect(settled(level({ leaving: three, deletions, guard: 3 }))).toEqual({})
    expect(settled(level({ leaving: three.slice(1), deletions }))).toEqual({})
  })
})

describe('an approval', () => {
  const shown = settled(level({ leaving: three, deletions: { recent: [went('x', 30)] } }))
  const approved = (changes: Partial<Level>): Deletions =>
    settled(level({ leaving: three, deletions: shown, approval: shown.held?.hash ?? '', ...changes }))

  it('lets go what the status showed, and starts the count anew', () => {
    const deletions = approved({})
    expect(deletions).toEqual({ approvedUpTo: at(59) })
    expect(three.every((one) => isAllowed(deletions, one))).toBe(true)
  })

  it('counts although the annotation is gone by the next look', () => {
    const deletions = approved({})
    expect(settled(level({ leaving: three, deletions }))).toEqual(deletions)
  })

  it('does not count for what is deleted later, which waits with a hash of its own', () => {
    const later = ['d', 'e', 'f'].map((uid) => ({ ...leaving(uid), since: '2026-01-01T12:00:00Z' }))
    const deletions = approved({ leaving: [...three, ...later] })
    expect(later.some((one) => isAllowed(deletions, one))).toBe(false)
    expect(deletions.held).toMatchObject({ upTo: '2026-01-01T12:00:00Z' })
    expect(deletions.held?.hash).not.toBe(shown.held?.hash)
    // The old annotation stands there still.
    const again = settled(level({ leaving: later, deletions, approval: shown.held?.hash ?? '' }))
    expect(again).toEqual(deletions)
    expect(again.held?.reason).toContain(
      `. The approval that it carries, "${shown.held?.hash}", is for other deletions`,
    )
  })

  it('of another hash is none, and said to be so', () => {
    const deletions = approved({ approval: '0123456789' })
    expect(deletions).toMatchObject({ ...shown, held: { hash: shown.held?.hash } })
    expect(deletions.held?.reason).toBe(
      `${shown.held?.reason}. The approval that it carries, "0123456789", is for other deletions`,
    )
  })

  it('of what nothing waits for is none', () => {
    expect(settled(level({ approval: shown.held?.hash ?? '' }))).toEqual({})
  })
})

const hashOf = (...all: Leaving[]) => settled(level({ leaving: all })).held?.hash

describe('a hash', () => {
  it('is the same whatever the order, and another one for another set', () => {
    expect(hashOf(...three.toReversed())).toBe(hashOf(...three))
    expect(hashOf(...three, leaving('d'))).not.toBe(hashOf(...three))
  })
})

describe('what went without approval', () => {
  it('is kept for as long as it counts', () => {
    const deletions = { recent: [went('x', 0), went('y', 30)] }
    expect(allowed(level(), deletions, 'a')).toEqual({
      recent: [went('y', 30), { uid: 'a', at: '2026-01-01T12:00:00Z' }],
    })
  })

  it('is not held later because it could not go yet', () => {
    const deletions = { recent: [went('a', 0), went('b', 0)] }
    const late = level({ leaving: three.slice(0, 2), deletions, guard: 1, now: now + 3_600_000 })
    expect(settled(late)).toEqual(deletions)
    const next = allowed({ ...late, leaving: three }, deletions, 'c')
    expect(next.recent).toHaveLength(3)
  })

  it('never outgrows its place', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => went(`job-${index}`, 30))
    expect(allowed(level(), { recent: many }, 'a').recent).toHaveLength(1_000)
  })
})
