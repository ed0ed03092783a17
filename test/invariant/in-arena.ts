import { inWorld } from '../scenario/in-world.ts'
import type { WorldOptions } from '../scenario/world.ts'
import { Arena, tenants } from './arena.ts'
import { seedOfRun } from './chance.ts'
import type { Size } from './pool.ts'
import { expectSecrecy } from './secrecy.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** What a soak adds up over its rounds. */
    counts?: Record<string, number>
  }
}

export interface ArenaOptions extends Pick<WorldOptions, 'through'> {
  flags?: readonly string[]
}

/**
 * Tests that share one pool in one world: `it('…', async ({ arena }) => …)`. In the end nothing that came of it may hold
 * a secret. A failed test shows the seed.
 */
export function inArena(name: string, size: Size, { flags = [], ...options }: ArenaOptions = {}) {
  const talkative = ['--log-level=trace', '--health-port=0']
  const it = inWorld({ ...options, tenants, flags: [...talkative, ...flags] }).extend(
    'arena',
    { scope: 'file' },
    async ({ world }, { onCleanup }) => {
      const arena = await Arena.in(world, name, size)
      onCleanup(() => expectSecrecy(arena))
      return arena
    },
  )
  it.afterEach(({ task }) => {
    if (task.result?.state !== 'fail') return
    process.stderr.write(`\n"${task.name}" failed with LAKEWARD_SEED=${seedOfRun()}\n`)
  })
  return it
}
