import { describe, expect } from 'vitest'
import { conditions } from '../scenario/observer.ts'
import { beyond } from '../scenario/survival.ts'
import { until } from '../scenario/until.ts'
import type { Arena } from './arena.ts'
import { expectOneOfEach } from './census.ts'
import { Chance, seedOfRun } from './chance.ts'
import { Hand, wantedBy } from './hand.ts'
import { inflate } from './hostile.ts'
import { inArena } from './in-arena.ts'
import type { Entry } from './pool.ts'
import { trespasses } from './trespass.ts'

/*
 * What the operator never does and never says, whatever manifests and workspaces hold.
 */

const minute = 60_000

const it = inArena('borders', { clusters: 1, jobs: 1, grants: 1 })

/** What an object in etcd may weigh beside everything else: what was last applied, the report, and the frame. */
const mostOfStatus = (128 + 32 + 32) * 1024

const watching = (entry: Entry): Entry => ({
  ...entry,
  spec: { ...entry.spec, management: { mode: 'Observe' } },
})

const isObserved = (arena: Arena, entry: Entry): boolean => {
  const { status, metadata } = arena.object(entry)
  return status.observedGeneration === metadata.generation && status.mode === 'Observe'
}

describe('a pool', { shuffle: false }, () => {
  it(
    'of a tenant causes no call about what he was not lent',
    { timeout: 2 * minute },
    async ({ arena, task }) => {
      await arena.apply()
      await arena.settled()
      const chance = new Chance(seedOfRun(), task.name)
      const [{ namespace }] = arena.entries.filter(({ namespace }) => namespace !== arena.home) as [Entry]
      const all = trespasses(chance, { namespace, home: arena.home })
      const made = all.map(({ entry }) => entry)
      await arena.apply(made)
      await until('all are refused', () => {
        const free = made.filter((entry) => conditions(arena.object(entry))['Stalled'] === undefined)
        if (free.length === 0) return true
        throw new Error(
          JSON.stringify(free.map((entry) => [entry.name, arena.object(entry).status.conditions])),
        )
      })
      await arena.recheck(made)
      // One that was allowed before is refused just the same.
      const [own] = arena.entries.filter(
        (entry) => entry.kind === 'JobSpec' && entry.namespace === namespace,
      ) as [Entry]
      const canary = `forbidden-${chance.text(12)}@example.com`
      await arena.apply([{ ...own, spec: { ...own.spec, runAs: { userName: canary } } }])
      await until('it is refused', () => conditions(arena.object(own))['Stalled'] !== undefined)
      await arena.apply([own])

      await arena.beginDelete(made)
      await arena.gone(made)
      const calls = (await arena.calls()).join('\n')
      for (const { entry, forbidden } of all) expect(calls, entry.name).not.toContain(forbidden)
      expect(calls).not.toContain(canary)
      await arena.settled()
      await expectOneOfEach(arena)
    },
  )

  it(
    'that is only observed is never written, and its end leaves all as it is',
    { timeout: 5 * minute },
    async ({ arena, task }) => {
      const chance = new Chance(seedOfRun(), task.name)
      const hand = new Hand(arena)
      const watched = arena.entries.map(watching)
      await arena.apply(watched)
      await until('all are observed', () => watched.every((entry) => isObserved(arena, entry)))
      const before = await arena.writes()
      for (const entry of watched)
        if (entry.kind === 'CatalogGrant') await hand.revoke(entry, chance.pick(wantedBy(entry)))
        else await inflate(arena, hand, entry)
      await arena.recheck(watched)
      for (const entry of watched)
        expect(conditions(arena.object(entry))['Drifted'], entry.name).toBe('True DriftFound')
      await arena.beginDelete(watched)
      await arena.gone(watched)
      expect(await arena.writes()).toEqual(before)
    },
  )

  it(
    'takes up what somebody has blown up, puts it right, and its status stays small',
    { timeout: 5 * minute },
    async ({ arena }) => {
      const before = await arena.writes()
      await arena.apply()
      await arena.settled()
      await arena.expectApplied()
      await expectOneOfEach(arena)
      const creates = beyond(await arena.writes(), before).filter((call) => call.includes('/create'))
      expect(creates).toEqual([])
      const large = arena.entries.flatMap((entry) =>
        arena
          .statuses(entry)
          .filter((text) => Buffer.byteLength(text) > mostOfStatus)
          .map((text) => `${entry.name}: ${Buffer.byteLength(text)}`),
      )
      expect(large).toEqual([])
    },
  )
})
