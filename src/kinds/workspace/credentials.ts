import { exactlyOneOf, withRules } from '../rule.ts'
import { object, objectName, reference, text } from '../shape.ts'

const secretKeyRef = reference('A key of a Secret in the namespace of this manifest.', {
  name: objectName('Name of the Secret.'),
  key: text('Key of the Secret that holds the value.', { min: 1, max: 253, pattern: /^[-._a-zA-Z0-9]+$/ }),
})

const clientSecret = object('The secret of the client; read again every 60 s.', { secretKeyRef })

const uuid = /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/

const applicationId = (description: string) => text(description, { min: 36, max: 36, pattern: uuid })

const clientId = applicationId('Application id of the service principal in Databricks.')
const entraClientId = applicationId('Application (client) id of the app registration in Microsoft Entra ID.')
const tenantId = text('Directory (tenant) id in Microsoft Entra ID, or a domain of it.', {
  min: 1,
  max: 253,
  pattern: /^[A-Za-z0-9][-.A-Za-z0-9]*$/,
})

const serviceAccountRef = reference(
  'A ServiceAccount in the namespace of this manifest whose token is exchanged. The operator needs `create` on its serviceaccounts/token, by a Role of that namespace that names it. Absent: the token of the operator itself, for namespaces in --ambient-identity-namespaces only.',
  { name: objectName('Name of the ServiceAccount.') },
).optional()

/** Who Lakeward is in a workspace: exactly one of the five ways to get a token. */
export const credentials = withRules(
  object('Who Lakeward is in this workspace: exactly one kind of credentials.', {
    personalAccessToken: object('A personal access token, read again every 60 s.', {
      secretKeyRef,
    }).optional(),
    oauthM2M: object('A service principal of Databricks with an OAuth client secret.', {
      clientId,
      clientSecret,
    }).optional(),
    oidcFederation: object(
      'A service principal of Databricks whose federation policy trusts a Kubernetes ServiceAccount; no secret is stored.',
      { clientId, serviceAccountRef },
    ).optional(),
    azureClientSecret: object('An app registration of Microsoft Entra ID with a client secret.', {
      tenantId,
      clientId: entraClientId,
      clientSecret,
    }).optional(),
    azureWorkloadIdentity: object(
      'An app registration of Microsoft Entra ID that trusts a Kubernetes ServiceAccount; no secret is stored.',
      { tenantId, clientId: entraClientId, serviceAccountRef },
    ).optional(),
  }),
  [
    exactlyOneOf(
      ['personalAccessToken', 'oauthM2M', 'oidcFederation', 'azureClientSecret', 'azureWorkloadIdentity'],
      'the kind of credentials',
    ),
  ],
)
