import { describe, expect, it } from 'vitest'
import { DatabricksError } from '../../src/databricks/errors.ts'
import { errorOfNetwork } from '../../src/databricks/network-error.ts'

const failure = (code: string, message: string) => Object.assign(new Error(message), { code })

const told = (error: Error): string => {
  const call = { method: 'GET', path: '/api/2.2/jobs/list', effect: 'read' } as const
  const made = errorOfNetwork({ call, error, secrets: [] })
  return made instanceof DatabricksError ? made.message : ''
}

describe('a request that nobody answered', () => {
  it.each([
    ['ECONNREFUSED', 'connect ECONNREFUSED 203.0.113.7:443', ': connect 203.0.113.7:443'],
    [
      'ENOTFOUND',
      'getaddrinfo ENOTFOUND dbc-1.cloud.databricks.com',
      ': getaddrinfo dbc-1.cloud.databricks.com',
    ],
    ['ECONNRESET', 'read ECONNRESET', ''],
    ['CERT_HAS_EXPIRED', 'certificate has expired', ': certificate has expired'],
    ['ECONNREFUSED', '', ''],
  ])('says once that it is %s, and what the system says besides: %s', (code, message, besides) => {
    expect(told(failure(code, message))).toBe(
      `GET /api/2.2/jobs/list: ${code}: no answer from the host${besides}`,
    )
  })

  it.each([
    ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify the first certificate'],
  ])('says where an authority is named when nobody vouches for the certificate (%s)', (code, message) => {
    expect(told(failure(code, message))).toBe(
      `GET /api/2.2/jobs/list: ${code}: the certificate is not trusted: ${message}; who vouches for it, such as a proxy that looks into TLS, has to be named by --ca-bundle (caBundle in the chart)`,
    )
  })

  it('has the words of the first of several addresses', () => {
    const each = ['203.0.113.7:443', '203.0.113.8:443'].map((address) =>
      failure('ECONNREFUSED', `connect ECONNREFUSED ${address}`),
    )
    const error = Object.assign(new AggregateError(each, ''), { code: 'ECONNREFUSED' })
    expect(told(error)).toBe(
      'GET /api/2.2/jobs/list: ECONNREFUSED: no answer from the host: connect 203.0.113.7:443',
    )
  })
})
