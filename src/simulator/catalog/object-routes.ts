import type { JsonObject } from '../../databricks/json.ts'
import { routesOf, type Call, type Route } from '../http/call.ts'
import { flagParameter } from '../http/query.ts'
import { isRefusal, type Refusal } from '../http/refusal.ts'
import type { Workspace } from '../workspace.ts'
import { maySee } from './authority.ts'
import { whereAvailable } from './availability.ts'
import { changeObject } from './change-object.ts'
import { createObject } from './create-object.ts'
import { deleteObject } from './delete-object.ts'
import { describeObject } from './describe-object.ts'
import { findObject } from './find-object.ts'
import { listObjects } from './list-objects.ts'
import { objectKinds, type ObjectKind } from './object-kinds.ts'
import type { Securable } from './securable.ts'

const route = routesOf('unity-catalog', ['2.1'])

/** The things that grants stand on. */
export const catalogObjectRoutes = (workspace: Workspace): Route[] =>
  whereAvailable(workspace, objectRoutes(workspace))

const objectRoutes = (workspace: Workspace): Route[] => [
  ...objectKinds.flatMap((kind) => collection(workspace, kind)),
  // https://docs.databricks.com/api/workspace/tables/exists
  route('GET', 'tables/{name}/exists', ({ parameters, caller }) => {
    const table = workspace.securables.find('table', parameters['name'] ?? '')
    return { table_exists: table !== undefined && maySee(workspace, table, caller) }
  }),
  // https://docs.databricks.com/api/workspace/metastores/current
  route('GET', 'current-metastore-assignment', () => ({
    metastore_id: workspace.securables.metastore.name,
    workspace_id: BigInt(workspace.id),
    default_catalog_name: 'main',
  })),
  // https://docs.databricks.com/api/workspace/metastores/summary
  route('GET', 'metastore_summary', () => {
    const { securables, principals } = workspace
    const { name, owner } = securables.metastore
    return {
      metastore_id: name,
      name: securables.metastoreName,
      owner: principals.withId(owner)?.name ?? owner,
      cloud: 'aws',
      region: 'us-east-1',
      privilege_model_version: '1.0',
      global_metastore_id: `aws:us-east-1:${name}`,
    }
  }),
]

/** The five calls of a collection: https://docs.databricks.com/api/workspace/catalogs and its siblings. */
function collection(workspace: Workspace, kind: ObjectKind): Route[] {
  const path = `${kind.path}/{name}`
  const describe = (call: Call) => (securable: Securable) => describeIn(workspace, { kind, securable, call })
  return [
    route('GET', kind.path, (call) => listObjects(workspace, kind, { call, describe: describe(call) })),
    route('GET', path, (call) => {
      const found = find(workspace, kind, call)
      return isRefusal(found) ? found : describe(call)(found)
    }),
    route('POST', kind.path, (call) => {
      const made = createObject(workspace, kind, call)
      return isRefusal(made) ? made : describe(call)(made)
    }),
    route('PATCH', path, (call) => {
      const securable = find(workspace, kind, call)
      if (isRefusal(securable)) return securable
      return changeObject(workspace, { kind, securable }, call) ?? describe(call)(securable)
    }),
    route('DELETE', path, (call) => {
      const securable = find(workspace, kind, call)
      if (isRefusal(securable)) return securable
      const force = flagParameter(call.query, 'force') === true
      return deleteObject(workspace, securable, { force, caller: call.caller }) ?? {}
    }),
  ]
}

const find = (workspace: Workspace, kind: ObjectKind, call: Call): Securable | Refusal =>
  findObject(workspace, kind, { name: call.parameters['name'] ?? '', caller: call.caller })

/** An object as its collection shows it. */
function describeIn(
  workspace: Workspace,
  { kind, securable, call }: { kind: ObjectKind; securable: Securable; call: Call },
): JsonObject {
  const description = describeObject(workspace, securable)
  // No model has an alias here; they are only shown on demand.
  const aliases = kind.shape === 'model' &&
    flagParameter(call.query, 'include_aliases') === true && { aliases: [] }
  const purpose = kind.shape === 'credential' && {
    purpose: securable.type === 'credential' ? 'SERVICE' : 'STORAGE',
  }
  const options = kind.shape === 'connection' && { options: withoutSecrets(description['options']) }
  return { ...description, ...aliases, ...purpose, ...options }
}

const secret = /password|secret|token|private_key/i

/** The options of a connection without those that let somebody in. */
const withoutSecrets = (options: JsonObject[string] | undefined): JsonObject =>
  Object.fromEntries(Object.entries(options ?? {}).filter(([option]) => !secret.test(option)))
