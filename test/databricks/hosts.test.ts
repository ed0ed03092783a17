import { describe, expect, it } from 'vitest'
import { checkHost, cloudOf, defaultAllowedHosts, type CheckedHost } from '../../src/databricks/hosts.ts'

const strict = { allowedHosts: defaultAllowedHosts, allowHttp: false }
const loose = { ...strict, allowHttp: true }
const problemOf = (checked: CheckedHost) =>
  checked.is === 'Refused' ? checked.problem : `allowed ${checked.origin}`

describe('a host that is allowed', () => {
  const aws = 'https://dbc-1234.cloud.databricks.com'
  it.each([
    [aws, aws],
    ['dbc-1234.cloud.databricks.com', aws],
    ['  https://DBC-1234.Cloud.Databricks.com:443/?o=7#x ', aws],
    [`${aws}/path/`, aws],
    [`${aws}.`, aws],
    [`${aws}:8443`, `${aws}:8443`],
    ['adb-7.11.azuredatabricks.net', 'https://adb-7.11.azuredatabricks.net'],
    ['x.databricks.azure.us', 'https://x.databricks.azure.us'],
    ['x.databricks.azure.cn', 'https://x.databricks.azure.cn'],
    ['x.cloud.databricks.us', 'https://x.cloud.databricks.us'],
    ['7.7.gcp.databricks.com', 'https://7.7.gcp.databricks.com'],
  ])('%s → %s', (host, origin) => {
    expect(checkHost(host, strict)).toEqual({ is: 'Allowed', origin })
  })

  it.each([
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080'],
    ['http://localhost:8080', 'http://localhost:8080'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
    ['http://127.9.9.9', 'http://127.9.9.9'],
    ['https://localhost', 'https://localhost'],
    ['http://x.cloud.databricks.com', 'http://x.cloud.databricks.com'],
  ])('with --allow-http: %s → %s', (host, origin) => {
    expect(checkHost(host, loose)).toEqual({ is: 'Allowed', origin })
  })

  it('is what the operator lists, with a port or any', () => {
    const rules = { allowedHosts: ['Proxy.corp:8443', '*.dev.corp', 'plain.corp'], allowHttp: false }
    const allowed = (host: string) => checkHost(host, rules).is === 'Allowed'
    expect(['proxy.corp:8443', 'a.dev.corp', 'a.b.dev.corp:99', 'plain.corp:99'].map(allowed)).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect(['proxy.corp', 'dev.corp', 'adev.corp', 'a.plain.corp'].map(allowed)).toEqual([
      false,
      false,
      false,
      false,
    ])
  })
})

describe('a host that is refused', () => {
  it.each([
    ['another host', 'https://evil.example', /not among the allowed hosts$/],
    ['a zone in front', 'https://x.cloud.databricks.com.evil.example', /not among/],
    ['a zone without its dot', 'https://evilcloud.databricks.com', /not among/],
    ['a zone itself', 'https://cloud.databricks.com', /not among/],
    ['a zone in the query', 'https://evil.example/?.cloud.databricks.com', /not among/],
    ['http', 'http://x.cloud.databricks.com', /over http/],
    ['loopback', 'https://127.0.0.1', /not among/],
    ['another scheme', 'file://x.cloud.databricks.com/etc', /not https/],
    ['nothing', '', /not an address/],
    ['nonsense', 'https://a b', /not an address/],
    ['too long a text', `https://${'a'.repeat(3000)}`, /not an address/],
    ['the account console', 'https://accounts.cloud.databricks.com', /account console/],
  ])('%s', (_name, host, problem) => {
    expect(problemOf(checkHost(host, strict))).toMatch(problem)
  })

  it('carries a user, whose password is not repeated', () => {
    const problem = problemOf(checkHost('https://user:hunter2@x.cloud.databricks.com', strict))
    expect(problem).toMatch(/user or a password/)
    expect(problem).not.toContain('hunter2')
  })

  it('hides behind a user that looks like a zone', () => {
    expect(checkHost('https://x.cloud.databricks.com@evil.example', strict).is).toBe('Refused')
    expect(problemOf(checkHost('https://x.cloud.databricks.com\\@evil.example', strict))).not.toContain(
      'evil',
    )
  })

  const inside = [
    'http://169.254.169.254',
    'http://169.254.1.1',
    'http://[fe80::1]',
    'http://[fd00:ec2::254]',
    'http://2852039166',
    'http://0xa9fea9fe',
    'http://0251.0376.0251.0376',
    'http://[::ffff:169.254.169.254]',
    'http://metadata.google.internal',
    'http://METADATA.google.internal.',
    'http://168.63.129.16',
    'http://100.100.100.200',
    'http://0.0.0.0:8080',
    'http://[::]',
  ]
  it.each(inside)('%s, even when everything is allowed', (host) => {
    const everything = { allowedHosts: [new URL(host).hostname, 'metadata.google.internal'], allowHttp: true }
    expect(problemOf(checkHost(host, everything))).toMatch(/inside a machine or a cloud/)
  })
})

describe('the cloud of a host', () => {
  it.each([
    ['https://dbc-1.cloud.databricks.com', 'AWS'],
    ['adb-1.2.azuredatabricks.net', 'Azure'],
    ['https://1.2.gcp.databricks.com/?o=1', 'GCP'],
    ['http://127.0.0.1:8080', undefined],
    ['', undefined],
  ])('%s → %s', (host, cloud) => {
    expect(cloudOf(host)).toBe(cloud)
  })
})

describe('the API server of the cluster', () => {
  const rules = { ...loose, allowedHosts: ['*.svc', '10.0.0.1', 'api.corp'], apiServer: 'https://10.0.0.1' }

  it.each([
    'https://kubernetes',
    'https://kubernetes.default',
    'https://kubernetes.default.svc',
    'https://KUBERNETES.default.svc.cluster.local:6443',
    'https://10.0.0.1',
    'https://10.0.0.1:443/apis',
    'https://167772161',
    'http://10.0.0.1:443',
  ])('is no workspace: %s', (host) => {
    expect(checkHost(host, rules)).toMatchObject({
      is: 'Refused',
      problem: expect.stringContaining('API server') as string,
    })
  })

  it('is told from others on its machine by the port', () => {
    const local = { ...loose, apiServer: 'https://127.0.0.1:6443' }
    for (const host of ['https://127.0.0.1:6443', 'https://localhost:6443', 'https://[::1]:6443'])
      expect(checkHost(host, local)).toMatchObject({ is: 'Refused' })
    expect(checkHost('http://127.0.0.1:8642', local)).toMatchObject({ is: 'Allowed' })
    expect(checkHost('https://10.0.0.1:8443', rules)).toMatchObject({ is: 'Allowed' })
  })
})
