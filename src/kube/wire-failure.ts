/** Codes that undici gives to what the caller did, not the network. */
const ours = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED', 'UND_ERR_ABORTED'])

/**
 * What the network reported, as one clause for people; undefined when an error is no network failure but a bug
 * of ours. Sockets, TLS, the HTTP parser and the pool name their failures by a code.
 */
export function failureOf(error: unknown, server: string): string | undefined {
  if (!(error instanceof Error)) return undefined
  const refusal = proxyRefusal(error)
  if (refusal !== undefined) return `the proxy answered ${refusal}; check the proxy-url and the user in it`
  const code = codeOf(error)
  if (code === undefined) return undefined
  // A host with several addresses fails with one error per address and no words of its own.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  const words = first instanceof Error && first.message !== '' ? first.message : code
  return `${words.replace(/\s+/g, ' ').slice(0, 300)}${remedyOf(code, server)}`
}

function codeOf(error: Error): string | undefined {
  // The parser has a code for most of what is no HTTP, but not for all.
  if (error.name === 'HTTPParserError') return codeIn(error) ?? 'NOT_HTTP'
  return codeIn(error)
}

function codeIn(error: Error): string | undefined {
  if (!('code' in error) || typeof error.code !== 'string') return undefined
  return ours.has(error.code) ? undefined : error.code
}

/** The status with which a proxy refused us, which undici tells in words only, under a code for bugs of ours. */
const proxyRefusal = ({ message }: Error): string | undefined =>
  /^Proxy (?:response|Authentication Required) \((\d{3})\)/.exec(message)?.[1]

/** What to do about failures whose words do not say it. */
function remedyOf(code: string, server: string): string {
  if (code === 'NOT_HTTP' || code.startsWith('HPE_')) return `; ${server} does not speak HTTP`
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return '; give the name it is made for as tls-server-name'
  if (nobodyThere.has(code)) return '; check that it runs and that nothing blocks the way'
  if (unknownAuthority.has(code)) return '; its CA is not the one we were given: check certificate-authority'
  return ''
}

const nobodyThere = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
])

const unknownAuthority = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])
