import { Stored } from '../../databricks/auth/stored.ts'
import type { Subject } from '../../databricks/auth/subject.ts'
import type { Clock } from '../../clock.ts'
import type { KubeClient } from '../../kube/client.ts'
import { requestToken, whoWeAre } from '../../kube/token-request.ts'
import { CredentialProblem } from '../../reconcile/credential-problem.ts'
import { tokenFileText } from './stored-credentials.ts'
import { tokenRole } from './token-role.ts'

/** What the operator itself is, and whom it lends that to. */
export interface OwnIdentity {
  /** The namespaces whose workspaces may use it. */
  namespaces: readonly string[]
  /** Files with tokens of the operator's own ServiceAccount, for Databricks and for Entra. */
  oidcTokenFile?: string | undefined
  azureTokenFile?: string | undefined
}

/** Life of a token that is made for one exchange: the shortest that Kubernetes gives, in seconds. */
const expirationSeconds = 600

/** A token of a ServiceAccount that stands beside the workspace, made for each exchange. */
export function serviceAccountSubject(
  client: KubeClient,
  { namespace, name }: { namespace: string; name: string },
): Subject {
  const account = `ServiceAccount ${namespace}/${name}`
  return {
    is: 'Minted',
    mint: async (audience, signal) => {
      const issue = await requestToken(client, { namespace, name, audience, expirationSeconds, signal })
      switch (issue.is) {
        case 'Issued':
          return issue.token
        case 'ServiceAccountMissing':
          throw new CredentialProblem('ServiceAccountMissing', `${account} does not exist`)
        case 'Forbidden':
          throw new CredentialProblem(
            'TokenRequestForbidden',
            `the operator may not make tokens of ${account}`,
            // The Role is worth showing also when it is not known for whom.
            tokenRole({ namespace, name, operator: await whoWeAre(client, signal).catch(() => undefined) }),
          )
        default:
          return issue satisfies never
      }
    },
  }
}

/** The operator's own token, in a file that the kubelet renews. */
export const ownSubject = (
  file: string,
  keeping: { clock: Clock; maxAge: number },
): Subject & { is: 'Stored' } => ({
  is: 'Stored',
  stored: new Stored(() => tokenFileText(file), keeping),
})
