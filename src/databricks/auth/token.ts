/** The ways to get a token, as they are named in the user agent. */
export type AuthKind = 'pat' | 'oauth-m2m' | 'oidc' | 'azure-client-secret' | 'azure-workload-identity'

/** Where a client's bearer token comes from. One source serves one workspace. */
export interface TokenSource {
  readonly kind: AuthKind
  /**
   * The current token, from memory when that is fresh. Rejects with a DatabricksError that says `sent: false`
   * when there is none to send, with the signal's reason, and with whatever reading a credential reported.
   */
  token(signal?: AbortSignal): Promise<string>
  /** Databricks refused the current token: do not hand it out again without asking its origin. */
  invalidate(): void
}

/** A token as its origin gave it. */
export interface AccessToken {
  readonly token: string
  /** Milliseconds from when it was asked for; absent: it never expires. */
  readonly lifetime?: number | undefined
}
