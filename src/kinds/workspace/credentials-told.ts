import type { DatabricksWorkspaceSpec } from './schema.ts'

/** Credentials, for the person who has to mend them: where they lie and whose they are, never what they are. */
export function credentialsTold(
  namespace: string,
  {
    personalAccessToken,
    oauthM2M,
    azureClientSecret,
    oidcFederation,
    azureWorkloadIdentity,
  }: DatabricksWorkspaceSpec['credentials'],
): string {
  const placeOf = ({ secretKeyRef: { name, key } }: SecretKeyRef) =>
    `in Secret ${namespace}/${name} (key ${key})`
  if (personalAccessToken !== undefined) return `the token ${placeOf(personalAccessToken)}`
  const client = oauthM2M ?? azureClientSecret
  if (client !== undefined) return `the secret of client ${client.clientId} ${placeOf(client.clientSecret)}`
  const federated = oidcFederation ?? azureWorkloadIdentity
  if (federated === undefined) return 'what the workspace names'
  const { clientId, serviceAccountRef } = federated
  const whose =
    serviceAccountRef === undefined
      ? 'the operator itself'
      : `ServiceAccount ${namespace}/${serviceAccountRef.name}`
  return `a token of ${whose} as client ${clientId}`
}

interface SecretKeyRef {
  secretKeyRef: { name: string; key: string }
}
