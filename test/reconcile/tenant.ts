import { expect } from 'vitest'
import type { JsonObject } from '../../src/databricks/json.ts'
import { cluster } from '../../src/kinds/cluster/index.ts'
import { grant } from '../../src/kinds/grant/index.ts'
import { job } from '../../src/kinds/job/index.ts'
import type { Kind } from '../../src/kinds/kind.ts'
import type { AccessEntry } from '../../src/kinds/workspace/access.ts'
import { keyOf, type KubeObject, type ObjectMeta } from '../../src/kube/object.ts'
import { Store } from '../../src/kube/store.ts'
import type { Outcome } from '../../src/reconcile/outcome.ts'
import { reconcile } from '../../src/reconcile/reconcile.ts'
import { statusOf } from '../../src/reconcile/writer.ts'
import { aDoor, type Called } from './door.ts'
import { anObject } from './fixtures.ts'
import { surroundings } from './surroundings.ts'

const kinds = { JobSpec: job, DatabricksCluster: cluster, CatalogGrant: grant } as unknown as Record<
  string,
  Kind
>

const host = 'https://dbc-1.cloud.databricks.com'
const credentials = { personalAccessToken: { secretKeyRef: { name: 'databricks', key: 'token' } } }

/** What namespace red wants of the workspace data/default, and what that lends. */
export interface Tenancy {
  kind: keyof typeof kinds
  spec: object
  access: object[]
  /** What else the workspace says. */
  terms?: object
  /** Of namespace red. */
  labels?: Record<string, string>
  metadata?: Partial<ObjectMeta>
  status?: object
  /** Other objects that it may refer to, by kind. */
  others?: Record<string, KubeObject[]>
  answer?: (called: Called) => JsonObject | Error
}

/** An entry for namespace red. */
export const forRed = (entry: Omit<AccessEntry, 'namespaces'> = {}): object => ({
  namespaces: { names: ['red'] },
  ...entry,
})

/** Whom the workspace's own calls run as. */
export const me = 'lakeward@example.com'

/** One object of namespace red that uses the workspace data/default, and everything that it makes us call. */
export async function tenant({ kind: name, spec, access, ...given }: Tenancy) {
  const kind = kinds[name]
  if (kind === undefined) throw new Error(`there is no kind ${name}`)
  const { databricks, calls } = aDoor((called) =>
    called.call.includes('scim') ? {} : (given.answer?.(called) ?? {}),
  )
  const { api, clock, environment } = await surroundings({ databricks })
  const workspaces = new Store<KubeObject>()
  const store = new Store<KubeObject>()
  const namespaces = new Store<KubeObject>()
  namespaces.observe(anObject({ name: 'red', namespace: '', labels: given.labels ?? {} }))
  const stores = new Map([
    ['DatabricksWorkspace', workspaces],
    ['Namespace', namespaces],
    [name, store],
  ])
  for (const [other, objects] of Object.entries(given.others ?? {})) {
    const target = stores.get(other) ?? new Store<KubeObject>()
    for (const object of objects) target.observe(object)
    stores.set(other, target)
  }
  let version = 10
  const lend = (access: object[]) => {
    version += 1
    const resourceVersion = String(version)
    workspaces.observe(
      anObject({ name: 'default', resourceVersion }, { spec: { host, credentials, access, ...given.terms } }),
    )
  }
  lend(access)
  const withReference = { workspaceRef: { name: 'default', namespace: 'data' }, ...spec }
  const path = api.put(
    anObject(
      { namespace: 'red', ...given.metadata },
      { spec: withReference, status: given.status ?? { observedGeneration: -1 } },
    ),
    kind.definition.plural,
  )
  const object = (): KubeObject => {
    const found = api.objects.get(path)
    if (found === undefined) throw new Error('the object is gone')
    return found
  }
  return {
    api,
    calls,
    clock,
    object,
    /** The workspace says something else from now on. */
    lend,
    /** The calls that change something. */
    writes: () => calls.filter(({ effect }) => effect !== 'read'),
    stalled: () => statusOf(object()).conditions?.find(({ type }) => type === 'Stalled'),
    delete: () =>
      api.change(path, { metadata: { ...object().metadata, deletionTimestamp: '2026-01-02T00:00:00Z' } }),
    pass: (): Promise<Outcome> => {
      store.observe(object())
      return reconcile({ kind, store, environment: { ...environment, stores } }, keyOf(object()), 'edit')
    },
  }
}

/** One pass over a tenant's object that must be refused before anything is asked of Databricks. */
export async function refusedUnseen(tenancy: Tenancy): Promise<string> {
  const { pass, calls, stalled } = await tenant(tenancy)
  await pass()
  expect(calls).toEqual([])
  const { reason, message } = stalled() ?? {}
  return `${reason}: ${message}`
}
