import type { PrinterColumn } from './resource.ts'

const ready = (member: 'status' | 'reason') => `.status.conditions[?(@.type=="Ready")].${member}`

/** Ready and its reason, for every kind. */
export const readyColumns: readonly PrinterColumn[] = [
  {
    name: 'Ready',
    type: 'string',
    jsonPath: ready('status'),
    description: 'Whether Databricks accepted this generation.',
  },
  { name: 'Reason', type: 'string', jsonPath: ready('reason'), description: 'Why it is ready or not.' },
]

/** The column that kubectl shows last. */
export const ageColumn: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Since when the manifest has been in Kubernetes.',
}

/** `kubectl get` of a kind that lives in a Databricks workspace. */
export const objectColumns: readonly PrinterColumn[] = [
  {
    name: 'Workspace',
    type: 'string',
    jsonPath: '.status.workspace',
    description: 'The DatabricksWorkspace, as namespace/name.',
  },
  ...readyColumns,
  {
    name: 'Drift',
    type: 'integer',
    jsonPath: '.status.drift.count',
    description: 'How many fields differ from the manifest; empty while nobody knows.',
  },
  { name: 'State', type: 'string', jsonPath: '.status.state', description: 'The state Databricks reports.' },
  ageColumn,
  {
    name: 'ID',
    type: 'string',
    jsonPath: '.status.externalId',
    description: 'The id in Databricks.',
    wide: true,
  },
  {
    name: 'Mode',
    type: 'string',
    jsonPath: '.status.mode',
    description: 'Correct or Observe, as in force.',
    wide: true,
  },
  {
    name: 'URL',
    type: 'string',
    jsonPath: '.status.url',
    description: 'The page in Databricks.',
    wide: true,
  },
]
