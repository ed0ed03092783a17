import { z } from 'zod'

import { ageColumn, readyColumns } from '../columns.ts'
import { interval } from '../management.ts'
import { defineResource } from '../resource.ts'
import { flag, object, objectName, reference, reported, text } from '../shape.ts'
import { commonStatus } from '../status.ts'

const secretKeyRef = reference('A key of a Secret in the namespace of this manifest.', {
  name: objectName('Name of the Secret.'),
  key: text('Key of the Secret that holds the value.', { min: 1, max: 253, pattern: /^[-._a-zA-Z0-9]+$/ }),
})

const spec = object('How to reach one Databricks workspace.', {
  host: text('Address of the workspace, such as https://dbc-1234abcd-5678.cloud.databricks.com.', {
    min: 1,
    max: 512,
    pattern: /^\S+$/,
  }),
  credentials: object('Who Lakeward is in this workspace.', {
    personalAccessToken: object('A personal access token, read again every 60 s.', { secretKeyRef }),
  }),
  interval: interval(
    'How often the objects of this workspace are checked for drift, such as 30s, 10m or 1h30m, unless they say so themselves. Default: 10m.',
  ).optional(),
})

const status = z.object({
  ...commonStatus,
  host: text('The address in use.', { max: 512 }).optional(),
  cloud: text('AWS, Azure or GCP.', { max: 16 }).optional(),
  identity: reported('Who Lakeward is in this workspace.', {
    userName: text('User name, or application id of a service principal.', { max: 256 }),
    displayName: text('Name shown in Databricks.', { max: 256 }).optional(),
    admin: flag('Whether it is an administrator of the workspace.').optional(),
  }).optional(),
})

export const databricksWorkspace = defineResource({
  kind: 'DatabricksWorkspace',
  plural: 'databricksworkspaces',
  shortNames: ['dbw'],
  description:
    'A Databricks workspace and the credentials for it. Objects of the same namespace use the one named default, or name another in workspaceRef.',
  spec,
  status,
  rules: [],
  columns: [
    { name: 'Host', type: 'string', jsonPath: '.spec.host', description: 'Address of the workspace.' },
    ...readyColumns,
    ageColumn,
    {
      name: 'ID',
      type: 'string',
      jsonPath: '.status.workspaceId',
      description: "The workspace's own id.",
      wide: true,
    },
    {
      name: 'User',
      type: 'string',
      jsonPath: '.status.identity.userName',
      description: 'Who Lakeward is there.',
      wide: true,
    },
    {
      name: 'Cloud',
      type: 'string',
      jsonPath: '.status.cloud',
      description: 'The cloud it runs in.',
      wide: true,
    },
  ],
})

export type DatabricksWorkspaceSpec = z.output<typeof spec>
export type DatabricksWorkspaceStatus = z.output<typeof status>
