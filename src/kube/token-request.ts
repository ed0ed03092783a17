import type { KubeClient } from './client.ts'
import { hasStatus } from './kube-error.ts'
import { resourcePath } from './object.ts'

/** Whose token is wanted, and who is to take it. */
export interface WantedToken {
  namespace: string
  /** Name of the ServiceAccount. */
  name: string
  audience: string
  expirationSeconds: number
  signal?: AbortSignal
}

/** What came of it. No case but `Issued` carries a token. */
export type TokenIssue =
  | { is: 'Issued'; token: string }
  | { is: 'ServiceAccountMissing' }
  | { is: 'Forbidden'; message: string }

/**
 * Has the API server make a token of a ServiceAccount for one audience. The right to that is `create` on
 * `serviceaccounts/token`, and whoever has it for all ServiceAccounts is all of them: a Role should name one.
 * https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/
 */
export async function requestToken(client: KubeClient, wanted: WantedToken): Promise<TokenIssue> {
  const { namespace, name, audience, expirationSeconds, signal } = wanted
  const path = `${resourcePath(serviceAccounts, namespace, name)}/token`
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences: [audience], expirationSeconds },
  }
  try {
    const { status } = await client.create<{ status: { token: string } }>(path, body, signal)
    return { is: 'Issued', token: status.token }
  } catch (error) {
    if (hasStatus(error, 404)) return { is: 'ServiceAccountMissing' }
    if (hasStatus(error, 403)) return { is: 'Forbidden', message: error.message }
    throw error
  }
}

/**
 * Who the API server takes us for, such as `system:serviceaccount:lakeward:operator`; everybody may ask that.
 * https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/self-subject-review-v1/
 */
export async function whoWeAre(client: KubeClient, signal?: AbortSignal): Promise<string> {
  const group = 'authentication.k8s.io/v1'
  const body = { apiVersion: group, kind: 'SelfSubjectReview' }
  const { status } = await client.create<{ status: { userInfo: { username: string } } }>(
    `/apis/${group}/selfsubjectreviews`,
    body,
    signal,
  )
  return status.userInfo.username
}

const serviceAccounts = { group: '', version: 'v1', plural: 'serviceaccounts', kind: 'ServiceAccount' }
