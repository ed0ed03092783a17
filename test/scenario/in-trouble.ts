import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { KubeProxy } from '../kube-faults/proxy.ts'
import { inWorld } from './in-world.ts'
import type { ClockOrder } from '../movable-clock.ts'
import { until } from './until.ts'
import type { World, WorldOptions } from './world.ts'

const movableOperator = fileURLToPath(new URL('movable-operator.ts', import.meta.url))

/**
 * Tests whose operator reaches the API server through a proxy that makes trouble, and whose clock can be moved.
 * Trouble that was ordered and never came fails the test: it would have proved nothing.
 */
export function inTrouble(options: WorldOptions = {}) {
  const proxy = Promise.withResolvers<KubeProxy>()
  const it = inWorld({
    ...options,
    program: movableOperator,
    // No leap is to cost the lead, unless it is meant to.
    flags: ['--health-port=0', '--lease-duration=10m', ...((options.flags ?? []) as readonly string[])],
    through: async (server) => {
      const made = await KubeProxy.to(server)
      proxy.resolve(made)
      return made
    },
  }).extend('proxy', { scope: 'file' }, async ({ world }) => {
    expect(world.operator).toBeDefined()
    return proxy.promise
  })
  it.afterEach(({ proxy }) => {
    proxy.release()
    proxy.comeBack()
    expect(proxy.clear(), 'trouble that never came').toEqual([])
  })
  return it
}

/** Moves the operator's clock. */
export const move = ({ operator }: World, order: ClockOrder): Promise<void> => operator.order(order)

/**
 * Lets time pass until the operator follows our kinds again, jobs counted from the `from`th exchange. In small steps: a
 * call to Databricks that is under way outlives each of them.
 */
export const untilFollowed = (world: World, proxy: KubeProxy, from: number): Promise<unknown> =>
  until('the operator follows our kinds again', async () => {
    const watches = proxy.exchanges
      .slice(from)
      .filter(({ verb, resource }) => verb === 'watch' && resource === 'jobspecs')
    const isFollowing = watches.some(({ status }) => status === 200)
    // The other kinds, too, each of which waits for itself.
    if (isFollowing && (await world.operator.visit('/readyz')).status === 200) return true
    await move(world, { leap: 1_000 })
    return false
  })
