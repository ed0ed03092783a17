import type { JsonObject } from '../../databricks/json.ts'

/** Access modes in which everybody on the cluster acts as himself. Any other may be, or be made, a dedicated one. */
const shared: ReadonlySet<unknown> = new Set([
  'USER_ISOLATION',
  'DATA_SECURITY_MODE_STANDARD',
  'LEGACY_TABLE_ACL',
  'LEGACY_PASSTHROUGH',
  'NONE',
])

/** A dedicated cluster that names nobody is given to whoever creates it. Databricks chooses where the mode is open. */
export function actsAsMaker(body: JsonObject): string | undefined {
  const { data_security_mode: mode, single_user_name: user } = body
  if (shared.has(mode) || (typeof user === 'string' && user.trim() !== '')) return undefined
  const missing =
    typeof mode === 'string' && mode !== ''
      ? `dataSecurityMode ${mode} without singleUserName`
      : 'a manifest without dataSecurityMode and singleUserName'
  return `${missing} may dedicate the cluster to Lakeward itself`
}
