import { describe, expect, it } from 'vitest'
import { grant } from '../../../src/kinds/grant/index.ts'
import type { CatalogGrantSpec } from '../../../src/kinds/grant/schema.ts'
import { Fleet } from '../../reconcile/fleet.ts'

const minute = 60_000
const schema = '/api/2.1/unity-catalog/permissions/schema/main.silver'
const patch = `PATCH ${schema}`
const engineers = 'data engineers'

const specOf = (principal: string, privileges: string[], rest: object = {}): CatalogGrantSpec => ({
  securables: [{ type: 'schema', name: 'main.silver' }],
  grants: [{ principal, privileges }],
  ...rest,
})

const given = (privileges = ['SELECT', 'MODIFY'], principal = engineers) =>
  Fleet.start({ kind: grant, specs: { one: specOf(principal, privileges) } }, { interval: minute })

const conditions = (fleet: Fleet) =>
  fleet.status('one').conditions?.map(({ type, status, reason }) => `${type}=${status}/${reason}`)

/** Somebody changes the privileges of a principal by hand. */
const change = (fleet: Fleet, edit: { add?: string[]; remove?: string[] }, principal = engineers) =>
  fleet.simulator.as('ana@example.com').patch(schema, { changes: [{ principal, ...edit }] })

async function held(fleet: Fleet, principal = engineers): Promise<string[]> {
  const { body } = await fleet.simulator.get(schema)
  const { privilege_assignments: all } = body as unknown as {
    privilege_assignments: { principal: string; privileges: string[] }[]
  }
  return (all.find((one) => one.principal === principal)?.privileges ?? []).toSorted()
}

const lag = (fleet: Fleet, count: number) =>
  fleet.simulator.control('POST', 'stale', { match: `GET ${schema}`, count, afterEachWrite: true })

describe('privileges that read back late', () => {
  it('are written once, and no drift, for a minute', async () => {
    const fleet = await given()
    await lag(fleet, 8)
    await change(fleet, { remove: ['SELECT'] })
    await fleet.simulator.control('DELETE', 'stale')
    await lag(fleet, 8)
    fleet.ask('one', 'edit')
    const calls = await fleet.calls(async () => {
      await fleet.run(1_000)
      expect(conditions(fleet)).toEqual(['Ready=True/Applied', 'Drifted=Unknown/Settling'])
      expect(fleet.status('one').drift).toEqual({ unlisted: 0 })
      await fleet.run(50_000)
    })
    expect(calls[patch]).toBe(1)
    expect(conditions(fleet)).toEqual(['Ready=True/Applied', 'Drifted=False/NoDrift'])
    expect(fleet.status('one')).not.toHaveProperty('unconfirmed')
    expect(await held(fleet)).toEqual(['MODIFY', 'SELECT'])
  })

  it('are written once more after that', async () => {
    const fleet = await given()
    await change(fleet, { remove: ['SELECT'] })
    // No read sees the last write.
    await lag(fleet, 10_000)
    fleet.ask('one', 'edit')
    const first = await fleet.calls(() => fleet.run(minute - 1_000))
    expect(first[patch]).toBe(1)
    const second = await fleet.calls(() => fleet.run(30 * minute))
    expect(second[patch]).toBe(1)
  })
})

describe('a privilege that somebody takes away again and again', () => {
  it('is given back at once a few times and then once an hour, for ever', async () => {
    const fleet = await given()
    const takeAway = async (times: number) => {
      for (const _ of Array.from({ length: times })) {
        await change(fleet, { remove: ['SELECT'] })
        await fleet.run(5 * minute)
      }
    }
    const hours = 6
    const calls = await fleet.calls(() => takeAway(hours * 12))
    // Three at once, then one an hour; by five in seven days it is certain.
    expect(calls[patch]).toBeGreaterThanOrEqual(hours)
    expect(calls[patch]).toBeLessThanOrEqual(hours + 4)
    expect(conditions(fleet)).toEqual(['Ready=True/Applied', 'Drifted=True/Contested'])
    await fleet.run(61 * minute)
    expect(conditions(fleet)).toEqual(['Ready=True/Applied', 'Drifted=False/NoDrift'])
    expect(await held(fleet)).toEqual(['MODIFY', 'SELECT'])
  })

  it('is no reason to leave another one alone', async () => {
    const fleet = await given()
    for (const _ of [1, 2, 3, 4]) {
      await change(fleet, { remove: ['SELECT'] })
      await fleet.run(5 * minute)
    }
    expect(await held(fleet)).toEqual(['MODIFY'])
    await change(fleet, { remove: ['MODIFY'] })
    await fleet.run(5 * minute)
    expect(await held(fleet)).toEqual(['MODIFY'])
  })
})

const me = async () => {
  const fleet = await given()
  const connection = fleet.around.directory.get('data/default')
  return connection.is === 'Ready' ? connection.session.me : ''
}

describe('our own right to manage', () => {
  it('is never taken back, although the manifest gave it and does not any more', async () => {
    const principal = await me()
    const fleet = await given(['MANAGE', 'SELECT'], principal)
    expect(await held(fleet, principal)).toEqual(['MANAGE', 'SELECT'])
    fleet.apply('one', specOf(engineers, ['SELECT'], { acceptRevocations: true }))
    await fleet.run(30 * minute)
    expect(await held(fleet, principal)).toEqual(['MANAGE'])
    expect(await held(fleet)).toEqual(['SELECT'])
    expect(conditions(fleet)).toEqual([
      'Ready=False/OwnRight',
      'Drifted=False/NoDrift',
      'Stalled=True/OwnRight',
    ])
    expect(fleet.status('one').conditions?.at(-1)?.message).toContain(
      `${principal}, which is Lakeward itself`,
    )
  })

  it('stays also when the manifest is deleted, which says so', async () => {
    const principal = await me()
    const fleet = await given(['MANAGE', 'SELECT'], principal)
    fleet.delete('one')
    await fleet.run(minute)
    expect(await held(fleet, principal)).toEqual(['MANAGE'])
    expect(fleet.around.api.events.map(({ note }) => note)).toContain(
      'kept what lets Lakeward itself manage schema main.silver',
    )
  })
})

describe('several securables', () => {
  it('are counted one by one, also when a write of the last one fails every time', async () => {
    const securables = ['main.silver', 'main.gold'].map((name) => ({ type: 'schema', name }))
    const spec = { securables, grants: [{ principal: engineers, privileges: ['SELECT', 'MODIFY'] }] }
    const fleet = await Fleet.start({ kind: grant, specs: { one: spec } }, { interval: minute })
    const fault = {
      match: 'PATCH /api/2.1/unity-catalog/permissions/schema/main.gold',
      count: 1_000,
      status: 403,
      body: { error_code: 'PERMISSION_DENIED', message: 'no' },
    }
    const gold = '/api/2.1/unity-catalog/permissions/schema/main.gold'
    const taken = { changes: [{ principal: engineers, remove: ['SELECT'] }] }
    await fleet.simulator.as('ana@example.com').patch(gold, taken)
    await fleet.simulator.control('POST', 'faults', fault)
    for (const _ of [1, 2, 3]) {
      await change(fleet, { remove: ['SELECT'] })
      fleet.ask('one', 'edit')
      await fleet.run(10_000)
    }
    expect(conditions(fleet)).toContain('Stalled=True/Forbidden')
    expect(fleet.status('one').putBack?.map(({ path, at }) => [path, at.length])).toEqual([
      [expect.stringContaining('main.silver'), 3],
    ])
  })
})
