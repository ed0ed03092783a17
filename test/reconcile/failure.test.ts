import { describe, expect, it } from 'vitest'
import type { DatabricksErrorFacts } from '../../src/databricks/errors.ts'
import { CredentialProblem } from '../../src/reconcile/credential-problem.ts'
import { outcomeOfFailure } from '../../src/reconcile/failure.ts'
import { aFailure } from './fixtures.ts'

type Facts = Partial<DatabricksErrorFacts>

const rows: { it: string; facts: Facts; gives: object }[] = [
  {
    it: 'what is gone is looked for again',
    facts: { kind: 'Missing', status: 404 },
    gives: { is: 'Retry', reason: 'Vanished' },
  },
  {
    it: 'a principal that is missing needs a person',
    facts: { kind: 'Missing', status: 404, code: 'PRINCIPAL_DOES_NOT_EXIST' },
    gives: { is: 'Stalled', reason: 'PrincipalMissing' },
  },
  {
    it: 'a principal that is missing needs a person, in whichever words',
    facts: { kind: 'Invalid', code: 'PRINCIPAL_DOES_NOT_EXIST' },
    gives: { is: 'Stalled', reason: 'PrincipalMissing' },
  },
  {
    it: 'a busy object is left alone for a while',
    facts: { kind: 'Conflict', status: 409 },
    gives: { is: 'Waiting', reason: 'RemoteBusy', after: 15_000 },
  },
  {
    it: 'throttling is waited out, as long as the server says',
    facts: { kind: 'Throttled', status: 429, retryAfter: 7_000 },
    gives: { is: 'Retry', reason: 'Throttled', atLeast: 7_000 },
  },
  {
    it: 'a refused credential is the workspace’s matter',
    facts: { kind: 'Unauthenticated', status: 401 },
    gives: { is: 'Waiting', reason: 'WorkspaceNotReady' },
  },
  {
    it: 'a missing right needs a person',
    facts: { kind: 'Forbidden', status: 403 },
    gives: { is: 'Stalled', reason: 'Forbidden' },
  },
  {
    it: 'a missing right on the way to a token is the workspace’s matter',
    facts: { kind: 'Forbidden', status: 403, sent: false },
    gives: { is: 'Waiting', reason: 'WorkspaceNotReady' },
  },
  { it: 'a refused manifest needs a person', facts: {}, gives: { is: 'Stalled', reason: 'Refused' } },
  {
    it: 'silence is the network',
    facts: { kind: 'Unavailable', status: 0, answered: false },
    gives: { is: 'Retry', reason: 'Unreachable' },
  },
  {
    it: 'a 503 is Databricks',
    facts: { kind: 'Unavailable', status: 503, answered: false },
    gives: { is: 'Retry', reason: 'Unavailable' },
  },
  {
    it: 'what nobody understands is tried again',
    facts: { kind: 'Unknown', status: 200, answered: false },
    gives: { is: 'Retry', reason: 'UnexpectedAnswer' },
  },
]

describe('a failed call', () => {
  it.each(rows)('$it', ({ facts, gives }) => {
    const error = aFailure(facts)
    const outcome = outcomeOfFailure(error)
    expect(outcome).toMatchObject(gives)
    // Databricks' own words come first, whatever we add.
    expect(outcome).toHaveProperty('message', expect.stringMatching(/^POST \/api\/2\.2\/jobs\/create: /))
  })

  it('names a time only when the server did', () => {
    expect(outcomeOfFailure(aFailure({ kind: 'Throttled', status: 429 }))).not.toHaveProperty('atLeast')
  })

  it('ends with what to do when a person is needed', () => {
    expect(outcomeOfFailure(aFailure())).toHaveProperty(
      'message',
      'POST /api/2.2/jobs/create: 400 INVALID_PARAMETER_VALUE: no. Correct the field that is named; a corrected manifest is tried at once.',
    )
  })

  it('ends with where to look when nobody answers', () => {
    const silence = aFailure({ kind: 'Unavailable', status: 0, answered: false })
    const says = expect.stringMatching(/\. Check spec\.host of the workspace, and the network/)
    expect(outcomeOfFailure(silence)).toHaveProperty('message', says)
  })

  it('waits for a credential and names the Secret', () => {
    expect(outcomeOfFailure(new CredentialProblem('SecretMissing', 'Secret data/pat is gone'))).toMatchObject(
      {
        is: 'Waiting',
        reason: 'WorkspaceNotReady',
        message: 'Secret data/pat is gone',
      },
    )
  })

  it('passes on what is a bug or a stop of the program', () => {
    for (const error of [new Error('bug'), new TypeError('bug'), 'text', undefined])
      expect(outcomeOfFailure(error)).toBeUndefined()
  })
})
