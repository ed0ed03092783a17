import { describe, expect } from 'vitest'
import { KubeProxy } from '../kube-faults/proxy.ts'
import type { Arena } from './arena.ts'
import { expectOneOfEach } from './census.ts'
import { Chance, seedOfRun } from './chance.ts'
import { Churn } from './churn.ts'
import { inArena } from './in-arena.ts'
import { Killing, moments, type Moment } from './killing.ts'
import { orderTrouble, untilOver } from './trouble.ts'

/*
 * Whatever happens on the way, each manifest has exactly one remote object in the end, none is lost, and all is as if
 * nothing had happened.
 */

const minute = 60_000

const kills = Number(process.env['LAKEWARD_KILLS'] ?? 4)
/** Changes that are made while calls fail. */
const storms = Math.ceil(kills / 4)
/** After so many kills all has to be as it should be; until then nobody waits for that. */
const together = 3

const proxy = Promise.withResolvers<KubeProxy>()
const it = inArena(
  'trouble',
  { clusters: 1, jobs: 1, grants: 1 },
  {
    flags: ['--lease-duration=2s', '--request-timeout=1s', '--attempt-settle=1s'],
    through: async (server) => {
      const made = await KubeProxy.to(server)
      proxy.resolve(made)
      return made
    },
  },
)

const most = 18

/** Lists that do not show the last write when they are first asked for. */
async function laggingLists({ workspaces }: Arena): Promise<void> {
  for (const workspace of Object.values(workspaces))
    for (const match of ['GET /api/2.2/jobs/list', 'GET /api/2.1/clusters/list'])
      await workspace.control('POST', 'stale', { match, afterEachWrite: true })
}

/** All is as the manifests say on both sides, and looking once more changes nothing. */
async function expectWell(arena: Arena): Promise<void> {
  await expectOneOfEach(arena)
  await arena.expectApplied()
  const before = await arena.writes()
  await arena.recheck()
  await arena.settled()
  expect(await arena.writes()).toEqual(before)
}

/** Each moment comes, and then as chance has it; a freeze takes as long as many kills. */
const momentOf = (kill: number, chance: Chance): Moment =>
  moments[kill] ?? (chance.percent(8) ? 'Frozen' : chance.pick(moments.slice(0, -1)))

describe('a pool', { shuffle: false }, () => {
  it(
    'whose operator is killed or frozen at any request has one of each and loses none',
    { timeout: 60 * minute },
    async ({ arena, task }) => {
      const chance = new Chance(seedOfRun(), task.name)
      const churn = new Churn({ arena, chance, most })
      await laggingLists(arena)
      const killing = await Killing.in(arena, { chance, churn, proxy: await proxy.promise })
      // Told of a run that fails, too.
      const counts: Record<string, number> = {}
      task.meta.counts = counts
      const began = performance.now()
      await arena.apply()
      for (let kill = 0; kill < kills; kill += 1) {
        await killing.once(momentOf(kill, chance))
        Object.assign(counts, killing.counts, { kills: killing.total, objects: arena.pool.made })
        counts['seconds'] = (performance.now() - began) / 1_000
        if (killing.total % together !== 0) continue
        await churn.calm()
        await expectOneOfEach(arena, counts)
      }
      await churn.calm()
      counts['seconds'] = (performance.now() - began) / 1_000
      await killing.handBack()
      await expectWell(arena)
    },
  )

  it(
    'whose calls fail in every way converges when that ends',
    { timeout: 20 * minute },
    async ({ arena, task }) => {
      const chance = new Chance(seedOfRun(), task.name)
      const churn = new Churn({ arena, chance, most })
      for (let storm = 0; storm < storms; storm += 1) {
        await orderTrouble(arena, chance)
        await churn.stir(chance.between(3, 6))
        await arena.ask()
        await untilOver(arena)
        await churn.calm()
        await expectWell(arena)
      }
    },
  )

  it(
    'that is deleted while it is being made leaves nothing behind',
    { timeout: 2 * minute },
    async ({ arena, task }) => {
      const chance = new Chance(seedOfRun(), task.name)
      for (const workspace of Object.values(arena.workspaces))
        for (const match of ['POST /api/2.2/jobs/create', 'POST /api/2.1/clusters/create'])
          await workspace.fault({
            match,
            count: 2,
            when: 'after',
            ...chance.pick([{ delaySeconds: 0.5 }, { reset: true }]),
          })
      const young = Array.from({ length: 8 }, () => arena.pool.addAny())
      await arena.apply(young)
      for (const entry of young) arena.pool.remove(entry)
      await arena.beginDelete(young)
      await arena.gone(young)
      await expectOneOfEach(arena)
    },
  )

  it(
    'that is deleted leaves nothing behind, also the second time',
    { timeout: 5 * minute },
    async ({ arena }) => {
      const all = [...arena.entries]
      for (const entry of all) arena.pool.remove(entry)
      await arena.beginDelete(all)
      await arena.beginDelete(all)
      await arena.gone(all)
      await expectOneOfEach(arena)
      arena.pool.entries.push(...all)
      await arena.apply()
      await arena.settled()
      await expectOneOfEach(arena)
      arena.pool.entries.length = 0
      await arena.beginDelete(all)
      await arena.gone(all)
      await expectOneOfEach(arena)
    },
  )
})
