import { describe, expect, it } from 'vitest'
import { credentialsTold } from '../../../src/kinds/workspace/credentials-told.ts'

const clientId = '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50'
const tenantId = '9d1f0c3e-5b7a-4c21-8f60-2e4a6b8c0d12'
const secret = { secretKeyRef: { name: 'databricks', key: 'value' } }
const serviceAccountRef = { name: 'lake' }

describe('credentials are told by where they lie and whose they are', () => {
  it.each([
    [{ personalAccessToken: secret }, 'the token in Secret data/databricks (key value)'],
    [
      { oauthM2M: { clientId, clientSecret: secret } },
      `the secret of client ${clientId} in Secret data/databricks (key value)`,
    ],
    [
      { azureClientSecret: { tenantId, clientId, clientSecret: secret } },
      `the secret of client ${clientId} in Secret data/databricks (key value)`,
    ],
    [
      { oidcFederation: { clientId, serviceAccountRef } },
      `a token of ServiceAccount data/lake as client ${clientId}`,
    ],
    [
      { azureWorkloadIdentity: { tenantId, clientId, serviceAccountRef } },
      `a token of ServiceAccount data/lake as client ${clientId}`,
    ],
    [{ oidcFederation: { clientId } }, `a token of the operator itself as client ${clientId}`],
    [
      { azureWorkloadIdentity: { tenantId, clientId } },
      `a token of the operator itself as client ${clientId}`,
    ],
    [{}, 'what the workspace names'],
  ])('%j', (credentials, told) => {
    expect(credentialsTold('data', credentials)).toBe(told)
  })
})
