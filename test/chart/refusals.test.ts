import { describe, expect, it } from 'vitest'
import { refusal, type Values } from './chart.ts'

/** Wrong values, and what is said about each: where it is, and what it should be. */
const rows: readonly [string, Values, ...string[]][] = [
  ['a name that nobody knows', { replicaCount: 3 }, "additional properties 'replicaCount' not allowed"],
  [
    'one below a known one',
    { image: { name: 'x' } },
    "at '/image': additional properties 'name' not allowed",
  ],
  ['a misspelt token', { tokens: { entra: {} } }, "at '/tokens': additional properties 'entra' not allowed"],
  ['replicas in words', { replicas: 'two' }, "at '/replicas': got string, want integer"],
  ['fewer than none', { replicas: -1 }, "at '/replicas': minimum: got -1, want 0"],
  ['one namespace that is no list', { namespaces: 'data' }, "at '/namespaces': got string, want array"],
  [
    'a namespace that cannot be',
    { namespaces: ['Data_1'] },
    "at '/namespaces/0': 'Data_1' does not match pattern",
  ],
  ['a namespace twice', { namespaces: ['a', 'a'] }, "at '/namespaces': items at 0 and 1 are equal"],
  ['an instance with a space', { instance: 'my prod' }, "at '/instance': 'my prod' does not match pattern"],
  [
    'a host that is an address',
    { allowedHosts: ['https://x.com'] },
    "at '/allowedHosts/0': 'https://x.com' does not",
  ],
  [
    'an authority that is a host',
    { azureAuthority: 'login.x.com' },
    "at '/azureAuthority': 'login.x.com' does not",
  ],
  ['a duration without a unit', { grace: '20' }, "at '/grace': '20' does not match pattern"],
  ['a duration that is a number', { requestTimeout: 60 }, "at '/requestTimeout': got number, want string"],
  [
    'a lease for no time',
    { leaseDuration: '0s' },
    'leaseDuration is 0s; it has to be a duration from 1s to 10m',
  ],
  [
    'a lease for a part of a second',
    { leaseDuration: '1500ms' },
    "at '/leaseDuration': '1500ms' does not match",
  ],
  ['too much at a time', { concurrency: 1000 }, "at '/concurrency': maximum: got 1,000, want 256"],
  [
    'a level that there is not',
    { logLevel: 'verbose' },
    "at '/logLevel': value must be one of 'trace', 'debug'",
  ],
  [
    'authorities from two places',
    { caBundle: { configMap: 'a', secret: 'b' } },
    'caBundle.configMap and caBundle.secret are both set: leave one of them out',
  ],
  ['a short-lived token', { tokens: { expirationSeconds: 60 } }, 'minimum: got 60, want 600'],
  ['a digest that is a tag', { image: { digest: 'v1' } }, "at '/image/digest': 'v1' does not match pattern"],
  [
    'a repository with a tag',
    { image: { repository: 'lakeward:1.0' } },
    "at '/image/repository': 'lakeward:1.0' does not",
  ],
  ['a secret for the registry by name only', { image: { pullSecrets: ['x'] } }, 'got string, want object'],
  ['a variable without a name', { extraEnv: [{ value: 'x' }] }, "at '/extraEnv/0': missing property 'name'"],
  ['a label that is a number', { podLabels: { a: 1 } }, "at '/podLabels/a': got number, want string"],
  [
    'a variable that is a number',
    { extraEnv: [{ name: 'A', value: 1 }] },
    "at '/extraEnv/0/value': got number, want string",
  ],
  [
    'a variable twice',
    { proxy: { https: 'proxy:3128' }, extraEnv: [{ name: 'HTTPS_PROXY', value: 'x' }] },
    'extraEnv sets HTTPS_PROXY, which is set before (by extraEnv or proxy)',
  ],
  [
    'a proxy of another kind',
    { proxy: { https: 'socks5://proxy:1080' } },
    "at '/proxy/https': 'socks5://proxy:1080' does not match pattern",
  ],
  [
    'an authority to which secrets would travel in clear',
    { azureAuthority: 'http://login.example.com' },
    'azureAuthority is an http address, which takes allowHttp',
  ],
  ['a value taken away', { concurrency: null }, "missing property 'concurrency'"],
  ['a part taken away', { image: null }, "missing property 'image'"],
  ['a policy taken away by accident', { policies: { protect: null } }, "missing property 'protect'"],
  [
    'a label by which the pods are known',
    { podLabels: { 'app.kubernetes.io/name': 'x' } },
    'podLabels sets app.kubernetes.io/name, by which the Deployment knows its pods',
  ],
  ['to run as root', { runAsUser: 0 }, "at '/runAsUser': minimum: got 0, want 1"],
  [
    'a policy that there is not',
    { policies: { abandon: true } },
    "at '/policies': additional properties 'abandon' not allowed",
  ],
  [
    'annotations for one that is not made here',
    { serviceAccount: { create: false, name: 'theirs', annotations: { a: 'b' } } },
    'serviceAccount.annotations are for one that is made here: annotate theirs by itself',
  ],
  [
    'nobody to run as',
    { serviceAccount: { create: false } },
    'serviceAccount.create is false, so serviceAccount.name has to name one that exists',
  ],
]

describe('helm refuses', () => {
  it.each(rows)('%s', async (_name, values, ...says) => {
    const message = await refusal(values)
    for (const text of says) expect(message).toContain(text)
  })
})
