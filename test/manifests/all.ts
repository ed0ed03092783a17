import { clusterRows } from './clusters.ts'
import { grantRows } from './grants.ts'
import { jobRows } from './jobs.ts'
import { managementRows } from './management.ts'
import type { Row } from './row.ts'
import { workspaceRows } from './workspaces.ts'

/** Every manifest that zod and the API server must agree on. */
export const rows: readonly Row[] = [
  ...workspaceRows,
  ...clusterRows,
  ...jobRows,
  ...grantRows,
  ...managementRows,
]
