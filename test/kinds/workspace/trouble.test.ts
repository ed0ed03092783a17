import { describe, expect, it } from 'vitest'
import { noToken, type NoTokenCode } from '../../../src/databricks/auth/no-token.ts'
import type { DatabricksErrorFacts } from '../../../src/databricks/errors.ts'
import { outcomeOfTrouble } from '../../../src/kinds/workspace/trouble.ts'
import { CredentialProblem } from '../../../src/reconcile/credential-problem.ts'
import { aFailure } from '../../reconcile/fixtures.ts'

const none = (code: NoTokenCode) => noToken({ call: 'token', code, problem: 'no' })
const told = 'the token in Secret data/pat (key token)'
const failed = (facts: Partial<DatabricksErrorFacts>) => aFailure({ answered: false, ...facts })

describe('what keeps a workspace from being connected', () => {
  it.each([
    ['a stored token that is none', none('TOKEN_UNUSABLE'), 'Stalled CredentialsRejected'],
    ['a host without OAuth', none('OAUTH_UNSUPPORTED'), 'Stalled OAuthNotSupported'],
    ['a host that leads elsewhere', none('TOKEN_ENDPOINT_REFUSED'), 'Stalled TokenEndpointRefused'],
    ['a host that wants other tokens', none('AUDIENCE_REFUSED'), 'Stalled TokenAudienceRefused'],
    ['a token for the API server', none('SUBJECT_REFUSED'), 'Stalled TokenAudienceRefused'],
    [
      'a refusal by Databricks',
      failed({ kind: 'Unauthenticated', status: 403, code: '403' }),
      'Stalled CredentialsRejected',
    ],
    [
      'a refusal by a token endpoint',
      failed({ kind: 'Unauthenticated', status: 401, code: 'INVALID_CLIENT', sent: false }),
      'Stalled CredentialsRejected',
    ],
    [
      'a refusal in words of ours',
      failed({ kind: 'Unauthenticated', status: 401, code: 'AUDIENCE_REFUSED', sent: false }),
      'Stalled CredentialsRejected',
    ],
    [
      'a refusal in a word of the language',
      failed({ kind: 'Unauthenticated', status: 0, code: 'constructor', sent: false }),
      'Stalled CredentialsRejected',
    ],
    [
      'an access list on the way to a token',
      failed({ kind: 'Forbidden', status: 403, sent: false }),
      'Stalled Forbidden',
    ],
    [
      'a token endpoint that is down',
      failed({ kind: 'Unavailable', status: 503, sent: false }),
      'Retry Unavailable',
    ],
    [
      'a token endpoint out of reach',
      failed({ kind: 'Unavailable', status: 0, code: 'ECONNREFUSED', sent: false }),
      'Retry Unreachable',
    ],
    [
      'a token endpoint that is asked too often',
      failed({ kind: 'Throttled', status: 429, sent: false }),
      'Retry Throttled',
    ],
    [
      'a token endpoint that answers with a page',
      failed({ kind: 'Unknown', status: 200, sent: false }),
      'Retry UnexpectedAnswer',
    ],
    ['a Secret', new CredentialProblem('SecretMissing', 'it is gone'), 'Waiting SecretMissing'],
  ])('%s has one reason', (_name, error, expected) => {
    const outcome = outcomeOfTrouble(error, told)
    if (outcome === undefined || outcome.is === 'Settled') throw new Error('no trouble')
    expect(`${outcome.is} ${outcome.reason}`).toBe(expected)
    expect(outcome.message).toContain(error.message)
  })

  it('names the credentials that are refused, and only where it is about them', () => {
    const message = (error: Error) => {
      const outcome = outcomeOfTrouble(error, told)
      return outcome === undefined || outcome.is === 'Settled' ? '' : outcome.message
    }
    expect(message(failed({ kind: 'Unauthenticated', status: 401 }))).toMatch(
      /^the token in Secret data\/pat \(key token\) is not accepted: POST .*: no\. Put a valid token/,
    )
    expect(message(none('TOKEN_UNUSABLE'))).toContain(told)
    expect(message(none('OAUTH_UNSUPPORTED'))).not.toContain(told)
    expect(message(new CredentialProblem('SecretMissing', 'it is gone'))).not.toContain(told)
  })

  it('names the right that is missing, and who gives it', () => {
    const error = failed({ kind: 'Forbidden', status: 403, call: 'GET /api/2.0/preview/scim/v2/Me' })
    expect(outcomeOfTrouble(error, told)).toMatchObject({
      message: expect.stringContaining('needs to be assigned to the workspace') as string,
    })
  })

  it('ends with what to apply, where there is such a thing', () => {
    const problem = new CredentialProblem('TokenRequestForbidden', 'it may not', 'kind: Role')
    expect(outcomeOfTrouble(problem, told)).toMatchObject({
      is: 'Waiting',
      message: expect.stringMatching(/^it may not\. Apply the Role[^\n]+\n\nkind: Role\n$/) as string,
    })
  })

  it('is not a bug of ours, nor the API server', () => {
    expect(outcomeOfTrouble(new TypeError('x is undefined'), told)).toBeUndefined()
  })
})
