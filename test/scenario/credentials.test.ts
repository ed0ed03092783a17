import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { demoTokens } from '../../src/simulator/seed-content.ts'
import type { Databricks } from './databricks.ts'
import { inWorld } from './in-world.ts'
import { job, secret, token, within, workspace } from './manifests.ts'
import { conditions, messageOf } from './observer.ts'
import { until } from './until.ts'
import type { Ground, World } from './world.ts'

/** Service principals of the workspace, one for each way to be one. */
const principals = {
  m2m: '5a1d8c40-0000-4000-8000-000000000001',
  federated: '5a1d8c40-0000-4000-8000-000000000002',
  own: '5a1d8c40-0000-4000-8000-000000000003',
  entra: '5a1d8c40-0000-4000-8000-000000000004',
  workload: '5a1d8c40-0000-4000-8000-000000000005',
  ownWorkload: '5a1d8c40-0000-4000-8000-000000000006',
}
const secrets = {
  client: 'dose-five-slow-otters-under-the-ice',
  rotated: 'dose-nine-loud-cranes-over-the-reed',
  wrong: 'dose-none-of-the-above',
  entra: 'entra~three~dry~toads~in~the~moss',
}
const tenantId = '9d1f0c3e-5b7a-4c21-8f60-2e4a6b8c0d12'
const issuer = 'https://kubernetes.default.svc.cluster.local'
/** For whom the operator's own token is mounted. */
const mounted = 'lakehouse'

const ownToken = ({ folder }: { folder: string }) => join(folder, 'own-token')
const flagsOf = (ground: Ground, lentTo: string) => [
  `--azure-authority=${ground.databricks.url}/entra/`,
  `--oidc-token-file=${ownToken(ground)}`,
  `--azure-token-file=${ownToken(ground)}`,
  `--ambient-identity-namespaces=${lentTo}`,
]
const simulator = {
  tokens: demoTokens,
  // Whoever has a client secret is known to the workspace; not all of them use it.
  clients: Object.fromEntries(Object.values(principals).map((id) => [id, secrets.client])),
  entra: { tenant: tenantId, applications: { [principals.entra]: { secrets: [secrets.entra] } } },
}

/** The right that each namespace gives or does not give. */
const refused = ['create core serviceaccounts/token']
const it = inWorld({ simulator, refused, flags: (ground) => flagsOf(ground, ground.namespace) })
const elsewhere = inWorld({ simulator, refused, flags: (ground) => flagsOf(ground, 'somebody-else') })

const secretKeyRef = (name: string) => ({ secretKeyRef: { name, key: 'value' } })
const { m2m, federated, own, entra, workload, ownWorkload } = principals

const workspaceWith = (name: string, host: string, credentials: object) => ({
  ...workspace(name, host),
  spec: { host, credentials },
})

/** Databricks and Entra trust the tokens of this cluster: the ServiceAccount `lake`, and the operator itself. */
async function trust({ kubernetes, namespace, databricks, folder }: World): Promise<void> {
  const jwks_json = await kubernetes.kubectl(['get', '--raw', '/openid/v1/jwks'])
  const lake = { issuer, jwks_json, subject: `system:serviceaccount:${namespace}:lake` }
  const operator = { issuer, jwks_json, subject: `system:serviceaccount:${namespace}:lakeward-operator` }
  await databricks.control('PUT', 'federation-policies', [
    { servicePrincipal: federated, oidc_policy: lake },
    { servicePrincipal: own, oidc_policy: { ...operator, audiences: [mounted] } },
  ])
  const applications = { [workload]: lake, [ownWorkload]: { ...operator, audience: mounted } }
  for (const [id, federated] of Object.entries(applications))
    await databricks.control('PUT', `entra-applications/${id}`, { federated: [federated] })
  const file = ['create', 'token', 'lakeward-operator', `--audience=${mounted}`, '--duration=1h']
  await writeFile(ownToken({ folder }), await kubernetes.kubectl(file))
}

/** Everything that has been said of an object's Ready so far. */
const readiness = ({ kubernetes }: World, kind: string, name: string) =>
  kubernetes.seen.versions(kind, name).map((version) => conditions(version)['Ready'])

describe('five kinds of credentials', () => {
  it('may rest on a ServiceAccount only by a Role that its namespace gives, which the status shows', async ({
    world,
  }) => {
    const { kubernetes, databricks } = world
    await trust(world)
    await kubernetes.kubectl(['create', 'serviceaccount', 'lake'])
    const credentials = { oidcFederation: { clientId: federated, serviceAccountRef: { name: 'lake' } } }
    await kubernetes.apply(
      workspaceWith('federated', databricks.url, credentials),
      within('federated', job('federated')),
    )
    const refused = await kubernetes.has('DatabricksWorkspace', 'federated', {
      Ready: 'False TokenRequestForbidden',
      Reconciling: 'True TokenRequestForbidden',
    })
    const message = messageOf(refused, 'Ready')
    expect(message).toMatch(/^the operator may not make tokens of ServiceAccount .*\/lake\. Apply/)
    const dependant = await kubernetes.has('JobSpec', 'federated', { Ready: 'False WorkspaceNotReady' })
    expect(messageOf(dependant, 'Ready')).toContain('(TokenRequestForbidden)')
    expect(messageOf(dependant, 'Ready')).not.toContain('resourceNames')
    expect(await databricks.tokenRequests()).toEqual([])
    await kubernetes.kubectl(['apply', '-f', '-'], message.slice(message.indexOf('apiVersion:')))
    await kubernetes.ready('JobSpec', 'federated')
  })

  const kinds = [
    {
      name: 'pat',
      agent: 'pat',
      user: demoTokens[token],
      credentials: { personalAccessToken: { secretKeyRef: { name: 'databricks', key: 'token' } } },
    },
    {
      name: 'm2m',
      agent: 'oauth-m2m',
      user: m2m,
      credentials: { oauthM2M: { clientId: m2m, clientSecret: secretKeyRef('client') } },
    },
    {
      name: 'federated',
      agent: 'oidc',
      user: federated,
      credentials: { oidcFederation: { clientId: federated, serviceAccountRef: { name: 'lake' } } },
    },
    { name: 'own', agent: 'oidc', user: own, credentials: { oidcFederation: { clientId: own } } },
    {
      name: 'entra',
      agent: 'azure-client-secret',
      user: entra,
      credentials: {
        azureClientSecret: { tenantId, clientId: entra, clientSecret: secretKeyRef('entra') },
      },
    },
    {
      name: 'workload',
      agent: 'azure-workload-identity',
      user: workload,
      credentials: {
        azureWorkloadIdentity: { tenantId, clientId: workload, serviceAccountRef: { name: 'lake' } },
      },
    },
    {
      name: 'own-workload',
      agent: 'azure-workload-identity',
      user: ownWorkload,
      credentials: { azureWorkloadIdentity: { tenantId, clientId: ownWorkload } },
    },
  ]

  it.for(kinds)('reconcile a job: $name', async ({ name, agent, user, credentials }, { world }) => {
    const { kubernetes, databricks } = world
    await kubernetes.apply(
      secret('client', { value: secrets.client }),
      secret('entra', { value: `${secrets.entra}\n` }),
      workspaceWith(name, databricks.url, credentials),
      within(name, job(name)),
    )
    await kubernetes.ready('JobSpec', name)
    const { status } = await kubernetes.has('DatabricksWorkspace', name, { Ready: 'True Connected' })
    expect(status.identity?.userName).toBe(user)
    expect(await databricks.jobsNamed(name)).toHaveLength(1)
    const { body } = await databricks.control('GET', `requests?identity=${user}`)
    const agents = (body as unknown as { userAgent: string }[]).map(({ userAgent }) => userAgent)
    expect(agents.length).toBeGreaterThan(0)
    for (const one of agents) expect(one).toMatch(new RegExp(`^lakeward/\\S+ .* auth/${agent}$`))
  })
})

describe('a token', () => {
  it.for([
    ['has expired', 'm2m', m2m, 'expire'],
    ['was revoked', 'entra', entra, 'revoke'],
  ] as const)(
    'that %s in the middle of its life is replaced, and nobody notices',
    async ([, name, identity, how], { world }) => {
      const { kubernetes, databricks } = world
      await databricks.control('POST', `access-tokens/${how}`, { identity })
      const before = (await databricks.tokenRequests()).length
      await kubernetes.recheck('JobSpec', name)
      await kubernetes.recheck('DatabricksWorkspace', name)
      expect((await databricks.tokenRequests()).length).toBe(before + 1)
      for (const kind of ['JobSpec', 'DatabricksWorkspace']) {
        const said = readiness(world, kind, name)
        expect(said.slice(said.findIndex((ready) => ready?.startsWith('True ')))).not.toContainEqual(
          expect.stringMatching(/^False/),
        )
      }
    },
  )
})

describe('a client secret', () => {
  it('that was rotated in its Secret is used within a minute', async ({ world }) => {
    const { kubernetes, databricks } = world
    await databricks.control('PUT', `clients/${m2m}`, { secrets: [secrets.rotated] })
    await kubernetes.apply(secret('client', { value: secrets.rotated }))
    const before = (await databricks.tokenRequests()).length
    await until(
      'a token is asked for with the new secret',
      async () => {
        await kubernetes.recheck('JobSpec', 'm2m')
        return (await databricks.tokenRequests()).length > before
      },
      70_000,
    )
    const [request] = (await databricks.tokenRequests()).slice(before)
    expect(request).toMatchObject({ path: '/oidc/v1/token', status: 200 })
    await kubernetes.ready('JobSpec', 'm2m')
  })

  it('that is wrong is one reason on the workspace, few requests, and is mended by the Secret', async ({
    world,
  }) => {
    const { kubernetes, databricks } = world
    const jobs = Array.from({ length: 10 }, (_, index) => `patient-${index}`)
    const before = (await databricks.tokenRequests()).length
    const { calls } = await databricks.during(async () => {
      await kubernetes.apply(
        secret('wrong', { value: secrets.wrong }),
        workspaceWith('wrong', databricks.url, {
          oauthM2M: { clientId: m2m, clientSecret: secretKeyRef('wrong') },
        }),
        ...jobs.map((name) => within('wrong', job(name))),
      )
      const rejected = await kubernetes.has('DatabricksWorkspace', 'wrong', {
        Ready: 'False CredentialsRejected',
        Stalled: 'True CredentialsRejected',
      })
      expect(messageOf(rejected, 'Stalled')).toMatch(
        /401 INVALID_CLIENT: invalid_client: .*takes some seconds/,
      )
      for (const name of jobs) await kubernetes.has('JobSpec', name, { Ready: 'False WorkspaceNotReady' })
    })
    expect(calls.filter(({ path }) => path.startsWith('/api/'))).toEqual([])
    await kubernetes.apply(secret('wrong', { value: secrets.rotated }))
    for (const name of jobs) await kubernetes.ready('JobSpec', name)
    const asked = (await databricks.tokenRequests()).slice(before).map(({ status }) => status)
    // At first, at the most two looks at the Secret later, and with the right one.
    expect(asked.slice(0, -1).every((status) => status === 401)).toBe(true)
    expect([asked.at(-1), asked.length <= 4]).toEqual([200, true])
  })
})

/** A workspace whose public documents say this. */
const astray = async (world: World, name: string, discovery: object): Promise<Databricks> => {
  const databricks = await world.anotherDatabricks({ ...simulator, discovery })
  const credentials = { oidcFederation: { clientId: federated, serviceAccountRef: { name: 'lake' } } }
  await world.kubernetes.apply(workspaceWith(name, databricks.url, credentials), within(name, job(name)))
  return databricks
}

describe('a host that leads astray', () => {
  it.for([
    [
      'tokens-elsewhere',
      'TokenEndpointRefused',
      { authorizationServer: { token_endpoint: 'https://tokens.evil.example.com/oidc/v1/token' } },
    ],
    [
      'issuer-elsewhere',
      'TokenEndpointRefused',
      { hostMetadata: { oidc_endpoint: 'http://169.254.169.254/oidc' } },
    ],
    [
      'audience-elsewhere',
      'TokenAudienceRefused',
      { hostMetadata: { token_federation_default_oidc_audiences: [issuer] } },
    ],
    ['no-oauth', 'OAuthNotSupported', { authorizationServer: null }],
  ] as const)('gets nothing: %s', async ([name, reason, discovery], { world }) => {
    const { kubernetes, audit } = world
    const minted = async () =>
      (await audit.all()).filter(({ objectRef }) => objectRef?.subresource === 'token').length
    const before = await minted()
    const databricks = await astray(world, name, discovery)
    await kubernetes.has('DatabricksWorkspace', name, { Stalled: `True ${reason}` })
    await kubernetes.has('JobSpec', name, { Ready: 'False WorkspaceNotReady' })
    expect(await databricks.tokenRequests()).toEqual([])
    expect(await minted()).toBe(before)
  })
})

describe('the operator’s own identity', () => {
  elsewhere.for([
    ['oidcFederation', { oidcFederation: { clientId: own } }],
    ['azureWorkloadIdentity', { azureWorkloadIdentity: { tenantId, clientId: ownWorkload } }],
  ] as const)(
    'is not lent to a namespace that the flag does not name: %s',
    async ([, credentials], { world }) => {
      const { kubernetes, databricks } = world
      await trust(world)
      await kubernetes.apply(workspaceWith('borrowed', databricks.url, credentials))
      const { calls } = await databricks.during(async () => {
        const refused = await kubernetes.has('DatabricksWorkspace', 'borrowed', {
          Ready: 'False AmbientIdentityRefused',
          Stalled: 'True AmbientIdentityRefused',
        })
        expect(messageOf(refused, 'Stalled')).toContain('--ambient-identity-namespaces')
      })
      expect(calls.filter(({ userAgent }) => userAgent?.endsWith('auth/pat') !== true)).toEqual([])
      expect(await databricks.tokenRequests()).toEqual([])
    },
  )
})

describe('of all of this', () => {
  it('no credential is in a log, a status, an event or the audit', async ({ world }) => {
    const { operator, kubernetes, audit } = world
    const written = [
      operator.log.join('\n'),
      JSON.stringify(kubernetes.seen.all()),
      JSON.stringify(await audit.all()),
    ].join('\n')
    expect(written).toContain('CredentialsRejected')
    for (const value of Object.values(secrets)) {
      expect(written).not.toContain(value)
      expect(written).not.toContain(Buffer.from(value).toString('base64'))
    }
    // The head of every JSON Web Token: of Kubernetes, of Databricks and of Entra.
    expect(written).not.toMatch(/eyJ[\w-]{10,}\.eyJ/)
  })

  it('the operator used no right of its own but to read Secrets by name', async ({
    world: { audit, namespace },
  }) => {
    const all = await audit.all()
    const used = (resource: string) =>
      all
        .filter(({ objectRef }) => objectRef?.resource === resource)
        .map(({ verb, objectRef }) => `${verb} ${objectRef?.namespace}/${objectRef?.name}`)
    expect(new Set(used('secrets').map((one) => one.split(' ')[0]))).toEqual(new Set(['get']))
    expect(new Set(used('serviceaccounts'))).toEqual(new Set([`create ${namespace}/lake`]))
  })
})
