import { expect, test } from 'vitest'
import { World, type WorldOptions } from './world.ts'

/**
 * Tests that share one world: `it('…', async ({ world }) => …)`. After each of them, every status that was
 * written meanwhile must have passed the lint; a failed one shows the operator's log.
 */
export function inWorld(options: WorldOptions = {}) {
  const it = test
    .extend('options', { scope: 'file' }, options)
    .extend('world', { scope: 'file' }, async ({ options }, { onCleanup }) => {
      const world = await World.start(options)
      onCleanup(async () => {
        try {
          expect(await world.takeWrongRequests()).toEqual([])
        } finally {
          await world.stop()
        }
      })
      return world
    })
  const begins = new Map<string, number>()
  it.beforeEach(({ world, task }) => void begins.set(task.id, world.operator.log.length))
  it.afterEach(({ world, task }) => {
    if (task.result?.state === 'fail') {
      const lines = world.operator.log.slice(begins.get(task.id))
      process.stderr.write(`\nthe operator, while "${task.name}":\n${lines.join('\n')}\n`)
    }
    expect(world.takeProblems()).toEqual([])
  })
  return it
}
