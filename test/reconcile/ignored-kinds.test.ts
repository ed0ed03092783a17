import { describe, expect, it } from 'vitest'
import { cluster } from '../../src/kinds/cluster/index.ts'
import { grant } from '../../src/kinds/grant/index.ts'
import { workspace } from '../simulator/harness.ts'
import { Fleet } from './fleet.ts'

const ana = 'ana@example.com'
const period = 600_000

const fixed = {
  clusterName: 'one',
  sparkVersion: '15.4.x-scala2.12',
  nodeTypeId: 'm5d.large',
  autoterminationMinutes: 0,
  numWorkers: 1,
}
const { numWorkers: _numWorkers, ...unsized } = fixed
const scaled = {
  ...unsized,
  autoscale: { minWorkers: 1, maxWorkers: 4 },
  management: { onDrift: 'Apply' as const, ignore: [{ path: 'autoscale.maxWorkers' }] },
}

/** Somebody resizes, and a check follows. */
async function resize(fleet: Fleet, size: object) {
  await fleet.simulator.as(ana).post('/api/2.1/clusters/resize', { cluster_id: fleet.idOf('one'), ...size })
  await fleet.simulator.advance(3_000)
  await fleet.run(period)
  await fleet.simulator.advance(3_000)
}
const actions = (fleet: Fleet) => fleet.status('one').drift?.changes?.map(({ action }) => action)
const isBroken = (fleet: Fleet) => JSON.stringify(fleet.status('one')).includes('OperatorError')

/** Nobody knows whether a cluster that scales tells its present size, too. */
describe.each([false, true])('the size of a cluster that somebody gave its other form, told %s', (isTold) => {
  const autoscale = { min_workers: 3, max_workers: 9 }
  const told = () => workspace({ switches: { showWorkersWhileScaling: isTold } })

  it('waits as a whole where fewer workers wait', async () => {
    const fleet = await Fleet.start(
      { kind: cluster, specs: { one: fixed, two: fixed } },
      { simulator: await told() },
    )
    await fleet.simulator.advance(3_000)
    await resize(fleet, { autoscale })
    await fleet.run(period)
    expect(actions(fleet)).toEqual(['Hold', 'Hold'])
    expect(fleet.status('one').held?.reason).toContain('clusters/resize of numWorkers, autoscale would take')
    expect(isBroken(fleet)).toBe(false)
  })

  it('is left as a whole where the number of workers is contested', async () => {
    const one = { ...fixed, management: { onDrift: 'Apply' as const } }
    const fleet = await Fleet.start(
      { kind: cluster, specs: { one, two: fixed } },
      { simulator: await told() },
    )
    await fleet.simulator.advance(3_000)
    for (const num_workers of [5, 6, 7]) await resize(fleet, { num_workers })
    await resize(fleet, { autoscale })
    expect(actions(fleet)).toEqual(['Blocked', 'Blocked'])
    expect(isBroken(fleet)).toBe(false)
  })

  it.each(['numWorkers', 'autoscale'])('stays as it is where the manifest ignores %s', async (path) => {
    const management = { onDrift: 'Apply' as const, ignore: [{ path }] }
    const one = { ...fixed, management }
    const fleet = await Fleet.start(
      { kind: cluster, specs: { one, two: fixed } },
      { simulator: await told() },
    )
    await fleet.simulator.advance(3_000)
    await resize(fleet, { autoscale })
    await fleet.run(3 * period)
    const found = await fleet.simulator.as(ana).get(`/api/2.1/clusters/get?cluster_id=${fleet.idOf('one')}`)
    expect(found.at('autoscale')).toEqual(autoscale)
    expect(fleet.status('one').drift).toMatchObject({ count: 0, tolerated: 2 })
    expect(fleet.status('one').conditions?.map(({ type }) => type)).not.toContain('Stalled')
  })

  it('is what the manifest changes it to, also where that ignores the form that it has', async () => {
    const management = { onDrift: 'Apply' as const, ignore: [{ path: 'autoscale' }] }
    const one = { ...fixed, management }
    const fleet = await Fleet.start(
      { kind: cluster, specs: { one, two: fixed } },
      { simulator: await told() },
    )
    await fleet.simulator.advance(3_000)
    await resize(fleet, { autoscale })
    expect(actions(fleet)).toEqual(['Tolerated', 'Tolerated'])
    fleet.apply('one', { ...one, numWorkers: 12 })
    await fleet.run(10_000)
    await fleet.simulator.advance(3_000)
    await fleet.run(period)
    const found = await fleet.simulator.as(ana).get(`/api/2.1/clusters/get?cluster_id=${fleet.idOf('one')}`)
    expect([found.at('autoscale'), found.at('num_workers')]).toEqual([undefined, 12])
    expect(fleet.status('one').drift).toEqual({ count: 0, unlisted: 0 })
  })

  it('is left as a whole where the number of workers is contested, also by who approves the rest', async () => {
    const fleet = await Fleet.start(
      { kind: cluster, specs: { one: { ...fixed, numWorkers: 8 }, two: fixed } },
      { simulator: await told() },
    )
    await fleet.simulator.advance(3_000)
    for (const num_workers of [5, 6, 7]) await resize(fleet, { num_workers })
    await resize(fleet, { autoscale })
    expect(actions(fleet)).toEqual(['Blocked', 'Blocked'])
    expect(fleet.status('one').held).toBeUndefined()
  })

  it('waits as a whole where one of its bounds is contested, which alone might contradict the other', async () => {
    const bounds = { minWorkers: 4, maxWorkers: 6 }
    const one = { ...unsized, autoscale: bounds, management: { onDrift: 'Apply' as const } }
    const fleet = await Fleet.start(
      { kind: cluster, specs: { one, two: fixed } },
      { simulator: await told() },
    )
    await fleet.simulator.advance(3_000)
    for (const max_workers of [7, 8, 9]) await resize(fleet, { autoscale: { min_workers: 4, max_workers } })
    await resize(fleet, { autoscale: { min_workers: 1, max_workers: 2 } })
    expect(actions(fleet)).toEqual(['Blocked', 'Blocked'])
    expect(fleet.status('one').conditions).toContainEqual(
      expect.objectContaining({ type: 'Stalled', reason: 'Contested' }),
    )
  })
})

describe('what a manifest ignores', () => {
  it('of the size of a running cluster stays when the rest of the size is put back', async () => {
    const fleet = await Fleet.start({ kind: cluster, specs: { one: scaled, two: fixed, three: fixed } })
    await fleet.simulator.advance(3_000)
    const cluster_id = fleet.idOf('one')
    await fleet.simulator
      .as(ana)
      .post('/api/2.1/clusters/resize', { cluster_id, autoscale: { min_workers: 3, max_workers: 9 } })
    await fleet.simulator.advance(3_000)
    await fleet.run(period)
    await fleet.simulator.advance(3_000)
    await fleet.run(period)
    const found = await fleet.simulator.as(ana).get(`/api/2.1/clusters/get?cluster_id=${cluster_id}`)
    expect(found.at('autoscale')).toEqual({ min_workers: 1, max_workers: 9 })
    expect(fleet.status('one').drift).toMatchObject({ count: 0, tolerated: 1 })
    // Who did it was asked once, and does not keep the cluster from being checked by listing.
    expect(fleet.status('one').drift?.changes?.[0]?.by).toBe(ana)
    expect(await fleet.calls(() => fleet.run(period))).toEqual({ 'GET /api/2.1/clusters/list': 1 })
  })

  it('of a grant is not given back, and what stands beside it is', async () => {
    const path = '/api/2.1/unity-catalog/permissions/schema/main.silver'
    const fleet = await Fleet.start({
      kind: grant,
      specs: {
        one: {
          securables: [{ type: 'schema', name: 'main.silver' }],
          grants: [{ principal: 'data engineers', privileges: ['USE_SCHEMA', 'SELECT', 'MODIFY'] }],
          management: {
            ignore: [{ path: 'securables[*].grants[data engineers].privileges[MODIFY]' }],
          },
        },
      },
    })
    const changes = [{ principal: 'data engineers', remove: ['SELECT', 'MODIFY'] }]
    await fleet.simulator.as(ana).patch(path, { changes })
    await fleet.run(period)
    const held = await fleet.simulator.as(ana).get(path)
    expect(JSON.stringify(held.body)).toContain('SELECT')
    expect(JSON.stringify(held.body)).not.toContain('MODIFY')
    expect(fleet.status('one').drift).toMatchObject({
      count: 0,
      tolerated: 1,
      changes: [
        {
          path: 'securables[schema main.silver].grants[data engineers].privileges[MODIFY]',
          action: 'Tolerated',
        },
      ],
    })
  })
})
