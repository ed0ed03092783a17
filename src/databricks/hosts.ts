import { BlockList, isIP } from 'node:net'

/** The three clouds that Databricks runs on. */
export type Cloud = 'AWS' | 'Azure' | 'GCP'

/** https://docs.databricks.com/aws/en/workspace/workspace-details#workspace-url and its siblings. */
const zones: readonly { readonly zone: string; readonly cloud: Cloud; readonly authority?: string }[] = [
  { zone: '.cloud.databricks.com', cloud: 'AWS' },
  { zone: '.cloud.databricks.us', cloud: 'AWS' },
  { zone: '.azuredatabricks.net', cloud: 'Azure' },
  { zone: '.databricks.azure.us', cloud: 'Azure', authority: 'https://login.microsoftonline.us' },
  { zone: '.databricks.azure.cn', cloud: 'Azure', authority: 'https://login.chinacloudapi.cn' },
  { zone: '.gcp.databricks.com', cloud: 'GCP' },
]

/** Where Microsoft Entra ID gives out tokens, besides in the clouds that have one of their own. */
const usualAuthority = 'https://login.microsoftonline.com'

/** The zones in which Databricks itself hands out names, so that no tenant can own a host there. */
export const defaultAllowedHosts: readonly string[] = zones.map(({ zone }) => `*${zone}`)

/** What a workspace's host may be. */
export interface HostRules {
  /** Names, or `*.zone` for everything below a zone; with `:port` only that port. */
  readonly allowedHosts: readonly string[]
  /** Admits http, and loopback hosts: for development and tests only. */
  readonly allowHttp: boolean
  /** Where the cluster's own API server is: never a workspace, whatever else is allowed. */
  readonly apiServer?: string
}

/** A host's origin to call, or a sentence why it must not be called. */
export type CheckedHost =
  | { readonly is: 'Allowed'; readonly origin: string }
  | { readonly is: 'Refused'; readonly problem: string }

/**
 * Judges a host that somebody wrote into a manifest: whoever may write there must not be able to send
 * our credentials to a place of their own, nor make us talk to the cluster's or the cloud's insides.
 * Path, query and fragment of a pasted address are dropped.
 */
export function checkHost(host: string, rules: HostRules): CheckedHost {
  const checked = checkEndpoint(host, rules)
  const name = addressIn(host)?.hostname
  if (checked.is === 'Refused' || name === undefined || !/^accounts(-dod)?\./.test(name)) return checked
  return refused(`${name} is the account console; use the address of one workspace`)
}

/**
 * Judges an address that a workspace's host names for tokens: our credentials go there, so that it has to be
 * as trustworthy as a workspace. Unlike one it may be the account's.
 */
export function checkEndpoint(address: string, rules: HostRules): CheckedHost {
  const { allowedHosts, allowHttp } = rules
  const url = addressIn(address)
  if (url === undefined) {
    return refused('the host is not an address such as https://dbc-1234.cloud.databricks.com')
  }
  if (url.username !== '' || url.password !== '') {
    return refused('the host carries a user or a password; credentials belong in spec.credentials')
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return refused(`${url.protocol}// is not https`)
  if (isInternal(url.hostname)) {
    return refused(`${url.host} is an address inside a machine or a cloud, never a workspace`)
  }
  if (isApiServer(url, rules.apiServer)) {
    return refused(`${url.host} is the API server of this cluster, never a workspace`)
  }
  if (url.protocol === 'http:' && !allowHttp) {
    return refused(
      `${url.host} is called over http, which would show the token to everybody on the way; use https`,
    )
  }
  if (isLoopback(url.hostname) && allowHttp) return { is: 'Allowed', origin: url.origin }
  if (allowedHosts.some((entry) => admits(entry.toLowerCase(), url))) {
    return { is: 'Allowed', origin: url.origin }
  }
  return refused(`${url.host} is not among the allowed hosts`)
}

/** The cloud that a workspace's host is on; undefined for hosts outside Databricks' own zones. */
export function cloudOf(host: string): Cloud | undefined {
  return zoneOf(host)?.cloud
}

/** The authority of Microsoft Entra ID for a workspace's host. */
export const authorityOf = (host: string): string => zoneOf(host)?.authority ?? usualAuthority

function zoneOf(host: string) {
  const name = addressIn(host)?.hostname
  return name === undefined ? undefined : zones.find(({ zone }) => name.endsWith(zone))
}

const refused = (problem: string): CheckedHost => ({ is: 'Refused', problem })

/**
 * The URL parser does the normalising: case, international names, default ports, and all the ways of
 * writing an IP address (`0x7f.1`, `2130706433`, `[::ffff:127.0.0.1]`).
 */
function addressIn(host: string): URL | undefined {
  if (host.length > 2048) return undefined
  const text = host.trim()
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`)
  if (url === null || url.hostname === '') return undefined
  // A name with its final dot is the same host, and would slip past a comparison.
  url.hostname = url.hostname.replace(/\.$/, '')
  return url
}

function admits(entry: string, url: URL): boolean {
  const [, name = '', port] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? []
  if (port !== undefined && port !== portOf(url)) return false
  return name.startsWith('*.') ? url.hostname.endsWith(name.slice(1)) : url.hostname === name
}

const portOf = ({ port, protocol }: URL): string => port || (protocol === 'https:' ? '443' : '80')

/** By the address that we use ourselves, or by the names that every pod knows it by. */
function isApiServer(url: URL, apiServer: string | undefined): boolean {
  if (/^kubernetes(\.default(\.svc(\..+)?)?)?$/.test(url.hostname)) return true
  const own = apiServer === undefined ? null : URL.parse(apiServer)
  if (own === null || portOf(own) !== portOf(url)) return false
  return own.hostname === url.hostname || (isLoopback(own.hostname) && isLoopback(url.hostname))
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Where clouds serve machine credentials to whoever asks from the inside. */
const internal = new BlockList()
internal.addSubnet('0.0.0.0', 8, 'ipv4')
internal.addSubnet('169.254.0.0', 16, 'ipv4')
internal.addAddress('100.100.100.200', 'ipv4')
internal.addAddress('168.63.129.16', 'ipv4')
internal.addAddress('::', 'ipv6')
internal.addSubnet('fe80::', 10, 'ipv6')
internal.addAddress('fd00:ec2::254', 'ipv6')

const isLoopback = (hostname: string): boolean => hostname === 'localhost' || isIn(loopback, hostname)
const isInternal = (hostname: string): boolean =>
  /^metadata(\.google\.internal)?$/.test(hostname) || isIn(internal, hostname)

function isIn(list: BlockList, hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1')
  const version = isIP(address)
  return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6')
}
