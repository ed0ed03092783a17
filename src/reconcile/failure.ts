import { DatabricksError } from '../databricks/errors.ts'
import { missingRight } from '../databricks/rights.ts'
import { CredentialProblem } from './credential-problem.ts'
import { AccessProblem } from './guarded.ts'
import { stalled, waiting, type Outcome } from './outcome.ts'
import { RecordRefused } from './recording.ts'
import type { Reason } from './reasons.ts'
import { sentences, withRemedy } from './with-remedy.ts'

/** How long to leave a busy remote object alone, in milliseconds. */
const busyCheck = 15_000

/** What makes room in a record of what was added. */
const roomForRecord =
  'What was added has to be recorded first, and there is no room for it: take away what is to go, and give the rest once that is gone; or split the manifest.'

/**
 * What a failed call means for the object: each kind of error has one reason and one way on.
 * Undefined for a bug, a conflict or a stop of the program. `me` is whom our calls run as, where that is known.
 */
export function outcomeOfFailure(error: unknown, me?: string): Outcome | undefined {
  if (error instanceof CredentialProblem) return waiting('WorkspaceNotReady', error.message)
  if (error instanceof AccessProblem) return personNeeded(error.reason, error.message)
  if (error instanceof RecordRefused)
    return stalled('NoRoomForStatus', sentences(error.message, roomForRecord))
  if (!(error instanceof DatabricksError)) return undefined
  const { kind, message } = error
  const retry = (reason: Reason): Outcome => ({
    is: 'Retry',
    reason,
    // Whoever sees that nobody answers can look at the host and the network; the rest is Databricks' to mend.
    message: reason === 'Unreachable' ? withRemedy(message, reason) : message,
    ...(error.retryAfter === undefined ? {} : { atLeast: error.retryAfter }),
  })
  switch (kind) {
    case 'Missing':
      return error.code === 'PRINCIPAL_DOES_NOT_EXIST'
        ? personNeeded('PrincipalMissing', message)
        : retry('Vanished')
    case 'Conflict':
      return waiting('RemoteBusy', message, busyCheck)
    case 'Throttled':
      return retry('Throttled')
    case 'Unauthenticated':
      return waiting('WorkspaceNotReady', message)
    case 'Forbidden':
      // On the way to a token it is about the workspace, not about what was to be done.
      return error.sent ? forbidden(error, me) : waiting('WorkspaceNotReady', message)
    case 'Invalid':
      return personNeeded(error.code === 'PRINCIPAL_DOES_NOT_EXIST' ? 'PrincipalMissing' : 'Refused', message)
    case 'Unavailable':
      return retry(error.status === 0 ? 'Unreachable' : 'Unavailable')
    case 'Unknown':
      return retry('UnexpectedAnswer')
    default:
      return kind satisfies never
  }
}

/** What is missing and who can give it; for a call that nobody has thought of, only that something is. */
function forbidden(error: DatabricksError, me: string | undefined): Outcome {
  const right = missingRight(error, me)
  return right === undefined
    ? personNeeded('Forbidden', error.message)
    : stalled('Forbidden', sentences(error.message, right))
}

/** Databricks' words first, then what to do. */
const personNeeded = (reason: Reason, message: string): Outcome =>
  stalled(reason, withRemedy(message, reason))
