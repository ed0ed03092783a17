import { describe, expect, it } from 'vitest'
import { entryFor } from '../../src/simulator/access/object-permissions.ts'
import { isRefusal } from '../../src/simulator/http/refusal.ts'
import { poolSettingsSchema } from '../../src/simulator/pools/pool.ts'
import { outcomeSchema } from '../../src/simulator/runs/outcomes.ts'
import { startOf } from '../../src/simulator/runs/run-start.ts'
import { seedContent } from '../../src/simulator/seed-content.ts'
import { snapshotOfRecords } from '../../src/simulator/snapshot.ts'
import { usualSwitches } from '../../src/simulator/switches.ts'
import { VirtualClock } from '../../src/simulator/virtual-clock.ts'
import { createWorkspace, type Workspace } from '../../src/simulator/workspace.ts'
import { stillClock } from './harness.ts'

const workspaceOf = (): Workspace =>
  createWorkspace({
    clock: new VirtualClock(stillClock(), 0),
    seed: 7,
    switches: usualSwitches,
    content: seedContent,
  })

const aTask = { task_key: 'main', notebook_task: { notebook_path: '/x' } }

describe('a snapshot of the workspace', () => {
  it('puts back how far runs had got, as often as it is asked to', () => {
    const clock = new VirtualClock(stillClock(), 0)
    const space = createWorkspace({ clock, seed: 7, switches: usualSwitches, content: seedContent })
    const ana = space.principals.namedOrNewAdmin('ana@example.com')
    const job = space.jobs.add({ creator: ana, settings: { tasks: [aTask] } })
    const { id } = space.runs.start(startOf(job, { creator: ana.name, switches: usualSwitches }))
    clock.advance(5000)
    space.runs.settle()
    space.runs.outcomes.add(outcomeSchema.parse({ result: 'FAILED' }))
    const restore = space.snapshot()
    for (let round = 0; round < 2; round += 1) {
      const run = space.runs.store.run(id, clock.now())
      if (run === undefined) throw new Error('it was started')
      space.runs.cancel(run)
      space.runs.start(startOf(job, { creator: ana.name, switches: usualSwitches }))
      space.runs.outcomes.clear()
      restore()
      expect(space.runs.store.known(clock.now())).toMatchObject([{ id, phase: 'Active' }])
      expect(space.runs.store.run(id, clock.now())?.attempts).toMatchObject([{ phase: 'Running' }])
      expect(space.runs.outcomes.list()).toMatchObject([{ result: 'FAILED' }])
    }
    clock.advance(20_000)
    space.runs.settle()
    expect(space.runs.store.run(id, clock.now())).toMatchObject({ ending: { result: 'SUCCESS' } })
  })

  it('puts back what was created, changed and deleted in every part', () => {
    const space = workspaceOf()
    const ana = space.principals.namedOrNewAdmin('ana@example.com')
    const [job] = space.jobs.inOrder()
    const table = space.securables.find('table', 'main.silver.orders')
    if (job === undefined || table === undefined) throw new Error('the content has both')
    const restore = space.snapshot()

    const eve = space.principals.namedOrNewAdmin('eve@example.com')
    const added = space.jobs.add({ creator: eve, settings: { name: 'new' } })
    job.settings = { name: 'changed' }
    space.jobs.delete(job)
    space.grants.change(table, [{ principalId: '912', add: ['SELECT'], remove: [] }])
    table.updatedBy = 'eve@example.com'
    space.permissions.set('/jobs/7', [entryFor(eve, 'CAN_VIEW')])
    space.clusters.create(
      { spark_version: '15.4.x-scala2.12', num_workers: 1, node_type_id: 'm5d.large' },
      {
        caller: eve,
        source: 'API',
        token: undefined,
      },
    )
    const policy = space.policies.create({ name: 'p', definition: '{}' }, eve)
    const pool = space.pools.create(
      poolSettingsSchema.parse({ instance_pool_name: 'warm', node_type_id: 'm5d.large' }),
      eve,
    )
    for (const cluster of space.clusters.alive()) space.libraries.install(cluster, [{ whl: '/x.whl' }])
    restore()

    expect(isRefusal(policy) || isRefusal(pool)).toBe(false)
    expect(space.policies.visibleTo(ana).map(({ creator }) => creator)).not.toContain('eve@example.com')
    expect(space.pools.visibleTo(ana)).toEqual([])
    expect([...space.libraries.clusterIds()]).toEqual([])
    expect(space.principals.named('eve@example.com')).toBeUndefined()
    expect(space.jobs.inOrder()).toMatchObject([{ settings: { name: 'legacy-report' } }])
    expect(space.permissions.owner(`/jobs/${job.id}`)).toBe('ana@example.com')
    expect(space.permissions.of(`/jobs/${added.id}`)).toEqual([])
    expect(space.permissions.of('/jobs/7')).toEqual([])
    expect(space.grants.on(table).size).toBe(0)
    expect(table.updatedBy).toBe('ana@example.com')
    const everything = { fits: () => true, byName: false, backwards: false, from: undefined }
    expect([...space.clusters.visibleTo(ana, everything)]).toEqual([])
  })

  it('puts back who is in which group, and what lies where under which name', () => {
    const space = workspaceOf()
    const analysts = space.principals.named('analysts')
    const main = space.securables.find('catalog', 'main')
    if (analysts === undefined || main === undefined) throw new Error('the content has both')
    const restore = space.snapshot()
    space.principals.setMembers(analysts.id, [])
    space.principals.change(analysts.id, { displayName: 'readers' })
    space.principals.remove(analysts.id)
    space.securables.rename(main, 'other')
    space.securables.remove(main)
    restore()

    expect(space.principals.membersOf(analysts.id)).toMatchObject([{ name: 'ben@example.com' }])
    expect(space.principals.named('ben@example.com')?.identities.has(analysts.id)).toBe(true)
    expect(space.principals.named('readers')).toBeUndefined()
    expect(space.securables.in(main, 'schema').map(({ name }) => name)).toEqual([
      'main.bronze',
      'main.gold',
      'main.silver',
    ])
    expect(space.securables.find('table', 'main.silver.orders')?.parent?.parent).toBe(main)
    expect(space.grants.on(main).get(analysts.id)).toEqual(new Set(['USE_CATALOG']))
  })

  it('can be put back again after further changes', () => {
    const space = workspaceOf()
    const restore = space.snapshot()
    for (const name of ['first', 'second']) {
      for (const job of space.jobs.inOrder()) job.settings = { name }
      restore()
      expect(space.jobs.inOrder()).toMatchObject([{ settings: { name: 'legacy-report' } }])
    }
  })
})

describe('a snapshot of records', () => {
  it('keeps their identity and gives back their members and lists', () => {
    const record: { name: string; list: number[]; extra?: string } = { name: 'a', list: [1] }
    const map = new Map([['key', record]])
    const restore = snapshotOfRecords(map)
    const change = () => {
      record.name = 'b'
      record.list.push(2)
      record.extra = 'new'
      map.clear()
    }
    change()
    restore()
    change()
    restore()
    expect(map.get('key')).toBe(record)
    expect(record).toEqual({ name: 'a', list: [1] })
  })
})
