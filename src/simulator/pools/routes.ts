import { z } from 'zod'
import { shaped } from '../http/body.ts'
import { routesOf, type Call, type Route } from '../http/call.ts'
import { invalidParameter, isRefusal, type Refusal } from '../http/refusal.ts'
import type { Workspace } from '../workspace.ts'
import { describePool } from './describe.ts'
import { poolChangeSchema, poolSettingsSchema, type Pool } from './pool.ts'

const idSchema = z.object({ instance_pool_id: z.string() })

const route = routesOf('instance-pools', ['2.0'])

/** The instance pools API. */
export const poolRoutes = (workspace: Workspace): Route[] => [
  // https://docs.databricks.com/api/workspace/instancepools/create
  route('POST', 'create', ({ body, caller }) => {
    const sent = shaped(poolSettingsSchema, body)
    if (isRefusal(sent)) return sent
    const pool = workspace.pools.create(sent, caller)
    return isRefusal(pool) ? pool : { instance_pool_id: pool.id }
  }),
  // https://docs.databricks.com/api/workspace/instancepools/get
  route('GET', 'get', ({ query, caller }) => {
    const id = query.get('instance_pool_id')
    if (id === null) return invalidParameter('Missing required field: instance_pool_id')
    const pool = workspace.pools.open({ id, caller, right: 'attach' })
    return isRefusal(pool) ? pool : (described(workspace, [pool])[0] ?? {})
  }),
  // https://docs.databricks.com/api/workspace/instancepools/list
  route('GET', 'list', ({ caller }) => {
    const pools = described(workspace, workspace.pools.visibleTo(caller))
    return { instance_pools: pools.length > 0 ? pools : undefined }
  }),
  // https://docs.databricks.com/api/workspace/instancepools/edit
  route('POST', 'edit', (call) => edit(workspace, call)),
  // https://docs.databricks.com/api/workspace/instancepools/delete
  route('POST', 'delete', ({ body, caller }) => {
    const sent = shaped(idSchema, body)
    if (isRefusal(sent)) return sent
    const pool = workspace.pools.open({ id: sent.instance_pool_id, caller, right: 'manage' })
    if (isRefusal(pool)) return pool
    workspace.pools.delete(pool)
    return {}
  }),
]

function described({ clusters, clock, switches }: Workspace, pools: readonly Pool[]): object[] {
  const surroundings = { cloud: switches.cloud, now: clock.now(), clusters: [...clusters.alive()] }
  return pools.map((pool) => describePool(pool, surroundings))
}

function edit({ pools }: Workspace, { body, caller }: Call): object | Refusal {
  const sent = shaped(poolChangeSchema, body)
  if (isRefusal(sent)) return sent
  const { instance_pool_id: id, ...change } = sent
  const pool = pools.open({ id, caller, right: 'manage' })
  if (isRefusal(pool)) return pool
  return pools.edit(pool, change) ?? {}
}
