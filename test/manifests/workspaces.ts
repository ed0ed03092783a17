import type { Refusal, Row } from './row.ts'

const credentials = { personalAccessToken: { secretKeyRef: { name: 'databricks', key: 'token' } } }
const clientId = '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50'
const clientSecret = { secretKeyRef: { name: 'databricks', key: 'client-secret' } }
const host = 'https://dbc-1234abcd-5678.cloud.databricks.com'

const good = (name: string, spec: object): Row => ({ name, kind: 'DatabricksWorkspace', spec })
const bad = (name: string, spec: object, refused: Refusal): Row => ({ ...good(name, spec), refused })

export const workspaceRows: readonly Row[] = [
  good('a workspace with a token', { host, credentials }),
  good('a workspace on a loopback port', { host: 'http://127.0.0.1:8642', credentials }),
  good('a workspace with an interval', { host, credentials, interval: '1h30m' }),
  good('the shortest interval', { host, credentials, interval: '30s' }),
  good('the longest interval', { host, credentials, interval: '24h' }),
  bad('a workspace without a host', { credentials }, { at: 'spec.host' }),
  bad('an empty host', { host: '', credentials }, { at: 'spec.host' }),
  bad('a host with a blank', { host: 'https://a b', credentials }, { at: 'spec.host' }),
  bad('a workspace without credentials', { host }, { at: 'spec.credentials' }),
  bad('credentials of no kind', { host, credentials: {} }, { at: 'spec.credentials', says: 'exactly one' }),
  bad(
    'a secret reference without a key',
    { host, credentials: { personalAccessToken: { secretKeyRef: { name: 'databricks' } } } },
    { at: 'spec.credentials.personalAccessToken.secretKeyRef.key' },
  ),
  bad(
    'a token in the manifest itself',
    {
      host,
      credentials: { personalAccessToken: { ...credentials.personalAccessToken, token: 'dapi' } },
    },
    { at: 'spec.credentials.personalAccessToken.token', says: 'unknown field' },
  ),
  bad(
    'a secret name that Kubernetes cannot have',
    { host, credentials: { personalAccessToken: { secretKeyRef: { name: 'Data_bricks', key: 'token' } } } },
    { at: 'spec.credentials.personalAccessToken.secretKeyRef.name' },
  ),
  bad('an interval without a unit', { host, credentials, interval: '30' }, { at: 'spec.interval' }),
  bad('an interval in days', { host, credentials, interval: '1d' }, { at: 'spec.interval' }),
  bad(
    'an interval too short',
    { host, credentials, interval: '29s' },
    { at: 'spec.interval', says: 'from 30s to 24h' },
  ),
  bad(
    'an interval too long',
    { host, credentials, interval: '24h1ms' },
    { at: 'spec.interval', says: 'from 30s to 24h' },
  ),
  bad('an unknown field', { host, credentials, hots: host }, { at: 'spec.hots', says: 'unknown field' }),
  good('OAuth with a client secret', { host, credentials: { oauthM2M: { clientId, clientSecret } } }),
  good("federation with the operator's own token", { host, credentials: { oidcFederation: { clientId } } }),
  good('federation with a ServiceAccount', {
    host,
    credentials: { oidcFederation: { clientId, serviceAccountRef: { name: 'databricks' } } },
  }),
  good('an app registration with a client secret', {
    host,
    credentials: { azureClientSecret: { tenantId: clientId, clientId, clientSecret } },
  }),
  good('an app registration without a secret', {
    host,
    credentials: { azureWorkloadIdentity: { tenantId: 'example.onmicrosoft.com', clientId } },
  }),
  bad(
    'two kinds of credentials',
    { host, credentials: { ...credentials, oidcFederation: { clientId } } },
    { at: 'spec.credentials', says: 'exactly one' },
  ),
  bad(
    'a client id that is none',
    { host, credentials: { oidcFederation: { clientId: 'operator' } } },
    { at: 'spec.credentials.oidcFederation.clientId' },
  ),
  bad(
    'a token audience of its own',
    { host, credentials: { oidcFederation: { clientId, audience: 'https://kubernetes.default.svc' } } },
    { at: 'spec.credentials.oidcFederation.audience', says: 'unknown field' },
  ),
  bad(
    'a tenant that would lead elsewhere',
    { host, credentials: { azureWorkloadIdentity: { tenantId: '../evil', clientId } } },
    { at: 'spec.credentials.azureWorkloadIdentity.tenantId' },
  ),
  good('everything a workspace can say', {
    host,
    credentials,
    access: [
      {
        namespaces: { names: ['team-red'], selector: { matchLabels: { lake: 'yes' } } },
        kinds: ['JobSpec', 'DatabricksCluster', 'CatalogGrant'],
        adopt: true,
        runAs: [{ servicePrincipalName: clientId }, { userName: 'ana@example.com' }, { groupName: 'team' }],
        securables: [{ type: 'catalog', name: 'main' }],
        policies: ['ABC123'],
        instanceProfiles: ['arn:aws:iam::123456789012:instance-profile/jobs'],
        serviceAccounts: ['jobs@project.iam.gserviceaccount.com'],
        secretScopes: ['team-red'],
        clusters: ['0923-164208-meows279'],
        jobs: ['901234567890123457'],
      },
      { namespaces: { selector: { matchLabels: {} } } },
    ],
    budget: { requestsPerSecond: 10 },
    defaults: {
      tags: { 'managed-by': 'lakeward' },
      permissions: {
        clusters: [{ groupName: 'users', permissionLevel: 'CAN_ATTACH_TO' }],
        jobs: [{ userName: 'ana@example.com', permissionLevel: 'CAN_MANAGE' }],
      },
      runAs: { servicePrincipalName: clientId },
      policyId: 'ABC123',
      autoterminationMinutes: 30,
      deletionPolicy: 'Retain',
    },
    deletionGuard: 0,
    mark: { clusters: 'None', jobs: 'made-by' },
  }),
  good('the widest guard', { host, credentials, deletionGuard: 1000 }),
  bad(
    'a guard that guards nothing',
    { host, credentials, deletionGuard: 1001 },
    { at: 'spec.deletionGuard' },
  ),
  bad('a guard below nothing', { host, credentials, deletionGuard: -1 }, { at: 'spec.deletionGuard' }),
  bad(
    'retiring by default, which only jobs can be',
    { host, credentials, defaults: { deletionPolicy: 'Retire' } },
    { at: 'spec.defaults.deletionPolicy' },
  ),
  bad(
    'access for no namespace',
    { host, credentials, access: [{ namespaces: {} }] },
    { at: 'spec.access[0].namespaces', says: 'gives nobody access' },
  ),
  bad(
    'access to workspaces themselves',
    { host, credentials, access: [{ namespaces: { names: ['a'] }, kinds: ['DatabricksWorkspace'] }] },
    { at: 'spec.access[0].kinds[0]' },
  ),
  bad(
    'access with an identity of two names',
    {
      host,
      credentials,
      access: [
        {
          namespaces: { names: ['a'] },
          runAs: [{ userName: 'a@example.com', servicePrincipalName: clientId }],
        },
      ],
    },
    { at: 'spec.access[0].runAs[0]', says: 'exactly one' },
  ),
  bad(
    'a budget of nothing',
    { host, credentials, budget: { requestsPerSecond: 0 } },
    { at: 'spec.budget.requestsPerSecond' },
  ),
  bad(
    'a mark that no cloud takes as a tag',
    { host, credentials, mark: { jobs: 'made by us' } },
    { at: 'spec.mark.jobs' },
  ),
]
