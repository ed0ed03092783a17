import { demoApplicationId, seedContent } from '../../src/simulator/seed-content.ts'
import type { Databricks } from '../scenario/databricks.ts'
import { secret, workspace } from '../scenario/manifests.ts'
import type { World } from '../scenario/world.ts'
import { accessOf, defaultsOfSecond, workspaceNames, type Places, type WorkspaceName } from './pool.ts'

/** Virtual seconds in a second of the workspaces: starts and restarts of clusters are over at once. */
const speed = 100

/** Two workspaces, ready for manifests: one is lent to tenants, the other has defaults. */
export async function layGround(
  world: World,
  places: Places,
  token: string,
): Promise<Record<WorkspaceName, Databricks>> {
  const { kubernetes, databricks } = world
  const second = await world.anotherDatabricks({
    seed: 2,
    content: { ...seedContent, workspaceId: '7405622222222222' },
  })
  for (const each of [databricks, second]) {
    await each.control('POST', 'clock', { speed })
    await each.control('PUT', `tokens/${token}`, { identity: demoApplicationId })
  }
  await kubernetes.apply(
    secret('pool', { token }),
    manifestOfWorkspace('default', databricks.url, { access: accessOf(places) }),
    manifestOfWorkspace('second', second.url, { defaults: defaultsOfSecond }),
  )
  for (const name of workspaceNames) await kubernetes.ready('DatabricksWorkspace', name)
  return { default: databricks, second }
}

function manifestOfWorkspace(name: string, url: string, more: object) {
  const usual = workspace(name, url, { secret: 'pool' })
  // Whoever deletes hundreds on purpose asks nobody.
  return { ...usual, spec: { ...usual.spec, deletionGuard: 1_000, ...more } }
}
