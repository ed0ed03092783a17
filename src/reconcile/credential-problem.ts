import type { Reason } from './reasons.ts'

/** Why there is no usable credential. Its message names the Secret and never what is in it. */
export class CredentialProblem extends Error {
  override readonly name = 'CredentialProblem'
  readonly reason: Reason
  /** What to apply so that there is one: told where the credential is configured, and only there. */
  readonly manifest: string | undefined

  constructor(reason: Reason, message: string, manifest?: string) {
    super(message)
    this.reason = reason
    this.manifest = manifest
  }
}
