import { z } from 'zod'

import { ageColumn, readyColumns } from '../columns.ts'
import { interval } from '../management.ts'
import { markKey } from '../mark.ts'
import { defineResource } from '../resource.ts'
import { choice, flag, int32, object, reported, text, time } from '../shape.ts'
import { commonStatus } from '../status.ts'
import { access } from './access.ts'
import { credentials } from './credentials.ts'
import { defaults } from './defaults.ts'
import { deletionGuard, deletions } from './deletions.ts'

const markOf = (what: string) =>
  text(
    `Key of the tag by which Lakeward knows the ${what} it made. None: no tag, for where policies or tag rules forbid it; then only name, creator and time tell what an unanswered create made. Default: ${markKey}.`,
    { min: 1, max: 127, pattern: /^[A-Za-z][-_A-Za-z0-9]*$/ },
  ).optional()

const spec = object('How to reach one Databricks workspace, and who may use it for what.', {
  host: text('Address of the workspace, such as https://dbc-1234abcd-5678.cloud.databricks.com.', {
    min: 1,
    max: 512,
    pattern: /^\S+$/,
  }),
  credentials,
  access: access.optional(),
  budget: object('How much of the rate limits of Databricks Lakeward may use.', {
    requestsPerSecond: int32(
      'Requests per second, shared by everything that Lakeward does in this Databricks workspace. Where several manifests name one workspace, the lowest counts. Default: 10.',
      { min: 1, max: 1000 },
    ),
  }).optional(),
  interval: interval(
    'How often the objects of this workspace are checked for drift, such as 30s, 10m or 1h30m, unless they say so themselves. Default: 10m.',
  ).optional(),
  defaults,
  deletionGuard,
  mark: object('By which tag Lakeward knows what it made.', {
    clusters: markOf('clusters'),
    jobs: markOf('jobs'),
  }).optional(),
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
  reachability: reported('Whether Databricks can be reached.', {
    state: choice('Reachable or Unreachable.', ['Reachable', 'Unreachable']),
    reason: text('Why, as one word of the list of reasons.', { max: 256 }),
    since: time('Since when it has been so.'),
  }).optional(),
  throttling: reported('Whether Databricks asks us to slow down.', {
    throttled: flag('It did, and we send less than the budget allows until it no longer does.'),
    since: time('Since when it has been so.'),
  }).optional(),
  deletions,
})

/** The kind DatabricksWorkspace: its schema and columns. */
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
    {
      name: 'Held',
      type: 'string',
      jsonPath: '.status.deletions.held.hash',
      description: 'The hash by which deletions are approved that wait.',
    },
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

/** `spec` of a DatabricksWorkspace that fits its schema. */
export type DatabricksWorkspaceSpec = z.output<typeof spec>

/** What a workspace says for those who do not say it themselves. */
export type Defaults = NonNullable<DatabricksWorkspaceSpec['defaults']>

/** Its `status`. */
export type DatabricksWorkspaceStatus = z.output<typeof status>
