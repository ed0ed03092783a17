import type { NoTokenCode } from '../../databricks/auth/no-token.ts'
import { DatabricksError } from '../../databricks/errors.ts'
import { missingRight } from '../../databricks/rights.ts'
import { CredentialProblem } from '../../reconcile/credential-problem.ts'
import { outcomeOfFailure } from '../../reconcile/failure.ts'
import { stalled, waiting, type Outcome } from '../../reconcile/outcome.ts'
import type { Reason } from '../../reconcile/reasons.ts'
import { sentences, withRemedy } from '../../reconcile/with-remedy.ts'

/** How soon to look again for a Secret, a Role or a rotated token, in milliseconds. */
const credentialCheck = 15_000

/** What keeps a token from being asked for at all. */
const reasonOfCode: Readonly<Record<NoTokenCode, Reason>> = {
  TOKEN_UNUSABLE: 'CredentialsRejected',
  OAUTH_UNSUPPORTED: 'OAuthNotSupported',
  TOKEN_ENDPOINT_REFUSED: 'TokenEndpointRefused',
  AUDIENCE_REFUSED: 'TokenAudienceRefused',
  SUBJECT_REFUSED: 'TokenAudienceRefused',
}

/** A server that answers may send the same words as codes; they are ours only when nobody did. */
const isOurs = (error: DatabricksError): error is DatabricksError & { code: NoTokenCode } =>
  error.status === 0 && !error.sent && Object.hasOwn(reasonOfCode, error.code)

/**
 * What a failed check means for a workspace: one reason for each trouble. Undefined for what
 * `outcomeOfFailure` does not know either. `credentials` says which they are, for who has to mend them.
 */
export function outcomeOfTrouble(error: unknown, credentials: string): Outcome | undefined {
  if (error instanceof CredentialProblem) {
    const { reason, message, manifest } = error
    const text = withRemedy(message, reason)
    return waiting(reason, manifest === undefined ? text : `${text}\n\n${manifest}\n`, credentialCheck)
  }
  if (!(error instanceof DatabricksError)) return undefined
  const { kind, message } = error
  if (kind === 'Forbidden') return forbidden(error)
  if (kind !== 'Unauthenticated') return outcomeOfFailure(error)
  const reason = isOurs(error) ? reasonOfCode[error.code] : 'CredentialsRejected'
  const what = reason === 'CredentialsRejected' ? `${credentials} is not accepted: ${message}` : message
  return personNeeded(reason, withRemedy(what, reason))
}

/** With the right that is missing, where that is known. */
function forbidden(error: DatabricksError): Outcome {
  const right = missingRight(error, undefined)
  const { message } = error
  return personNeeded(
    'Forbidden',
    right === undefined ? withRemedy(message, 'Forbidden') : sentences(message, right),
  )
}

/** Looked at soon again: most remedies are made elsewhere and send no event. */
const personNeeded = (reason: Reason, message: string): Outcome => stalled(reason, message, credentialCheck)
