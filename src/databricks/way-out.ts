import { readFileSync } from 'node:fs'
import { X509Certificate } from 'node:crypto'
import { createSecureContext, getCACertificates } from 'node:tls'
import { Agent, EnvHttpProxyAgent, type Dispatcher } from 'undici'

/** How Databricks and token endpoints are reached. */
export interface WayOut {
  /** Connections to one host at a time. */
  readonly connections: number
  /** File with certificates of authorities that are trusted besides the usual ones. */
  readonly caBundle?: string | undefined
  /** Where HTTPS_PROXY, HTTP_PROXY and NO_PROXY, or the same in small letters, are looked for. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

/**
 * The one pool for everything that leaves the cluster: through the proxy that the environment names, and with
 * every certificate verified, whatever NODE_TLS_REJECT_UNAUTHORIZED says. It follows no redirects.
 */
export function openWayOut({ connections, caBundle, environment }: WayOut): Dispatcher {
  const { https, http, except } = proxiesIn(environment)
  const verified = {
    rejectUnauthorized: true,
    // One context for all connections: each of its own would parse all certificates again.
    ...(caBundle !== undefined && { secureContext: createSecureContext({ ca: trusted(caBundle) }) }),
  }
  const pool = { connections, allowH2: false, connect: verified }
  if (https === '' && http === '') return new Agent(pool)
  return new EnvHttpProxyAgent({
    ...pool,
    requestTls: verified,
    proxyTls: verified,
    // Empty where there is none: the pool must not look for itself in another environment.
    httpsProxy: https,
    httpProxy: http,
    noProxy: except,
  })
}

/** The hosts of the proxies in use, fit for a log: their addresses may hold passwords. */
export function proxyHosts(environment: WayOut['environment']): { httpsProxy?: string; httpProxy?: string } {
  const { https, http } = proxiesIn(environment)
  return {
    ...(https !== '' && { httpsProxy: new URL(https).host }),
    ...(http !== '' && { httpProxy: new URL(http).host }),
  }
}

function proxiesIn(environment: WayOut['environment']): { https: string; http: string; except: string } {
  const valueOf = (name: string) => environment[name.toLowerCase()] ?? environment[name] ?? ''
  return {
    https: proxyIn(valueOf('HTTPS_PROXY'), 'HTTPS_PROXY'),
    http: proxyIn(valueOf('HTTP_PROXY'), 'HTTP_PROXY'),
    except: valueOf('NO_PROXY'),
  }
}

/** Many write a proxy without a scheme. The value is never repeated: it may hold a password. */
function proxyIn(text: string, name: string): string {
  const value = text.trim()
  if (value === '') return ''
  const url = URL.parse(value.includes('://') ? value : `http://${value}`)
  if (url !== null && /^https?:$/.test(url.protocol) && url.hostname !== '') return url.href
  throw new Error(`${name} is not the address of a proxy, such as http://proxy.example.com:3128`)
}

function trusted(file: string): string[] {
  const text = textOf(file)
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  if (certificates.length === 0) throw new Error(`--ca-bundle ${file} holds no certificate in PEM form`)
  for (const certificate of certificates) {
    try {
      // oxlint-disable-next-line no-new -- it is made to see whether it can be
      new X509Certificate(certificate)
    } catch (cause) {
      throw new Error(`--ca-bundle ${file} holds a certificate that cannot be read`, { cause })
    }
  }
  return [...getCACertificates('default'), ...certificates]
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`cannot read --ca-bundle ${file}: ${why}`, { cause: error })
  }
}
