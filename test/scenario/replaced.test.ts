import { describe, expect } from 'vitest'
import { resources } from '../../src/kinds/resources.ts'
import { inTrouble } from './in-trouble.ts'
import { cluster, grant, job, workspace } from './manifests.ts'
import { until } from './until.ts'

/*
 * Somebody deletes an object and makes another one of its name while our finalizer is still on its way to the first.
 * The server refuses the patch, and only a look tells whose fault that was: the operator's, or a successor's.
 */

const it = inTrouble()

const rows = [
  ['DatabricksWorkspace', (url: string) => workspace('replaced', url), []],
  ['DatabricksCluster', () => cluster('replaced'), ['POST /api/2.1/clusters/create']],
  ['JobSpec', () => job('replaced'), ['POST /api/2.2/jobs/create']],
  [
    'CatalogGrant',
    () => grant('replaced', 'main.silver', { analysts: ['SELECT'] }),
    ['PATCH /api/2.1/unity-catalog/permissions/schema/main.silver'],
  ],
] as const

describe('an object that is replaced by another one of its name, while our finalizer is on its way', () => {
  it.for(rows)('is let go, and the other is taken up: %s', async ([kind, of, expected], { world, proxy }) => {
    const { kubernetes, databricks, audit } = world
    const manifest = of(databricks.url)
    const resource = resources.find((resource) => resource.kind === kind)?.plural ?? ''
    const { writes } = await databricks.during(async () => {
      const late = proxy.order({
        on: { verb: 'patch', resource, subresource: 'none', name: 'replaced' },
        fault: { is: 'Delayed', milliseconds: 3000 },
      })
      await kubernetes.apply(manifest)
      await until('the finalizer is on its way', () => late.isUsedUp)
      await kubernetes.delete(kind, 'replaced')
      await kubernetes.apply(manifest)
      await kubernetes.ready(kind, 'replaced')
    })
    expect(writes.map(({ method, path }) => `${method} ${path}`)).toEqual(expected)

    const requests = (await audit.all()).filter(
      ({ objectRef }) => objectRef?.resource === resource && objectRef.subresource === undefined,
    )
    const ofThis = requests.filter(({ objectRef }) => objectRef?.name === 'replaced')
    expect(ofThis.map(({ verb, responseStatus }) => `${verb} ${responseStatus?.code}`)).toEqual([
      'patch 422',
      'get 200',
      'patch 200',
    ])
  })
})
