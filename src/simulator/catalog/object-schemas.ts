import { z } from 'zod'
import type { Json, JsonObject } from '../../databricks/json.ts'

const text = z.string()
const flag = z.boolean()
const map = z.record(text, text)
const anything = z.custom<Json>(() => true)

/** What a create or update takes beside names and owner; all of it can be read back. */
const common = { comment: text }
const described = { ...common, properties: map }

const retention = { custom_max_retention_hours: z.int(), managed_encryption_settings: anything }

/** Secrets are taken and dropped: no read ever shows them. */
const cloudIdentity = {
  aws_iam_role: z.object({ role_arn: text }),
  azure_managed_identity: z.object({
    access_connector_id: text,
    managed_identity_id: text.optional(),
  }),
  azure_service_principal: z.object({ directory_id: text, application_id: text }),
  databricks_gcp_service_account: z.object({}),
}

const storageIdentity = {
  ...cloudIdentity,
  cloudflare_api_token: z.object({ account_id: text, access_key_id: text }),
}

const location = {
  ...common,
  url: text,
  credential_name: text,
  read_only: flag,
  fallback: flag,
  enable_file_events: flag,
  file_event_queue: anything,
  encryption_details: anything,
}

const isolation = { isolation_mode: z.enum(['ISOLATION_MODE_OPEN', 'ISOLATION_MODE_ISOLATED']) }
const optimization = { enable_predictive_optimization: z.enum(['ENABLE', 'DISABLE', 'INHERIT']) }

type Shape = Readonly<Record<string, z.ZodType>>

/** What a call takes: JSON all of it, and what is absent stays absent. */
const optional = (shape: Shape, required: Shape = {}) =>
  z.object({ ...z.object(shape).partial().shape, ...required }) as unknown as z.ZodType<JsonObject>

/** What each create takes, without the names. */
export const createSchemas = {
  catalog: optional({
    ...described,
    ...retention,
    options: map,
    storage_root: text,
    connection_name: text,
    provider_name: text,
    share_name: text,
  }),
  schema: optional({ ...described, ...retention, storage_root: text }),
  table: optional(
    { ...described, columns: z.array(anything) },
    // Anything else is made with SQL.
    { table_type: z.literal('EXTERNAL'), data_source_format: text, storage_location: text },
  ),
  volume: optional({ ...common, storage_location: text }, { volume_type: text }),
  // A function is described by some twenty fields, none of which matters here.
  function: z
    .record(text, anything)
    .transform(
      ({ name: _name, catalog_name: _catalog, schema_name: _schema, owner: _owner, ...facts }) => facts,
    ),
  model: optional({ ...common, storage_location: text }),
  external_location: optional(location, { url: text, credential_name: text }),
  storage_credential: optional({ ...common, ...storageIdentity, read_only: flag }),
  credential: optional({
    ...common,
    ...cloudIdentity,
    purpose: z.enum(['SERVICE', 'STORAGE']),
    read_only: flag,
  }),
  connection: optional({ ...described, read_only: flag }, { connection_type: text, options: map }),
}

/** What each update takes, without owner and new name. */
export const updateSchemas = {
  catalog: optional({
    ...described,
    ...retention,
    ...optimization,
    options: map,
    isolation_mode: z.enum(['OPEN', 'ISOLATED']),
  }),
  schema: optional({ ...described, ...retention, ...optimization }),
  table: optional({}),
  volume: optional(common),
  function: optional({}),
  model: optional(common),
  external_location: optional({ ...location, ...isolation }),
  storage_credential: optional({ ...common, ...storageIdentity, ...isolation, read_only: flag }),
  credential: optional({ ...common, ...cloudIdentity, ...isolation, read_only: flag }),
  connection: optional({ options: map }),
}
