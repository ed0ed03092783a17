import { describe, expect, it } from 'vitest'
import { DatabricksError, type ErrorKind } from '../../src/databricks/errors.ts'
import { longestWait, mostTries, waitBeforeRetry } from '../../src/databricks/retry.ts'

const failed = (kind: ErrorKind, retryAfter?: number) =>
  new DatabricksError({
    kind,
    retryAfter,
    call: 'GET /x',
    status: 400,
    code: 'X',
    serverMessage: '',
    answered: true,
  })
const random = () => 0
const readWait = (
  kind: ErrorKind,
  { retryAfter, tries = 1, chance = 0 }: { retryAfter?: number; tries?: number; chance?: number },
) => waitBeforeRetry({ error: failed(kind, retryAfter), effect: 'read', tries, random: () => chance })

describe('the retry rule', () => {
  const kinds: [ErrorKind, boolean][] = [
    ['Missing', false],
    ['Conflict', false],
    ['Throttled', true],
    ['Unauthenticated', false],
    ['Forbidden', false],
    ['Invalid', false],
    ['Unavailable', true],
    ['Unknown', false],
  ]
  it.each(kinds)('of %s: worth another try: %s', (kind, again) => {
    for (const effect of ['read', 'idempotent'] as const) {
      expect(waitBeforeRetry({ error: failed(kind), effect, tries: 1, random }) !== undefined).toBe(again)
    }
    expect(waitBeforeRetry({ error: failed(kind), effect: 'create', tries: 1, random })).toBeUndefined()
  })

  it('ends after the last try', () => {
    const error = failed('Unavailable')
    expect(waitBeforeRetry({ error, effect: 'read', tries: mostTries - 1, random })).toBeDefined()
    expect(waitBeforeRetry({ error, effect: 'read', tries: mostTries, random })).toBeUndefined()
  })

  it('spreads its waits by chance', () => {
    const waits = [0, 0.5, 0.999].map((chance) => readWait('Unavailable', { chance }))
    expect(waits).toEqual([500, 750, 999.5])
  })

  it('never waits less than the server asked', () => {
    const waits = [0, 0.5].map((chance) => readWait('Throttled', { retryAfter: 9_000, tries: 2, chance }))
    expect(waits).toEqual([9_000, 9_500])
  })

  it('leaves a wait that is too long to the caller', () => {
    expect(readWait('Throttled', { retryAfter: longestWait })).toBe(longestWait)
    expect(readWait('Throttled', { retryAfter: longestWait + 1 })).toBeUndefined()
  })
})
