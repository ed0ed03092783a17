import { DatabricksError } from '../databricks/errors.ts'
import type { Connection } from '../kinds/workspace/directory.ts'
import { CredentialProblem } from './credential-problem.ts'
import type { Facts } from './gates.ts'
import { sentences } from './with-remedy.ts'

/** Something that concerns every object of the workspace, which its own loop should know first. */
export function isWorkspaceTrouble(error: unknown): error is Error {
  if (error instanceof CredentialProblem) return true
  if (!(error instanceof DatabricksError)) return false
  const { kind, status, sent } = error
  return !sent || kind === 'Unauthenticated' || (kind === 'Unavailable' && status === 0)
}

/** Why nothing can be done in a workspace, in its own words. */
export const sentenceOfNotReady = (
  workspaceKey: string,
  { reason, message }: Extract<Connection, { is: 'NotReady' }>,
): string => `DatabricksWorkspace ${workspaceKey} is not connected (${reason}): ${message}`

/** What the workspace says of its trouble; before that has been looked at, where it will. */
export function sentenceOfTrouble(
  { message }: Error,
  { connection, workspaceKey }: Pick<Facts, 'connection' | 'workspaceKey'>,
): string {
  if (connection.is === 'NotReady') return sentenceOfNotReady(workspaceKey, connection)
  const [namespace = '', name = ''] = workspaceKey.split('/')
  return sentences(
    `DatabricksWorkspace ${workspaceKey}: ${message}`,
    `What to mend is said by kubectl describe databricksworkspace ${name} -n ${namespace}`,
  )
}
