import { z } from 'zod'
import { createOrReplaceTable } from '../catalog/replace-table.ts'
import type { Workspace } from '../workspace.ts'
import { done, missing, withBody, type ControlRoute } from './route.ts'

const tableSchema = z.strictObject({ tableType: z.string().default('MANAGED'), owner: z.string().optional() })

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
