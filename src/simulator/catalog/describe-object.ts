import { isObject, type JsonObject } from '../../databricks/json.ts'
import type { Workspace } from '../workspace.ts'
import { factOf, shortName, type Securable, type SecurableType } from './securable.ts'

/** A securable as its own API shows it: what was sent, over what the server fills in. */
export function describeObject(workspace: Workspace, securable: Securable): JsonObject {
  const { principals, securables } = workspace
  const { type, name, owner, facts, createdAt, createdBy, updatedAt, updatedBy } = securable
  const [catalog = '', schema, object] = name.split('.')
  return {
    name: shortName(name),
    ...(schema !== undefined && { catalog_name: catalog }),
    ...(schema !== undefined && object !== undefined && { schema_name: schema }),
    ...(type !== 'external_location' && { full_name: name }),
    owner: principals.withId(owner)?.name ?? owner,
    metastore_id: securables.metastore.name,
    ...filledIn[type]?.(securable, workspace),
    ...facts,
    ...trust(securable),
    created_at: createdAt,
    created_by: createdBy,
    updated_at: updatedAt,
    updated_by: updatedBy,
    ...systemWrite(workspace, securable),
  }
}

/** A while after its birth the system writes into a catalog or schema, whether or not somebody else did. */
function systemWrite({ clock, switches }: Workspace, securable: Securable): JsonObject {
  const { type, facts, createdAt, updatedAt } = securable
  const seconds = switches.systemWritesAfterSeconds
  if (seconds === undefined || (type !== 'catalog' && type !== 'schema')) return {}
  const at = createdAt + seconds * 1000
  if (at > clock.now()) return {}
  const properties = {
    'unity.catalog.managed.delta.defaults.delta.enableRowTracking': 'true',
    ...(isObject(facts['properties']) && facts['properties']),
  }
  return { properties, ...(at >= updatedAt && { updated_at: at, updated_by: 'System user' }) }
}

/** What the trust policy of an AWS role needs of us; it is only known once the credential is there. */
const trust = ({ id, facts: { aws_iam_role } }: Securable): JsonObject =>
  isObject(aws_iam_role)
    ? {
        aws_iam_role: {
          ...aws_iam_role,
          external_id: id,
          unity_catalog_iam_arn: 'arn:aws:iam::123456789012:role/unity-catalog',
        },
      }
    : {}

type Fill = (securable: Securable, workspace: Workspace) => JsonObject

const credential: Fill = ({ id }) => ({
  id,
  read_only: false,
  isolation_mode: 'ISOLATION_MODE_OPEN',
  used_for_managed_storage: false,
})

const optimization = ({ securables }: Workspace): JsonObject => ({
  enable_predictive_optimization: 'INHERIT',
  effective_predictive_optimization_flag: {
    value: 'DISABLE',
    inherited_from_type: 'METASTORE',
    inherited_from_name: securables.metastoreName,
  },
})

/** What a read shows although nobody sent it. */
const filledIn: Partial<Readonly<Record<SecurableType, Fill>>> = {
  catalog: ({ id, facts }, workspace) => ({
    catalog_type: catalogType(facts),
    isolation_mode: 'OPEN',
    securable_type: 'CATALOG',
    browse_only: false,
    provisioning_info: { state: 'ACTIVE' },
    ...optimization(workspace),
    ...below('storage_location', facts['storage_root'], `__unitystorage/catalogs/${id}`),
  }),
  schema: ({ id, parent, facts }, workspace) => ({
    schema_id: id,
    catalog_type: catalogType(parent?.facts ?? {}),
    browse_only: false,
    ...optimization(workspace),
    ...below('storage_location', facts['storage_root'], `__unitystorage/schemas/${id}`),
  }),
  table: ({ id }, workspace) => ({ table_id: id, browse_only: false, ...optimization(workspace) }),
  volume: ({ id }, workspace) => ({
    volume_id: id,
    volume_type: 'MANAGED',
    browse_only: false,
    storage_location: managed(workspace, `volumes/${id}`),
  }),
  function: ({ id, entity }, workspace) =>
    entity === 'model'
      ? { browse_only: false, storage_location: managed(workspace, `models/${id}`) }
      : { function_id: id, browse_only: false },
  external_location: (location, { securables }) => ({
    credential_id: securables.find('storage_credential', factOf(location, 'credential_name'))?.id ?? '',
    read_only: false,
    fallback: false,
    isolation_mode: 'ISOLATION_MODE_OPEN',
    enable_file_events: true,
    effective_enable_file_events: location.facts['enable_file_events'] ?? true,
    browse_only: false,
  }),
  storage_credential: credential,
  credential,
  connection: ({ id }) => ({
    connection_id: id,
    securable_type: 'CONNECTION',
    read_only: true,
    provisioning_info: { state: 'ACTIVE' },
  }),
}

function catalogType(facts: JsonObject): string {
  if (facts['connection_name'] !== undefined) return 'FOREIGN_CATALOG'
  return facts['share_name'] === undefined ? 'MANAGED_CATALOG' : 'DELTASHARING_CATALOG'
}

/** A place under a root that somebody chose; nothing where nobody did. */
const below = (field: string, root: unknown, path: string): JsonObject =>
  typeof root === 'string' ? { [field]: `${root}/${path}` } : {}

const managed = ({ securables }: Workspace, path: string): string =>
  `s3://${securables.metastoreName}-metastore/${securables.metastore.name}/${path}`
