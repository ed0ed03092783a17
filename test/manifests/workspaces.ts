import type { Refusal, Row } from './row.ts'

const credentials = { personalAccessToken: { secretKeyRef: { name: 'databricks', key: 'token' } } }
const host = 'https://dbc-1234abcd-5678.cloud.databricks.com'

const good = (name: string, spec: object): Row => ({ name, kind: 'DatabricksWorkspace', spec })
const bad = (name: string, spec: object, refused: Refusal): Row => ({ ...good(name, spec), refused })

export const workspaceRows: readonly Row[] = [
  good('a workspace with a token', { host, credentials }),
  good('a workspace on a loopback port', { host: 'http://127.0.0.1:8642', credentials }),
  good('a workspace with an interval', { host, credentials, interval: '1h30m' }),
  good('the shortest interval', { host, credentials, interval: '30s' }),
  good('the longest interval', { host, credentials, interval: '24h' }),
  bad('a workspace without a host', { credentials }, { at: 'spec.host' }),
  bad('an empty host', { host: '', credentials }, { at: 'spec.host' }),
  bad('a host with a blank', { host: 'https://a b', credentials }, { at: 'spec.host' }),
  bad('a workspace without credentials', { host }, { at: 'spec.credentials' }),
  bad('credentials of no kind', { host, credentials: {} }, { at: 'spec.credentials.personalAccessToken' }),
  bad(
    'a secret reference without a key',
    { host, credentials: { personalAccessToken: { secretKeyRef: { name: 'databricks' } } } },
    { at: 'spec.credentials.personalAccessToken.secretKeyRef.key' },
  ),
  bad(
    'a token in the manifest itself',
    {
      host,
      credentials: { personalAccessToken: { ...credentials.personalAccessToken, token: 'dapi' } },
    },
    { at: 'spec.credentials.personalAccessToken.token', says: 'unknown field' },
  ),
  bad(
    'a secret name that Kubernetes cannot have',
    { host, credentials: { personalAccessToken: { secretKeyRef: { name: 'Data_bricks', key: 'token' } } } },
    { at: 'spec.credentials.personalAccessToken.secretKeyRef.name' },
  ),
  bad('an interval without a unit', { host, credentials, interval: '30' }, { at: 'spec.interval' }),
  bad('an interval in days', { host, credentials, interval: '1d' }, { at: 'spec.interval' }),
  bad(
    'an interval too short',
    { host, credentials, interval: '29s' },
    { at: 'spec.interval', says: 'from 30s to 24h' },
  ),
  bad(
    'an interval too long',
    { host, credentials, interval: '24h1ms' },
    { at: 'spec.interval', says: 'from 30s to 24h' },
  ),
  bad('an unknown field', { host, credentials, hots: host }, { at: 'spec.hots', says: 'unknown field' }),
]
