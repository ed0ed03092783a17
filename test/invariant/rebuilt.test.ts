import { describe, expect, onTestFinished } from 'vitest'
import type { Json } from '../../src/databricks/json.ts'
import { conditions, messageOf } from '../scenario/observer.ts'
import { OwnCluster } from '../scenario/own-cluster.ts'
import { until } from '../scenario/until.ts'
import { World } from '../scenario/world.ts'
import { tenants, type Arena } from './arena.ts'
import { expectOneOfEach } from './census.ts'
import { Hand } from './hand.ts'
import { inArena } from './in-arena.ts'
import type { Entry } from './pool.ts'

/*
 * The cluster is lost. What is left is Databricks, and what somebody had exported: manifests without their status.
 */

const minute = 60_000

const it = inArena('rebuilt', { clusters: 1, jobs: 2, grants: 1 })

const healthRule = { metric: 'RUN_DURATION_SECONDS', op: 'GREATER_THAN', value: 3_600 }

/** What somebody set by hand that no manifest mentions, with the place where Databricks has it. */
const additions: Readonly<Record<'JobSpec' | 'DatabricksCluster', Record<string, Json>>> = {
  JobSpec: { edit_mode: 'UI_LOCKED', health: { rules: [healthRule] } },
  DatabricksCluster: { ssh_public_keys: ['ssh-rsa by-hand'] },
}

interface Exported {
  kind: string
  metadata: Record<string, unknown>
  status?: unknown
}

/** All objects of ours as a backup has them: everything but what only one server can know, and no status. */
async function exportAll({ world, entries }: Arena): Promise<Exported[]> {
  const kinds = 'secrets,databricksworkspaces,jobspecs,databricksclusters,cataloggrants'
  const exported: Exported[] = []
  for (const namespace of new Set([world.namespace, ...entries.map((entry) => entry.namespace)])) {
    const text = await world.kubernetes.kubectl(['--namespace', namespace, 'get', kinds, '-o', 'json'])
    exported.push(...(JSON.parse(text) as { items: Exported[] }).items)
  }
  for (const one of exported) {
    delete one.status
    for (const name of ['uid', 'resourceVersion', 'creationTimestamp', 'generation', 'managedFields'])
      delete one.metadata[name]
  }
  return exported
}

const newCluster = () => OwnCluster.start()

/** A new Kubernetes with the same namespaces, to which everything is restored. Nobody has named the operator there. */
async function rebuild(arena: Arena): Promise<Arena> {
  const exported = await exportAll(arena)
  await arena.world.operator.kill()
  const { namespace, databricks } = arena.world
  const world = await World.start({ namespace, databricks, cluster: newCluster, tenants, isUnnamed: true })
  onTestFinished(() => world.stop())
  const text = exported.map((one) => JSON.stringify(one)).join('\n')
  await world.kubernetes.kubectl(['--namespace=', 'apply', '-f', '-'], text)
  return arena.movedTo(world)
}

/** Whoever waits for another one says so, and the other one is stalled. */
const isKeptFrom = (arena: Arena, entry: Entry): boolean => {
  const { Stalled, Reconciling, Ready } = conditions(arena.object(entry))
  if (entry.kind === 'CatalogGrant') return Ready?.startsWith('True') === true
  return Stalled === 'True ManagedElsewhere' || Reconciling?.startsWith('True Reference') === true
}

describe('a pool', { shuffle: false }, () => {
  it(
    'that is restored without status on a new cluster changes nothing, with another name or its own',
    { timeout: 5 * minute },
    async ({ arena }) => {
      await arena.apply()
      await arena.settled()
      const hand = new Hand(arena)
      for (const entry of arena.entries)
        if (entry.kind !== 'CatalogGrant') await hand.add(entry, additions[entry.kind])
      await arena.recheck()
      await arena.settled()
      const before = await arena.writes()
      const restored = await rebuild(arena)

      await until('all say who manages them', () => {
        const free = restored.entries.filter((entry) => !isKeptFrom(restored, entry))
        if (free.length === 0) return true
        throw new Error(
          JSON.stringify(free.map((entry) => [entry.name, restored.find(entry)?.status.conditions])),
        )
      })
      const stalled = restored.entries.filter((entry) => messageOf(restored.object(entry), 'Stalled') !== '')
      expect(stalled.length).toBeGreaterThan(0)
      for (const entry of stalled)
        expect(messageOf(restored.object(entry), 'Stalled')).toContain('--instance')
      expect(await arena.writes()).toEqual(before)

      await restored.world.operator.stop()
      const named = await restored.world.anotherOperator([`--instance=${arena.world.namespace}`])
      await named.start()
      await restored.recheck()
      await restored.settled()
      expect(await arena.writes()).toEqual(before)
      await expectOneOfEach(restored)
      await restored.expectApplied()
      for (const entry of restored.entries)
        if (entry.kind !== 'CatalogGrant')
          expect(await new Hand(restored).settings(entry), entry.name).toMatchObject(additions[entry.kind])
    },
  )
})
