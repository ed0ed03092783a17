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
