import { describe, expect, it } from 'vitest'
import { surroundings } from '../../reconcile/surroundings.ts'
import { Lives, type Act } from './lives.ts'
import type { Treatment } from './manifests.ts'

const apply = (name: string, ...privileges: string[]): Act => ({ is: 'apply', name, privileges })
const treat = (name: string, how: Treatment): Act => ({ is: 'treat', name, how })
const remove = (name: string): Act => ({ is: 'delete', name })
const pass = (...names: string[]): Act[] => names.map((name) => ({ is: 'pass', name }))

/** Two manifests about one privilege; the first gave it. */
const shared = [apply('a', 'SELECT'), apply('b', 'SELECT'), ...pass('a', 'b')]

/** The first is treated like this, and deleted. */
const gone = async (how: Treatment) => {
  const around = await surroundings()
  const lives = new Lives(around, 1, [])
  await lives.play([...shared, treat('a', how), ...pass('a'), remove('a'), ...pass('a')])
  expect(lives.names).toEqual(['b'])
  expect(lives.holds).toEqual(['SELECT'])
  return { lives, around }
}

describe('a privilege that a manifest added whose deletion changes nothing in Databricks', () => {
  it.each<[string, Treatment]>([
    ['suspended', { management: { suspend: true } }],
    ['suspended by annotation', { annotations: { 'lakeward.dev/suspend': 'true' } }],
    ['only observing', { management: { mode: 'Observe' } }],
    ['abandoned', { annotations: { 'lakeward.dev/abandon': 'true' } }],
  ])('goes with the last that wants it: %s', async (_how, treatment) => {
    const { lives } = await gone(treatment)
    await lives.end()
    expect(lives.holds).toEqual([])
  })

  it('stays where it is to stay, whoever wanted it as well', async () => {
    const { lives } = await gone({ management: { deletionPolicy: 'Retain' } })
    await lives.end()
    expect(lives.holds).toEqual(['SELECT'])
  })

  it.each<[string, Treatment]>([
    ['deletionPolicy Retain', { management: { mode: 'Observe', deletionPolicy: 'Retain' } }],
    ['the last that wanted it', { management: { mode: 'Observe' } }],
  ])('stays with a manifest that only observes: %s', async (_why, treatment) => {
    const around = await surroundings()
    const lives = new Lives(around, 1, [])
    await lives.play([apply('a', 'SELECT'), ...pass('a'), treat('a', treatment), remove('a'), ...pass('a')])
    await lives.end()
    expect(lives.names).toEqual([])
    expect(lives.holds).toEqual(['SELECT'])
  })
})
