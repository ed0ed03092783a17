import { exactlyOneOf, withRules } from '../rule.ts'
import { runAs } from '../run-as.ts'
import { choice, int32, object, openEnum, orderedList, text } from '../shape.ts'
import { tagMap } from '../tags.ts'

/** Autotermination of a new cluster whose manifest, policy and workspace say nothing; Databricks' own is never. */
export const usualAutoterminationMinutes = 60

const permission = withRules(
  object('A level for one principal.', {
    userName: text('E-mail of a user.', { min: 1, max: 256 }).optional(),
    groupName: text('Name of a group.', { min: 1, max: 256 }).optional(),
    servicePrincipalName: text('Application id of a service principal.', { min: 1, max: 64 }).optional(),
    permissionLevel: openEnum('The level, such as CAN_VIEW, CAN_MANAGE_RUN, CAN_RESTART or CAN_MANAGE.'),
  }),
  [exactlyOneOf(['userName', 'groupName', 'servicePrincipalName'], 'the principal')],
)

const permissions = (of: string) =>
  orderedList(`Who else gets which permission on a new ${of}.`, permission, { max: 64 }).optional()

/** What a workspace says for those who do not say it themselves. Resolved at reconcile, never written to a spec. */
export const defaults = object(
  'What counts for objects that do not say it themselves. All but deletionPolicy are used once, when Lakeward creates something, and never change what exists.',
  {
    tags: tagMap('Tags of new clusters and jobs; a tag of the manifest wins.', 20).optional(),
    permissions: object('Permissions on new objects.', {
      clusters: permissions('cluster'),
      jobs: permissions('job'),
    }).optional(),
    runAs: runAs('Whom a new job runs as if its manifest does not say. Exactly one.').optional(),
    policyId: text('Cluster policy of new all-purpose clusters.', { min: 1, max: 256 }).optional(),
    autoterminationMinutes: int32(
      `Minutes without use after which a new all-purpose cluster stops; 0: never. Default: ${usualAutoterminationMinutes}.`,
      { max: 10_000 },
    ).optional(),
    deletionPolicy: choice(
      'What happens to what Lakeward created when its manifest is deleted. Looked up at each reconcile. Default: Delete.',
      ['Delete', 'Retain'],
    ).optional(),
  },
).optional()
