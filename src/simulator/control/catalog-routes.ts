import { z } from 'zod'
import { createOrReplaceTable } from '../catalog/replace-table.ts'
import type { Workspace } from '../workspace.ts'
import { done, missing, withBody, type ControlRoute } from './route.ts'

const tableTypes = [
  'MANAGED',
  'EXTERNAL',
  'FOREIGN',
  'MANAGED_SHALLOW_CLONE',
  'EXTERNAL_SHALLOW_CLONE',
  'STREAMING_TABLE',
  'VIEW',
  'MATERIALIZED_VIEW',
  'METRIC_VIEW',
]

const tableSchema = z.strictObject({
  tableType: z.enum(tableTypes).default('MANAGED'),
  owner: z.string().optional(),
})

/** What is made with SQL, for which there is no API. */
export const catalogRoutes = (workspace: Workspace): ControlRoute[] => [
  {
    method: 'PUT',
    path: '/tables/{name}',
    handle: withBody(tableSchema, (table, { parameters: { name = '' } }) =>
      createOrReplaceTable(workspace, { ...table, name }) === undefined ? missing('schema') : done(),
    ),
  },
]
