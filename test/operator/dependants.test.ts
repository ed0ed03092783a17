import { describe, expect, it } from 'vitest'
import { kinds } from '../../src/kinds/index.ts'
import type { KubeObject, ObjectMeta } from '../../src/kube/object.ts'
import { Store } from '../../src/kube/store.ts'
import {
  borrowingFrom,
  borrowingIn,
  changesReferences,
  inWorkspace,
  isAskedFor,
  leavingFrom,
  needing,
  referringTo,
  type Population,
} from '../../src/operator/dependants.ts'
import { aCondition, anObject } from '../reconcile/fixtures.ts'

/** A kind of ours with these objects. */
function population(name: string, ...objects: KubeObject[]): Population {
  const kind = kinds.find(({ definition }) => definition.kind === name)
  if (kind === undefined) throw new Error(`there is no kind ${name}`)
  const store = new Store<KubeObject>()
  for (const object of objects) store.observe(object)
  return { kind, store }
}

const finalizers = ['lakeward.dev/remote']
const named = (name: string, spec: object = {}, metadata: Partial<ObjectMeta> = {}) =>
  anObject({ name, ...metadata }, { spec })

const runs = (job: string) => ({ tasks: [{ taskKey: 'run', runJobTask: { jobRef: { name: job } } }] })

describe('the objects of a workspace', () => {
  it('are those that name it, or none in its namespace when it is the default one', () => {
    const jobs = population(
      'JobSpec',
      named('by-default'),
      named('by-name', { workspaceRef: { name: 'default' } }),
      named('in-full', { workspaceRef: { name: 'default', namespace: 'data' } }),
      named('other', { workspaceRef: { name: 'other' } }),
      named('elsewhere', {}, { namespace: 'red' }),
    )
    expect(inWorkspace(jobs, 'data/default')).toEqual(['data/by-default', 'data/by-name', 'data/in-full'])
    expect(inWorkspace(jobs, 'data/other')).toEqual(['data/other'])
    expect(inWorkspace(jobs, 'red/default')).toEqual(['red/elsewhere'])
  })

  it('hold it back from going only while they have something to clean up', () => {
    const populations = [
      population('JobSpec', named('made', {}, { finalizers }), named('observed')),
      population('DatabricksCluster', named('shared', {}, { finalizers: ['other/one', ...finalizers] })),
      population('CatalogGrant', named('elsewhere', {}, { finalizers, namespace: 'red' })),
    ]
    expect(needing(populations, 'data/default')).toEqual([
      'JobSpec data/made',
      'DatabricksCluster data/shared',
    ])
  })
})

const deletionTimestamp = '2026-01-01T00:00:00Z'
const made: object = { externalId: '7' }

/** A manifest that is deleted and has made something, unless a test says otherwise. */
const leaving = (
  spec: object = {},
  { status = made, ...metadata }: Partial<ObjectMeta> & { status?: object } = {},
) => anObject({ name: 'one', finalizers, deletionTimestamp, ...metadata }, { spec, status })

const leavingAs = (kind: string, object: KubeObject, workspace?: KubeObject) =>
  leavingFrom([population(kind, object)], { key: 'data/default', workspace })

const borrowed = { workspaceRef: { name: 'default', namespace: 'data' } }

describe('what goes in Databricks with the manifests of a workspace', () => {
  it('is what is deleted, of all kinds, with the moment it was', () => {
    const objects = [
      population('JobSpec', { ...leaving(), kind: 'JobSpec' }, named('stays', {}, { finalizers })),
      population('DatabricksCluster', { ...leaving(), kind: 'DatabricksCluster' }),
    ]
    expect(leavingFrom(objects, { key: 'data/default', workspace: undefined })).toEqual([
      { uid: 'uid-of-one', name: 'JobSpec data/one', since: deletionTimestamp },
      { uid: 'uid-of-one', name: 'DatabricksCluster data/one', since: deletionTimestamp },
    ])
    expect(leavingFrom(objects, { key: 'data/other', workspace: undefined })).toEqual([])
  })

  it.each<[string, KubeObject]>([
    ['stays by its policy', leaving({ management: { deletionPolicy: 'Retain' } })],
    ['is only observed', leaving({ management: { mode: 'Observe' } })],
    ['is suspended', leaving({ management: { suspend: true } })],
    ['is abandoned', leaving({}, { annotations: { 'lakeward.dev/abandon': 'true' } })],
    ['was adopted', leaving({}, { status: { externalId: '7', origin: 'Adopted' } })],
    ['was never made for a borrower', leaving(borrowed, { namespace: 'red', status: {} })],
    ['is let go already', leaving({}, { finalizers: [] })],
    ['waits for an approval of its own', leaving({ management: { protect: true } })],
  ])('is not what %s', (_what, object) => {
    expect(leavingAs('JobSpec', object)).toEqual([])
  })

  it.each<[string, string, KubeObject]>([
    ['a job that is retired', 'JobSpec', leaving({ management: { deletionPolicy: 'Retire' } })],
    [
      'an adopted one that is to go',
      'JobSpec',
      leaving({ management: { externalId: '7', mode: 'Correct', deletionPolicy: 'Delete' } }),
    ],
    [
      'a protected one that is approved',
      'JobSpec',
      leaving({ management: { protect: true } }, { status: { ...made, approved: '0123456789' } }),
    ],
    ['privileges', 'CatalogGrant', leaving({}, { status: { added: [{}] } })],
    ['what a borrower made', 'JobSpec', leaving(borrowed, { namespace: 'red' })],
    ['one whose status was lost', 'JobSpec', leaving({}, { status: {} })],
    ['a create without an answer', 'JobSpec', leaving({}, { status: { attempt: {} } })],
    [
      'whatever says in words of its own how it is treated',
      'JobSpec',
      leaving({ management: { deletionPolicy: 'Archive' } }),
    ],
  ])('is also %s', (_what, kind, object) => {
    expect(leavingAs(kind, object)).toHaveLength(1)
  })

  it('is nothing where the workspace says Retain', () => {
    const credentials = { personalAccessToken: { secretKeyRef: { name: 'databricks', key: 'token' } } }
    const spec = {
      host: 'https://dbc-1.cloud.databricks.com',
      credentials,
      defaults: { deletionPolicy: 'Retain' },
    }
    expect(leavingAs('JobSpec', leaving(), anObject({}, { spec }))).toEqual([])
    // Also when nobody can read the rest of what it says.
    const { host: _host, ...unreadable } = spec
    expect(leavingAs('JobSpec', leaving(), anObject({}, { spec: unreadable }))).toEqual([])
    expect(leavingAs('JobSpec', leaving(), anObject({}, { spec: {} }))).toHaveLength(1)
  })
})

const shared = { workspaceRef: { name: 'default', namespace: 'data' } }

const tenants = (status: object): string[] =>
  needing(
    [population('JobSpec', anObject({ namespace: 'red', finalizers }, { spec: shared, status }))],
    'data/default',
  )

describe('the objects that use a workspace of another namespace', () => {
  const jobs = population(
    'JobSpec',
    named('own', shared),
    named('red', shared, { namespace: 'red' }),
    named('red-of-its-own', {}, { namespace: 'red' }),
    named('red-of-a-third', { workspaceRef: { name: 'default', namespace: 'blue' } }, { namespace: 'red' }),
    named('green', shared, { namespace: 'green' }),
  )

  it('are found by the workspace, when its access changes', () => {
    expect(borrowingFrom(jobs, 'data/default')).toEqual(['red/red', 'green/green'])
    expect(borrowingFrom(jobs, 'red/default')).toEqual([])
  })

  it('are found by their namespace, when its labels change', () => {
    expect(borrowingIn(jobs, 'red')).toEqual(['red/red', 'red/red-of-a-third'])
    expect(borrowingIn(jobs, 'data')).toEqual([])
  })

  it('hold it back from going only with a record of something in Databricks: finalizers can be forged', () => {
    expect(tenants({})).toEqual([])
    expect(tenants({ externalId: '7' })).toEqual(['JobSpec red/one'])
    expect(tenants({ attempt: { at: 'now', name: 'x', mark: 'y' } })).toEqual(['JobSpec red/one'])
    expect(tenants({ added: [] })).toEqual([])
    expect(tenants({ added: [{}] })).toEqual(['JobSpec red/one'])
  })
})

const withId = (externalId?: string, mode = 'Correct') =>
  anObject({}, { status: { mode, ...(externalId === undefined ? {} : { externalId }) } })

/** Whether those who refer to an object hear of it when it stalls. */
const stalls = (reason: string): boolean => {
  const status = { externalId: '7', conditions: [aCondition('Stalled', { reason })] }
  return changesReferences({ type: 'Modified', previous: withId('7'), object: anObject({}, { status }) })
}

describe('whoever refers to an object', () => {
  const job = (name: string, task: object, metadata: Partial<ObjectMeta> = {}) =>
    named(name, { tasks: [{ taskKey: 'a' }, { taskKey: 'b', ...task }] }, metadata)
  const jobs = population(
    'JobSpec',
    job('on-shared', { clusterRef: { name: 'shared' } }),
    job('on-other', { clusterRef: { name: 'other' } }),
    job('runs-shared', { runJobTask: { jobRef: { name: 'shared' } } }),
    job('elsewhere', { clusterRef: { name: 'shared' } }, { namespace: 'red' }),
    named('without-tasks'),
  )

  it('is found by kind and name in the same namespace', () => {
    const object = named('shared')
    expect(referringTo(jobs, { kind: 'DatabricksCluster', object })).toEqual(['data/on-shared'])
    expect(referringTo(jobs, { kind: 'JobSpec', object })).toEqual(['data/runs-shared'])
    expect(referringTo(jobs, { kind: 'CatalogGrant', object })).toEqual([])
  })

  it('is nobody for kinds without references', () => {
    const grants = population('CatalogGrant', named('one'))
    expect(referringTo(grants, { kind: 'DatabricksCluster', object: named('shared') })).toEqual([])
  })

  it('asks for the object as long as it is to stay itself', () => {
    const target = { kind: 'JobSpec', object: named('shared') }
    const staying = population('JobSpec', named('one', runs('shared')))
    const leaving = population('JobSpec', named('one', runs('shared'), { deletionTimestamp: 'x' }))
    expect(isAskedFor([leaving, staying], target)).toBe(true)
    expect(isAskedFor([leaving], target)).toBe(false)
    expect(isAskedFor([staying], { ...target, object: named('other') })).toBe(false)
  })

  it('is worked out once for each copy: every new object is looked for in all others', () => {
    const { kind, store } = population('JobSpec', named('one', runs('shared')))
    let asked = 0
    const references: typeof kind.references = (spec) => {
      asked += 1
      return kind.references(spec)
    }
    const jobs = { kind: { ...kind, references }, store }
    const find = (name: string) => referringTo(jobs, { kind: 'JobSpec', object: named(name) })
    expect([find('shared'), find('other'), find('shared')]).toEqual([['data/one'], [], ['data/one']])
    expect(asked).toBe(1)
    store.observe(named('one', runs('other'), { resourceVersion: '11' }))
    expect([find('shared'), find('other')]).toEqual([[], ['data/one']])
  })

  it('is woken when the object comes, goes, or gets another remote id', () => {
    expect(changesReferences({ type: 'Added', object: withId() })).toBe(true)
    expect(changesReferences({ type: 'Deleted', object: withId() })).toBe(true)
    expect(changesReferences({ type: 'Modified', previous: withId(), object: withId('7') })).toBe(true)
    expect(changesReferences({ type: 'Modified', previous: withId('7'), object: withId('8') })).toBe(true)
  })

  it('is woken when the object may no longer, or may again, use the workspace', () => {
    expect(stalls('AccessDenied')).toBe(true)
    expect(stalls('RunAsRequired')).toBe(true)
    expect(stalls('Refused')).toBe(false)
  })

  it('is woken when a vanished object is there again, and not when it vanishes', () => {
    const there = withId('7')
    const status = {
      externalId: '7',
      conditions: [aCondition('Ready', { status: 'False', reason: 'Vanished' })],
    }
    const gone = anObject({}, { status })
    expect(changesReferences({ type: 'Modified', previous: gone, object: there })).toBe(true)
    expect(changesReferences({ type: 'Modified', previous: there, object: gone })).toBe(false)
  })

  it('is left alone by everything else', () => {
    const change = { type: 'Modified', previous: withId('7'), object: withId('7', 'Observe') } as const
    expect(changesReferences(change)).toBe(false)
  })
})
