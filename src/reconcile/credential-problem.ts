import type { Reason } from './reasons.ts'

/** Why there is no usable credential. Its message names the Secret and never what is in it. */
export class CredentialProblem extends Error {
  override readonly name = 'CredentialProblem'
  readonly reason: Reason

  constructor(reason: Reason, message: string) {
    super(message)
    this.reason = reason
  }
}
