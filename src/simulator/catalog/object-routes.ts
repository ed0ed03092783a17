import type { Handler, Route } from '../http/call.ts'
import { integerParameter } from '../http/query.ts'
import { invalidParameter, isRefusal, type Refusal } from '../http/refusal.ts'
import { pageToken, placeOf } from '../page-token.ts'
import type { Workspace } from '../workspace.ts'
import { findSecurable } from './refusals.ts'
import type { Securable, SecurableType } from './securables.ts'

const largestPage = 1000

const get = (path: string, handle: Handler): Route => ({
  method: 'GET',
  versions: ['2.1'],
  path: `/unity-catalog/${path}`,
  handle,
})

/** The things that grants stand on, to be read. Everybody may: only grants are guarded here. */
export const catalogObjectRoutes = (workspace: Workspace): Route[] => [
  // https://docs.databricks.com/api/workspace/catalogs/get
  get('catalogs/{name}', read(workspace, 'catalog')),
  // https://docs.databricks.com/api/workspace/catalogs/list
  get('catalogs', list(workspace, 'catalog', [])),
  // https://docs.databricks.com/api/workspace/schemas/get
  get('schemas/{name}', read(workspace, 'schema')),
  // https://docs.databricks.com/api/workspace/schemas/list
  get('schemas', list(workspace, 'schema', ['catalog_name'])),
  // https://docs.databricks.com/api/workspace/tables/get
  get('tables/{name}', read(workspace, 'table')),
  // https://docs.databricks.com/api/workspace/tables/list
  get('tables', list(workspace, 'table', ['catalog_name', 'schema_name'])),
  // https://docs.databricks.com/api/workspace/tables/exists
  get('tables/{name}/exists', ({ parameters }) => ({
    table_exists: workspace.securables.find('table', parameters['name'] ?? '') !== undefined,
  })),
  // https://docs.databricks.com/api/workspace/volumes/read
  get('volumes/{name}', read(workspace, 'volume')),
  // https://docs.databricks.com/api/workspace/volumes/list
  get('volumes', list(workspace, 'volume', ['catalog_name', 'schema_name'])),
  // https://docs.databricks.com/api/workspace/metastores/current
  get('current-metastore-assignment', () => ({
    metastore_id: workspace.securables.metastore.name,
    workspace_id: BigInt(workspace.id),
    default_catalog_name: 'main',
  })),
  // https://docs.databricks.com/api/workspace/metastores/summary
  get('metastore_summary', () => ({
    metastore_id: workspace.securables.metastore.name,
    name: workspace.securables.metastoreName,
    owner: workspace.securables.metastore.owner,
    cloud: 'aws',
    region: 'us-east-1',
    privilege_model_version: '1.0',
    global_metastore_id: `aws:us-east-1:${workspace.securables.metastore.name}`,
  })),
]

const read =
  (workspace: Workspace, type: SecurableType): Handler =>
  ({ parameters }) => {
    const securable = findSecurable(workspace, type, parameters['name'] ?? '')
    return isRefusal(securable) ? securable : describe(securable, workspace)
  }

/** Lists one type; `parentNames` are the query's parameters that together name the parent. */
const list =
  (workspace: Workspace, type: SecurableType, parentNames: readonly string[]): Handler =>
  ({ query }) => {
    const missing = parentNames.find((name) => query.get(name) === null)
    if (missing !== undefined) return invalidParameter(`Missing required field: ${missing}`)
    const parent = parentNames.map((name) => query.get(name)).join('.')
    const found = workspace.securables.all(type, parentNames.length > 0 ? parent : undefined)
    return page(`${type}s`, found, { query, workspace })
  }

function page(
  member: string,
  found: readonly Securable[],
  { query, workspace }: { query: URLSearchParams; workspace: Workspace },
): object | Refusal {
  const most = integerParameter(query, 'max_results')
  if (isRefusal(most)) return most
  if (most !== undefined && most < 0) return invalidParameter('max_results must not be negative.')
  const size = most === undefined ? found.length : Math.min(most || largestPage, largestPage)
  const token = query.get('page_token') ?? ''
  const from = token === '' ? 0 : placeOf(token)?.['from']
  if (from === undefined) return invalidParameter(`Invalid page token: ${token}`)
  return {
    [member]: found.slice(from, from + size).map((securable) => describe(securable, workspace)),
    ...(from + size < found.length && { next_page_token: pageToken({ from: from + size }) }),
  }
}

function describe(securable: Securable, { securables }: Workspace): object {
  const [catalog, schema, object] = securable.name.split('.')
  return {
    name: object ?? schema ?? catalog,
    ...(schema !== undefined && { catalog_name: catalog }),
    ...(object !== undefined && { schema_name: schema }),
    full_name: securable.name,
    owner: securable.owner,
    metastore_id: securables.metastore.name,
    ...details(securable),
    created_at: securable.createdAt,
    created_by: securable.owner,
    updated_at: securable.updatedAt,
    updated_by: securable.updatedBy,
  }
}

function details({ type, name, tableType }: Securable): object {
  switch (type) {
    case 'catalog':
      return {
        catalog_type: 'MANAGED_CATALOG',
        isolation_mode: 'OPEN',
        securable_type: 'CATALOG',
        browse_only: false,
      }
    case 'schema':
      return { schema_id: name, catalog_type: 'MANAGED_CATALOG', browse_only: false }
    case 'table':
      return { table_id: name, table_type: tableType ?? 'MANAGED', browse_only: false }
    case 'volume':
      return { volume_id: name, volume_type: 'MANAGED', browse_only: false }
    case 'metastore':
      return {}
    default:
      return type satisfies never
  }
}
