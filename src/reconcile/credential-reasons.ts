import type { ReasonText } from './reasons.ts'

/** What keeps a workspace from having credentials, and mends itself once something is there or allowed. */
export const waitingForCredentials = {
  SecretMissing: {
    meaning: 'The Secret with the credentials does not exist.',
    remedy: 'Create it, or correct secretKeyRef.name.',
  },
  SecretKeyMissing: {
    meaning: 'The Secret exists but has no such key, or the key is empty.',
    remedy: 'Add the key, or correct secretKeyRef.key.',
  },
  SecretForbidden: {
    meaning: 'The operator may not read the Secret.',
    remedy: 'Grant its ServiceAccount `get` on secrets in that namespace.',
  },
  ServiceAccountMissing: {
    meaning: 'The ServiceAccount whose token the credentials rest on does not exist.',
    remedy: 'Create it in the namespace of the workspace, or correct serviceAccountRef.name.',
  },
  TokenRequestForbidden: {
    meaning: 'The operator may not make tokens of the ServiceAccount that the credentials name.',
    remedy: 'Apply the Role and the RoleBinding that are shown; they name this ServiceAccount only.',
  },
  TokenFileMissing: {
    meaning: "The operator's own token, a file in its pod, is not there.",
    remedy:
      'Mount a projected ServiceAccount token and name its file by --oidc-token-file or --azure-token-file.',
  },
} as const satisfies Record<string, ReasonText>

/** What of a workspace is refused before anything is sent to it. */
export const refusedCredentials = {
  HostRefused: {
    meaning: 'The host is not one that this operator may talk to.',
    remedy:
      'Correct spec.host. Other hosts are allowed by --allowed-hosts of the operator; http and loopback, for trials, by --allow-http.',
  },
  AmbientIdentityRefused: {
    meaning: "The credentials are the operator's own identity, which is not lent to this namespace.",
    remedy:
      'Set serviceAccountRef, or let the operator start with this namespace in --ambient-identity-namespaces.',
  },
  AmbientIdentityMissing: {
    meaning: "The credentials are the operator's own identity, and it has none for this.",
    remedy:
      'Set serviceAccountRef, or start the operator with --oidc-token-file (Databricks) or --azure-token-file (Entra).',
  },
  OAuthNotSupported: {
    meaning: 'The host describes no endpoints for OAuth.',
    remedy: 'Correct spec.host, or use another kind of credentials.',
  },
  TokenEndpointRefused: {
    meaning: 'The host sends us to an address for tokens that this operator may not talk to.',
    remedy: 'Correct spec.host; an address that can be trusted is added to --allowed-hosts.',
  },
  TokenAudienceRefused: {
    meaning:
      'A Kubernetes token would be good for somebody else than Databricks or Entra, so that it is not sent.',
    remedy:
      "Correct spec.host, or the audience of the operator's projected token; the API server's own never leaves the cluster.",
  },
} as const satisfies Record<string, ReasonText>
