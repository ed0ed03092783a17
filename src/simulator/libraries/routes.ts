import { z } from 'zod'
import type { Cluster } from '../clusters/cluster.ts'
import { shaped } from '../http/body.ts'
import { routesOf, type Call, type Route } from '../http/call.ts'
import { invalidParameter, isRefusal, type Refusal } from '../http/refusal.ts'
import type { Workspace } from '../workspace.ts'
import { isOne, librarySchema, type Library } from './library.ts'

const changeSchema = z.object({ cluster_id: z.string(), libraries: z.array(librarySchema) })

const route = routesOf('libraries', ['2.0'])

/** The API of the libraries on clusters. */
export const libraryRoutes = (workspace: Workspace): Route[] => [
  // https://docs.databricks.com/api/workspace/libraries/install
  route('POST', 'install', (call) =>
    change(workspace, call, (cluster, sent) => workspace.libraries.install(cluster, sent)),
  ),
  // https://docs.databricks.com/api/workspace/libraries/uninstall
  route('POST', 'uninstall', (call) =>
    change(workspace, call, (cluster, sent) => workspace.libraries.uninstall(cluster, sent)),
  ),
  // https://docs.databricks.com/api/workspace/libraries/clusterstatus
  route('GET', 'cluster-status', ({ query, caller }) => {
    const id = query.get('cluster_id')
    if (id === null) return invalidParameter('Missing required field: cluster_id')
    const cluster = workspace.clusters.open({ id, caller, right: 'attach' })
    return isRefusal(cluster) ? cluster : describe(cluster, workspace)
  }),
  // https://docs.databricks.com/api/workspace/libraries/allclusterstatuses
  route('GET', 'all-cluster-statuses', ({ caller }) => {
    const statuses = [...workspace.libraries.clusterIds()].flatMap((id) => {
      const cluster = workspace.clusters.open({ id, caller, right: 'attach' })
      return isRefusal(cluster) ? [] : [describe(cluster, workspace)]
    })
    return { statuses: statuses.length > 0 ? statuses : undefined }
  }),
]

function change(
  { clusters }: Workspace,
  { body, caller }: Call,
  act: (cluster: Cluster, libraries: readonly Library[]) => void,
): object | Refusal {
  const sent = shaped(changeSchema, body)
  if (isRefusal(sent)) return sent
  const cluster = clusters.open({ id: sent.cluster_id, caller, right: 'manage' })
  if (isRefusal(cluster)) return cluster
  if (!sent.libraries.every(isOne)) {
    return invalidParameter('A library is exactly one of jar, egg, whl, requirements, pypi, maven and cran.')
  }
  act(cluster, sent.libraries)
  return {}
}

function describe(cluster: Cluster, { libraries }: Workspace): object {
  const statuses = libraries.statusesOf(cluster)
  return {
    cluster_id: cluster.id,
    library_statuses: statuses.length > 0 ? statuses : undefined,
  }
}
