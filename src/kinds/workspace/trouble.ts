import { DatabricksError } from '../../databricks/errors.ts'
import { CredentialProblem } from '../../reconcile/credential-problem.ts'
import { outcomeOfFailure } from '../../reconcile/failure.ts'
import { stalled, waiting, type Outcome } from '../../reconcile/outcome.ts'
import { withRemedy, type Reason } from '../../reconcile/reasons.ts'

/** How soon to look again for a Secret, a Role or a rotated token, in milliseconds. */
const credentialCheck = 15_000

/** What keeps a token from being asked for at all; the codes are those of `databricks/auth`. */
const reasonOfCode: Readonly<Record<string, Reason>> = {
  OAUTH_UNSUPPORTED: 'OAuthNotSupported',
  TOKEN_ENDPOINT_REFUSED: 'TokenEndpointRefused',
  AUDIENCE_REFUSED: 'TokenAudienceRefused',
  SUBJECT_REFUSED: 'TokenAudienceRefused',
}

/**
 * What a failed check means for a workspace: one reason for each trouble. Undefined for what
 * `outcomeOfFailure` does not know either.
 */
export function outcomeOfTrouble(error: unknown): Outcome | undefined {
  if (error instanceof CredentialProblem) {
    const { reason, message, manifest } = error
    const text = withRemedy(message, reason)
    return waiting(reason, manifest === undefined ? text : `${text}\n\n${manifest}\n`, credentialCheck)
  }
  if (!(error instanceof DatabricksError)) return undefined
  if (error.kind === 'Unauthenticated') {
    const reason = reasonOfCode[error.code] ?? 'CredentialsRejected'
    return stalled(reason, withRemedy(error.message, reason), credentialCheck)
  }
  return outcomeOfFailure(error)
}
