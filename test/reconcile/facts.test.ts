import { describe, expect, it } from 'vitest'
import { cluster } from '../../src/kinds/cluster/index.ts'
import { job } from '../../src/kinds/job/index.ts'
import type { JobSpecSpec } from '../../src/kinds/job/schema.ts'
import type { Kind, ManagedSpec } from '../../src/kinds/kind.ts'
import type { KubeObject, ObjectMeta } from '../../src/kube/object.ts'
import { Store } from '../../src/kube/store.ts'
import { gatherFacts } from '../../src/reconcile/facts.ts'
import type { Lane } from '../../src/lane.ts'
import { firstObjection, sessionOf } from '../../src/reconcile/gates.ts'
import { workspaceKeyOf } from '../../src/reconcile/workspace-key.ts'
import { beginPass, intervalOf, sightOf } from '../../src/reconcile/pass.ts'
import { aDoor } from './door.ts'
import { aCondition, anObject, aSession, workspaceId } from './fixtures.ts'
import { surroundings } from './surroundings.ts'

const lane: Lane = 'retry'

/** A job `data/one` with everything around it: other jobs, and clusters that it may refer to. */
async function around({ jobs = [], clusters = [] }: { jobs?: KubeObject[]; clusters?: KubeObject[] } = {}) {
  const door = aDoor()
  const { environment, directory } = await surroundings(door)
  const store = new Store<KubeObject>()
  for (const one of jobs) store.observe(one)
  const clusterStore = new Store<KubeObject>()
  for (const one of clusters) clusterStore.observe(one)
  const stores = new Map([...environment.stores, ['DatabricksCluster', clusterStore] as const])
  const loop = { kind: job as unknown as Kind, environment: { ...environment, stores }, store, lane }
  const facts = (spec: JobSpecSpec & ManagedSpec, metadata: Partial<ObjectMeta> = {}) =>
    gatherFacts(loop, anObject(metadata, { spec }), spec)
  return { loop, facts, directory, door }
}

const onShared: JobSpecSpec = { name: 'x', tasks: [{ taskKey: 'a', clusterRef: { name: 'shared' } }] }

describe('the workspace of an object', () => {
  it.each<[ManagedSpec, string]>([
    [{}, 'data/default'],
    [{ workspaceRef: { name: 'prod' } }, 'data/prod'],
    [{ workspaceRef: { name: 'prod', namespace: 'red' } }, 'red/prod'],
  ])('%j is %s', (spec, key) => {
    expect(workspaceKeyOf(anObject(), spec)).toBe(key)
  })

  it('is there and connected, or neither', async () => {
    const { facts } = await around()
    expect(facts({ name: 'x' })).toMatchObject({ workspaceExists: true, connection: { is: 'Ready' } })
    expect(facts({ name: 'x', workspaceRef: { name: 'prod' } })).toMatchObject({
      workspaceKey: 'data/prod',
      workspaceExists: false,
      connection: { is: 'Unchecked' },
    })
  })

  it('is called in the lane of the pass, unless a call names its own', async () => {
    const { facts, door } = await around()
    const { databricks } = sessionOf(facts({ name: 'x' }).connection)
    await databricks.call({ method: 'GET', path: '/a', effect: 'read' })
    await databricks.call({ method: 'GET', path: '/b', effect: 'read', lane: 'sweep' })
    expect(door.lanes).toEqual([lane, 'sweep'])
  })
})

const shared = (
  metadata: Partial<ObjectMeta> = {},
  spec: object = {},
  status: object = { externalId: 'c1' },
) => anObject({ name: 'shared', ...metadata }, { spec, status })

describe('a reference', () => {
  it('knows its target’s id and workspace', async () => {
    const { facts } = await around({ clusters: [shared()] })
    expect(facts(onShared).references).toEqual([
      {
        kind: 'DatabricksCluster',
        name: 'shared',
        path: 'tasks[a].clusterRef',
        target: { workspace: 'data/default', externalId: 'c1' },
      },
    ])
  })

  it('knows that its target has no id yet, or lives in another workspace', async () => {
    const target = shared({}, { workspaceRef: { name: 'prod' } }, {})
    const { facts } = await around({ clusters: [target] })
    expect(facts(onShared).references[0]?.target).toEqual({ workspace: 'data/prod' })
  })

  it('knows that its target has vanished', async () => {
    const conditions = [aCondition('Ready', { status: 'False', reason: 'Vanished' })]
    const { facts } = await around({ clusters: [shared({}, {}, { externalId: 'c1', conditions })] })
    expect(facts(onShared).references[0]?.target).toMatchObject({ externalId: 'c1', hasVanished: true })
  })

  it('never reaches into another namespace', async () => {
    const { facts } = await around({ clusters: [shared({ namespace: 'red' })] })
    expect(facts(onShared).references[0]).not.toHaveProperty('target')
  })
})

const adopting = (id = '7'): JobSpecSpec => ({ name: 'x', management: { externalId: id } })

const other = (metadata: Partial<ObjectMeta>, spec: object = adopting(), status: object = {}) =>
  anObject({ name: 'other', ...metadata }, { spec, status })

const claimedBy = async (one: KubeObject, spec = adopting(), metadata: Partial<ObjectMeta> = {}) => {
  const { facts } = await around({ jobs: [one] })
  return facts(spec, metadata).claimedBy
}

describe('a remote object that two manifests name', () => {
  const older = { creationTimestamp: '2025-01-01T00:00:00Z' }
  const younger = { creationTimestamp: '2026-06-01T00:00:00Z' }

  it('belongs to the older one', async () => {
    expect(await claimedBy(other(older))).toBe('data/other')
    expect(await claimedBy(other(younger))).toBeUndefined()
  })

  it('belongs to exactly one of two that are of the same second', async () => {
    expect(await claimedBy(other({ uid: 'a' }), adopting(), { uid: 'b' })).toBe('data/other')
    expect(await claimedBy(other({ uid: 'b' }), adopting(), { uid: 'a' })).toBeUndefined()
  })

  it('belongs to the older one also when that made it itself', async () => {
    expect(await claimedBy(other(older, { name: 'x' }, { externalId: '7' }))).toBe('data/other')
  })

  it('is not the same in another workspace, nor with another id', async () => {
    expect(await claimedBy(other(older, { ...adopting(), workspaceRef: { name: 'prod' } }))).toBeUndefined()
    expect(await claimedBy(other(older, adopting('8')))).toBeUndefined()
  })

  it('is the same through another DatabricksWorkspace that leads to the same workspace of Databricks', async () => {
    const elsewhere = { ...adopting(), workspaceRef: { name: 'prod' } }
    const through = async (ids: { their?: string; status?: object }) => {
      const { facts, directory } = await around({ jobs: [other(older, elsewhere, ids.status)] })
      if (ids.their !== undefined)
        directory.set('data/prod', {
          is: 'Ready',
          session: { ...aSession(), workspaceId: ids.their },
          interval: 1,
        })
      return facts(adopting()).claimedBy
    }
    expect(await through({ their: workspaceId })).toBe('data/other')
    expect(await through({ their: '99' })).toBeUndefined()
    expect(await through({ status: { workspaceId } })).toBe('data/other')
    expect(await through({ their: workspaceId, status: { workspaceId: '99' } })).toBeUndefined()
  })

  it('is named by nobody who does not adopt', async () => {
    expect(await claimedBy(other(older), { name: 'x' })).toBeUndefined()
  })

  it('is not claimed by the object itself', async () => {
    expect(await claimedBy(anObject({}, { spec: adopting() }))).toBeUndefined()
  })
})

const interval = async (spec: ManagedSpec, chance = 0.5) => {
  const { loop, directory } = await around()
  directory.set('data/default', { is: 'Ready', session: aSession(), interval: 300_000 })
  const environment = { ...loop.environment, random: () => chance }
  return intervalOf(beginPass({ ...loop, environment }, anObject({}, { spec }), spec))
}

describe('how long an object at rest is left alone', () => {
  it('is its own interval, else the workspace’s, else ten minutes', async () => {
    expect(await interval({ management: { interval: '30s' } })).toBe(30_000)
    expect(await interval({})).toBe(300_000)
    expect(await interval({ workspaceRef: { name: 'unchecked' } })).toBe(600_000)
  })

  it('is a tenth more or less by chance, so that objects applied together do not come back together', async () => {
    expect(await interval({}, 0)).toBeCloseTo(270_000)
    expect(await interval({}, 1)).toBeCloseTo(330_000)
  })
})

describe('the id of a referenced object', () => {
  const shared = anObject({ name: 'shared' }, { status: { externalId: 'c1' } })

  it('is found by kind and name', async () => {
    const other = anObject({ name: 'other' }, { status: { externalId: 'c2' } })
    const { loop } = await around({ clusters: [other, shared] })
    const spec: JobSpecSpec = {
      name: 'x',
      tasks: [
        { taskKey: 'a', clusterRef: { name: 'other' } },
        { taskKey: 'b', clusterRef: { name: 'shared' } },
      ],
    }
    const { resolve } = sightOf(beginPass(loop, anObject({}, { spec }), spec))
    expect(resolve(cluster.definition.kind, 'shared')).toBe('c1')
    expect(resolve(cluster.definition.kind, 'other')).toBe('c2')
  })

  it('that no gate has seen is a bug', async () => {
    const { loop, facts } = await around()
    expect(firstObjection(facts(onShared))).toMatchObject({ reason: 'ReferenceMissing' })
    const { resolve } = sightOf(beginPass(loop, anObject({}, { spec: onShared }), onShared))
    expect(() => resolve('DatabricksCluster', 'shared')).toThrow('DatabricksCluster shared')
  })
})
