import { DatabricksError } from '../errors.ts'

/** Why a token cannot even be asked for, as a code that the rest of the program may branch on. */
export type NoTokenCode =
  /** What is stored cannot be a token. */
  | 'TOKEN_UNUSABLE'
  /** The host has no OAuth endpoints. */
  | 'OAUTH_UNSUPPORTED'
  /** The host's own description leads to an address that must not be called. */
  | 'TOKEN_ENDPOINT_REFUSED'
  /** The host asks for Kubernetes tokens that are good for somebody else than Databricks. */
  | 'AUDIENCE_REFUSED'
  /** The Kubernetes token at hand is good for somebody else than Databricks, or is none. */
  | 'SUBJECT_REFUSED'

/** There is no token, and nothing was sent that would have brought one. */
export const noToken = (facts: { call: string; code: NoTokenCode; problem: string }): DatabricksError =>
  new DatabricksError({
    kind: 'Unauthenticated',
    call: facts.call,
    status: 0,
    code: facts.code,
    serverMessage: facts.problem,
    answered: false,
    sent: false,
  })
