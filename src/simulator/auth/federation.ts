import { z } from 'zod'
import { keySourceShape } from './key-sets.ts'
import { invalidClient, invalidRequest, type OAuthError } from './oauth-error.ts'
import { checks, type SubjectTokens, type Verdict } from './subject-token.ts'

/** Whose tokens are exchanged for one of the workspace; the inner part as the account's API writes it. */
export const federationPolicySchema = z
  .strictObject({
    /** Application id of the service principal that the subject becomes; absent is an account-wide policy. */
    servicePrincipal: z.string().min(1).optional(),
    oidc_policy: z.strictObject({
      issuer: z.string().min(1),
      /** The account's id, if none is named. */
      audiences: z.array(z.string().min(1)).min(1).optional(),
      /** Who exactly; in an account-wide policy the claim itself names the user. */
      subject: z.string().min(1).optional(),
      subject_claim: z.string().min(1).default('sub'),
      ...keySourceShape,
    }),
  })
  .refine(
    ({ servicePrincipal, oidc_policy: { subject } }) =>
      (servicePrincipal === undefined) === (subject === undefined),
    'the policy of a service principal has a subject, and an account-wide one has none',
  )

/** The same as given, defaults left out. */
export type FederationPolicy = z.input<typeof federationPolicySchema>

/** Whom a foreign token becomes, and until when it is valid itself. */
export interface Federated {
  readonly identity: string
  readonly expiresAt: number
}

/** The account's federation policies. */
export class Federation {
  readonly #accountId: string
  readonly #tokens: SubjectTokens
  #policies: readonly z.output<typeof federationPolicySchema>[] = []

  constructor(accountId: string, tokens: SubjectTokens) {
    this.#accountId = accountId
    this.#tokens = tokens
  }

  /** Puts these policies in the place of all others. */
  set(policies: readonly FederationPolicy[]): void {
    this.#policies = policies.map((policy) => federationPolicySchema.parse(policy))
  }

  list(): readonly z.output<typeof federationPolicySchema>[] {
    return this.#policies
  }

  /** Whom a subject token becomes: the named service principal, or without one whoever the token names. */
  async exchange(token: string, clientId: string | undefined): Promise<Federated | OAuthError> {
    const policies = this.#policies.filter(({ servicePrincipal }) => servicePrincipal === clientId)
    if (clientId !== undefined && policies.length === 0) return invalidClient()
    const refusals: Extract<Verdict, { kind: 'Refused' }>[] = []
    for (const { oidc_policy } of policies) {
      const { audiences = [this.#accountId], subject, subject_claim, ...keys } = oidc_policy
      const trust = { keys, audiences, subject, subjectClaim: subject_claim }
      const verdict = await this.#tokens.judge(token, trust)
      if (verdict.kind === 'Accepted') {
        return { identity: clientId ?? verdict.subject, expiresAt: verdict.expiresAt }
      }
      refusals.push(verdict)
    }
    return refusal(refusals)
  }
}

/** Of several policies the one that came closest says what is wrong. */
function refusal(refusals: readonly Extract<Verdict, { kind: 'Refused' }>[]): OAuthError {
  const [closest] = refusals.toSorted(
    (left, right) => checks.indexOf(right.check) - checks.indexOf(left.check),
  )
  const { check, reason } = closest ?? { check: 'issuer', reason: 'is not the one of a policy' }
  switch (check) {
    case 'audience':
      return invalidRequest('Subject token audience is not accepted by any federation policy')
    case 'issuer':
    case 'subject':
      return invalidRequest(`Subject token ${check} does not match any federation policy`)
    case 'signature':
    case 'expiry':
      return invalidRequest(`Subject token ${check} ${reason}`)
    default:
      return check satisfies never
  }
}
