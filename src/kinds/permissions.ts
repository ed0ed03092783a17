import type { JsonObject } from '../databricks/json.ts'
import { toSnakeCase } from './naming.ts'

/** A level for one principal, as a workspace's defaults say it. */
export type Permission = Readonly<Record<string, string | undefined>>

/** The same as Databricks takes it. https://docs.databricks.com/api/workspace/permissions/update */
export const accessList = (permissions: readonly Permission[]): JsonObject[] =>
  permissions.map((permission) =>
    Object.fromEntries(
      Object.entries(permission).flatMap(([name, value]) =>
        value === undefined ? [] : [[toSnakeCase(name), value]],
      ),
    ),
  )
