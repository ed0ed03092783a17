import { z } from 'zod'
import { shaped } from '../http/body.ts'
import { routesOf, type Call, type Handler, type Route } from '../http/call.ts'
import { invalidParameter, isRefusal, permissionDenied, type Refusal } from '../http/refusal.ts'
import { isAdmin } from '../principals.ts'
import type { Workspace } from '../workspace.ts'
import { zonesOf } from './clouds.ts'
import type { Cluster } from './cluster.ts'
import { describe, describeListed } from './describe.ts'
import { eventQuerySchema, pageOfEvents } from './event-page.ts'
import { pageOfClusters } from './list.ts'
import { nodeTypes } from './node-types.ts'
import { sparkVersions } from './spark-versions.ts'
import { clusterSpecSchema, sizeSchema } from './spec.ts'
import { applyMask, updatableSchema } from './update-mask.ts'

const idSchema = z.object({ cluster_id: z.string() })
const createSchema = clusterSpecSchema.extend({
  idempotency_token: z.string().max(64).optional(),
  clone_from: z.object({ source_cluster_id: z.string() }).optional(),
})
const editSchema = clusterSpecSchema.extend({ cluster_id: z.string() })
const updateSchema = z.object({
  cluster_id: z.string(),
  update_mask: z.string(),
  cluster: updatableSchema.default({}),
})
const ownerSchema = z.object({ cluster_id: z.string(), owner_username: z.string() })
const resizeSchema = sizeSchema.extend({ cluster_id: z.string() })

/** The clusters API. */
export const clusterRoutes = (workspace: Workspace): Route[] => [
  ...readRoutes(workspace),
  ...specRoutes(workspace),
  ...stateRoutes(workspace),
]

const route = routesOf('clusters', ['2.1', '2.0'])
const get = (path: string, handle: Handler): Route => route('GET', path, handle)
const post = (path: string, handle: Handler): Route => route('POST', path, handle)

function readRoutes(workspace: Workspace): Route[] {
  const { clusters, switches } = workspace
  return [
    // https://docs.databricks.com/api/workspace/clusters/get
    get('get', ({ query, caller }) => {
      const id = query.get('cluster_id')
      if (id === null) return invalidParameter('Missing required field: cluster_id')
      const cluster = clusters.open({ id, caller, right: 'attach' })
      return isRefusal(cluster) ? cluster : describe(cluster, workspace)
    }),
    // https://docs.databricks.com/api/workspace/clusters/list
    get('list', ({ query, caller }) => {
      const page = pageOfClusters((walk) => clusters.visibleTo(caller, walk), query)
      if (isRefusal(page)) return page
      const listed = page.clusters.map((cluster) => describeListed(cluster, workspace))
      return {
        clusters: listed.length > 0 ? listed : undefined,
        next_page_token: page.next,
        prev_page_token: page.previous,
      }
    }),
    // https://docs.databricks.com/api/workspace/clusters/listnodetypes
    get('list-node-types', () => ({ node_types: nodeTypes[switches.cloud] })),
    // https://docs.databricks.com/api/workspace/clusters/listzones
    get('list-zones', () => zonesOf(switches)),
    // https://docs.databricks.com/api/workspace/clusters/sparkversions
    get('spark-versions', () => ({ versions: sparkVersions })),
    // https://docs.databricks.com/api/workspace/clusters/events
    post('events', ({ body, caller }) => {
      const query = shaped(eventQuerySchema, body)
      if (isRefusal(query)) return query
      const cluster = clusters.open({ id: query.cluster_id, caller, right: 'attach' })
      return isRefusal(cluster) ? cluster : pageOfEvents(cluster, query)
    }),
  ]
}

function specRoutes(workspace: Workspace): Route[] {
  return [
    // https://docs.databricks.com/api/workspace/clusters/create
    post('create', (call) => create(workspace, call)),
    // https://docs.databricks.com/api/workspace/clusters/edit
    post('edit', (call) => edit(workspace, call)),
    // https://docs.databricks.com/api/workspace/clusters/update
    post('update', (call) => update(workspace, call)),
    // https://docs.databricks.com/api/workspace/clusters/resize
    post('resize', (call) => resize(workspace, call)),
    // https://docs.databricks.com/api/workspace/clusters/changeowner
    post('change-owner', (call) => changeOwner(workspace, call)),
  ]
}

function stateRoutes(workspace: Workspace): Route[] {
  const { clusters, libraries } = workspace
  return [
    // https://docs.databricks.com/api/workspace/clusters/start
    post(
      'start',
      withCluster(workspace, 'restart', (cluster, { caller }) => clusters.start(cluster, caller)),
    ),
    // https://docs.databricks.com/api/workspace/clusters/restart
    post(
      'restart',
      withCluster(workspace, 'restart', (cluster, { caller }) => clusters.restart(cluster, caller)),
    ),
    // https://docs.databricks.com/api/workspace/clusters/delete
    post(
      'delete',
      withCluster(workspace, 'restart', (cluster, { caller }) => clusters.terminate(cluster, caller)),
    ),
    // https://docs.databricks.com/api/workspace/clusters/permanentdelete
    post(
      'permanent-delete',
      withCluster(workspace, 'manage', (cluster) => {
        const refusal = clusters.forget(cluster)
        if (refusal === undefined) libraries.forget(cluster)
        return refusal
      }),
    ),
    // https://docs.databricks.com/api/workspace/clusters/pin
    post(
      'pin',
      withCluster(
        workspace,
        'manage',
        (cluster, call) =>
          refuseNonAdmin(call, 'pin and unpin clusters') ?? clusters.pin(cluster, call.caller),
      ),
    ),
    // https://docs.databricks.com/api/workspace/clusters/unpin
    post(
      'unpin',
      withCluster(
        workspace,
        'manage',
        (cluster, call) =>
          refuseNonAdmin(call, 'pin and unpin clusters') ?? clusters.unpin(cluster, call.caller),
      ),
    ),
  ]
}

/** A call that names a cluster, does one thing to it and answers `{}`. */
function withCluster(
  { clusters }: Workspace,
  right: 'restart' | 'manage',
  act: (cluster: Cluster, call: Call) => Refusal | undefined | void,
): Handler {
  return (call) => {
    const sent = shaped(idSchema, call.body)
    if (isRefusal(sent)) return sent
    const cluster = clusters.open({ id: sent.cluster_id, caller: call.caller, right })
    if (isRefusal(cluster)) return cluster
    return act(cluster, call) ?? {}
  }
}

const refuseNonAdmin = ({ caller }: Call, act: string): Refusal | undefined =>
  isAdmin(caller) ? undefined : permissionDenied(`Only administrators can ${act}.`)

function create({ clusters, libraries }: Workspace, { body, caller, source }: Call): object | Refusal {
  const sent = shaped(createSchema, body)
  if (isRefusal(sent)) return sent
  const { idempotency_token: token, clone_from, ...spec } = sent
  const origin = clone_from && clusters.open({ id: clone_from.source_cluster_id, caller, right: 'attach' })
  if (isRefusal(origin)) return origin
  const cluster = clusters.create(spec, { caller, source, token })
  if (isRefusal(cluster)) return cluster
  if (origin !== undefined) libraries.copy(origin, cluster)
  return { cluster_id: cluster.id }
}

function edit({ clusters }: Workspace, { body, caller }: Call): object | Refusal {
  const sent = shaped(editSchema, body)
  if (isRefusal(sent)) return sent
  const { cluster_id: id, ...spec } = sent
  const cluster = clusters.open({ id, caller, right: 'manage' })
  if (isRefusal(cluster)) return cluster
  return clusters.edit(cluster, { spec, size: undefined }, caller) ?? {}
}

function update({ clusters, switches }: Workspace, { body, caller }: Call): object | Refusal {
  const sent = shaped(updateSchema, body)
  if (isRefusal(sent)) return sent
  const cluster = clusters.open({ id: sent.cluster_id, caller, right: 'manage' })
  if (isRefusal(cluster)) return cluster
  const { apply_policy_default_values: _flag, ...named } = cluster.spec
  const before = switches.updateKeepsPolicyFlag ? cluster.spec : named
  const spec = applyMask(before, sent.update_mask, sent.cluster)
  if (isRefusal(spec)) return spec
  // What a pool decides stands there too, and cannot be sent.
  const there = cluster.spec.instance_pool_id === undefined ? cluster.settings : cluster.spec
  const filled = applyMask(there, sent.update_mask, sent.cluster)
  if (isRefusal(filled)) return filled
  // An update that does not name the size must not undo a resize that the spec does not show.
  const namesSize = sent.update_mask
    .split(',')
    .some((path) => path === '*' || /^(num_workers|autoscale)\b/.test(path))
  const size = namesSize ? undefined : cluster.size
  const edit = switches.updateRefillsPolicy ? { spec, size } : { spec, filled, size }
  return clusters.edit(cluster, edit, caller) ?? {}
}

function resize({ clusters }: Workspace, { body, caller }: Call): object | Refusal {
  const sent = shaped(resizeSchema, body)
  if (isRefusal(sent)) return sent
  const { cluster_id: id, ...size } = sent
  const cluster = clusters.open({ id, caller, right: 'restart' })
  return isRefusal(cluster) ? cluster : (clusters.resize(cluster, size, caller) ?? {})
}

function changeOwner({ clusters }: Workspace, call: Call): object | Refusal {
  const sent = shaped(ownerSchema, call.body)
  if (isRefusal(sent)) return sent
  const cluster = clusters.open({ id: sent.cluster_id, caller: call.caller, right: 'manage' })
  if (isRefusal(cluster)) return cluster
  return (
    refuseNonAdmin(call, 'change the owner of clusters') ??
    clusters.changeOwner(cluster, sent.owner_username) ??
    {}
  )
}
