import { nameOf, type Call } from './call.ts'
import { DatabricksError } from './errors.ts'
import { AnswerTooLarge } from './exchange.ts'
import { redact } from './redact.ts'

/** A request that brought no whole answer. */
export interface Failure {
  readonly call: Call
  readonly error: unknown
  readonly secrets: readonly string[]
}

/**
 * Turns what the network reported into the error union. What is no network failure comes back as it is:
 * the reason of an aborted signal, and a bug of ours, which must not be retried as if it were an outage.
 */
export function errorOfNetwork({ call, error, secrets }: Failure): unknown {
  if (error instanceof AnswerTooLarge) {
    return new DatabricksError({
      kind: 'Unknown',
      call: nameOf(call),
      status: error.status,
      code: 'ANSWER_TOO_LARGE',
      serverMessage: `${error.message}; ask for smaller pages`,
      answered: false,
    })
  }
  const refusal = proxyRefusal(error)
  if (refusal !== undefined) {
    return new DatabricksError({
      kind: 'Unavailable',
      call: nameOf(call),
      status: 0,
      code: 'PROXY_REFUSED',
      serverMessage: `the proxy answered ${refusal}; check HTTPS_PROXY, the user in it, and NO_PROXY`,
      answered: false,
    })
  }
  const code = codeOf(error)
  if (error instanceof DatabricksError || code === undefined) return error
  return new DatabricksError({
    kind: 'Unavailable',
    call: nameOf(call),
    status: 0,
    code,
    serverMessage: redact(wordsOf(error, code), secrets),
    answered: false,
  })
}

/** The status with which a proxy refused us, which undici tells in words only, under a code for bugs of ours. */
const proxyRefusal = (error: unknown): string | undefined =>
  error instanceof Error
    ? /^Proxy (?:response|Authentication Required) \((\d{3})\)/.exec(error.message)?.[1]
    : undefined

/** Codes that undici gives to what the caller did, not the network. */
const ours = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED', 'UND_ERR_ABORTED'])

/**
 * Network failures carry a code of the system (`ECONNREFUSED`, `ENOTFOUND`), of TLS
 * (`CERT_HAS_EXPIRED`, `ERR_TLS_CERT_ALTNAME_INVALID`), of the HTTP parser (`HPE_…`) or of undici.
 */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  // The parser has a code for most of what is no HTTP, but not for all.
  if (error.name === 'HTTPParserError') return codeIn(error) ?? 'NOT_HTTP'
  return codeIn(error)
}

function codeIn(error: Error): string | undefined {
  if (!('code' in error) || typeof error.code !== 'string') return undefined
  return ours.has(error.code) ? undefined : error.code
}

/**
 * A host with several addresses fails with one error per address and no words of its own. The code is told already, and
 * without it the name of a system call says nothing.
 */
function wordsOf(error: unknown, code: string): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  const words = first instanceof Error ? first.message.replaceAll(code, ' ').replace(/\s+/g, ' ').trim() : ''
  if (unknownAuthority.has(code))
    return `the certificate is not trusted: ${words}; who vouches for it, such as a proxy that looks into TLS, has to be named by --ca-bundle (caBundle in the chart)`
  return /^\w*$/.test(words) ? 'no answer from the host' : `no answer from the host: ${words}`
}

/** https://nodejs.org/docs/latest-v24.x/api/tls.html#x509-certificate-error-codes */
const unknownAuthority = new Set([
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])
