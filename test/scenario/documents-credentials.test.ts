import { describe } from 'vitest'
import { secret, token, workspace } from './manifests.ts'
import { holdPage } from './recorded-pages.ts'
import { messages, recordingIn } from './recording.ts'
import type { World } from './world.ts'

/* What docs/credentials.md shows of workspaces that are not connected. */

const namespace = 'cr-1'

/** The operator lends what it is itself to one namespace, and has a token of its own for Entra only: none at all. */
const it = recordingIn(namespace, {
  tenants: ['red'],
  flags: [`--ambient-identity-namespaces=${namespace}`, '--azure-token-file=/var/run/secrets/entra/token'],
  refused: ['create core serviceaccounts/token', 'get core secrets'],
})

const clientId = '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50'
const tenantId = '9d1f0c3e-5b7a-4c21-8f60-2e4a6b8c0d12'

const own = { oidcFederation: { clientId } }
const ownEntra = { azureWorkloadIdentity: { tenantId, clientId } }
const as = (name: string) => ({ oidcFederation: { clientId, serviceAccountRef: { name } } })
const client = {
  oauthM2M: { clientId, clientSecret: { secretKeyRef: { name: 'databricks', key: 'token' } } },
}

const workspaceWith = (name: string, host: string, credentials: object) => ({
  ...workspace(name, host),
  spec: { host, credentials },
})

/** A workspace whose public documents say this. */
async function astray(world: World, name: string, discovery: object) {
  const { url } = await world.anotherDatabricks({ discovery })
  return workspaceWith(name, url, name === 'no-oauth' ? client : as('lakeward'))
}

/** The operator may make tokens of a ServiceAccount. */
async function trust({ kubernetes }: World, name: string): Promise<void> {
  const right = ['--verb=create', '--resource=serviceaccounts/token', `--resource-name=${name}`]
  await kubernetes.kubectl(['create', 'role', name, ...right])
  const who = [`--role=${name}`, `--serviceaccount=${namespace}:lakeward-operator`]
  await kubernetes.kubectl(['create', 'rolebinding', name, ...who])
}

/** The operator may read Secrets of its own namespace only. */
async function keepSecretsFromOthers({ kubernetes }: World): Promise<void> {
  await kubernetes.kubectl(['create', 'role', 'secrets', '--verb=get', '--resource=secrets'])
  const who = ['--role=secrets', `--serviceaccount=${namespace}:lakeward-operator`]
  await kubernetes.kubectl(['create', 'rolebinding', 'secrets', ...who])
  const bindings = await kubernetes.kubectl(['get', 'rolebinding', '-o', 'json'])
  const { items } = JSON.parse(bindings) as { items: { roleRef: { kind: string; name: string } }[] }
  const all = items.find(({ roleRef }) => roleRef.kind === 'ClusterRole')?.roleRef.name ?? ''
  const role = await kubernetes.kubectl(['get', 'clusterrole', all, '-o', 'json'])
  const { rules } = JSON.parse(role) as { rules: { resources: string[] }[] }
  const path = `/rules/${rules.findIndex(({ resources }) => resources.includes('secrets'))}`
  const change = JSON.stringify([{ op: 'remove', path }])
  await kubernetes.kubectl(['patch', 'clusterrole', all, '--type=json', '-p', change])
}

describe('a workspace', () => {
  it('is not connected', async ({ world, transcript }) => {
    const { kubernetes, databricks } = world
    await trust(world, 'lake')
    const { url } = databricks
    const troubled = {
      'no-secret': ['SecretMissing', workspace('no-secret', url, { secret: 'staging' })],
      'no-key': ['SecretKeyMissing', workspace('no-key', url, { key: 'tokn' })],
      expired: ['CredentialsRejected', workspace('expired', url, { secret: 'expired' })],
      'no-account': ['ServiceAccountMissing', workspaceWith('no-account', url, as('lake'))],
      'no-own-token': ['AmbientIdentityMissing', workspaceWith('no-own-token', url, own)],
      'no-token-file': ['TokenFileMissing', workspaceWith('no-token-file', url, ownEntra)],
      'other-host': ['HostRefused', workspace('other-host', 'https://databricks.example.com')],
      'no-oauth': ['OAuthNotSupported', await astray(world, 'no-oauth', { authorizationServer: null })],
      'other-tokens': [
        'TokenEndpointRefused',
        await astray(world, 'other-tokens', {
          authorizationServer: { token_endpoint: 'https://tokens.example.com/oidc/v1/token' },
        }),
      ],
      'other-audience': [
        'TokenAudienceRefused',
        await astray(world, 'other-audience', {
          hostMetadata: {
            token_federation_default_oidc_audiences: ['https://kubernetes.default.svc.cluster.local'],
          },
        }),
      ],
    } as const
    const all = Object.values(troubled).map(([, manifest]) => manifest)
    await kubernetes.apply(secret('expired', { token: 'long-gone' }), ...all)
    for (const [name, [reason]] of Object.entries(troubled))
      await kubernetes.has('DatabricksWorkspace', name, { Ready: `False ${reason}` })
    await transcript.types('troubled', 'get databricksworkspace')
    await transcript.types('troubled', `get databricksworkspace ${messages}`)
  })

  it('of another namespace is not connected', async ({ world, transcript }) => {
    const { databricks } = world
    const red = world.tenant('red')
    await keepSecretsFromOthers(world)
    await red.apply(
      secret('databricks', { token }),
      workspace('forbidden', databricks.url),
      workspaceWith('own', databricks.url, own),
    )
    await red.has('DatabricksWorkspace', 'forbidden', { Ready: 'False SecretForbidden' })
    await red.has('DatabricksWorkspace', 'own', { Ready: 'False AmbientIdentityRefused' })
    await transcript.types('not-lent', `get databricksworkspace -n data-red`)
    await transcript.types('not-lent', `get databricksworkspace -n data-red ${messages}`)
  })

  it('waits for a Role', async ({ world: { kubernetes, databricks }, transcript }) => {
    await kubernetes.kubectl(['create', 'serviceaccount', 'lakeward'])
    await kubernetes.apply(workspaceWith('federated', databricks.url, as('lakeward')))
    await kubernetes.has('DatabricksWorkspace', 'federated', { Ready: 'False TokenRequestForbidden' })
    await transcript.explains('role', 'databricksworkspace federated')
  })
})

it('is what docs/credentials.md shows', ({ transcript }) => holdPage('credentials.md', transcript.blocks))
