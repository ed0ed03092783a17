import { describe, expect } from 'vitest'
import { conditions } from '../scenario/observer.ts'
import type { Arena } from './arena.ts'
import { expectOneOfEach } from './census.ts'
import { Chance, seedOfRun } from './chance.ts'
import { inArena } from './in-arena.ts'
import { Walk } from './walk.ts'

/*
 * What holds while nobody disturbs the operator, for every manifest of a pool.
 */

const minute = 60_000

/** How many fields of each manifest are changed by hand. */
const rounds = Number(process.env['LAKEWARD_ROUNDS'] ?? 5)

const it = inArena('at rest', { clusters: 1, jobs: 2, grants: 1 })

/** What the operator wrote to Kubernetes since then, each line once with its count. */
async function written({ world }: Arena, since: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const line of (await world.audit.writes()).slice(since)) counts[line] = (counts[line] ?? 0) + 1
  return counts
}

const plurals = {
  JobSpec: 'jobspecs',
  DatabricksCluster: 'databricksclusters',
  CatalogGrant: 'cataloggrants',
}

/** The echo of reconcile-at, the one write that is asked for. */
const echoes = ({ entries }: Arena): Record<string, number> =>
  Object.fromEntries(entries.map(({ kind, name }) => [`patch ${plurals[kind]}/status ${name} 200`, 1]))

describe('a pool', { shuffle: false }, () => {
  it(
    'that was created and read back has no drift, and never had',
    { timeout: 3 * minute },
    async ({ arena }) => {
      await arena.apply()
      await arena.settled()
      await arena.expectApplied()
      await arena.recheck()
      await arena.settled()
      const drifted = arena.entries.filter((entry) =>
        arena.versions(entry).some((version) => conditions(version)['Drifted']?.startsWith('True')),
      )
      expect(drifted.map((entry) => [entry.name, arena.object(entry).status.drift])).toEqual([])
    },
  )

  it('that is looked at again is written on neither side, but for the echo of who asked', async ({
    arena,
  }) => {
    const before = { there: await arena.writes(), here: (await arena.world.audit.writes()).length }
    await arena.recheck()
    expect(await arena.writes()).toEqual(before.there)
    expect(await written(arena, before.here)).toEqual(echoes(arena))
  })

  it('that a new process looks at is written on neither side either', async ({ arena }) => {
    const before = { there: await arena.writes(), here: (await arena.world.audit.writes()).length }
    await arena.world.operator.restart()
    await arena.recheck()
    expect(await arena.writes()).toEqual(before.there)
    expect(await written(arena, before.here)).toEqual(echoes(arena))
  })

  it(
    'shows by its path what somebody changed, within one check, and has it put back',
    { timeout: 10 * minute },
    async ({ arena, task }) => {
      const walk = new Walk(arena, new Chance(seedOfRun(), task.name))
      let count = 0
      for (let round = 0; round < rounds; round += 1) {
        const edits = await walk.editAll(round)
        await arena.recheck()
        expect(walk.unseen(edits)).toEqual([])
        await arena.settled()
        await arena.expectApplied()
        count += edits.length
      }
      task.meta.counts = { fields: count }
      expect(count).toBeGreaterThan(rounds * 10)
    },
  )
  it('that is deleted leaves what was there before', { timeout: 2 * minute }, async ({ arena }) => {
    const all = [...arena.entries]
    for (const entry of all) arena.pool.remove(entry)
    await arena.beginDelete(all)
    await arena.beginDelete(all)
    await arena.gone(all)
    await expectOneOfEach(arena)
  })
})
