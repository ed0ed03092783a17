import { describe, expect, it } from 'vitest'
import { jobSpec } from '../../src/kinds/job/schema.ts'
import { parseSpec } from '../../src/kinds/parse-spec.ts'

const manifest = () => ({
  name: 'nightly',
  workspaceRef: { name: 'default' },
  tasks: [{ taskKey: 'load', notebookTask: { notebookPath: '/Shared/load' } }],
})
/** Twice, since what is known from the first time is not checked again. */
const twice = (spec: object) => [parseSpec(jobSpec, spec), parseSpec(jobSpec, spec)]

describe('a stored spec', () => {
  it('that is read as it stands is taken itself: there is one copy of it', () => {
    const stored = manifest()
    const [first, second] = twice(stored)
    expect(first).toEqual({ is: 'Valid', spec: manifest() })
    expect(second?.is === 'Valid' && second.spec).toBe(stored)
  })

  it('that does not fit is refused however often it is looked at', () => {
    const misfit = { is: 'Invalid', path: 'spec.maxConcurrentRuns' }
    expect(twice({ ...manifest(), maxConcurrentRuns: 'many' })).toMatchObject([misfit, misfit])
  })

  it('is known by itself, not by one that is equal', () => {
    const other = { ...manifest(), tasks: [{}] }
    twice(manifest())
    expect(parseSpec(jobSpec, other).is).toBe('Invalid')
  })
})
