import { expect, it } from 'vitest'
import { kinds } from '../../src/kinds/index.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import { Store } from '../../src/kube/store.ts'
import { workspaceOf } from '../../src/operator/assemble.ts'
import { anObject } from '../reconcile/fixtures.ts'

it('the queue groups a workspace with all that lives in it', () => {
  const populations = kinds.map((kind) => ({ kind, store: new Store<KubeObject>() }))
  const workspaces = { kind: 'DatabricksWorkspace', store: new Store<KubeObject>() }
  const jobs = populations.find(({ kind }) => kind.definition.kind === 'JobSpec')
  jobs?.store.observe(anObject({ name: 'plain' }))
  jobs?.store.observe(
    anObject({ name: 'shared' }, { spec: { workspaceRef: { name: 'prod', namespace: 'red' } } }),
  )
  const groupOf = workspaceOf({ workspaces, populations })
  expect(
    [
      'DatabricksWorkspace/data/default',
      'JobSpec/data/plain',
      'JobSpec/data/shared',
      'JobSpec/data/gone',
      'DatabricksCluster/data/plain',
    ].map(groupOf),
  ).toEqual(['data/default', 'data/default', 'red/prod', '', ''])
})
