import { expect, it } from 'vitest'
import { kinds } from '../../src/kinds/index.ts'
import { parseSpec } from '../../src/kinds/parse-spec.ts'
import { Chance } from './chance.ts'
import { Pool, SecretsOfRun } from './pool.ts'

const places = { home: 'home', tenants: ['red', 'blue'] }

function poolOf(seed: number): Pool {
  const chance = new Chance(seed)
  return new Pool({
    chance,
    places,
    secrets: new SecretsOfRun(chance),
    size: { clusters: 2, jobs: 3, grants: 2 },
  })
}

it('makes the same manifests of the same seed, and others of another', () => {
  expect(poolOf(7).entries).toEqual(poolOf(7).entries)
  expect(poolOf(7).entries).not.toEqual(poolOf(8).entries)
})

it('makes manifests only that are legal', () => {
  const wrong: unknown[] = []
  for (let seed = 1; seed <= 100; seed += 1)
    for (const { kind, spec } of poolOf(seed).entries) {
      const definition = kinds.find((one) => one.definition.kind === kind)?.definition
      const parsed = definition && parseSpec(definition, spec)
      if (parsed?.is !== 'Valid') wrong.push([seed, kind, parsed])
    }
  expect(wrong).toEqual([])
})
