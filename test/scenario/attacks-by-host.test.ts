import type { ServerResponse } from 'node:http'
import { hostname } from 'node:os'
import { describe, expect, inject } from 'vitest'
import { ApiServer } from './api-server.ts'
import { inWorld } from './in-world.ts'
import { job, secret, token, within, workspace } from './manifests.ts'
import { messageOf } from './observer.ts'
import { Stranger, type Heard } from './stranger.ts'
import type { World } from './world.ts'

/*
 * Workspaces that somebody writes in a namespace of his own to have us send credentials where he listens, or call
 * what only we can reach. Judged by what a host of his hears. Each has its good counterpart, which is connected.
 */

const it = inWorld({
  tenants: ['red'],
  // Besides loopback, one name with one port: the same name with another port is a host that nobody allowed.
  flags: ({ databricks: { port } }) => ['--allowed-hosts', `*.cloud.databricks.com,${hostname()}:${port}`],
})

const clientId = '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50'
const clientSecret = 'dose-quiet-otters-under-the-ice'

/** The tenant's own Secret; what he sends anywhere is his. What others have must not go along. */
const own = secret('own', { token, secret: clientSecret })

const ofRed = (name: string, host: string) => workspace(name, host, { secret: 'own' })

const withCredentials = (name: string, host: string, credentials: object) => {
  const made = workspace(name, host)
  return { ...made, spec: { ...made.spec, credentials } }
}

/** A tenant's workspace is refused for this reason, also when it is asked again, and so is what lives in it. */
async function isRefused(world: World, name: string, reason: string): Promise<string> {
  const red = world.tenant('red')
  const refused = { Ready: `False ${reason}`, Stalled: `True ${reason}` }
  await red.has('DatabricksWorkspace', name, refused)
  await red.recheck('DatabricksWorkspace', name)
  const message = messageOf(await red.has('DatabricksWorkspace', name, refused), 'Stalled')
  await red.apply(within(name, job(`job-of-${name}`)))
  await red.has('JobSpec', `job-of-${name}`, { Ready: 'False WorkspaceNotReady' })
  return message
}

/** A tenant's workspace, mended, is connected, and so is what lives in it. */
async function isConnected(world: World, name: string): Promise<void> {
  const red = world.tenant('red')
  await red.ready('DatabricksWorkspace', name)
  await red.ready('JobSpec', `job-of-${name}`)
}

/** Asks the true host what somebody has asked us, and answers as it does. */
async function passOn({ method, path, headers, body }: Heard, host: string, response: ServerResponse) {
  const { authorization = '' } = headers
  const content = body === '' ? {} : { body }
  const answer = await fetch(host + path, { method, headers: { authorization }, ...content })
  const organisation = answer.headers.get('x-databricks-org-id') ?? ''
  response.writeHead(answer.status, {
    'content-type': 'application/json',
    'x-databricks-org-id': organisation,
  })
  response.end(await answer.text())
}

describe('a tenant’s workspace', () => {
  it('at a host that nobody allowed is never called', async ({ world }) => {
    const red = world.tenant('red')
    await using undo = new AsyncDisposableStack()
    const stranger = undo.adopt(await Stranger.start(), (one) => one.stop())
    await red.apply(own, ofRed('foreign', stranger.foreignUrl))
    expect(await isRefused(world, 'foreign', 'HostRefused')).toContain('is not among the allowed hosts')
    expect(stranger.heard).toEqual([])
    await red.apply(ofRed('foreign', `http://${hostname()}:${world.databricks.port}`))
    await isConnected(world, 'foreign')
  })

  it.for([302, 307, 308])(
    'that redirects with %i brings nothing to where it leads',
    async (status, { world }) => {
      const red = world.tenant('red')
      const name = `redirected-${status}`
      await using undo = new AsyncDisposableStack()
      const stranger = undo.adopt(await Stranger.start(), (one) => one.stop())
      let isHonest = false
      const decoy = await Stranger.start((heard, response) => {
        if (isHonest) void passOn(heard, world.databricks.url, response)
        else response.writeHead(status, { location: stranger.loopbackUrl + heard.path }).end()
      })
      undo.adopt(decoy, (one) => one.stop())
      await red.apply(own, ofRed(name, decoy.loopbackUrl))
      await red.has('DatabricksWorkspace', name, { Ready: 'False UnexpectedAnswer' })
      await red.recheck('DatabricksWorkspace', name)
      expect(decoy.heard.length).toBeGreaterThan(0)
      expect(stranger.heard).toEqual([])
      isHonest = true
      await red.recheck('DatabricksWorkspace', name)
      await red.ready('DatabricksWorkspace', name)
      expect(stranger.heard).toEqual([])
    },
  )

  it.for([
    ['link-local', 'http://169.254.169.254'],
    ['as-a-number', 'http://2852039166/latest/meta-data'],
    ['mapped', 'http://[::ffff:169.254.169.254]'],
    ['google', 'http://metadata.google.internal'],
    ['azure', 'https://168.63.129.16'],
    ['amazon-v6', 'http://[fd00:ec2::254]'],
  ] as const)('where clouds serve credentials is never called: %s', async ([name, host], { world }) => {
    const red = world.tenant('red')
    await red.apply(own, ofRed(name, host))
    expect(await isRefused(world, name, 'HostRefused')).toContain('never a workspace')
    await red.apply(ofRed(name, world.databricks.url))
    await isConnected(world, name)
  })

  it('at the API server of the cluster is never called, although loopback is allowed', async ({ world }) => {
    const red = world.tenant('red')
    const server = new ApiServer(inject('kubeconfig'))
    const { url } = server
    await server.close()
    for (const host of [url, url.replace('127.0.0.1', 'localhost'), 'https://kubernetes.default.svc']) {
      await red.apply(own, ofRed('inside', host))
      expect(await isRefused(world, 'inside', 'HostRefused')).toContain('the API server of this cluster')
    }
    const asked = (await world.audit.all()).filter(({ requestURI }) => requestURI.includes('scim'))
    expect(asked).toEqual([])
    await red.apply(ofRed('inside', world.databricks.url))
    await isConnected(world, 'inside')
  })

  it('gets no Secret of another namespace', async ({ world }) => {
    const red = world.tenant('red')
    const databricks = await world.anotherDatabricks()
    // The owner of the world has a Secret of this name.
    await red.apply(workspace('borrower', databricks.url, { secret: 'databricks' }))
    await red.has('DatabricksWorkspace', 'borrower', { Ready: 'False SecretMissing' })
    await red.recheck('DatabricksWorkspace', 'borrower')
    expect(await databricks.calls()).toEqual([])
    const secretKeyRef = { name: 'databricks', key: 'token', namespace: world.namespace }
    const far = withCredentials('borrower', databricks.url, { personalAccessToken: { secretKeyRef } })
    const { code, stderr } = await red.tryKubectl(['apply', '-f', '-'], JSON.stringify(far))
    expect(code).toBe(1)
    expect(stderr).toContain('secretKeyRef.namespace')
    await red.apply(secret('databricks', { token }))
    await red.recheck('DatabricksWorkspace', 'borrower')
    await red.ready('DatabricksWorkspace', 'borrower')
  })

  it('gets nothing of the operator’s own identity', async ({ world }) => {
    const red = world.tenant('red')
    const databricks = await world.anotherDatabricks()
    await red.apply(withCredentials('ambient', databricks.url, { oidcFederation: { clientId } }))
    await isRefused(world, 'ambient', 'AmbientIdentityRefused')
    expect(await databricks.calls()).toEqual([])
    await red.apply(own, ofRed('ambient', databricks.url))
    await isConnected(world, 'ambient')
  })

  it('whose host names a token endpoint elsewhere brings no client secret there', async ({ world }) => {
    const red = world.tenant('red')
    await using undo = new AsyncDisposableStack()
    const stranger = undo.adopt(await Stranger.start(), (one) => one.stop())
    const token_endpoint = `${stranger.foreignUrl}/oidc/v1/token`
    const decoy = undo.adopt(
      await Stranger.start(({ path }, response) => {
        const isDiscovery = path.endsWith('/oauth-authorization-server')
        response.writeHead(isDiscovery ? 200 : 404, { 'content-type': 'application/json' })
        response.end(isDiscovery ? JSON.stringify({ token_endpoint }) : '')
      }),
      (one) => one.stop(),
    )
    const credentials = {
      oauthM2M: { clientId, clientSecret: { secretKeyRef: { name: 'own', key: 'secret' } } },
    }
    await red.apply(own, withCredentials('diverted', decoy.loopbackUrl, credentials))
    expect(await isRefused(world, 'diverted', 'TokenEndpointRefused')).toContain(new URL(token_endpoint).host)
    expect(stranger.heard).toEqual([])
    // Nor did the tenant's host itself hear it: it was only asked for what everybody may see.
    expect(decoy.heard.length).toBeGreaterThan(0)
    expect(JSON.stringify(decoy.heard)).not.toMatch(new RegExp(`${clientSecret}|"authorization"`, 'i'))
    const honest = await world.anotherDatabricks({ clients: { [clientId]: clientSecret } })
    await red.apply(withCredentials('diverted', honest.url, credentials))
    await isConnected(world, 'diverted')
  })
})
