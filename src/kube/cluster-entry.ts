/** What a loaded configuration says about the way to one API server. Everything wrong with it is one Error. */
import { readFile } from 'node:fs/promises'
import type { RequestOptions } from 'node:https'
import { createSecureContext } from 'node:tls'
import type { JsonObject } from '../databricks/json.ts'
import type { Loaded } from './kubeconfig.ts'
import type { PluginCredential } from './plugin.ts'

/** What a connection needs to know of TLS. */
export type TlsOptions = Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'servername'> & {
  rejectUnauthorized: boolean
}

/** Headers that say who we are. */
export type IdentityHeaders = Record<string, string | string[]>

/** Scheme, host and port; with a path when the API server stands behind one. */
export function serverOf({ config }: Loaded): string {
  const context = config.getContextObject(config.getCurrentContext())
  if (context === null) throw new Error('it has no current-context, or one that it does not define')
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw new Error(`its context names the cluster "${context.cluster}", which it lacks`)
  if (config.getCurrentUser() === null) {
    throw new Error(`its context names the user "${context.user}", which it lacks`)
  }
  const url = URL.parse(cluster.server)
  if (url === null) throw new Error(`its server "${cluster.server}" is not an address`)
  if (url.username !== '' || url.password !== '')
    throw new Error('its server has a name or password in its address: they belong to the user')
  // Whoever listens on the way would read the credential.
  if (url.protocol !== 'https:') throw new Error(`its server "${cluster.server}" is not an https address`)
  return cluster.server
}

/** The proxy that the cluster is behind; undefined = none. The address may hold a password and is never repeated. */
export function proxyOf({ config }: Loaded): string | undefined {
  const address = config.getCurrentCluster()?.proxyUrl ?? ''
  if (address === '') return undefined
  const url = URL.parse(address)
  if (url === null || url.hostname === '') throw new Error('its proxy-url is not an address')
  if (url.protocol === 'http:' || url.protocol === 'https:') return url.href
  throw new Error(`its proxy-url begins with ${url.protocol}//, and only http:// and https:// are supported`)
}

/** Whom we believe to be the server, and what certificate we show; reads the files afresh. */
export async function tlsOf(loaded: Loaded, plugin: PluginCredential | undefined): Promise<TlsOptions> {
  const { ca, cert, key, servername, rejectUnauthorized = true } = await applied(loaded)
  const own = { cert: plugin?.cert ?? cert, key: plugin?.key ?? key }
  return {
    // Said aloud, because else NODE_TLS_REJECT_UNAUTHORIZED has a word in it.
    rejectUnauthorized,
    ...(ca !== undefined && { ca }),
    ...(own.cert !== undefined && { cert: own.cert }),
    ...(own.key !== undefined && { key: own.key }),
    ...(servername !== undefined && { servername }),
  }
}

/** Throws unless these can be used together: of a pair that is being replaced, one half may be the old one. */
export function usable({ ca, cert, key }: TlsOptions): void {
  try {
    createSecureContext({ ca, cert, key })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new Error(`its CA, or its client certificate with its key, cannot be used (${code})`, {
      cause: error,
    })
  }
}

/** Who we are; none when the client certificate says it. Reads the token file afresh. */
export async function headersOf(
  loaded: Loaded,
  plugin: PluginCredential | undefined,
): Promise<IdentityHeaders> {
  const { headers = {} } = await applied(loaded)
  const identity: IdentityHeaders = { ...loaded.user.impersonation }
  for (const [name, value] of Object.entries(headers)) identity[name.toLowerCase()] = String(value)
  const { tokenFile } = loaded.user
  const token = tokenFile === undefined ? plugin?.token : await readFile(tokenFile, 'utf8')
  if (token !== undefined)
    identity.authorization = `Bearer ${checked(token.trim(), tokenFile ?? 'the plugin’s answer')}`
  return identity
}

/** The cluster as a credential plugin is told of it. */
export function clusterInfo({ config, cluster }: Loaded): JsonObject {
  const { server, tlsServerName, skipTLSVerify, caData, proxyUrl } = config.getCurrentCluster() ?? {}
  return {
    server: server ?? '',
    ...(tlsServerName !== undefined && { 'tls-server-name': tlsServerName }),
    ...(skipTLSVerify === true && { 'insecure-skip-tls-verify': true }),
    ...(caData !== undefined && { 'certificate-authority-data': caData }),
    ...(proxyUrl !== undefined && { 'proxy-url': proxyUrl }),
    ...(cluster.plugins !== undefined && { config: cluster.plugins }),
  }
}

async function applied({ config, user: { plugin, tokenFile } }: Loaded): Promise<RequestOptions> {
  const { authProvider, username, token, certFile, certData } = config.getCurrentUser() ?? {}
  if (isGiven(authProvider))
    throw new Error('its user has an auth-provider, which is not supported: use a credential plugin (exec)')
  // What the API server does not take it does not see, and what follows would be anonymous and forbidden.
  if (isGiven(username))
    throw new Error('its user has a name and password, which Kubernetes has not taken since 1.19')
  if (![plugin, tokenFile, token, certFile, certData].some(isGiven))
    throw new Error('its user has no credential: no token, no client certificate and no plugin (exec)')
  const options: RequestOptions = {}
  await config.applyToHTTPSOptions(options)
  return options
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== ''

/** Anything else would be refused as a header, in words that do not say why. */
function checked(token: string, where: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw new Error(token === '' ? `there is no token in ${where}` : `what is in ${where} is no token`)
}
