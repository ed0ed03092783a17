import { z } from 'zod'

import { objectColumns } from '../columns.ts'
import { identityRules, managementSchemas, workspaceRefSchema } from '../management.ts'
import { defineResource } from '../resource.ts'
import { withRules } from '../rule.ts'
import { int32, object, text } from '../shape.ts'
import { statusFrame } from '../status.ts'
import { bodyRules, bodyShape } from './body.ts'

/** What only an all-purpose cluster has. */
const allPurposeShape = {
  clusterName: text('Name in Databricks; need not be unique there.', { min: 1, max: 256 }),
  ...bodyShape,
  autoterminationMinutes: int32(
    'Minutes without use after which it stops: 10 to 10000, or 0 for never. Default for a new cluster: what its policy says, else the defaults of the workspace, else 60.',
    { max: 10_000 },
  ).optional(),
}

const sensibleAutotermination = {
  rule: '!has(self.autoterminationMinutes) || self.autoterminationMinutes == 0 || self.autoterminationMinutes >= 10',
  message: 'must be 0 (never stop) or from 10 to 10000',
  fieldPath: '.autoterminationMinutes',
  holds: ({ autoterminationMinutes = 0 }: { autoterminationMinutes?: number | undefined }) =>
    autoterminationMinutes === 0 || autoterminationMinutes >= 10,
}

const rules = [...bodyRules, sensibleAutotermination]

/** The body that clusters/create and clusters/edit take. */
export const clusterBody = withRules(z.strictObject(allPurposeShape), rules)

/** The cluster that a job makes for its runs: `newCluster` of a task or a job cluster. */
export const newCluster = withRules(
  object(
    'A cluster made for each run and removed after it. It has no name and no autotermination.',
    bodyShape,
  ),
  bodyRules,
)

const spec = withRules(
  object('The wanted cluster. Fields are those of the Databricks Clusters API, in camelCase.', {
    ...allPurposeShape,
    workspaceRef: workspaceRefSchema,
    management: managementSchemas.DatabricksCluster(Object.keys(allPurposeShape)),
  }),
  rules,
)

/** The kind DatabricksCluster: its schema, rules and columns. */
export const databricksCluster = defineResource({
  kind: 'DatabricksCluster',
  plural: 'databricksclusters',
  shortNames: ['dbc'],
  description: 'An all-purpose cluster in a Databricks workspace, kept as the manifest says.',
  spec,
  status: z.object(statusFrame),
  rules: identityRules,
  columns: objectColumns,
})

/** `spec` of a DatabricksCluster that fits its schema. */
export type DatabricksClusterSpec = z.output<typeof spec>
