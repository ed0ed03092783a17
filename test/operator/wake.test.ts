import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/kube/object.ts'
import { WorkQueue } from '../../src/kube/queue.ts'
import type { Change } from '../../src/kube/store.ts'
import { emptyStores } from '../../src/operator/stores.ts'
import { waking, wakeEverything } from '../../src/operator/wake.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { ManualClock } from '../manual-clock.ts'
import { aCondition, anObject } from '../reconcile/fixtures.ts'
import { surroundings } from '../reconcile/surroundings.ts'

/** Stores with these objects, by kind, and what is put into the queue as `lane key`. */
async function given(objects: Record<string, KubeObject[]>) {
  const clock = new ManualClock()
  const { environment } = await surroundings({ clock })
  const stores = emptyStores()
  const storeOf = (kind: string) =>
    kind === stores.workspaces.kind
      ? stores.workspaces.store
      : stores.populations.find((one) => one.kind.definition.kind === kind)?.store
  for (const [kind, all] of Object.entries(objects)) for (const one of all) storeOf(kind)?.observe(one)
  const queue = new WorkQueue({ clock, random: () => 0, log: silentLog })
  const woken: string[] = []
  void queue.run((key, { lane }) => Promise.resolve(void woken.push(`${lane} ${key}`)), { concurrency: 9 })
  const hear = waking({ stores, queue, environment })
  return {
    environment,
    everything: async () => {
      wakeEverything({ stores, queue, environment })
      await clock.advance(0)
      return woken.splice(0)
    },
    after: async (kind: string, change: Change<KubeObject>) => {
      hear(kind, change)
      await clock.advance(0)
      return woken.splice(0).toSorted()
    },
  }
}

const edited = (object: KubeObject): Change<KubeObject> => ({
  type: 'Modified',
  previous: object,
  object: { ...object, metadata: { ...object.metadata, generation: 2 } },
})

describe('the start of a term', () => {
  it('looks at everything there is, workspaces first, and nobody waits for that in front of a terminal', async () => {
    const { everything, environment } = await given({
      JobSpec: [anObject({ name: 'nightly' })],
      DatabricksWorkspace: [anObject({ name: 'default' })],
      CatalogGrant: [anObject({ name: 'readers' })],
    })
    const before = environment.sightings.firstSeen('another')
    const woken = await everything()
    expect(woken[0]).toBe('background DatabricksWorkspace/data/default')
    expect(woken.slice(1).toSorted()).toEqual([
      'background CatalogGrant/data/readers',
      'background JobSpec/data/nightly',
    ])
    expect(environment.sightings.firstSeen('uid-of-nightly')).toBe(before)
  })
})

describe('a change', () => {
  const job = anObject({ name: 'nightly' })

  it('that is new, edited or deleted is looked at, as an edit', async () => {
    const { after } = await given({ JobSpec: [job] })
    const changes: Change<KubeObject>[] = [
      { type: 'Added', object: job },
      edited(job),
      { type: 'Deleted', object: job },
    ]
    for (const change of changes)
      expect(await after('JobSpec', change)).toEqual(['edit JobSpec/data/nightly'])
  })

  it('of ours, in the status, is none to look at', async () => {
    const { after } = await given({ JobSpec: [job] })
    const object = { ...job, status: { observedGeneration: 1 } }
    expect(await after('JobSpec', { type: 'Modified', previous: job, object })).toEqual([])
  })

  it('that deletes an object makes us forget it: one made again under its name is another', async () => {
    const { after, environment } = await given({ JobSpec: [job] })
    environment.memory.missed(job.metadata.uid)
    await after('JobSpec', { type: 'Deleted', object: job })
    expect(environment.memory.missed(job.metadata.uid)).toBe(1)
  })

  it('of the labels of a namespace wakes those in it that borrow a workspace', async () => {
    const spec = { workspaceRef: { name: 'shared', namespace: 'owner' } }
    const { after } = await given({ JobSpec: [job, anObject({ name: 'borrower' }, { spec })] })
    const namespace = { ...anObject({ name: 'data', labels: { team: 'x' } }), kind: 'Namespace' }
    expect(await after('Namespace', { type: 'Added', object: namespace })).toEqual([
      'dependency JobSpec/data/borrower',
    ])
  })

  it('that refers to a cluster which has vanished wakes that: it may come back for it', async () => {
    const vanished = { conditions: [aCondition('Ready', { status: 'False', reason: 'Vanished' })] }
    const spec = {
      tasks: [
        { taskKey: 'a', clusterRef: { name: 'gone' } },
        { taskKey: 'b', clusterRef: { name: 'there' } },
      ],
    }
    const { after } = await given({
      DatabricksCluster: [
        anObject({ name: 'gone' }, { status: vanished }),
        anObject({ name: 'there' }, { status: { externalId: '7' } }),
      ],
    })
    const object = anObject({ name: 'nightly' }, { spec })
    const both = ['dependency DatabricksCluster/data/gone', 'edit JobSpec/data/nightly']
    expect(await after('JobSpec', { type: 'Added', object })).toEqual(both)
    expect(await after('JobSpec', edited(object))).toEqual(both)
    expect(await after('JobSpec', { type: 'Deleted', object })).toEqual(['edit JobSpec/data/nightly'])
  })

  it('that lets deletions of a workspace go on wakes what is deleted in it, of all kinds', async () => {
    const leaving = { deletionTimestamp: '2026-01-01T00:00:00Z' }
    const { after } = await given({
      JobSpec: [job, anObject({ name: 'leaving', ...leaving })],
      CatalogGrant: [anObject({ name: 'leaving', ...leaving })],
    })
    const previous = anObject({ name: 'default' })
    const object = { ...previous, status: { deletions: { approvedUpTo: '2026-01-01T00:00:00Z' } } }
    expect(await after('DatabricksWorkspace', { type: 'Modified', previous, object })).toEqual([
      'dependency CatalogGrant/data/leaving',
      'dependency JobSpec/data/leaving',
    ])
  })

  it('that takes an object away wakes its workspace while deletions wait: there is one less', async () => {
    const held = { hash: 'a', upTo: '2026-01-01T00:00:00Z', reason: 'many' }
    const waiting = anObject({ name: 'default' }, { status: { deletions: { held } } })
    const { after } = await given({ DatabricksWorkspace: [waiting] })
    expect(await after('JobSpec', { type: 'Deleted', object: job })).toEqual([
      'dependency DatabricksWorkspace/data/default',
      'edit JobSpec/data/nightly',
    ])
  })

  it('that takes the last object of a leaving workspace wakes the workspace', async () => {
    const leaving = anObject({ name: 'default', deletionTimestamp: '2026-01-01T00:00:00Z' })
    const { after } = await given({ DatabricksWorkspace: [leaving] })
    expect(await after('JobSpec', { type: 'Deleted', object: job })).toEqual([
      'dependency DatabricksWorkspace/data/default',
      'edit JobSpec/data/nightly',
    ])
  })
})
