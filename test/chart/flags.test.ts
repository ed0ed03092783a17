import { describe, expect, it } from 'vitest'
import { runCommand } from '../../src/cli/run.ts'
import type { Values } from './chart.ts'
import { argumentsOf, understood } from './deployment.ts'

/** Every value that becomes a flag, each unlike its default. */
const everything: Values = {
  namespaces: ['data', 'lake'],
  instance: 'production',
  allowedHosts: ['adb-1.2.azuredatabricks.net', '*.example.com:8443'],
  allowHttp: true,
  ambientIdentityNamespaces: ['data'],
  tokens: { databricks: { audience: 'account' }, azure: { audience: 'api://AzureADTokenExchange' } },
  azureAuthority: 'https://login.example.com',
  caBundle: { configMap: 'authorities' },
  hashKey: { secret: 'hash-key', key: 'it' },
  requestTimeout: '30s',
  attemptSettle: '3m',
  concurrency: 8,
  grace: '1m30s',
  leaseDuration: '20s',
  relistInterval: '1h',
  logLevel: 'debug',
}

/** A pod is in its cluster already, and its lease in its namespace. */
const notForPods: ReadonlySet<string> = new Set(['--kubeconfig', '--lease-namespace'])

describe('the flags of `lakeward run`', () => {
  it('each have a value in the chart, which knows no other', async () => {
    const args = await argumentsOf(everything)
    const flags = runCommand().options.map(({ long }) => long ?? '')
    expect(args.map((arg) => arg.replace(/=.*$/, '')).toSorted()).toEqual(
      flags.filter((flag) => !notForPods.has(flag)).toSorted(),
    )
  })

  it('arrive as they were meant', async () => {
    expect(understood(await argumentsOf(everything))).toEqual({
      unknown: [],
      config: {
        namespaces: ['data', 'lake'],
        instance: 'production',
        allowedHosts: ['adb-1.2.azuredatabricks.net', '*.example.com:8443'],
        allowHttp: true,
        ambientIdentityNamespaces: ['data'],
        oidcTokenFile: '/var/run/lakeward/tokens/databricks',
        azureTokenFile: '/var/run/lakeward/tokens/azure',
        azureAuthority: 'https://login.example.com',
        caBundle: '/etc/lakeward/ca/ca.crt',
        hashKeyFile: '/etc/lakeward/hash-key/it',
        requestTimeout: 30_000,
        attemptSettle: 180_000,
        healthPort: 8080,
        concurrency: 8,
        grace: 90_000,
        leaseDuration: 20_000,
        relistInterval: 3_600_000,
        logLevel: 'debug',
      },
    })
  })

  it('are by default those of the program, in a pod', async () => {
    const { config } = understood([])
    expect(understood(await argumentsOf({}))).toEqual({
      unknown: [],
      config: { ...(config as object), healthPort: 8080, ambientIdentityNamespaces: ['home'] },
    })
  })
})

describe('a duration', () => {
  it.each([
    ['requestTimeout', '--request-timeout', ['99ms', '100ms', '1h', '1h1ms']],
    ['attemptSettle', '--attempt-settle', ['0s', '24h', '24h1ms']],
    ['grace', '--grace', ['0s', '1h', '1h1ms']],
    ['leaseDuration', '--lease-duration', ['0s', '1s', '10m', '10m1s']],
    ['relistInterval', '--relist-interval', ['999ms', '1s', '168h', '168h1ms']],
  ])('such as %s is refused by the chart where the program would refuse it', async (name, flag, texts) => {
    for (const text of texts) {
      const byProgram = attempt(() => understood([`${flag}=${text}`]))
      const byChart = await argumentsOf({ [name]: text }).then(
        () => 'taken',
        (error: unknown) => String(error),
      )
      if (byProgram === 'taken') expect(byChart).toBe('taken')
      else expect(byChart).toContain(`${name} is ${text}; it has to be`)
    }
  })
})

/** What comes of something that may be refused with an exception. */
function attempt(what: () => unknown): 'taken' | 'refused' {
  try {
    what()
    return 'taken'
  } catch {
    return 'refused'
  }
}

describe('the namespaces whose workspaces may be the operator itself', () => {
  it.each([
    ['the one of the release, unless something else is said', null, ['home']],
    ['others', ['data', 'lake'], ['data', 'lake']],
    ['none', [], []],
  ])('can be %s', async (_name, ambientIdentityNamespaces, expected) => {
    const { config } = understood(await argumentsOf({ ambientIdentityNamespaces }))
    expect(config).toMatchObject({ ambientIdentityNamespaces: expected })
  })
})
